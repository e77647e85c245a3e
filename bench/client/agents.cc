// Many agents that wait for work on one server, each with its own held poll as the real agent has it; then jobs that
// fit one of them only, and how soon that one is told.
#include "client/connection.h"
#include "client/verbs.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>

namespace open_cicd::bench {
namespace {

namespace json = boost::json;

std::string made_up_uuid(std::uint64_t kind, std::uint64_t number) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", kind, number);
}

struct Fleet {
  std::uint16_t port;
  std::string registration_token, admin_token;
  std::int64_t wait_s;
};

class Agents {
 public:
  Agents(Fleet fleet, std::size_t count) : fleet_(std::move(fleet)), agents_(count) {}

  // Registers all, some at a time.
  void enrol() {
    constexpr std::size_t lanes_max = 32;
    const std::size_t lane_count = std::min(lanes_max, agents_.size());
    std::vector<std::unique_ptr<Connection>> lanes;
    std::vector<ResponseParser> parsers(lane_count);
    std::vector<std::size_t> current(lane_count);
    Poller poller;
    std::size_t next = 0, open = 0;
    const auto send_next = [&](std::size_t lane) {
      if (next == agents_.size()) return;
      current[lane] = next++;
      ++open;
      lanes[lane]->send(registration(current[lane]));
    };
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      poller.add(*lanes.emplace_back(std::make_unique<Connection>(fleet_.port)), lane);
      send_next(lane);
    }
    std::array<epoll_event, lanes_max> events{};
    while (open > 0) {
      const int ready = poller.wait(events.data(), static_cast<int>(events.size()), 1000);
      for (int i = 0; i < ready; ++i) {
        const auto lane = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
        parsers[lane].feed(lanes[lane]->receive(buffer_));
        if (lanes[lane]->closed()) throw std::runtime_error("a registration's connection was closed");
        if (!parsers[lane].done()) continue;
        take_registration(current[lane], parsers[lane]);
        parsers[lane].reset();
        --open;
        send_next(lane);
      }
    }
  }

