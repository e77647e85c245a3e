#include "jobs/notes.h"

#include "base/json.h"
#include "db/row.h"
#include "pipelines/rules.h"
#include "protocol/message_rules.h"

#include <fmt/format.h>

namespace open_cicd::jobs {
namespace {

constexpr db::Query save_query{
    .name = "notes.save",
    .sql =
        "INSERT INTO attempt_notes (job_id, attempt, summary, summary_bytes, annotations) VALUES ($1, $2, $3, $4, $5)"};
constexpr db::Query load_query{
    .name = "notes.load",
    .sql = "SELECT summary_bytes, annotations FROM attempt_notes WHERE job_id = $1 AND attempt = $2"};
constexpr db::Query summary_query{.name = "notes.summary",
                                  .sql = "SELECT summary FROM attempt_notes WHERE job_id = $1 AND attempt = $2"};

}  // namespace

void check_notes(const protocol::StatusRequest& finish, std::vector<FieldError>& errors) {
  if (finish.summary && finish.summary->size() > protocol::summary_bytes_max)
    errors.push_back({"summary", fmt::format("is longer than {} bytes", protocol::summary_bytes_max)});
  if (!finish.outputs) return;
  std::size_t bytes = 0;
  for (const auto& [name, value] : *finish.outputs) {
    bytes += name.size() + value.size();
    if (value.contains('\0')) errors.push_back({"outputs." + name, "has a NUL, which no variable can hold"});
    if (auto wrong = pipelines::check_plain_name(name)) errors.push_back({"outputs." + name, std::move(*wrong)});
  }
  if (bytes > protocol::outputs_bytes_max)
    errors.push_back({"outputs", fmt::format("are longer than {} bytes", protocol::outputs_bytes_max)});
}

Task<void> save_notes(db::Transaction& tx, JobId job, int attempt, const protocol::StatusRequest& finish) {
  const std::string summary = finish.summary.value_or("");
  const auto annotations = finish.annotations.value_or(std::vector<protocol::Annotation>());
  if (summary.empty() && annotations.empty()) co_return;
  co_await tx.run(save_query, {job.str(), attempt, summary, static_cast<std::int64_t>(summary.size()),
                               json::write_text(annotations)});
}

Task<AttemptNotes> load_notes(db::Session& db, JobId job, int attempt) {
  co_return db::read_first<AttemptNotes>(co_await db.read(load_query, {job.str(), attempt})).value_or(AttemptNotes{});
}

Task<std::string> load_summary(db::Session& db, JobId job, int attempt) {
  const db::Rows rows = co_await db.read(summary_query, {job.str(), attempt});
  co_return rows.empty() ? std::string() : std::string(rows.text(0, 0));
}

}  // namespace open_cicd::jobs
