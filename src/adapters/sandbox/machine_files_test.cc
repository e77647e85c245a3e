#include "adapters/sandbox/machine_files.h"

#include "adapters/sandbox/accounts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;

class MachineFilesTest : public testing::Test {
 protected:
  MachineFilesTest() : folder(fs::temp_directory_path() / fmt::format("machine-files.{}", ::getpid())) {
    fs::create_directories(folder);
  }
  ~MachineFilesTest() override { fs::remove_all(folder); }

  fs::path file(const std::string& name, mode_t mode) const {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  std::vector<std::string> below(std::vector<fs::path> paths) const {
    std::vector<std::string> names;
    for (const fs::path& path : paths) names.push_back(path.lexically_relative(folder).string());
    std::ranges::sort(names);
    return names;
  }
  std::string refusal(const std::string& text) const {
    const auto paths = parse_extra_paths(text, folder / "work");
    return paths ? "" : paths.error().message();
  }

  fs::path folder;
};

using Names = std::vector<std::string>;

TEST_F(MachineFilesTest, PrivateIsWhatNotEveryoneMayRead) {
  file("open", 0644);
  file("executable", 0755);
  file("secret", 0600);
  file("of-a-group", 0640);
  file("sub/key", 0400);
  file("sub/open", 0444);
  file("closed/open", 0644);
  ::chmod((folder / "closed").c_str(), 0750);
  file("enter-only/open", 0644);
  ::chmod((folder / "enter-only").c_str(), 0711);
  file("a/b/c/deep", 0600);
  fs::create_symlink("secret", folder / "link");
  EXPECT_EQ(below(find_private(folder, 3)), (Names{"closed", "enter-only", "of-a-group", "secret", "sub/key"}));
  EXPECT_EQ(below(find_private(folder, 9)).front(), "a/b/c/deep");
  EXPECT_EQ(below(find_private(folder / "missing", 9)), Names{});
}

TEST_F(MachineFilesTest, ConfigurationOfDaemonsIsDeniedAndOfProgramsIsNot) {
  for (const char* name : {"shadow", "sudoers", "environment", "fstab", "docker/daemon.json", "ssl/private/key.pem",
                           "systemd/system/x.service", "cron.d/backup", "default/exporter", "java-17-openjdk/java.conf",
                           "ssl/certs/ca.crt", "alternatives/java", "maven/settings.xml", "mime.types"})
    file(name, 0644);
  EXPECT_EQ(below(find_denied(folder)), (Names{"cron.d", "default", "docker", "environment", "fstab", "shadow",
                                               "ssl/private", "sudoers", "systemd"}));
}

TEST_F(MachineFilesTest, ExtraPathsAreReadOnlyUnlessTheySayMore) {
  const std::string sdk = fs::current_path().string();
  const auto paths = parse_extra_paths(fmt::format(" {0} ,, {0}:rw", sdk), folder / "work");
  ASSERT_TRUE(paths) << paths.error().message();
  ASSERT_EQ(paths->size(), 2U);
  EXPECT_EQ((*paths)[0].path, sdk);
  EXPECT_FALSE((*paths)[0].writable);
  EXPECT_EQ((*paths)[1].path, sdk);
  EXPECT_TRUE((*paths)[1].writable);
  EXPECT_TRUE(parse_extra_paths("", folder)->empty());
}

TEST_F(MachineFilesTest, ExtraPathsThatCannotBeShownAreRefusedByName) {
  EXPECT_TRUE(refusal("srv/sdk").contains("not an absolute path")) << refusal("srv/sdk");
  for (const char* path : {"/usr/../root", "/usr/", "/usr/./lib", "//usr/lib"})
    EXPECT_TRUE(refusal(path).contains("not an absolute path")) << path << ": " << refusal(path);
  EXPECT_EQ(refusal("/no/such/folder:rw"), "there is no /no/such/folder");
  for (const char* path : {"/", "/etc", "/home", "/run", "/usr", "/var", "/var/lib"})
    EXPECT_TRUE(refusal(path).contains("can't be shown as a whole")) << path << ": " << refusal(path);
  for (const char* path : {"/proc/self", "/sys", "/dev/shm", "/tmp"})
    EXPECT_TRUE(refusal(path).contains("the sandbox's own")) << path << ": " << refusal(path);
  EXPECT_TRUE(refusal("/dev/null").contains("sockets and devices")) << refusal("/dev/null");
  const fs::path here = fs::current_path() / fmt::format("extra-paths.{}", ::getpid());
  fs::create_directories(here / "work");
  fs::create_directory_symlink("/", here / "root");
  for (const fs::path& path : {here, here / "work"}) {
    const auto paths = parse_extra_paths(path.string(), here / "work");
    EXPECT_TRUE(!paths && paths.error().message().contains("the agent's work folder")) << path;
  }
  EXPECT_TRUE(refusal((here / "root").string()).contains("/ can't be shown")) << refusal((here / "root").string());
  fs::remove_all(here);
}

TEST_F(MachineFilesTest, IsWithinCountsWholeNames) {
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_TRUE(is_within("/a", "/a"));
  EXPECT_TRUE(is_within("/a", "/"));
  EXPECT_FALSE(is_within("/ab", "/a"));
  EXPECT_FALSE(is_within("/a", "/a/b"));
}

TEST(SandboxAccounts, ShowThoseOfTheMachineButNotPeople) {
  EXPECT_EQ(
      passwd_inside("root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/x\nann:x:1000:1000:Ann:/home/ann:/x\n"
                    "ci:x:7:7::/:/x\nnobody:x:65534:65534:nobody:/:/x\nbroken\n+::x\n",
                    61183, "/home/ci"),
      "ci:x:61183:61183:ci:/home/ci:/bin/sh\nroot:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/x\n"
      "nobody:x:65534:65534:nobody:/:/x\n");
  EXPECT_EQ(group_inside("root:x:0:\nsudo:x:27:ann,bob\nann:x:1000:\nnogroup:x:65534:\n", 33),
            "ci:x:33:\nroot:x:0:\nsudo:x:27:\nnogroup:x:65534:\n");
  EXPECT_EQ(group_inside("www-data:x:33:\n", 33), "ci:x:33:\n") << "a number has one name";
}

TEST(SandboxAccounts, HostsHaveLocalhostAndTheSandboxsName) {
  EXPECT_EQ(hosts_inside("", "job"), "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 job\n");
  EXPECT_EQ(hosts_inside("127.0.0.1\tlocalhost\n10.0.0.1 db", "job"),
            "127.0.0.1\tlocalhost\n10.0.0.1 db\n127.0.1.1 job\n");
  EXPECT_EQ(hosts_inside("1.2.3.4 localhost.example # localhost\n", "job"),
            "1.2.3.4 localhost.example # localhost\n127.0.0.1 localhost\n::1 localhost\n127.0.1.1 job\n");
}

}  // namespace
}  // namespace open_cicd::sandbox
