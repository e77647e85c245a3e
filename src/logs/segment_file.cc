#include "logs/segment_file.h"

#include "base/crypto.h"
#include "base/flush.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace open_cicd::logs {
namespace {

static_assert(std::endian::native == std::endian::little, "the header is written as it lies in memory");

struct Header {
  std::uint32_t skippable = 0x184D2A5C;
  std::uint32_t skippable_size = 32;
  std::uint32_t magic = 0x316C636F;
  std::uint32_t raw_size = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t log_crc = 0;
  std::uint64_t raw_offset = 0;
  std::uint32_t packed_crc = 0;
  std::uint32_t header_crc = 0;

  std::uint32_t own_crc() const { return crc32c({reinterpret_cast<const char*>(&magic), 28}); }
};
static_assert(sizeof(Header) == 40 && std::is_trivially_copyable_v<Header>);

constexpr std::uint32_t raw_size_max = 64 << 20;  // of one segment: a damaged header cannot make us allocate more
constexpr int level_of_segments = 1;
constexpr std::int64_t hinted_bytes = 128 * 1024;  // of a file at once are handed to the disk

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  const int code = errno;
  throw std::system_error(code, std::generic_category(), fmt::format("{} {}", what, path.string()));
}

// False if the file ends before.
bool read_at(int fd, std::int64_t offset, void* to, std::size_t size, const std::filesystem::path& path) {
  char* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = ::pread(fd, at, size, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read", path);
    if (n == 0) return false;
    at += n;
    offset += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

struct TimesHeader {
  std::uint32_t skippable = 0x184D2A5D;
  std::uint32_t size = 0;
};
static_assert(sizeof(TimesHeader) == 8 && std::is_trivially_copyable_v<TimesHeader>);

std::size_t packed_room(std::string_view raw, std::string_view times) {
  return ZSTD_compressBound(raw.size()) + sizeof(TimesHeader) + times.size();
}

std::size_t put_times(char* to, std::string_view times) {
  if (times.empty()) return 0;
  TimesHeader header;
  header.size = static_cast<std::uint32_t>(times.size());
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, times.data(), times.size());
  return sizeof header + times.size();
}

struct ContextFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// One context a thread: making one costs as much as compressing a segment of repetitive text.
std::size_t compress_into(char* to, std::size_t room, std::string_view raw, int level) {
  thread_local const std::unique_ptr<ZSTD_CCtx, ContextFree> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  const std::size_t size = ZSTD_compressCCtx(context.get(), to, room, raw.data(), raw.size(), level);
  if (ZSTD_isError(size)) throw std::runtime_error(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  return size;
}

}  // namespace

std::size_t segment_at(const std::vector<Segment>& segments, std::int64_t offset) {
  const auto after = std::ranges::upper_bound(segments, offset, {}, &Segment::raw_offset);
  return static_cast<std::size_t>(after - segments.begin()) - 1;
}

std::shared_ptr<SegmentFile> SegmentFile::create(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail("cannot create", path);
  return std::shared_ptr<SegmentFile>(new SegmentFile(fd, path));
}

std::shared_ptr<SegmentFile> SegmentFile::open(const std::filesystem::path& path, Mode mode) {
  const int fd = ::open(path.c_str(), (mode == Mode::read ? O_RDONLY : O_RDWR) | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return nullptr;
  if (fd < 0) fail("cannot open", path);
  return std::shared_ptr<SegmentFile>(new SegmentFile(fd, path));
}

SegmentFile::~SegmentFile() {
  ::close(fd_);
}

std::vector<Segment> SegmentFile::scan(Check check) const {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) fail("cannot read", path_);
  std::vector<Segment> segments;
  std::int64_t at = 0;
  std::int64_t raw_offset = 0;
  std::string packed;
  Header header;
  while (read_at(fd_, at, &header, sizeof header, path_)) {
    const bool right = header.skippable == Header{}.skippable && header.skippable_size == Header{}.skippable_size &&
                       header.magic == Header{}.magic && header.header_crc == header.own_crc() &&
                       header.raw_offset == static_cast<std::uint64_t>(raw_offset) && header.raw_size > 0 &&
                       header.raw_size <= raw_size_max;
    if (!right) break;
    const Segment segment{raw_offset,      at + static_cast<std::int64_t>(sizeof header),
                          header.raw_size, header.packed_size,
                          header.log_crc,  header.packed_crc};
    if (segment.file_end() > status.st_size) break;
    if (check == Check::bytes) {
      packed.resize(segment.packed_size);
      if (!read_at(fd_, segment.file_offset, packed.data(), packed.size(), path_) ||
          crc32c(packed) != segment.packed_crc)
        break;
    }
    segments.push_back(segment);
    at = segment.file_end();
    raw_offset = segment.raw_end();
  }
  return segments;
}

Segment SegmentFile::append(std::string_view raw, std::string_view times, std::int64_t raw_offset,
                            std::uint32_t log_crc, std::int64_t file_end) {
  const std::size_t room = packed_room(raw, times);
  const auto buffer = std::make_unique_for_overwrite<char[]>(sizeof(Header) + room);
  char* const packed = buffer.get() + sizeof(Header);
  std::size_t packed_size = compress_into(packed, room, raw, level_of_segments);
  packed_size += put_times(packed + packed_size, times);

  Header header;
  header.raw_size = static_cast<std::uint32_t>(raw.size());
  header.packed_size = static_cast<std::uint32_t>(packed_size);
  header.log_crc = log_crc;
  header.raw_offset = static_cast<std::uint64_t>(raw_offset);
  header.packed_crc = crc32c({packed, packed_size});
  header.header_crc = header.own_crc();
  std::memcpy(buffer.get(), &header, sizeof header);

  const std::size_t total = sizeof header + packed_size;
  for (std::size_t done = 0; done < total;) {
    const ssize_t n = ::pwrite(fd_, buffer.get() + done, total - done, file_end + static_cast<std::int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", path_);
    done += static_cast<std::size_t>(n);
  }
  start_writing(file_end + static_cast<std::int64_t>(total));
  return {raw_offset,      file_end + static_cast<std::int64_t>(sizeof header),
          header.raw_size, header.packed_size,
          log_crc,         header.packed_crc};
}

// The disk starts now, so that the flush at the end of the job has little left to wait for. A hint: its failure means
// nothing.
void SegmentFile::start_writing(std::int64_t file_end) {
  if (file_end - writing_ < hinted_bytes || !is_flushing()) return;
  ::sync_file_range(fd_, writing_, file_end - writing_, SYNC_FILE_RANGE_WRITE);
  writing_ = file_end;
}

std::string SegmentFile::load_packed(const Segment& segment) const {
  std::string packed(segment.packed_size, '\0');
  if (!read_at(fd_, segment.file_offset, packed.data(), packed.size(), path_) || crc32c(packed) != segment.packed_crc) {
    throw std::runtime_error(fmt::format("{} is damaged at byte {}", path_.string(), segment.file_offset));
  }
  return packed;
}

std::string SegmentFile::load(const Segment& segment) const {
  return decompress(load_packed(segment), segment.raw_size);
}

std::string SegmentFile::load_times(const Segment& segment) const {
  return std::string(times_of(load_packed(segment)));
}

void SegmentFile::truncate(std::int64_t file_end) {
  if (::ftruncate(fd_, file_end) != 0) fail("cannot truncate", path_);
  writing_ = std::min(writing_, file_end);
}

void SegmentFile::sync() {
  if (flush_data(fd_) != 0) fail("cannot flush", path_);
}

void sync_folders(const std::filesystem::path& path, int levels) {
  std::filesystem::path folder = path;
  for (int i = 0; i < levels; ++i) {
    folder = folder.parent_path();
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail("cannot open", folder);
    const int result = flush_file(fd);
    const int code = errno;
    ::close(fd);
    errno = code;
    if (result != 0) fail("cannot flush", folder);
  }
}

std::string compress(std::string_view raw, std::string_view times, int level) {
  std::string packed(packed_room(raw, times), '\0');
  std::size_t size = compress_into(packed.data(), ZSTD_compressBound(raw.size()), raw, level);
  size += put_times(packed.data() + size, times);
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

std::string_view times_of(std::string_view packed) {
  const std::size_t frame = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
  TimesHeader header;
  if (ZSTD_isError(frame) || packed.size() - frame < sizeof header) return {};
  packed.remove_prefix(frame);
  std::memcpy(&header, packed.data(), sizeof header);
  packed.remove_prefix(sizeof header);
  return header.skippable == TimesHeader{}.skippable && header.size == packed.size() ? packed : std::string_view();
}

std::string decompress(std::string_view packed, std::size_t raw_size) {
  std::string raw(raw_size, '\0');
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != raw_size)
    throw std::runtime_error("a stored log does not decompress to its length");
  return raw;
}

}  // namespace open_cicd::logs
