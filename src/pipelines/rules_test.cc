#include "pipelines/rules.h"

#include <gtest/gtest.h>

namespace open_cicd::pipelines {
namespace {

using Rule = Wrong (*)(std::string_view);

void expect_fine(Rule rule, std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) EXPECT_EQ(rule(text), std::nullopt) << text;
}
void expect_wrong(Rule rule, std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) EXPECT_NE(rule(text), std::nullopt) << text;
}

TEST(Rules, L10_Images) {
  expect_fine(check_image, {"debian", "debian:12", "gcc:14", "a/b/c", "ghcr.io/owner/name:tag", "localhost:5000/a",
                            "localhost/a", "registry.example.com:443/a/b-c__d.e:V1.2_x",
                            "a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                            "a:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "a---b"});
  expect_wrong(check_image, {"",
                             "-v",
                             "--privileged",
                             "a b",
                             "a..b",
                             "q7../b",
                             "a./b",
                             "a.-b/c",
                             "Debian",
                             "a:",
                             "a:-x",
                             "a:" + std::string(129, 'x'),
                             "/a",
                             "a/",
                             "a//b",
                             "a@",
                             "a@sha256:12",
                             "a@sha256:" + std::string(64, 'G'),
                             "a..b",
                             "a_",
                             "_a",
                             "a:b:c",
                             "host:99999/a:b",
                             "host:/a",
                             "-h.io/a",
                             "https://a/b",
                             "a;b",
                             "$(id)",
                             "a\x1b",
                             "ä",
                             std::string(513, 'a')});
}

TEST(Rules, K4_GitRemotes) {
  expect_fine(check_git_url, {"https://github.com/a/b.git", "http://127.0.0.1:3000/a/b", "ssh://git@host:22/~a/b.git",
                              "git://host/a", "file:///srv/git/a.git", "git@github.com:a/b.git", "host:a",
                              "https://user:secret@host/a", "https://[::1]:80/a", "https://host/a%20b?x=y"});
  expect_wrong(check_git_url, {"",
                               "ext::sh -c id",
                               "ext::id",
                               "fd::3",
                               "-x",
                               "--upload-pack=id",
                               "ssh://-oProxyCommand=id/a",
                               "ssh://-x@host/a",
                               "git@-host:a",
                               "-u@host:a",
                               "host:-x",
                               "host::a",
                               "ftp://host/a",
                               "/srv/git",
                               "./a",
                               "a",
                               "https://",
                               "https://host",
                               "https://host/",
                               "https:///a",
                               "file://host/a",
                               "file:///",
                               "HTTPS://host/a",
                               "javascript://a/b",
                               "https://ho st/a",
                               "https://host/a\nb",
                               "https://host\\@evil/a",
                               "https://host:0/a",
                               "https://host:99999/a",
                               "https://@host/a",
                               "https://host/a\xe2\x80\xae",
                               "https://host/" + std::string(2048, 'a')});
}

TEST(Rules, K8_GitRefs) {
  expect_fine(check_git_ref, {"main", "v1.2", "refs/heads/a/b", "HEAD", "feature/x-y_z",
                              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4", "ä", "a@b"});
  expect_wrong(check_git_ref, {"",
                               "-x",
                               "--upload-pack=x",
                               "a..b",
                               "a b",
                               "a~1",
                               "a^",
                               "a:b",
                               "a?",
                               "a*",
                               "a[",
                               "a\\b",
                               "/a",
                               "a/",
                               "a//b",
                               "a.",
                               ".a",
                               "a/.b",
                               "a.lock",
                               "a.lock/b",
                               "@",
                               "a@{1}",
                               "a\nb",
                               "a\x7f",
                               std::string(256, 'a')});
}

TEST(Rules, EnvironmentNames) {
  expect_fine(check_env_name, {"A", "_", "a_1", "LD_PRELOAD"});
  expect_wrong(check_env_name,
               {"", "1A", "A-B", "A B", "A=B", "Ä", "A\n", std::string("A\0", 2), std::string(257, 'A')});
}

TEST(Rules, Names) {
  expect_fine(check_name, {"build", "Übersetzen \"fast\" \\ 日本", std::string(200, 'x'), [] {
                             std::string s;
                             for (int i = 0; i < 200; ++i) s += "ä";
                             return s;
                           }()});
  expect_wrong(check_name,
               {"", "a\nb", "a\x1b[31m", "a\xe2\x80\xae", std::string(201, 'x'), "a\xc2\x9b", "\xff", "${{ x }}"});
}

TEST(Rules, Labels) {
  expect_fine(check_label,
              {"linux", "arch=amd64", "a.b/c-d_e=1.2:3", "x=", std::string(128, 'a') + "=" + std::string(128, 'b')});
  expect_wrong(check_label, {"", "=x", "-x", "a b", "a=b=c", "a=b c", "ä", "a\n", std::string(129, 'a'),
                             "a=" + std::string(129, 'b')});
}

TEST(Rules, Workdirs) {
  expect_fine(check_user, {"app", "0", "1000:1000", "www-data", "a.b:_c"});
  expect_wrong(check_user,
               {"", "-1", "0:-5", "0:0 --cap-add ALL", "$(id)", "a:", ":a", "a:b:c", "99999999999", "--privileged"});
  expect_fine(check_workdir, {"", ".", "a", "a/b", "./a", "a..b", "...", "a//b"});
  expect_wrong(check_workdir, {"/", "..", "../a", "a/..", "a/../b", "/usr/bin", "a\nb", std::string(1025, 'a')});
}

TEST(Rules, HttpProbes) {
  expect_fine(check_http_probe, {":80/", ":8080/health?x=1"});
  expect_wrong(check_http_probe,
               {"", "/", ":80", ":0/", ":99999/", ":a/", "http://x:80/", ":80/a b", ":80/\r\nX: y", ":080/"});
}

TEST(Rules, ServiceNames) {
  expect_fine(check_dns_label, {"db", "a-1", "1", std::string(63, 'a')});
  expect_wrong(check_dns_label, {"", "Db", "-a", "a-", "a.b", "a_b", "localhost", std::string(64, 'a'), "a\n"});
}

}  // namespace
}  // namespace open_cicd::pipelines
