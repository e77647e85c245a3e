#include "runner/step_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

std::unexpected<Error> cannot_read(const std::string& name, int number) {
  return fail(ErrorKind::internal, "agent",
              fmt::format("The file {} of a step could not be read: {}.", name, std::strerror(number)));
}

// Nothing when it is not there. A pipe is not waited for, and a link not followed.
Result<std::optional<FileText>> read_file(int folder, const std::string& name, std::size_t max) {
  const Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP || errno == ENXIO || errno == EACCES) return FileText{.text = {}, .is_file = false};
    return cannot_read(name, errno);
  }
  struct ::stat status{};
  if (::fstat(file.get(), &status) != 0) return cannot_read(name, errno);
  if (!S_ISREG(status.st_mode)) return FileText{.text = {}, .is_file = false};
  FileText read;
  while (read.text.size() <= max) {
    std::array<char, 16 << 10> piece;
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot_read(name, errno);
    if (size == 0) break;
    read.text.append(piece.data(), static_cast<std::size_t>(size));
  }
  read.is_long = read.text.size() > max;
  if (read.is_long) read.text.resize(max);
  return read;
}

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    ++number_;
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

std::unexpected<std::string> wrong_line(int line, std::string_view what) {
  return std::unexpected(fmt::format("line {} {}", line, what));
}

}  // namespace

std::string step_file_name(int step, StepFile file) {
  return fmt::format("step-{}.{}", step, step_file_kinds[static_cast<std::size_t>(file)].suffix);
}

Result<StepFiles> read_step_files(const std::filesystem::path& directory, int step) {
  StepFiles files;
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) return cannot_read(directory.string(), errno);
  for (const StepFileKind& kind : step_file_kinds) {
    Result<std::optional<FileText>> text = read_file(folder.get(), step_file_name(step, kind.file), kind.bytes_max);
    if (!text) return std::unexpected(std::move(text.error()));
    if (*text) files.emplace(kind.file, std::move(**text));
  }
  return files;
}

std::optional<StepFiles> parse_printed_files(std::string_view printed) {
  StepFiles files;
  for (const StepFileKind& kind : step_file_kinds) {
    const std::size_t end = printed.find('\n');
    if (end == std::string_view::npos || end < 3 || printed[1] != ' ') return std::nullopt;
    const char how = printed.front();
    std::size_t size = 0;
    const auto [last, error] = std::from_chars(printed.data() + 2, printed.data() + end, size);
    printed.remove_prefix(end + 1);
    if (error != std::errc() || *last != '\n' || size > printed.size()) return std::nullopt;
    if (how == '?') files.emplace(kind.file, FileText{.text = {}, .is_file = false});
    if (how == '+')
      files.emplace(kind.file, FileText{.text = std::string(printed.substr(0, std::min(size, kind.bytes_max))),
                                        .is_long = size > kind.bytes_max});
    printed.remove_prefix(size);
  }
  return files;
}

std::expected<std::vector<Assignment>, std::string> parse_assignments(std::string_view text) {
  std::vector<Assignment> found;
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    const int number = lines.number();
    const std::size_t equals = line->find('='), block = line->find("<<");
    if (equals < block) {
      found.push_back({std::string(line->substr(0, equals)), std::string(line->substr(equals + 1)), number});
      continue;
    }
    if (block == std::string_view::npos) return wrong_line(number, "is neither name=value nor name<<MARK");
    const std::string_view mark = line->substr(block + 2);
    if (mark.empty()) return wrong_line(number, "has no mark behind <<");
    Assignment assignment{std::string(line->substr(0, block)), "", number};
    bool is_closed = false, is_first = true;
    while (const auto inner = lines.next()) {
      is_closed = *inner == mark;
      if (is_closed) break;
      if (!std::exchange(is_first, false)) assignment.value += '\n';
      assignment.value += *inner;
    }
    if (!is_closed) return wrong_line(number, fmt::format("begins a block that no line \"{}\" ends", mark));
    found.push_back(std::move(assignment));
  }
  return found;
}

std::expected<std::vector<std::string>, std::string> parse_paths(std::string_view text) {
  std::vector<std::string> found;
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    if (!line->starts_with('/')) return wrong_line(lines.number(), "is not an absolute path");
    if (line->contains(':') || line->contains('\0'))
      return wrong_line(lines.number(), "is a path that PATH cannot hold");
    found.emplace_back(*line);
  }
  return found;
}

void prepend_path(const std::vector<std::string>& folders, std::map<std::string, std::string>& env) {
  std::string& path = env["PATH"];
  for (const std::string& folder : folders) path = path.empty() ? folder : fmt::format("{}:{}", folder, path);
}

}  // namespace open_cicd::runner
