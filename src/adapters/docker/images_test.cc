#include "adapters/docker/images.h"

#include "adapters/docker/executor_fixture.h"

#include <fstream>

namespace open_cicd::runner::contract {
namespace {

using docker::Pull;
using docker::split_image;

constexpr std::string_view registry = "127.0.0.1:5000";

TEST(DockerImageNames, TheRegistryIsTheFirstPartIfItLooksLikeAHost) {
  const auto registry_of = [](std::string_view reference) { return split_image(reference).value().registry; };
  EXPECT_EQ(registry_of("busybox"), "docker.io");
  EXPECT_EQ(registry_of("owner/name:tag"), "docker.io");
  EXPECT_EQ(registry_of("index.docker.io/owner/name"), "docker.io");
  EXPECT_EQ(registry_of("localhost/name"), "localhost");
  EXPECT_EQ(registry_of("127.0.0.1:5000/a/b:c"), "127.0.0.1:5000");
  EXPECT_EQ(registry_of("ghcr.io/owner/name@sha256:" + std::string(64, 'a')), "ghcr.io");
}

TEST(DockerImageNames, ADigestIsThatOfTheNamedRepository) {
  const std::string a = "sha256:" + std::string(64, 'a');
  const std::string b = "sha256:" + std::string(64, 'b');
  const std::vector<std::string> known{"busybox@" + a, "r:5000/busybox@" + b, "r:5000/busybox@" + a};
  EXPECT_EQ(docker::digest_of(known, split_image("docker.io/library/busybox:1").value()), a);
  EXPECT_EQ(docker::digest_of(known, split_image("r:5000/busybox@" + b).value()), b);
  EXPECT_EQ(docker::digest_of(known, split_image("other/busybox").value()), "");
  EXPECT_EQ(docker::digest_of({}, split_image("busybox").value()), "");
}

TEST(DockerImageNames, TheNearestPullCountsAndAutoIsTheDefault) {
  EXPECT_EQ(docker::pull_of(std::nullopt, std::nullopt), Pull::automatic);
  EXPECT_EQ(docker::pull_of(std::nullopt, "missing"), Pull::missing);
  EXPECT_EQ(docker::pull_of("always", "missing"), Pull::always);
  EXPECT_EQ(docker::pull_of("auto", "always"), Pull::automatic);
}

// A repository of its own for each test: "app" with the versions that were pushed so far.
class DockerImages : public DockerExecutor {
 protected:
  void SetUp() override {
    DockerExecutor::SetUp();
    if (engine == nullptr || !engine->has_registry()) GTEST_SKIP() << "the named engine has no registry";
    app = fmt::format("{}/app-{}:latest", registry, unique_number());
  }

  // Another machine pushes: what this engine has under the tag stays as it was.
  std::string push(const std::string& version) {
    std::string before;
    try {
      before = engine->docker({"image", "inspect", "-f", "{{.Id}}", app});
    } catch (const std::runtime_error&) {
      before.clear();
    }
    engine->make_image(app, "busybox:test", "VERSION=" + version);
    engine->docker({"push", "-q", app});
    std::string digest = engine->docker({"image", "inspect", "-f", "{{index .RepoDigests 0}}", app});
    if (!before.empty()) engine->docker({"tag", before, app});
    return digest.substr(digest.find('@') + 1);
  }

  JobContext job_with(const std::optional<std::string>& pull) {
    JobContext job = new_job_with({app});
    job.spec.pull = pull;
    return job;
  }
  std::string version_with(const std::optional<std::string>& pull) {
    sink.texts[setup_step].clear();
    if (environment) await_void(environment->tear_down());
    const Result<void> done = set_up(job_with(pull));
    if (!done) return done.error().code() + ": " + done.error().message();
    run(step_in(app, {"echo $VERSION"}));
    return output();
  }
  protocol::ImageReport report() {
    const auto reports = environment->images();
    const auto found = std::ranges::find(reports, app, &protocol::ImageReport::image);
    return found == reports.end() ? protocol::ImageReport{} : *found;
  }

