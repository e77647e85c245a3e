#include "sim/session.h"

#include "base/crypto.h"
#include "sim/json.h"

#include <charconv>

namespace open_cicd::sim {
namespace {

constexpr int uploads_max = 4;

std::pair<std::string, std::int64_t> parse_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  std::int64_t number = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), number);
  return {std::string(line.substr(0, space)), number};
}

}  // namespace

Session::Session(Agent& agent, Lease lease, Time fence) : agent_(agent), lease_(std::move(lease)), fence_(fence) {}

Task<Verdict> Session::write(Request request, Reply& reply) {
  request.attempt = lease_.attempt;
  request.lease_token = lease_.token;
  const Time sent_at = agent_.tools().world.now();
  reply = co_await agent_.call(std::move(request));
  const Verdict verdict = verdict_of(reply);
  if (verdict == Verdict::accepted) renewed(sent_at);
  co_return verdict;
}

Task<void> Session::run(boost::json::value claimed, bool draining) {
  const auto self = shared_from_this();
  agent_.tools().process->spawn(ship());
  co_await work(std::move(claimed), draining);
  end_steps();
  over_ = true;
  changed_.notify();
  agent_.tools().machine.disk.journal.reset();
  agent_.tools().machine.disk.spools.erase(lease_);
  agent_.session_ended(for_agent_, std::move(next_));
}

// Runs do not share the groups of single jobs.
void Session::join_group(const boost::json::object& claimed) {
  const auto* concurrency = claimed.at("spec").as_object().if_contains("concurrency");
  if (concurrency == nullptr || !concurrency->is_object()) return;
  const auto* run = claimed.if_contains("run");
  const bool of_run = run != nullptr && run->is_object();
  group_ = {.name = (of_run ? "runs' " : "") + text_of(*concurrency, "group"),
            .limit = concurrency->at("limit").to_number<std::size_t>()};
}

Task<void> Session::work(boost::json::value claimed, bool draining) {
  World& world = agent_.tools().world;
  const boost::json::value& spec = claimed.at("spec");
  const boost::json::object& job = spec.as_object();
  join_group(claimed.as_object());
  steps_.resize(job.at("steps").as_array().size());
  const bool unfit = job.at("name").as_string().starts_with("unfit") && world.random.chance(0.9);
  if (unfit && started_) co_return co_await finish("failed", "agent");
  if ((draining && !started_) || unfit) {
    if (co_await give_back(draining ? "drain" : "mismatch") || over_) co_return;
    co_return co_await finish("cancelled", "");
  }
  if (!started_ && !co_await announce()) {
    if (!over_) co_await finish("cancelled", "");
    co_return;
  }
  agent_.tools().process->spawn(report());
  execution_ = agent_.tools().machine.begin(lease_, group_, renewed_at_ + fence_);
  if (agent_.tools().machine.traits().enforces_timeouts)
    deadline_ = world.now() + std::chrono::milliseconds(job.at("timeout_ms").to_number<std::int64_t>());
  co_await run_steps(spec);
  const bool killed = !execution_->alive;
  end_steps();
  if (over_) co_return;
  const auto failed = std::ranges::find(steps_, "failed", &StepEnd::state);
  if (cancelled_) co_return co_await finish("cancelled", "");
  if (timed_out_) co_return co_await finish("timed_out", "timeout");
  if (killed) co_return co_await finish("failed", "agent");
  co_await finish(failed == steps_.end() ? "succeeded" : "failed", failed == steps_.end() ? "" : "exit");
}

Task<bool> Session::announce() {
  Backoff backoff(agent_.tools().world);
  while (!over_ && !cancelled_) {
    Reply reply;
    const Verdict verdict = co_await write({.method = http::Method::put,
                                            .path = fmt::format("/api/v1/jobs/{}/status", lease_.job),
                                            .body = R"({"status":"running"})"},
                                           reply);
    if (verdict == Verdict::accepted) co_return true;
    if (verdict == Verdict::follow && text_of(reply.body, "state") == "cancelling") {
      cancelled_ = true;
    } else if (verdict != Verdict::again) {
      learn(verdict);
      over_ = true;
    } else {
      co_await agent_.tools().process->wait(changed_, backoff.next());
    }
  }
  co_return false;
}

