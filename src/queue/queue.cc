#include "queue/queue.h"

#include "base/json.h"
#include "db/row.h"
#include "jobs/records.h"

#include <boost/json/parse.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <charconv>

namespace open_cicd::queue {

struct QueueRow {
  JobId id;
  std::string executor;
  std::vector<std::string> runs_on;
  std::optional<std::int64_t> not_before, started_at;
  std::optional<RunId> run_id;
  std::string job, key;
  std::vector<std::string> needs;
  std::int64_t needs_open = 0;
  jobs::JobState state = jobs::JobState::queued;
  std::optional<std::string> concurrency_group;
  std::int64_t concurrency_limit = 0;
  bool waits_for_slot = false;
  std::optional<std::int64_t> max_parallel;
  std::string run_state, pipeline;
  std::string agent;
  std::optional<std::int64_t> usual_ms;  // no column
};
BOOST_DESCRIBE_STRUCT(QueueRow, (),
                      (id, executor, runs_on, not_before, started_at, run_id, job, key, needs, needs_open, state,
                       concurrency_group, concurrency_limit, waits_for_slot, max_parallel, run_state, pipeline, agent))

namespace {

#define QUEUE_COLUMNS                                                                                               \
  "j.id, j.executor, j.runs_on, j.not_before, j.started_at, j.run_id, coalesce(j.job, '') AS job, coalesce(j.key, " \
  "'') AS key, coalesce(j.needs, '[]') AS needs, j.needs_open, j.state, j.concurrency_group, j.concurrency_limit, " \
  "j.waits_for_slot, j.max_parallel, coalesce(r.state, '') AS run_state, coalesce(r.pipeline, '') AS pipeline"
constexpr db::Query offered_query{
    .name = "queue.offered",
    .sql = "SELECT " QUEUE_COLUMNS
           ", '' AS agent FROM jobs j LEFT JOIN runs r ON r.id = j.run_id WHERE j.state = 'queued' AND j.id IN (SELECT "
           "value FROM json_each($1))",
    .postgres_sql = "SELECT " QUEUE_COLUMNS
                    ", '' AS agent FROM jobs j LEFT JOIN runs r ON r.id = j.run_id WHERE j.state = 'queued' AND j.id "
                    "IN (SELECT json_array_elements_text($1::json))"};
constexpr db::Query blocked_query{
    .name = "queue.blocked",
    .sql = "SELECT " QUEUE_COLUMNS
           ", '' AS agent FROM jobs j LEFT JOIN runs r ON r.id = j.run_id WHERE j.state = 'blocked' ORDER BY j.seq "
           "LIMIT $1"};
constexpr db::Query running_query{.name = "queue.running",
                                  .sql = "SELECT " QUEUE_COLUMNS
                                         ", a.agent_id AS agent FROM attempts a JOIN jobs j ON j.id = a.job_id LEFT "
                                         "JOIN runs r ON r.id = j.run_id WHERE a.open = 1 LIMIT $1"};
// Of the newest runs of the pipeline: jobs of one kind are where they are.
constexpr db::Query usual_query{
    .name = "queue.usual",
    .sql =
        "SELECT j.finished_at - j.started_at AS ms FROM (SELECT id, seq FROM runs WHERE pipeline = $1 AND finished_at "
        "IS NOT NULL ORDER BY seq DESC LIMIT 50) r JOIN jobs j ON j.run_id = r.id AND j.key = $2 WHERE j.state = "
        "'succeeded' AND j.started_at IS NOT NULL ORDER BY r.seq DESC LIMIT 20"};

std::optional<std::int64_t> median(std::vector<std::int64_t> all) {
  if (all.empty()) return std::nullopt;
  std::ranges::sort(all);
  return (all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2;
}

Place place_of(const QueueRow& row) {
  Place place{.run = row.run_id, .job = row.job, .slot = {}, .usual_ms = row.usual_ms};
  if (row.max_parallel && row.run_id) {
    place.slot = row.run_id->str() + "\n" + row.job;
    place.slots = *row.max_parallel;
  } else if (row.concurrency_group) {
    place.slot = *row.concurrency_group;
    place.slots = row.concurrency_limit;
  }
  return place;
}

Waiting waiting_of(const QueueRow& row) {
  const bool blocked = row.state == jobs::JobState::blocked;
  return {.id = row.id,
          .executor = row.executor,
          .runs_on = row.runs_on,
          .place = place_of(row),
          .queued = !blocked,
          .holds_slot = !blocked || (row.max_parallel && !row.waits_for_slot),
          .known = row.run_state != "pending",
          .needs = blocked ? row.needs : std::vector<std::string>(),
          .needs_open = blocked ? row.needs_open - (row.waits_for_slot ? 1 : 0) : 0,
          .not_before = row.not_before.value_or(0)};
}

template <class Number>
bool read_number(std::string_view& text, Number& to) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), to);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return ec == std::errc();
}

}  // namespace

