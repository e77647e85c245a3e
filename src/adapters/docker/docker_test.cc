#include "adapters/docker/docker.h"

#include "adapters/docker/executor_fixture.h"
#include "contract/executor_contract.h"

#include <fstream>

namespace open_cicd::runner::contract {
namespace {

INSTANTIATE_TEST_SUITE_P(Docker, ExecutorContract, ::testing::Values(docker_traits()));
INSTANTIATE_TEST_SUITE_P(Docker, ExecutorContractDeath, ::testing::Values(docker_traits()));

INSTANTIATE_TEST_SUITE_P(Own, DockerExecutor, ::testing::Values(docker_traits()));

TEST_P(DockerExecutor, ThreeStepsInThreeImagesShareWorkspaceAndService) {
  JobContext job = new_job_with({"busybox:test", "busybox:two", "busybox:three"});
  job.spec.services = {web("web", {.tcp = 8000})};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_TRUE(setup_log().contains("service web is ready")) << setup_log();
  for (const std::string image : {"test", "two", "three"}) {
    const auto result = run(step_in(
        "busybox:" + image, {"cat /etc/image", "echo " + image + " >> shared", "wget -qO- http://web:8000/hello"}));
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(output(), image + "\nhello from web\n");
  }
  run(step_in("busybox:test", {"cat shared", "echo ${FROM_IMAGE:-unset}"}));
  EXPECT_EQ(output(), "test\ntwo\nthree\nunset\n");
  run(step_in("busybox:two", {"echo $FROM_IMAGE"}));
  EXPECT_EQ(output(), "two\n");
  // The steps' containers have one network namespace.
  run(step_in("busybox:three", {"hostname -i"}));
  const std::string address = output();
  run(step_in("busybox:test", {"hostname -i"}));
  EXPECT_EQ(output(), address);
}

TEST_P(DockerExecutor, EveryKindOfReadinessIsWaitedFor) {
  JobContext job = new_job();
  job.spec.services = {web("by-http", {.http = ":8000/hello"}), web("by-cmd", {.cmd = {"test", "-f", "/w/hello"}}),
                       web("by-log", {.log = "serving"})};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  for (const std::string name : {"by-http", "by-cmd", "by-log"})
    EXPECT_TRUE(setup_log().contains("service " + name + " is ready")) << setup_log();
  run(Lines{"wget -qO- http://by-http:8000/hello"});
  EXPECT_EQ(output(), "hello from by-http\n");
}

TEST_P(DockerExecutor, PortsAloneAreWaitedForToo) {
  JobContext job = new_job();
  pipelines::Service late = web("late", {});
  late.ready.reset();
  late.ports = {8000, 8001};
  late.command = {"sh", "-c",
                  "mkdir /w; echo late > /w/hello; httpd -p 8000 -h /w; sleep 1; exec httpd -f -p 8001 -h /w"};
  job.spec.services = {late};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_TRUE(setup_log().contains("service late is ready after ")) << setup_log();
  EXPECT_EQ(run(Lines{"wget -qO- http://late:8000/hello", "wget -qO- http://late:8001/hello"}).exit_code, 0);
}

TEST_P(DockerExecutor, AServiceThatEndsShowsItsLastLines) {
  JobContext job = new_job();
  pipelines::Service service = web("db", {.tcp = 5432});
  service.command = {"sh", "-c",
                     "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; echo no disk >&2; exit 3"};
  job.spec.services = {service};
  const Result<void> done = set_up(std::move(job));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), "exit") << "another agent would fare no better";
  EXPECT_TRUE(done.error().message().contains("The service db ended with exit code 3.")) << done.error().message();
  EXPECT_TRUE(setup_log().contains("db | line 151\n")) << setup_log();
  EXPECT_TRUE(setup_log().ends_with("db | no disk\n")) << setup_log();
  EXPECT_FALSE(setup_log().contains("line 150\n"));
}

TEST_P(DockerExecutor, AServiceThatNeverListensTimesOut) {
  JobContext job = new_job();
  pipelines::Service service = web("db", {.tcp = 1, .timeout_ms = 300});
  job.spec.services = {service};
  const Result<void> done = set_up(std::move(job));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), "exit");
  EXPECT_TRUE(done.error().message().contains("not ready within 0.3 s")) << done.error().message();
}

