// JSON and YAML: bodies of requests, jobs, the configuration file.
#include "base/json.h"
#include "base/settings_file.h"
#include "fuzz/fuzz.h"
#include "pipelines/parse.h"
#include "protocol/message_rules.h"

#include <boost/json/serialize.hpp>

namespace open_cicd {
namespace {

// What is taken can be written and read again; fractions may lose their last digit on the way.
FUZZ_TARGET(json) {
  const auto value = json::parse(bytes);
  if (!value) return;
  const auto again = json::parse(boost::json::serialize(*value));
  REQUIRE(again && again->kind() == value->kind());
}

FUZZ_TARGET(messages) {
  fuzz::Choices choices(bytes);
  const std::size_t kind = choices.up_to(4);
  const std::string_view text = choices.rest();
  switch (kind) {
    case 0:
      if (const auto request = json::read_text<protocol::RegisterRequest>(text, json::Unknown::reject))
        json::check_rules(*request);
      return;
    case 1:
      json::read_text<protocol::StatusRequest>(text, json::Unknown::reject);
      return;
    case 2:
      json::read_text<protocol::HeartbeatRequest>(text, json::Unknown::reject);
      json::read_text<protocol::LeftoversRequest>(text, json::Unknown::reject);
      return;
    case 3:
      json::read_text<protocol::LinesRequest>(text, json::Unknown::reject);
      return;
    default:
      json::read_text<pipelines::JobSpec>(text, json::Unknown::ignore);
  }
}

// A job that is taken, as the server hands it to an agent, is the same job there.
void check_job(std::string_view text, pipelines::Format format) {
  const auto job = pipelines::parse_job(text, format);
  if (!job) return;
  const std::string written = json::write_text(*job);
  const auto again = json::read_text<pipelines::JobSpec>(written, json::Unknown::reject);
  REQUIRE(again && json::write_text(*again) == written);
}

FUZZ_TARGET(job_yaml) {
  check_job(bytes, pipelines::Format::yaml);
}

FUZZ_TARGET(job_json) {
  check_job(bytes, pipelines::Format::json);
}

FUZZ_TARGET(settings_file) {
  const auto settings = parse_settings_file(bytes, "config.yml");
  if (!settings) return;
  for (const FileSetting& setting : *settings) REQUIRE(setting.line > 0);
}

}  // namespace
}  // namespace open_cicd
