#include "logs/step_index.h"

#include "base/crypto.h"
#include "base/text.h"
#include "logs/line_marks.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace open_cicd::logs {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::uint32_t index_magic = 0x3178636f;  // "ocx1"
constexpr std::size_t open_groups_max = 64;        // that wait for their end; more are forgotten
constexpr std::size_t counts = 4;
constexpr std::size_t checksum_bytes = 4;

template <class T>
void put(std::string& file, T value) {
  static_assert(std::is_integral_v<T>);
  file.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put(std::string& file, const Sgr& state) {
  put(file, state.attributes);
  put(file, state.text);
  put(file, state.background);
  put(file, state.underline);
}

// Takes values from the front; false, and for good, where there are too few bytes.
class IndexBytes {
 public:
  explicit IndexBytes(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  bool take(T& to) {
    static_assert(std::is_integral_v<T>);
    if (bytes_.size() < sizeof to) return false;
    std::memcpy(&to, bytes_.data(), sizeof to);
    bytes_.remove_prefix(sizeof to);
    return true;
  }
  bool take(Sgr& to) { return take(to.attributes) && take(to.text) && take(to.background) && take(to.underline); }
  bool take(std::string& to, std::size_t size) {
    if (bytes_.size() < size) return false;
    to = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace

void StepIndex::add(std::string_view bytes) {
  if (ended_) return;
  reader_.read(bytes, [this](const Line& line) { take(line); });
  bytes_ += static_cast<std::int64_t>(bytes.size());
}

void StepIndex::take(const Line& line) {
  lines_ = line.number;
  whole_end_ = line.end;
  const std::string_view plain = without_escapes(line.text.substr(0, classified_bytes_max), plain_);
  if (is_error_line(plain)) {
    ++errors_total_;
    if (errors_.size() < errors_max) errors_.push_back(line.number);
  }
  take_groups(line);
  if (line.end - line.begin > static_cast<std::int64_t>(line_bytes_max))
    long_lines_.push_back({line.number, line.begin, line.end, line.text_at, line.before});
  if (line.end - blocks_.back().begin >= block_bytes) blocks_.push_back({line.number + 1, line.end, line.after});
}

void StepIndex::take_groups(const Line& line) {
  const std::vector<GroupMark> marks = group_marks(line.head, line.text);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const GroupMark& mark = marks[i];
    if (mark.kind == GroupMark::Kind::end) {
      const bool another_begins = i + 1 < marks.size() && marks[i + 1].kind == GroupMark::Kind::begin;
      close_group(mark.name, another_begins ? line.number - 1 : line.number);
      continue;
    }
    if (open_.size() >= open_groups_max) continue;
    const bool counted = open_.size() < group_depth_max && groups_.size() < groups_max;
    open_.push_back({mark.name, groups_.size(), counted});
    if (counted) groups_.push_back({.first = line.number, .last = 0, .title = mark.title});
  }
}

// Those inside it that have not ended end with it.
void StepIndex::close_group(const std::string& name, std::int64_t last) {
  const auto found = std::ranges::find(open_.rbegin(), open_.rend(), name, &OpenGroup::name);
  if (found == open_.rend()) return;
  const auto first = std::prev(found.base());
  for (auto open = first; open != open_.end(); ++open) {
    if (!open->counted) continue;
    Group& group = groups_[open->group];
    group.last = std::max(last, group.first);
  }
  open_.erase(first, open_.end());
}

bool StepIndex::rest_is_error() const {
  bool is_error = false;
  std::string room;
  reader_.rest([&](const Line& line) {
    is_error = is_error_line(without_escapes(line.text.substr(0, classified_bytes_max), room));
  });
  return is_error;
}

std::vector<std::int64_t> StepIndex::errors(bool over) const {
  std::vector<std::int64_t> all = errors_;
  if (over && has_rest() && all.size() < errors_max && rest_is_error()) all.push_back(lines_ + 1);
  return all;
}

std::int64_t StepIndex::errors_total(bool over) const {
  return errors_total_ + (over && has_rest() && rest_is_error() ? 1 : 0);
}

std::optional<StepIndex::LongLine> StepIndex::long_rest() const {
  std::optional<LongLine> found;
  reader_.rest([&](const Line& line) {
    if (line.end - line.begin > static_cast<std::int64_t>(line_bytes_max))
      found = {line.number, line.begin, line.end, line.text_at, line.before};
  });
  return found;
}

StepIndex::Span StepIndex::span_of(std::int64_t line, bool over) const {
  const auto next = std::ranges::upper_bound(blocks_, line, {}, &Block::line);
  const Block& block = *std::prev(next);
  const std::int64_t end = next == blocks_.end() ? lines_end(over) : next->begin;
  const std::int64_t last = next == blocks_.end() ? lines(over) : next->line - 1;
  // Only the last line of a block can be a long one.
  std::optional<LongLine> long_line;
  const auto found = std::ranges::lower_bound(long_lines_, last, {}, &LongLine::line);
  if (found != long_lines_.end() && found->line == last)
    long_line = *found;
  else if (over && has_rest() && last == lines_ + 1)
    long_line = long_rest();
  const bool ends_log = over && end == bytes_;
  if (!long_line) return {block.line, block.begin, end, block.state, false, ends_log};
  if (line == last) return {last, long_line->text_at, long_line->end, long_line->before, true, ends_log};
  return {block.line, block.begin, long_line->begin, block.state, false, false};
}

std::size_t StepIndex::memory() const {
  std::size_t bytes = sizeof(StepIndex) + blocks_.capacity() * sizeof(Block) +
                      long_lines_.capacity() * sizeof(LongLine) + errors_.capacity() * sizeof(std::int64_t) +
                      groups_.capacity() * sizeof(Group) + open_.capacity() * sizeof(OpenGroup) + reader_.memory() +
                      plain_.capacity();
  for (const Group& group : groups_) bytes += group.title.size();
  return bytes;
}

// "ocx1", the log's length and checksum, what was counted, the lists, and a CRC-32C of all that.
std::string StepIndex::encode(std::uint32_t log_crc) const {
  StepIndex ended = *this;
  reader_.rest([&ended](const Line& line) { ended.take(line); });
  std::string file;
  put(file, index_magic);
  put(file, ended.bytes_);
  put(file, log_crc);
  put(file, ended.lines_);
  put(file, ended.errors_total_);
  for (const std::size_t count :
       {ended.blocks_.size(), ended.long_lines_.size(), ended.errors_.size(), ended.groups_.size()})
    put(file, static_cast<std::uint32_t>(count));
  for (const Block& block : ended.blocks_) {
    put(file, block.line);
    put(file, block.begin);
    put(file, block.state);
  }
  for (const LongLine& line : ended.long_lines_) {
    put(file, line.line);
    put(file, line.begin);
    put(file, line.end);
    put(file, line.text_at);
    put(file, line.before);
  }
  for (const std::int64_t line : ended.errors_) put(file, line);
  for (const Group& group : ended.groups_) {
    put(file, group.first);
    put(file, group.last);
    put(file, static_cast<std::uint8_t>(group.title.size()));
    file += group.title;
  }
  put(file, crc32c(file));
  return file;
}

std::optional<StepIndex> StepIndex::decode(std::string_view file, std::int64_t log_bytes, std::uint32_t log_crc) {
  if (file.size() < checksum_bytes) return std::nullopt;
  std::uint32_t checksum = 0;
  IndexBytes(file.substr(file.size() - checksum_bytes)).take(checksum);
  file.remove_suffix(checksum_bytes);
  if (crc32c(file) != checksum) return std::nullopt;

  IndexBytes bytes(file);
  StepIndex index;
  std::uint32_t magic = 0, crc = 0;
  std::array<std::uint32_t, counts> sizes{};
  bool whole = bytes.take(magic) && bytes.take(index.bytes_) && bytes.take(crc) && bytes.take(index.lines_) &&
               bytes.take(index.errors_total_);
  for (std::uint32_t& size : sizes) whole = whole && bytes.take(size);
  if (!whole || magic != index_magic || index.bytes_ != log_bytes || crc != log_crc) return std::nullopt;
  if (index.lines_ < 0 || index.errors_total_ < sizes[2] || index.errors_total_ > index.lines_ || sizes[0] == 0)
    return std::nullopt;
  index.whole_end_ = index.bytes_;
  index.ended_ = true;

  index.blocks_.clear();
  for (std::uint32_t i = 0; i < sizes[0]; ++i) {
    Block block;
    if (!bytes.take(block.line) || !bytes.take(block.begin) || !bytes.take(block.state)) return std::nullopt;
    const bool follows = i == 0 ? block.line == 1 && block.begin == 0
                                : block.line > index.blocks_.back().line && block.begin > index.blocks_.back().begin;
    if (!follows || block.line > index.lines_ + 1 || block.begin > index.bytes_) return std::nullopt;
    index.blocks_.push_back(block);
  }
  for (std::uint32_t i = 0; i < sizes[1]; ++i) {
    LongLine line;
    if (!bytes.take(line.line) || !bytes.take(line.begin) || !bytes.take(line.end) || !bytes.take(line.text_at) ||
        !bytes.take(line.before))
      return std::nullopt;
    const std::int64_t before = index.long_lines_.empty() ? 0 : index.long_lines_.back().line;
    if (line.line <= before || line.line > index.lines_ || line.begin < 0 || line.text_at < line.begin ||
        line.end < line.text_at || line.end > index.bytes_)
      return std::nullopt;
    index.long_lines_.push_back(line);
  }
  for (std::uint32_t i = 0; i < sizes[2]; ++i) {
    std::int64_t line = 0;
    const std::int64_t before = index.errors_.empty() ? 0 : index.errors_.back();
    if (!bytes.take(line) || line <= before || line > index.lines_) return std::nullopt;
    index.errors_.push_back(line);
  }
  for (std::uint32_t i = 0; i < sizes[3]; ++i) {
    Group group;
    std::uint8_t size = 0;
    if (!bytes.take(group.first) || !bytes.take(group.last) || !bytes.take(size) || !bytes.take(group.title, size))
      return std::nullopt;
    const bool has_lines = group.first > 0 && group.first <= index.lines_ &&
                           (group.last == 0 || (group.last >= group.first && group.last <= index.lines_));
    if (!has_lines || !is_valid_utf8(group.title)) return std::nullopt;
    index.groups_.push_back(std::move(group));
  }
  if (!bytes.empty()) return std::nullopt;
  return index;
}

}  // namespace open_cicd::logs
