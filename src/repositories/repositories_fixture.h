// Repositories over a real git remote and either database, with a forge that the test plays.
#pragma once

#include "base/program.h"
#include "base/task_group.h"
#include "repositories/grants.h"
#include "repositories/intake.h"
#include "repositories/poller.h"
#include "repositories/reporter.h"
#include "runs/runs_fixture.h"

#include <fstream>
#include <functional>
#include <mutex>

namespace open_cicd::repositories {

// What the forge was told and how it answers; shared by all its clients.
struct PlayedForge {
  struct Told {
    std::string sha, context, state, description;
  };
  std::mutex mutex;
  std::vector<Told> told;
  std::vector<std::string> hooks;        // by their URLs
  std::optional<Error> trouble;          // of every request
  std::optional<Error> webhook_trouble;  // of those about webhooks
  scm::RemoteRepository repository;

  std::string last(const std::string& sha, const std::string& context) {
    const std::lock_guard lock(mutex);
    std::string state = "never told";
    for (const Told& one : told)
      if (one.sha == sha && one.context == context) state = one.state;
    return state;
  }
  void set_trouble(std::optional<Error> error) {
    const std::lock_guard lock(mutex);
    trouble = std::move(error);
  }
};

class PlayedClient final : public scm::Forge {
 public:
  PlayedClient(PlayedForge& forge, std::string token) : forge_(forge), token_(std::move(token)) {}

  Task<Result<scm::RemoteRepository>> repository(std::string) override {
    const std::lock_guard lock(forge_.mutex);
    if (forge_.trouble) co_return std::unexpected(*forge_.trouble);
    if (token_ != "good")
      co_return fail(ErrorKind::unauthenticated, "forge_token", "The forge does not know the token.");
    co_return forge_.repository;
  }
  Task<Result<bool>> keep_webhook(std::string, scm::WantedWebhook wanted) override {
    const std::lock_guard lock(forge_.mutex);
    if (forge_.webhook_trouble) co_return std::unexpected(*forge_.webhook_trouble);
    const bool known = std::ranges::count(forge_.hooks, wanted.url) > 0;
    if (!known) forge_.hooks.push_back(wanted.url);
    co_return !known;
  }
  Task<Result<void>> remove_webhook(std::string, std::string url) override {
    const std::lock_guard lock(forge_.mutex);
    std::erase(forge_.hooks, url);
    co_return Result<void>();
  }
  Task<Result<void>> set_status(std::string, scm::CommitStatus status) override {
    const std::lock_guard lock(forge_.mutex);
    if (forge_.trouble) co_return std::unexpected(*forge_.trouble);
    forge_.told.push_back({status.sha, status.context, std::string(name_of(status.state)), status.description});
    co_return Result<void>();
  }

 private:
  PlayedForge& forge_;
  std::string token_;
};

inline constexpr std::string_view two_jobs =
    "on: {push: null, pull_request: null, tag: null, schedule: [{cron: \"0 3 1 1 *\"}]}\njobs:\n  a: {steps: [{run: "
    "\"true\"}]}\n  b: {needs: a, steps: [{run: \"true\"}]}\n";

class RepositoriesFixture : public runs::RunsFixture {
 protected:
  RepositoriesFixture() {
    git({"init", "-q", "-b", "main", remote.string()}, "/");
    played.repository = {.id = 7,
                         .full_name = "group/app",
                         .default_branch = "main",
                         .clone_url = "file://" + remote.string(),
                         .is_public = true};
    first = commit({{".open-cicd.yml", std::string(two_jobs)}, {"README.md", "x"}}, "first");
  }
  ~RepositoriesFixture() override {
    repositories.stop();
    git_pool.join();
  }

  static std::string git(std::vector<std::string> arguments, const std::filesystem::path& directory) {
    arguments.insert(arguments.begin(), "git");
    const auto end = run_program({.argv = arguments,
                                  .env = {{"PATH", "/usr/bin:/bin"},
                                          {"HOME", "/nonexistent"},
                                          {"GIT_AUTHOR_NAME", "Ada"},
                                          {"GIT_AUTHOR_EMAIL", "a@b"},
                                          {"GIT_COMMITTER_NAME", "Ada"},
                                          {"GIT_COMMITTER_EMAIL", "a@b"}},
                                  .directory = directory});
    EXPECT_TRUE(end && end->exit_code == 0) << (end ? end->errors : end.error().message());
    return end ? end->output.substr(0, end->output.find('\n')) : "";
  }
  std::string commit(const std::map<std::string, std::string>& files, const std::string& message) {
    for (const auto& [path, text] : files) {
      std::filesystem::create_directories((remote / path).parent_path());
      std::ofstream(remote / path) << text;
    }
    git({"add", "-A"}, remote);
    git({"commit", "-q", "--allow-empty", "-m", message}, remote);
    return git({"rev-parse", "HEAD"}, remote);
  }

