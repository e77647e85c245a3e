#include "adapters/sandbox/machine_files.h"

#include "adapters/sandbox/accounts.h"
#include "adapters/sandbox/sandbox.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
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

  static bool hides(const MachineFiles& files, const fs::path& path) {
    std::vector<std::string> arguments;
    files.add_rest(arguments, "/empty");
    for (std::size_t i = 0; i + 2 < arguments.size(); ++i)
      if (arguments[i] == "--ro-bind" && arguments[i + 2] == path.string())
        return arguments[i + 1] == "/empty" || arguments[i + 1] == "/dev/null";
    return false;
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
  fs::create_directory_symlink("a", folder / "link-to-a");
  EXPECT_EQ(below(find_private(folder, 9)),
            (Names{"a/b/c/deep", "closed", "enter-only", "of-a-group", "secret", "sub/key"}));
  EXPECT_EQ(below(find_private(folder / "missing", 9)), Names{});
}

TEST_F(MachineFilesTest, WhatCannotBeSearchedIsPrivateAsAWhole) {
  file("few/1", 0600);
  file("few/2", 0644);
  file("many/1", 0600);
  file("many/2", 0644);
  file("many/3", 0644);
  EXPECT_EQ(below(find_private(folder, 3)), (Names{"few/1", "many/1"}));
  EXPECT_EQ(below(find_private(folder, 2)), (Names{"few/1", "many"}));
  // Its lowest folders have paths that are too long for a look.
  fs::create_directories(folder / "few/long");
  int parent = ::open((folder / "few/long").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::string name(250, 'n');
  for (int depth = 0; depth < 17; ++depth) {
    ASSERT_EQ(::mkdirat(parent, name.c_str(), 0755), 0);
    const int child = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(parent);
    parent = child;
  }
  ::close(parent);
  EXPECT_EQ(below(find_private(folder, 1000)), (Names{"few", "many/1"}));
}

// As a user whose group may list one folder and enter the other. In a process of its own, for that can't be undone.
TEST_F(MachineFilesTest, AFolderThatAGroupMayListOrEnterIsPrivate) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr gid_t group = 61190;
  for (const auto& [name, mode] : {std::pair{"entered", 0710}, {"listed", 0740}, {"closed", 0700}, {"open", 0755}}) {
    file(std::string(name) + "/file", 0644);
    EXPECT_EQ(::chown((folder / name).c_str(), 0, group), 0);
    EXPECT_EQ(::chmod((folder / name).c_str(), static_cast<mode_t>(mode)), 0);
  }
  EXPECT_EXIT(
      {
        if (::setgroups(1, &group) != 0 || ::setgid(default_job_user) != 0 || ::setuid(default_job_user) != 0)
          ::_exit(2);
        ::_exit(below(find_private(folder, 9)) == Names{"entered", "listed"} ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(MachineFilesTest, WhatAnotherUserMayListOrEnterIsHidden) {
  for (const auto& [name, mode] : {std::pair{"entered", 0711}, {"listed", 0744}, {"closed", 0770}}) {
    file(std::string(name) + "/file", 0644);
    EXPECT_EQ(::chmod((folder / name).c_str(), static_cast<mode_t>(mode)), 0);
  }
  const MachineFiles files({{.path = folder}}, {folder / "entered", folder / "listed", folder / "closed"},
                           StepsAre::another_user);
  EXPECT_TRUE(hides(files, folder / "entered"));
  EXPECT_TRUE(hides(files, folder / "listed"));
  EXPECT_FALSE(hides(files, folder / "closed"));
}

TEST_F(MachineFilesTest, WhatLiesInAHiddenFolderIsNotHiddenTwice) {
  file("shown/hidden/file", 0644);
  file("shown/hidden/shown/file", 0644);
  const fs::path hidden = folder / "shown/hidden";
  const MachineFiles one({{.path = folder / "shown"}}, {hidden / "file", hidden}, StepsAre::another_user);
  EXPECT_TRUE(hides(one, hidden));
  EXPECT_FALSE(hides(one, hidden / "file"));
}

TEST_F(MachineFilesTest, AnAgentWhoseUserJobsHaveKeepsItsFilesWhereJobsDoNotLook) {
  const auto check = [&](std::vector<fs::path> own, StepsAre steps) {
    const auto good = MachineFiles({{.path = folder / "sdk"}}, std::move(own), steps).check();
    return good ? "" : good.error().message();
  };
  for (const fs::path& own : {fs::path("/opt/agent/work"), fs::path("/var/lib/gems/agent"), folder / "sdk/token"}) {
    const std::string why = check({"/srv/agent", own}, StepsAre::the_agents_user);
    EXPECT_TRUE(why.contains("beside " + own.string() + ", for they run as")) << why;
    EXPECT_EQ(check({own}, StepsAre::another_user), "") << own;
  }
  // What lies in a folder that is hidden anyway, as a whole, stays hidden.
  std::vector<fs::path> good{"/var/lib/open-cicd-agent", "/var/lib/open-cicd", "/srv/agent", "/home/ci/agent", "/root"};
  if (fs::is_directory("/etc/default")) good.emplace_back("/etc/default/agent.token");
  EXPECT_EQ(check(good, StepsAre::the_agents_user), "");
}

TEST_F(MachineFilesTest, ConfigurationOfDaemonsIsDeniedAndOfProgramsIsNot) {
  for (const char* name : {"shadow", "sudoers", "environment", "fstab", "docker/daemon.json", "ssl/private/key.pem",
                           "systemd/system/x.service", "cron.d/backup", "default/exporter", "java-17-openjdk/java.conf",
                           "ssl/certs/ca.crt", "alternatives/java", "maven/settings.xml", "mime.types"})
    file(name, 0644);
  EXPECT_EQ(below(find_denied(folder)), (Names{"cron.d", "default", "docker", "environment", "fstab", "shadow",
                                               "ssl/private", "sudoers", "systemd"}));
}

TEST_F(MachineFilesTest, WhatOtherConfigurationTellsOfAccountsIsDeniedToo) {
  for (const char* name : {"passwd", "passwd-", "group", "group-", "subuid", "subuid-", "subgid", "subgid-"})
    file(name, 0644);
  EXPECT_EQ(below(find_denied(folder)), (Names{"group-", "passwd-", "subgid", "subgid-", "subuid", "subuid-"}));
}

TEST_F(MachineFilesTest, DeniedConfigurationIsFoundWhereItsLinksLead) {
  file("etc/shadow", 0644);
  file("opt/docker-etc/daemon.json", 0644);
  file("opt/ssl/private/key.pem", 0644);
  fs::create_directory_symlink("../opt/docker-etc", folder / "etc/docker");
  fs::create_directory_symlink(folder / "opt/ssl", folder / "etc/ssl");
  fs::create_symlink("nowhere", folder / "etc/fstab");
  EXPECT_EQ(below(find_denied(folder / "etc")), (Names{"etc/shadow", "opt/docker-etc", "opt/ssl/private"}));
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

TEST_F(MachineFilesTest, ExtraPathsWithinAWritableOneAreRefused) {
  const fs::path here = fs::current_path() / fmt::format("nested-paths.{}", ::getpid());
  const std::string cache = (here / "cache").string();
  const std::string inner = (here / "cache/sdk").string();
  const std::string link = (here / "link").string();
  fs::create_directories(inner);
  fs::create_directories(cache + "-of-another");
  fs::create_directory_symlink(inner, link);
  const std::string why = fmt::format("{} lies within {}, which jobs may write", inner, cache);
  for (const std::string& text : {cache + ":rw," + inner, inner + "," + cache + ":rw", inner + ":rw," + cache + ":rw"})
    EXPECT_TRUE(refusal(text).starts_with(why)) << text << ": " << refusal(text);
  EXPECT_TRUE(refusal(link + "," + cache + ":rw").starts_with(link + " lies within " + cache));
  for (const std::string& text : {cache + "," + inner, cache + "," + inner + ":rw", cache + ":rw," + cache,
                                  cache + ":rw," + cache + "-of-another", link + ":rw," + cache})
    EXPECT_EQ(refusal(text), "") << text;
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