  std::string app;
};
INSTANTIATE_TEST_SUITE_P(Own, DockerImages, ::testing::Values(docker_traits()));

TEST_P(DockerImages, ATagThatWasPushedAnewIsPulled) {
  const std::string first = push("one");
  EXPECT_EQ(version_with(std::nullopt), "one\n");
  EXPECT_EQ(report().digest, first);
  EXPECT_EQ(report().how, "checked") << "the push left it here: " << setup_log();
  const std::string second = push("two");
  ASSERT_NE(first, second);
  EXPECT_EQ(version_with("missing"), "one\n");
  EXPECT_EQ(report().how, "present");
  EXPECT_EQ(report().digest, first);
  EXPECT_EQ(version_with("auto"), "two\n");
  EXPECT_EQ(report().how, "pulled");
  EXPECT_EQ(report().digest, second);
  EXPECT_TRUE(setup_log().contains("image " + app + " " + second)) << setup_log();
  EXPECT_EQ(version_with("always"), "two\n");
  EXPECT_EQ(report().how, "checked");
}

TEST_P(DockerImages, WithTheRegistryDownAutoUsesWhatIsHereAndSaysSo) {
  const std::string first = push("one");
  EXPECT_EQ(version_with("auto"), "one\n");
  push("two");
  {
    const auto down = engine->registry_down();
    EXPECT_EQ(version_with("auto"), "one\n");
    EXPECT_EQ(report().how, "unchecked");
    EXPECT_EQ(report().digest, first);
    EXPECT_TRUE(setup_log().contains("note: The image " + app + " could not be pulled: its registry cannot be reached"))
        << setup_log();
    EXPECT_TRUE(setup_log().contains("connection refused")) << setup_log();
    EXPECT_EQ(version_with("missing"), "one\n");
    EXPECT_FALSE(setup_log().contains("note:")) << setup_log();
    const std::string failure = version_with("always");
    EXPECT_TRUE(failure.starts_with("image_pull: The image " + app + " could not be pulled: its registry cannot be"))
        << failure;
    EXPECT_TRUE(failure.contains("connection refused")) << failure;
  }
  EXPECT_EQ(version_with("always"), "two\n");
}

TEST_P(DockerImages, ATagThatTheRegistryNoLongerHasIsUsedWithANote) {
  push("one");
  const std::string gone = app.substr(0, app.rfind(':')) + ":gone";
  engine->docker({"tag", app, gone});
  app = gone;
  EXPECT_EQ(version_with("auto"), "one\n");
  EXPECT_EQ(report().how, "unchecked");
  EXPECT_TRUE(setup_log().contains("its registry does not have it")) << setup_log();
  EXPECT_TRUE(version_with("always").starts_with("image_pull: ")) << setup_log();
}

TEST_P(DockerImages, ADigestThatIsHereIsNeverAskedFor) {
  const std::string digest = push("one");
  app = app.substr(0, app.rfind(':')) + "@" + digest;
  const auto down = engine->registry_down();
  for (const std::string pull : {"auto", "missing", "always"}) {
    EXPECT_EQ(version_with(pull), "one\n");
    EXPECT_EQ(report().how, "present");
    EXPECT_EQ(report().digest, digest);
  }
}

TEST_P(DockerImages, WhatWasMadeOnThisMachineIsNotAskedFor) {
  app = "127.0.0.1:5099/made-here:latest";  // a registry that takes the connection and says nothing
  const auto silent = engine->beside({"busybox", "nc", "-ll", "-p", "5099", "-e", "busybox", "sleep", "100"});
  engine->make_image(app, "busybox:test", "VERSION=here");
  EXPECT_EQ(version_with("auto"), "here\n");
  EXPECT_TRUE(setup_log().contains("was made on this machine")) << setup_log();
  EXPECT_EQ(report().how, "present");
  EXPECT_EQ(report().digest, engine->docker({"image", "inspect", "-f", "{{.Id}}", app}));
}

TEST_P(DockerImages, ARegistryThatDoesNotAnswerIsWaitedForOnce) {
  push("one");
  const std::string silent_app = "127.0.0.1:5098" + app.substr(registry.size());
  // Pulled from there once, by the engine's book: the digest is the one of the real registry.
  {
    const auto proxy =
        engine->beside({"busybox", "nc", "-ll", "-p", "5098", "-e", "busybox", "nc", "127.0.0.1", "5000"});
    eventually([&] {
      try {
        engine->docker({"pull", "-q", silent_app});
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    });
  }
  const auto silent = engine->beside({"busybox", "nc", "-ll", "-p", "5098", "-e", "busybox", "sleep", "100"});
  ASSERT_TRUE(eventually([&] { return engine->listens(5098); }));
  app = silent_app;
  EXPECT_EQ(version_with("auto"), "one\n");
  EXPECT_TRUE(setup_log().contains("No answer in 3000 ms")) << setup_log();
  EXPECT_EQ(version_with("auto"), "one\n");
  EXPECT_TRUE(setup_log().contains("there may be a newer one, but 127.0.0.1:5098 did not answer just now"))
      << setup_log();
}

TEST_P(DockerImages, WhatItPulledAndNoJobUsesIsRemoved) {
  const auto is_here = [this](const std::string& image) {
    return !engine->docker({"images", "-q", "--filter", "reference=" + image}).empty();
  };
  const auto with_limits = [this](std::chrono::milliseconds max_age, std::int64_t bytes_max) {
    if (environment) await_void(environment->tear_down());
    environment.reset();
    executor = docker::make_docker_executor(
        {.socket = engine->host(),
         .images = {.record = work_dir / "images.json", .max_age = max_age, .bytes_max = bytes_max}});
    ASSERT_TRUE(await(executor->check()));
  };
  push("one");
  engine->docker({"rmi", app});
  with_limits(0ms, 0);
  EXPECT_EQ(version_with("auto"), "one\n");
  EXPECT_EQ(report().how, "pulled");
  with_limits(1ms, 0);
  environment = executor->make(job_with("missing"));
  ASSERT_TRUE(await(environment->set_up(sink)));
  await_void(executor->tidy_up());
  EXPECT_TRUE(is_here(app)) << "a job uses it";
  await_void(environment->tear_down());
  with_limits(std::chrono::hours(1), std::int64_t{1} << 40);
  await_void(executor->tidy_up());
  EXPECT_TRUE(is_here(app)) << "neither old nor large";
  with_limits(0ms, 1);
  await_void(executor->tidy_up());
  EXPECT_FALSE(is_here(app));
  EXPECT_TRUE(is_here("busybox:test")) << "it was not pulled by this agent";

  // What somebody gave another name stays under that.
  EXPECT_EQ(version_with("auto"), "one\n");
  await_void(environment->tear_down());
  engine->docker({"tag", app, "kept-by:somebody"});
  await_void(executor->tidy_up());
  EXPECT_FALSE(is_here(app));
  EXPECT_TRUE(is_here("kept-by:somebody"));
  engine->docker({"rmi", "kept-by:somebody"});
}

TEST(DockerImageRecord, TheLongestUnusedGoFirst) {
  const auto names = [](const docker::ImageRecord& record, const docker::ImageSettings& settings) {
    std::string text;
    for (const auto& [id, image] : record.to_remove(settings, 1'000'000)) text += id;
    return text;
  };
  const auto file = fs::temp_directory_path() / fmt::format("image-record.{}.json", ::getpid());
  {
    docker::ImageRecord record(file);
    record.pulled("c", {.reference = "c", .bytes = 10, .used_at = 900'000});
    record.pulled("a", {.reference = "a", .bytes = 10, .used_at = 950'000});
    record.pulled("b", {.reference = "b", .bytes = 10, .used_at = 800'000});
    record.used("b", 999'000);
    record.used("never pulled", 1);
  }
  docker::ImageRecord record(file);
  EXPECT_EQ(names(record, {}), "");
  EXPECT_EQ(names(record, {.max_age = std::chrono::milliseconds(60'000)}), "c");
  EXPECT_EQ(names(record, {.max_age = std::chrono::milliseconds(500)}), "cab");
  EXPECT_EQ(names(record, {.bytes_max = 30}), "");
  EXPECT_EQ(names(record, {.bytes_max = 29}), "c");
  EXPECT_EQ(names(record, {.bytes_max = 10}), "ca");
  record.forget("c");
  EXPECT_EQ(names(docker::ImageRecord(file), {.bytes_max = 1}), "ab");
  std::ofstream(file) << "not JSON";
  EXPECT_EQ(names(docker::ImageRecord(file), {.bytes_max = 1}), "");
  fs::remove(file);
}

TEST_P(DockerImages, TheStrictestOfTwoWishesForOneImageCounts) {
  push("one");
  EXPECT_EQ(version_with("auto"), "one\n");
  push("two");
  await_void(environment->tear_down());
  JobContext job = new_job_with({app, app});
  job.spec.pull = "missing";
  job.spec.steps[1].pull = "always";
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  run(step_in(app, {"echo $VERSION"}));
  EXPECT_EQ(output(), "two\n");
}

TEST_P(DockerImages, AServicesImageIsPulledByItsOwnWish) {
  push("one");
  EXPECT_EQ(version_with("auto"), "one\n");
  const std::string digest = push("two");
  await_void(environment->tear_down());
  JobContext job = new_job_with({"busybox:test"});
  job.spec.pull = "missing";
  job.spec.services = {{.name = "app",
                        .image = app,
                        .command = {"sh", "-c", "mkdir /w; echo $VERSION > /w/v; exec httpd -f -p 8000 -h /w"},
                        .ports = {8000},
                        .pull = "auto"}};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_TRUE(setup_log().contains("service app is ready after ")) << setup_log();
  run(Lines{"wget -qO- http://app:8000/v"});
  EXPECT_EQ(output(), "two\n");
  EXPECT_EQ(report().digest, digest);
}

// A registry that wants a login, ann's.
class DockerLogins : public DockerImages {
 protected:
  void SetUp() override {
    DockerImages::SetUp();
    if (IsSkipped()) return;
    app = fmt::format("{}/private-{}:latest", closed, unique_number());
    const fs::path folder = work_dir / "registry";
    fs::create_directories(folder / "login");
    // Of the password hush-hush-1.
    std::ofstream(folder / "users") << "ann:$2b$05$abcdefghijklmnopqrstuuBVqWE8bhR.O4O6kWMD3aDOQmL9uZrOC\n";
    std::ofstream(folder / "config.yml") << fmt::format(
        "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: "
        "{0}/data}}}}\n"
        "http: {{addr: {1}}}\nauth: {{htpasswd: {{realm: r, path: {0}/users}}}}\n",
        folder.string(), closed);
    server = engine->beside({"docker-registry", "serve", (folder / "config.yml").string()});
    ASSERT_TRUE(eventually([&] { return engine->listens(5001); }));
    std::ofstream(folder / "login/config.json")
        << R"({"auths": {"127.0.0.1:5001": {"auth": "YW5uOmh1c2gtaHVzaC0x"}}})";  // ann:hush-hush-1
    engine->make_image(app, "busybox:test", "VERSION=secret");
    engine->docker({"--config", (folder / "login").string(), "push", "-q", app});
    id = engine->docker({"image", "inspect", "-f", "{{.Id}}", app});
    digest = engine->docker({"image", "inspect", "-f", "{{index .RepoDigests 0}}", app});
    engine->docker({"rmi", app});
    executor = docker::make_docker_executor({.socket = engine->host(), .images = {.record = work_dir / "images.json"}});
    ASSERT_TRUE(await(executor->check()));
  }
  void TearDown() override {
    if (engine != nullptr && !id.empty()) testing::run_program({"docker", "-H", engine->host(), "rmi", "-f", id});
    DockerImages::TearDown();
    server.reset();
  }

  static protocol::RegistryLogin ann(std::string registry_name = std::string(closed),
                                     std::string password = "hush-hush-1") {
    return {.registry = std::move(registry_name), .username = "ann", .password = std::move(password)};
  }
  // How a job that names `image` ends its set-up: "" is well.
  std::string use(const std::string& image, std::vector<protocol::RegistryLogin> logins,
                  const std::optional<std::string>& pull = std::nullopt) {
    sink.texts[setup_step].clear();
    JobContext job = new_job_with({image});
    job.spec.pull = pull;
    job.registry_logins = std::move(logins);
    const Result<void> done = set_up(std::move(job));
    await_void(environment->tear_down());
    environment.reset();
    return done ? "" : done.error().code() + ": " + done.error().message();
  }

  static constexpr std::string_view closed = "127.0.0.1:5001";
  std::shared_ptr<void> server;
  std::string id, digest;
};
INSTANTIATE_TEST_SUITE_P(Own, DockerLogins, ::testing::Values(docker_traits()));

TEST_P(DockerLogins, ThePasswordOfTheRegistryPullsItsImages) {
  EXPECT_TRUE(use(app, {}).contains("or access to it is denied")) << setup_log();
  EXPECT_TRUE(use(app, {ann("127.0.0.1:5000")}).contains("denied")) << "another registry's is not sent";
  EXPECT_TRUE(use(app, {ann(std::string(closed), "wrong")}).contains("denied"));
  EXPECT_EQ(use(app, {ann("127.0.0.1:5000", "other"), ann()}), "");
  EXPECT_TRUE(setup_log().contains("pulled " + app)) << setup_log();
  EXPECT_FALSE(setup_log().contains("hush-hush-1"));
}

TEST_P(DockerLogins, L12_AnImageThatALoginGotIsNotForAJobWithoutOne) {
  ASSERT_EQ(use(app, {ann()}), "");
  const std::string short_id = id.substr(7, 12);
  for (const std::optional<std::string> pull : {std::optional<std::string>(), {"missing"}, {"always"}, {"auto"}}) {
    for (const std::string& image : {app, digest, id, short_id}) {
      const std::string end = use(image, {}, pull);
      EXPECT_TRUE(end.starts_with("image_pull: ")) << image << " " << pull.value_or("-") << ": " << end;
      EXPECT_TRUE(use(image, {ann(std::string(closed), "wrong")}, pull).starts_with("image_pull: ")) << image;
    }
    for (const std::string& image : {app, digest})
      EXPECT_EQ(use(image, {ann()}, pull), "") << image << " " << pull.value_or("-");
  }
  EXPECT_EQ(use(app, {ann()}, "missing"), "");
  EXPECT_TRUE(setup_log().contains("and its registry lets this job have it")) << setup_log();
}

TEST_P(DockerLogins, L12_AnotherProcessOfTheAgentKnowsIt) {
  ASSERT_EQ(use(app, {ann()}), "");
  executor = docker::make_docker_executor({.socket = engine->host(), .images = {.record = work_dir / "images.json"}});
  ASSERT_TRUE(await(executor->check()));
  EXPECT_TRUE(use(app, {}, "missing").starts_with("image_pull: "));
}

TEST_P(DockerLogins, L12_WithItsRegistryAwayItIsNotUsed) {
  ASSERT_EQ(use(app, {ann()}), "");
  server.reset();
  EXPECT_TRUE(use(app, {ann()}).contains("its registry cannot be reached")) << setup_log();
  EXPECT_TRUE(use(app, {ann()}, "missing").contains("its registry cannot be reached")) << setup_log();
}

TEST_P(DockerLogins, WhatIsGivenWithoutALoginIsForEveryJob) {
  const std::string open = fmt::format("{}/busybox:test", registry);
  EXPECT_EQ(use(open, {ann()}), "");
  EXPECT_EQ(use(open, {}, "missing"), "");
}

}  // namespace
}  // namespace open_cicd::runner::contract
