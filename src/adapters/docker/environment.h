// One attempt of a job on a Docker engine.
#pragma once

#include "adapters/docker/checkout.h"
#include "adapters/docker/container.h"
#include "adapters/docker/docker.h"
#include "adapters/docker/services.h"
#include "base/task_group.h"
#include "runner/executor.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::docker {

// See runner/executor.h for the order of calls. The containers of the steps share the workspace's volume and one
// network namespace, that of the first one, so that service names resolve in all of them and `localhost` is the same.
// Engine, images and settings outlive it.
class DockerEnvironment final : public runner::JobEnvironment {
 public:
  DockerEnvironment(Engine& engine, Images& images, const DockerSettings& settings, runner::JobContext context);
  ~DockerEnvironment() override;

  Task<Result<void>> set_up(runner::OutputSink& output) override;
  Task<Result<std::string>> check_out(runner::OutputSink& output) override;
  Task<Result<runner::StepResult>> run_step(runner::StepCommand command, runner::OutputSink& output) override;
  std::vector<protocol::ImageReport> images() const override;
  Task<Result<std::string>> hash_files(int step, std::vector<std::string> patterns) override;
  std::string workspace() const override { return std::string(workspace_path); }
  std::string file_path(int step, runner::StepFile file) const override;
  Task<Result<runner::StepFiles>> read_files(int step) override;
  void stop(std::chrono::milliseconds grace) override;
  void stop_step(int step, std::chrono::milliseconds grace) override;
  void extend_deadline(std::chrono::nanoseconds boottime) override;
  Task<void> tear_down() override;

 private:
  // A set-up or checkout that stop() can shorten.
  struct Busy {
    explicit Busy(DockerEnvironment& owner);
    ~Busy();
    DockerEnvironment& environment;
  };
  // A step that runs, owned by the coroutine that runs it.
  struct Running {
    Running(DockerEnvironment& owner, int index);
    ~Running();
    DockerEnvironment& environment;
    const int step;
    const std::uint64_t call;            // so that a late kill hits only its own
    std::shared_ptr<Container> in = {};  // once something of it runs there
    bool stop_asked = false;
  };

  Task<Result<void>> get_images(runner::OutputSink& output);
  Task<Result<void>> start_services(runner::OutputSink& output);
  Task<Result<std::unique_ptr<Service>>> open_service(const pipelines::Service& spec);
  // Where a step runs: steps that agree in all of it share a container.
  struct Place {
    std::string image;
    std::string user;  // empty: the image's own
    bool privileged = false;
    auto operator<=>(const Place&) const = default;
  };
  Place place_of(const pipelines::Step& step) const;
  Task<Result<std::shared_ptr<Container>>> container_for(Place place);
  // Whether the agent's list has this image, by name and digest.
  bool may_be_privileged(const Image& image) const;
  Result<supervisor::Command> command_of(const runner::StepCommand& command, const Container& container) const;
  void forget_ended_containers();
  // Runs the helper beside the steps and returns what it prints; Error "agent" when it prints more than `bytes_max`.
  struct Printed {
    int code = 0;
    std::string text;
  };
  Task<Result<Printed>> ask_helper(Running& running, Container& container, supervisor::Command command,
                                   std::size_t bytes_max);
  // Makes the files of whoever the workspace was last given to this container's user's.
  Task<void> give_workspace(const Container& container, Running& running, runner::OutputSink& output);
  Task<Result<std::shared_ptr<Container>>> container_of_root();
  Task<Result<runner::StepResult>> conclude(const Running& running, const Result<CommandExit>& exit,
                                            std::int64_t started);
  Task<Result<void>> services_still_serve(runner::OutputSink& output);
  Task<void> tell_of_ended_services(int step, bool failed, runner::OutputSink& output);
  // Runs it unless a stop() comes first; then Error "agent".
  template <class T>
  Task<Result<T>> unless_stopped(Task<Result<T>> work);
  Task<void> wait_for_stop();
  Task<void> kill_if_still(int step, std::uint64_t call, std::chrono::milliseconds after);
  ContainerPlan plan_of(std::string_view what, const Limits& limits) const;
  std::string network() const;  // of the first container and of services
  Place first_place() const;

  Engine& engine_;
  Images& store_;
  const DockerSettings& settings_;
  runner::JobContext context_;
  std::string name_;  // of volume and network; the containers' names begin with it
  std::optional<TaskGroup> tasks_;
  std::map<std::string, Image> images_;  // by reference
  // Of steps. One that ended is forgotten here while what ran in it still learns of that.
  std::map<Place, std::shared_ptr<Container>> containers_;
  std::vector<Images::Hold> held_;
  std::optional<TarOwner> workspace_owner_;
  std::string first_container_;
  std::vector<std::unique_ptr<Service>> services_;
  std::unique_ptr<CheckoutCopy> checkout_;
  std::chrono::nanoseconds deadline_{0};
  int containers_made_ = 0;

  std::map<int, Running*> running_;  // by step
  std::map<int, Place> ran_in_;      // by step, those that began
  std::uint64_t calls_ = 0;
  bool busy_ = false;
  bool stop_asked_ = false;
  std::function<void()> wake_stopped_;
};

}  // namespace open_cicd::docker
