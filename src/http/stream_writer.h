// Writes a streamed body in its framing.
#pragma once

#include "http/session.h"

#include <cstdint>
#include <optional>

namespace open_cicd::http {

// Lives while the response's stream function runs; on the session's core.
class StreamWriter final : public BodyWriter {
 public:
  StreamWriter(Session& session, bool chunked, std::optional<std::uint64_t> content_length)
      : session_(session), chunked_(chunked), remaining_(content_length) {}

  Task<bool> write(std::string_view bytes) override;
  Task<bool> write_shared(std::shared_ptr<const std::string> bytes) override;
  Task<void> peer_closed() override { return session_.peer_closed(); }
  bool shutting_down() const override { return session_.shutting_down(); }

  bool failed() const { return failed_; }
  bool is_complete() const { return remaining_.value_or(0) == 0; }  // as long as its Content-Length
  Task<bool> finish();

 private:
  Session& session_;
  bool chunked_;
  bool failed_ = false;
  std::optional<std::uint64_t> remaining_;
};

}  // namespace open_cicd::http
