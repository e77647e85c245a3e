// A submitted job, JSON or YAML, to a JobSpec: every error at once, each with its path and, for YAML, its line and
// column. Pure.
#pragma once

#include "base/error.h"
#include "pipelines/job_spec.h"

#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

enum class Format : unsigned char { json, yaml };

// Errors: ErrorKind::invalid "invalid" with fields ("steps[2].image": "must be a string", line 7, column 12), unknown
// keys with "did you mean"; ErrorKind::malformed "malformed_yaml" / "malformed_json" when the text is not parseable
// (fields hold line and column). Limits: 1 MiB of text, depth 64, 50,000 nodes after aliases, 200 steps, 20 services,
// 256 env variables, 64 KiB a value; see limits.h.
Result<JobSpec> parse_job(std::string_view text, Format format);

// The keys that a submitted job, each of its steps and each of its services may have, for documentation and schemas.
std::vector<std::string_view> known_job_keys();
std::vector<std::string_view> known_step_keys();
std::vector<std::string_view> known_service_keys();

}  // namespace open_cicd::pipelines
