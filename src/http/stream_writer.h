// Writes a streamed body in its framing.
#pragma once

#include "http/server_connection.h"

#include <cstdint>
#include <optional>

namespace open_cicd::http {

// Lives while the response's stream function runs; on the connection's core.
class StreamWriter final : public BodyWriter {
 public:
  StreamWriter(ServerConnection& connection, bool chunked, std::optional<std::uint64_t> content_length)
      : connection_(connection), chunked_(chunked), remaining_(content_length) {}

  Task<bool> write(std::string_view bytes) override;
  Task<bool> write_shared(std::shared_ptr<const std::string> bytes) override;
  Task<void> peer_closed() override { return connection_.peer_closed(); }
  bool shutting_down() const override { return connection_.shutting_down(); }

  bool failed() const { return failed_; }
  bool is_complete() const { return remaining_.value_or(0) == 0; }  // as long as its Content-Length
  Task<bool> finish();

 private:
  ServerConnection& connection_;
  bool chunked_;
  bool failed_ = false;
  std::optional<std::uint64_t> remaining_;
};

}  // namespace open_cicd::http
