// The API's objects as the verbs show them. Members that a newer server adds are ignored, those that an older one lacks
// are empty.
#pragma once

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::cli {

struct StepView {
  std::string name;
  std::string state;
  std::optional<int> exit_code;
  std::optional<std::int64_t> duration_ms;
  std::optional<std::int64_t> log_bytes;
  std::optional<boost::json::value> reason;
  std::optional<bool> allowed_failure;
};
BOOST_DESCRIBE_STRUCT(StepView, (), (name, state, exit_code, duration_ms, log_bytes, reason, allowed_failure))

struct ImageView {
  std::string image;
  std::string digest;
  std::optional<std::string> how;
};
BOOST_DESCRIBE_STRUCT(ImageView, (), (image, digest, how))

struct AttemptView {
  int attempt = 0;
  std::optional<std::string> agent;
  std::string state;
  std::optional<std::string> cause;
  std::optional<std::string> message;
  std::optional<int> exit_code;
  std::optional<std::vector<std::string>> log_flags;
  std::optional<std::vector<ImageView>> images;
  std::optional<std::string> claimed_at;
  std::optional<std::string> ended_at;
};
BOOST_DESCRIBE_STRUCT(AttemptView, (),
                      (attempt, agent, state, cause, message, exit_code, log_flags, images, claimed_at, ended_at))

struct AnnotationView {
  std::string level;
  std::string message;
  std::optional<std::string> file;
  std::optional<std::int64_t> line;
};
BOOST_DESCRIBE_STRUCT(AnnotationView, (), (level, message, file, line))

struct JobView {
  std::string id;
  std::string name;
  std::string state;
  std::optional<boost::json::value> reason;
  std::optional<std::string> executor;
  std::optional<std::vector<std::string>> runs_on;
  std::optional<int> attempt;
  std::optional<std::vector<AttemptView>> attempts;
  std::optional<StepView> setup;
  std::optional<std::vector<StepView>> steps;
  std::optional<int> exit_code;
  std::optional<std::string> created_at;
  std::optional<std::string> started_at;
  std::optional<std::string> finished_at;
  std::optional<std::vector<AnnotationView>> annotations;
  std::optional<std::string> summary;
};
BOOST_DESCRIBE_STRUCT(JobView, (),
                      (id, name, state, reason, executor, runs_on, attempt, attempts, setup, steps, exit_code,
                       created_at, started_at, finished_at, annotations, summary))

struct AgentView {
  std::string id;
  std::string name;
  std::string state;
  std::optional<std::map<std::string, std::string>> labels;
  std::optional<std::vector<std::string>> executors;
  std::optional<std::map<std::string, std::string>> withdrawn;
  std::optional<std::string> version;
  std::optional<std::string> current_job;
  std::optional<std::string> last_seen_at;
};
BOOST_DESCRIBE_STRUCT(AgentView, (),
                      (id, name, state, labels, executors, withdrawn, version, current_job, last_seen_at))

}  // namespace open_cicd::cli
