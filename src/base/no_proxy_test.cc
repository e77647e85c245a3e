#include "base/no_proxy.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

TEST(NoProxy, ThisMachineIsAlwaysReachedDirectly) {
  for (const char* host : {"localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.9.9.9", "[::1]:80", "::1"})
    EXPECT_TRUE(needs_no_proxy("", host)) << host;
  for (const char* host : {"localhost.example", "10.0.0.1", "example.org", "[2001:db8::1]"})
    EXPECT_FALSE(needs_no_proxy("", host)) << host;
}

TEST(NoProxy, NamesAddressesAndNetworks) {
  constexpr const char* list =
      "internal.example, .corp.example,*.dot.example,10.0.0.0/8 ,192.0.2.7,fd00::/8,2001:db8::5";
  for (const char* host :
       {"internal.example", "git.internal.example:3000", "INTERNAL.example", "a.corp.example", "corp.example",
        "b.dot.example", "10.200.3.4:80", "192.0.2.7:443", "[fd00::1]:80", "[2001:db8::5]"})
    EXPECT_TRUE(needs_no_proxy(list, host)) << host;
  for (const char* host : {"notinternal.example", "internal.example.org", "example", "11.0.0.1", "192.0.2.70",
                           "[fe00::1]", "10.example", "2001:db8::6"})
    EXPECT_FALSE(needs_no_proxy(list, host)) << host;
  EXPECT_TRUE(needs_no_proxy("*", "anything.example"));
  EXPECT_TRUE(needs_no_proxy("a, *", "192.0.2.1"));
}

TEST(NoProxy, WhatCannotBeReadMatchesNothing) {
  for (const char* list : {",", ", ,", "10.0.0.0/99", "/", "[", ".", "10.0.0.0/", "https://example.org"})
    for (const char* host : {"example.org", "10.0.0.1", "[fd00::1]"}) EXPECT_FALSE(needs_no_proxy(list, host)) << list;
}

TEST(NoProxy, ANetworkThatIsNoneIsFound) {
  EXPECT_EQ(bad_network("a.example, 10.0.0.0/8,fd00::/8 ,*"), std::nullopt);
  for (const char* wrong : {"10.0.0.0/99", "/", "10.0.0.0/", "https://example.org", "fd00::/200"})
    EXPECT_EQ(bad_network(std::string("a,10.0.0.0/8, ") + wrong), std::optional<std::string>(wrong));
}

}  // namespace
}  // namespace open_cicd
