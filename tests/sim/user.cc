#include "sim/user.h"

#include "sim/json.h"

namespace open_cicd::sim {
namespace {

std::string make_step(Random& random, double long_steps) {
  std::string lines;
  const auto add = [&](std::string_view command, std::int64_t number) {
    lines += fmt::format(R"({}"{} {}")", lines.empty() ? "" : ",", command, number);
  };
  for (std::int64_t i = random.between(0, 3); i >= 0; --i) {
    if (random.chance(0.8)) add("print", random.between(1, 400));
    add("sleep", random.chance(long_steps) ? random.between(10'000, 90'000) : random.between(100, 8'000));
  }
  if (random.chance(0.12)) add("exit", random.between(1, 9));
  if (random.chance(0.12)) add("fail_once", random.between(1, 9));
  return fmt::format(R"({{"run":[{}]}})", lines);
}

}  // namespace

User::User(World& world, Network& network, std::string token, const Profile& profile,
           std::vector<std::unique_ptr<Machine>>& machines)
    : world_(world),
      network_(network),
      token_(std::move(token)),
      profile_(profile),
      machines_(machines),
      process_(Process::start(world, "user")) {}

void User::start() {
  for (int i = 0; i < profile_.jobs; ++i) {
    ++pending_;
    process_->spawn(submit(i, Time(world_.random.between(0, profile_.length.count() * 3 / 4))));
  }
  process_->spawn(meddle());
}

std::string User::job_body(int number) {
  Random& random = world_.random;
  std::string steps = make_step(random, profile_.long_steps);
  for (std::int64_t i = random.between(0, 2); i > 0; --i) steps += "," + make_step(random, profile_.long_steps);
  std::string extra;
  if (random.chance(0.3)) extra += fmt::format(R"(,"priority":{})", random.between(-5, 5));
  if (random.chance(0.2)) extra += R"(,"runs_on":["gpu"])";
  if (random.chance(0.25)) extra += fmt::format(R"(,"timeout":"{}s")", random.between(5, 60));
  if (random.chance(0.5))
    extra += fmt::format(R"(,"retry":{{"max":{},"on":["agent_lost","exit","timeout"],"delay":"{}s"}})",
                         random.between(0, 3), random.between(0, 5));
  if (random.chance(profile_.exclusive)) {
    static constexpr std::array conflicts{"queue", "queue", "replace_pending", "cancel_running"};
    extra += fmt::format(R"(,"concurrency":{{"group":"group-{}","on_conflict":"{}"}})",
                         random.between(1, profile_.exclusive > 0.5 ? 1 : 2), random.pick(conflicts));
  }
  const bool unfit = !profile_.checker.priorities && random.chance(0.06);
  return fmt::format(R"({{"name":"{}-{}","executor":"shell","steps":[{}]{}}})", unfit ? "unfit" : "job", number, steps,
                     extra);
}

Task<Reply> User::insist(Request request) {
  request.token = token_;
  for (;;) {
    const Reply reply = co_await network_.call(process_, link_, request, 20s);
    if (reply.status != 0 && reply.status != 429 && reply.status < 500) co_return reply;
    co_await process_->sleep(Time(world_.random.between(200'000, 5'000'000)));
  }
}

Task<void> User::submit(int number, Time at) {
  const std::string body = job_body(number);
  const bool cancels = world_.random.chance(profile_.cancels);
  co_await process_->sleep(at);
  const Reply reply = co_await insist({.method = http::Method::post,
                                       .path = "/api/v1/jobs",
                                       .body = body,
                                       .idempotency_key = fmt::format("key-{}", number)});
  if (reply.status != 201) world_.stop(fmt::format("a job was refused: {} {}", body, reply.body));
  --pending_;
  if (cancels) co_await cancel(text_of(reply.body, "id"), Time(world_.random.between(0, 30'000'000)));
}

Task<void> User::cancel(std::string job, Time after) {
  co_await process_->sleep(after);
  co_await insist({.method = http::Method::put,
                   .path = fmt::format("/api/v1/jobs/{}/status", job),
                   .body = R"({"status":"cancelled"})"});
}

Task<void> User::drain(std::string agent_id, bool drains) {
  co_await insist({.method = http::Method::post,
                   .path = fmt::format("/api/v1/agents/{}/drain", agent_id),
                   .body = fmt::format(R"({{"drain":{}}})", drains)});
}

Task<void> User::remove(std::string agent_id) {
  co_await insist({.method = http::Method::delete_, .path = "/api/v1/agents/" + agent_id});
}

Task<void> User::meddle() {
  for (const double chance : {profile_.drains, profile_.drains, profile_.removals}) {
    co_await process_->sleep(Time(world_.random.between(0, profile_.length.count() / 3)));
    if (world_.now() >= profile_.length) co_return;  // a request took so long: a drain now would be the last word
    const Machine& machine = *world_.random.pick(machines_);
    const std::string id = machine.disk.id;
    if (id.empty() || !world_.random.chance(chance)) continue;
    world_.count(chance == profile_.removals ? "user: removed an agent" : "user: drained an agent");
    if (chance == profile_.removals)
      co_await remove(id);
    else
      co_await drain(id, true);
  }
}

void User::let_drained_ones_work() {
  for (const auto& machine : machines_)
    if (!machine->disk.id.empty()) process_->spawn(drain(machine->disk.id, false));
}

}  // namespace open_cicd::sim
