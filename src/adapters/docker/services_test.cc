#include "adapters/docker/services.h"

#include "adapters/docker/executor_fixture.h"

namespace open_cicd::runner::contract {
namespace {

class DockerServices : public DockerExecutor {
 protected:
  // Without `ready` and `ports`: nothing tells when it serves.
  static pipelines::Service plain(const std::string& name, Lines command) {
    return {.name = name, .image = "busybox:two", .command = std::move(command)};
  }
  static pipelines::Service says_ready(const std::string& name, const std::string& then) {
    pipelines::Service service = plain(name, {"sh", "-c", "echo serving; " + then});
    service.ready = pipelines::Ready{.log = "serving"};
    return service;
  }
  // Gets ready when the other one has ended, as far as its file tells.
  static pipelines::Service ready_late(const std::string& name) {
    pipelines::Service service = plain(name, {"sleep", "1000"});
    service.ready = pipelines::Ready{.cmd = {"sh", "-c", "sleep 2"}};
    return service;
  }
  Error failure(std::vector<pipelines::Service> services) {
    JobContext job = new_job();
    job.spec.services = std::move(services);
    const Result<void> done = set_up(std::move(job));
    EXPECT_FALSE(done) << setup_log();
    return done ? Error(ErrorKind::internal, "none", "") : done.error();
  }
  void given_services(std::vector<pipelines::Service> services) {
    JobContext job = new_job();
    job.spec.services = std::move(services);
    given(std::move(job));
  }
  // Steps that succeed, until one has this in its log.
  bool some_step_says(std::string_view text) {
    return eventually([&] { return run(Lines{"true"}).exit_code != 0 || output().contains(text); }) &&
           output().contains(text);
  }
};

INSTANTIATE_TEST_SUITE_P(Own, DockerServices, ::testing::Values(docker_traits()));

TEST_P(DockerServices, AProgramThatIsNotThereFailsTheSetUp) {
  const Error error = failure({plain("db", {"nosuch"})});
  EXPECT_EQ(error.code(), "exit");
  EXPECT_EQ(error.message(), "The service db could not be started: nosuch can't be run: No such file or directory");
}

TEST_P(DockerServices, AFileThatIsNoProgramFailsTheSetUp) {
  const Error error = failure({plain("db", {"/etc/passwd"})});
  EXPECT_EQ(error.code(), "exit");
  EXPECT_EQ(error.message(), "The service db could not be started: /etc/passwd can't be run: Permission denied");
}

TEST_P(DockerServices, OneThatIsProbedAndCannotBeStartedSaysWhy) {
  pipelines::Service service = plain("db", {"nosuch"});
  service.ports = {5432};
  EXPECT_EQ(failure({service}).message(),
            "The service db could not be started: nosuch can't be run: No such file or directory");
}

TEST_P(DockerServices, OneThatEndsWhileAnotherGetsReadyFailsTheSetUp) {
  const Error error = failure({plain("db", {"sh", "-c", "echo dying; sleep 1; exit 3"}), ready_late("late")});
  EXPECT_EQ(error.code(), "exit");
  EXPECT_EQ(error.message(), "The service db ended with exit code 3.");
  EXPECT_TRUE(setup_log().ends_with("db | dying\n")) << setup_log();
}

TEST_P(DockerServices, OneThatWasReadyAndEndsBeforeTheFirstStepFailsTheSetUp) {
  const Error error = failure({says_ready("db", "sleep 1; echo no disk; exit 4"), ready_late("late")});
  EXPECT_EQ(error.message(), "The service db ended with exit code 4.");
  EXPECT_TRUE(setup_log().ends_with("db | no disk\n")) << setup_log();
}

TEST_P(DockerServices, OneThatIsKilledBeforeTheFirstStepFailsTheSetUp) {
  EXPECT_EQ(failure({says_ready("db", "kill -9 $$"), ready_late("late")}).message(),
            "The service db ended with exit code 137.");
}

TEST_P(DockerServices, AHelperThatHasDoneItsWorkFailsNothing) {
  given_services({plain("migrate", {"sh", "-c", "echo 12 tables"}), ready_late("late")});
  EXPECT_TRUE(setup_log().contains("The service migrate ended with exit code 0.\nmigrate | 12 tables\n"))
      << setup_log();
  EXPECT_EQ(run(Lines{"true"}).exit_code, 0);
  EXPECT_EQ(output(), "") << "it was told once";
}

TEST_P(DockerServices, AnEndUnderAStepIsToldInItsLogAndFailsNothingByItself) {
  given_services({says_ready("db", "nc -l -p 8000 > /dev/null; echo no disk; exit 4")});
  EXPECT_EQ(run(Lines{"echo bye | nc db 8000 || true", "echo end"}).exit_code, 0);
  const std::string told = "The service db ended with exit code 4.\ndb | serving\ndb | no disk\n";
  EXPECT_TRUE(output().contains(told) || some_step_says(told)) << output();
  run(Lines{"true"});
  EXPECT_EQ(output(), "") << "it was told once";
  run(Lines{"exit 1"});
  EXPECT_EQ(output(), told) << "a step that fails later may have failed because of it";
}

// Nobody sees what happens in the moment before a checkout, so the service ends during it.
TEST_P(DockerServices, AnEndDuringTheCheckoutFailsIt) {
  const fs::path remote = work_dir / "remote";
  fs::create_directory(remote);
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", remote.string(), "-c", "user.name=t", "-c", "user.email=t@t"});
    EXPECT_EQ(testing::run_program(arguments).exit_code, 0);
  };
  git({"init", "-q", "-b", "main"});
  git({"commit", "-q", "--allow-empty", "-m", "first"});
  JobContext job = new_job();
  job.spec.checkout = pipelines::Checkout{.url = "file://" + remote.string()};
  job.spec.services = {says_ready("db", "nc -l -p 8000; exit 4")};
  given(std::move(job));
  sink.on_write = [this](int, std::string_view) {
    sink.on_write = nullptr;
    const std::string service =
        engine->docker({"ps", "-q", "--filter", "label=open-cicd.agent=" + agent_id, "--filter", "name=[.]db$"});
    try {  // It said that it is ready before it became nc.
      engine->docker({"exec", service, "timeout", "10", "sh", "-c", "until killall nc; do usleep 20000; done"});
    } catch (const std::runtime_error&) {
      // Its container may have ended before the command did, which is then killed. If it was not, the checkout
      // succeeds.
    }
  };
  const auto done = await(environment->check_out(sink));
  ASSERT_FALSE(done) << setup_log();
  EXPECT_EQ(done.error().message(), "The service db ended with exit code 4.");
}

}  // namespace
}  // namespace open_cicd::runner::contract
