#include "repositories/intake.h"

#include "base/cancellation.h"
#include "base/json.h"
#include "base/log.h"
#include "db/row.h"
#include "repositories/edited.h"
#include "repositories/foreign.h"
#include "repositories/limits.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <mutex>

namespace open_cicd::repositories {
namespace {

constexpr std::int64_t first_reads_max = 12;  // tries, of a repository that was connected
constexpr Milliseconds look_for_work{1'000};  // for what is due, without being woken

constexpr db::Query known_query{.name = "runs.of_known_author",
                                .sql =
                                    "SELECT count(DISTINCT actor_id) FROM runs WHERE repository_id = $1 AND actor_id "
                                    "IN ($2, $3) AND approved_by IS "
                                    "NOT NULL AND modified = 0 AND change <> $4"};

std::string made_by(const Delivery& delivery, const scm::Happening& happening) {
  if (delivery.source == "schedule") return "schedule";
  if (happening.kind == scm::Kind::change) return "pull_request";
  return std::string(name_of(happening.kind));
}

std::string all_verdicts(const std::vector<std::string>& verdicts) {
  std::string all;
  for (const std::string& verdict : verdicts) all += (all.empty() ? "" : "; ") + verdict;
  return all.empty() ? "no run follows" : all;
}

// A schedule names a branch; its commit is the one that the branch has now.
Result<Planned> plan_newest(git::Mirror& mirror, PlanRequest& request) {
  if (!request.happening.sha.empty()) return plan_happening(mirror, request);
  if (auto fetched = mirror.fetch(request.remote); !fetched) return std::unexpected(std::move(fetched.error()));
  const Result<std::optional<std::string>> found = mirror.resolve(request.happening.ref);
  if (!found) return std::unexpected(found.error());
  const std::optional<std::string>& sha = *found;
  if (!sha)
    return fail(ErrorKind::not_found, "no_commit", fmt::format("The repository has no {}.", request.happening.ref));
  request.happening.after = *sha;
  request.happening.sha = *sha;
  return plan_happening(mirror, request);
}

// Another try may help: the network, the forge, the database, a queue that is full.
bool may_pass(const Error& error) {
  return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::too_many;
}

}  // namespace

// Lets any thread end the wait of run(), and a wake-up before it is not lost.
struct Intake::Waker {
  std::mutex mutex;
  bool woken = false;
  std::vector<RepositoryId> connected;
  std::shared_ptr<asio::steady_timer> timer;

  void wake() {
    const std::lock_guard lock(mutex);
    woken = true;
    if (timer) asio::post(timer->get_executor(), [timer = timer] { timer->cancel(); });
  }
  void add(RepositoryId repository) {
    {
      const std::lock_guard lock(mutex);
      connected.push_back(repository);
    }
    wake();
  }
  std::vector<RepositoryId> take_connected() {
    const std::lock_guard lock(mutex);
    return std::exchange(connected, {});
  }
  bool take() {
    const std::lock_guard lock(mutex);
    return std::exchange(woken, false);
  }
  void set(std::shared_ptr<asio::steady_timer> to) {
    const std::lock_guard lock(mutex);
    timer = std::move(to);
  }
};

Intake::Intake(db::Session& db, const Clock& clock, Repositories& repositories, Deliveries& deliveries,
               Schedules& schedules, runs::Runs& runs, WorkerPool& pool)
    : db_(db),
      clock_(clock),
      repositories_(repositories),
      deliveries_(deliveries),
      schedules_(schedules),
      runs_(runs),
      pool_(pool),
      waker_(std::make_shared<Waker>()) {
  deliveries_.on_work([waker = waker_] { waker->wake(); });
}

Intake::~Intake() = default;

Milliseconds Intake::pause_after(std::int64_t tries) const {
  Milliseconds pause = repositories_.settings().delivery_retry;
  for (std::int64_t i = 0; i < tries && pause < limits::retry_max; ++i) pause *= 2;
  return std::min(pause, limits::retry_max);
}

Task<void> Intake::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup workers(executor);
  auto timer = std::make_shared<asio::steady_timer>(executor);
  waker_->set(timer);
  busy_.clear();
  busy_hosts_.clear();
  std::exception_ptr ended;
  while (!ended) {
    try {
      for (const RepositoryId id : waker_->take_connected()) unread_[id] = {};
      std::vector<RepositoryId> due;
      for (const auto& [id, read] : unread_)
        if (read.not_before <= clock_.unix_ms() && busy_.insert(id).second) due.push_back(id);
      for (const RepositoryId id : due) workers.spawn("the schedules of a repository", read_first(id));
      std::vector<Delivery> heads;
      try {
        heads = co_await deliveries_.heads();
      } catch (const db::DatabaseError& e) {
        log_warn("deliveries cannot be read; trying again", {{"error", e.what()}});
      }
      for (Delivery& head : heads) {
        if (head.not_before > clock_.unix_ms() || busy_.contains(head.repository_id)) continue;
        // One host that is slow leaves threads to the others.
        int& of_host = busy_hosts_[head.host];
        if (of_host >= std::max(1, repositories_.settings().git_at_once / 2)) continue;
        ++of_host;
        busy_.insert(head.repository_id);
        workers.spawn("a delivery", work_on(std::move(head)));
      }
      if (waker_->take()) continue;
      timer->expires_after(look_for_work);
      boost::system::error_code woken;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) break;
    } catch (const std::exception& e) {
      if (is_cancellation(e)) break;
      ended = std::current_exception();
    }
  }
  waker_->set(nullptr);
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers.stop();
  if (ended) std::rethrow_exception(ended);
}