TEST_P(DockerExecutor, NetworkNoneHasServicesOnLoopback) {
  JobContext job = new_job();
  job.spec.network = "none";
  job.spec.services = {web("web", {.tcp = 8000})};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_EQ(run(Lines{"wget -qO- http://web:8000/hello", "ls /sys/class/net"}).exit_code, 0);
  EXPECT_TRUE(output().starts_with("hello from web\n")) << output();
  EXPECT_FALSE(output().contains("eth0"));
}

TEST_P(DockerExecutor, L7_JobsDoNotReachEachOther) {
  JobContext job = new_job();
  job.spec.services = {web("web", {.tcp = 8000})};
  ASSERT_TRUE(set_up(std::move(job)));
  run(Lines{"nslookup web | tail -n +3 | grep Address"});
  const std::string address = output().substr(output().rfind(' ') + 1);
  auto first = std::move(environment);
  given_a_job();
  EXPECT_NE(run(Lines{"wget -T 2 -qO- http://web:8000/hello"}).exit_code, 0);
  EXPECT_NE(run(Lines{"wget -T 2 -qO- http://" + address.substr(0, address.find('\n')) + ":8000/hello"}).exit_code, 0);
  await_void(first->tear_down());
}

TEST_P(DockerExecutor, L1_StepsHaveFewRightsAndLimits) {
  JobContext job = new_job();
  job.spec.resources = {.memory_bytes = 64 << 20, .cpu = 0.5};
  given(std::move(job));
  run(Lines{"grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' '"});
  // Docker's own without MKNOD.
  EXPECT_EQ(output(), "CapEff: 00000000a00425fb\nCapBnd: 00000000a00425fb\nNoNewPrivs: 1\nSeccomp: 2\n");
  run(
      Lines{"cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || "
            "cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max"});
  EXPECT_EQ(output(), "4096\n67108864\n");
  EXPECT_NE(run(Lines{"touch /sys/x || touch /proc/sys/kernel/x"}).exit_code, 0);
  EXPECT_NE(run(Lines{"mount -t tmpfs none /mnt"}).exit_code, 0);
  EXPECT_NE(run(Lines{"mknod /tmp/null c 1 3"}).exit_code, 0);
  EXPECT_NE(run(Lines{"ls /var/run/docker.sock"}).exit_code, 0);
  run(Lines{"ulimit -c"});
  EXPECT_EQ(output(), "0\n");
}

TEST_P(DockerExecutor, L3_RunningOutOfMemoryIsNamed) {
  JobContext job = new_job();
  job.spec.resources = {.memory_bytes = 32 << 20};
  given(std::move(job));
  EXPECT_EQ(run(Lines{"head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null"}).end, StepEnd::out_of_memory);
  EXPECT_EQ(run(Lines{"echo the next step runs"}).end, StepEnd::exited);
  EXPECT_EQ(output(), "the next step runs\n");
}

TEST_P(DockerExecutor, L3_AForkBombStaysInItsContainer) {
  given_a_job();
  when_up([this] { environment->stop(200ms); });
  const auto result = run(Lines{"bomb() { bomb | bomb & }", "echo up", "bomb 2>/dev/null", "sleep 100"});
  EXPECT_EQ(result.end, StepEnd::cancelled);
  EXPECT_EQ(run(Lines{"echo fine"}).exit_code, 0);
}

TEST_P(DockerExecutor, L11_AnOddImageCannotInterfere) {
  given(new_job_with({"busybox:odd"}));
  EXPECT_EQ(run(step_in("busybox:odd", {"id -u; id -g; pwd; echo $HOME; echo $PATH", "touch mine", "echo a > $HOME/a"}))
                .exit_code,
            0);
  EXPECT_EQ(output(), "1000\n1000\n/workspace\n/home/user\n/opt/odd/bin:/bin\n");
  EXPECT_EQ(run(step_in("busybox:odd", {"sleep 2; ls /tmp/healthcheck-ran"})).exit_code, 1);
  run(step_in("busybox:odd", {"grep CapEff /proc/self/status | tr '\\t' ' '"}));
  EXPECT_EQ(output(), "CapEff: 0000000000000000\n");
}

