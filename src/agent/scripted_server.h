// For tests: a control plane in miniature on a real socket, which loses requests and answers on demand.
#pragma once

#include "agent/api_client.h"
#include "agent/condition.h"
#include "base/boottime.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/task_group.h"
#include "protocol/log_times.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::agent {

namespace bj = boost::json;

// What happens to the next request of a kind.
enum class Fault : std::uint8_t {
  lose_request,  // the connection ends before the server has done anything
  lose_answer,   // the server has done it, and the connection ends before the answer
};

struct ScriptedJob {
  std::string id = JobId::make().str();
  bj::value spec;
  bj::object claim_more;  // of the claim's answer, beside or in place of the usual
  std::string state = "queued";
  int attempt = 0;
  std::string claim_id;
  std::map<int, std::string> logs;
  std::map<int, std::vector<protocol::LogTime>> times;  // all that was told, in the order in which it was
  std::optional<bj::object> finish;
  std::vector<std::string> writes;  // "running", "step 0 succeeded", "succeeded"
  bool with_finish = false;         // claimed with the finish of the job before
  std::string next_claim;           // the claim_id of the `next` in the last finish; empty: it had none
};

// In the io_context of what it tests, so single-threaded: a test reads and changes its members between two runs of the
// context. The kinds of requests are register, poll, claim, running, step, release, finish, append, job, heartbeat,
// leftovers, remove.
class ScriptedServer {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    std::string headers = {};    // each with its line's end
    std::string_view type = {};  // empty: what the body looks like
  };

  explicit ScriptedServer(asio::io_context& io)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), tasks_(io.get_executor()), changed_(io.get_executor()) {
    tasks_.spawn("accept", accept());
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  Task<void> stop() { co_await tasks_.stop(); }

  ScriptedJob& add_job(std::vector<std::vector<std::string>> steps, bj::object more = {}) {
    bj::array list;
    for (const auto& run : steps)
      list.push_back({{"name", "s"},
                      {"run", bj::value_from(run)},
                      {"image", ""},
                      {"env", bj::object()},
                      {"workdir", ""},
                      {"allow_failure", false}});
    bj::object spec{{"name", "job"},
                    {"executor", "fake"},
                    {"image", ""},
                    {"env", bj::object()},
                    {"runs_on", bj::array()},
                    {"timeout_ms", 60000},
                    {"retry", {{"max", 2}, {"on", bj::array()}, {"exit_codes", bj::array()}, {"delay_ms", 0}}},
                    {"services", bj::array()},
                    {"priority", 0},
                    {"network", "default"},
                    {"resources", bj::object()},
                    {"steps", list}};
    for (auto& [key, value] : more) spec[key] = value;
    ScriptedJob& job = jobs.emplace_back();
    job.spec = std::move(spec);
    bump();
    return job;
  }
  void bump() {  // what polls tell has changed
    ++rev;
    changed_.notify_all();
  }
  int count(std::string_view kind) const {
    const auto found = counts.find(std::string(kind));
    return found == counts.end() ? 0 : found->second;
  }

  std::deque<ScriptedJob> jobs;
  std::multimap<std::string, Fault> faults;    // used up one by one
  std::multimap<std::string, Answer> answers;  // instead of the usual one, used up one by one
  std::map<std::string, int> counts;           // requests by kind, those that were lost included
  std::chrono::nanoseconds heard_at{0};        // the last request, on the clock of the agent's fences
  std::vector<std::string> tokens;             // of registrations
  std::string registration_token = "reg";
  std::string agent_token = "own-1";
  std::string lease_state = "ok";  // of the job that is held, in polls and heartbeats
  bj::value withdrawn;             // of the last heartbeat; null when it had none
  std::string last_boot_id;
  std::int64_t last_boot_seq = 0;
  std::int64_t rev = 1;
  bool offers_start = false;
  bool takes_next = false;  // a finish claims the next job
  std::size_t max_chunk = 1 << 20;
  double heartbeat_s = 10;
  std::optional<double> fence_s = 900;  // of claims
  bool drain = false;
  bool removed = false;
  std::set<std::string> gone;            // jobs whose attempts nobody works on any more
  std::vector<std::string> asked_about;  // by requests of the kind leftovers

 private:
  struct Message {
    std::string method, target, body, token, log_times;
  };

  Task<void> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      tasks_.spawn("session", session(std::move(socket)));
    }
  }

  Task<void> session(asio::ip::tcp::socket socket) {
    std::string buffer;
    for (;;) {
      error_code ec;
      const std::size_t head = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                               asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      Message message = parse_head(buffer.substr(0, head));
      const std::size_t length = message.body.empty() ? 0 : std::stoul(message.body);
      buffer.erase(0, head);
      if (buffer.size() < length)
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(length - buffer.size()),
                                  asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      message.body = buffer.substr(0, length);
      buffer.erase(0, length);
      const std::string kind = kind_of(message);
      ++counts[kind];
      heard_at = boottime_now();
      const auto fault = faults.find(kind);
      if (fault != faults.end() && fault->second == Fault::lose_request) {
        faults.erase(fault);
        co_return;
      }
      const auto scripted = answers.find(kind);
      Answer answer;
      if (scripted != answers.end()) {
        answer = scripted->second;
        answers.erase(scripted);
      } else {
        answer = co_await respond(kind, std::move(message));
      }
      if (fault != faults.end()) {
        faults.erase(fault);
        co_return;
      }
      const std::string text =
          fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nContent-Type: {}\r\n{}\r\n{}", answer.status,
                      answer.body.size(), type_of(answer), answer.headers, answer.body);
      co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
    }
  }

  // Content-Length is left in `body`.
  static Message parse_head(const std::string& head) {
    Message message;
    const std::size_t first = head.find(' ');
    const std::size_t second = head.find(' ', first + 1);
    message.method = head.substr(0, first);
    message.target = head.substr(first + 1, second - first - 1);
    const auto value_of = [&head](std::string_view name) {
      const std::size_t at = head.find(name);
      return at == std::string::npos ? std::string()
                                     : head.substr(at + name.size(), head.find("\r\n", at) - at - name.size());
    };
    message.body = value_of("Content-Length: ");
    message.token = value_of("Authorization: Bearer ");
    message.log_times = value_of("X-Log-Times: ");
    return message;
  }

  static std::string_view type_of(const Answer& answer) {
    if (!answer.type.empty()) return answer.type;
    if (answer.body.starts_with('<')) return "text/html";
    return answer.status >= 400 && answer.body.contains("\"code\"") ? "application/problem+json" : "application/json";
  }

  static std::string kind_of(const Message& message) {
    if (message.target.ends_with("/register")) return "register";
    if (message.target.ends_with("/heartbeat")) return "heartbeat";
    if (message.target.ends_with("/leftovers")) return "leftovers";
    if (message.method == "DELETE") return "remove";
    if (message.target.find("/jobs?wait") != std::string::npos) return "poll";
    if (message.target.find("/logs?") != std::string::npos) return "append";
    if (message.method == "GET") return "job";
    const bj::object body = bj::parse(message.body).as_object();
    const std::string status(body.at("status").as_string());
    if (status == "assigned") return "claim";
    if (status == "queued") return "release";
    if (status == "running") return body.contains("step") ? "step" : "running";
    return "finish";
  }

  Task<Answer> respond(std::string kind, Message message) {
    if (kind == "register") co_return register_agent(message);
    if (message.token != agent_token) co_return problem(401, "unauthorized");
    if (kind == "poll") co_return co_await poll(std::move(message));
    if (kind == "remove") {
      removed = true;
      co_return Answer{204, ""};
    }
    if (kind == "heartbeat") co_return heartbeat(message);
    if (kind == "leftovers") co_return leftovers(message);
    ScriptedJob* job = find(message.target);
    if (job == nullptr) co_return problem(404, "not_found");
    if (kind == "job") co_return json({{"id", job->id}, {"state", job->state}});
    if (kind == "append") co_return append(*job, message);
    co_return status(*job, kind, bj::parse(message.body).as_object());
  }

  Answer register_agent(const Message& message) {
    tokens.push_back(message.token);
    if (message.token != registration_token && message.token != agent_token) return problem(401, "unauthorized");
    const bj::object body = bj::parse(message.body).as_object();
    last_boot_id = std::string(body.at("boot_id").as_string());
    last_boot_seq = body.at("boot_seq").as_int64();
    for (ScriptedJob& job : jobs)
      if (job.state == "running" || job.state == "assigned") job.state = "lost";
    return json({{"agent_id", "a1"},
                 {"agent_token", agent_token},
                 {"heartbeat_s", heartbeat_s},
                 {"lease_ttl_s", 60},
                 {"poll_wait_s", 25},
                 {"max_chunk", max_chunk},
                 {"server_id", "s1"},
                 {"finish_next", takes_next}},
                201);
  }

  Task<Answer> poll(Message message) {
    const std::size_t at = message.target.find("&seen=");
    const std::int64_t seen = at == std::string::npos ? -1 : std::stoll(message.target.substr(at + 6));
    for (;;) {
      bj::array offers, leases;
      for (const ScriptedJob& job : jobs) {
        if (job.state == "queued" && held() == nullptr)
          offers.push_back({{"job_id", job.id},
                            {"attempt", job.attempt + 1},
                            {"name", "job"},
                            {"executor", "fake"},
                            {"runs_on", bj::array()},
                            {"start", offers_start}});
        if (&job == held()) leases.push_back({{"job_id", job.id}, {"attempt", job.attempt}, {"state", lease_state}});
      }
      if (!offers.empty() || seen != rev)
        co_return json({{"offers", offers}, {"leases", leases}, {"rev", rev}, {"drain", drain}});
      co_await changed_.wait();
    }
  }

  Answer heartbeat(const Message& message) {
    bj::object leases;
    const ScriptedJob* job = held();
    const bj::value body = bj::parse(message.body);
    const bj::value* told = body.as_object().if_contains("withdrawn");
    withdrawn = told == nullptr ? bj::value() : *told;
    for (const bj::value& lease : body.at("leases").as_array()) {
      const std::string id(lease.at("job_id").as_string());
      leases[id] = job != nullptr && job->id == id ? lease_state : "lost";
    }
    return json({{"leases", leases}, {"drain", drain}});
  }

  Answer leftovers(const Message& message) {
    bj::array answer;
    for (const bj::value& attempt : bj::parse(message.body).at("attempts").as_array()) {
      const std::string job(attempt.at("job_id").as_string());
      asked_about.push_back(job);
      if (gone.contains(job)) answer.push_back({{"job_id", job}, {"attempt", attempt.at("attempt")}});
    }
    return json({{"gone", answer}});
  }

  Answer append(ScriptedJob& job, const Message& message) {
    const auto number = [&message](std::string_view name) {
      return std::stoll(message.target.substr(message.target.find(name) + name.size()));
    };
    const auto offset = static_cast<std::size_t>(number("offset="));
    const auto step = static_cast<int>(number("step="));
    std::string& log = job.logs[step];
    if (!message.log_times.empty()) {
      const auto times = protocol::parse_log_times(message.log_times, static_cast<std::int64_t>(offset));
      if (!times) return problem(422, "invalid");
      job.times[step].insert(job.times[step].end(), times->begin(), times->end());
    }
    if (offset > log.size()) return json({{"code", "gap"}, {"next", log.size()}}, 416);
    if (offset + message.body.size() > log.size()) log += message.body.substr(log.size() - offset);
    return json({{"next", log.size()}}, 202);
  }

  Answer status(ScriptedJob& job, const std::string& kind, const bj::object& body) {
    if (kind == "claim") {
      const std::string claim(body.at("claim_id").as_string());
      if (job.state != "queued" && job.claim_id != claim) return problem(409, "not_queued");
      const bool started = body.contains("start") && body.at("start").as_bool();
      ++rev;
      return json(claimed(job, claim, started));
    }
    if (kind == "release") {
      job.state = "released";
      job.writes.push_back("release " + std::string(body.at("reason").as_string()));
      bump();
      return json({{"state", "queued"}, {"cancel", false}});
    }
    if (kind == "finish") return finish(job, body);
    if (kind == "step")
      job.writes.push_back(
          fmt::format("step {} {}", body.at("step").as_int64(), std::string(body.at("step_state").as_string())));
    if (kind == "running") {
      job.writes.push_back("running");
      job.state = "running";
    }
    return json({{"state", job.state}, {"cancel", lease_state == "cancel"}});
  }

  bj::object claimed(ScriptedJob& job, const std::string& claim, bool started) {
    if (job.state == "queued") ++job.attempt;
    job.claim_id = claim;
    job.state = started ? "running" : "assigned";
    bj::object answer{{"attempt", job.attempt},
                      {"lease_token", "l"},
                      {"job_token", "j"},
                      {"spec", job.spec},
                      {"secrets", bj::object()},
                      {"timeout_s", 60},
                      {"log_offsets", bj::object()},
                      {"started", started}};
    if (fence_s) answer["fence_s"] = *fence_s;
    for (const auto& [key, value] : job.claim_more) answer[key] = value;
    return answer;
  }

  // As the server does: a repeat claims nothing new.
  Answer finished(const ScriptedJob& ended, bool repeated) {
    bj::object answer{{"state", ended.state}, {"cancel", false}};
    if (!ended.next_claim.empty())
      for (ScriptedJob& job : jobs) {
        const bool queued = job.state == "queued" && !repeated;
        if (!queued && (job.claim_id != ended.next_claim || job.finish)) continue;
        job.with_finish = true;
        answer["next"] = bj::object{{"job_id", job.id}, {"claim", claimed(job, ended.next_claim, true)}};
        break;
      }
    return json(std::move(answer));
  }

  Answer finish(ScriptedJob& job, const bj::object& body) {
    const bj::value* asked = body.if_contains("next");
    job.next_claim = asked == nullptr ? "" : std::string(asked->at("claim_id").as_string());
    if (job.finish) return finished(job, true);
    bj::object next;
    const bj::value* incomplete = body.if_contains("log_incomplete");
    for (const auto& [step, sum] : body.at("logs").as_object()) {
      const std::string& log = job.logs[std::stoi(std::string(step))];
      const std::int64_t size = sum.at("size").as_int64();
      if (static_cast<std::int64_t>(log.size()) < size)
        next[step] = log.size();
      else if (format_crc32c(crc32c(log)) != sum.at("crc32c").as_string())
        next[step] = 0;
    }
    if (!next.empty() && incomplete == nullptr) return json({{"code", "logs_incomplete"}, {"next", next}}, 202);
    job.finish = body;
    job.state = std::string(body.at("status").as_string());
    job.writes.push_back(job.state);
    const Answer answer = finished(job, false);
    bump();
    return answer;
  }

  ScriptedJob* held() {
    for (ScriptedJob& job : jobs)
      if (job.state == "assigned" || job.state == "running") return &job;
    return nullptr;
  }
  ScriptedJob* find(const std::string& target) {
    for (ScriptedJob& job : jobs)
      if (target.find(job.id) != std::string::npos) return &job;
    return nullptr;
  }
  static Answer json(const bj::value& value, int status = 200) { return {status, bj::serialize(value)}; }
  static Answer problem(int status, const std::string& code) {
    return json({{"code", code}, {"detail", code}}, status);
  }

  asio::ip::tcp::acceptor acceptor_;
  TaskGroup tasks_;
  Condition changed_;
};

}  // namespace open_cicd::agent