std::string text_of(const Cursor& cursor) {
  return cursor.offered ? fmt::format("offered.{}.{}", cursor.priority, cursor.seq)
                        : fmt::format("waiting.{}", cursor.seq);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor{.offered = text.starts_with("offered.")};
  if (!cursor.offered && !text.starts_with("waiting.")) return std::nullopt;
  text.remove_prefix(std::string_view("offered.").size());
  if (cursor.offered) {
    if (!read_number(text, cursor.priority) || !text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!read_number(text, cursor.seq) || !text.empty()) return std::nullopt;
  return cursor;
}

std::optional<std::string> told_reason(const std::optional<std::string>& reason, const Outlook* outlook) {
  if (!reason || outlook == nullptr || !reason->starts_with(R"({"code":"waiting_for_agent")")) return reason;
  boost::json::object facts = boost::json::parse(*reason).at("facts").as_object();
  if (outlook->none_fits) {
    facts["nearest"] = nullptr;
    if (outlook->nearest)
      facts["nearest"] = {{"agent", outlook->nearest->agent},
                          {"missing", boost::json::value_from(outlook->nearest->missing)}};
    return jobs::reason("no_agent_fits", std::move(facts));
  }
  facts["agents_fitting"] = outlook->fitting;
  facts["agents_busy"] = outlook->busy;
  if (outlook->position > 0) facts["position"] = outlook->position;
  return jobs::reason("waiting_for_agent", std::move(facts));
}

// Of the last that succeeded; remembered, as it changes slowly.
Task<void> Queue::add_usual(std::vector<QueueRow*> rows) {
  int asked = 0;
  for (QueueRow* row : rows) {
    if (!row->run_id) continue;
    const Kind kind(row->pipeline, row->key);
    const Milliseconds now = clock_.monotonic();
    bool known = false;
    {
      const std::lock_guard lock(mutex_);
      const auto found = usual_.find(kind);
      known = found != usual_.end() &&
              now - found->second.asked < (found->second.ms ? settings_.usual_for : settings_.unusual_for);
      if (found != usual_.end()) row->usual_ms = found->second.ms;
    }
    if (known || asked >= settings_.usual_asked_max) continue;
    ++asked;
    const db::Rows found = co_await db_.read(usual_query, {kind.first, kind.second});
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < found.size(); ++i) all.push_back(found.integer(i, 0));
    row->usual_ms = median(std::move(all));
    const std::lock_guard lock(mutex_);
    if (usual_.size() >= settings_.usual_max) usual_.clear();
    usual_[kind] = {.ms = row->usual_ms, .asked = now};
  }
}

Task<Picture> Queue::look() {
  Picture picture{.now = clock_.unix_ms()};
  const std::vector<jobs::QueuedJob> order = dispatcher_.in_order({}, static_cast<std::size_t>(settings_.queued_max));
  std::vector<std::string> ids;
  for (const jobs::QueuedJob& job : order) ids.push_back(job.id.str());
  std::vector<QueueRow> running = db::read_all<QueueRow>(co_await db_.read(running_query, {settings_.agents_max}));
  std::vector<QueueRow> queued = db::read_all<QueueRow>(co_await db_.read(offered_query, {json::write_text(ids)}));
  std::vector<QueueRow> blocked = db::read_all<QueueRow>(co_await db_.read(blocked_query, {settings_.blocked_max}));
  std::unordered_map<JobId, std::size_t> places;
  for (std::size_t i = 0; i < order.size(); ++i) places.emplace(order[i].id, i);
  std::ranges::sort(queued, {}, [&](const QueueRow& row) { return places.at(row.id); });
  std::vector<QueueRow*> all;
  for (std::vector<QueueRow>* rows : {&running, &queued, &blocked})
    for (QueueRow& row : *rows) all.push_back(&row);
  co_await add_usual(std::move(all));

  const agents::Agents::List list = co_await agents_.list(settings_.agents_max, {});
  for (const agents::Agent& agent : list.agents) {
    Machine& machine =
        picture.machines.emplace_back(Machine{.id = agent.id,
                                              .name = agent.name,
                                              .labels = agent.labels,
                                              .executors = agent.executors,
                                              .takes_jobs = agent.state == "idle" || agent.state == "busy",
                                              .busy = agent.current_job.has_value()});
    std::erase_if(machine.executors, [&](const std::string& name) { return agent.withdrawn.contains(name); });
  }
  for (const QueueRow& row : running)
    picture.running.push_back({.agent = AgentId::parse(row.agent).value_or(AgentId()),
                               .started_at = row.started_at.value_or(picture.now),
                               .place = place_of(row)});
  for (const std::vector<QueueRow>* rows : {&queued, &blocked})
    for (const QueueRow& row : *rows) picture.waiting.push_back(waiting_of(row));
  co_return picture;
}

