// What a forge shows beside a commit, in words that every forge takes. Pure; names were checked when their file was
// read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::scm {

struct StatusOf {
  std::string_view pipeline, event;
  std::optional<std::string_view> job;  // none: of the whole run
  bool modified = false;                // a round whose file or inputs somebody edited never stands for the real one
};

// "open-cicd/pipeline/event" and "/job", the same for the same thing and for nothing else: branch protection asks for
// it by name. One that is too long for a forge ends with a hash of all of it.
std::string status_context(const StatusOf&);

std::string status_description(std::string_view text);  // one line, cut with "…" where a forge would refuse it

}  // namespace open_cicd::scm