// False when it was cancelled instead: then nobody else could say that it has ended.
Task<bool> Session::give_back(std::string reason) {
  Backoff backoff(agent_.tools().world);
  while (!over_) {
    Reply reply;
    const Verdict verdict = co_await write({.method = http::Method::put,
                                            .path = fmt::format("/api/v1/jobs/{}/status", lease_.job),
                                            .body = fmt::format(R"({{"status":"queued","reason":"{}"}})", reason)},
                                           reply);
    if (verdict == Verdict::accepted) co_return true;
    if (verdict == Verdict::follow && text_of(reply.body, "state") == "cancelling") co_return false;
    if (verdict != Verdict::again) {
      learn(verdict);
      over_ = true;
    } else {
      co_await agent_.tools().process->wait(changed_, backoff.next());
    }
  }
  co_return true;
}

Task<void> Session::run_steps(const boost::json::value& spec) {
  int step = 0;
  for (const boost::json::value& each : spec.at("steps").as_array()) {
    if (interrupted()) break;
    reports_.push_back(fmt::format(R"({{"status":"running","step":{},"step_state":"running"}})", step));
    changed_.notify();
    StepEnd& end = steps_[static_cast<std::size_t>(step)];
    end = co_await run_step(step, each.at("run"));
    reports_.push_back(fmt::format(R"({{"status":"running","step":{},"step_state":"{}","exit_code":{}}})", step,
                                   end.state, end.exit_code));
    changed_.notify();
    if (end.state != "succeeded") break;
    ++step;
  }
}

// A shell that knows five commands: print N bytes, sleep N ms, output N, exit N, and fail_once N (in the first
// attempt).
Task<Session::StepEnd> Session::run_step(int step, const boost::json::value& lines) {
  AgentTools& tools = agent_.tools();
  for (const boost::json::value& line : lines.as_array()) {
    const auto [command, number] = parse_line(line.as_string());
    if (command == "sleep") co_await pass(std::chrono::milliseconds(number));
    if (interrupted()) co_return StepEnd{timed_out_ ? "timed_out" : cancelled_ ? "cancelled" : "failed", 137};
    if (command == "print") {
      const std::string bytes = tools.world.random.letters(static_cast<std::size_t>(number));
      spool()[step] += bytes;
      tools.checker.printed(lease_.job, lease_.attempt, step, bytes);
      changed_.notify();
    }
    if (command == "output") outputs_ = {{"v", std::to_string(number)}, {"undeclared", "x"}};
    const bool exits = command == "exit" || (command == "fail_once" && lease_.attempt == 1);
    if (exits && number != 0) co_return StepEnd{"failed", static_cast<int>(number)};
  }
  co_return StepEnd{"succeeded", 0};
}

Task<void> Session::pass(Time time) {
  World& world = agent_.tools().world;
  const Time until = world.now() + time;
  while (world.now() < until && !interrupted()) {
    if (world.now() >= deadline_) {
      timed_out_ = true;
      break;
    }
    Signal& wake = changed_;
    co_await agent_.tools().process->wait(wake, std::min({until, deadline_, execution_->deadline + 1s}) - world.now());
  }
}

std::optional<int> Session::step_to_ship() const {
  for (const auto& [step, bytes] : const_cast<Session*>(this)->spool()) {
    const auto acknowledged = acknowledged_.find(step);
    if ((acknowledged == acknowledged_.end() ? 0 : acknowledged->second) < bytes.size()) return step;
  }
  return std::nullopt;
}

