// The executor contract's fixture on a real engine, for the tests of what only this executor has.
#pragma once

#include "adapters/docker/docker.h"
#include "contract/executor_contract_fixture.h"
#include "support/docker_fixture.h"

#include <string>
#include <utility>
#include <vector>

namespace open_cicd::runner::contract {

using testing::DockerEngine;

inline ExecutorTraits docker_traits() {
  return {.name = "docker",
          .make =
              [](const fs::path&) {
                const DockerEngine* const engine = DockerEngine::get();
                return docker::make_docker_executor({.socket = engine == nullptr ? "unix:///nowhere" : engine->host(),
                                                     .clones_from_this_machine = true});
              },
          .image = "busybox:test",
          .image_with_bash = "busybox:bash"};
}

// Beyond the contract: images, services, limits, what is left.
class DockerExecutor : public ExecutorContract {
 protected:
  void SetUp() override {
    engine = DockerEngine::get();
    ASSERT_NE(engine, nullptr) << DockerEngine::why_not();
    before = engine->everything();
    containers_before = engine->containers();
    ExecutorContract::SetUp();
  }
  void TearDown() override {
    ExecutorContract::TearDown();
    if (engine != nullptr) EXPECT_EQ(engine->everything(), before);
  }

  StepCommand step_in(const std::string& image, Lines lines) {
    StepCommand command = step(next_step++, std::move(lines));
    command.step.image = image;
    return command;
  }
  // The spec lists the steps' images, as a real job's does.
  JobContext new_job_with(std::vector<std::string> images) {
    JobContext job = new_job();
    for (std::string& image : images)
      job.spec.steps.push_back({.name = "step", .run = {":"}, .image = std::move(image)});
    return job;
  }
  Result<void> set_up(JobContext job) {
    environment = executor->make(std::move(job));
    return await(environment->set_up(sink));
  }
  const std::string& setup_log() { return sink.texts[setup_step]; }

  static pipelines::Service web(const std::string& name, pipelines::Ready ready) {
    return {.name = name,
            .image = "busybox:two",
            .env = {{"GREETING", "hello from " + name}},
            .command = {"sh", "-c", "mkdir /w; echo $GREETING > /w/hello; echo serving; exec httpd -f -p 8000 -h /w"},
            .ready = std::move(ready)};
  }

  const DockerEngine* engine = nullptr;
  std::string before, containers_before;  // what the engine had
};

}  // namespace open_cicd::runner::contract
