#include "http/chunked.h"

#include "http/fields.h"

#include <algorithm>
#include <array>

namespace open_cicd::http {
namespace {

constexpr int size_digits_max = 16;
constexpr std::size_t extension_bytes_max = 4096;
constexpr std::size_t trailer_bytes_max = 8192;

// Fields that frame, route or authenticate a message have no meaning after its body; whoever sends one hopes that
// somebody merges it.
bool is_forbidden_trailer(std::string_view name) {
  constexpr std::array<std::string_view, 14> forbidden{
      "transfer-encoding", "content-length", "host",   "content-encoding", "content-type", "content-range",
      "trailer",           "authorization",  "cookie", "connection",       "expect",       "te",
      "upgrade",           "cache-control"};
  return std::ranges::any_of(forbidden, [name](std::string_view one) { return equals_ignoring_case(name, one); });
}

}  // namespace

ChunkDecoder::Status ChunkDecoder::feed(std::string_view& bytes, std::string& out, std::size_t out_max) {
  while (state_ != State::end && !bytes.empty()) {
    if (state_ == State::data) {
      const std::size_t room = out_max - std::min(out_max, out.size());
      const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>({remaining_, bytes.size(), room}));
      if (take == 0) return Status::more;
      out.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      remaining_ -= take;
      if (remaining_ == 0) state_ = State::data_cr;
    } else {
      if (!accept_framing(bytes.front())) {
        state_ = State::bad;
        return Status::bad;
      }
      bytes.remove_prefix(1);
    }
  }
  return state_ == State::end ? Status::end : Status::more;
}

bool ChunkDecoder::accept_framing(char c) {
  switch (state_) {
    case State::size:
      return accept_size(c);
    case State::extension:
      if (c == '\r')
        state_ = State::size_lf;
      else if (!is_field_value_char(c) || ++extension_bytes_ > extension_bytes_max)
        return false;
      return true;
    case State::size_lf:
      begin_chunk();
      return c == '\n';
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size;
      digits_ = 0;
      return c == '\n';
    case State::trailer:
      return accept_trailer(c);
    case State::data:
    case State::end:
    case State::bad:
      return false;
  }
  return false;
}

bool ChunkDecoder::accept_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
    return ++digits_ <= size_digits_max;
  }
  if (digits_ == 0) return false;
  if (c == ';')
    state_ = State::extension;
  else if (c == '\r')
    state_ = State::size_lf;
  else
    return false;
  return true;
}

bool ChunkDecoder::accept_trailer(char c) {
  if (++trailer_bytes_ > trailer_bytes_max) return false;
  line_ += c;
  if (c != '\n') return true;
  if (!line_.ends_with("\r\n")) return false;
  line_.resize(line_.size() - 2);
  if (line_.empty()) {
    state_ = State::end;
    return true;
  }
  const std::optional<Field> field = parse_field(line_);
  const bool good = field && !is_forbidden_trailer(field->name);
  line_.clear();
  return good;
}

}  // namespace open_cicd::http
