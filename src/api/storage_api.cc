// What takes the space: the database, short logs, log files, and what retention would free. Everything is walked in
// small steps, so that a large store costs this request time and nobody else.
#include "api/routes.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "base/offload.h"
#include "db/row.h"
#include "jobs/retention.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

namespace open_cicd::api {
namespace {

constexpr std::int64_t page_rows = 1000;
constexpr std::size_t largest_max = 10;
constexpr int entries_max = 200'000;  // that are looked at in one folder, with all below it
constexpr std::int64_t day_ms = 86'400'000;

constexpr db::Query size_query{
    .name = "storage.size",
    .sql =
        "SELECT page_count * page_size AS bytes, freelist_count * page_size AS unused FROM pragma_page_count(), "
        "pragma_page_size(), "
        "pragma_freelist_count()",
    .postgres_sql = "SELECT pg_database_size(current_database()) AS bytes, 0::bigint AS unused"};
#define RUN_DUE "r.finished_at < $1 AND NOT EXISTS (SELECT 1 FROM idempotency_keys rk WHERE rk.made_id = r.id)"
constexpr db::Query runs_query{.name = "storage.runs",
                               .sql = "SELECT r.seq, CASE WHEN " RUN_DUE
                                      " THEN 1 ELSE 0 END AS due FROM runs r WHERE r.seq > $2 ORDER BY r.seq LIMIT $3"};
// 1 of a job `j` that retention would delete with the cutoff $1. (A subquery only of what is old enough: most are not.)
// Whether another job of its run still holds a slot is not asked: that is over in a minute.
#define DUE                                                                                   \
  "CASE WHEN j.finished_at < $1 THEN CASE WHEN " NOTHING_NEEDS_JOB                            \
  " AND (j.run_id IS NULL OR EXISTS (SELECT 1 FROM runs r WHERE r.id = j.run_id AND " RUN_DUE \
  ")) THEN 1 ELSE 0 END ELSE 0 END"
constexpr db::Query jobs_query{
    .name = "storage.jobs", .sql = "SELECT j.seq, " DUE " AS due FROM jobs j WHERE j.seq > $2 ORDER BY j.seq LIMIT $3"};
// The job as a look-up and not as a join, which PostgreSQL would merge from the first job on for every page.
constexpr db::Query small_logs_query{.name = "storage.small_logs",
                                     .sql =
                                         "SELECT l.job_id, l.attempt, l.step, length(l.data) AS bytes, "
                                         "coalesce((SELECT " DUE
                                         " FROM jobs j WHERE j.id = l.job_id), 0) AS due FROM small_logs l "
                                         "WHERE (l.job_id, l.attempt, l.step) > ($2, $3, $4) "
                                         "ORDER BY l.job_id, l.attempt, l.step LIMIT $5"};
constexpr db::Query keys_query{
    .name = "storage.keys",
    .sql = "SELECT owner, key FROM idempotency_keys WHERE (owner, key) > ($1, $2) ORDER BY owner, key LIMIT $3"};
constexpr db::Query names_query{
    .name = "storage.names",
    .sql = "SELECT j.id, j.name, " DUE " AS due FROM jobs j WHERE j.id IN (SELECT value FROM json_each($2))",
    .postgres_sql =
        "SELECT j.id, j.name, " DUE " AS due FROM jobs j WHERE j.id IN (SELECT json_array_elements_text($2::json))"};

struct SizeRow {
  std::int64_t bytes = 0, unused = 0;
};
BOOST_DESCRIBE_STRUCT(SizeRow, (), (bytes, unused))
// A run or a job.
struct CountedRow {
  std::int64_t seq = 0;
  bool due = false;
};
BOOST_DESCRIBE_STRUCT(CountedRow, (), (seq, due))
struct SmallLogRow {
  std::string job_id;
  std::int64_t attempt = 0, step = 0, bytes = 0;
  bool due = false;
};
BOOST_DESCRIBE_STRUCT(SmallLogRow, (), (job_id, attempt, step, bytes, due))
struct KeyRow {
  std::string owner, key;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (owner, key))
struct Known {
  JobId id;
  std::string name;
  bool due = false;
};
BOOST_DESCRIBE_STRUCT(Known, (), (id, name, due))

void add(StoredView& view, std::int64_t bytes, bool due) {
  ++view.count;
  view.bytes += bytes;
  view.due_count += due ? 1 : 0;
  view.due_bytes += due ? bytes : 0;
}

// Between two pages the core does what else waits for it.
template <class T>
Task<std::vector<T>> page(Services& s, db::Query query, db::Params params) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return db::read_all<T>(co_await s.db.read(query, std::move(params)));
}

Task<void> count_rows(Services& s, db::Query query, std::int64_t cutoff, StoredView& view) {
  std::vector<CountedRow> rows;
  std::int64_t last = 0;
  do {
    rows = co_await page<CountedRow>(s, query, {cutoff, last, page_rows});
    for (const CountedRow& row : rows) add(view, 0, row.due);
    if (!rows.empty()) last = rows.back().seq;
  } while (std::ssize(rows) == page_rows);
}

Task<void> count_small_logs(Services& s, std::int64_t cutoff, StorageView& view) {
  std::vector<SmallLogRow> rows;
  SmallLogRow last;
  do {
    rows = co_await page<SmallLogRow>(s, small_logs_query, {cutoff, last.job_id, last.attempt, last.step, page_rows});
    for (const SmallLogRow& row : rows) add(view.small_logs, row.bytes, row.due);
    if (!rows.empty()) last = rows.back();
  } while (std::ssize(rows) == page_rows);
}

Task<void> count_keys(Services& s, StorageView& view) {
  std::vector<KeyRow> rows;
  KeyRow last;
  do {
    rows = co_await page<KeyRow>(s, keys_query, {last.owner, last.key, page_rows});
    view.idempotency_keys += std::ssize(rows);
    if (!rows.empty()) last = rows.back();
  } while (std::ssize(rows) == page_rows);
}

Task<std::map<JobId, Known>> look_up(Services& s, std::int64_t cutoff, const std::vector<logs::JobFolder>& folders) {
  boost::json::array ids;
  for (const logs::JobFolder& folder : folders) ids.emplace_back(folder.job.str());
  std::map<JobId, Known> known;
  for (Known& job : co_await page<Known>(s, names_query, {cutoff, boost::json::serialize(ids)}))
    known.emplace(job.id, std::move(job));
  co_return known;
}

void add_by_age(StorageView& view, std::int64_t bytes, std::int64_t age_ms) {
  constexpr std::int64_t days[] = {1, 7, 30, 90};
  const auto row = static_cast<std::size_t>(
      std::ranges::upper_bound(days, age_ms, {}, [](std::int64_t n) { return n * day_ms; }) - std::begin(days));
  ++view.log_files_by_age[row].jobs;
  view.log_files_by_age[row].bytes += bytes;
}

void keep_largest(StorageView& view, LargeLogView log) {
  view.largest_logs.insert(std::ranges::upper_bound(view.largest_logs, log.bytes, std::greater(), &LargeLogView::bytes),
                           std::move(log));
  if (view.largest_logs.size() > largest_max) view.largest_logs.pop_back();
}

Task<void> count_log_files(Services& s, std::int64_t cutoff, std::int64_t now, StorageView& view) {
  for (const char* name : {"1d", "7d", "30d", "90d", "older"}) view.log_files_by_age.push_back({name});
  for (int shard = 0; shard < logs::shard_count; ++shard) {
    const std::vector<logs::JobFolder> folders = co_await s.logs.folders(shard);
    if (folders.empty()) continue;
    const std::map<JobId, Known> known = co_await look_up(s, cutoff, folders);
    for (const logs::JobFolder& folder : folders) {
      const auto found = known.find(folder.job);
      const bool is_known = found != known.end();
      add(is_known ? view.log_files : view.unknown_log_files, folder.bytes, is_known && found->second.due);
      add_by_age(view, folder.bytes, now - folder.changed_at);
      keep_largest(view, {folder.job.str(), is_known ? found->second.name : "", folder.bytes});
    }
  }
}

namespace fs = std::filesystem;

// What it takes on the disk is told by its files' lengths, so that the answer is the same on every file system.
std::int64_t bytes_of(const fs::directory_entry& file) {
  std::error_code gone;
  if (file.is_symlink(gone) || !file.is_regular_file(gone)) return 0;
  const auto bytes = file.file_size(gone);
  return gone ? 0 : static_cast<std::int64_t>(bytes);
}

// A job may leave any number of files in the folder of an agent that `up` started here.
FileView folder_of(const fs::path& path) {
  FileView folder{path.filename().string() + "/"};
  std::error_code gone;  // what cannot be read or is deleted meanwhile is left out
  int entries = 0;
  fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, gone);
  for (; !gone && at != fs::recursive_directory_iterator(); at.increment(gone)) {
    folder.complete = ++entries <= entries_max;
    if (!folder.complete) break;
    folder.bytes += bytes_of(*at);
  }
  folder.complete = folder.complete && !gone;
  return folder;
}

