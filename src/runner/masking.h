// Hides a job's secrets in all that leaves the agent: logs on their way to the server, and texts such as messages.
#pragma once

#include "masker/masker.h"
#include "runner/executor.h"

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::runner {

enum class Extent : std::uint8_t { whole, beginning };

// `text` without the secrets; as it is where `patterns` is null. Of a text that is only a beginning, what may be the
// beginning of a secret is left out.
std::string hide_secrets(const masker::Patterns* patterns, std::string_view text, Extent extent = Extent::whole);

// Between one step and the sink of its log, or the set-up and its own. One thread, and one write at a time. `to` and
// `patterns` outlive it; without patterns it costs nothing.
class MaskedSink final : public OutputSink {
 public:
  MaskedSink(const masker::Patterns* patterns, OutputSink& to);

  Task<void> write(int step, std::string_view bytes) override;
  Task<void> end(int step);  // what was held back; before the step's end is told

 private:
  Task<void> write_masked(int step, std::string_view bytes);

  OutputSink& to_;
  std::optional<masker::Masker> masker_;
};

}  // namespace open_cicd::runner
