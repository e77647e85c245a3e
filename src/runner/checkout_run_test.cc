#include "runner/checkout_run.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

namespace fs = std::filesystem;

class TextSink final : public OutputSink {
 public:
  Task<void> write(int /*step*/, std::string_view bytes) override {
    text += bytes;
    co_return;
  }
  std::string text;
};

// Runs plans with the machine's git, from repositories that a shell makes below `root`.
class CheckoutRun : public ::testing::Test {
 protected:
  void SetUp() override {
    root = fs::temp_directory_path() / fmt::format("checkout_run_test.{}", ::getpid());
    fs::create_directories(root / "home");
    shell("git init -q --bare -b main origin");
  }
  void TearDown() override { fs::remove_all(root); }

  // What it prints; a failure fails the test.
  std::string shell(const std::string& script) {
    std::ofstream(root / "script") << "cd " << root.string() << R"sh(
      export HOME=$PWD/home GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b
      export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_DIR=origin
      blob() { printf %s "$1" | git hash-object -w --stdin; }
      raw() { git hash-object -w -t "$1" --literally --stdin; }
      entry() { printf '%s %s\0' "$1" "$2"; printf %s "$3" | sed 's/../\\x&/g' | xargs -0 printf '%b'; }
      branch() { git update-ref "refs/heads/$1" "$2"; }
      commit() { printf 'tree %s\nauthor %s\ncommitter %s\n\nmessage\n' "$1" "$2" "$2" | raw commit; }
      usual='a <a@b> 1700000000 +0000'
      )sh" << script;
    const int code = std::system(fmt::format("bash -e {0}/script > {0}/said 2>{0}/complaint", root.string()).c_str());
    EXPECT_EQ(code, 0) << script << read("complaint");
    std::string said = read("said");
    while (said.ends_with('\n')) said.pop_back();
    return said;
  }
  std::string read(const fs::path& file) const {
    std::ifstream in(root / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Task<Result<int>> run_git(const CheckoutPlan& plan, GitCommand argv, PrintGit print) {
    std::ofstream(plan.config_path) << plan.config;
    if (std::ranges::count(argv, "fetch") > 0 && broken_fetches > 0) {
      --broken_fetches;
      argv = {"sh", "-c", "echo \"fatal: unable to access 'http://h/': Failed to connect to h port 80\"; exit 128"};
    }
    int ends[2];
    if (::pipe(ends) != 0) co_return fail(ErrorKind::internal, "agent", "no pipe");
    pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      ::close(ends[0]);
      std::vector<std::string> env;
      for (const auto& [name, value] : plan.env) env.push_back(name + "=" + value);
      std::vector<char*> arguments, variables;
      for (auto& argument : argv) arguments.push_back(argument.data());
      for (auto& variable : env) variables.push_back(variable.data());
      arguments.push_back(nullptr);
      variables.push_back(nullptr);
      if (::chdir((root / "workspace").c_str()) == 0) ::execvpe(arguments[0], arguments.data(), variables.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    asio::posix::stream_descriptor out(co_await asio::this_coro::executor, ends[0]);
    std::array<char, 4096> bytes;
    for (error_code end; !end;) {
      const std::size_t got =
          co_await out.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, end));
      if (got > 0) co_await print({bytes.data(), got});
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    co_return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  Result<std::string> check_out(std::string ref, int depth, GitSettings settings = {}, const std::string& config = "") {
    return check_out({.url = "file://" + (root / "origin").string(), .ref = std::move(ref), .depth = depth}, settings,
                     config);
  }
  Result<std::string> check_out(const pipelines::Checkout& checkout, const GitSettings& settings = {},
                                const std::string& config = "") {
    fs::remove_all(root / "workspace");
    fs::create_directories(root / "workspace");
    auto plan = plan_checkout(checkout, root / "home", settings);
    if (!plan) return std::unexpected(plan.error());
    plan->config += config;
    sink.text.clear();
    GitHands git{.run = [this](const CheckoutPlan& of, GitCommand argv,
                               PrintGit print) { return run_git(of, std::move(argv), std::move(print)); },
                 .stop = [this] { ::kill(-pid, SIGKILL); },
                 .admit = admit};
    asio::io_context context(1);
    Result<std::string> done = std::string();
    asio::co_spawn(context, run_checkout(std::move(*plan), sink, std::move(git)),
                   [&done](const std::exception_ptr& failure, Result<std::string> end) {
                     if (failure) std::rethrow_exception(failure);
                     done = std::move(end);
                   });
    context.run();
    return done;
  }

  fs::path root;
  TextSink sink;
  pid_t pid = 0;
  int broken_fetches = 0;  // so many more find no server
  std::function<Task<Result<void>>(CheckoutPlan&)> admit;
};

// Serves all that is below `root` by git's own daemon, as submodules are never fetched from files.
class CheckoutSubmodules : public CheckoutRun {
 protected:
  void SetUp() override {
    CheckoutRun::SetUp();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    for (port = 20'000 + ::getpid() % 20'000; daemon == 0; ++port) {
      daemon = ::fork();
      if (daemon == 0) {
        ::setpgid(0, 0);
        ::dup2(ends[1], 2);
        const std::string listen = fmt::format("--port={}", port), base = "--base-path=" + root.string();
        ::execlp("git", "git", "-c", "safe.directory=*", "daemon", "--reuseaddr", "--verbose", "--listen=127.0.0.1",
                 listen.c_str(), base.c_str(), "--export-all", nullptr);
        ::_exit(127);
      }
      std::array<char, 4096> said{};
      ASSERT_GT(::read(ends[0], said.data(), said.size() - 1), 0);
      if (std::string_view(said.data()).contains("Ready to rumble")) break;
      ::waitpid(daemon, nullptr, 0);
      daemon = 0;
    }
    ::close(ends[0]);
    ::close(ends[1]);
    shell(R"sh(
      git init -q --bare -b main lib
      export GIT_DIR=lib
      for n in 1 2 3; do tree=$(entry 100644 file $(blob $n) | raw tree); branch main $(commit $tree "$usual"); done
    )sh");
  }
  void TearDown() override {
    if (daemon > 0) ::kill(-daemon, SIGKILL);
    if (daemon > 0) ::waitpid(daemon, nullptr, 0);
    CheckoutRun::TearDown();
  }

  // A commit on main whose .gitmodules is this, with a submodule of the newest commit of lib at vendor/lib.
  Result<std::string> check_out_with(const std::string& modules, pipelines::Checkout checkout = {.submodules = true}) {
    std::ofstream(root / "modules") << modules;
    shell(R"sh(
      lib=$(git --git-dir=lib rev-parse main)
      file=$(git hash-object -w modules)
      vendor=$(printf "160000 commit $lib\tlib\n" | git mktree)
      tree=$(printf "100644 blob $file\t.gitmodules\n040000 tree $vendor\tvendor\n" | git mktree)
      branch main $(commit $tree "$usual")
    )sh");
    checkout.url = url("origin");
    checkout.ref = "main";
    return check_out(checkout);
  }
  std::string url(const std::string& name) const { return fmt::format("git://127.0.0.1:{}/{}", port, name); }
  static std::string module_of(const std::string& lib, const std::string& name = "lib",
                               const std::string& path = "vendor/lib") {
    return fmt::format("[submodule \"{}\"]\n\tpath = {}\n\turl = {}\n", name, path, lib);
  }

  int port = 0;
  pid_t daemon = 0;
};

TEST_F(CheckoutSubmodules, AreCheckedOutAtTheirCommit) {
  for (const std::string& lib : {url("lib"), std::string("../lib")}) {
    const auto done = check_out_with(module_of(lib));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(read("workspace/vendor/lib/file"), "3") << sink.text;
    EXPECT_TRUE(sink.text.contains("submodule vendor/lib from " + url("lib"))) << sink.text;
    EXPECT_FALSE(sink.text.contains("note:")) << sink.text;
    EXPECT_TRUE(read("workspace/.git/config").contains("url = " + url("origin")));
  }
}

TEST_F(CheckoutSubmodules, AndThePathOfTheCheckoutGoTogether) {
  const auto done = check_out_with(module_of(url("lib")), {.depth = 0, .submodules = true, .path = "src/app"});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(read("workspace/src/app/vendor/lib/file"), "3");
  EXPECT_FALSE(fs::exists(root / "workspace/.git"));
}

TEST_F(CheckoutSubmodules, AreLeftOutUnlessAskedFor) {
  ASSERT_TRUE(check_out_with(module_of(url("lib")), {}));
  EXPECT_FALSE(fs::exists(root / "workspace/vendor/lib/file"));
  EXPECT_TRUE(
      sink.text.contains("note: 1 submodule is left out: vendor/lib. `checkout: {submodules: true}` checks them out."))
      << sink.text;
}

TEST_F(CheckoutSubmodules, ARepositoryWithoutAnyIsFine) {
  shell(R"sh(branch main $(commit $(entry 100644 file $(blob x) | raw tree) "$usual"))sh");
  EXPECT_TRUE(check_out({.url = url("origin"), .submodules = true}));
}

TEST_F(CheckoutSubmodules, K9_HostileOnesAreRefused) {
  const std::string lib = url("lib");
  const std::vector<std::string> modules{
      module_of("ext::touch /tmp/k9"),
      module_of("file://" + (root / "lib").string()),
      module_of((root / "lib").string()),
      module_of("-u./payload"),
      module_of("ssh://-oProxyCommand=id/x"),
      module_of(lib, "../../hooks"),
      module_of(lib, "a/.git/b"),
      module_of(lib, "lib", "\"vendor/lib\\r\""),
      module_of(lib, "lib\r"),
      module_of(lib, "lib", "../lib"),
      module_of(lib, "lib", "/tmp/lib"),
      module_of(lib) + "\tupdate = !touch /tmp/k9\n",
  };
  for (const std::string& text : modules) {
    const auto done = check_out_with(text);
    const bool left_out = done && !fs::exists(root / "workspace/vendor/lib/file");
    EXPECT_TRUE(!done || left_out) << text << sink.text;
    if (!done) EXPECT_EQ(done.error().code(), "exit") << text;
    EXPECT_FALSE(fs::exists("/tmp/k9")) << text;
  }
}

TEST_F(CheckoutSubmodules, K9_EachHostIsAskedAboutBeforeItIsConnectedTo) {
  std::vector<std::string> asked;
  admit = [&asked](CheckoutPlan& plan) -> Task<Result<void>> {
    asked.push_back(plan.reached);
    co_return fail(ErrorKind::forbidden, "exit", "not there");
  };
  const auto done = check_out_with(module_of("../lib"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "not there");
  EXPECT_EQ(asked, std::vector{url("lib")}) << "as git made it of a relative one";
}

TEST_F(CheckoutSubmodules, OneThatCannotBeFetchedIsNamed) {
  const auto done = check_out_with(module_of(url("none")));
  ASSERT_FALSE(done);
  EXPECT_TRUE(
      done.error().message().starts_with("The submodule vendor/lib could not be fetched, which is done without "
                                         "user or token: git submodule update failed"))
      << done.error().message();
}

TEST_F(CheckoutRun, APathIsAFolderBelowTheWorkspace) {
  shell(R"sh(branch main $(commit $(entry 100644 file $(blob text) | raw tree) "$usual"))sh");
  const auto done = check_out({.url = "file://" + (root / "origin").string(), .path = "a/b"});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(read("workspace/a/b/file"), "text");
  EXPECT_FALSE(fs::exists(root / "workspace/.git"));
}

TEST_F(CheckoutRun, WhatGitClonesWeClone) {
  shell(R"sh(
    file=$(blob text); good=$(entry 100644 file $file | raw tree)
    sub=$(entry 100644 inner $file | raw tree)
    branch zeroPaddedFilemode $(commit $( { entry 100644 file $file; entry 040000 sub $sub; } | raw tree) "$usual")
    branch badTimezone $(commit $good 'a <a@b> 1700000000 +051800')
    branch missingSpaceBeforeDate $(commit $good 'a <a@b>1700000000 +0000')
    branch missingSpaceBeforeEmail $(commit $good 'a<a@b> 1700000000 +0000')
    branch missingNameBeforeEmail $(commit $good '<a@b> 1700000000 +0000')
    branch zeroPaddedDate $(commit $good 'a <a@b> 01700000000 +0000')
    branch badDateOverflow $(commit $good 'a <a@b> 18446744073709551999 +0000')
    branch missingEmail $(commit $good 'a 1700000000 +0000')
    branch badEmail $(commit $good 'a <a@b')
    branch nulInCommit $( { printf 'tree %s\nauthor %s\ncommitter %s\n\na\0b\n' $good "$usual" "$usual"; } | raw commit)
    branch multipleAuthors $(printf 'tree %s\nauthor %s\nauthor %s\ncommitter %s\n\nm\n' $good "$usual" "$usual" "$usual" | raw commit)
    branch duplicateEntries $(commit $( { entry 100644 file $file; entry 100644 file $file; } | raw tree) "$usual")
    branch treeNotSorted $(commit $( { entry 100644 file $file; entry 100644 a $file; } | raw tree) "$usual")
    branch badFilemode $(commit $(entry 100600 file $file | raw tree) "$usual")
  )sh");
  for (const char* kind : {"zeroPaddedFilemode", "badTimezone", "missingSpaceBeforeDate", "missingSpaceBeforeEmail",
                           "missingNameBeforeEmail", "zeroPaddedDate", "badDateOverflow", "missingEmail", "badEmail",
                           "nulInCommit", "multipleAuthors", "duplicateEntries", "treeNotSorted", "badFilemode"}) {
    shell(fmt::format("unset GIT_DIR; rm -rf plain; git clone -q -b {} origin plain && test -s plain/file", kind));
    const auto done = check_out(kind, 1);
    EXPECT_TRUE(done) << kind << ": " << done.error().message() << sink.text;
    EXPECT_EQ(read("workspace/file"), "text") << kind;
  }
  EXPECT_TRUE(check_out("badTimezone", 0)) << "all of them at once";
}

TEST_F(CheckoutRun, ARepositoryOfSha256IsCheckedOutAsOne) {
  shell(R"sh(
    rm -rf origin; git init -q --bare -b main --object-format=sha256 origin
    file=$(blob text)
    branch main $(commit $(entry 100644 file $file | raw tree) "$usual")
    git tag v1 main
  )sh");
  const std::string head = shell("git rev-parse main");
  ASSERT_EQ(head.size(), 64U);
  for (const auto& [ref, depth] :
       std::vector<std::pair<std::string, int>>{{"", 1}, {"main", 0}, {"v1", 1}, {head, 1}}) {
    const auto done = check_out(ref, depth);
    ASSERT_TRUE(done) << ref << ": " << done.error().message() << sink.text;
    EXPECT_EQ(*done, head);
    EXPECT_EQ(read("workspace/file"), "text");
    EXPECT_EQ(sink.text.contains("a repository of SHA-256: fetched once more as such\n"), ref != head) << sink.text;
  }
  const auto none = check_out("nope", 1);
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().message().contains("couldn't find remote ref nope")) << none.error().message();
}

TEST_F(CheckoutRun, K11_WhatWouldHarmIsRefused) {
  shell(R"sh(
    file=$(blob text)
    named() { branch "$1" $(commit $(entry "$2" "$3" "$4" | raw tree) "$usual"); }
    sub=$(entry 100644 config $file | raw tree)
    named dotgit 40000 .git $sub; named capitals 40000 .GIT $sub; named windows 40000 'git~1' $sub
    named mac 40000 $(printf '.g\u200cit') $sub; named dotdot 40000 .. $sub; named path 100644 a/b $file
    named link 120000 .gitmodules $(blob /etc/passwd)
    named option 100644 .gitmodules $(blob "$(printf '[submodule "x"]\npath = x\nurl = -u./payload')")
    named command 100644 .gitmodules $(blob "$(printf '[submodule "x"]\npath = x\nurl = https://h/r\nupdate = !id')")
    named name 100644 .gitmodules $(blob "$(printf '[submodule "../../x"]\npath = x\nurl = https://h/r')")
  )sh");
  for (const char* kind :
       {"dotgit", "capitals", "windows", "mac", "dotdot", "path", "link", "option", "command", "name"}) {
    const auto done = check_out(kind, 1);
    ASSERT_FALSE(done) << kind;
    EXPECT_EQ(done.error().code(), "exit");
    EXPECT_TRUE(done.error().message().contains("error: object ")) << kind << ": " << done.error().message();
  }
}

// A tree may hold a link and a folder of the same name: what is in the folder must not go where the link points.
TEST_F(CheckoutRun, K11_NoFileIsWrittenThroughALink) {
  shell(R"sh(
    file=$(blob text); sub=$(entry 100644 file $file | raw tree); outside=$(blob $PWD/outside)
    mkdir outside
    branch after $(commit $( { entry 120000 a $outside; entry 40000 a $sub; } | raw tree) "$usual")
    branch before $(commit $( { entry 40000 a $sub; entry 120000 a $outside; } | raw tree) "$usual")
  )sh");
  for (const char* order : {"after", "before"}) {
    check_out(order, 1);
    EXPECT_TRUE(fs::is_empty(root / "outside")) << order;
  }
}

TEST_F(CheckoutRun, AServerThatPacksForLongIsAliveWhileItSaysSo) {
  shell("branch main $(commit $(entry 100644 file $(blob text) | raw tree) \"$usual\")");
  std::ofstream(root / "slow") << "#!/bin/sh\nsleep 4\nexec \"$@\"\n";
  fs::permissions(root / "slow", fs::perms::owner_all);
  const std::string packs_slowly =
      fmt::format("[uploadpack]\n\tpackObjectsHook = {}\n\tkeepAlive = ", (root / "slow").string());
  const GitSettings settings{.silence_max = Milliseconds(2'500)};
  const auto alive = check_out("main", 1, settings, packs_slowly + "1\n");
  EXPECT_TRUE(alive) << alive.error().message();
  const auto start = std::chrono::steady_clock::now();
  const auto silent = check_out("main", 1, settings, packs_slowly + "0\n");
  ASSERT_FALSE(silent);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  EXPECT_TRUE(silent.error().message().contains("nothing was heard of file://")) << silent.error().message();
  EXPECT_TRUE(silent.error().message().contains("for 2s500ms, the agent's checkout_silence_max"))
      << silent.error().message();
}

TEST_F(CheckoutRun, TheWholeHistoryHasAllTagsAndBranches) {
  shell(R"sh(
    tree=$(entry 100644 file $(blob text) | raw tree)
    one=$(git commit-tree $tree -m one); two=$(git commit-tree $tree -p $one -m two)
    three=$(git commit-tree $tree -p $two -m three)
    branch main $two; branch feature $three; git tag -m annotated v1 $one; git tag light $three
    git update-ref refs/pull/7/head $(git commit-tree $tree -p $two -m pull)
  )sh");
  const auto at = [this](const std::string& command) { return shell("unset GIT_DIR; git -C workspace " + command); };
  for (const char* ref : {"", "main", "refs/heads/main"}) {
    ASSERT_TRUE(check_out(ref, 0)) << sink.text;
    EXPECT_TRUE(at("describe").starts_with("v1-1-g")) << ref;
    EXPECT_EQ(at("rev-list --count HEAD"), "2");
    EXPECT_EQ(at("for-each-ref --format='%(refname)'"),
              "refs/remotes/origin/feature\nrefs/remotes/origin/main\nrefs/tags/light\nrefs/tags/v1");
  }
  ASSERT_TRUE(check_out("feature", 0));
  EXPECT_EQ(at("describe --tags"), "light");
  EXPECT_EQ(at("merge-base origin/main HEAD"), at("rev-parse origin/main"));
  ASSERT_TRUE(check_out("v1", 0));
  EXPECT_EQ(at("log -1 --format=%s"), "one");
  ASSERT_TRUE(check_out("refs/pull/7/head", 0));
  EXPECT_TRUE(at("describe").starts_with("v1-2-g"));
  ASSERT_TRUE(check_out(at("rev-parse origin/main"), 0));
  EXPECT_EQ(at("log -1 --format=%s"), "two");
  ASSERT_TRUE(check_out("feature", 1));
  EXPECT_EQ(at("rev-list --count HEAD"), "1");
  EXPECT_EQ(at("tag"), "");
}

TEST_F(CheckoutRun, TheLogSaysWhatIsLeftOut) {
  shell(R"sh(
    attributes=$(blob '*.bin filter=lfs diff=lfs merge=lfs -text'); file=$(blob text)
    modules=$(blob "$(printf '[submodule "lib"]\npath = vendor/lib\nurl = https://h/lib')")
    vendor=$(printf '160000 commit 1111111111111111111111111111111111111111\tlib\n' | git mktree)
    branch both $(commit $( { entry 100644 .gitattributes $attributes; entry 100644 .gitmodules $modules
      for name in a b c d; do entry 100644 $name.bin $file; done; entry 40000 vendor $vendor; } | raw tree) "$usual")
    branch one $(commit $( { entry 100644 .gitattributes $attributes; entry 100644 ü.bin $file; } | raw tree) "$usual")
    branch none $(commit $(entry 100644 a.bin $file | raw tree) "$usual")
  )sh");
  ASSERT_TRUE(check_out("both", 1));
  EXPECT_TRUE(sink.text.contains("note: 1 submodule is left out: vendor/lib.")) << sink.text;
  EXPECT_TRUE(
      sink.text.contains("note: 4 files are of Git LFS, left as pointers: a.bin, b.bin, c.bin, …. `checkout: {lfs: "
                         "true}` fetches them."))
      << sink.text;
  ASSERT_TRUE(check_out("one", 1));
  EXPECT_TRUE(sink.text.contains("note: 1 file is of Git LFS, left as a pointer: ü.bin.")) << sink.text;
  ASSERT_TRUE(check_out("none", 1));
  EXPECT_FALSE(sink.text.contains("note: ")) << sink.text;
}

TEST_F(CheckoutRun, TheCommitIsTheOneThatWasCheckedOutWhateverItsMessageSays) {
  const std::string commit = shell(R"sh(
    tree=$(entry 100644 file $(blob text) | raw tree)
    commit=$(printf 'x\r1111111111111111111111111111111111111111 y\nz' | git commit-tree $tree); branch main $commit; echo $commit)sh");
  const auto done = check_out("main", 1);
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, commit);
}

TEST_F(CheckoutRun, AFetchThatBreaksOffIsRepeated) {
  shell("branch main $(commit $(git mktree </dev/null) \"$usual\")");
  broken_fetches = 2;
  const auto done = check_out("main", 1, {.retry_first = Milliseconds(1)});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(sink.text.contains("the fetch broke off; again in")) << sink.text;
  broken_fetches = 1000;
  const auto failed = check_out("main", 1, {.patience = Milliseconds(50), .retry_first = Milliseconds(1)});
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().message().contains("Failed to connect")) << failed.error().message();
  EXPECT_GT(1000 - broken_fetches, 1);
}

TEST_F(CheckoutRun, WhatCannotPassIsSaidAtOnce) {
  const auto failed = check_out("missing", 1);
  ASSERT_FALSE(failed);
  EXPECT_FALSE(sink.text.contains("again in")) << sink.text;
}

TEST_F(CheckoutRun, AFailureQuotesTheCause) {
  const auto done = check_out("nope", 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "git fetch failed with exit code 128: fatal: couldn't find remote ref nope");
}

}  // namespace
}  // namespace open_cicd::runner
