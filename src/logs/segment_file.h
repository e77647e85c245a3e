// The file of one step's long log: segments, each a header in a zstd skippable frame followed by one ordinary zstd
// frame. So `zstd -d` reads it, one write appends a segment, and there is no second file that could disagree.
//
// A header is 40 bytes, little-endian:
//   u32 0x184D2A5C, u32 32               the skippable frame (RFC 8878, section 3.1.2)
//   u32 0x316C636F ("ocl1")
//   u32 raw_size, u32 packed_size        of this segment, before and after compression
//   u32 log_crc                          CRC-32C of the raw log from its beginning to this segment's end
//   u64 raw_offset                       where the segment begins in the raw log
//   u32 packed_crc                       CRC-32C of the zstd frame
//   u32 header_crc                       CRC-32C of the 28 bytes before it, from "ocl1" on
// When its bytes were printed may follow the zstd frame, in another skippable frame that packed_size counts:
//   u32 0x184D2A5D, u32 size, bytes of TimeMarks::encode
// A file ends where the next header or frame is not whole and right: what follows is a torn write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

struct Segment {
  std::int64_t raw_offset = 0;
  std::int64_t file_offset = 0;  // of the zstd frame, after the header
  std::uint32_t raw_size = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t log_crc = 0;
  std::uint32_t packed_crc = 0;

  std::int64_t raw_end() const { return raw_offset + raw_size; }
  std::int64_t file_end() const { return file_offset + packed_size; }
};

// The index of the segment that holds raw byte `offset`, which must be below the last segment's end.
std::size_t segment_at(const std::vector<Segment>& segments, std::int64_t offset);

// An open descriptor; the segment table is the owner's. All functions block and are thread-safe, except that one caller
// at a time appends. Failures of the disk are std::system_error, damaged bytes std::runtime_error.
class SegmentFile {
 public:
  enum class Mode : unsigned char { read, append };
  enum class Check : unsigned char { headers, bytes };  // bytes: every frame is read and its checksum compared

  static std::shared_ptr<SegmentFile> create(const std::filesystem::path& path);           // and its folders; empty
  static std::shared_ptr<SegmentFile> open(const std::filesystem::path& path, Mode mode);  // null if there is none
  ~SegmentFile();
  SegmentFile(const SegmentFile&) = delete;

  std::vector<Segment> scan(Check check) const;
  // Compresses `raw` and writes it, and `times` beside it, at `file_end`; nothing is durable before sync().
  Segment append(std::string_view raw, std::string_view times, std::int64_t raw_offset, std::uint32_t log_crc,
                 std::int64_t file_end);
  std::string load(const Segment& segment) const;
  std::string load_times(const Segment& segment) const;  // "" if it has none
  void truncate(std::int64_t file_end);
  void sync();

 private:
  SegmentFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  std::string load_packed(const Segment& segment) const;
  void start_writing(std::int64_t file_end);

  const int fd_;
  const std::filesystem::path path_;
  std::int64_t writing_ = 0;  // the end of what the disk was told to write; the appender's
};

// Makes the names of `path` and of its `levels` parent folders durable.
void sync_folders(const std::filesystem::path& path, int levels);

// A zstd frame, and behind it `times` in a skippable frame, if there are any.
std::string compress(std::string_view raw, std::string_view times, int level);
std::string_view times_of(std::string_view packed);  // "" if it has none
std::string decompress(std::string_view packed,
                       std::size_t raw_size);  // throws std::runtime_error unless it is exactly that many bytes

}  // namespace open_cicd::logs