TEST_P(DockerExecutor, C10_NothingOfTheJobIsSeenFromOutside) {
  given_a_job();
  std::string seen;
  when_up([&] {
    seen = engine->docker({"inspect", engine->docker({"ps", "-aq", "--filter", "label=open-cicd.agent=" + agent_id})});
    environment->stop(1s);
  });
  auto command = step(next_step++, {"echo up", "sleep 1000"}, {{"TOKEN", "canary-of-the-job"}});
  run(command);
  EXPECT_TRUE(seen.contains("open-cicd.agent"));
  EXPECT_FALSE(seen.contains("canary-of-the-job"));
  EXPECT_FALSE(seen.contains("docker.sock"));
}

TEST_P(DockerExecutor, ImagesArePulledByTagAndByDigest) {
  if (!engine->has_registry()) GTEST_SKIP() << "the named engine has no registry";
  const std::string image = "127.0.0.1:5000/busybox";
  const std::string digest = engine->docker({"image", "inspect", "-f", "{{index .RepoDigests 0}}", image + ":test"});
  engine->docker({"rmi", image + ":test"});
  ASSERT_TRUE(set_up(new_job_with({image + ":test"}))) << setup_log();
  EXPECT_TRUE(setup_log().contains("pulled " + image + ":test in ")) << setup_log();
  EXPECT_EQ(run(step_in(image + ":test", {"cat /etc/image"})).exit_code, 0);
  await_void(environment->tear_down());
  engine->docker({"rmi", image + ":test"});
  ASSERT_TRUE(set_up(new_job_with({digest}))) << setup_log();
  EXPECT_EQ(run(step_in(digest, {"cat /etc/image"})).exit_code, 0);
  EXPECT_EQ(output(), "test\n");
  engine->docker({"tag", "busybox:test", image + ":test"});
}

TEST_P(DockerExecutor, AnImageThatCannotBeHadIsTheCause) {
  const auto failure = [this](const std::string& image) {
    const Result<void> done = set_up(new_job_with({image}));
    EXPECT_FALSE(done);
    await_void(environment->tear_down());
    EXPECT_EQ(done.error().code(), "image_pull") << done.error().message();
    return done.error().message();
  };
  EXPECT_TRUE(failure("127.0.0.1:1/no/such:image").contains("cannot be reached"));
  EXPECT_TRUE(failure("-v/:/h").contains("not the name of an image"));
  EXPECT_TRUE(failure("busybox --privileged").contains("not the name of an image"));
  EXPECT_TRUE(failure("busybox@sha256:12").contains("digest"));
  if (!engine->has_registry()) return;
  EXPECT_TRUE(failure("127.0.0.1:5000/busybox:none").contains("does not have it"));
  EXPECT_TRUE(failure("127.0.0.1:5000/busybox@sha256:" + std::string(64, 'a')).contains("does not have it"));
}

TEST_P(DockerExecutor, C11_CheckoutLeavesNoCredentialsAndIsTheUsers) {
  const fs::path remote = work_dir / "remote";
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", remote.string(), "-c", "user.name=t", "-c", "user.email=t@t"});
    EXPECT_EQ(testing::run_program(arguments).exit_code, 0);
  };
  fs::create_directory(remote);
  git({"init", "-q", "-b", "main"});
  std::ofstream(remote / "file") << "content\n";
  git({"add", "."});
  git({"commit", "-qm", "first"});
  JobContext job = new_job_with({"busybox:odd"});
  job.spec.checkout = pipelines::Checkout{.url = "file://" + remote.string()};
  given(std::move(job));
  const auto done = await(environment->check_out(sink));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(fs::exists(directory / "checkout"));
  EXPECT_EQ(run(step_in("busybox:odd", {"cat file", "stat -c %u file .git .", "echo more >> file"})).exit_code, 0);
  EXPECT_EQ(output(), "content\n1000\n1000\n1000\n");
}

TEST_P(DockerExecutor, ACheckoutReachesNothingOnTheAgentsMachine) {
  executor = docker::make_docker_executor({.socket = engine->host()});
  ASSERT_TRUE(await(executor->check()));
  for (const char* url : {"file:///etc", "http://localhost:1/r", "https://[::1]/r", "git@127.0.0.1:r"}) {
    JobContext job = new_job();
    job.spec.checkout = pipelines::Checkout{.url = url};
    given(std::move(job));
    const auto done = await(environment->check_out(sink));
    ASSERT_FALSE(done) << url;
    EXPECT_EQ(done.error().code(), "exit");
    EXPECT_TRUE(done.error().message().contains("agent's own machine")) << done.error().message();
    await_void(environment->tear_down());
  }
}

