// The Range header of a download (RFC 9110, section 14.1).
#pragma once

#include "base/error.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace open_cicd::http {

struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // above `begin`, at most the size
};

// One range of `size` bytes. Nothing for several, and for what is not understood: both may be ignored, and the whole is
// served. Error: range "range_not_satisfiable", which names the size.
Result<std::optional<ByteRange>> parse_byte_range(std::string_view header, std::int64_t size);

}  // namespace open_cicd::http
