// Runs a coroutine to its end from a thread that is in none: what a command does before, or without, a server, and what
// tests do.
#pragma once

#include "base/asio.h"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace open_cicd {

namespace detail {

// What a spawned coroutine left: its value, or what it threw.
template <class T>
struct Outcome {
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  std::optional<Value> value;
  std::exception_ptr failure;

  bool complete() const { return value || failure; }
  T take() {
    if (failure) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<T>) return std::move(*value);
  }
};

template <class T>
std::shared_ptr<Outcome<T>> spawn_on(asio::io_context& context, Task<T> task) {
  auto outcome = std::make_shared<Outcome<T>>();
  asio::co_spawn(context, std::move(task), [outcome](std::exception_ptr thrown, auto... value) {
    outcome->failure = thrown;
    if (!thrown) outcome->value.emplace(std::move(value)...);
  });
  return outcome;
}

}  // namespace detail

// On an io_context of its own, with everything that the coroutine started there. Throws what the coroutine throws.
template <class T>
T run_alone(Task<T> task) {
  asio::io_context context;
  const auto outcome = detail::spawn_on(context, std::move(task));
  context.run();
  return outcome->take();
}

// On `context`, which no thread runs; what else it holds goes on meanwhile and in the next call. Throws when nothing
// happens for `patience`.
template <class T>
T run_on(asio::io_context& context, Task<T> task, std::chrono::seconds patience = std::chrono::seconds(30)) {
  const auto outcome = detail::spawn_on(context, std::move(task));
  context.restart();
  while (!outcome->complete() && context.run_one_for(patience) > 0) continue;
  if (!outcome->complete()) throw std::runtime_error("a coroutine did not come to its end");
  return outcome->take();
}

}  // namespace open_cicd
