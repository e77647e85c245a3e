#include "git/mirror.h"

#include "base/program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace open_cicd::git {
namespace {

namespace fs = std::filesystem;

// A repository with a history, and a mirror of it.
class MirrorTest : public ::testing::Test {
 protected:
  MirrorTest() {
    run({"init", "-q", "-b", "main", remote.string()}, "/");
    first =
        commit({{"a.txt", "1"}, {".open-cicd.yml", "jobs: {}\n"}, {".open-cicd/b.yml", "b"}, {".open-cicd/a.yml", "a"}},
               "first\n\nWith a body.");
    second = commit({{"b.txt", "2"}}, "second");
  }
  ~MirrorTest() override { fs::remove_all(root); }

  static fs::path make_root() {
    std::string name = (fs::temp_directory_path() / "mirror-XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  static std::string run(std::vector<std::string> arguments, const fs::path& directory) {
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
      fs::create_directories((remote / path).parent_path());
      std::ofstream(remote / path) << text;
    }
    run({"add", "-A"}, remote);
    run({"commit", "-q", "-m", message}, remote);
    return run({"rev-parse", "HEAD"}, remote);
  }

  const fs::path root = make_root();
  const fs::path remote = root / "remote";
  const Remote from{.url = "file://" + remote.string(), .user = {}, .password = {}};
  std::string first, second;
  std::atomic<bool> stop = false;
  Mirror mirror{root / "mirror.git", {}, &stop};
};

TEST_F(MirrorTest, FetchesBranchesTagsAndAskedRefsAndForgetsThoseThatAreGone) {
  run({"tag", "-a", "-m", "t", "v1"}, remote);
  run({"update-ref", "refs/pull/7/head", first}, remote);
  run({"branch", "gone"}, remote);
  ASSERT_TRUE(mirror.fetch(from, {"refs/pull/7/head"}));
  EXPECT_EQ(mirror.resolve("refs/heads/main").value(), second);
  EXPECT_EQ(mirror.resolve("refs/tags/v1").value(), second);
  EXPECT_EQ(mirror.resolve("refs/pull/7/head").value(), first);
  EXPECT_EQ(mirror.resolve("refs/heads/gone").value(), second);
  EXPECT_EQ(mirror.resolve("refs/heads/mai").value(), std::nullopt);
  run({"branch", "-D", "gone"}, remote);
  ASSERT_TRUE(mirror.fetch(from));
  EXPECT_EQ(mirror.resolve("refs/heads/gone").value(), std::nullopt);
}

TEST_F(MirrorTest, ARefThatIsGoneStopsNothingAndItsCommitIsHadByName) {
  run({"checkout", "-q", "-b", "side"}, remote);
  const std::string side = commit({{"side.txt", "s"}}, "side");
  run({"checkout", "-q", "main"}, remote);
  run({"branch", "-q", "-D", "side"}, remote);
  ASSERT_TRUE(mirror.fetch(from, {"refs/pull/7/head"}));
  EXPECT_EQ(mirror.resolve("refs/heads/main").value(), second);
  EXPECT_FALSE(mirror.has_commit(side));
  mirror.fetch_commit(from, side);
  EXPECT_TRUE(mirror.has_commit(side));
}

TEST_F(MirrorTest, ReadsCommitsFilesAndFolders) {
  ASSERT_TRUE(mirror.fetch(from));
  const auto commit = mirror.commit(first);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->author, "Ada");
  EXPECT_EQ(commit->message, "first\n\nWith a body.\n");
  EXPECT_EQ(mirror.file(from, first, ".open-cicd.yml").value(), "jobs: {}\n");
  EXPECT_EQ(mirror.file(from, first, "b.txt").value(), std::nullopt);
  EXPECT_EQ(mirror.file(from, second, "b.txt").value(), "2");
  EXPECT_EQ(mirror.file(from, first, ".open-cicd").value(), std::nullopt);
  EXPECT_EQ(mirror.files_in(first, ".open-cicd").value(),
            (std::vector<std::string>{".open-cicd/a.yml", ".open-cicd/b.yml"}));
  EXPECT_TRUE(mirror.files_in(first, "nothing").value().empty());
  EXPECT_EQ(mirror.commit(std::string(40, 'a')).error().code(), "no_commit");
}

