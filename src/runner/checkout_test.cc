#include "runner/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

namespace fs = std::filesystem;

// Runs a plan as an executor does, and everything else of git by a plain shell.
class CheckoutPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root = fs::temp_directory_path() / fmt::format("checkout_test.{}", ::getpid());
    fs::create_directories(root / "home");
    fs::create_directories(root / "workspace");
    ASSERT_EQ(shell("cd " + root.string() + R"(
      export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      git init -q -b trunk origin && cd origin
      echo one > file && git add file && git commit -qm first && git tag v1
      echo two > file && git commit -qam second
      git checkout -q -b feature/x && echo three > file && git commit -qam third && git checkout -q trunk
      git rev-parse trunk > ../second && git rev-parse v1 > ../first)"),
              0);
  }
  void TearDown() override { fs::remove_all(root); }

  static int shell(const std::string& script) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execl("/bin/sh", "sh", "-e", "-c", script.c_str(), nullptr);
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
  }

  int run(const CheckoutPlan& plan) {
    std::ofstream(plan.config_path) << plan.config;
    for (const auto& command : plan.commands) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        std::vector<std::string> env;
        for (const auto& [name, value] : plan.env) env.push_back(name + "=" + value);
        std::vector<char*> argv;
        std::vector<char*> envp;
        for (const auto& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
        for (auto& variable : env) envp.push_back(variable.data());
        argv.push_back(nullptr);
        envp.push_back(nullptr);
        if (::chdir((root / "workspace").c_str()) == 0) ::execvpe(argv[0], argv.data(), envp.data());
        ::_exit(127);
      }
      int status = 0;
      ::waitpid(pid, &status, 0);
      if (status != 0) return WEXITSTATUS(status);
    }
    return 0;
  }

  int check_out(std::string ref, int depth = 1) {
    fs::remove_all(root / "workspace");
    fs::create_directories(root / "workspace");
    const auto plan = plan_checkout({.url = url(), .ref = std::move(ref), .depth = depth}, root / "home");
    return plan ? run(*plan) : -1;
  }
  std::string url() const { return "file://" + (root / "origin").string(); }
  std::string read(const fs::path& file) const {
    std::ifstream in(root / file);
    std::string text;
    in >> text;
    return text;
  }

  fs::path root;
};

TEST_F(CheckoutPlanTest, BranchTagCommitAndHead) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "two"},   {"trunk", "two"},        {"refs/heads/trunk", "two"}, {"feature/x", "three"},
      {"v1", "one"}, {read("second"), "two"}, {read("first"), "one"}};
  for (const auto& [ref, text] : cases) {
    EXPECT_EQ(check_out(ref), 0) << ref;
    EXPECT_EQ(read("workspace/file"), text) << ref;
  }
}

TEST_F(CheckoutPlanTest, DepthLimitsTheHistory) {
  EXPECT_EQ(check_out("feature/x", 1), 0);
  EXPECT_EQ(shell("test $(git -C " + (root / "workspace").string() + " -c safe.directory=* rev-list --count HEAD) = 1"),
            0);
  EXPECT_EQ(check_out("feature/x", 0), 0);
  EXPECT_EQ(shell("test $(git -C " + (root / "workspace").string() + " -c safe.directory=* rev-list --count HEAD) = 3"),
            0);
}

TEST_F(CheckoutPlanTest, AMissingRefFails) {
  EXPECT_NE(check_out("no-such-branch"), 0);
}

TEST_F(CheckoutPlanTest, K11_NoHookOfTheUserRuns) {
  const auto hooks = root / "hooks";
  fs::create_directories(hooks);
  std::ofstream(hooks / "post-checkout") << "#!/bin/sh\ntouch " << (root / "hooked").string() << '\n';
  fs::permissions(hooks / "post-checkout", fs::perms::owner_all);
  std::ofstream(root / "home/.gitconfig") << "[core]\n\thooksPath = " << hooks.string() << '\n';
  EXPECT_EQ(check_out("trunk"), 0);
  EXPECT_FALSE(fs::exists(root / "hooked"));
}

