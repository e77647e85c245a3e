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
  for (const std::string folder : {"/", "/usr", "/usr/bin", "/etc", "/opt", "/proc", "/sys", "/var", "/home"})
    EXPECT_NE(run(Lines{"touch " + folder + "/x"}).exit_code, 0) << folder;
  EXPECT_EQ(print("ls / | grep -E '^(root|boot|srv|sys|mnt|media|work)$' || :"), "");
  EXPECT_EQ(print("ls /home /tmp"), "/home:\nci\n\n/tmp:\n");
  EXPECT_EQ(print("ls /run | grep -v '^step-' || :"), "lock\nopen-cicd\n");
  EXPECT_NE(run(Lines{"cat /etc/shadow"}).exit_code, 0);
  EXPECT_LE(std::stoi(print("ls -d /proc/[0-9]* | wc -l")), 4) << "init, sh, ls, wc";
  EXPECT_EQ(print("cat /proc/1/environ 2>&1 | grep -c denied"), "1\n");
}

// The rule of machine_files.h, looked at from inside.
TEST_P(SandboxExecutor, L1_NothingThatIsNotEveryonesCanBeRead) {
  given_a_job();
  EXPECT_EQ(print("find /etc /opt /usr/local /var -type f -readable ! -perm -o=r 2>/dev/null || :"), "");
  EXPECT_EQ(print("find /etc /opt /usr/local /var -type s 2>/dev/null || :"), "") << "no socket of a daemon";
  for (const auto& path : sandbox::find_denied("/etc"))
    EXPECT_NE(run(Lines{fmt::format("if test -d {0}; then ls -A {0} | grep .; else grep . {0}; fi", path.string())})
                  .exit_code,
              0)
        << path << ": " << output();
  EXPECT_EQ(
      print("for f in /run/docker.sock /var/run/docker.sock /var/lib/docker /root; do test ! -e $f || echo $f; done"),
      "");
}

// What a package puts into /usr and configures in /etc or keeps in /var is the same inside.
TEST_P(SandboxExecutor, LinksOfThePackagesLeadSomewhere) {
  given_a_job();
  const std::string find =
      "find /usr/bin /usr/lib /usr/share -maxdepth 5 -type l \\( -lname '/etc/*' -o -lname '/var/lib/*' \\)";
  const std::string script = "set -f; " + find + " -exec test -e '{}' ';' -print | sort";
  const auto outside = work_dir / "links";
  ASSERT_EQ(std::system(fmt::format("({}) > {} 2>/dev/null", script, outside.string()).c_str()), 0);
  std::ifstream file(outside);
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_FALSE(expected.str().empty());
  EXPECT_EQ(print("(" + script + ") 2>/dev/null"), expected.str());
}

TEST_P(SandboxExecutor, ItsNamesAreKnown) {
  given_a_job();
  EXPECT_EQ(print("id -un; id -gn; getent passwd www-data nobody | cut -d: -f1; hostname"),
            "ci\nci\nwww-data\nnobody\njob\n");
  EXPECT_EQ(print("getent hosts job | sed 's/ .*//'; getent ahostsv4 localhost | head -1 | sed 's/ .*//'"),
            "127.0.1.1\n127.0.0.1\n");
  EXPECT_EQ(print("TZ=Asia/Tokyo date -d @0 +%H; date +%z; python3 -c 'import locale; "
                  "print(locale.setlocale(locale.LC_ALL, \"\"))'")
                .substr(0, 3),
            "09\n");
  EXPECT_TRUE(output().ends_with("C.UTF-8\n")) << output();
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

// With two extra folders, one of them writable, and a file of the agent's in the first.
ExecutorTraits traits_with_paths() {
  auto traits = sandbox_traits();
  traits.make = [](const fs::path& work_dir) {
    const fs::path shown = fs::current_path() / work_dir.filename();
    for (const char* name : {"sdk/bin", "cache"}) fs::create_directories(shown / name);
    ::chmod((shown / "cache").c_str(), 01777);
    std::ofstream(shown / "sdk/version") << "7\n";
    std::ofstream(shown / "sdk/token") << "hush\n";
    return sandbox::make_sandbox_executor(
        {.work_dir = work_dir,
         .paths = {{.path = shown / "sdk"}, {.path = shown / "cache", .writable = true}, {.path = shown / "gone"}},
         .hidden = {shown / "sdk/token"}});
  };
  return traits;
}

class SandboxExecutorPaths : public SandboxExecutor {
 protected:
  void TearDown() override {
    SandboxExecutor::TearDown();
    fs::remove_all(fs::current_path() / work_dir.filename());
  }
};
INSTANTIATE_TEST_SUITE_P(Own, SandboxExecutorPaths, ::testing::Values(traits_with_paths()));

TEST_P(SandboxExecutorPaths, AreShownAsTheAgentWasTold) {
  given_a_job();
  const std::string shown = (fs::current_path() / work_dir.filename()).string();
  EXPECT_EQ(print("cd " + shown + "; ls; cat sdk/version"), "cache\nsdk\n7\n");
  EXPECT_NE(run(Lines{"echo x > " + shown + "/sdk/new"}).exit_code, 0) << output();
  EXPECT_NE(run(Lines{"cat " + shown + "/sdk/token"}).exit_code, 0) << output();
  EXPECT_NE(run(Lines{"echo x > " + shown + "/new"}).exit_code, 0) << output();
  EXPECT_EQ(run(Lines{"echo kept > " + shown + "/cache/file"}).exit_code, 0) << output();
  await_void(environment->tear_down());
  given_a_job();
  EXPECT_EQ(print("cat " + shown + "/cache/file"), "kept\n");
}

}  // namespace
}  // namespace open_cicd::runner::contract
