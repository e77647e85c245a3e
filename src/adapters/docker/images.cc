#include "adapters/docker/images.h"

#include "adapters/docker/json_access.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/one_line.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>

namespace open_cicd::docker {
namespace {

namespace bj = boost::json;
using std::chrono::steady_clock;

constexpr std::size_t reference_bytes_max = 512;
constexpr std::size_t line_bytes_max = 64 * 1024;      // of the Engine's progress
constexpr std::size_t layers_max = 1000;               // whose sizes are added up
constexpr std::chrono::seconds progress_timeout{120};  // without any line of progress
constexpr std::chrono::seconds progress_interval{10};  // between two lines in the log

constexpr std::chrono::seconds away_time{60};  // a registry that did not answer is not asked again for what is here
constexpr std::string_view digest_line = "Digest: ";

bool is_reference_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._-/:@").contains(c);
}

std::unexpected<Error> pull_failed(ErrorKind kind, std::string_view reference, std::string_view why) {
  return fail(kind, "image_pull", fmt::format("The image {} could not be pulled: {}", escape_for_line(reference), why));
}

// The registry's words are kept; what they mean to a person is put before them.
Error pull_error(std::string_view reference, std::string text) {
  if (const auto prefix = text.find("Docker could not pull an image: "); prefix == 0) text.erase(0, 32);
  const auto says = [&](std::string_view words) { return text.contains(words); };
  std::string_view meaning = "";
  if (says("pull access denied") || says("unauthorized") || says("no basic auth credentials") ||
      says("authentication required") || says("denied:"))
    meaning = "there is no such repository, or access to it is denied. ";
  else if (says("manifest unknown") || says("not found"))
    meaning = "its registry does not have it. ";
  else if (says("dial tcp") || says("no such host") || says("i/o timeout") || says("TLS handshake") ||
           says("server gave HTTP") || says("Client.Timeout") || says("connection refused") || says("EOF"))
    meaning = "its registry cannot be reached. ";
  return pull_failed(ErrorKind::unavailable, reference, fmt::format("{}({})", meaning, to_one_line(text))).error();
}

std::int64_t now_ms() {
  return SystemClock().unix_ms();
}

// Adds up what the Engine says of each layer, and takes the error out of the stream.
class PullProgress {
 public:
  void line(std::string_view text) {
    const Result<bj::value> document = json::parse(text);
    if (!document) return;
    if (std::string message = text_at(*document, "error"); !message.empty()) error_ = std::move(message);
    const std::string layer = text_at(*document, "id");
    const std::string status = text_at(*document, "status");
    if (status.starts_with(digest_line)) digest_ = status.substr(digest_line.size());
    const std::int64_t total = number_at(*document, "progressDetail.total");
    if (status != "Downloading" || total <= 0) return;
    if (layers_.size() >= layers_max && !layers_.contains(layer)) return;
    layers_[layer] = {number_at(*document, "progressDetail.current"), total};
  }
  const std::string& error() const { return error_; }
  const std::string& digest() const { return digest_; }
  std::string megabytes() const {
    std::int64_t current = 0;
    std::int64_t total = 0;
    for (const auto& [id, layer] : layers_) {
      current += layer.first;
      total += layer.second;
    }
    return fmt::format("{} of {} MB", current / 1'000'000, total / 1'000'000);
  }
  bool is_known() const { return !layers_.empty(); }