TEST(PlanCheckout, K4_RefusesHostileUrls) {
  for (const std::string url :
       {"", "-u", "--upload-pack=touch /tmp/p", "ext::sh -c id", "ext::sh", "/etc", "../up", "ftp://h/r", "data:x",
        "ssh://-oProxyCommand=id/r", "ssh://-o@h/r", "-oProxyCommand=id@h:r", "user@-h:r", "https://h/r\nHost: x",
        "https://h/a b", "fd::3", "git@h::r", "javascript:alert(1)"})
    EXPECT_FALSE(plan_checkout({.url = url}, "/home")) << url;
  for (const std::string url :
       {"https://h/r.git", "http://u:p@h:8080/r", "ssh://git@h:22/r", "git@h:group/r.git", "git://h/r", "file:///r"})
    EXPECT_TRUE(plan_checkout({.url = url}, "/home")) << url;
}

TEST(PlanCheckout, K8_RefusesHostileRefs) {
  for (const std::string ref : {"-x", "--upload-pack=id", "+main", "a:b", "main:refs/heads/x", "a..b", "@{-1}", "a b",
                                "a\n", "^main", "x*", "/x", "x/", "x.", "a//b", "a\\b"})
    EXPECT_FALSE(plan_checkout({.url = "https://h/r", .ref = ref}, "/home")) << ref;
  for (const std::string ref : {"main", "feature/x", "refs/pull/1/head", "v1.0", "ünï"})
    EXPECT_TRUE(plan_checkout({.url = "https://h/r", .ref = ref}, "/home")) << ref;
}

TEST(PlanCheckout, C11_CredentialsReachGitInItsEnvironmentOnly) {
  const auto plan = plan_checkout({.url = "https://us%40er:p%2Fw@h:8443/r.git", .ref = "main"}, "/home");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->commands[1].back(), "https://h:8443/r.git");
  EXPECT_EQ(plan->env.at("GIT_CONFIG_COUNT"), "1");
  EXPECT_EQ(plan->env.at("GIT_CONFIG_KEY_0"), "http.https://h:8443/r.git.extraHeader");
  EXPECT_EQ(plan->env.at("GIT_CONFIG_VALUE_0"), "Authorization: Basic dXNAZXI6cC93");  // us@er:p/w
  const std::vector<std::pair<std::string, std::string>> headers{
      {"http://token@h/r", "dG9rZW46"}, {"http://u:p@h/r", "dTpw"}, {"http://u:pw@h/r?a@b", "dTpwdw=="}};
  for (const auto& [url, encoded] : headers)
    EXPECT_EQ(plan_checkout({.url = url}, "/home")->env.at("GIT_CONFIG_VALUE_0"), "Authorization: Basic " + encoded);
  for (const std::string url : {"https://h/r", "https://h/a@b", "ssh://git@h/r", "git@h:r"}) {
    const auto bare = plan_checkout({.url = url}, "/home");
    EXPECT_EQ(bare->commands[1].back(), url);
    EXPECT_FALSE(bare->env.contains("GIT_CONFIG_COUNT")) << url;
  }
}

TEST(PlanCheckout, ARefusalDoesNotShowCredentials) {
  const auto plan = plan_checkout({.url = "https://user:secret@-h/r"}, "/home");
  ASSERT_FALSE(plan);
  EXPECT_FALSE(plan.error().message().contains("secret")) << plan.error().message();
}

std::string redirect(const std::string& from, const std::string& to) {
  const auto plan = plan_redirected(plan_checkout({.url = from}, "/home").value(), to);
  return plan ? plan->checkout.url : plan.error().message();
}