  // Opens every poll and returns when all are held: no answer has come for a while.
  void park() {
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      agents_[i].connection = std::make_unique<Connection>(fleet_.port, static_cast<unsigned>(i));
      poller_.add(*agents_[i].connection, i);
      poll(i);
      if (i % 64 == 63) turn(0);
    }
    constexpr std::int64_t quiet_ns = 500'000'000;
    last_answer_at_ = now_ns();
    while (now_ns() < last_answer_at_ + quiet_ns) turn(50);
  }

  // From before the submit's request until the agent has the offer, in milliseconds.
  float dispatch(std::size_t target, Connection& user, Connection& worker) {
    const std::string body =
        fmt::format(R"({{"name":"bench","executor":"shell","runs_on":["n={}"],"steps":[{{"run":"true"}}]}})", target);
    const std::string submit = make_request("POST", "/api/v1/jobs", fleet_.admin_token, body);
    offered_.reset();
    const std::int64_t begin = now_ns();
    user.send(submit);
    while (!offered_) {
      turn(100);
      if (now_ns() > begin + 120'000'000'000) throw std::runtime_error("no offer within two minutes");
    }
    if (offered_->first != target) throw std::runtime_error("another agent was asked");
    const auto delay = static_cast<float>(offered_at_ - begin) / 1e6F;
    ask(user, {});  // the submit's own answer
    finish(target, offered_->second, worker);
    poll(target);
    return delay;
  }
  void keep_polling(std::int64_t until) {
    while (now_ns() < until) turn(50);
  }
  std::uint64_t answers() const { return answers_; }
  std::size_t size() const { return agents_.size(); }

 private:
  struct Agent {
    std::string id, token;
    std::unique_ptr<Connection> connection;
    ResponseParser parser;
    std::int64_t rev = 0;
  };

  std::string registration(std::size_t i) const {
    const std::string body = fmt::format(
        R"({{"name":"bench-{0}","boot_id":"{1}","boot_seq":1,"labels":{{"n":"{0}"}},"version":"1.0.0","os":"linux","arch":"x86_64","executors":["shell"]}})",
        i, made_up_uuid(1, i));
    return make_request("POST", "/api/v1/agents/register", fleet_.registration_token, body);
  }

  void take_registration(std::size_t i, ResponseParser& parser) {
    if (parser.status() != 201)
      throw std::runtime_error(fmt::format("registration: {} {}", parser.status(), parser.body()));
    const json::value reply = json::parse(parser.body());
    agents_[i].id = std::string_view(reply.at("agent_id").as_string());
    agents_[i].token = std::string_view(reply.at("agent_token").as_string());
  }

  void poll(std::size_t i) {
    Agent& agent = agents_[i];
    agent.connection->send(
        make_request("GET",
                     fmt::format("/api/v1/agents/{}/jobs?wait={}&boot_id={}&boot_seq=1&watch=1&seen={}", agent.id,
                                 fleet_.wait_s, made_up_uuid(1, i), agent.rev),
                     agent.token));
  }

  void turn(int milliseconds) {
    std::array<epoll_event, 256> events{};
    const int ready = poller_.wait(events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < ready; ++i) serve(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
  }

  void serve(std::size_t i) {
    Agent& agent = agents_[i];
    agent.parser.feed(agent.connection->receive(buffer_));
    if (agent.connection->closed()) throw std::runtime_error("the server closed a poll");
    if (!agent.parser.done()) return;
    ++answers_;
    last_answer_at_ = now_ns();
    if (agent.parser.status() >= 300)
      throw std::runtime_error(fmt::format("poll: {} {}", agent.parser.status(), agent.parser.body()));
    bool offered = false;
    if (agent.parser.status() == 200) {
      const json::value reply = json::parse(agent.parser.body());
      agent.rev = reply.at("rev").as_int64();
      const json::array& offers = reply.at("offers").as_array();
      offered = !offers.empty();
      if (offered) {
        offered_.emplace(i, std::string(offers[0].at("job_id").as_string()));
        offered_at_ = last_answer_at_;
      }
    }
    agent.parser.reset();
    if (!offered) poll(i);
  }

  void finish(std::size_t i, const std::string& job, Connection& worker) {
    const std::string path = fmt::format("/api/v1/jobs/{}/status", job);
    const std::string& token = agents_[i].token;
    const std::string claim = fmt::format(R"({{"status":"assigned","claim_id":"{}","boot_id":"{}","boot_seq":1}})",
                                          made_up_uuid(2, ++claims_), made_up_uuid(1, i));
    const json::value reply = json::parse(ask(worker, make_request("PUT", path, token, claim)));
    const std::string lease = fmt::format("X-Attempt: {}\r\nX-Lease-Token: {}\r\n", reply.at("attempt").as_int64(),
                                          std::string_view(reply.at("lease_token").as_string()));
    for (const std::string_view body :
         {R"({"status":"running"})",
          R"({"status":"succeeded","exit_code":0,"steps":[{"state":"succeeded","exit_code":0,"duration_ms":1}]})"})
      ask(worker, make_request("PUT", path, token, body, "application/json", lease));
  }

  const Fleet fleet_;
  std::vector<Agent> agents_;
  Poller poller_;
  std::string buffer_ = std::string(64 * 1024, '\0');
  std::optional<std::pair<std::size_t, std::string>> offered_;
  std::int64_t offered_at_ = 0, last_answer_at_ = 0;
  std::uint64_t answers_ = 0, claims_ = 0;
};

}  // namespace

void agents(const Options& options) {
  Fleet fleet{.port = static_cast<std::uint16_t>(options.number("port")),
              .registration_token = std::string(options.text("registration-token")),
              .admin_token = std::string(options.text("admin-token")),
              .wait_s = options.number_or("wait", 25)};
  Connection user(fleet.port), worker(fleet.port);
  Agents fleet_of(std::move(fleet), static_cast<std::size_t>(options.number("agents")));
  fleet_of.enrol();
  print({{"registered", fleet_of.size()}});
  wait_for_line();
  fleet_of.park();
  print({{"parked", fleet_of.size()}});
  wait_for_line();
  std::vector<float> delays;
  std::uint64_t random = 88172645463325252ULL;
  const std::uint64_t before = fleet_of.answers();
  for (std::int64_t job = 0; job < options.number("jobs"); ++job) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;  // xorshift64: the same agents in each run
    delays.push_back(fleet_of.dispatch(random % fleet_of.size(), user, worker));
    fleet_of.keep_polling(now_ns() + options.number_or("pause", 5) * 1'000'000);
  }
  print({{"dispatch_ms", quantiles(delays)}, {"polls_answered", fleet_of.answers() - before}});
}

}  // namespace open_cicd::bench
