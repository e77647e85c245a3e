// A real Docker engine for tests: one of their own, or the one that OPEN_CICD_TEST_DOCKER=unix:///path names.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace open_cicd::testing {

struct ProgramOutput {
  std::string text;  // standard output and error, without newlines at the end
  int exit_code = 0;
};
ProgramOutput run_program(std::vector<std::string> argv);

// One per test program, started at first use by tests/support/dockerd-up.sh, ended with the program. Has the images of
// docker-images.sh and, unless it is a named one, a registry with 127.0.0.1:5000/busybox:test.
class DockerEngine {
 public:
  // Null where no engine can run; `why_not` tells.
  static DockerEngine* get();
  static const std::string& why_not();

  const std::string& host() const { return host_; }  // "unix:///…/docker.sock"
  bool has_registry() const { return own_; }
  // The docker program's output, for looking at the engine with other eyes than the adapter's. Throws when it fails.
  std::string docker(std::vector<std::string> arguments) const;
  // A line for each container, and for each container, network and volume that there is, whoever made it and however it
  // is labelled.
  std::string containers() const;
  std::string everything() const;

  // Makes `tag` an image that is `from` with one more environment variable, "NAME=value".
  void make_image(const std::string& tag, const std::string& from, const std::string& variable) const;
  // The registry is down until the handle is destroyed. Own engines only.
  std::shared_ptr<void> registry_down() const;

  // A process in the network namespace of our own engine, killed when the handle is destroyed.
  std::shared_ptr<void> beside(std::vector<std::string> command) const;
  // Whether something listens on this TCP port there.
  bool listens(int port) const;

  ~DockerEngine();
  DockerEngine(const DockerEngine&) = delete;

 private:
  DockerEngine() = default;
  std::string start();  // empty, or why it did not work

  std::string directory_;
  std::string host_;
  bool own_ = false;
};

}  // namespace open_cicd::testing