 private:
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> layers_;
  std::string error_;
  std::string digest_;
};

// Returns the digest that the registry named, or nothing where the Engine did not say.
Task<Result<std::string>> follow_pull(http::ResponseStream& stream, const std::string& reference,
                                      runner::OutputSink& output) {
  PullProgress progress;
  std::string buffer;
  auto last_line = steady_clock::now();
  for (;;) {
    const Result<std::string> part = co_await stream.read(line_bytes_max, progress_timeout);
    if (!part) co_return pull_failed(ErrorKind::unavailable, reference, part.error().message());
    if (part->empty()) break;
    buffer += *part;
    std::size_t begin = 0;
    for (auto end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', begin)) {
      progress.line(std::string_view(buffer).substr(begin, end - begin));
      begin = end + 1;
    }
    buffer.erase(0, begin);
    if (buffer.size() > line_bytes_max) buffer.clear();
    if (progress.is_known() && steady_clock::now() - last_line > progress_interval) {
      last_line = steady_clock::now();
      const std::string text = fmt::format("  {}\n", progress.megabytes());
      co_await output.write(runner::setup_step, text);
    }
  }
  if (!progress.error().empty()) co_return std::unexpected(pull_error(reference, progress.error()));
  co_return progress.digest();
}

// "docker.io/library/busybox" is what Docker shows as "busybox".
std::string familiar(std::string_view repository) {
  for (const std::string_view prefix : {"index.docker.io/", "docker.io/"})
    if (repository.starts_with(prefix)) repository.remove_prefix(prefix.size());
  if (const std::string_view official = "library/"; repository.starts_with(official))
    repository.remove_prefix(official.size());
  return std::string(repository);
}

std::string registry_of(std::string_view repository) {
  const auto slash = repository.find('/');
  const std::string_view first = repository.substr(0, slash == std::string_view::npos ? 0 : slash);
  const bool is_host = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
  return is_host && first != "index.docker.io" ? std::string(first) : "docker.io";
}

// Docker's own registry goes by several names.
std::string registry_of_login(const std::string& registry) {
  for (const std::string_view name : {"", "docker.io", "index.docker.io", "https://index.docker.io/v1/"})
    if (registry == name) return "docker.io";
  return registry;
}

Secret login_of(const ImageName& name, const Images::Logins& logins) {
  for (const protocol::RegistryLogin& login : logins)
    if (registry_of_login(login.registry) == name.registry)
      return encode_login(name.registry == "docker.io" ? "https://index.docker.io/v1/" : name.registry, login.username,
                          login.password);
  return Secret();
}

Image image_of(const bj::value& document, const std::string& reference, const ImageName& name) {
  const std::string id = text_at(document, "Id");
  const std::string digest = digest_of(texts_at(document, "RepoDigests"), name);
  return {.id = id,
          .user = text_at(document, "Config.User"),
          .directory = text_at(document, "Config.WorkingDir"),
          .env = texts_at(document, "Config.Env"),
          .entrypoint = texts_at(document, "Config.Entrypoint"),
          .command = texts_at(document, "Config.Cmd"),
          .report = {.image = reference, .digest = digest.empty() ? id : digest}};
}

}  // namespace

Result<ImageName> split_image(std::string_view reference) {
  const bool plausible = !reference.empty() && reference.size() <= reference_bytes_max &&
                         std::isalnum(static_cast<unsigned char>(reference.front())) != 0 &&
                         std::ranges::all_of(reference, is_reference_char);
  if (!plausible) return pull_failed(ErrorKind::invalid, reference, "that is not the name of an image.");
  std::string_view name = reference;
  std::string_view tag;
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    tag = name.substr(at + 1);
    name = name.substr(0, at);
    if (!tag.starts_with("sha256:") || tag.size() != 71)
      return pull_failed(ErrorKind::invalid, reference, "its digest is not sha256: and 64 digits.");
  }
  const auto colon = name.rfind(':');
  if (colon != std::string_view::npos && !name.substr(colon).contains('/')) {
    if (tag.empty()) tag = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  return ImageName{
      .registry = registry_of(name), .repository = std::string(name), .tag = tag.empty() ? "latest" : std::string(tag)};
}

std::string digest_of(const std::vector<std::string>& repo_digests, const ImageName& name) {
  const std::string wanted = familiar(name.repository) + "@";
  std::string found;
  for (const std::string& entry : repo_digests) {
    if (!entry.starts_with(wanted)) continue;
    found = entry.substr(wanted.size());
    if (found == name.tag) break;
  }
  return found;
}

