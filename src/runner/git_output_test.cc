#include "runner/git_output.h"

#include <gtest/gtest.h>

namespace open_cicd::runner {
namespace {

std::string reason_of(std::string_view printed) {
  GitOutput output;
  output.add(printed);
  output.finish();
  return output.reason();
}

struct Failure {
  const char* name;
  const char* printed;
  const char* reason;
};

constexpr std::string_view access_rights =
    "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the "
    "repository exists.\n";

// What git 2.39 and OpenSSH 9.2 print, recorded with real servers.
TEST(GitOutput, TheReasonIsTheLineThatSaysWhy) {
  const std::vector<Failure> failures{
      {"http refused",
       "fatal: unable to access 'http://127.0.0.1:1/r.git/': Failed to connect to 127.0.0.1 port 1 after 0 ms: "
       "Couldn't "
       "connect to server\n",
       "fatal: unable to access 'http://127.0.0.1:1/r.git/': Failed to connect to 127.0.0.1 port 1 after 0 ms: "
       "Couldn't "
       "connect to server"},
      {"name", "fatal: unable to access 'http://h.invalid/r.git/': Could not resolve host: h.invalid\n",
       "fatal: unable to access 'http://h.invalid/r.git/': Could not resolve host: h.invalid"},
      {"404", "fatal: repository 'http://127.0.0.1:41579/none.git/' not found\n",
       "fatal: repository 'http://127.0.0.1:41579/none.git/' not found"},
      {"404 of GitHub", "remote: Repository not found.\nfatal: repository 'https://github.example/a/b/' not found\n",
       "fatal: repository 'https://github.example/a/b/' not found"},
      {"403", "fatal: unable to access 'http://h/r.git/': The requested URL returned error: 403\n",
       "fatal: unable to access 'http://h/r.git/': The requested URL returned error: 403"},
      {"401", "fatal: could not read Username for 'http://h': terminal prompts disabled\n",
       "fatal: could not read Username for 'http://h': terminal prompts disabled (the server wants a user and a "
       "password, or does not show that the repository is missing)"},
      {"wrong password of GitLab",
       "remote: HTTP Basic: Access denied. See https://gitlab.example/help\nfatal: Authentication failed for "
       "'https://gitlab.example/r.git/'\n",
       "fatal: Authentication failed for 'https://gitlab.example/r.git/'"},
      {"unknown ref", "fatal: couldn't find remote ref nope\n", "fatal: couldn't find remote ref nope"},
      {"unknown ref by ssh", "fatal: couldn't find remote ref nope\nfatal: the remote end hung up unexpectedly\n",
       "fatal: couldn't find remote ref nope"},
      {"empty", "fatal: couldn't find remote ref HEAD\n",
       "fatal: couldn't find remote ref HEAD (the repository is empty, or its HEAD names a branch that it does not "
       "have: say "
       "`ref`)"},
      {"unknown commit", "fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111\n",
       "fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111"},
      {"certificate",
       "fatal: unable to access 'https://localhost:37345/r.git/': server certificate verification failed. CAfile: none "
       "CRLfile: none\n",
       "fatal: unable to access 'https://localhost:37345/r.git/': server certificate verification failed. CAfile: none "
       "CRLfile: none"},
      {"git refused", "fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused\n\n",
       "fatal: unable to connect to 127.0.0.1: 127.0.0.1[0: 127.0.0.1]: errno=Connection refused"},
      {"cut off",
       "remote: Enumerating objects: 3, done.        \nremote: Counting objects:  33% (1/3)        \rremote: Counting "
       "objects: 100% (3/3), done.        \nremote: Total 3 (delta 0), reused 0 (delta 0), pack-reused 0        "
       "\nfatal: "
       "early EOF\nfatal: index-pack failed\n",
       "fatal: early EOF"},
      {"cut off by http",
       "error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nerror: 11 bytes of body are "
       "still expected\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: "
       "fetch-pack: invalid index-pack output\n",
       "error: RPC failed; curl 18 transfer closed with outstanding read data remaining"},
      {"hostile object",
       "Receiving objects:  25% (1/4)\rerror: object 11c0845fc7b4a28e72173ea94bac78960ac66edf: hasDotgit: contains "
       "'.git'\nfatal: fsck error in packed object\nfatal: index-pack failed\n",
       "error: object 11c0845fc7b4a28e72173ea94bac78960ac66edf: hasDotgit: contains '.git'"},
      {"ssh banner", "fatal: protocol error: bad line length character: Welc\n",
       "fatal: protocol error: bad line length character: Welc"},
      {"nothing", "", ""},
      {"unknown words", "something new\nand more\n", "and more"},
  };
  for (const Failure& failure : failures) EXPECT_EQ(reason_of(failure.printed), failure.reason) << failure.name;
}

TEST(GitOutput, OfSshItIsWhatWasSaidBeforeGitRepeatsThatItFailed) {
  const std::vector<Failure> failures{
      {"refused", "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n",
       "ssh: connect to host 127.0.0.1 port 1: Connection refused"},
      {"name", "ssh: Could not resolve hostname no-such-host.invalid: Name or service not known\r\n",
       "ssh: Could not resolve hostname no-such-host.invalid: Name or service not known"},
      {"key",
       "Warning: Permanently added '[127.0.0.1]:44101' (ED25519) to the list of known hosts.\r\nroot@127.0.0.1: "
       "Permission denied (publickey,password,keyboard-interactive).\r\n",
       "root@127.0.0.1: Permission denied (publickey,password,keyboard-interactive)."},
      {"unknown host key",
       "No ED25519 host key is known for [127.0.0.1]:44101 and you have requested strict checking.\r\nHost key "
       "verification failed.\r\n",
       "No ED25519 host key is known for [127.0.0.1]:44101 and you have requested strict checking."},
      {"changed host key",
       "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS "
       "CHANGED!     @\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nHost key for [127.0.0.1]:44101 has "
       "changed and you have requested strict checking.\r\nHost key verification failed.\r\n",
       "Host key for [127.0.0.1]:44101 has changed and you have requested strict checking."},
      {"closed",
       "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 38391\r\n",
       "Connection closed by 127.0.0.1 port 38391"},
      {"no repository", "fatal: '/no/such.git' does not appear to be a git repository\n",
       "fatal: '/no/such.git' does not appear to be a git repository"},
      {"GitHub", "ERROR: Repository not found.\n", "ERROR: Repository not found."},
      {"GitLab",
       "remote: \r\n\r\n========\r\nremote: \r\nremote: ERROR: The project you were looking for could not be "
       "found.\r\n\r\nremote: \r\n=======\r\n",
       "remote: ERROR: The project you were looking for could not be found."},
      {"nothing before it", "", "fatal: Could not read from remote repository."},
  };
  for (const Failure& failure : failures)
    EXPECT_EQ(reason_of(failure.printed + std::string(access_rights)), failure.reason) << failure.name;
}

TEST(GitOutput, TheLogHasNeitherProgressNorTrace) {
  constexpr std::string_view printed =
      "== Info: Connected to 127.0.0.1\n=> Send header: Authorization: Basic <redacted>\npacket:        fetch< version "
      "2\nremote: Enumerating objects: 12, done.        \nremote: Counting objects:  33% (1/3)        \rpacket:     "
      "sideband< \\2Counting\nremote: Counting objects: 100% (12/12), done.        \nremote: Welcome to git.example: "
      "50% "
      "more\nReceiving objects:  50% (6/12)\rReceiving objects: 100% (12/12), 728 bytes | 728.00 KiB/s, done.\nFrom "
      "http://127.0.0.1/r\n * branch            main       -> FETCH_HEAD\n * [new tag]         v1         -> v1\n";
  constexpr std::string_view shown =
      "remote: Welcome to git.example: 50% more\nFrom http://127.0.0.1/r\n * branch            main       -> "
      "FETCH_HEAD\n";
  GitOutput whole;
  EXPECT_EQ(whole.add(printed) + whole.finish(), shown);
  GitOutput pieces;
  std::string text;
  for (const char c : printed) text += pieces.add({&c, 1});
  EXPECT_EQ(text + pieces.finish(), shown);
}

TEST(GitOutput, ManyOddObjectsAreSaidInFewLines) {
  GitOutput output;
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += output.add("warning: object abc: zeroPaddedFilemode: contains zero-padded file modes\n");
  text += output.add("warning: object abc: badTimezone: invalid author/committer line - bad time zone\n");
  text += output.finish();
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  EXPECT_TRUE(text.contains("\nwarning: 997 more objects: zeroPaddedFilemode\n")) << text;
}

TEST(GitOutput, TheLocationOfARedirectIsThatOfTheLastAnswer) {
  GitOutput output;
  output.add("<= Recv header: HTTP/1.1 200 OK\n<= Recv header: Location: http://not.this\n");
  EXPECT_EQ(output.location(), "");
  output.add("<= Recv header: HTTP/2 301\n<= Recv header: location:  https://h/r.git/info/refs\n");
  EXPECT_EQ(output.location(), "https://h/r.git/info/refs");
  output.add("remote: <= Recv header: HTTP/1.1 301\n<= Recv header: HTTP/1.1 200 OK\n");
  EXPECT_EQ(output.location(), "") << "a server cannot forge one in what it prints";
}

bool may_pass(std::string_view said) {
  GitOutput output;
  output.add(said);
  output.finish();
  return output.may_pass();
}

TEST(GitOutput, TellsTroublesThatPassFromThoseThatStay) {
  for (const std::string_view passing :
       {"fatal: unable to access 'http://h/r/': Failed to connect to h port 1 after 0 ms: Couldn't connect to server\n",
        "fatal: unable to access 'http://h/r/': The requested URL returned error: 503\n",
        "error: RPC failed; curl 56 Recv failure: Connection reset by peer\n", "fatal: early EOF\n",
        "fetch-pack: unexpected disconnect while reading sideband packet\n"})
    EXPECT_TRUE(may_pass(passing)) << passing;
  for (const std::string_view staying :
       {"fatal: couldn't find remote ref refs/heads/missing\n", "fatal: repository 'http://h/r/' not found\n",
        "fatal: unable to access 'http://h/r/': The requested URL returned error: 403\n",
        "fatal: unable to access 'http://h/r/': Could not resolve host: h\n"})
    EXPECT_FALSE(may_pass(staying)) << staying;
}

}  // namespace
}  // namespace open_cicd::runner