Task<void> Session::ship() {
  const auto self = shared_from_this();
  Backoff backoff(agent_.tools().world);
  while (!over_) {
    if (const std::optional<int> step = step_to_ship())
      co_await ship_chunk(*step);
    else
      co_await agent_.tools().process->wait(changed_, 1h);
  }
}

Task<void> Session::ship_chunk(int step) {
  AgentTools& tools = agent_.tools();
  const std::size_t offset = acknowledged_[step];
  const auto size = static_cast<std::size_t>(
      tools.world.random.between(1, static_cast<std::int64_t>(tools.machine.traits().chunk_max)));
  std::string bytes = spool()[step].substr(offset, size);
  const std::string crc = format_crc32c(crc32c(bytes));
  Reply reply;
  const Verdict verdict =
      co_await write({.method = http::Method::post,
                      .path = fmt::format("/api/v1/jobs/{}/logs", lease_.job),
                      .query = {{"step", std::to_string(step)}, {"offset", std::to_string(offset)}, {"crc32c", crc}},
                      .body = std::move(bytes),
                      .content_type = "application/octet-stream"},
                     reply);
  if (over_) co_return;
  if (verdict == Verdict::accepted || reply.status == 416) {
    const auto next = parse_json(reply.body).at("next").to_number<std::size_t>();
    acknowledged_[step] = std::min(next, spool()[step].size());
    changed_.notify();
    co_return;
  }
  if (verdict == Verdict::forget || verdict == Verdict::reregister || verdict == Verdict::superseded)
    co_return learn(verdict);
  if (verdict == Verdict::follow && !finishing_) co_await follow();
  co_await tools.process->sleep(Time(tools.world.random.between(100'000, 2'000'000)));
}

Task<void> Session::report() {
  const auto self = shared_from_this();
  Backoff backoff(agent_.tools().world);
  while (!over_) {
    if (reports_.empty()) {
      co_await agent_.tools().process->wait(changed_, 1h);
      continue;
    }
    Reply reply;
    const Verdict verdict = co_await write({.method = http::Method::put,
                                            .path = fmt::format("/api/v1/jobs/{}/status", lease_.job),
                                            .body = reports_.front()},
                                           reply);
    if (over_) co_return;
    if (verdict == Verdict::again) {
      co_await agent_.tools().process->wait(changed_, std::max<Time>(backoff.next(), 50ms));
      continue;
    }
    backoff.reset();
    reports_.pop_front();
    if (verdict == Verdict::accepted && parse_json(reply.body).at("cancel").as_bool()) cancel();
    if (verdict == Verdict::follow && !finishing_) co_await follow();
    if (verdict == Verdict::forget || verdict == Verdict::reregister || verdict == Verdict::superseded) learn(verdict);
  }
}

// The job is in another state than we thought.
Task<void> Session::follow() {
  const Reply reply = co_await agent_.call({.path = "/api/v1/jobs/" + lease_.job});
  if (reply.status != 200 || over_) co_return;
  const std::string state = text_of(reply.body, "state");
  if (state == "cancelling")
    cancel();
  else if (state != "running" && state != "assigned")
    forget();
}

void Session::learn(Verdict verdict) {
  if (verdict == Verdict::reregister || verdict == Verdict::superseded) for_agent_ = verdict;
  forget();
}

void Session::started(Time sent_at) {
  started_ = true;
  renewed(sent_at);
}

void Session::renewed(Time sent_at) {
  renewed_at_ = std::max(renewed_at_, sent_at);
  if (execution_) agent_.tools().machine.extend(*execution_, sent_at + fence_);
}

void Session::cancel() {
  if (cancelled_ || over_ || (execution_ && !agent_.tools().machine.traits().obeys_cancels)) return;
  cancelled_ = true;
  changed_.notify();
}

void Session::forget() {
  if (over_) return;
  over_ = true;
  end_steps();
  changed_.notify();
}

void Session::finished_for_server() {
  if (!finishing_) return forget();
  changed_.notify();
}

void Session::end_steps() {
  if (execution_) agent_.tools().machine.end(*execution_);
}

std::string Session::finish_body(const std::string& state, const std::string& cause) {
  std::string steps, logs;
  for (const StepEnd& step : steps_)
    steps += fmt::format(R"({}{{"state":"{}","exit_code":{}}})", steps.empty() ? "" : ",", step.state, step.exit_code);
  for (const auto& [step, bytes] : spool())
    logs += fmt::format(R"({}"{}":{{"size":{},"crc32c":"{}"}})", logs.empty() ? "" : ",", step, bytes.size(),
                        format_crc32c(crc32c(bytes)));
  std::string outputs;
  for (const auto& [name, value] : outputs_)
    outputs += fmt::format(R"({}"{}":"{}")", outputs.empty() ? "" : ",", name, value);
  agent_.tools().checker.wrote(lease_.job, lease_.attempt, outputs_);
  return fmt::format(R"({{"status":"{}",{}{}{}"steps":[{}],"logs":{{{}}}}})", state,
                     cause.empty() ? "" : fmt::format(R"("cause":"{}",)", cause),
                     incomplete_ ? R"("log_incomplete":true,)" : "",
                     outputs.empty() ? "" : fmt::format(R"("outputs":{{{}}},)", outputs), steps, logs);
}

Task<void> Session::finish(std::string state, std::string cause) {
  finishing_ = true;
  end_steps();
  changed_.notify();
  co_await deliver([this, state, cause] { return finish_body(state, cause); }, cause != "agent");
}

Task<void> Session::replay(std::string body) {
  const auto self = shared_from_this();
  agent_.tools().world.count("agent: replayed a finish");
  finishing_ = true;
  for (const auto& [step, bytes] : spool()) acknowledged_[step] = bytes.size();
  agent_.tools().process->spawn(ship());
  co_await deliver([body] { return body; }, false);
  over_ = true;
  changed_.notify();
}

// Until the server has said its last word on this finish. A repeat asks for the next job with the same claim_id; a
// later process repeats it without. One that may have claimed goes on also when another answer says that the attempt is
// over: that may be its own work.
Task<void> Session::deliver(std::function<std::string()> make_body, bool asks_next) {
  AgentTools& tools = agent_.tools();
  Backoff backoff(tools.world);
  std::string next;
  for (int uploads = 0; !over_ || !next.empty();) {
    while (!over_ && step_to_ship()) co_await tools.process->wait(changed_, 1h);
    if (over_ && next.empty()) co_return;
    std::string body = make_body();
    tools.machine.disk.journal = {.lease = lease_, .body = body};
    if (next.empty() && asks_next) next = agent_.ask_next();
    body.insert(1, next);
    const Time sent_at = tools.world.now();
    Reply reply;
    const Verdict verdict = co_await write({.method = http::Method::put,
                                            .path = fmt::format("/api/v1/jobs/{}/status", lease_.job),
                                            .body = std::move(body)},
                                           reply);
    if (verdict == Verdict::again) {
      co_await tools.process->wait(changed_, std::max<Time>(backoff.next(), 50ms));
      continue;
    }
    if (reply.status == 200 && !next.empty())
      if (const boost::json::value answer = parse_json(reply.body); answer.as_object().contains("next")) {
        tools.world.count("agent: got its next job with a finish");
        next_ = NextJob{
            .job = text_of(answer.at("next"), "job_id"), .claim = answer.at("next").at("claim"), .sent_at = sent_at};
      }
    if (reply.status != 202) co_return learn(verdict);
    tools.world.count("agent: had to send logs again");
    if (++uploads >= uploads_max && !std::exchange(incomplete_, true)) {
      tools.checker.says_incomplete(lease_.job, lease_.attempt);
      tools.world.count("agent: gave up on a log");
    }
    for (const auto& [step, from] : parse_json(reply.body).at("next").as_object())
      acknowledged_[std::stoi(std::string(step))] = from.to_number<std::size_t>();
    changed_.notify();
  }
}

}  // namespace open_cicd::sim
