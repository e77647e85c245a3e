#include "http/stream_writer.h"

#include <array>
#include <charconv>
#include <stdexcept>

namespace open_cicd::http {

Task<bool> StreamWriter::write(std::string_view bytes) {
  if (failed_) co_return false;
  if (bytes.empty()) co_return true;  // an empty chunk would end the body
  if (remaining_) {
    if (bytes.size() > *remaining_) throw std::logic_error("a streamed response is longer than its Content-Length");
    *remaining_ -= bytes.size();
  }
  std::array<char, 20> line;
  std::size_t size = 0;
  if (chunked_) {
    char* end = std::to_chars(line.data(), line.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    size = static_cast<std::size_t>(end - line.data());
  }
  failed_ = !co_await connection_.write_all({std::string_view(line.data(), size), bytes, chunked_ ? "\r\n" : ""});
  co_return !failed_;
}

Task<bool> StreamWriter::write_shared(std::shared_ptr<const std::string> bytes) {
  co_return co_await write(*bytes);
}

Task<bool> StreamWriter::finish() {
  if (!chunked_) co_return true;
  co_return co_await connection_.write_all({"0\r\n\r\n", {}, {}});
}

}  // namespace open_cicd::http
