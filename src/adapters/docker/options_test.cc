// A container is what `docker run` of the same image would be, less what is dangerous: docs/guides/containers.md.
#include "adapters/docker/executor_fixture.h"

#include <algorithm>
#include <fstream>

namespace open_cicd::runner::contract {
namespace {

// The last 32 of the capabilities that this machine can give, in hex as /proc shows them.
std::string rights_of_this_machine() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("CapBnd:")) return line.substr(line.size() - 8);
  return "no line";
}

class DockerOptions : public DockerExecutor {
 protected:
  std::string plain_docker(const std::string& image, const std::string& script) {
    return engine->docker({"run", "--rm", "--entrypoint", "/bin/sh", image, "-c", script}) + "\n";
  }
  static std::string quoted(std::string text) {
    for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 4))
      text.replace(at, 1, "'\\''");
    return "'" + text + "'";
  }
  std::string in_step(const std::string& image, const std::string& script) {
    const auto result = run(step_in(image, {script}));
    EXPECT_EQ(result.exit_code, 0) << output();
    return output();
  }
};
INSTANTIATE_TEST_SUITE_P(Own, DockerOptions, ::testing::Values(docker_traits()));

TEST_P(DockerOptions, WhatIsNotSaidToDifferIsAsInDockerRun) {
  const std::vector<std::string> same{
      "id",
      "umask",
      "echo $HOME $PATH $FROM_IMAGE",
      "cat /etc/image",
      "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range",
      "cat /proc/sys/kernel/shmmax /proc/sys/kernel/msgmax",
      "grep Seccomp: /proc/self/status",
      "grep -E '^(Cap(Inh|Amb)|Groups)' /proc/self/status",
      "cat /sys/class/net/eth0/mtu",
      "ulimit -Hn; ulimit -l; ulimit -s; ulimit -q",
      "ls /dev | grep -vE '^(core|console)$' | sort",
      "grep -E ' (/proc/[a-z-]*|/sys|/dev/[a-z]*) ' /proc/mounts | awk '{print $2, $3}' | sort",
      "grep -c . /etc/hosts >/dev/null; head -n1 /etc/hosts",
      "test \"$(hostname)\" = \"$HOSTNAME\" && echo the same",
      "readlink /proc/self/fd/0",
  };
  std::string script;
  for (const std::string& probe : same) script += "echo '== '" + quoted(probe) + "\n" + probe + "\n";
  given(new_job_with({"busybox:two", "busybox:odd"}));
  for (const std::string image : {"busybox:two", "busybox:odd"})
    EXPECT_EQ(in_step(image, script), plain_docker(image, script));
}

// MKNOD is bit 27.
TEST_P(DockerOptions, L1_RootHasWhatDockerGivesItButDeviceFiles) {
  given_a_job();
  const std::string probe = "sed -n 's/^CapBnd:.//p' /proc/self/status";
  const auto bits = [](const std::string& hex) { return std::stoull(hex, nullptr, 16); };
  EXPECT_EQ(bits(in_step("busybox:test", probe)), bits(plain_docker("busybox:test", probe)) & ~(1ULL << 27));
  EXPECT_NE(run(Lines{"mknod /tmp/null c 1 3"}).exit_code, 0);
  EXPECT_EQ(
      run(Lines{"mkdir -p /tmp/r/bin && cp /bin/busybox /tmp/r/bin/ && chroot /tmp/r /bin/busybox true"}).exit_code, 0);
}

TEST_P(DockerOptions, ProgramsWithFileCapabilitiesRun) {
  JobContext job = new_job_with({"busybox:test", "busybox:caps"});
  job.spec.services = {{.name = "web",
                        .image = "busybox:caps",
                        .command = {"/usr/bin/httpd", "-f", "-p", "80", "-h", "/etc"},
                        .ports = {80}}};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_EQ(run(step_in("busybox:test", {"wget -qO- http://web/image"})).exit_code, 0);
  EXPECT_EQ(output(), "caps\n");
  EXPECT_EQ(run(step_in("busybox:test", {"ping -c1 web"})).exit_code, 0) << output();
  // As a user it starts too, without the right to a raw socket; the kernel would refuse to start it if the container
  // could never have that right.
  run(step_in("busybox:caps", {"/usr/bin/ping -c1 127.0.0.1 2>&1 || :"}));
  EXPECT_EQ(output(), "PING 127.0.0.1 (127.0.0.1): 56 data bytes\nping: permission denied (are you root?)\n");
}

