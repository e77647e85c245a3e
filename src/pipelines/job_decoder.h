// A composed document to a JobSpec, with every error at once.
#pragma once

#include "base/error.h"
#include "pipelines/decode.h"
#include "pipelines/job_spec.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

inline constexpr auto shells = std::to_array<std::string_view>({"sh", "bash"});

Result<JobSpec> decode_job(const Node& document);

// Parts, for job_decoder.cc; each in a file of its own.
void read_env(const Field& field, std::map<std::string, std::string>& to, Problems& problems);  // decode_env.cc
void read_steps(const Field& field, std::vector<Step>& to, Problems& problems);                 // decode_steps.cc
void read_services(const Field& field, std::vector<Service>& to, Problems& problems);           // decode_services.cc
void read_pull(const Field& field, std::optional<std::string>& to, Problems& problems);         // job_decoder.cc
// What one key alone cannot tell: images and executors, networks and services, how much a program is started with.
void check_together(const Field& job, JobSpec& spec, Problems& problems);  // decode_together.cc

}  // namespace open_cicd::pipelines
