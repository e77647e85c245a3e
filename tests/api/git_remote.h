// A real git repository on this machine, and how a test connects it to a server.
#pragma once

#include "base/id.h"
#include "base/program.h"
#include "support/plane.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace open_cicd {

class GitRemote {
 public:
  GitRemote() {
    run({"init", "-q", "-b", "main", folder_.string()}, "/");
    first_ = commit(".open-cicd.yml", "on: [push, tag]\njobs: {a: {executor: shell, steps: [{run: \"true\"}]}}\n");
  }
  GitRemote(const GitRemote&) = delete;
  ~GitRemote() { std::filesystem::remove_all(folder_); }

  std::string url() const { return "file://" + folder_.string(); }
  std::string name() const { return "tests/" + folder_.filename().string(); }
  const std::string& first() const { return first_; }
  std::string commit(const std::string& path, const std::string& text) {
    std::ofstream(folder_ / path) << text;
    run({"add", "-A"}, folder_);
    run({"commit", "-q", "-m", "a commit"}, folder_);
    return run({"rev-parse", "HEAD"}, folder_);
  }
  // Later commits are of this branch, which begins where it is now.
  void switch_to(const std::string& branch) { run({"checkout", "-q", "-B", branch}, folder_); }
  // The answer to its connecting, as a plain git remote that is not polled.
  Reply connect(TestPlane& plane) const {
    const boost::json::object body{{"url", url()}, {"forge", "git"}, {"name", name()}, {"poll_s", 0}};
    return plane.call(http::Method::post, "/api/v1/repositories", plane.admin(), boost::json::serialize(body));
  }

 private:
  static std::filesystem::path make_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "remote-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  static std::string run(std::vector<std::string> arguments, const std::filesystem::path& directory) {
    arguments.insert(arguments.begin(), "git");
    const auto end = run_program({.argv = arguments,
                                  .env = {{"PATH", "/usr/bin:/bin"},
                                          {"HOME", "/nonexistent"},
                                          {"GIT_AUTHOR_NAME", "Ada"},
                                          {"GIT_AUTHOR_EMAIL", "a@b"},
                                          {"GIT_COMMITTER_NAME", "Ada"},
                                          {"GIT_COMMITTER_EMAIL", "a@b"}},
                                  .directory = directory});
    EXPECT_TRUE(end && end->exit_code == 0) << (end ? end->errors : end.error().message());
    return end ? end->output.substr(0, end->output.find('\n')) : "";
  }

  const std::filesystem::path folder_ = make_folder();
  std::string first_;
};

}  // namespace open_cicd