TEST(PlanCheckout, C11_ARedirectKeepsTheCredentialsOnlyAtTheSameHost) {
  constexpr const char* tail = "/info/refs?service=git-upload-pack";
  const std::vector<std::array<std::string, 3>> cases{
      {"http://u:p@h/a", "http://h/b.git", "http://u:p@h/b.git"},
      {"http://u:p@h/a", "https://h/b.git", "https://u:p@h/b.git"},
      {"https://u:p@h/a", "https://h/b.git", "https://u:p@h/b.git"},
      {"https://u:p@h/a", "https://other/b.git", "https://other/b.git"},
      {"https://u:p@h/a", "https://h:8443/b.git", "https://h:8443/b.git"},
      {"http://u:p@h:81/a", "https://h:81/b.git", "https://h:81/b.git"},
      {"https://u:p@h/a", "https://x:y@other/b.git", "https://other/b.git"},
      {"https://u:p@h/a", "https://h@other/b.git", "https://other/b.git"},
      {"https://h/a", "https://other/b.git", "https://other/b.git"},
      {"https://u:p@h:444/a", "/b.git", "https://u:p@h:444/b.git"},
  };
  for (const auto& [from, to, expected] : cases) EXPECT_EQ(redirect(from, to + tail), expected) << from << " " << to;
  const auto plan = plan_redirected(plan_checkout({.url = "http://u:p@h/a"}, "/home").value(),
                                    std::string("http://other/b.git") + tail);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->env.at("GIT_CONFIG_COUNT"), "1");
  EXPECT_EQ(plan->env.at("GIT_CONFIG_KEY_0"), "url.http://other/b.git.insteadOf");
  EXPECT_EQ(plan->env.at("GIT_CONFIG_VALUE_0"), "http://h/a");
}

TEST(PlanCheckout, ARedirectLeadsToARepositoryAndToNothingLessSafe) {
  constexpr const char* tail = "/info/refs?service=git-upload-pack";
  EXPECT_TRUE(redirect("https://u:secret@h/a", "https://h/login").contains("which is no repository"));
  EXPECT_TRUE(redirect("https://h/a", std::string("http://h/a") + tail).contains("is not encrypted"));
  EXPECT_TRUE(redirect("http://h/a", std::string("file:///etc") + tail).contains("only http and https"));
  EXPECT_TRUE(redirect("http://h/a", std::string("ext::sh -c id") + tail).contains("only http and https"));
  EXPECT_TRUE(redirect("http://h/a", std::string("http://-h/a") + tail).contains("is refused"));
  EXPECT_FALSE(redirect("https://u:secret@h/a", "https://h/login").contains("secret"));
  for (const char* rest : {"?session=secret", "#secret", "?a#secret", "#a?secret"})
    EXPECT_TRUE(redirect("https://h/a", std::string("https://h/login") + rest).contains("to https://h/login, which"))
        << redirect("https://h/a", std::string("https://h/login") + rest);
}

GitRoute route_of(std::string url = "http://ci:8080/api/v1/git/7") {
  return {.url = std::move(url), .token = Secret("job-token")};
}

TEST(PlanCheckout, C11_ARouteThroughTheServerIsInGitsEnvironmentOnly) {
  for (const std::string url : {"https://h/r.git", "git@h:group/r.git", "ssh://git@h/r", "https://u:p@h/r.git"}) {
    const auto plan = plan_checkout({.url = url, .ref = "main"}, "/home", {}, route_of());
    ASSERT_TRUE(plan) << url;
    EXPECT_EQ(plan->commands[1].back(), without_credentials(url)) << "what .git/config names";
    EXPECT_EQ(plan->env.at("GIT_CONFIG_COUNT"), "2") << "no credentials of the url go to the server";
    EXPECT_EQ(plan->env.at("GIT_CONFIG_KEY_0"), "url.http://ci:8080/api/v1/git/7.insteadOf");
    EXPECT_EQ(plan->env.at("GIT_CONFIG_VALUE_0"), without_credentials(url));
    EXPECT_EQ(plan->env.at("GIT_CONFIG_KEY_1"), "http.http://ci:8080/api/v1/git/7.extraHeader");
    EXPECT_EQ(plan->env.at("GIT_CONFIG_VALUE_1"), "Authorization: Bearer job-token");
    for (const GitCommand& command : plan->commands)
      for (const std::string& word : command) EXPECT_FALSE(word.contains("job-token")) << word;
    EXPECT_FALSE(plan->config.contains("job-token"));
  }
}