Pull pull_of(const std::optional<std::string>& own, const std::optional<std::string>& job) {
  const std::string word = own ? *own : job.value_or("auto");
  return word == "missing" ? Pull::missing : word == "always" ? Pull::always : Pull::automatic;
}

Images::Images(Engine& engine, ImageSettings settings)
    : engine_(engine), settings_(std::move(settings)), record_(settings_.record) {}

Images::Hold Images::hold(const Image& image) {
  std::erase_if(holds_, [](const auto& held) { return held.expired(); });
  auto held = std::make_shared<const std::string>(image.id);
  holds_.push_back(held);
  record_.used(image.id, now_ms());
  return held;
}

bool Images::is_held(const std::string& id) const {
  return std::ranges::any_of(holds_, [&id](const auto& held) {
    const auto kept = held.lock();
    return kept && *kept == id;
  });
}

// By the name it was pulled with: if it has others, it stays under those. One whose name was taken by a newer image has
// no name any more, unless somebody else gave it one.
Task<void> Images::remove_unused() {
  if (settings_.record.empty()) co_return;
  for (const auto& [id, image] : record_.to_remove(settings_, now_ms())) {
    if (is_held(id)) continue;
    const Result<bj::value> named = co_await engine_.inspect_image(image.reference);
    if (!named && named.error().kind() != ErrorKind::not_found) co_return;
    const bool has_name = named && text_at(*named, "Id") == id;
    const Result<bj::value> nameless = co_await engine_.inspect_image(id);
    if (!nameless && nameless.error().kind() != ErrorKind::not_found) co_return;
    if (!nameless || (!has_name && !texts_at(*nameless, "RepoTags").empty())) {
      record_.forget(id);
      continue;
    }
    const Result<void> done = co_await engine_.remove_image(has_name ? image.reference : id);
    if (done) {
      log_info("an image that no job used was removed", {{"image", image.reference}, {"id", id}});
      record_.forget(id);
    } else if (done.error().kind() == ErrorKind::unavailable) {
      co_return;
    }
  }
}

struct Images::Request {
  std::string reference;
  ImageName name;
  Pull pull = Pull::automatic;
  runner::OutputSink& output;
  Secret login;
  std::optional<Image> here;
  bool is_private = false;  // it is here, and was got with a login

  bool only_asks() const { return here && pull == Pull::automatic; }
};

Task<Result<Image>> Images::get(std::string reference, Pull pull, runner::OutputSink& output, const Logins& logins) {
  const Result<ImageName> name = split_image(reference);
  if (!name) co_return std::unexpected(name.error());
  Request request{.reference = reference, .name = *name, .pull = pull, .output = output};
  request.login = login_of(*name, logins);
  const Result<bj::value> here = co_await engine_.inspect_image(reference);
  if (!here && here.error().kind() != ErrorKind::not_found) co_return std::unexpected(here.error());
  if (!here) co_return co_await this->pull(request);
  request.here = image_of(*here, request.reference, *name);
  request.is_private = record_.is_private(request.here->id);
  if (name->by_digest()) co_return co_await keep(request, "present", "is here, and a digest never changes");
  if (pull == Pull::missing) co_return co_await keep(request, "present", "is here");
  if (pull == Pull::always) co_return co_await this->pull(request);
  // A stranger's registry may have something of the same name: what was made here must not be replaced by it.
  if (digest_of(texts_at(*here, "RepoDigests"), *name).empty())
    co_return co_await keep(request, "present", "was made on this machine");
  if (is_away(name->registry) && !request.is_private)
    co_return co_await keep(
        request, "unchecked",
        fmt::format("is here; there may be a newer one, but {} did not answer just now", name->registry));
  co_return co_await this->pull(request);
}

bool Images::is_away(const std::string& registry) const {
  const auto found = away_until_.find(registry);
  return found != away_until_.end() && steady_clock::now() < found->second;
}