Task<std::shared_ptr<const Forecast>> Queue::outlooks() {
  struct Turn {  // ends also when the database throws
    Queue& queue;
    ~Turn() {
      const std::lock_guard lock(queue.mutex_);
      queue.looking_ = false;
    }
  };
  std::optional<Turn> turn;
  {
    const std::lock_guard lock(mutex_);
    const Milliseconds age = clock_.monotonic() - forecast_at_;
    if (forecast_ && age < (looking_ ? settings_.stale_for : settings_.fresh_for)) co_return forecast_;
    if (!std::exchange(looking_, true)) turn.emplace(*this);
  }
  const Milliseconds at = clock_.monotonic();
  auto made = std::make_shared<const Forecast>(forecast(co_await look()));
  const std::lock_guard lock(mutex_);
  forecast_at_ = at;
  forecast_ = made;
  co_return made;
}

Task<std::vector<jobs::Job>> Queue::offered(std::optional<Cursor> after, std::size_t most,
                                            std::optional<Cursor>& next) {
  const auto from = after ? std::optional(std::pair(after->priority, after->seq)) : std::nullopt;
  const std::vector<jobs::QueuedJob> order = dispatcher_.in_order(from, most);
  std::vector<JobId> ids;
  std::unordered_map<JobId, std::size_t> places;
  for (const jobs::QueuedJob& job : order) {
    places.emplace(job.id, ids.size());
    ids.push_back(job.id);
  }
  std::vector<jobs::Job> found = co_await jobs_.some(std::move(ids));
  std::erase_if(found, [](const jobs::Job& job) { return job.state != jobs::JobState::queued; });
  std::ranges::sort(found, {}, [&](const jobs::Job& job) { return places.at(job.id); });
  if (order.size() == most) next = Cursor{true, order.back().priority, order.back().seq};
  co_return found;
}

// Blocked ones, and queued ones that wait for a pause or for an agent that was lost.
Task<std::vector<jobs::Job>> Queue::not_offered(std::int64_t after, std::size_t most, std::optional<Cursor>& next) {
  const int one_more = static_cast<int>(most) + 1;
  std::vector<jobs::Job> found = co_await jobs_.blocked_after(after, one_more);
  std::ranges::move(co_await jobs_.held_after(after, one_more), std::back_inserter(found));
  std::vector<jobs::Job> paused = co_await jobs_.some(dispatcher_.paused_after(after, most + 1));
  std::erase_if(paused, [](const jobs::Job& job) { return job.state != jobs::JobState::queued; });
  std::ranges::move(paused, std::back_inserter(found));
  std::ranges::sort(found, {}, &jobs::Job::seq);
  const auto twice = std::ranges::unique(found, {}, &jobs::Job::seq);
  found.erase(twice.begin(), twice.end());
  if (found.size() > most) {
    found.resize(most);
    next = Cursor{.offered = false, .seq = found.empty() ? after : found.back().seq};
  }
  co_return found;
}

Task<QueuePage> Queue::list(int limit, std::optional<Cursor> after) {
  const auto most = static_cast<std::size_t>(limit);
  std::vector<jobs::Job> found;
  std::optional<Cursor> next;
  if (!after || after->offered) found = co_await offered(after, most, next);
  if (!next) {
    const std::int64_t from = after && !after->offered ? after->seq : 0;
    std::ranges::move(co_await not_offered(from, most - found.size(), next), std::back_inserter(found));
  }
  const std::shared_ptr<const Forecast> outlooks = co_await this->outlooks();
  QueuePage page{.jobs = {}, .next = next};
  for (jobs::Job& job : found) {
    const auto outlook = outlooks->find(job.id);
    QueueItem& item = page.jobs.emplace_back(QueueItem{.job = std::move(job), .outlook = {}});
    if (outlook != outlooks->end()) item.outlook = outlook->second;
    item.job.reason = told_reason(item.job.reason, outlook == outlooks->end() ? nullptr : &outlook->second);
  }
  co_return page;
}

}  // namespace open_cicd::queue
