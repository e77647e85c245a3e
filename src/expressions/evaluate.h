// The value of an expression. Pure: what it depends on is in the Context. Safe from any thread.
#pragma once

#include "expressions/error.h"
#include "expressions/expression.h"
#include "expressions/limits.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

// What success(), failure() and cancelled() answer.
struct StatusAnswers {
  bool success = true;
  bool failure = false;
  bool cancelled = false;
};

// The values of the contexts. It refers to them: they must outlive it.
class Context {
 public:
  // The digest of all files that match one of the patterns, in hexadecimal; or what went wrong, as a message.
  using HashFiles = std::function<std::expected<std::string, std::string>(const std::vector<std::string>& patterns)>;

  Context& set(std::string name, const Value& value);
  Context& set(std::string name, Value&& value) = delete;  // it would not outlive the statement
  Context& set_status(StatusAnswers answers);
  Context& set_hash_files(HashFiles hash_files);

  const Value* find(std::string_view name) const;  // null when it is not set
  const std::optional<StatusAnswers>& status() const { return status_; }
  const HashFiles& hash_files() const { return hash_files_; }

 private:
  std::map<std::string, const Value*, std::less<>> roots_;
  std::optional<StatusAnswers> status_;
  HashFiles hash_files_;
};

// The operations that evaluations may take together, one after the other.
struct SharedBudget {
  explicit SharedBudget(std::size_t max) : max(max), left(max) {}

  // For what is done beside them with so many bytes. Nothing is left when that was too much.
  void spend_work(std::size_t bytes) { left -= std::min(left, bytes / limits::work_per_operation); }

  const std::size_t max;
  std::size_t left;
};

// Of one evaluation; see limits.h for what counts.
struct Budget {
  std::size_t operations = limits::operations_max;
  std::size_t result_bytes = limits::result_bytes_max;  // of the result, and of every string made on the way
  SharedBudget* together = nullptr;                     // what this evaluation takes is also taken from there
};

// && and || do not evaluate their right side when the left one decides. A missing key of a map is null, and so is a
// field of null. Errors: Fault::value (an index out of range, …), Fault::limit, Fault::type for what was `any`,
// Fault::name for a root that the context lacks (an expression that is evaluated before its stage).
Outcome<Value> evaluate(const Expression& expression, const Context& context, Budget budget = {});

// The same for `if`: anything but a boolean is Fault::type.
Outcome<bool> evaluate_condition(const Expression& expression, const Context& context, Budget budget = {});

}  // namespace open_cicd::expressions
