#include "base/task_group.h"

#include "base/cancellation.h"
#include "base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <list>
#include <mutex>

namespace open_cicd {

struct TaskGroup::State {
  struct Child {
    asio::any_io_executor executor;
    std::shared_ptr<asio::cancellation_signal> signal;
  };
  asio::any_io_executor executor;
  mutable std::mutex mutex;
  std::list<Child> children;
  bool cancelled = false;
  std::vector<std::shared_ptr<asio::steady_timer>> joiners;

  void ended(std::list<Child>::iterator child) {
    std::vector<std::shared_ptr<asio::steady_timer>> wake;
    {
      const std::lock_guard lock(mutex);
      children.erase(child);
      if (children.empty()) wake.swap(joiners);
    }
    for (const auto& timer : wake) asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
}

TaskGroup::~TaskGroup() {
  if (size() != 0) log_error("a task group ended before its tasks", {{"tasks", size()}});
}

void TaskGroup::spawn(std::string name, Task<void> child) {
  spawn_on(state_->executor, std::move(name), std::move(child));
}

void TaskGroup::spawn_on(asio::any_io_executor executor, std::string name, Task<void> child) {
  auto signal = std::make_shared<asio::cancellation_signal>();
  std::list<State::Child>::iterator entry;
  bool cancelled;
  {
    const std::lock_guard lock(state_->mutex);
    entry = state_->children.insert(state_->children.end(), {executor, signal});
    cancelled = state_->cancelled;
  }
  auto on_end = [state = state_, entry, signal, name = std::move(name)](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      if (!is_cancellation(e)) log_error("a task failed", {{"task", name}, {"error", e.what()}});
    }
    state->ended(entry);
  };
  asio::co_spawn(executor, std::move(child), asio::bind_cancellation_slot(signal->slot(), std::move(on_end)));
  if (cancelled) asio::post(executor, [signal] { signal->emit(asio::cancellation_type::terminal); });
}

std::size_t TaskGroup::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->children.size();
}

void TaskGroup::cancel() {
  const std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  for (const auto& child : state_->children)
    asio::post(child.executor, [signal = child.signal] { signal->emit(asio::cancellation_type::terminal); });
}

Task<void> TaskGroup::join() {
  auto state = state_;
  auto timer =
      std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  {
    const std::lock_guard lock(state->mutex);
    if (state->children.empty()) co_return;
    state->joiners.push_back(timer);
  }
  error_code ignored;
  co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<void> TaskGroup::stop() {
  cancel();
  co_await join();
}

}  // namespace open_cicd
