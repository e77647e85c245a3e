// Log streams and stored logs.
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "http/sse.h"
#include "logs/position.h"
#include "logs/segment_file.h"
#include "logs/step_index.h"
#include "logs/stream_events.h"
#include "logs/time_marks.h"

#include <fmt/format.h>

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace open_cicd::logs {
namespace {

// Last-Event-ID: exactly what the server writes, or nothing.
FUZZ_TARGET(last_event_id) {
  const auto position = Position::parse(bytes);
  if (!position) return;
  REQUIRE(position->attempt > 0 && position->step >= -1 && position->offset >= 0);
  REQUIRE(position->str() == bytes);
}

std::string all_events(std::string_view first, std::string_view second) {
  http::SseReader reader(4096);
  std::string all;
  const auto sink = [&](http::SseEvent event) { all += fmt::format("{}|{}|{}\n", event.event, event.id, event.data); };
  if (reader.feed(first, sink)) reader.feed(second, sink);
  return all;
}

// The events do not depend on how their bytes arrive.
FUZZ_TARGET(sse_reader) {
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  const std::string_view text = choices.rest();
  REQUIRE(all_events(text, {}) == all_events(text.substr(0, cut), text.substr(std::min(cut, text.size()))));
}

// Whatever a step prints is one event, and its text arrives.
FUZZ_TARGET(sse_writer) {
  int events = 0;
  http::SseReader reader;
  const bool taken = reader.feed(log_event(Position{1, 0, 7}, bytes), [&](const http::SseEvent& event) {
    ++events;
    REQUIRE(event.event == "log");
    const auto data = json::parse(event.data);
    REQUIRE(data && data->at("data").as_string() == to_valid_utf8(bytes));
    REQUIRE(event.id == fmt::format("1.0.{}", 7 + bytes.size()));
  });
  REQUIRE(taken && events == 1);
}

// Checksums would stop nearly every input: made right where the first byte asks for it.
std::string with_right_checksums(std::string file) {
  constexpr std::size_t header = 40, crc_begin = 8, crc_bytes = 28, packed_size_at = 16, packed_crc_at = 32;
  for (std::size_t at = 0; at + header <= file.size();) {
    std::uint32_t packed = 0;
    std::memcpy(&packed, file.data() + at + packed_size_at, sizeof packed);
    packed = std::min<std::uint32_t>(packed, static_cast<std::uint32_t>(file.size() - at - header));
    const std::uint32_t packed_crc = crc32c(std::string_view(file).substr(at + header, packed));
    std::memcpy(file.data() + at + packed_crc_at, &packed_crc, sizeof packed_crc);
    const std::uint32_t own = crc32c(std::string_view(file).substr(at + crc_begin, crc_bytes));
    std::memcpy(file.data() + at + crc_begin + crc_bytes, &own, sizeof own);
    at += header + packed;
  }
  return file;
}

// Segments follow each other from 0, lie in the file, and load to their size or are reported as damaged.
FUZZ_TARGET(log_segments) {
  fuzz::Choices choices(bytes);
  const bool right = choices.up_to(1) == 1;
  const std::string file = right ? with_right_checksums(std::string(choices.rest())) : std::string(choices.rest());
  const int descriptor = ::memfd_create("log", MFD_CLOEXEC);
  REQUIRE(::write(descriptor, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  const auto opened = SegmentFile::open(fmt::format("/proc/self/fd/{}", descriptor), SegmentFile::Mode::read);
  ::close(descriptor);
  REQUIRE(opened != nullptr);
  std::int64_t raw = 0;
  for (const Segment& segment : opened->scan(SegmentFile::Check::bytes)) {
    REQUIRE(segment.raw_offset == raw && segment.file_end() <= static_cast<std::int64_t>(file.size()));
    raw = segment.raw_end();
    if (segment.raw_size > 1 << 20) continue;
    try {
      REQUIRE(opened->load(segment).size() == segment.raw_size);
    } catch (const std::runtime_error&) {
    }
  }
}

// The index of a log does not depend on the pieces that it comes in, and is read as it was written.
FUZZ_TARGET(log_lines) {
  fuzz::Choices choices(bytes);
  const std::size_t chosen = choices.up_to(255);
  const std::string_view text = choices.rest();
  const std::size_t cut = std::min(chosen, text.size());
  StepIndex whole, pieces;
  whole.add(text);
  pieces.add(text.substr(0, cut));
  pieces.add(text.substr(cut));
  const std::string file = whole.encode(7);
  REQUIRE(file == pieces.encode(7));
  const auto read = StepIndex::decode(file, std::ssize(text), 7);
  REQUIRE(read && read->lines(true) == whole.lines(true) && read->errors(true) == whole.errors(true));
}

// What a file of an index says never points out of its log.
FUZZ_TARGET(log_index_file) {
  constexpr std::size_t length_at = 4, crc_at = 12, fixed = 16;
  if (bytes.size() < fixed) return;
  std::int64_t length = 0;
  std::uint32_t log_crc = 0;
  std::memcpy(&length, bytes.data() + length_at, sizeof length);
  std::memcpy(&log_crc, bytes.data() + crc_at, sizeof log_crc);
  std::string file(bytes);
  const std::uint32_t own = crc32c(bytes);
  file.append(reinterpret_cast<const char*>(&own), sizeof own);
  const auto index = StepIndex::decode(file, length, log_crc);
  if (!index) return;
  for (const std::int64_t line : {std::int64_t{1}, index->lines(true) / 2, index->lines(true)}) {
    if (line < 1) continue;
    const StepIndex::Span span = index->span_of(line, true);
    REQUIRE(span.begin >= 0 && span.begin <= span.end && span.end <= length && span.number <= line);
  }
}

// What an agent says of its log's times, and what is kept of them.
FUZZ_TARGET(log_times) {
  if (const auto times = protocol::parse_log_times(bytes, 0)) {
    REQUIRE(times->size() <= protocol::log_times_max);
    REQUIRE(protocol::parse_log_times(protocol::format_log_times(*times, 0), 0) == times);
    TimeMarks marks;
    marks.add(*times, 0, std::numeric_limits<std::int64_t>::max());
    REQUIRE(TimeMarks::decode(marks.encode(0), 0).size() <= marks.size());
  }
  const TimeMarks read = TimeMarks::decode(bytes, 0);
  REQUIRE(TimeMarks::decode(read.encode(0), 0).size() == read.size());
}

}  // namespace
}  // namespace open_cicd::logs
