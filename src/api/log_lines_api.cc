// Logs as people read them: lines that are numbered in their step, where errors and groups are, and where a text is.
#include "api/chosen_log.h"
#include "api/routes.h"
#include "api/shapes.h"
#include "base/crypto.h"
#include "jobs/state.h"
#include "jobs/step_starts.h"
#include "logs/position.h"

#include <algorithm>

namespace open_cicd::api {

struct LogGroupView {
  std::int64_t first = 1;
  std::optional<std::int64_t> last;  // absent: it goes on
  std::string title;
};
BOOST_DESCRIBE_STRUCT(LogGroupView, (), (first, last, title))

struct LogPlaceView {
  int step = -1;
  std::int64_t line = 1;
};
BOOST_DESCRIBE_STRUCT(LogPlaceView, (), (step, line))

struct LogStepView {
  int step = 0;  // −1 is setup
  std::string name;
  std::string state;
  std::int64_t bytes = 0, lines = 0;  // that are counted: of a step that prints, whole lines
  std::optional<std::string> started_at;
  std::optional<std::int64_t> duration_ms;
  std::optional<int> exit_code;
  std::optional<bool> allowed_failure, background;
  std::vector<LogGroupView> groups;
  std::vector<std::int64_t> errors;  // the first ones
  std::int64_t errors_total = 0;
};
BOOST_DESCRIBE_STRUCT(LogStepView, (),
                      (step, name, state, bytes, lines, started_at, duration_ms, exit_code, allowed_failure, background,
                       groups, errors, errors_total))

struct LogIndexView {
  int attempt = 0;
  bool complete = false;  // the log does not grow any more
  std::optional<std::string> started_at, ended_at;
  std::string event_id;  // the Last-Event-ID with which a stream goes on behind what is counted here
  std::vector<LogStepView> steps;
  std::optional<LogPlaceView> first_error;  // of the step that made the job fail
};
BOOST_DESCRIBE_STRUCT(LogIndexView, (), (attempt, complete, started_at, ended_at, event_id, steps, first_error))

struct LogLinesView {
  int step = 0;
  std::int64_t from = 1;
  std::vector<std::string> lines;
  std::vector<std::optional<std::int64_t>> times;  // Unix milliseconds, by the agent's clock
  std::vector<std::int64_t> cut;                   // numbers of lines that are longer than what stands here
  std::int64_t total = 0;                          // of the step
  bool complete = false;                           // the step's log does not grow any more
};
BOOST_DESCRIBE_STRUCT(LogLinesView, (), (step, from, lines, times, cut, total, complete))

struct LogSearchView {
  std::int64_t total = 0;  // of the lines that were searched
  bool more = false;       // there are others than `matches`, or there may be
  std::vector<LogPlaceView> matches;
  std::optional<std::string> next_cursor;  // the search took long: where to go on
};
BOOST_DESCRIBE_STRUCT(LogSearchView, (), (total, more, matches, next_cursor))

namespace {

using auth::Permission;

constexpr std::int64_t search_matches_max = 10'000;
constexpr std::size_t search_text_max = 1'000;  // characters

// The log that is asked for, and how its steps stand.
struct LogReading {
  jobs::JobDetail detail;
  ChosenLog chosen;
  const std::vector<jobs::StepRecord>* records = nullptr;
  const jobs::Attempt* attempt = nullptr;
  logs::AttemptStanding standing;
};

// The standing is of a moment before the log is looked at: what it says is over is whole there.
Task<Result<std::unique_ptr<LogReading>>> open_log(Services& s, JobId job, std::optional<AttemptNumber> attempt,
                                                   std::optional<StepNumber> step) {
  auto detail = co_await s.jobs.get(job);
  if (!detail) co_return std::unexpected(std::move(detail.error()));
  auto chosen = choose_log(*detail, attempt, step);
  if (!chosen) co_return std::unexpected(std::move(chosen.error()));
  auto reading = std::make_unique<LogReading>();
  reading->detail = std::move(*detail);
  reading->chosen = *chosen;
  reading->attempt = attempt_of(reading->detail, chosen->attempt);
  reading->records = reading->attempt != nullptr ? &reading->attempt->steps : &reading->detail.planned;
  reading->standing.closed = reading->attempt != nullptr && !reading->attempt->open;
  for (const jobs::StepRecord& record : *reading->records)
    reading->standing.steps[record.step] = {.over = jobs::is_terminal(record.state),
                                            .background = record.background.value_or(false)};
  if (const std::int64_t recorded = recorded_bytes(reading->detail, *chosen); recorded > 0) {
    const std::int64_t size = co_await s.logs.size(job, chosen->attempt, chosen->step);
    if (size < recorded) co_return std::unexpected(co_await missing_log(s, job, size, recorded));
  }
  co_return reading;
}

template <class View>
Task<Encoded<View>> encode(Services& s, View view, bool is_final, std::optional<std::string> known_tag) {
  co_return co_await offload(s.pool, [view = std::move(view), is_final, known_tag = std::move(known_tag)] {
    Encoded<View> answer{.body = json::write_text(view), .tag = {}, .known = false, .is_final = is_final};
    if (is_final) answer.tag = fmt::format("\"{:08x}-{:x}\"", crc32c(answer.body), answer.body.size());
    answer.known = is_final && known_tag == answer.tag;
    return answer;
  });
}

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

LogStepView step_view(const jobs::StepRecord& record, std::optional<std::int64_t> started_at, logs::StepLines lines) {
  LogStepView view{.step = record.step,
                   .name = record.name,
                   .state = std::string(name_of(record.state)),
                   .bytes = lines.bytes,
                   .lines = lines.lines,
                   .started_at = time_or_nothing(started_at),
                   .duration_ms = record.duration_ms,
                   .exit_code = record.exit_code,
                   .allowed_failure = record.allowed_failure,
                   .background = record.background,
                   .groups = {},
                   .errors = std::move(lines.errors),
                   .errors_total = lines.errors_total};
  for (logs::Group& group : lines.groups)
    view.groups.push_back({.first = group.first,
                           .last = group.last > 0 ? std::optional(group.last) : std::nullopt,
                           .title = std::move(group.title)});
  return view;
}

// Those that only clean up come later, and their errors are not why the job failed.
bool made_the_job_fail(const jobs::StepRecord& record) {
  return (record.state == jobs::StepState::failed || record.state == jobs::StepState::timed_out) &&
         !record.allowed_failure.value_or(false);
}

struct IndexLog {
  Path<JobId> id;
  Query<std::optional<AttemptNumber>> attempt;
  Header<std::optional<std::string_view>> if_none_match;
  static constexpr std::array notes{Note{"attempt", "an earlier attempt; without it, the newest"}};
};
BOOST_DESCRIBE_STRUCT(IndexLog, (), (id, attempt, if_none_match))

Task<Result<Encoded<LogIndexView>>> index_log(Services& s, Caller, IndexLog request) {
  const auto reading = co_await open_log(s, *request.id, *request.attempt, std::nullopt);
  if (!reading) co_return std::unexpected(reading.error());
  const LogReading& log = **reading;
  logs::LogIndex index = co_await s.logs.index(*request.id, log.chosen.attempt, log.standing);
  LogIndexView view{.attempt = log.chosen.attempt,
                    .complete = log.standing.closed,
                    .started_at = {},
                    .ended_at = {},
                    .event_id = std::move(index.event_id),
                    .steps = {},
                    .first_error = {}};
  if (log.attempt != nullptr) {
    view.started_at = time_or_nothing(log.attempt->started_at);
    view.ended_at = time_or_nothing(log.attempt->ended_at);
  }
  bool failed = false;
  const auto starts = jobs::step_starts(*log.records, log.attempt != nullptr ? log.attempt->started_at : std::nullopt);
  for (std::size_t i = 0; const jobs::StepRecord& record : *log.records) {
    const auto found = std::ranges::find(index.steps, record.step, &logs::StepLines::step);
    logs::StepLines lines = found == index.steps.end() ? logs::StepLines() : std::move(*found);
    if (!failed && made_the_job_fail(record)) {
      failed = true;
      if (lines.first_error) view.first_error = {.step = record.step, .line = *lines.first_error};
    }
    view.steps.push_back(step_view(record, starts[i++], std::move(lines)));
  }
  co_return co_await encode(s, std::move(view), log.standing.closed, owned(*request.if_none_match));
}

struct ReadLines {
  Path<JobId> id;
  Query<StepNumber> step;
  Query<std::optional<AttemptNumber>> attempt;
  Query<Whole<1, whole_max>, 1> from;
  Query<Whole<1, logs::page_lines_max>, logs::page_lines_max> count;
  Header<std::optional<std::string_view>> if_none_match;
  static constexpr std::array notes{
      Note{"step", "from 0; -1 is the setup"}, Note{"attempt", "an earlier attempt; without it, the newest"},
      Note{"from", "the number of the first line; they are counted from 1 in each step"},
      Note{"count", "at most so many; an answer has at most 1 MiB, so there may be fewer"}};
};
BOOST_DESCRIBE_STRUCT(ReadLines, (), (id, step, attempt, from, count, if_none_match))

Task<Result<Encoded<LogLinesView>>> read_lines(Services& s, Caller, ReadLines request) {
  const auto reading = co_await open_log(s, *request.id, *request.attempt, *request.step);
  if (!reading) co_return std::unexpected(reading.error());
  const LogReading& log = **reading;
  logs::LinePage page = co_await s.logs.lines(*request.id, log.chosen.attempt, *log.chosen.step, log.standing,
                                              *request.from, *request.count);
  LogLinesView view{.step = *log.chosen.step,
                    .from = *request.from,
                    .lines = std::move(page.lines),
                    .times = std::move(page.times),
                    .cut = std::move(page.cut),
                    .total = page.total,
                    .complete = page.complete};
  co_return co_await encode(s, std::move(view), log.standing.closed, owned(*request.if_none_match));
}

struct SearchLog {
  Path<JobId> id;
  Query<Text<1, search_text_max>> q;
  Query<std::optional<AttemptNumber>> attempt;
  Query<Flag, false> regex;
  Query<Flag, false> case_;
  Query<Whole<1, search_matches_max>, search_matches_max> limit;
  Query<std::optional<std::string_view>> cursor;
  static constexpr std::array notes{Note{"q", "what a line must have"},
                                    Note{"attempt", "an earlier attempt; without it, the newest"},
                                    Note{"regex", "q is a regular expression of RE2"},
                                    Note{"case_", "capital and small letters differ"},
                                    Note{"limit", "how many matches are named; all of them are counted"},
                                    Note{"cursor", "next_cursor of the answer before, of the same search"}};
};
BOOST_DESCRIBE_STRUCT(SearchLog, (), (id, q, attempt, regex, case_, limit, cursor))

// "STEP.LINE"
std::optional<logs::LinePlace> parse_cursor(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::int64_t step = 0, line = 0;
  if (detail::read_whole(text.substr(0, dot), -1, log_step_max, step)) return std::nullopt;
  if (detail::read_whole(text.substr(dot + 1), 1, whole_max, line)) return std::nullopt;
  return logs::LinePlace{.step = static_cast<int>(step), .line = line};
}

Task<Result<LogSearchView>> search_log(Services& s, Caller caller, SearchLog request) {
  logs::LinePlace from;
  if (*request.cursor) {
    const auto place = parse_cursor(**request.cursor);
    if (!place) co_return invalid_fields({{"cursor", "must be the next_cursor of an answer"}});
    from = *place;
  }
  Stop gone;
  caller.on_gone([&gone] { gone.request(); });
  const auto reading = co_await open_log(s, *request.id, *request.attempt, std::nullopt);
  if (!reading) co_return std::unexpected(reading.error());
  const LogReading& log = **reading;
  logs::SearchFor what{.text = std::string(request.q->text), .regex = request.regex->on, .is_case = request.case_->on};
  const auto found = co_await s.logs.search(*request.id, log.chosen.attempt, log.standing, std::move(what), from,
                                            static_cast<std::size_t>(*request.limit),
                                            {.name = caller.who().id + "@" + caller.address(), .gone = gone});
  if (!found) co_return std::unexpected(found.error());
  LogSearchView view{.total = found->total,
                     .more = found->next.has_value() || found->total > std::ssize(found->matches),
                     .matches = {},
                     .next_cursor = {}};
  view.matches.reserve(found->matches.size());
  for (const logs::LinePlace& place : found->matches) view.matches.push_back({place.step, place.line});
  if (found->next) view.next_cursor = fmt::format("{}.{}", found->next->step, found->next->line);
  co_return view;
}

}  // namespace

void add_log_line_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::get, "/api/v1/jobs/{id}/logs/index", Permission::log_read, index_log,
            {.id = "indexLog",
             .summary = "How many lines each step of a log has, its groups and its errors",
             .tag = "logs",
             .refusals = {"no_such_attempt", "log_missing"}});
  add_route(rows, s, Method::get, "/api/v1/jobs/{id}/logs/lines", Permission::log_read, read_lines,
            {.id = "readLogLines",
             .summary = "Some lines of a step's log",
             .tag = "logs",
             .refusals = {"no_such_step", "no_such_attempt", "log_missing"}});
  add_route(rows, s, Method::get, "/api/v1/jobs/{id}/logs/search", Permission::log_read, search_log,
            {.id = "searchLog",
             .summary = "Which lines of a log have a text or match a regular expression",
             .tag = "logs",
             .refusals = {"no_such_attempt", "log_missing", "too_many_searches"}});
}

}  // namespace open_cicd::api