TEST(PlanCheckout, K10_WhatGoesThroughTheServerIsNotRedirected) {
  const auto plan = plan_checkout({.url = "https://h/r"}, "/home", {}, route_of()).value();
  for (const char* to : {"http://other/r/info/refs?service=git-upload-pack", "/login",
                         "https://ci:8080/api/v1/git/7/info/refs?service=git-upload-pack"}) {
    const auto next = plan_redirected(plan, to);
    ASSERT_FALSE(next) << to;
    EXPECT_TRUE(next.error().message().starts_with("http://ci:8080/api/v1/git/7 redirects to "))
        << next.error().message();
  }
}

TEST(PlanCheckout, TheProxyIsForTheServerWhereTheServerIsReached) {
  const GitSettings proxied{.proxy = Secret("http://proxy:3128"), .no_proxy = "ci"};
  EXPECT_FALSE(goes_by_proxy(plan_checkout({.url = "https://h/r"}, "/home", proxied, route_of()).value()));
  EXPECT_TRUE(goes_by_proxy(plan_checkout({.url = "git@h:r"}, "/home", proxied, route_of("http://other/g")).value()));
}

TEST(PlanCheckout, TheServersCertificatesAreThoseOfItsRequestsAlone) {
  GitRoute route = route_of("https://ci/git/7");
  route.ca = "-----BEGIN CERTIFICATE-----";
  const auto plan = plan_checkout({.url = "https://h/r"}, "/home", {}, route).value();
  EXPECT_EQ(plan.env.at("GIT_CONFIG_KEY_2"), "http.https://ci/git/7.sslCAInfo");
  EXPECT_EQ(plan.env.at("GIT_CONFIG_VALUE_2"), plan.ca_path);
}

std::string route_error(const std::string& path, const std::string& token, const std::string& server = "http://ci") {
  const auto route = route_by_server({.path = path, .token = token}, server, "");
  return route ? "" : route.error().message();
}

TEST(GitRoute, IsBelowTheServersAddress) {
  EXPECT_EQ(route_by_server({.path = "/git/7", .token = "t"}, "http://ci/", "")->url, "http://ci/git/7");
  EXPECT_EQ(route_by_server({.path = "/git/7", .token = "t"}, "https://h:1/ci", "")->url, "https://h:1/ci/git/7");
  EXPECT_TRUE(route_error("/git", "t", "unix:/run/ci.sock").contains("reaches its server at unix:/run/ci.sock"));
  for (const std::string path : {"", "git", "/a b", "/a\r\nX: y", "/../admin", "/a?b", "/a#b", "@evil/r"})
    EXPECT_TRUE(route_error(path, "t").contains("names no path")) << path;
  for (const std::string token : {"", "a b", "a\r\nX: y", "\x01"})
    EXPECT_TRUE(route_error("/git", token).contains("token")) << token;
  EXPECT_FALSE(route_error("/git", "a b").contains("a b"));
}

TEST(GitRoute, ACaFileThatCannotBeReadIsSaid) {
  const auto route = route_by_server({.path = "/git", .token = "t"}, "https://ci", "/no/such.pem");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code(), "agent");
  EXPECT_TRUE(route.error().message().contains("/no/such.pem")) << route.error().message();
}

TEST(PlanCheckout, B13_APathLeadsNowhereElse) {
  for (const std::string path : {"/usr/bin", "../x", "a/../../b", "..", "a/..", ".git", "a/.Git/hooks", "-x", "a/-x",
                                 "a\nb", "/proc/self/fd/7"}) {
    const auto plan = plan_checkout({.url = "https://h/r", .path = path}, "/home");
    ASSERT_FALSE(plan) << path;
    EXPECT_EQ(plan.error().code(), "exit");
  }
  EXPECT_EQ(plan_checkout({.url = "https://h/r", .path = "src/app"}, "/home")->commands[0].back(), "src/app");
}