// Nothing here is looked for by a label: one that is missing would hide what was left.
TEST_P(DockerExecutor, L8_AKilledAgentLeavesNoContainerAndAnotherRemovesTheRest) {
  const auto number = unique_number();
  const std::string server_id = "server-" + number;
  JobContext left = new_job();
  left.server_id = server_id;
  left.agent_id = "the-dead";
  left.boot_id = "its-boot";
  DyingAgent agent(
      [this, number, left] {
        context.notify_fork(asio::io_context::fork_child);
        executor = traits().make(work_dir);
        (void)await(executor->check());
        JobContext job = left;
        job.spec.services = {web("web", {.tcp = 8000})};
        given(std::move(job));
        run(Lines{"trap '' TERM HUP", "sleep " + number});
      },
      [number] { return eventually([number] { return sleepers(number) == 1; }); });
  ASSERT_TRUE(agent.started());
  agent.kill();
  EXPECT_TRUE(eventually([&] { return engine->containers() == containers_before; }, 5s)) << engine->everything();
  EXPECT_EQ(sleepers(number), 0);
  EXPECT_NE(engine->everything(), before) << "the volume and the network are for the sweep";

  executor = traits().make(work_dir);
  ASSERT_TRUE(await(executor->check()));
  const auto attempts = await(executor->find_left(server_id));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].agent_id + " " + attempts[0].boot_id, "the-dead its-boot");
  EXPECT_EQ(attempts[0].job_id, left.job.str());
  await_void(executor->remove_left(server_id, attempts[0]));
  EXPECT_EQ(engine->everything(), before);
}

TEST_P(DockerExecutor, ASweepTakesOnlyItsOwnAgentsThings) {
  given_a_job();
  await_void(executor->sweep(AgentId::make().str()));
  EXPECT_EQ(run(Lines{"echo still here"}).exit_code, 0);
  await_void(executor->sweep(agent_id));
  EXPECT_EQ(engine->everything(), before);
  const auto result = await(environment->run_step(step(0, {"echo gone"}), sink));
  EXPECT_FALSE(result);
}

TEST_P(DockerExecutor, AContainerThatIsKilledIsTheAgentsTroubleAndMadeAnew) {
  given_a_job();
  when_up([this] {
    engine->docker({"kill", engine->docker({"ps", "-q", "--filter", "label=open-cicd.agent=" + agent_id})});
  });
  const auto result =
      await(environment->run_step(step(next_step++, {"echo kept > file", "echo up", "sleep 1000"}), sink));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), "agent");
  EXPECT_EQ(run(Lines{"cat file"}).exit_code, 0);
  EXPECT_EQ(output(), "kept\n");
}

TEST_P(DockerExecutor, ALongPullIsEndedByAStop) {
  if (!engine->has_registry()) GTEST_SKIP() << "the named engine has no network of ours";
  // A registry that takes the connection and says nothing.
  const auto registry = engine->beside({"busybox", "nc", "-l", "-p", "5099"});
  sink.on_write = [this](int, std::string_view bytes) {
    if (bytes.starts_with("pulling ")) environment->stop(1s);
  };
  const auto started = std::chrono::steady_clock::now();
  const Result<void> done = set_up(new_job_with({"127.0.0.1:5099/slow:image"}));
  EXPECT_FALSE(done);
  EXPECT_TRUE(setup_log().contains("pulling 127.0.0.1:5099/slow:image"));
  EXPECT_LT(std::chrono::steady_clock::now() - started, 30s);
}

TEST(DockerCheck, AMissingEngineSaysWhatToDo) {
  asio::io_context context;
  const auto executor = docker::make_docker_executor({.socket = "unix:///nowhere/docker.sock"});
  auto checked = asio::co_spawn(context, executor->check(), asio::use_future);
  context.run();
  const Result<void> result = checked.get();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message().contains("unix:///nowhere/docker.sock")) << result.error().message();
  EXPECT_TRUE(result.error().message().contains("apt-get install docker.io"));
}

}  // namespace
}  // namespace open_cicd::runner::contract
