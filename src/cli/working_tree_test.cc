#include "cli/working_tree.h"

#include "cli/scripted_server.h"

#include <sys/wait.h>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;

// A command of a shell, in the folder; what it prints.
std::string shell(const fs::path& folder, const std::string& command) {
  const std::string whole = fmt::format("cd '{}' && {{ {}; }} 2>&1", folder.string(), command);
  FILE* pipe = ::popen(whole.c_str(), "r");
  std::string out;
  std::array<char, 1024> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), got);
  EXPECT_EQ(WEXITSTATUS(::pclose(pipe)), 0) << command << ": " << out;
  return out;
}

class WorkingTree : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
      ::setenv(fmt::format("GIT_{}_NAME", who).c_str(), "T", 1);
      ::setenv(fmt::format("GIT_{}_EMAIL", who).c_str(), "t@example.com", 1);
    }
  }
  WorkingTree() {
    fs::create_directory(repository());
    shell(repository(),
          "git init -q -b trunk && echo one > a && mkdir b && echo two > b/c && echo '*.o' > .gitignore && git add . "
          "&& git commit -qm first");
  }
  fs::path repository() const { return folder_.path() / "repository"; }
  Snapshot take(const fs::path& from) const {
    Result<Snapshot> taken = take_snapshot(from, folder_.path() / "snapshot.git");
    if (!taken) throw std::runtime_error(taken.error().message());
    return *taken;
  }
  // "name content" of each file that a checkout of the snapshot has.
  std::string checked_out(const Snapshot& snapshot) const {
    shell(folder_.path(),
          fmt::format("git init -q w && cd w && git fetch -q --depth=1 '{}' '{}' && git checkout -q FETCH_HEAD",
                      snapshot.url, snapshot.ref));
    return shell(folder_.path() / "w",
                 "find . -path ./.git -prune -o -type f -print | sort | while read f; do echo \"$f $(cat $f)\"; done");
  }

  const TempFolder folder_;
};

TEST_F(WorkingTree, WithoutChangesItIsTheCommitThatIsThere) {
  const Snapshot snapshot = take(repository());
  EXPECT_FALSE(snapshot.differs);
  EXPECT_EQ(snapshot.commit + "\n", shell(repository(), "git rev-parse HEAD"));
  EXPECT_EQ(snapshot.branch, "trunk");
  EXPECT_EQ(snapshot.ref, "refs/heads/trunk");
  EXPECT_EQ(checked_out(snapshot), "./.gitignore *.o\n./a one\n./b/c two\n");
}

TEST_F(WorkingTree, ChangesAreInItAndTheRepositoryIsOnlyRead) {
  shell(repository(),
        "echo changed > a && git add a && echo again > a && rm b/c && echo new > d && echo ignored > e.o && git config "
        "core.splitIndex true");
  const std::string before = shell(repository(), "git status --porcelain && find .git -type f | sort");
  const Snapshot snapshot = take(repository());
  EXPECT_TRUE(snapshot.differs);
  EXPECT_EQ(checked_out(snapshot), "./.gitignore *.o\n./a again\n./d new\n");
  EXPECT_EQ(shell(repository(), "git status --porcelain && find .git -type f | sort"), before);
  EXPECT_EQ(shell(folder_.path() / "snapshot.git", "git log --format=%s trunk"),
            "The working tree, with what is not committed\nfirst\n");
}

TEST_F(WorkingTree, AFolderOfTheRepositoryMeansAllOfIt) {
  EXPECT_EQ(checked_out(take(repository() / "b")), "./.gitignore *.o\n./a one\n./b/c two\n");
}

TEST_F(WorkingTree, WhatTheRepositoryAloneExcludesIsLeftOut) {
  shell(repository(), "echo mine > notes && mkdir -p .git/info && echo notes >> .git/info/exclude");
  EXPECT_FALSE(take(repository()).differs);
}

TEST_F(WorkingTree, ARepositoryWithoutACommit) {
  shell(folder_.path(), "git init -q -b first fresh && echo x > fresh/x");
  const Snapshot snapshot = take(folder_.path() / "fresh");
  EXPECT_TRUE(snapshot.differs);
  EXPECT_EQ(snapshot.branch, "first");
  EXPECT_EQ(checked_out(snapshot), "./x x\n");
}

TEST_F(WorkingTree, ADetachedHeadOfAShallowClone) {
  shell(repository(), "echo 2 > a && git commit -qam second");
  shell(folder_.path(),
        fmt::format("git clone -q --depth=1 'file://{}' shallow && cd shallow && git checkout -q --detach",
                    repository().string()));
  const Snapshot snapshot = take(folder_.path() / "shallow");
  EXPECT_EQ(snapshot.branch, "HEAD");
  EXPECT_FALSE(snapshot.differs);
  EXPECT_EQ(checked_out(snapshot), "./.gitignore *.o\n./a 2\n./b/c two\n");
}

TEST_F(WorkingTree, AFolderWithoutARepositoryIsTakenWhole) {
  fs::create_directory(folder_.path() / "plain");
  shell(folder_.path() / "plain", "echo x > x && mkdir y && echo z > 'y/z'");
  const Snapshot snapshot = take(folder_.path() / "plain");
  EXPECT_EQ(snapshot.branch, "main");
  EXPECT_EQ(snapshot.objects, fs::path());
  EXPECT_EQ(checked_out(snapshot), "./x x\n./y/z z\n");
  EXPECT_FALSE(fs::exists(folder_.path() / "plain" / ".git"));
}

TEST_F(WorkingTree, OurOwnVariablesDoNotLeadElsewhere) {
  ::setenv("GIT_DIR", "/nonexistent", 1);
  ::setenv("GIT_INDEX_FILE", "/nonexistent/index", 1);
  const Result<Snapshot> snapshot = take_snapshot(repository(), folder_.path() / "snapshot.git");
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_INDEX_FILE");
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_FALSE(snapshot->differs);
}

TEST_F(WorkingTree, WhatGitSaysIsTold) {
  const Result<Snapshot> refused = take_snapshot(repository(), repository() / "a" / "snapshot.git");  // below a file
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "no_snapshot");
  EXPECT_TRUE(refused.error().message().starts_with("The working tree cannot be copied: \"git init\" says: fatal: "))
      << refused.error().message();
}

TEST(WorkingTreeWithoutGit, IsAClearError) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const Result<Snapshot> refused = take_snapshot(".", "/nonexistent/x");
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "no_git");
  EXPECT_EQ(refused.error().message(),
            "git cannot be started: No such file or directory. It copies the working tree; install it.");
}

}  // namespace
}  // namespace open_cicd::cli