void Intake::read_schedules(RepositoryId repository) {
  waker_->add(repository);
}

Task<void> Intake::read_first(RepositoryId id) {
  std::optional<Error> trouble;
  try {
    Result<void> read = co_await try_to_read(id);
    if (!read) trouble = std::move(read.error());
  } catch (const db::DatabaseError& e) {
    trouble = Error(ErrorKind::unavailable, "database_unavailable", e.what());
  }
  FirstRead& read = unread_[id];
  if (trouble)
    log_warn("the schedules of a new repository cannot be read",
             {{"repository", id.str()}, {"why", trouble->message()}});
  if (trouble && may_pass(*trouble) && ++read.tries < first_reads_max)
    read.not_before = clock_.unix_ms() + pause_after(read.tries).count();
  else
    unread_.erase(id);
  busy_.erase(id);
  waker_->wake();
}

// Nothing is to be read of one that is gone or has no commit yet: its first push is told.
Task<Result<void>> Intake::try_to_read(RepositoryId id) {
  const std::optional<Repository> repository = co_await repositories_.get(id);
  if (!repository || repository->default_branch.empty()) co_return Result<void>{};
  PlanRequest request{.repository = *repository,
                      .remote = co_await repositories_.remote_of(*repository),
                      .happening = {.kind = scm::Kind::push, .ref = "refs/heads/" + repository->default_branch},
                      .made_by = {},
                      .delivery = std::nullopt,
                      .pipeline = std::nullopt,
                      .inputs = {},
                      .read_foreign = read_foreign_for(repositories_, *repository),
                      .by = {}};
  using Scheduled = std::optional<std::vector<ScheduledPipeline>>;
  auto work = [mirror = repositories_.mirror_of(id), request = std::move(request)]() mutable -> Result<Scheduled> {
    if (auto fetched = mirror.fetch(request.remote); !fetched) return std::unexpected(std::move(fetched.error()));
    Result<std::optional<std::string>> tip = mirror.resolve(request.happening.ref);
    if (!tip) return std::unexpected(std::move(tip.error()));
    if (!*tip) return std::nullopt;
    request.happening.sha = **tip;
    return schedules_of(mirror, request);
  };
  auto scheduled = co_await offload(repositories_.git_pool(), std::move(work));
  if (!scheduled) co_return std::unexpected(std::move(scheduled.error()));
  if (*scheduled) co_await schedules_.replace(*repository, std::move(**scheduled));
  co_return Result<void>{};
}

