#include "supervisor/codec.h"

#include "supervisor/protocol.h"

#include <bit>
#include <cstring>

namespace open_cicd::supervisor {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian and is copied as it is");

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
  out.push_back('\0');
}

std::string frame(CommandType type, std::uint32_t id, std::string_view payload) {
  std::string out;
  out.reserve(sizeof(FrameHeader) + payload.size());
  put(out, FrameHeader{.type = type, .id = id, .length = static_cast<std::uint32_t>(payload.size())});
  out.append(payload);
  return out;
}

template <class T>
std::string number_frame(CommandType type, std::uint32_t id, T number) {
  std::string payload;
  put(payload, number);
  return frame(type, id, payload);
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

std::unexpected<Error> malformed() {
  return fail(ErrorKind::internal, "agent", "The helper that runs the job's steps answered with something unexpected.");
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

Result<std::string> encode_start(std::uint32_t id, const Command& command, OutputMode output) {
  if (command.argv.empty()) return fail(ErrorKind::invalid, "invalid", "There is no program to run.");
  bool nul = has_nul(command.cwd) || has_nul(command.script_path);
  std::string payload;
  put(payload, (output == OutputMode::descriptor ? start_output_fd : std::uint32_t{0}) |
                   (command.own_tree ? start_own_tree : std::uint32_t{0}));
  put(payload, command.uid.value_or(keep_id));
  put(payload, command.gid.value_or(keep_id));
  put_string(payload, command.cwd);
  put_string(payload, command.script_path);
  put_string(payload, command.script);
  put(payload, static_cast<std::uint32_t>(command.argv.size()));
  for (const auto& argument : command.argv) {
    nul = nul || has_nul(argument);
    put_string(payload, argument);
  }
  put(payload, static_cast<std::uint32_t>(command.env.size()));
  for (const auto& [name, value] : command.env) {
    if (name.empty() || name.contains('='))
      return fail(ErrorKind::invalid, "invalid", "A variable of the environment has an empty name or one with \"=\".");
    nul = nul || has_nul(name) || has_nul(value);
    put_string(payload, name + "=" + value);
  }
  if (nul)
    return fail(ErrorKind::invalid, "invalid", "A command or a variable of the environment contains a NUL byte.");
  if (payload.size() > command_bytes_max)
    return fail(ErrorKind::invalid, "invalid", "The step's commands and environment are larger than 16 MiB.");
  return frame(command_start, id, payload);
}

std::string encode_signal(std::uint32_t id, int number) {
  return number_frame(command_signal, id, static_cast<std::uint32_t>(number));
}

std::string encode_stop(std::uint32_t id, std::chrono::milliseconds grace) {
  return number_frame(command_stop, id, static_cast<std::uint32_t>(std::max<std::int64_t>(grace.count(), 0)));
}

std::string encode_deadline(std::chrono::nanoseconds boottime) {
  return number_frame(command_deadline, 0, static_cast<std::uint64_t>(boottime.count()));
}

std::string encode_shutdown() {
  return frame(command_shutdown, 0, {});
}

std::optional<std::string> own_start_failure(std::string_view failure, std::string_view cwd, std::string_view program) {
  const std::size_t colon = failure.find(": ");
  if (colon == failure.npos) return std::nullopt;
  const std::string_view what = failure.substr(0, colon), why = failure.substr(colon + 2);
  if (what == "working directory") return fmt::format("The workdir can't be entered: {}: {}", cwd, why);
  if (what == "program" && why == "Argument list too long")
    return fmt::format("{} can't be run: its environment is larger than this machine lets a program have: {}", program,
                       why);
  if (what == "program") return fmt::format("{} can't be run: {}", program, why);
  if (what == "script") return fmt::format("The step's script can't be written: {}", why);
  return std::nullopt;
}

void EventReader::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

Result<std::optional<Event>> EventReader::next() {
  const auto rest = std::string_view(buffer_).substr(at_);
  if (rest.size() < sizeof(FrameHeader)) return std::nullopt;
  const auto header = get<FrameHeader>(rest, 0);
  if (header.length > output_frame_bytes_max) return malformed();
  if (rest.size() - sizeof header < header.length) return std::nullopt;
  const auto payload = rest.substr(sizeof header, header.length);
  at_ += sizeof header + header.length;
  switch (header.type) {
    case event_hello:
      if (payload.size() != 4 || get<std::uint32_t>(payload, 0) != protocol_version) return malformed();
      return Event{.type = Event::Type::hello};
    case event_output:
      return Event{.type = Event::Type::output, .id = header.id, .bytes = payload};
    case event_exit: {
      if (payload.size() != 8) return malformed();
      const auto flags = get<std::uint32_t>(payload, 4);
      return Event{.type = Event::Type::exit,
                   .id = header.id,
                   .code = static_cast<int>(get<std::uint32_t>(payload, 0)),
                   .by_deadline = (flags & exit_by_deadline) != 0,
                   .out_of_memory = (flags & exit_out_of_memory) != 0,
                   .spotless = (flags & exit_spotless) != 0};
    }
    case event_error:
      return Event{.type = Event::Type::error, .id = header.id, .bytes = payload};
    default:
      return malformed();
  }
}

}  // namespace open_cicd::supervisor
