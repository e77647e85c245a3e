#include "agent/agent.h"

#include "agent/replay.h"
#include "base/log.h"
#include "http/proxy.h"

#include <algorithm>
#include <sys/utsname.h>

namespace open_cicd::agent {
namespace {

constexpr std::int64_t poll_wait_max_s = 300;
constexpr std::size_t chunk_max = 8 << 20;

SessionSettings session_settings(const AgentSettings& settings, const WorkDir& folder) {
  return {.runner = {.work_dir = folder.path(),
                     .server = settings.server,
                     .agent_id = {},
                     .git = settings.git,
                     .in_place = settings.in_place,
                     .ca_file = settings.ca_file,
                     .stop_grace = settings.stop_grace},
          .shipper = {.compress = settings.compress_logs, .backoff = settings.backoff},
          .spool = settings.spool,
          .backoff = settings.backoff};
}

Milliseconds from_seconds(double seconds) {
  return Milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::make(asio::any_io_executor executor, AgentSettings settings, WorkDir folder,
                                           Executors executors) {
  Result<std::unique_ptr<http::Client>> http =
      http::make_client(executor, settings.server, {.response_body_max = 8 << 20, .ca_file = settings.ca_file},
                        {.url = settings.git.proxy.reveal(), .exempt = settings.git.no_proxy});
  if (!http) return std::unexpected(std::move(http.error()));
  Result<Journal> journal = Journal::open(folder.journal());
  if (!journal) return std::unexpected(std::move(journal.error()));
  return std::unique_ptr<Agent>(new Agent(std::move(executor), std::move(settings), std::move(folder),
                                          std::move(executors), std::move(*http), std::move(*journal)));
}

Agent::Agent(asio::any_io_executor executor, AgentSettings settings, WorkDir folder, Executors executors,
             std::unique_ptr<http::Client> http, Journal journal)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      folder_(std::move(folder)),
      executors_(std::move(executors)),
      http_(std::move(http)),
      journal_(std::move(journal)),
      lifecycle_(executor_),
      watch_(clock_, metrics_),
      api_(*http_, *this, settings_.request_timeout),
      registrar_(executor_, api_, folder_, lifecycle_, watch_,
                 {.server = settings_.server,
                  .registration_token = settings_.registration_token,
                  .token_file = settings_.token_file,
                  .backoff = settings_.backoff}),
      executor_watch_(executor_, executors_, folder_.path(), settings_.executor_look),
      slot_(executor_, lifecycle_,
            {.api = api_,
             .journal = journal_,
             .workers = workers_,
             .metrics = metrics_,
             .executors = executors_,
             .executor_watch = executor_watch_},
            session_settings(settings_, folder_), settings_.after),
      tasks_(executor_),
      boot_{.id = format_uuid(make_uuid_v4()), .seq = folder_.boot_seq()} {}

Agent::~Agent() {
  workers_.join();
}

Task<int> Agent::run() {
  tasks_.spawn("work", work());
  while (!lifecycle_.exit_code()) {
    if (lifecycle_.draining() && slot_.idle()) {
      lifecycle_.end(ExitCode::ok);
    } else {
      co_await lifecycle_.changed.wait();
    }
  }
  if (*lifecycle_.exit_code() != 0) slot_.abandon();
  co_await slot_.finished();
  co_await tasks_.stop();
  if (settings_.after == After::end && *lifecycle_.exit_code() == 0) co_await leave();
  co_return *lifecycle_.exit_code();
}

Task<void> Agent::work() {
  if (!co_await boot()) co_return;
  if (!start_page()) co_return lifecycle_.end(ExitCode::usage);
  start_loops();
}

// What an earlier process left ends before this one is known to the server, and with it every lease of the earlier one.
Task<bool> Agent::boot() {
  const bool known = registrar_.assume_identity();
  for (const auto& [name, where] : executors_) co_await where->sweep(api_.agent_id());
  if (known)
    co_await replay_journal(executor_, {.api = api_,
                                        .journal = journal_,
                                        .workers = workers_,
                                        .work_dir = folder_.path(),
                                        .shipper = slot_.settings().shipper,
                                        .backoff = settings_.backoff});
  co_await offload(workers_, [folder = &folder_] { folder->remove_leftovers(); });
  std::optional<protocol::RegisterReply> terms = co_await registrar_.register_agent(registration());
  if (!terms) co_return false;
  terms_ = std::move(*terms);
  slot_.settings().runner.boot_id = boot_.id;
  slot_.settings().shipper.chunk_max =
      std::clamp<std::size_t>(static_cast<std::size_t>(terms_.max_chunk), 1024, chunk_max);
  co_return true;
}

// False when the settings do not allow it.
bool Agent::start_page() {
  if (settings_.listen == "none") return true;
  Result<std::unique_ptr<StatusPage>> page =
      StatusPage::start(settings_.listen, watch_, metrics_, from_seconds(terms_.lease_ttl_s));
  if (!page) {
    log_error("the agent's status page cannot start",
              {{"listen", settings_.listen}, {"error", page.error().message()}});
    return false;
  }
  page_ = std::move(*page);
  log_info("health and metrics", {{"url", page_->url()}});
  return true;
}

void Agent::start_loops() {
  heartbeats_.emplace(executor_, api_, slot_, executor_watch_, lifecycle_, watch_, boot_,
                      from_seconds(terms_.heartbeat_s), settings_.backoff);
  slot_.on_trouble([this] { executor_watch_.look_now(); });
  if (terms_.finish_next.value_or(false)) slot_.on_free([this] { return next_claim(); });
  polls_.emplace(
      executor_, api_, slot_, executor_watch_, registrar_, lifecycle_, watch_, *heartbeats_, boot_, registration(),
      PollSettings{
          .wait_s = std::clamp<std::int64_t>(static_cast<std::int64_t>(terms_.poll_wait_s), 1, poll_wait_max_s),
          .backoff = settings_.backoff});
  tasks_.spawn("heartbeats", heartbeats_->run());
  tasks_.spawn("executors", executor_watch_.run([this] { heartbeats_->beat_now(); }));
  tasks_.spawn("polls", polls_->run());
  leftovers_.emplace(executor_, api_, slot_, executors_, boot_, settings_.leftovers_interval);
  tasks_.spawn("leftovers", leftovers_->run());
}

std::optional<protocol::NextClaim> Agent::next_claim() const {
  if (lifecycle_.must_register() || !executor_watch_.withdrawn().empty()) return std::nullopt;
  return protocol::NextClaim{.claim_id = format_uuid(make_uuid_v4()), .boot_id = boot_.id, .boot_seq = boot_.seq};
}

// --once: the server need not keep an agent that never comes back.
Task<void> Agent::leave() {
  const Result<void> removed = co_await api_.remove();
  if (!removed) log_warn("this agent could not unregister", {{"error", removed.error().message()}});
  folder_.forget_identity();
}

void Agent::stop(int signal) {
  if (!lifecycle_.draining()) {
    log_info(slot_.idle() ? "the agent ends" : "the agent ends when its job has; a second signal ends it at once");
    return lifecycle_.drain();
  }
  log_warn("the agent ends at once; its job is killed");
  lifecycle_.end_with(128 + signal);
}

protocol::RegisterRequest Agent::registration() const {
  utsname machine{};
  ::uname(&machine);
  std::string os = machine.sysname;
  std::ranges::transform(os, os.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  protocol::RegisterRequest request{.name = settings_.name,
                                    .boot_id = boot_.id,
                                    .boot_seq = boot_.seq,
                                    .labels = settings_.labels,
                                    .version = std::string(protocol::version),
                                    .os = os,
                                    .arch = machine.machine,
                                    .executors = {}};
  request.labels.try_emplace("os", request.os);
  request.labels.try_emplace("arch", request.arch);
  for (const auto& [name, where] : executors_) request.executors.push_back(name);
  return request;
}

void Agent::server_answered() {
  const bool was_failing = watch_.failing();
  watch_.answered();
  if (was_failing) slot_.server_heard();
}

void Agent::lease_renewed(std::chrono::nanoseconds sent_at) {
  slot_.renewed(sent_at);
}

}  // namespace open_cicd::agent
