#include "http/forwarded.h"

#include "http/fake_request.h"
#include "http/test_support.h"

#include <arpa/inet.h>
#include <cstring>

namespace open_cicd::http {
namespace {

PeerAddress::Key key_of(const char* text) {
  PeerAddress::Key key{};
  in_addr v4{};
  if (inet_pton(AF_INET, text, &v4) == 1) {
    key[10] = key[11] = 0xff;
    std::memcpy(&key[12], &v4, 4);
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, key.data()), 1) << text;
  }
  return key;
}

TEST(TrustedProxies, AddressesAndNetworksOfBothFamilies) {
  const auto proxies = TrustedProxies::parse("127.0.0.1, 10.1.0.0/16,192.0.2.128/25,::1 , 2001:db8::/33");
  ASSERT_TRUE(proxies);
  for (const char* in : {"127.0.0.1", "10.1.255.1", "192.0.2.128", "192.0.2.255", "::1", "2001:db8:7fff::1"})
    EXPECT_TRUE(proxies->trusts(key_of(in))) << in;
  for (const char* out : {"127.0.0.2", "10.2.0.1", "192.0.2.127", "::2", "2001:db8:8000::1", "2001:db9::"})
    EXPECT_FALSE(proxies->trusts(key_of(out))) << out;
  EXPECT_FALSE(TrustedProxies().trusts(key_of("127.0.0.1"))) << "nobody is trusted unless he is named";
  EXPECT_TRUE(TrustedProxies::parse("0.0.0.0/0")->trusts(key_of("198.51.100.7")));
  EXPECT_FALSE(TrustedProxies::parse("0.0.0.0/0")->trusts(key_of("2001:db8::1")));
}

TEST(TrustedProxies, WhatIsNoNetworkIsRefusedByItsName) {
  for (const char* bad : {"proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::1/129", "10.0.0/8",
                          "10.0.0.1:80", "fe80::1%eth0", "*"}) {
    const auto proxies = TrustedProxies::parse(std::string("127.0.0.1, ") + bad);
    ASSERT_FALSE(proxies) << bad;
    EXPECT_NE(proxies.error().message().find(bad), std::string::npos) << proxies.error().message();
  }
}

struct ForwardedTest : ::testing::Test {
  TrustedProxies proxies = *TrustedProxies::parse("127.0.0.1, 10.0.0.0/8");
  std::string client(std::vector<std::string> lists) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::string& list : lists) fields.emplace_back("X-Forwarded-For", std::move(list));
    return forwarded_by(proxies, "127.0.0.1", testing::FakeRequest(std::move(fields))).address;
  }
};

TEST_F(ForwardedTest, TheClientIsTheLastThatIsNoProxy) {
  EXPECT_EQ(client({}), "127.0.0.1");
  EXPECT_EQ(client({"198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(client({"203.0.113.9, 198.51.100.7, 10.0.0.3"}), "198.51.100.7") << "what it says of itself counts nothing";
  EXPECT_EQ(client({"203.0.113.9", "198.51.100.7, 10.0.0.3"}), "198.51.100.7") << "two fields are one list";
  EXPECT_EQ(client({"198.51.100.7:4711"}), "198.51.100.7");
  EXPECT_EQ(client({"[2001:db8::1]:443"}), "2001:db8::1");
  EXPECT_EQ(client({"2001:DB8:0::1"}), "2001:db8::1") << "one address has one form";
  EXPECT_EQ(client({"::ffff:198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(client({"10.0.0.4, 10.0.0.3"}), "10.0.0.4");
}

TEST_F(ForwardedTest, F14_AMalformedListIsReadAsFarAsItIsOne) {
  for (const char* bad : {",", "", " , ,", "unknown", "_hidden", "fe80::1%eth0", "[", "[::1", "::1]", "[]:80", ":",
                          "1.2.3", "\"198.51.100.7\"", "198.51.100.7;x"}) {
    EXPECT_EQ(client({std::string(bad) + ", 10.0.0.3"}), bad == std::string("[::1") ? "::1" : "10.0.0.3") << bad;
  }
  std::string long_list = "198.51.100.7";
  for (int i = 0; i < 5000; ++i) long_list += ",10.0.0.3";
  EXPECT_EQ(client({long_list}), "10.0.0.3") << "its beginning is not reached";
}

TEST_F(ForwardedTest, TheLastSchemeCounts) {
  const auto https = [this](std::vector<std::pair<std::string, std::string>> fields) {
    return forwarded_by(proxies, "127.0.0.1", testing::FakeRequest(std::move(fields))).https;
  };
  EXPECT_FALSE(https({}));
  EXPECT_TRUE(https({{"X-Forwarded-Proto", "https"}}));
  EXPECT_TRUE(https({{"X-Forwarded-Proto", "http, HTTPS"}}));
  EXPECT_FALSE(https({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}}));
  EXPECT_FALSE(https({{"X-Forwarded-Proto", "httpsx"}}));
}

}  // namespace
}  // namespace open_cicd::http
