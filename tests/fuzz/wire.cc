// What comes from containers, from the helper of a job's steps, and from the agent's own disk.
#include "adapters/docker/attach_stream.h"
#include "adapters/docker/tar.h"
#include "agent/journal.h"
#include "base/crypto.h"
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "supervisor/codec.h"
#include "supervisor/launch.h"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

namespace open_cicd {
namespace {

std::string all_output(std::string_view first, std::string_view second) {
  docker::AttachDecoder decoder;
  std::string all;
  for (std::string_view input : {first, second})
    while (!input.empty()) {
      const auto piece = decoder.next(input);
      if (!piece) return all + "!";
      if (piece->bytes.empty()) break;
      for (const char c : piece->bytes) all += {static_cast<char>('0' + static_cast<int>(piece->stream)), c};
    }
  return all;
}

// The output of a container does not depend on how its bytes arrive.
FUZZ_TARGET(docker_stream) {
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  const std::string_view text = choices.rest();
  REQUIRE(all_output(text, {}) == all_output(text.substr(0, cut), text.substr(std::min(cut, text.size()))));
}

FUZZ_TARGET(tar) {
  const auto file = docker::first_file_of_tar(bytes);
  if (file) REQUIRE(file->size() <= bytes.size());
}

// Events of the helper, as a container that lies would send them.
FUZZ_TARGET(supervisor_events) {
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  supervisor::EventReader reader;
  std::size_t printed = 0;
  for (const std::string_view piece :
       {choices.rest().substr(0, cut), choices.rest().substr(std::min(cut, choices.rest().size()))}) {
    reader.feed(piece);
    while (true) {
      const auto event = reader.next();
      if (!event) return;
      if (!*event) break;
      printed += (*event)->bytes.size();
      REQUIRE(printed <= bytes.size());
    }
  }
}

// The helper's side: a start that it takes can be given to execve.
FUZZ_TARGET(supervisor_start) {
  supervisor::LaunchRequest request;
  if (!supervisor::parse_launch(bytes.data(), static_cast<std::uint32_t>(bytes.size()), &request)) return;
  REQUIRE(request.argv[0] != nullptr);
  std::size_t length =
      std::char_traits<char>::length(request.cwd) + std::char_traits<char>::length(request.script_path);
  for (char** word = request.argv; *word != nullptr; ++word) length += std::char_traits<char>::length(*word);
  for (char** word = request.env; *word != nullptr; ++word) length += std::char_traits<char>::length(*word);
  REQUIRE(length + request.script_length <= bytes.size());
}

// A torn or damaged journal is none; what is recorded is loaded.
FUZZ_TARGET(journal) {
  fuzz::Choices choices(bytes);
  const bool framed = choices.up_to(1) == 1;
  const std::string_view text = choices.rest();
  const std::string file = framed ? fmt::format("{:08x} {}\n{}", crc32c(text), text.size(), text) : std::string(text);
  const int descriptor = ::memfd_create("journal", MFD_CLOEXEC);
  REQUIRE(::write(descriptor, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  auto opened = agent::Journal::open(fmt::format("/proc/self/fd/{}", descriptor));
  ::close(descriptor);
  REQUIRE(opened.has_value());
  const auto entry = opened->load();
  REQUIRE(entry.has_value());
  if (!*entry) return;
  REQUIRE(opened->record(**entry).has_value());
  const auto again = opened->load();
  REQUIRE(again && *again && json::write_text(**again) == json::write_text(**entry));
}

}  // namespace
}  // namespace open_cicd