TEST_F(MirrorTest, K8_APathOrRefThatIsNoNameIsNothing) {
  ASSERT_TRUE(mirror.fetch(from));
  for (const char* path : {"--upload-pack=x", "a.txt\nHEAD:a.txt", "/etc/passwd", "", "../a.txt", ":(glob)*"})
    EXPECT_EQ(mirror.file(from, first, path).value(), std::nullopt) << path;
  for (const char* ref : {"--upload-pack=x", "refs/heads/*x", "@{-1}", "..", "refs/heads", "refs/heads/*"})
    EXPECT_EQ(mirror.resolve(ref).value(), std::nullopt);
}

TEST_F(MirrorTest, KnowsWhatChanged) {
  run({"checkout", "-q", "-b", "side", first}, remote);
  const std::string side = commit({{"side.txt", "s"}}, "side");
  ASSERT_TRUE(mirror.fetch(from));
  using Paths = std::vector<std::string>;
  EXPECT_EQ(mirror.changed(first, second, false).value(), Paths{"b.txt"});
  EXPECT_EQ(mirror.changed(second, side, false).value(), (Paths{"b.txt", "side.txt"}));
  EXPECT_EQ(mirror.changed(second, side, true).value(), Paths{"side.txt"});
  EXPECT_EQ(mirror.changed(std::string(40, 'a'), side, false).value(), std::nullopt);
}

TEST_F(MirrorTest, HasCommitAsksNoRemote) {
  ASSERT_TRUE(mirror.fetch(from));
  EXPECT_TRUE(mirror.has_commit(first));
  EXPECT_FALSE(mirror.has_commit(std::string(40, 'a')));
  const std::string third = commit({{"c", "3"}}, "third");
  EXPECT_FALSE(mirror.has_commit(third));
}

TEST_F(MirrorTest, AForcedPushIsFollowedAndTheOldCommitStays) {
  ASSERT_TRUE(mirror.fetch(from));
  run({"reset", "-q", "--hard", first}, remote);
  const std::string other = commit({{"c", "3"}}, "other");
  ASSERT_TRUE(mirror.fetch(from));
  EXPECT_EQ(mirror.resolve("refs/heads/main").value(), other);
  EXPECT_TRUE(mirror.has_commit(second));
  EXPECT_EQ(mirror.changed(second, other, false).value(), (std::vector<std::string>{"b.txt", "c"}));
}

TEST_F(MirrorTest, APartialMirrorFetchesAFileWhenItIsRead) {
  run({"config", "uploadpack.allowFilter", "true"}, remote);
  run({"config", "uploadpack.allowAnySHA1InWant", "true"}, remote);
  ASSERT_TRUE(mirror.fetch(from));
  EXPECT_EQ(mirror.file(from, first, ".open-cicd.yml").value(), "jobs: {}\n");
  EXPECT_EQ(mirror.changed(first, second, false).value(), std::vector<std::string>{"b.txt"});
}

TEST_F(MirrorTest, ListsTheRemote) {
  const auto refs = mirror.list_remote(from);
  ASSERT_TRUE(refs);
  EXPECT_EQ(*refs, (Refs{{"refs/heads/main", second}}));
  EXPECT_EQ(mirror.default_branch(from).value(), "main");
}

TEST_F(MirrorTest, ARemoteThatIsNotThereIsToldInGitsWords) {
  const Remote nowhere{.url = "file:///nonexistent/x", .user = {}, .password = {}};
  const auto fetched = mirror.fetch(nowhere);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code(), "git_fetch");
  EXPECT_NE(fetched.error().message().find("does not appear to be a git repository"), std::string::npos)
      << fetched.error().message();
  stop = true;
  EXPECT_EQ(mirror.fetch(from).error().code(), "program_stopped");
}

TEST_F(MirrorTest, K4_OtherTransportsAreRefused) {
  for (const char* url : {"ext::sh -c touch% /tmp/pwned", "ftp://127.0.0.1/x", "dict://127.0.0.1/x"})
    EXPECT_FALSE(mirror.fetch({.url = url, .user = {}, .password = {}})) << url;
}

}  // namespace
}  // namespace open_cicd::git
