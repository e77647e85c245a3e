// The part of Asio that the project uses, and the coroutine type of every asynchronous function.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace open_cicd {

namespace asio = boost::asio;
using boost::system::error_code;

// A coroutine's result. Parameters of a coroutine that is spawned are taken by value (docs/style: references dangle).
template <class T>
using Task = asio::awaitable<T>;

}  // namespace open_cicd
