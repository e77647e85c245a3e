#pragma once

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace open_cicd {

// Whether a coroutine that threw `e` was cancelled: not a failure, but what its owner asked for.
inline bool is_cancellation(const std::exception& e) {
  const auto* error = dynamic_cast<const boost::system::system_error*>(&e);
  return error != nullptr && error->code() == boost::asio::error::operation_aborted;
}
inline bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return is_cancellation(e);
  } catch (...) {
    return false;
  }
}

}  // namespace open_cicd