// The Engine asks no registry for what it has, so we do: also by a digest, and by an id that no registry knows.
Task<Result<void>> Images::ask_for_private(const Request& request) {
  const Result<void> allowed = co_await engine_.ask_registry(request.reference, request.login);
  if (!allowed) co_return std::unexpected(pull_error(request.reference, allowed.error().message()));
  co_return Result<void>();
}

// What is here is used; the line in the log says why.
Task<Result<Image>> Images::keep(const Request& request, std::string how, std::string why) {
  if (request.is_private) {
    if (const Result<void> allowed = co_await ask_for_private(request); !allowed)
      co_return std::unexpected(allowed.error());
    why += ", and its registry lets this job have it";
  }
  Image image = *request.here;
  image.report.how = std::move(how);
  const std::string line = fmt::format("image {} {}: it {}\n", request.reference, image.report.digest, why);
  co_await request.output.write(runner::setup_step, line);
  co_return image;
}

Task<Result<Image>> Images::use_old(const Request& request, const Error& why) {
  const std::string note = fmt::format("note: {} There may be a newer one than what is here.\n", why.message());
  co_await request.output.write(runner::setup_step, note);
  co_return co_await keep(request, "unchecked", "is here");
}

// The Engine answers a pull when the registry has told it what the tag is now, so its header is the answer to the
// question whether there is a newer image.
Task<Result<Image>> Images::pull(const Request& request) {
  const std::string& reference = request.reference;
  if (!request.only_asks()) {
    const std::string begin = fmt::format("pulling {}\n", reference);
    co_await request.output.write(runner::setup_step, begin);
  }
  const auto started = steady_clock::now();
  // What may be used as it is when the registry does not say; never what is not for every job.
  const bool only_asks = request.only_asks() && !request.is_private;
  const auto patience = only_asks ? settings_.ask_timeout : std::chrono::milliseconds(pull_header_timeout);
  const Result<std::unique_ptr<http::ResponseStream>> stream =
      co_await engine_.pull(request.name.repository, request.name.tag, patience, request.login);
  if (!stream && stream.error().kind() == ErrorKind::unavailable) {
    if (!only_asks) co_return std::unexpected(stream.error());
    away_until_[request.name.registry] = steady_clock::now() + away_time;
    co_return co_await use_old(
        request, pull_failed(ErrorKind::unavailable, reference,
                             fmt::format("its registry cannot be reached. (No answer in {} ms.)", patience.count()))
                     .error());
  }
  Result<std::string> digest = stream ? co_await follow_pull(**stream, reference, request.output)
                                      : std::unexpected(pull_error(reference, stream.error().message()));
  if (!digest && only_asks) co_return co_await use_old(request, digest.error());
  if (!digest) co_return std::unexpected(digest.error());
  away_until_.erase(request.name.registry);

  const Result<bj::value> pulled = co_await engine_.inspect_image(reference);
  if (!pulled) co_return std::unexpected(pulled.error());
  Image image = image_of(*pulled, reference, request.name);
  if (!digest->empty()) image.report.digest = *digest;
  image.report.how = request.here && request.here->id == image.id ? "checked" : "pulled";
  const std::chrono::duration<double> took = steady_clock::now() - started;
  const std::string end =
      image.report.how == "checked"
          ? fmt::format("image {} {}: its registry has no newer one\n", reference, image.report.digest)
          : fmt::format("pulled {} in {:.1f} s, {} MB\nimage {} {}\n", reference, took.count(),
                        number_at(*pulled, "Size") / 1'000'000, reference, image.report.digest);
  if (image.report.how == "pulled")
    record_.pulled(image.id, {.reference = reference,
                              .bytes = number_at(*pulled, "Size"),
                              .used_at = now_ms(),
                              .with_login = request.login.empty() ? std::nullopt : std::optional(true)});
  if (request.login.empty()) record_.is_public(image.id);
  co_await request.output.write(runner::setup_step, end);
  co_return image;
}

}  // namespace open_cicd::docker