  Repository connect(NewRepository wanted = {}) {
    if (wanted.address.url.empty()) wanted.address = {.url = "https://forge.example/group/app", .forge = "played"};
    if (wanted.token.empty()) wanted.token = Secret("good");
    if (!wanted.poll) wanted.poll = Milliseconds(0);
    auto added = run_alone(repositories.add(std::move(wanted)));
    EXPECT_TRUE(added) << (added ? "" : added.error().message());
    return added.value().repository;
  }

  scm::Happening push(const std::string& branch, const std::string& before, const std::string& after) {
    scm::Happening happening{
        .sender = scm::Account{.id = 5, .login = "ada"},
        .repository = scm::Repository{.id = 7, .full_name = "group/app", .default_branch = "main"}};
    scm::set_push(happening, "refs/heads/" + branch, before.empty() ? std::string(40, '0') : before,
                  after.empty() ? std::string(40, '0') : after);
    return scm::checked(std::move(happening)).value();
  }
  scm::Happening change(std::int64_t number, const std::string& sha, bool is_fork, std::int64_t sender = 66) {
    git({"update-ref", fmt::format("refs/pull/{}/head", number), sha}, remote);
    scm::Happening happening{.kind = scm::Kind::change,
                             .action = "opened",
                             .ref = fmt::format("refs/pull/{}/head", number),
                             .after = sha,
                             .sha = sha,
                             .sender = scm::Account{.id = sender, .login = "mallory"},
                             .repository = scm::Repository{.id = 7, .full_name = "group/app", .default_branch = "main"},
                             .change = scm::Change{.number = number,
                                                   .title = "a change",
                                                   .source_branch = "main",
                                                   .target_branch = "main",
                                                   .is_fork = is_fork,
                                                   .author_id = sender}};
    return scm::checked(std::move(happening)).value();
  }
  Received deliver(const Repository& repository, scm::Happening happening, const std::string& name = {},
                   std::string source = "webhook", std::string digest = {}) {
    auto received = run_alone(deliveries.receive({.repository = repository.id,
                                                  .source = std::move(source),
                                                  .forge_delivery = name.empty() ? std::nullopt : std::optional(name),
                                                  .digest = digest.empty() ? happening.event_key : digest,
                                                  .happening = happening,
                                                  .headers = "{}",
                                                  .body = "{}"}));
    EXPECT_TRUE(received);
    return received.value_or(Received{});
  }

  // The loops of the server, until `done` holds or ten seconds are over.
  bool until(const std::function<bool()>& done) {
    return run_alone([](RepositoriesFixture* self, std::function<bool()> wanted) -> Task<bool> {
      const auto executor = co_await asio::this_coro::executor;
      TaskGroup loops(executor);
      loops.spawn("intake", self->intake.run());
      loops.spawn("reporter", self->reporter.run());
      loops.spawn("poller", self->poller.run());
      bool fine = false;
      asio::steady_timer pause(executor);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      while (!(fine = wanted()) && std::chrono::steady_clock::now() < deadline) {
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::use_awaitable);
      }
      co_await loops.stop();
      co_return fine;
    }(this, done));
  }
  std::vector<Delivery> all_deliveries(const Repository& repository) {
    return run_alone(deliveries.list(repository.id, 100, {})).deliveries;
  }
  bool nothing_pending(const Repository& repository) {
    return std::ranges::none_of(all_deliveries(repository), [](const Delivery& d) { return d.state == "pending"; });
  }
  // Works on what waits, and returns the runs, the oldest first.
  std::vector<runs::Run> runs_after(const Repository& repository) {
    EXPECT_TRUE(until([&] { return nothing_pending(repository); }));
    auto list = run_alone(runs.list({.repository = repository.id})).runs;
    std::ranges::reverse(list);
    return list;
  }
  void finish_run(RunId id) {
    for (const char* key : {"a", "b"}) run_job(id, key);
  }

  const std::filesystem::path remote = folder / "remote";
  PlayedForge played;
  WorkerPool git_pool{2};
  std::string first;
  const Forges forges{
      {{.name = "played",
        .webhooks = nullptr,
        .make = [this](asio::any_io_executor, scm::ForgeAccess access) -> Result<std::unique_ptr<scm::Forge>> {
          return std::make_unique<PlayedClient>(played, access.token.reveal());
        },
        .git_user = "x",
        .hosts = {}},
       {.name = "git", .webhooks = nullptr, .make = nullptr, .git_user = "git", .hosts = {}}}};
  secrets::Vault vault{session, clock, secrets::Keys::parse(std::string(64, '5')).value(), "a server"};
  Deliveries deliveries{session, clock};
  Repositories repositories{{.mirrors = folder / "mirrors", .public_url = "https://ci.example"},
                            session,
                            clock,
                            forges,
                            vault,
                            deliveries,
                            git_pool};
  Schedules schedules{session, clock, deliveries};
  Intake intake{session, clock, repositories, deliveries, schedules, runs, git_pool};
  Reporter reporter{session, clock, repositories, runs};
  Poller poller{session, clock, repositories, deliveries, git_pool};
  Grants grants{session, repositories, vault};
};

}  // namespace open_cicd::repositories
