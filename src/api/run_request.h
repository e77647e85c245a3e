// The request that makes a run: a pipeline file with a query, or one JSON document that says the same and more.
#pragma once

#include "api/pipeline_input.h"
#include "base/json_rules.h"
#include "pipelines/job_spec.h"
#include "runs/runs.h"
#include "workflows/limits.h"
#include "workflows/selection.h"
#include "workflows/workflow.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::api {

inline constexpr std::int64_t run_text_chars_max = 255;  // of each name of a branch, tag or file, and of the run
inline constexpr std::int64_t changed_max = 10'000;

// What a run is made from, where more is to be said than the file: as JSON.
struct CheckoutFrom {
  std::string url;
  std::optional<std::string> ref;  // branch, tag or commit; none: the remote's HEAD
};
BOOST_DESCRIBE_STRUCT(CheckoutFrom, (), (url, ref))

struct RunDocument {
  std::string pipeline;             // the text of the file
  std::optional<std::string> file;  // and all that the query can say
  std::optional<std::string> event, branch, tag;
  std::optional<std::vector<std::string>> changed;
  std::optional<bj::object> inputs;                         // texts, numbers and booleans
  std::optional<std::string> name;                          // of the run, in place of the file's
  std::optional<CheckoutFrom> checkout;                     // what its jobs check out
  std::optional<std::map<std::string, std::string>> files;  // texts of templates, by their paths
  std::optional<std::vector<std::string>> jobs;             // only these, and what they need
  std::optional<std::string> executor;                      // of every job, in place of its own
  std::optional<bool> keep_going;                           // a failing leg does not cancel the others
};
BOOST_DESCRIBE_STRUCT(RunDocument, (),
                      (pipeline, file, event, branch, tag, changed, inputs, name, checkout, files, jobs, executor,
                       keep_going))

// A pipeline file, or a RunDocument. Its functions are found by its type.
struct RunBody {
  std::string_view sent;
  RunDocument document;
  workflows::InputTexts inputs;
  std::optional<pipelines::Checkout> checkout;
};

Result<void> read_body(http::Request& request, RunBody& to);
void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<RunBody>);

inline constexpr std::size_t run_key_max = 200;
inline constexpr std::size_t run_body_max = 4 << 20;  // a pipeline file and its templates, as JSON

struct CreateRun {
  Query<std::optional<EventName>> event;
  Query<PipelineName> branch;
  Query<PipelineName> tag;
  Query<Repeated> changed;
  Query<Prefixed> input;
  Query<PipelineName> file;
  Header<std::optional<Text<1, run_key_max>>> idempotency_key;
  Body<RunBody> body;
  static constexpr std::array notes{
      Note{"event", "what the run is told to be for; then the file's filters apply. Without it: api, and none applies"},
      Note{"branch", "of a pull request, the one that it wants to go into [main]"},
      Note{"changed", "a file that changed; may stand again. Without it, no path is filtered"},
      Note{"input", "input.NAME=VALUE for each input that is given"},
      Note{"file", "its path in the repository [.open-cicd.yml]"},
      Note{"idempotency_key",
           "any text of your own: the same key with the same body and query makes no second run for 24 hours"}};
};
BOOST_DESCRIBE_STRUCT(CreateRun, (), (event, branch, tag, changed, input, file, idempotency_key, body))

// What a run is made from, wherever it was said.
struct WantedRun {
  workflows::Source source;
  workflows::Event event;
  workflows::InputTexts inputs;
  workflows::Selection selection;
  std::optional<std::string> name;
  std::optional<pipelines::Checkout> checkout;
};

inline std::optional<std::string> text_of(const PipelineName& name) {
  return name ? std::optional<std::string>(name->text) : std::nullopt;
}

// As texts, which the file's definitions give their types; what is no text, number or boolean is added to `errors`.
workflows::InputTexts input_texts(const bj::object& inputs, std::vector<FieldError>& errors);
// Errors: invalid, for what stands in the body and in the query.
Result<WantedRun> wanted_by(const CreateRun& request);
// Errors: invalid, with every place of the file that is wrong or cannot be run yet.
Result<runs::NewRun> plan_run(const WantedRun& wanted);
// All that makes a second request the same: the idempotency key remembers it.
std::string digest_of(const CreateRun& request, const workflows::Event& event);

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::RunDocument> {
  static constexpr std::array rules{
      Rule{.member = "file", .min = 1, .max = api::run_text_chars_max, .form = &line_form},
      Rule{.member = "event", .words = workflows::event_words},
      Rule{.member = "branch", .min = 1, .max = api::run_text_chars_max, .form = &line_form},
      Rule{.member = "tag", .min = 1, .max = api::run_text_chars_max, .form = &line_form},
      Rule{.member = "changed", .max = api::changed_max},
      Rule{.member = "name", .min = 1, .max = api::run_text_chars_max, .form = &line_form},
      Rule{.member = "files", .max = workflows::limits::templates_max},
      Rule{.member = "jobs", .min = 1, .max = workflows::selected_jobs_max},
      Rule{.member = "executor", .words = workflows::selectable_executors},
  };
};

}  // namespace open_cicd::json
