// Expected failures. Broken infrastructure and our own bugs are exceptions; what a caller can cause is an Error.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

// What went wrong, in words that know no protocol. http/problem.cc maps it to a status, cli/exit_code.cc to an exit
// code.
enum class ErrorKind : std::uint8_t {
  malformed,        // not parseable at all
  invalid,          // parsed, but a field is wrong: see Error::fields
  unauthenticated,  // no or unknown credentials
  forbidden,        // known, but not allowed
  not_found,
  method_not_allowed,
  conflict,  // the state does not allow it
  gone,
  too_large,
  unsupported_media,
  range,  // an offset or byte range that cannot be satisfied
  upgrade_required,
  too_many,     // slow down: see Error::retry_after
  unavailable,  // try again later: see Error::retry_after
  internal,
};

// One wrong field of a request or file. `path` is like "steps[2].image"; line and column count from 1, 0 when unknown
// (JSON).
struct FieldError {
  std::string path;
  std::string message;
  int line = 0;
  int column = 0;
  bool operator==(const FieldError&) const = default;
};

// A failure with one text for the user and one for the operator's log. A value: copies share what they hold until one
// of them is changed. As small as a pointer, because a Result that succeeded has room for one, too.
class Error {
 public:
  Error(ErrorKind kind, std::string_view code, std::string message)
      : parts_(std::make_shared<Parts>(Parts{.kind = kind, .code = std::string(code), .message = std::move(message)})) {
  }

  ErrorKind kind() const { return parts_->kind; }
  // Stable machine-readable slug, e.g. "stale_attempt". Part of the API.
  const std::string& code() const { return parts_->code; }
  // For the user: what happened, to what, and what to do.
  const std::string& message() const { return parts_->message; }
  // For the operator's log only; never sent to a client.
  const std::string& detail() const { return parts_->detail; }
  const std::vector<FieldError>& fields() const { return parts_->fields; }
  // Extra members of the problem document, e.g. {"next": 4096}.
  const boost::json::object& facts() const { return parts_->facts; }
  std::optional<std::chrono::seconds> retry_after() const { return parts_->retry_after; }

  Error&& with_detail(std::string detail) && {
    own().detail = std::move(detail);
    return std::move(*this);
  }
  Error&& with_fields(std::vector<FieldError> fields) && {
    own().fields = std::move(fields);
    return std::move(*this);
  }
  Error&& with_fact(std::string_view name, boost::json::value value) && {
    own().facts[name] = std::move(value);
    return std::move(*this);
  }
  Error&& with_retry_after(std::chrono::seconds after) && {
    own().retry_after = after;
    return std::move(*this);
  }

 private:
  struct Parts {
    ErrorKind kind;
    std::string code;
    std::string message;
    std::string detail = {};
    std::vector<FieldError> fields = {};
    boost::json::object facts = {};
    std::optional<std::chrono::seconds> retry_after = {};
  };
  Parts& own() {
    if (parts_.use_count() > 1) parts_ = std::make_shared<Parts>(*parts_);
    return *parts_;
  }
  std::shared_ptr<Parts> parts_;
};

template <class T>
using Result = std::expected<T, Error>;

// Helpers for the common ones; a domain adds its own beside its rule (jobs: stale_attempt(), …). Each returns an
// unexpected.
std::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string message);
std::unexpected<Error> not_found(std::string_view what, std::string_view id);
std::unexpected<Error> invalid_fields(
    std::vector<FieldError> fields);  // ErrorKind::invalid, code "invalid", at least one field

}  // namespace open_cicd
