// The steps of a job that run beside the others.
#include "runner/job_runner.h"

#include <fmt/format.h>

namespace open_cicd::runner {

// Returns when the next step may start.
Task<void> JobRunner::start_in_background(int index, pipelines::Step step) {
  if (background_.size() >= background_running_max) {
    listener_.step_started(index);
    co_return conclude_step(
        index, {.result = fail(ErrorKind::invalid, "exit",
                               fmt::format("step \"{}\" would be one too many: {} may run in the background at a time",
                                           step.name, background_running_max))});
  }
  starting_.insert(index);
  background_.insert(index);
  tasks_.spawn("a step in the background", run_in_background(index, std::move(step)));
  while (starting_.contains(index)) co_await background_changed();
}

Task<void> JobRunner::run_in_background(int index, pipelines::Step step) {
  try {
    co_await run_step(index, std::move(step));
  } catch (const std::exception& e) {
    conclude_step(index, {.result = fail(ErrorKind::internal, "agent", e.what())});
  }
  starting_.erase(index);
  background_.erase(index);
  background_change_.cancel();
}

// Those that still run have done their work: they end as they would with a machine that is shut down.
Task<void> JobRunner::end_background() {
  ending_ = true;
  for (const int index : background_) environment_->stop_step(index, settings_.stop_grace);
  while (!background_.empty()) co_await background_changed();
  co_await tasks_.join();
}

Task<void> JobRunner::background_changed() {
  error_code ignored;
  co_await background_change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace open_cicd::runner
