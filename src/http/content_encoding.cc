#include "http/content_encoding.h"

#include "http/fields.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <new>

namespace open_cicd::http {
namespace {

constexpr std::size_t piece_bytes = 16 * 1024;
constexpr int zstd_window_log_max = 23;  // 8 MiB: what `zstd -19` writes; a frame that wants more memory is refused

class GzipDecoder final : public BodyDecoder {
 public:
  GzipDecoder() {
    constexpr int window_bits_gzip_only = 15 + 16;
    if (inflateInit2(&stream_, window_bits_gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;

  Status feed(std::string_view bytes, std::string& out, std::size_t out_max) override {
    if (ended_) return bytes.empty() ? Status::end : Status::corrupt;
    std::array<char, piece_bytes> piece;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = static_cast<uInt>(piece.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Status::corrupt;
      const std::size_t got = piece.size() - stream_.avail_out;
      if (out.size() + got > out_max) return Status::too_large;
      out.append(piece.data(), got);
      if (result == Z_STREAM_END) {
        ended_ = true;
        return stream_.avail_in == 0 ? Status::end : Status::corrupt;
      }
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return Status::more;
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

class ZstdDecoder final : public BodyDecoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, zstd_window_log_max);
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;

  Status feed(std::string_view bytes, std::string& out, std::size_t out_max) override {
    if (ended_) return bytes.empty() ? Status::end : Status::corrupt;
    std::array<char, piece_bytes> piece;
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer output{};
    do {
      output = {piece.data(), piece.size(), 0};
      const std::size_t result = ZSTD_decompressStream(stream_, &output, &input);
      if (ZSTD_isError(result)) return Status::corrupt;
      if (out.size() + output.pos > out_max) return Status::too_large;
      out.append(piece.data(), output.pos);
      if (result == 0) {
        ended_ = true;
        return input.pos == input.size ? Status::end : Status::corrupt;
      }
    } while (input.pos < input.size || output.pos == output.size);
    return Status::more;
  }

 private:
  ZSTD_DStream* stream_;
  bool ended_ = false;
};

}  // namespace

bool needs_decoder(std::string_view encoding) {
  return !encoding.empty() && !equals_ignoring_case(encoding, "identity");
}

bool knows_encoding(std::string_view encoding) {
  return equals_ignoring_case(encoding, "gzip") || equals_ignoring_case(encoding, "x-gzip") ||
         equals_ignoring_case(encoding, "zstd");
}

std::unique_ptr<BodyDecoder> make_decoder(std::string_view encoding) {
  if (equals_ignoring_case(encoding, "zstd")) return std::make_unique<ZstdDecoder>();
  return std::make_unique<GzipDecoder>();
}

}  // namespace open_cicd::http
