#include "http/byte_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::http {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<ByteRange>> parse_byte_range(std::string_view header, std::int64_t size) {
  if (!header.starts_with("bytes=") || header.contains(',')) return std::optional<ByteRange>();
  const std::string_view range = header.substr(6);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::optional<ByteRange>();
  const auto first = whole_number(range.substr(0, dash)), last = whole_number(range.substr(dash + 1));
  if ((!first && !last) || (first && !last && dash + 1 != range.size())) return std::optional<ByteRange>();
  if (!first && dash != 0) return std::optional<ByteRange>();
  const std::int64_t begin = first ? *first : std::max<std::int64_t>(0, size - *last);
  const std::int64_t end = first && last ? (*last >= size ? size : *last + 1) : size;
  if (begin >= size || begin >= end)
    return std::unexpected(Error(ErrorKind::range, "range_not_satisfiable", fmt::format("The log has {} bytes.", size))
                               .with_fact("size", size));
  return std::optional(ByteRange{begin, end});
}

}  // namespace open_cicd::http
