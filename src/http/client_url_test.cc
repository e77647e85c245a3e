// Where a URL leads, and whether that is this machine: the check and the connection use one parser.
#include "http/client_url.h"

#include <gtest/gtest.h>

namespace open_cicd::http {
namespace {

TEST(ServerAddress, K5_TheHostIsWhatStandsThereOrNone) {
  for (const char* url : {"http://127.0.0.1.example.org",
                          "http://127.0.0.1.example.org:80/x",
                          "http://1.2.3.4a",
                          "http://127.0.0.1%2eexample.org",
                          "http://[::1].example.org/",
                          "http://localhost%2eexample.org",
                          "http://a@b@c",
                          "http:///x",
                          "http://ho\\st",
                          "http://127.0.0.1\\@example.org",
                          "http://h\r\nX: y",
                          "http://h ost",
                          "http://127.0.0.1@example.org",
                          "http://user:pw@127.0.0.1",
                          "http://h:0",
                          "http://h:65536",
                          "http://h:80:90",
                          "http://[::1",
                          "http://[]",
                          "http://\xef\xbc\x91.0.0.1",
                          "//127.0.0.1",
                          "file:///etc/passwd",
                          "javascript:1",
                          "unix:",
                          "unix:../x"}) {
    const auto address = parse_server_address(url);
    EXPECT_FALSE(address.has_value()) << url << " leads to " << address->host;
  }
}

TEST(ServerAddress, K5_OnlyThisMachineIsThisMachine) {
  for (const char* url :
       {"http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost", "https://[::1]:1/x", "unix:/run/x"})
    EXPECT_TRUE(is_loopback(parse_server_address(url).value())) << url;
  for (const char* url :
       {"http://10.0.0.1", "http://localhost.example.org", "http://localhost.", "http://0.0.0.0", "http://[::]",
        "http://127.1", "http://0x7f.1", "http://2130706433", "http://017700000001", "http://127.0.0.1.nip.io",
        "http://[::ffff:10.0.0.1]", "http://[::ffff:127.0.0.1]", "http://[fe80::1]"}) {
    const auto address = parse_server_address(url);
    EXPECT_FALSE(address.has_value() && is_loopback(*address)) << url;
  }
}

}  // namespace
}  // namespace open_cicd::http
