#include "adapters/docker/checkout_target.h"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace open_cicd::docker {
namespace {

Result<std::string> check(std::string_view url) {
  const Result<GitHost> host = git_host_of(url);
  if (!host) return std::unexpected(host.error());
  asio::io_context context;
  auto checked = asio::co_spawn(context, check_git_host(*host), asio::use_future);
  context.run();
  return checked.get();
}

TEST(CheckoutTarget, TheHostIsWhatGitConnectsTo) {
  const auto of = [](std::string_view url) {
    const Result<GitHost> host = git_host_of(url);
    return host ? fmt::format("{} {}{}", host->name, host->port, host->is_http ? " http" : "") : "refused";
  };
  EXPECT_EQ(of("https://git.example/a/b.git"), "git.example 443 http");
  EXPECT_EQ(of("http://git.example:3000?x"), "git.example 3000 http");
  EXPECT_EQ(of("https://user:p@ss@git.example/r"), "git.example 443 http");
  EXPECT_EQ(of("https://git.example:/r"), "git.example 443 http");
  EXPECT_EQ(of("http://[2001:db8::1]:8080/r"), "2001:db8::1 8080 http");
  EXPECT_EQ(of("ssh://git@git.example:2222/r"), "git.example 2222");
  EXPECT_EQ(of("git@git.example:group/r.git"), "git.example 22");
  EXPECT_EQ(of("git://git.example/r"), "git.example 9418");
  for (const char* url :
       {"file:///srv/r", "https://127%2e0.0.1/r", "https://good\\@127.0.0.1\\/r", "http://localhost./r",
        "http://a:99999/r", "http://[127.0.0.1]/r", "http:///r", "https://h:80x/r"})
    EXPECT_EQ(of(url), "refused") << url;
}

TEST(CheckoutTarget, K1_AddressesOfThisMachineAreRefusedInEverySpelling) {
  for (const char* host :
       {"127.0.0.1", "[::1]", "0.0.0.0", "169.254.169.254", "[fe80::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1",
        "017700000001", "127.1", "localhost", "[::]", "[::ffff:169.254.169.254]", "0", "224.0.0.1"}) {
    const auto refused = check(fmt::format("http://{}:3000/r.git", host));
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code(), "exit");
    EXPECT_TRUE(refused.error().message().contains("agent's own machine")) << refused.error().message();
  }
  EXPECT_FALSE(check("git@localhost:r"));
  EXPECT_FALSE(check("ssh://git@127.0.0.1/r"));
  EXPECT_FALSE(check("git://[::1]/r"));
}

TEST(CheckoutTarget, AnAddressThatWasLookedAtIsTheOneThatIsUsed) {
  EXPECT_EQ(check("http://192.0.2.7:8080/r").value(), "192.0.2.7:8080:192.0.2.7");
  EXPECT_EQ(check("https://192.0.2.7/r").value(), "192.0.2.7:443:192.0.2.7");
  EXPECT_EQ(check("ssh://git@192.0.2.7/r").value(), "");
  EXPECT_EQ(check("https://[2001:db8::1]/r").value(), "");
}

}  // namespace
}  // namespace open_cicd::docker
