#include "sim/run.h"

#include "adapters/sqlite/sqlite.h"
#include "base/run_alone.h"
#include "db/migrator.h"
#include "secrets/keys.h"
#include "sim/nemesis.h"
#include "sim/user.h"

#include <unistd.h>

namespace open_cicd::sim {
namespace {

namespace fs = std::filesystem;

constexpr Time patience = 2h;  // after the last fault, everything has ended by then

// The folder of one run, gone at its end.
class Folder {
 public:
  explicit Folder(const fs::path& parent, std::uint64_t seed) : path_(parent / fmt::format("{}-{}", seed, ::gettid())) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

Task<auth::Auth::FirstTokens> prepare(db::Session& session, auth::Auth& auth) {
  const Result<int> migrated = co_await db::migrate(session);
  if (!migrated) throw std::runtime_error(migrated.error().message());
  co_await auth.lease_key();
  co_return (co_await auth.make_first_tokens()).value();
}

// People who read every log and every run at the end, each until an answer comes.
struct Readers {
  World& world;
  Network& network;
  Checker& checker;
  const std::string token;
  Link link;
  bool done = false;

  Task<Reply> read(std::shared_ptr<Process> reader, std::string job, int attempt, int step) {
    co_return co_await insist(reader, {.path = fmt::format("/api/v1/jobs/{}/logs", job),
                                       .query = {{"attempt", std::to_string(attempt)}, {"step", std::to_string(step)}},
                                       .token = token});
  }

  Task<std::string> read_run(std::shared_ptr<Process> reader, std::string run, int round) {
    const Reply reply = co_await insist(
        reader, {.path = "/api/v1/runs/" + run, .query = {{"round", std::to_string(round)}}, .token = token});
    co_return reply.body;
  }

  Task<Reply> insist(std::shared_ptr<Process> reader, Request request) {
    for (;;) {
      Reply reply = co_await network.call(reader, link, request, 60s);
      if (reply.status != 0 && reply.status != 503) co_return reply;
      co_await reader->sleep(1s);
    }
  }

  Task<void> check(std::shared_ptr<Process> reader) {
    co_await checker.check_logs(
        [this, reader](std::string job, int attempt, int step) { return read(reader, std::move(job), attempt, step); });
    co_await checker.check_runs(
        [this, reader](std::string run, int round) { return read_run(reader, std::move(run), round); });
    done = true;
  }

  void compare() {
    const auto reader = Process::start(world, "reader");
    done = false;
    reader->spawn(check(reader));
    world.run(world.now() + 10min, [this] { return done; });
    reader->kill();
    if (world.stopped().empty() && !done) world.stop("the logs and runs could not be read in ten minutes");
  }
};

}  // namespace

Template make_template(const fs::path& folder) {
  fs::create_directories(folder);
  // libsodium draws chance once in a program: before the first world, so that this world is no other than the next.
  (void)secrets::Keys::parse(std::string(64, '5'));
  Template common{.folder = folder, .database = folder / "template.db", .admin_token = {}, .registration_token = {}};
  const auto session = sqlite::open_sqlite({.path = common.database.string()});
  SystemClock clock;
  auth::Auth auth(*session, clock);
  const auth::Auth::FirstTokens tokens = run_alone(prepare(*session, auth));
  common.admin_token = tokens.admin.reveal();
  common.registration_token = tokens.registration.reveal();
  return common;
}

Outcome run_seed(const Template& common, std::uint64_t seed, const Mutant& mutant, bool tracing) {
  const Folder folder(common.folder, seed);
  fs::copy_file(common.database, folder.path() / "sim.db");
  World world(seed, tracing);
  world.flushes_lie = mutant.flushes_lie;
  Profile profile = make_profile(world.random);
  profile.server.logs.directory = folder.path() / "logs";
  Store store(world, (folder.path() / "sim.db").string(), profile.store, mutant.rewrites);
  store.probe_lies = mutant.probe_lies;
  store.runs_unlocked = mutant.runs_unlocked;
  if (mutant.runs_unlocked) store.troubles.latency_max = 3s;  // so that the ends of jobs meet
  Checker checker(world, profile.checker);
  checker.watch(store);
  Network network(world, checker);
  network.troubles = profile.network;
  std::vector<std::unique_ptr<Machine>> machines;
  for (const AgentTraits& traits : profile.agents)
    machines.push_back(std::make_unique<Machine>(world, network, checker, common.registration_token, traits));
  User user(world, network, common.admin_token, profile, machines);
  Nemesis nemesis(world, store, network, checker, profile, mutant, machines);

  nemesis.begin();
  user.start();
  world.run(profile.length, [] { return false; });
  nemesis.heal();
  world.run(profile.length + 30s, [] { return false; });
  // Half a minute after the last trouble, what could go on does within some ticks of the reaper.
  const Time tick = profile.server.agents.reaper_tick;
  const std::function<void()> look = [&] {
    checker.look_for_waits(2 * tick + 10s);
    world.after(2s, look);
  };
  look();
  user.let_drained_ones_work();
  world.run(profile.length + patience, [&] { return user.done() && checker.all_ended(); });
  if (world.stopped().empty()) checker.check_jobs();
  Readers readers{world, network, checker, common.admin_token, {}};
  if (world.stopped().empty()) readers.compare();
  if (world.stopped().empty()) {
    nemesis.lose_power();  // what was promised is on the disk
    readers.compare();
  }
  nemesis.end();
  return {.seed = seed,
          .profile = std::string(profile.name),
          .violation = world.stopped(),
          .digest = world.digest(),
          .virtual_time = world.now(),
          .counts = world.counts,
          .transitions = checker.transitions(),
          .trace = world.lines()};
}

}  // namespace open_cicd::sim
