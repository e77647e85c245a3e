#include "adapters/sandbox/sandbox.h"

#include "adapters/sandbox/control_group.h"
#include "contract/executor_contract.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace open_cicd::runner::contract {
namespace {

ExecutorTraits sandbox_traits() {
  return {.name = "sandbox",
          .make = [](const fs::path& work_dir) { return sandbox::make_sandbox_executor({.work_dir = work_dir}); },
          .checks_out_host_files = false};
}

INSTANTIATE_TEST_SUITE_P(Sandbox, ExecutorContract, ::testing::Values(sandbox_traits()));
INSTANTIATE_TEST_SUITE_P(Sandbox, ExecutorContractDeath, ::testing::Values(sandbox_traits()));

class SandboxExecutor : public ExecutorContract {
 protected:
  std::string print(const std::string& script) {
    run(Lines{script});
    return output();
  }
};
INSTANTIATE_TEST_SUITE_P(Own, SandboxExecutor, ::testing::Values(sandbox_traits()));

TEST_P(SandboxExecutor, L1_AStepHasNoPrivileges) {
  given_a_job();
  EXPECT_EQ(print("grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t '"),
            "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapAmb:"
            "0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
  EXPECT_NE(print("id -u"), "0\n");
  for (const std::string attempt :
       {"mount -t tmpfs x /tmp", "unshare -m true", "unshare -Ur true", "chroot / true", "mknod /tmp/d b 8 0",
        "hostname other", "echo 1 > /proc/sys/kernel/panic", "echo x > /proc/sysrq-trigger",
        "kill -KILL 1 && test ! -e /proc/1", "date -s 2000-01-01", "dd if=/dev/mem of=/dev/null count=1",
        "dd if=/proc/kcore bs=1 count=1 2>/dev/null | grep -q .", "dmesg"})
    EXPECT_NE(run(Lines{attempt}).exit_code, 0) << attempt << ": " << output();
  EXPECT_EQ(run(Lines{"kill -TERM 1; echo still running"}).exit_code, 0) << "a step can't end its own init";
}

TEST_P(SandboxExecutor, AStepCannotLimitItsSupervisor) {
  given_a_job();
  EXPECT_NE(run(Lines{"prlimit --pid 1 --nofile=4:4"}).exit_code, 0) << output();
  EXPECT_EQ(run(Lines{"prlimit --pid 1 --nofile >/dev/null"}).exit_code, 0) << "looking is allowed: " << output();
  EXPECT_EQ(run(Lines{"ulimit -n 64; prlimit --core=0:0 sh -c 'ulimit -n'"}).exit_code, 0) << output();
  EXPECT_EQ(output(), "64\n");
}

TEST_P(SandboxExecutor, SocketsAreOfTheUsualFamiliesOnly) {
  given_a_job();
  const auto socket = [this](int family, int type) {
    return run(Lines{fmt::format("perl -e 'socket(my $s, {}, {}, 0) or die $!'", family, type)}).exit_code;
  };
  EXPECT_EQ(socket(AF_UNIX, SOCK_STREAM), 0) << output();
  EXPECT_EQ(socket(AF_INET, SOCK_STREAM), 0) << output();
  EXPECT_EQ(socket(AF_NETLINK, SOCK_RAW), 0) << output();
  for (const int family : {AF_VSOCK, AF_ALG, AF_PACKET, AF_KEY, AF_XDP}) {
    EXPECT_NE(socket(family, SOCK_STREAM), 0) << family;
    EXPECT_TRUE(output().starts_with("Address family not supported by protocol")) << output();
  }
}

TEST_P(SandboxExecutor, TheMachineIsReadOnlyAndMostlyHidden) {
  given_a_job();
  for (const std::string folder : {"/", "/usr", "/usr/bin", "/etc", "/proc", "/sys", "/var", "/home"})
    EXPECT_NE(run(Lines{"touch " + folder + "/x"}).exit_code, 0) << folder;
  EXPECT_EQ(print("ls / | grep -E '^(root|boot|srv|opt|sys|mnt|media|work)$' || :"), "");
  EXPECT_EQ(print("ls /home /tmp"), "/home:\nci\n\n/tmp:\n");
  EXPECT_EQ(print("ls /run | grep -v '^step-' || :"), "");
  EXPECT_NE(run(Lines{"cat /etc/shadow"}).exit_code, 0);
  EXPECT_LE(std::stoi(print("ls -d /proc/[0-9]* | wc -l")), 4) << "init, sh, ls, wc";
  EXPECT_EQ(print("cat /proc/1/environ 2>&1 | grep -c denied"), "1\n");
}

TEST_P(SandboxExecutor, UsualProgramsWork) {
  given_a_job();
  EXPECT_EQ(
      print("id -un; getent hosts localhost | wc -l; : > /dev/null; test -c /dev/urandom; test -w /dev/shm && pwd"),
      "ci\n1\n/workspace\n");
  EXPECT_EQ(
      print("printf '#!/bin/sh\\necho hi\\n' > x; chmod +x x; ./x; mktemp >/dev/null && git --version | cut -c1-3"),
      "hi\ngit\n");
  struct stat status{};
  ASSERT_EQ(::stat((directory / "workspace/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, ::geteuid() == 0 ? sandbox::default_job_user : ::geteuid());
}

TEST_P(SandboxExecutor, L6_NetworkNoneCannotReachTheMachine) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const auto connect = fmt::format("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}'", ntohs(address.sin_port));
  given_a_job();
  EXPECT_EQ(run(Lines{connect}).exit_code, 0);
  await_void(environment->tear_down());
  auto job = new_job();
  job.spec.network = "none";
  given(std::move(job));
  EXPECT_NE(run(Lines{connect}).exit_code, 0);
  ::close(listener);
}

TEST_P(SandboxExecutor, L3_AMemoryHogEndsAsOutOfMemory) {
  auto job = new_job();
  job.spec.resources.memory_bytes = 64 << 20;
  if (::geteuid() != 0) {
    environment = executor->make(std::move(job));
    EXPECT_FALSE(await(environment->set_up(sink))) << "a limit that can't be kept is refused";
    return;
  }
  given(std::move(job));
  const auto hog = run(Lines{"x=$(head -c 300000000 /dev/zero | tr '\\0' x)", "echo not reached"});
  EXPECT_EQ(hog.end, StepEnd::out_of_memory);
  EXPECT_EQ(hog.exit_code, 137);
  EXPECT_EQ(run(Lines{"echo works"}).end, StepEnd::exited);
}

TEST_P(SandboxExecutor, L3_AForkBombEndsWithItsJob) {
  given_a_job();
  when_up([this] { environment->stop(500ms); });
  const auto result = run(Lines{"echo up", "bomb() { bomb | bomb & }", "bomb 2>/dev/null", "sleep 100000"});
  EXPECT_NE(result.end, StepEnd::exited);
  EXPECT_EQ(run(Lines{"ls -d /proc/[0-9]* | wc -l"}).exit_code, 0);
  EXPECT_LE(std::stoi(output()), 4);
}

TEST_P(SandboxExecutor, ASweepRemovesTheEmptyGroupsOfLostAgents) {
  const auto parent = sandbox::ControlGroupParent::find();
  if (!parent.available()) GTEST_SKIP() << "no control groups can be made here";
  const auto group = [&](const std::string& name, bool old) {
    const fs::path folder = parent.folders().front() / name;
    fs::create_directory(folder);
    const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 0}, {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
    if (old) EXPECT_EQ(::utimensat(AT_FDCWD, folder.c_str(), times, 0), 0);
    return folder;
  };
  const auto lost = group(fmt::format("open-cicd.{}.job.1", AgentId::make().str()), true);
  const auto fresh = group(fmt::format("open-cicd.{}.job.1", AgentId::make().str()), false);
  const auto strange = group("open-cicd.of-somebody-else", true);
  given_a_job();
  await_void(executor->sweep(AgentId::make().str()));
  EXPECT_FALSE(fs::exists(lost));
  EXPECT_TRUE(fs::exists(fresh)) << "it may be about to be entered";
  EXPECT_TRUE(fs::exists(strange));
  EXPECT_EQ(run(Lines{"echo still here"}).exit_code, 0) << "a live job of another agent has its group";
  for (const auto& folder : {fresh, strange}) ::rmdir(folder.c_str());
}

TEST_P(SandboxExecutor, TearDownRemovesTheControlGroups) {
  given_a_job();
  const auto count = [this] {
    int found = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator("/sys/fs/cgroup", fs::directory_options::skip_permission_denied))
      found += entry.path().filename().string().contains(agent_id) ? 1 : 0;
    return found;
  };
  if (count() == 0) GTEST_SKIP() << "no control groups can be made here";
  await_void(environment->tear_down());
  environment.reset();
  executor.reset();  // and with it the spare for the next job
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace open_cicd::runner::contract
