#include "secrets/keys.h"

#include "base/flush.h"
#include "secrets/limits.h"
#include "secrets/sodium.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::secrets {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> wrong_keys(std::string message) {
  return fail(ErrorKind::invalid, "secret_keys", std::move(message));
}

std::unexpected<Error> wrong_file(const fs::path& file, std::string_view what) {
  return fail(ErrorKind::invalid, "secret_key_file", fmt::format("The key file {} {}", file.string(), what));
}

std::unexpected<Error> broken_file(const fs::path& file, std::string_view what, int error) {
  return wrong_file(file, fmt::format("{}: {}.", what, std::strerror(error)));
}

// 64 hexadecimal digits.
std::optional<Key> key_of(std::string_view word) {
  std::string bytes(key_bytes, '\0');
  std::size_t size = 0;
  const int wrong = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), word.data(),
                                   word.size(), nullptr, &size, nullptr);
  Secret secret(std::move(bytes));
  if (wrong != 0 || size != key_bytes || word.size() != 2 * key_bytes) return std::nullopt;
  return Key(std::move(secret));
}

// Who else could read or change it, or "".
std::string_view what_is_wrong_with(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return "is not a file.";
  if (status.st_uid != ::geteuid()) return "belongs to another user: give it to the one who runs the server.";
  if ((status.st_mode & 077) != 0) return "can be read by others: chmod 600 it, and replace the keys that it holds.";
  if (status.st_size > static_cast<off_t>(limits::key_file_bytes_max)) return "is too large to be one.";
  return {};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<void> write_new(const fs::path& file, std::string_view text) {
  const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (opened.get() < 0) return broken_file(file, "cannot be made", errno);
  if (!write_all(opened.get(), text) || flush_file(opened.get()) != 0)
    return broken_file(file, "cannot be written", errno);
  return {};
}

Result<void> flush_folder_of(const fs::path& file) {
  const Descriptor folder(::open(file.parent_path().empty() ? "." : file.parent_path().c_str(), O_RDONLY | O_CLOEXEC));
  if (folder.get() < 0 || flush_file(folder.get()) != 0) return broken_file(file, "cannot be made durable", errno);
  return {};
}

constexpr std::string_view heading = "# What the secrets of open-cicd are sealed with. Whoever loses it loses them.\n";

// Whole or not at all, and never in place of one that is there.
Result<void> make_file(const fs::path& file) {
  WipedText text(heading);
  text += new_key().reveal();
  text += '\n';
  fs::path fresh = file;
  fresh += fmt::format(".{}.new", ::getpid());
  ::unlink(fresh.c_str());
  Result<void> made = write_new(fresh, text);
  if (made && ::link(fresh.c_str(), file.c_str()) != 0 && errno != EEXIST)
    made = broken_file(file, "cannot be made", errno);
  ::unlink(fresh.c_str());
  if (!made) return made;
  return flush_folder_of(file);
}

// A line of the file.
WipedText text_of(const Key& key) {
  WipedText text(2 * key_bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(key.bytes().reveal().data()),
                 key_bytes);
  text.back() = '\n';
  return text;
}

}  // namespace

Key::Key(Secret bytes) : bytes_(std::move(bytes)) {
  need_sodium();
  if (bytes_.reveal().size() != key_bytes) throw std::logic_error("a key has 32 bytes");
  constexpr std::string_view purpose = "open-cicd key id";
  crypto_generichash(id_.data(), id_.size(), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     reinterpret_cast<const unsigned char*>(bytes_.reveal().data()), key_bytes);
}

Secret new_key() {
  need_sodium();
  std::array<unsigned char, key_bytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(2 * key_bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  sodium_memzero(bytes.data(), bytes.size());
  text.pop_back();
  return Secret(std::move(text));
}

Result<Keys> Keys::parse(std::string_view text) {
  need_sodium();
  std::vector<Key> keys;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('#')) continue;
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find_first_of(" \t\r,"));
      line.remove_prefix(std::min(word.size() + 1, line.size()));
      if (word.empty()) continue;
      std::optional<Key> key = key_of(word);
      if (!key)
        return wrong_keys(fmt::format("Line {} of the keys is no key: write 64 hexadecimal digits.", line_number));
      const bool known = std::ranges::any_of(keys, [&](const Key& other) { return other.id() == key->id(); });
      if (!known) keys.push_back(std::move(*key));
    }
  }
  if (keys.empty()) return wrong_keys("There is no key: write 64 hexadecimal digits.");
  if (keys.size() > limits::keys_max)
    return wrong_keys(
        fmt::format("There are {} keys: seal all secrets with the first one, and leave out the older "
                    "ones. {} may be there.",
                    keys.size(), limits::keys_max));
  return Keys(std::move(keys));
}

Result<Keys> Keys::read(const fs::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (opened.get() < 0) return broken_file(file, "cannot be read", errno);
  struct stat status{};
  if (::fstat(opened.get(), &status) != 0) return broken_file(file, "cannot be read", errno);
  if (const std::string_view wrong = what_is_wrong_with(status); !wrong.empty()) return wrong_file(file, wrong);
  WipedText text(limits::key_file_bytes_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(opened.get(), text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return broken_file(file, "cannot be read", errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  Result<Keys> keys = parse(std::string_view(text).substr(0, size));
  if (!keys) return wrong_file(file, fmt::format("holds no keys. {}", keys.error().message()));
  return keys;
}

Result<Keys> Keys::read_or_make(const fs::path& file) {
  std::error_code ec;
  if (fs::symlink_status(file, ec).type() == fs::file_type::not_found)
    if (Result<void> made = make_file(file); !made) return std::unexpected(std::move(made.error()));
  return read(file);
}

Result<Keys> Keys::add_new(const fs::path& file) {
  std::error_code ec;
  if (fs::symlink_status(file, ec).type() == fs::file_type::not_found) return read_or_make(file);
  Result<Keys> before = read(file);
  if (!before) return before;
  if (before->size() >= limits::keys_max)
    return wrong_file(file, fmt::format("holds {} keys, the most that it may: leave out the older ones, which seal "
                                        "nothing any more.",
                                        before->size()));
  WipedText text(heading);
  text += new_key().reveal();
  text += '\n';
  for (const Key& key : before->keys_) text += text_of(key);
  fs::path fresh = file;
  fresh += ".new";  // the same for all, so that the second of two finds it
  if (Result<void> written = write_new(fresh, text); !written) return std::unexpected(std::move(written.error()));
  if (::rename(fresh.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    return broken_file(file, "cannot be replaced", error);
  }
  if (Result<void> durable = flush_folder_of(file); !durable) return std::unexpected(std::move(durable.error()));
  return read(file);
}

std::optional<Result<Keys>> Keys::take_from_environment(const char* variable) {
  char* const value = std::getenv(variable);
  if (value == nullptr) return std::nullopt;
  Result<Keys> keys = parse(value);
  // What the system shows of the environment is this very memory.
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv(variable);
  if (!keys)
    return std::unexpected(Error(ErrorKind::invalid, "secret_keys",
                                 fmt::format("The variable {} holds no keys. {}", variable, keys.error().message())));
  return keys;
}

const Key* Keys::find(const KeyId& id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace open_cicd::secrets
