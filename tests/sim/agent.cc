#include "sim/agent.h"

#include "base/id.h"
#include "sim/json.h"
#include "sim/session.h"

namespace open_cicd::sim {
namespace {

constexpr std::array quick_tries{0ms, 200ms, 500ms, 1000ms, 2000ms};
constexpr Time offer_lasts = 900ms;

}  // namespace

Time Backoff::next() {
  const std::size_t nth = tries_++;
  if (nth < quick_tries.size()) {
    const std::int64_t middle = Time(quick_tries[nth]).count();
    return Time(world_.random.between(middle * 3 / 4, middle * 5 / 4));
  }
  const std::size_t doublings = std::min<std::size_t>(nth - quick_tries.size() + 3, 20);
  return Time(world_.random.between(0, std::min<std::int64_t>(Time(30s).count(), Time(500ms).count() << doublings)));
}

Verdict verdict_of(const Reply& reply) {
  if (reply.status >= 200 && reply.status < 300) return Verdict::accepted;
  if (reply.status == 0 || reply.status == 429 || reply.status >= 500) return Verdict::again;
  const std::string code = text_of(reply.body, "code");
  if (code == "stale_attempt" || code == "not_lease_holder" || reply.status == 404) return Verdict::forget;
  if (code == "not_queued" || code == "claim_used" || code == "agent_busy" || code == "agent_draining")
    return Verdict::poll;
  if (code == "bad_transition") return Verdict::follow;
  if (code == "superseded") return Verdict::superseded;
  return reply.status == 401 ? Verdict::reregister : Verdict::refused;
}

Agent::Agent(AgentTools tools, std::string registration_token)
    : tools_(std::move(tools)), registration_token_(std::move(registration_token)) {}

Task<Reply> Agent::call(Request request, Time timeout) {
  if (request.token.empty()) request.token = tools_.machine.disk.token;
  return tools_.network.call(tools_.process, tools_.machine.link, std::move(request), timeout);
}

Task<void> Agent::run() {
  AgentDisk& disk = tools_.machine.disk;
  boot_seq_ = ++disk.boot_seq;
  boot_id_ = format_uuid(make_uuid_v4());
  if (disk.journal && !disk.id.empty()) {  // before the registration frees what is left
    session_ = std::make_shared<Session>(*this, disk.journal->lease, Time(0));
    co_await session_->replay(disk.journal->body);
    session_.reset();
  }
  disk.journal.reset();
  disk.spools.clear();
  co_await enroll();
  tools_.process->spawn(heartbeats());
  co_await polls();
}

Task<void> Agent::enroll() {
  AgentDisk& disk = tools_.machine.disk;
  Backoff backoff(tools_.world);
  const AgentTraits& traits = tools_.machine.traits();
  const std::string body = fmt::format(
      R"({{"name":"{}","boot_id":"{}",{}"labels":{},"version":"0.1.0","os":"linux","arch":"x86_64","executors":["shell"]}})",
      traits.name, boot_id_, traits.counts_boots ? fmt::format(R"("boot_seq":{},)", boot_seq_) : "", traits.labels);
  for (;;) {
    const Reply reply = co_await call({.method = http::Method::post,
                                       .path = "/api/v1/agents/register",
                                       .token = disk.token.empty() ? registration_token_ : disk.token,
                                       .body = body});
    const Verdict verdict = verdict_of(reply);
    if (verdict == Verdict::accepted) {
      disk.id = text_of(reply.body, "agent_id");
      disk.token = text_of(reply.body, "agent_token");
      tools_.world.name(disk.id, traits.name);
      must_register_ = false;
      co_return;
    }
    if (verdict == Verdict::superseded) {
      tools_.machine.exited();
      co_await tools_.process->sleep(24h);
    }
    if (verdict == Verdict::reregister) disk.id = disk.token = "";  // removed: it comes back as a new one
    co_await tools_.process->sleep(backoff.next());
  }
}

Task<void> Agent::heartbeats() {
  Backoff backoff(tools_.world);
  for (;;) {
    const Time regular = 10s + Time(tools_.world.random.between(-2'000'000, 2'000'000));
    co_await tools_.process->wait(beat_now_,
                                  beat_failed_ ? std::min(regular, std::max<Time>(backoff.next(), 500ms)) : regular);
    if (must_register_ || (!tools_.machine.traits().watches && !session_)) continue;
    const std::shared_ptr<Session> held = session_;
    const std::string leases =
        held ? fmt::format(R"({{"job_id":"{}","attempt":{}}})", held->lease().job, held->lease().attempt) : "";
    const std::string seq = tools_.machine.traits().counts_boots ? fmt::format(R"("boot_seq":{},)", boot_seq_) : "";
    const Time sent_at = tools_.world.now();
    const Reply reply = co_await call(
        {.method = http::Method::post,
         .path = fmt::format("/api/v1/agents/{}/heartbeat", tools_.machine.disk.id),
         .body = fmt::format(R"({{"boot_id":"{}","seq":{},{}"leases":[{}]}})", boot_id_, ++beat_, seq, leases)});
    const Verdict verdict = verdict_of(reply);
    beat_failed_ = verdict != Verdict::accepted;
    if (!beat_failed_) backoff.reset();
    if (verdict == Verdict::accepted && held) {
      const std::string state = text_of(parse_json(reply.body).at("leases"), held->lease().job);
      if (state == "ok" || state == "cancel") held->renewed(sent_at);
      apply(held->lease().job, held->lease().attempt, state);
    }
    co_await release_for(verdict);
  }
}

// What an answer to the agent itself (not to its session) asks for.
Task<void> Agent::release_for(Verdict verdict) {
  if (verdict == Verdict::superseded) {
    tools_.machine.exited();
    co_await tools_.process->sleep(24h);
  }
  if (verdict == Verdict::reregister) must_register_ = true;
}

Task<void> Agent::polls() {
  Backoff backoff(tools_.world);
  const AgentTraits& traits = tools_.machine.traits();
  for (;;) {
    if (must_register_) {
      if (session_) session_->forget();
      while (session_) co_await tools_.process->wait(changed_, 5s);
      seen_.reset();
      co_await enroll();
    }
    if (!traits.watches && session_) {  // a loop of commands does one thing at a time
      co_await tools_.process->wait(changed_, 5s);
      continue;
    }
    std::vector<std::pair<std::string, std::string>> query{{"wait", "25"}, {"boot_id", boot_id_}};
    if (traits.counts_boots) query.emplace_back("boot_seq", std::to_string(boot_seq_));
    if (traits.watches) query.emplace_back("watch", "1");
    if (seen_ && traits.watches) query.emplace_back("seen", std::to_string(*seen_));
    const Time asked_at = tools_.world.now();
    const Reply reply = co_await call({.path = fmt::format("/api/v1/agents/{}/jobs", tools_.machine.disk.id),
                                       .query = std::move(query),
                                       .direct = traits.direct},
                                      40s);
    const Verdict verdict = verdict_of(reply);
    co_await release_for(verdict);
    if (verdict != Verdict::accepted) {
      co_await tools_.process->sleep(std::max<Time>(backoff.next(), 100ms));
      continue;
    }
    backoff.reset();
    if (reply.status == 200) co_await handle_poll(parse_json(reply.body));
    if (tools_.world.now() - asked_at < 100ms) co_await tools_.process->sleep(100ms);
  }
}

Task<void> Agent::handle_poll(const boost::json::value& reply) {
  seen_ = reply.at("rev").to_number<std::int64_t>();
  bool listed = !session_;
  for (const auto& lease : reply.at("leases").as_array()) {
    const std::string job = text_of(lease, "job_id");
    const int attempt = lease.at("attempt").to_number<int>();
    apply(job, attempt, text_of(lease, "state"));
    listed = listed || (session_ && session_->lease().job == job && session_->lease().attempt == attempt);
  }
  if (!listed) beat_now_.notify();  // it has ended: the heartbeat's answer says how
  draining_ = reply.at("drain").as_bool();
  if (reply.at("offers").as_array().empty() || draining_) co_return;
  const boost::json::value& offer = reply.at("offers").at(0);
  const Time until = tools_.world.now() + offer_lasts;
  while (session_ && tools_.world.now() < until) co_await tools_.process->wait(changed_, until - tools_.world.now());
  if (!session_) co_await claim(text_of(offer, "job_id"), offer.at("attempt").to_number<int>());
}

Task<void> Agent::claim(std::string job, int attempt) {
  // The same claim_id in every try.
  const std::string seq = tools_.machine.traits().counts_boots ? fmt::format(R"("boot_seq":{},)", boot_seq_) : "";
  const bool start = tools_.world.random.chance(0.5);
  const std::string body =
      fmt::format(R"({{"status":"assigned","claim_id":"{}","boot_id":"{}",{}"start":{},"attempt":{}}})",
                  format_uuid(make_uuid_v4()), boot_id_, seq, start, attempt);
  Backoff backoff(tools_.world);
  for (;;) {
    const Time sent_at = tools_.world.now();  // the server renews the lease in each try that it answers
    const Reply reply =
        co_await call({.method = http::Method::put, .path = fmt::format("/api/v1/jobs/{}/status", job), .body = body});
    const Verdict verdict = verdict_of(reply);
    if (verdict == Verdict::accepted) {
      begin(job, parse_json(reply.body), sent_at);
      co_return;
    }
    co_await release_for(verdict);
    if (verdict != Verdict::again || must_register_) co_return;
    co_await tools_.process->sleep(backoff.next());
  }
}

void Agent::begin(std::string job, boost::json::value claimed, Time sent_at) {
  session_ = std::make_shared<Session>(
      *this, Lease{std::move(job), claimed.at("attempt").to_number<int>(), text_of(claimed, "lease_token")},
      std::chrono::duration_cast<Time>(std::chrono::duration<double>(claimed.at("fence_s").to_number<double>())));
  if (claimed.at("started").as_bool()) session_->started(sent_at);
  tools_.process->spawn(session_->run(std::move(claimed), draining_));
}

std::string Agent::ask_next() const {
  const AgentTraits& traits = tools_.machine.traits();
  if (!traits.asks_next || draining_ || must_register_) return {};
  const std::string seq = traits.counts_boots ? fmt::format(R"(,"boot_seq":{})", boot_seq_) : "";
  return fmt::format(R"("next":{{"claim_id":"{}","boot_id":"{}"{}}},)", format_uuid(make_uuid_v4()), boot_id_, seq);
}

void Agent::session_ended(Verdict for_agent, std::optional<NextJob> next) {
  if (for_agent == Verdict::reregister) must_register_ = true;
  session_.reset();
  if (next && !must_register_) begin(std::move(next->job), std::move(next->claim), next->sent_at);
  changed_.notify();
}

void Agent::apply(std::string_view job, int attempt, std::string_view state) {
  if (!session_ || session_->lease().job != job || session_->lease().attempt != attempt) return;
  if (state == "cancel") session_->cancel();
  if (state == "lost") session_->forget();
  if (state == "finished") session_->finished_for_server();
}

}  // namespace open_cicd::sim
