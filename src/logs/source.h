// Where the bytes of one attempt are at this moment.
#pragma once

#include "logs/segment_cache.h"
#include "logs/segment_file.h"
#include "logs/time_marks.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>

namespace open_cicd::logs {

// Bytes that have to be fetched: a segment of a file, or the row of a short log (no file).
struct Stored {
  std::shared_ptr<SegmentFile> file;
  Segment segment;
  SegmentCache::Key key;
};
using Piece = std::variant<std::string, Stored>;

// Steps with at least one byte, and their lengths.
using Sizes = std::map<int, std::int64_t>;

// Thread-safe, never blocks for long.
class Source {
 public:
  virtual ~Source() = default;
  virtual Sizes sizes() const = 0;
  // At least one byte from `offset` on, and at most `max` when they are in memory; empty at the end and for a step
  // without bytes.
  virtual Piece peek(int step, std::int64_t offset, std::size_t max) const = 0;
  // Changes when bytes that were there are given up (a finish found them wrong): positions in them mean nothing any
  // more.
  virtual int generation() const { return 0; }
  // Of the bytes that peek() gives from memory.
  virtual TimeMarks times_in_memory(int) const { return {}; }
  // Of a step that grows: which of its logs this is, as one may be given up and begun anew. 0: it does not grow.
  virtual std::uint64_t serial(int) const { return 0; }
};

}  // namespace open_cicd::logs