std::vector<FileView> files_of(const fs::path& data, const fs::path& logs) {
  std::vector<FileView> files;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(data, gone)) {
    if (entry.path() == logs || entry.is_symlink(gone)) continue;
    if (entry.is_regular_file(gone)) files.push_back({entry.path().filename().string(), bytes_of(entry)});
    if (entry.is_directory(gone)) files.push_back(folder_of(entry.path()));
  }
  std::ranges::sort(files, std::greater(), &FileView::bytes);
  return files;
}

struct ShowStorage {};
BOOST_DESCRIBE_STRUCT(ShowStorage, (), ())

Task<Result<StorageView>> show_storage(Services& s, Caller, ShowStorage) {
  StorageView view;
  view.engine = s.db.engine();
  const auto size = db::read_first<SizeRow>(co_await s.db.read(size_query, {})).value();
  view.database_bytes = size.bytes;
  view.database_unused_bytes = size.unused;
  const std::int64_t cutoff = co_await s.retention->cutoff();
  co_await count_rows(s, runs_query, cutoff, view.runs);
  co_await count_rows(s, jobs_query, cutoff, view.jobs);
  co_await count_small_logs(s, cutoff, view);
  co_await count_keys(s, view);
  co_await count_log_files(s, cutoff, SystemClock().unix_ms(), view);
  view.files = co_await offload(s.pool, [data = s.data] { return files_of(data, data / "logs"); });
  view.retention_age_ms = s.retention->rule().age.count();
  view.retention_jobs = s.retention->rule().jobs;
  co_return view;
}

}  // namespace

void add_storage_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/api/v1/storage", auth::Permission::server_read, show_storage,
            {.id = "showStorage", .summary = "What takes the space, and what retention would free", .tag = "system"});
}

}  // namespace open_cicd::api
