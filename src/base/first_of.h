// A wait that something else may end. Asio's operator|| does not end the other side when one throws; this does.
#pragma once

#include "base/asio.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <exception>
#include <expected>
#include <optional>
#include <utility>

namespace open_cicd {

namespace detail {

template <class T>
Task<std::expected<T, std::exception_ptr>> caught(Task<T> work) {
  try {
    co_return co_await std::move(work);
  } catch (...) {
    co_return std::unexpected(std::current_exception());
  }
}

}  // namespace detail

// The result of `work`, or nothing when `stop` completed first; the other one is cancelled. What `work` throws is
// thrown here.
template <class T>
Task<std::optional<T>> unless(Task<T> work, Task<void> stop) {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (detail::caught(std::move(work)) || std::move(stop));
  if (first.index() == 1) co_return std::nullopt;
  auto& outcome = std::get<0>(first);
  if (!outcome) std::rethrow_exception(outcome.error());
  co_return std::move(*outcome);
}

}  // namespace open_cicd
