// The JSON of repositories, their deliveries and schedules.
#pragma once

#include "base/json.h"
#include "base/json_rules.h"
#include "repositories/deliveries.h"
#include "repositories/limits.h"
#include "repositories/repositories.h"
#include "repositories/schedules.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::api {

struct NewRepositoryRequest {
  std::string url;
  std::optional<std::string> forge, forge_url, name, token;
  std::optional<bool> webhook;
  std::optional<std::string> trust;
  std::optional<std::vector<std::string>> pipeline_paths, protected_refs;
  std::optional<std::int64_t> poll_s;  // 0: never
};
BOOST_DESCRIBE_STRUCT(NewRepositoryRequest, (),
                      (url, forge, forge_url, name, token, webhook, trust, pipeline_paths, protected_refs, poll_s))

struct RepositoryChangeRequest {
  std::optional<std::string> token, trust, default_branch;
  std::optional<std::vector<std::string>> pipeline_paths, protected_refs;
  std::optional<std::vector<std::string>> templates_for;  // full names of those that may use its templates; "*": all
  std::optional<std::int64_t> poll_s;
  std::optional<bool> active;
};
BOOST_DESCRIBE_STRUCT(RepositoryChangeRequest, (),
                      (token, trust, default_branch, pipeline_paths, protected_refs, templates_for, poll_s, active))

struct WebhookView {
  std::string url;
  std::string state;  // registered, failed, off
  std::optional<std::string> error;
  std::optional<std::string> secret;  // of plain git, in the answer that connects it, and never again
};
BOOST_DESCRIBE_STRUCT(WebhookView, (), (url, state, error, secret))

struct RepositoryView {
  std::string id;
  std::int64_t version = 1;
  std::string full_name, forge, forge_url, clone_url, default_branch;
  bool is_public = false, has_token = false, active = true;
  std::vector<std::string> pipeline_paths, protected_refs, templates_for;
  std::string trust;
  WebhookView webhook;
  std::int64_t poll_s = 0;
  std::optional<std::string> polled_at, poll_error;
  std::string created_at;
  std::optional<std::vector<std::string>> warnings;  // of what was just asked for
};
BOOST_DESCRIBE_STRUCT(RepositoryView, (),
                      (id, version, full_name, forge, forge_url, clone_url, default_branch, is_public, has_token,
                       active, pipeline_paths, protected_refs, templates_for, trust, webhook, poll_s, polled_at,
                       poll_error, created_at, warnings))

struct RepositoryListView {
  std::vector<RepositoryView> repositories;
  boost::json::value next_cursor;
};
BOOST_DESCRIBE_STRUCT(RepositoryListView, (), (repositories, next_cursor))

struct RemovedRepositoryView {
  std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(RemovedRepositoryView, (), (warnings))

struct DeliveryRunView {
  std::string id;
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(DeliveryRunView, (), (id, number))

struct DeliveryView {
  std::string id, source;
  std::optional<std::string> forge_delivery;
  std::string event;  // push, tag, change, …
  std::string ref, event_key, state;
  std::int64_t tries = 0;
  std::optional<std::string> verdict, retry_at;
  std::vector<DeliveryRunView> runs;
  std::string created_at;
  std::optional<std::string> finished_at;
};
BOOST_DESCRIBE_STRUCT(DeliveryView, (),
                      (id, source, forge_delivery, event, ref, event_key, state, tries, verdict, retry_at, runs,
                       created_at, finished_at))

struct DeliveryListView {
  std::vector<DeliveryView> deliveries;
  boost::json::value next_cursor;
};
BOOST_DESCRIBE_STRUCT(DeliveryListView, (), (deliveries, next_cursor))

struct ReceivedView {
  std::string delivery;  // its id
};
BOOST_DESCRIBE_STRUCT(ReceivedView, (), (delivery))

struct ScheduleView {
  std::string pipeline, cron, timezone, branch;
  std::optional<std::string> next_at, last_at;
};
BOOST_DESCRIBE_STRUCT(ScheduleView, (), (pipeline, cron, timezone, branch, next_at, last_at))

struct ScheduleListView {
  std::vector<ScheduleView> schedules;
  boost::json::value next_cursor;
};
BOOST_DESCRIBE_STRUCT(ScheduleListView, (), (schedules, next_cursor))

struct RunNowRequest {
  std::optional<std::string> pipeline, ref;
  std::optional<boost::json::object> inputs;
};
BOOST_DESCRIBE_STRUCT(RunNowRequest, (), (pipeline, ref, inputs))

inline constexpr std::int64_t poll_s_max = 86'400;
inline constexpr std::int64_t poll_s_min = 0;

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::NewRepositoryRequest> {
  static constexpr std::array rules{
      Rule{.member = "url", .min = 1, .max = repositories::limits::url_bytes_max, .form = &line_form},
      Rule{.member = "forge", .min = 1, .max = 32, .form = &word_form},
      Rule{.member = "forge_url", .min = 1, .max = repositories::limits::url_bytes_max, .form = &line_form},
      Rule{.member = "name", .min = 1, .max = repositories::limits::full_name_bytes_max, .form = &line_form},
      Rule{.member = "token", .min = 1, .max = repositories::limits::token_bytes_max, .form = &line_form},
      Rule{.member = "trust", .words = repositories::trust_words},
      Rule{.member = "pipeline_paths", .min = 1, .max = repositories::limits::paths_max, .form = &line_form},
      Rule{.member = "protected_refs", .max = repositories::limits::refs_max, .form = &line_form},
      Rule{.member = "poll_s", .min = api::poll_s_min, .max = api::poll_s_max},
  };
};

template <>
struct RulesOf<api::RepositoryChangeRequest> {
  static constexpr std::array rules{
      Rule{.member = "token", .max = repositories::limits::token_bytes_max, .form = &line_form},
      Rule{.member = "trust", .words = repositories::trust_words},
      Rule{.member = "default_branch", .min = 1, .max = 255, .form = &line_form},
      Rule{.member = "pipeline_paths", .min = 1, .max = repositories::limits::paths_max, .form = &line_form},
      Rule{.member = "protected_refs", .max = repositories::limits::refs_max, .form = &line_form},
      Rule{.member = "templates_for", .max = repositories::limits::refs_max, .form = &line_form},
      Rule{.member = "poll_s", .min = api::poll_s_min, .max = api::poll_s_max},
  };
};

template <>
struct RulesOf<api::RunNowRequest> {
  static constexpr std::array rules{
      Rule{.member = "pipeline", .min = 1, .max = 1024, .form = &line_form},
      Rule{.member = "ref", .min = 1, .max = 1024, .form = &line_form},
  };
};

}  // namespace open_cicd::json
