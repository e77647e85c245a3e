// Why a job waits or how it ended, as people say it.
#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::cli {

// A job's `reason`, {"code", "facts"}, as a clause: `step "two" ended with exit code 127`. "" for null. A code that is
// not known here is shown with its facts.
std::string clause_of_reason(const boost::json::value& reason);

// How a job ended: `job failed: step "two" ended with exit code 127`, `job cancelled by the user`.
std::string sentence_of_end(std::string_view state, const boost::json::value& reason, std::optional<int> exit_code);

}  // namespace open_cicd::cli
