#include "adapters/docker/images.h"

#include "adapters/docker/json_access.h"
#include "base/json.h"
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
  if (says("pull access denied") || says("unauthorized") || says("authentication required") || says("denied:"))
    meaning = "there is no such repository, or access to it is denied. ";
  else if (says("manifest unknown") || says("not found"))
    meaning = "its registry does not have it. ";
  else if (says("dial tcp") || says("no such host") || says("i/o timeout") || says("TLS handshake") ||
           says("server gave HTTP") || says("Client.Timeout"))
    meaning = "its registry cannot be reached. ";
  return pull_failed(ErrorKind::unavailable, reference, fmt::format("{}({})", meaning, to_one_line(text))).error();
}

// Adds up what the Engine says of each layer, and takes the error out of the stream.
class PullProgress {
 public:
  void line(std::string_view text) {
    const Result<bj::value> document = json::parse(text);
    if (!document) return;
    if (std::string message = text_at(*document, "error"); !message.empty()) error_ = std::move(message);
    const std::string layer = text_at(*document, "id");
    const std::int64_t total = number_at(*document, "progressDetail.total");
    if (text_at(*document, "status") != "Downloading" || total <= 0) return;
    if (layers_.size() >= layers_max && !layers_.contains(layer)) return;
    layers_[layer] = {number_at(*document, "progressDetail.current"), total};
  }
  const std::string& error() const { return error_; }
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
};

Task<Result<void>> follow_pull(http::ResponseStream& stream, const std::string& reference, runner::OutputSink& output) {
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
  co_return Result<void>{};
}

Image image_of(const bj::value& document) {
  return {.id = text_at(document, "Id"),
          .user = text_at(document, "Config.User"),
          .directory = text_at(document, "Config.WorkingDir"),
          .env = texts_at(document, "Config.Env"),
          .entrypoint = texts_at(document, "Config.Entrypoint"),
          .command = texts_at(document, "Config.Cmd")};
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
  return ImageName{.repository = std::string(name), .tag = tag.empty() ? "latest" : std::string(tag)};
}

Task<Result<Image>> get_image(Engine& engine, std::string reference, runner::OutputSink& output) {
  const Result<ImageName> name = split_image(reference);
  if (!name) co_return std::unexpected(name.error());
  const Result<bj::value> here = co_await engine.inspect_image(reference);
  if (here) co_return image_of(*here);
  if (here.error().kind() != ErrorKind::not_found) co_return std::unexpected(here.error());

  const std::string begin = fmt::format("pulling {}\n", reference);
  co_await output.write(runner::setup_step, begin);
  const auto started = steady_clock::now();
  const Result<std::unique_ptr<http::ResponseStream>> stream = co_await engine.pull(name->repository, name->tag);
  if (!stream && stream.error().kind() == ErrorKind::unavailable) co_return std::unexpected(stream.error());
  if (!stream) co_return std::unexpected(pull_error(reference, stream.error().message()));
  const Result<void> done = co_await follow_pull(**stream, reference, output);
  if (!done) co_return std::unexpected(done.error());

  const Result<bj::value> pulled = co_await engine.inspect_image(reference);
  if (!pulled) co_return std::unexpected(pulled.error());
  const std::chrono::duration<double> took = steady_clock::now() - started;
  const std::string end =
      fmt::format("pulled {} in {:.1f} s, {} MB\n", reference, took.count(), number_at(*pulled, "Size") / 1'000'000);
  co_await output.write(runner::setup_step, end);
  co_return image_of(*pulled);
}

}  // namespace open_cicd::docker