TEST_P(DockerOptions, SharedMemoryIsHalfOfTheMemory) {
  JobContext job = new_job();
  job.spec.resources = {.memory_bytes = std::int64_t{1} << 30};
  given(std::move(job));
  const std::string probe = "df -k /dev/shm | awk 'NR == 2 {print $2}'";
  EXPECT_EQ(in_step("busybox:test", probe), "524288\n");
  EXPECT_EQ(run(Lines{"head -c 200000000 /dev/zero > /dev/shm/big", "rm /dev/shm/big"}).exit_code, 0) << output();
  EXPECT_EQ(plain_docker("busybox:test", probe), "65536\n");
}

TEST_P(DockerOptions, AServiceIsCalledByItsName) {
  JobContext job = new_job();
  job.spec.services = {{.name = "db",
                        .image = "busybox:two",
                        .command = {"sh", "-c", "mkdir /w; echo $(hostname) $HOSTNAME >/w/n; httpd -f -p 80 -h /w"},
                        .ports = {80}}};
  ASSERT_TRUE(set_up(std::move(job))) << setup_log();
  EXPECT_EQ(in_step("busybox:test", "wget -qO- http://db/n"), "db db\n");
}

class DockerUsers : public DockerOptions {
 protected:
  void check_out_with(std::vector<std::string> images) {
    const fs::path remote = work_dir / "remote";
    fs::create_directories(remote / "folder");
    const auto git = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"git", "-C", remote.string(), "-c", "user.name=t", "-c", "user.email=t@t"});
      EXPECT_EQ(testing::run_program(arguments).exit_code, 0);
    };
    git({"init", "-q", "-b", "main"});
    std::ofstream(remote / "folder" / "file") << "content\n";
    git({"add", "."});
    git({"commit", "-qm", "first"});
    JobContext job = new_job_with(std::move(images));
    job.spec.checkout = pipelines::Checkout{.url = "file://" + remote.string()};
    given(std::move(job));
    const auto done = await(environment->check_out(sink));
    ASSERT_TRUE(done) << done.error().message();
    commit = *done;
  }
  std::string commit;
};
INSTANTIATE_TEST_SUITE_P(Own, DockerUsers, ::testing::Values(docker_traits()));

TEST_P(DockerUsers, RootUsesTheRepositoryOfAUser) {
  check_out_with({"busybox:git-user", "busybox:git"});
  EXPECT_EQ(in_step("busybox:git-user", "git rev-parse HEAD; touch folder/made"), commit + "\n");
  EXPECT_EQ(in_step("busybox:git", "git rev-parse HEAD; stat -c %u . folder folder/made"), commit + "\n0\n0\n0\n");
  EXPECT_EQ(in_step("busybox:git-user", "git status --short; rm folder/made; echo more >> folder/file"),
            "?? folder/made\n");
}

TEST_P(DockerUsers, AUserWritesToTheRepositoryOfRoot) {
  check_out_with({"busybox:git", "busybox:git-user"});
  EXPECT_EQ(in_step("busybox:git", "git rev-parse HEAD; mkdir -p new/deep; echo a > new/deep/file"), commit + "\n");
  EXPECT_EQ(in_step("busybox:git-user",
                    "git rev-parse HEAD; echo b >> new/deep/file; echo c > folder/c; git add folder/c; git status -s"),
            commit + "\nA  folder/c\n?? new/\n");
  EXPECT_EQ(in_step("busybox:git", "cat new/deep/file; git status -s"), "a\nb\nA  folder/c\n?? new/\n");
}

TEST_P(DockerUsers, TwoUsersNeitherOfThemRootShareTheWorkspace) {
  given(new_job_with({"busybox:odd", "busybox:other"}));
  EXPECT_EQ(in_step("busybox:odd", "id -u; echo a > file; mkdir folder"), "1000\n");
  EXPECT_EQ(in_step("busybox:other", "id -u; echo b >> file; echo c > folder/c; stat -c %u:%g file folder"),
            "2000\n2000:3000\n2000:3000\n");
  EXPECT_EQ(in_step("busybox:odd", "cat file folder/c; rm -r folder"), "a\nb\nc\n");
}

TEST_P(DockerUsers, WhatIsAThirdUsersStaysSoAndLinksAreNotFollowed) {
  given(new_job_with({"busybox:test", "busybox:odd"}));
  in_step("busybox:test", "echo x > theirs; chown 70:70 theirs; echo y > mine; ln -s /etc/passwd link");
  EXPECT_EQ(in_step("busybox:odd", "stat -c '%n %u:%g' theirs mine link; stat -c %u /etc/passwd"),
            "theirs 70:70\nmine 1000:1000\nlink 1000:1000\n0\n");
}

