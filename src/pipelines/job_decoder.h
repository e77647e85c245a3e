// A composed document to a JobSpec, with every error at once.
#pragma once

#include "base/error.h"
#include "pipelines/decode.h"
#include "pipelines/job_spec.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

inline constexpr auto shells = std::to_array<std::string_view>({"sh", "bash"});

inline constexpr auto executors = std::to_array<std::string_view>({"docker", "sandbox", "shell", "dummy"});
inline constexpr auto pulls = std::to_array<std::string_view>({"auto", "missing", "always"});
inline constexpr auto networks = std::to_array<std::string_view>({"default", "none"});
inline constexpr auto retry_causes = std::to_array<std::string_view>({"agent_lost", "image_pull", "timeout", "exit"});
inline constexpr auto conflict_choices =
    std::to_array<std::string_view>({"queue", "replace_pending", "cancel_running"});

Result<JobSpec> decode_job(const Node& document);

// What a submitted job and a job of a workflow have in common; each in a file of its own. Keys are checked by whoever
// makes the MapReader.
void read_job_keys(const MapReader& job, JobSpec& spec, Problems& problems);  // all but checkout and steps
void read_step_keys(const MapReader& step, std::size_t index, Step& to, Problems& problems);  // but allow_failure
using ReadStep = std::function<void(const Field&, std::size_t index, Step&, Problems&)>;
void read_steps(const Field& field, std::vector<Step>& to, Problems& problems, const ReadStep& read);
void read_concurrency(const Field& field, std::optional<Concurrency>& to, Problems& problems);
void read_env(const Field& field, std::map<std::string, std::string>& to, Problems& problems);      // decode_env.cc
void read_steps(const Field& field, std::vector<Step>& to, Problems& problems);                     // decode_steps.cc
void read_secrets(const Field& field, std::map<std::string, std::string>& to, Problems& problems);  // decode_env.cc
// Each step's `if`, `id` and late variables; `spec` has its steps and env already.
void read_conditions(const Field& steps, JobSpec& spec, Problems& problems);             // decode_conditions.cc
void read_services(const Field& field, std::vector<Service>& to, Problems& problems);    // decode_services.cc
void read_pull(const Field& field, std::optional<std::string>& to, Problems& problems);  // job_decoder.cc
// What one key alone cannot tell: images and executors, networks and services, how much a program is started with.
void check_together(const Field& job, JobSpec& spec, Problems& problems);  // decode_together.cc

}  // namespace open_cicd::pipelines
