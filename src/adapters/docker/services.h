// A job's services: databases and the like, beside the steps, under their own names on the job's network.
#pragma once

#include "adapters/docker/container.h"
#include "runner/executor.h"

#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::docker {

// Keeps the end of what a service prints, and looks for the text that tells that it is ready.
class ServiceLog {
 public:
  explicit ServiceLog(std::string awaited = {}) : awaited_(std::move(awaited)) {}
  void add(std::string_view bytes);
  bool has_awaited_text() const { return found_; }
  std::string last_lines(std::string_view name) const;  // at most 50, each "name | line"

 private:
  std::string awaited_;
  std::string tail_;
  bool found_ = false;
};

// One service in its container, run by the helper as the steps are, so that it ends with the agent. One thread.
class Service {
 public:
  // `address` is where its readiness is probed from inside its container; the group's task runs the command.
  Service(pipelines::Service spec, Image image, std::unique_ptr<Container> container, std::string address);

  // Starts its command: the image's entry point with the given command, or the image's own. Error "exit" when there is
  // none.
  Result<void> start(TaskGroup& group);
  // Error "exit" when it cannot be started, ends, or does not become ready in its time, as another agent would see the
  // same; "agent" when its container was lost. Its last lines are printed to step −1 then. One with nothing to be
  // probed is watched for a moment, and may end with exit code 0.
  Task<Result<void>> until_ready(runner::OutputSink& output);
  // The same errors when it has ended since, except with exit code 0. For the time before the first step.
  Task<Result<void>> still_serves(runner::OutputSink& output);
  const std::string& name() const { return spec_.name; }
  InitSession& session() { return *container_->session; }
  bool has_ended() const { return state_->ended; }
  // Whether it has ended and nobody was told; true once.
  bool take_news();
  // "The service db ended with exit code 1." and its last lines.
  std::string epitaph() const;

 private:
  struct State {  // what the command's task writes; outlives this object with it
    ServiceLog log;
    bool ended = false;
    bool lost = false;  // it did not end by itself: its container or the engine is gone
    bool succeeded = false;
    std::string how;  // "ended with exit code 1."
  };
  static Task<void> run(std::shared_ptr<State> state, InitSession& session, supervisor::Command command);
  Task<Result<void>> stays_up(runner::OutputSink& output);
  Task<Result<void>> fail_job(std::string trouble, runner::OutputSink& output);
  Task<bool> is_ready();
  Task<bool> ports_accept();
  bool is_probed() const { return spec_.ready || !spec_.ports.empty(); }
  Task<bool> succeeds(std::vector<std::string> argv);

  pipelines::Service spec_;
  Image image_;
  std::unique_ptr<Container> container_;
  std::string address_;
  std::shared_ptr<State> state_;
  bool told_ = false;
};

}  // namespace open_cicd::docker