TEST_P(DockerOptions, APluginIsItsImagesOwnProgramInTheWorkspace) {
  given(new_job_with({"busybox:plugin"}));
  StepCommand command = step_in("busybox:plugin", {});
  const int index = command.index;
  command.step.uses = "busybox:plugin";
  command.env = {{"PLUGIN_GREETING", "hello"},
                 {"INPUT_GREETING", "world"},
                 {"CI_OUTPUT", environment->file_path(index, StepFile::output)}};
  EXPECT_EQ(run(std::move(command)).exit_code, 0) << output();
  EXPECT_TRUE(output().starts_with("hello world in /workspace\n")) << output();
  EXPECT_EQ(await(environment->read_files(index)).value().at(StepFile::output).text, "done=1\n");
}

TEST_P(DockerOptions, AStepMayHaveAnotherUserAndSharesTheWorkspace) {
  given(new_job_with({"busybox:test"}));
  const auto as = [&](const std::string& user, const std::string& script) {
    StepCommand command = step_in("busybox:test", {script});
    command.step.user = user;
    command.env["CI_OUTPUT"] = environment->file_path(command.index, StepFile::output);
    return command;
  };
  EXPECT_EQ(in_step("busybox:test", "id -u; echo one > file"), "0\n");
  EXPECT_EQ(run(as("user", "id -u; echo $HOME; echo two >> file; echo a=1 > $CI_OUTPUT")).exit_code, 0) << output();
  EXPECT_EQ(output(), "1000\n/home/user\n");
  EXPECT_EQ(await(environment->read_files(next_step - 1)).value().at(StepFile::output).text, "a=1\n");
  EXPECT_EQ(run(as("1234:5678", "id -u; id -g; cat file")).exit_code, 0) << output();
  EXPECT_EQ(output(), "1234\n5678\none\ntwo\n");
  const auto nobody = await(environment->run_step(as("no-such-user", "id"), sink));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), "exit");
  EXPECT_TRUE(nobody.error().message().contains("no user no-such-user in the image busybox:test"))
      << nobody.error().message();
}

TEST_P(DockerOptions, B15_AStepIsPrivilegedOnlyWithAnImageOfTheList) {
  const auto privileged = [&](const std::string& image) {
    StepCommand command = step_in(image, {});
    command.step.uses = image;
    command.step.privileged = true;
    command.env["CI_OUTPUT"] = environment->file_path(command.index, StepFile::output);
    return command;
  };
  given(new_job_with({"busybox:plugin"}));
  const std::string digest = environment->images().at(0).digest;
  const auto refused = await(environment->run_step(privileged("busybox:plugin"), sink));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "exit");
  EXPECT_TRUE(refused.error().message().contains("not on this agent's list")) << refused.error().message();
  await_void(environment->tear_down());

  const auto list = docker::parse_privileged_images(fmt::format("other@{0}, busybox@{0}", digest));
  ASSERT_TRUE(list) << list.error().message();
  environment.reset();
  executor = docker::make_docker_executor({.socket = engine->host(), .privileged_images = *list});
  ASSERT_TRUE(await(executor->check()));
  given(new_job_with({"busybox:plugin", "busybox:two"}));
  const auto allowed = await(environment->run_step(privileged("busybox:plugin"), sink));
  if (allowed)
    EXPECT_TRUE(output().contains(rights_of_this_machine())) << output();
  else  // this machine has not all the rights that the engine then asks it for
    EXPECT_TRUE(allowed.error().message().contains("unable to apply caps")) << allowed.error().message();
  const auto other = await(environment->run_step(privileged("busybox:two"), sink));
  ASSERT_FALSE(other) << "the list has this name with another digest";
}

TEST(PrivilegedImages, HaveAContainerWithoutRestrictions) {
  docker::ContainerPlan plan{.name = "a", .image = "sha256:0", .network = "none"};
  const auto host_of = [&] { return docker::create_body(plan).at("HostConfig").as_object(); };
  EXPECT_FALSE(host_of().contains("Privileged"));
  EXPECT_TRUE(host_of().contains("CapDrop"));
  plan.privileged = true;
  EXPECT_EQ(host_of().at("Privileged"), true);
  for (const char* restriction : {"CapDrop", "CapAdd", "SecurityOpt"}) EXPECT_FALSE(host_of().contains(restriction));
}

TEST(PrivilegedImages, AreNamedByTheirDigest) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto list =
      docker::parse_privileged_images(fmt::format("docker@{}, reg.example:5000/a/b@{} ,", digest, digest));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(1).repository, "reg.example:5000/a/b");
  EXPECT_TRUE(docker::parse_privileged_images("")->empty());
  for (const char* text : {"docker", "docker:27", "docker@latest", "a b"})
    EXPECT_FALSE(docker::parse_privileged_images(text)) << text;
}

}  // namespace
}  // namespace open_cicd::runner::contract
