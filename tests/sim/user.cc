#include "sim/user.h"

#include "sim/json.h"
#include "sim/pipeline.h"

namespace open_cicd::sim {
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
  for (int i = 0; i < profile_.runs; ++i) {
    ++pending_;
    process_->spawn(submit_run(i, Time(world_.random.between(0, profile_.length.count() * 2 / 3))));
  }
  process_->spawn(meddle());
}

std::string User::job_body(int number) {
  Random& random = world_.random;
  std::string steps = make_step(random, {.long_steps = profile_.long_steps});
  for (std::int64_t i = random.between(0, 2); i > 0; --i)
    steps += "," + make_step(random, {.long_steps = profile_.long_steps});
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

Task<void> User::submit_run(int number, Time at) {
  const Pipeline pipeline = make_pipeline(world_.random, fmt::format("run-{}", number),
                                          {.exclusive = profile_.exclusive, .long_steps = profile_.long_steps / 2});
  const bool meddles = world_.random.chance(profile_.meddles);
  co_await process_->sleep(at);
  const Reply reply = co_await insist({.method = http::Method::post,
                                       .path = "/api/v1/runs",
                                       .body = pipeline.text,
                                       .content_type = "application/yaml",
                                       .idempotency_key = fmt::format("run-key-{}", number)});
  if (reply.status != 201) world_.stop(fmt::format("a run was refused: {} {}", pipeline.text, reply.body));
  if (meddles) co_await meddle_with(text_of(reply.body, "id"), pipeline.names);
  --pending_;
}

// Cancels (also twice) and re-runs, in any order.
Task<void> User::meddle_with(std::string run, std::vector<std::string> jobs) {
  Random& random = world_.random;
  for (std::int64_t i = random.between(1, 3); i > 0; --i) {
    co_await process_->sleep(Time(random.between(0, random.chance(0.5) ? 8'000'000 : 60'000'000)));
    if (world_.now() >= profile_.length) co_return;
    if (random.chance(0.35)) {
      world_.count("user: cancelled a run");
      co_await ask_run(run, "cancel", "");
      if (!random.chance(0.4)) continue;
      co_await process_->sleep(Time(random.between(0, 10'000'000)));
      world_.count("user: cancelled a run again");
      co_await ask_run(run, "cancel", "");
    } else if (random.chance(0.2)) {
      co_await cancel_some_job(run);
    } else {
      world_.count("user: asked for a run again");
      const std::int64_t which = random.between(0, 3);
      const std::string what = which == 0   ? R"("all")"
                               : which == 1 ? R"("failed")"
                                            : fmt::format(R"(["{}"])", random.pick(jobs));
      const std::string body = fmt::format(R"({{"jobs":{}}})", what);
      co_await ask_run(run, "rerun", body);
      if (!random.chance(0.3)) continue;
      co_await process_->sleep(Time(random.between(0, 3'000'000)));
      co_await ask_run(run, "rerun", body);
    }
  }
}

Task<void> User::ask_run(std::string run, std::string what, std::string body) {
  const Reply reply = co_await insist(
      {.method = http::Method::post, .path = fmt::format("/api/v1/runs/{}/{}", run, what), .body = std::move(body)});
  if (reply.status != 202 && reply.status != 409)
    world_.stop(fmt::format("a {} was refused: {} {}", what, reply.status, reply.body));
}

Task<void> User::cancel_some_job(std::string run) {
  const Reply reply = co_await insist({.path = "/api/v1/runs/" + run});
  if (reply.status != 200) co_return world_.stop(fmt::format("a run cannot be read: {} {}", reply.status, reply.body));
  const boost::json::value view = parse_json(reply.body);
  world_.count("user: cancelled a job of a run");
  co_await cancel(text_of(world_.random.pick(view.at("jobs").as_array()), "id"), Time(0));
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