Task<void> Intake::work_on(Delivery delivery) {
  const RepositoryId id = delivery.repository_id;
  const std::string host = delivery.host;
  std::string trouble;
  try {
    const std::optional<Repository> repository = co_await repositories_.get(id);
    if (!repository)
      co_await deliveries_.finish(delivery.id, "ignored", "the repository was removed");
    else if (!repository->active)
      co_await deliveries_.finish(delivery.id, "ignored", "the repository is switched off");
    else
      co_await process(*repository, delivery);
  } catch (const std::exception& e) {
    if (is_cancellation(e)) throw;
    log_error("a delivery could not be worked on; it is tried again",
              {{"delivery", delivery.id.str()}, {"error", e.what()}});
    trouble = e.what();
  }
  if (!trouble.empty()) {
    bool kept = false;
    try {
      co_await deliveries_.retry(delivery.id, pause_after(delivery.tries),
                                 "the server could not work on it: " + trouble);
      kept = true;
    } catch (const db::DatabaseError&) {  // it may be what failed before
    }
    if (!kept) {
      asio::steady_timer pause(co_await asio::this_coro::executor, look_for_work);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
  busy_.erase(id);
  --busy_hosts_[host];
  waker_->wake();
}

Task<bool> Intake::knows_author(RepositoryId repository, const scm::Happening& happening) {
  if (!happening.change || !happening.sender) co_return false;
  const std::int64_t sender = happening.sender->id, author = happening.change->author_id.value_or(sender);
  const db::Rows rows = co_await db_.read(known_query, {repository.str(), sender, author, happening.change->number});
  co_return rows.integer(0, 0) == (sender == author ? 1 : 2);
}

// In their order, each once: one that was made before a crash is found again.
Task<Result<std::vector<runs::CreatedRun>>> Intake::create_all(std::vector<runs::NewRun> runs) {
  std::vector<runs::CreatedRun> created;
  std::optional<runs::Origin> of_change;
  for (runs::NewRun& run : runs) {
    const auto origin = run.origin;
    auto prepared = co_await offload(
        pool_, [&runs_room = runs_, run = std::move(run)]() mutable { return runs_room.prepare(std::move(run)); });
    Result<runs::CreatedRun> one = co_await runs_.create(std::move(prepared));
    if (!one) co_return std::unexpected(std::move(one.error()));
    created.push_back(std::move(*one));
    if (origin && origin->change) of_change = origin;
  }
  if (of_change && of_change->delivery)
    co_await runs_.withdraw(of_change->repository, *of_change->change, *of_change->delivery, created.back().id);
  co_return created;
}

Task<void> Intake::process(const Repository& repository, const Delivery& delivery) {
  PlanRequest request{.repository = repository,
                      .remote = co_await repositories_.remote_of(repository),
                      .happening = json::read_own<scm::Happening>(delivery.happening),
                      .made_by = {},
                      .delivery = delivery.id.str(),
                      .read_foreign = read_foreign_for(repositories_, repository)};
  const scm::Happening& happening = request.happening;
  request.made_by = made_by(delivery, happening);
  request.by = happening.sender ? happening.sender->login : delivery.source;
  if (delivery.source == "schedule") request.pipeline = happening.why;
  if (!scm::event_of(happening)) {
    co_await deliveries_.finish(delivery.id, "ignored", fmt::format("no run follows a {}", name_of(happening.kind)));
    co_return;
  }
  request.knows_author = co_await knows_author(repository.id, happening);
  auto planned = co_await offload(
      repositories_.git_pool(),
      [mirror = repositories_.mirror_of(repository.id), request]() mutable { return plan_newest(mirror, request); });
  std::optional<Error> trouble;
  if (!planned) {
    trouble = planned.error();
  } else {
    if (planned->schedules) co_await schedules_.replace(repository, std::move(*planned->schedules));
    const bool none = planned->runs.empty();
    auto created = co_await create_all(std::move(planned->runs));
    if (created) {
      co_await deliveries_.finish(delivery.id, none ? "ignored" : "done",
                                  none || !planned->verdicts.empty() ? all_verdicts(planned->verdicts) : "");
      co_return;
    }
    trouble = created.error();
  }
  const bool is_lagging = trouble->code() == "no_commit";  // a forge may tell of a commit before its git has it
  const Milliseconds patience = is_lagging ? limits::lag_max : limits::give_up_after;
  if ((may_pass(*trouble) || is_lagging) && clock_.unix_ms() - delivery.created_at < patience.count()) {
    log_warn("a delivery is tried again", {{"repository", repository.full_name}, {"why", trouble->message()}});
    co_await deliveries_.retry(delivery.id, pause_after(delivery.tries), trouble->message());
    co_return;
  }
  co_await give_up(request, delivery, *trouble);
}

// The forge shows it, and the next delivery passes.
Task<void> Intake::give_up(const PlanRequest& request, const Delivery& delivery, const Error& why) {
  const std::string file =
      request.repository.pipeline_paths.empty() ? ".open-cicd.yml" : request.repository.pipeline_paths[0];
  std::vector<runs::NewRun> runs;
  runs.push_back(
      failed_run(request, file, "pipeline", {{{"path", ""}, {"message", why.message()}, {"line", 0}, {"column", 0}}}));
  const auto created = co_await create_all(std::move(runs));
  if (!created) {
    co_await deliveries_.retry(delivery.id, pause_after(delivery.tries), created.error().message());
    co_return;
  }
  co_await deliveries_.finish(delivery.id, "failed", why.message());
}

Task<Result<runs::CreatedRun>> Intake::run_now(RunRequest asked) {
  const std::optional<Repository> repository = co_await repositories_.get(asked.repository);
  if (!repository) co_return not_found("repository", asked.repository.str());
  PlanRequest request{.repository = *repository,
                      .remote = co_await repositories_.remote_of(*repository),
                      .happening = {},
                      .made_by = "manual",
                      .delivery = std::nullopt,
                      .pipeline = asked.pipeline.empty() ? ".open-cicd.yml" : asked.pipeline,
                      .inputs = std::move(asked.inputs),
                      .own_trigger = true,
                      .read_foreign = read_foreign_for(repositories_, *repository),
                      .by = asked.by};
  auto work = [mirror = repositories_.mirror_of(repository->id), request = std::move(request),
               ref = asked.ref]() mutable -> Result<Planned> {
    if (auto fetched = mirror.fetch(request.remote); !fetched) return std::unexpected(std::move(fetched.error()));
    const auto found = resolve_ref(mirror, ref.value_or(request.repository.default_branch));
    if (!found) return std::unexpected(found.error());
    request.happening = {.kind = found->ref.starts_with("refs/tags/") ? scm::Kind::tag : scm::Kind::push,
                         .ref = found->ref,
                         .after = found->sha,
                         .sha = found->sha,
                         .repository = scm::Repository{.id = request.repository.forge_id.value_or(0),
                                                       .full_name = request.repository.full_name,
                                                       .default_branch = request.repository.default_branch}};
    return plan_happening(mirror, request);
  };
  auto planned = co_await offload(repositories_.git_pool(), std::move(work));
  if (!planned) co_return std::unexpected(std::move(planned.error()));
  if (planned->schedules) co_await schedules_.replace(*repository, std::move(*planned->schedules));
  if (planned->runs.empty())
    co_return invalid_fields({{"pipeline", fmt::format("makes no run: {}", all_verdicts(planned->verdicts))}});
  auto created = co_await create_all(std::move(planned->runs));
  if (!created) co_return std::unexpected(std::move(created.error()));
  co_return std::move(created->front());
}

Task<Result<Form>> Intake::form_of(RepositoryId id, std::optional<std::string> ref,
                                   std::optional<std::string> pipeline) {
  const std::optional<Repository> repository = co_await repositories_.get(id);
  if (!repository) co_return not_found("repository", id.str());
  FormRequest request{.repository = *repository,
                      .remote = co_await repositories_.remote_of(*repository),
                      .ref = std::move(ref),
                      .pipeline = std::move(pipeline),
                      .read_foreign = read_foreign_for(repositories_, *repository)};
  auto work = [mirror = repositories_.mirror_of(id), request = std::move(request)]() mutable {
    return read_form(mirror, request);
  };
  co_return co_await offload(repositories_.git_pool(), std::move(work));
}

Task<Result<runs::Rerun>> Intake::rerun_edited(EditRequest asked) {
  auto basis = co_await runs_.basis(asked.run);
  if (!basis) co_return std::unexpected(std::move(basis.error()));
  std::optional<Repository> repository;
  if (basis->run.repository_id) repository = co_await repositories_.get(*basis->run.repository_id);
  std::optional<CommitFiles> files;
  workflows::ReadForeign read_foreign;
  if (repository) {
    files.emplace(repositories_.mirror_of(repository->id), co_await repositories_.remote_of(*repository),
                  basis->run.sha.value_or(""));
    read_foreign = read_foreign_for(repositories_, *repository);
  }
  // Of a run that was made before any of its jobs checked out, too.
  if (repository && !basis->checkout)
    basis->checkout = pipelines::Checkout{.url = repository->clone_url, .ref = basis->run.sha.value_or("")};
  const RunId run = asked.run;
  auto work = [&runs_room = runs_, basis = std::move(*basis), asked = std::move(asked), files = std::move(files),
               read_foreign = std::move(read_foreign)]() mutable -> Result<std::shared_ptr<const runs::PreparedRun>> {
    Result<runs::NewRun> edited = plan_edited(basis, asked, files ? &*files : nullptr, read_foreign);
    if (!edited) return std::unexpected(std::move(edited.error()));
    return runs_room.prepare(std::move(*edited));
  };
  auto prepared = co_await offload(repository ? repositories_.git_pool() : pool_, std::move(work));
  if (!prepared) co_return std::unexpected(std::move(prepared.error()));
  co_return co_await runs_.rerun_edited(run, std::move(*prepared));
}

}  // namespace open_cicd::repositories
