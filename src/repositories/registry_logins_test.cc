#include "repositories/registry_logins.h"

#include <gtest/gtest.h>

namespace open_cicd::repositories {
namespace {

TEST(RegistryLogins, AHostIsWhatNamesOfImagesHave) {
  for (const char* host : {"ghcr.io", "registry:5000", "docker.io", "localhost", "localhost:5000", "127.0.0.1:5000",
                           "a-b.example.org", "r.example.org:65535", "index.docker.io", "1.2"}) {
    EXPECT_TRUE(is_registry(host)) << host;
    EXPECT_EQ(registry_of_image(std::string(host) + "/group/app:1"),
              std::string_view(host) == "index.docker.io" ? "docker.io" : host);
  }
  for (const char* host :
       {"", "registry", "Ghcr.io", "ghcr.io/", "https://ghcr.io", "ghcr.io:", "ghcr.io:x", "ghcr.io:123456", ".io",
        "ghcr.", "ghcr..io", "-a.io", "a-.io", "a_b.io", "a:5000:5000", ":5000", "@registry:a.io", "a.io\n", "*"}) {
    EXPECT_FALSE(is_registry(host)) << host;
  }
}

TEST(RegistryLogins, AnImageWithoutARegistryIsOfDockersOwn) {
  for (const char* image : {"busybox", "busybox:1.36", "library/busybox", "index.docker.io/group/app", "docker.io/app"})
    EXPECT_EQ(registry_of_image(image), "docker.io") << image;
}

TEST(RegistryLogins, AUserHasNoColon) {
  for (const char* name : {"ann", "$oauthtoken", "_json_key", "robot$ci+push", "ann@example.org", "a b"}) {
    EXPECT_TRUE(is_registry_user(name)) << name;
  }
  for (const char* name : {"ann:x", "a\nb", "\"", "a\\b", "\xc3\xbc"}) {
    EXPECT_FALSE(is_registry_user(name)) << name;
  }
}

}  // namespace
}  // namespace open_cicd::repositories