TEST(PlanCheckout, K9_ASubmodulesUrlIsOneThatGitMayFetchFromElsewhere) {
  const auto plan = plan_checkout({.url = "https://u:p@h/r"}, "/home", {}, route_of()).value();
  for (const std::string url :
       {"ext::sh -c id", "file:///etc", "/etc", "../r", "-oProxyCommand=x", "ssh://-x/r", "fd::3"})
    EXPECT_FALSE(plan_submodule(plan, url)) << url;
  const auto own = plan_submodule(plan, "https://h/lib");
  ASSERT_TRUE(own);
  for (const auto& [name, value] : own->env) {
    EXPECT_FALSE(value.contains("job-token")) << name;
    EXPECT_FALSE(value.contains("Authorization")) << name;
  }
  EXPECT_EQ(own->env.at("GIT_ALLOW_PROTOCOL"), "https:http:ssh:git");
}

std::string setting(const CheckoutPlan& plan, const std::string& key) {
  std::string value = "(none)";
  for (int i = 0; plan.env.contains(fmt::format("GIT_CONFIG_KEY_{}", i)); ++i)
    if (plan.env.at(fmt::format("GIT_CONFIG_KEY_{}", i)) == key)
      value = plan.env.at(fmt::format("GIT_CONFIG_VALUE_{}", i));
  return value;
}

TEST(PlanCheckout, K11_FilesOfLfsComeFromTheHostOfTheRepository) {
  const auto open = plan_lfs(plan_checkout({.url = "https://u:p@h:8443/r"}, "/home").value()).value();
  EXPECT_EQ(setting(open, "lfs.url"), "https://h:8443/r.git/info/lfs");
  EXPECT_EQ(setting(open, "http.https://h:8443/r.git/info/lfs.extraHeader"), "Authorization: Basic dTpw");
  EXPECT_EQ(setting(open, "http.proxy"), "http://127.0.0.1:9");
  EXPECT_EQ(setting(open, "http.https://h:8443/.proxy"), "");
  const auto routed = plan_lfs(plan_checkout({.url = "git@h:r"}, "/home", {}, route_of()).value()).value();
  EXPECT_EQ(setting(routed, "lfs.url"), "http://ci:8080/api/v1/git/7/info/lfs");
  EXPECT_EQ(setting(routed, "http.http://ci:8080/.proxy"), "");
  const GitSettings proxied{.proxy = Secret("http://proxy:3128")};
  EXPECT_EQ(setting(plan_lfs(plan_checkout({.url = "https://h/r"}, "/home", proxied).value()).value(),
                    "http.https://h/.proxy"),
            "http://proxy:3128");
  for (const std::string url : {"git@h:r", "ssh://h/r", "file:///r", "git://h/r"})
    EXPECT_FALSE(plan_lfs(plan_checkout({.url = url}, "/home").value())) << url;
}

TEST(PlanCheckout, TheProxyIsForHttpAndForOtherMachines) {
  const auto proxy_of = [](const std::string& url) {
    const auto plan =
        plan_checkout({.url = url}, "/home", {.proxy = Secret("http://p:3128"), .no_proxy = ".inner,10.0.0.0/8"});
    return plan->env.contains("https_proxy") && plan->env.contains("http_proxy") ? plan->env.at("https_proxy") : "";
  };
  for (const char* url : {"https://git.example/r", "http://u:p@git.example:3000/r"})
    EXPECT_EQ(proxy_of(url), "http://p:3128") << url;
  for (const char* url : {"https://git.inner/r", "http://10.1.2.3:80/r", "http://127.0.0.1/r", "ssh://git.example/r",
                          "git@git.example:r", "git://git.example/r", "file:///r"})
    EXPECT_EQ(proxy_of(url), "") << url;
}

TEST(PlanCheckout, K8_TheUrlIsNeverAnOption) {
  const auto plan = plan_checkout({.url = "https://h/r", .ref = "main"}, "/home");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->commands[1], (std::vector<std::string>{"git", "remote", "add", "--", "origin", "https://h/r"}));
  EXPECT_EQ(plan->env.count("GIT_TERMINAL_PROMPT"), 1U);
}

}  // namespace
}  // namespace open_cicd::runner
