// One evaluation from within: what it may still do, what it holds. Internal to this folder.
#pragma once

#include "expressions/evaluate.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace open_cicd::expressions {

class Meter {
 public:
  explicit Meter(const Budget& budget) : budget_(budget), begun_with_(bytes_of(budget)), left_(begun_with_) {}
  Meter(const Meter&) = delete;
  ~Meter() {
    if (budget_.together == nullptr) return;
    const std::size_t spent = begun_with_ - left_;
    budget_.together->left -= (spent + limits::work_per_operation - 1) / limits::work_per_operation;
  }

  // Both are false when that is too much.
  bool spend_operations(std::size_t operations) { return spend_work(operations * limits::work_per_operation); }
  bool spend_work(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  std::size_t left() const { return left_; }
  const Budget& budget() const { return budget_; }
  // Others have left it less than its own limit.
  bool is_cut() const {
    return begun_with_ < std::min(budget_.operations, operations_max) * limits::work_per_operation;
  }

 private:
  static constexpr std::size_t operations_max = std::numeric_limits<std::size_t>::max() / limits::work_per_operation;

  static std::size_t bytes_of(const Budget& budget) {
    const std::size_t own = std::min(budget.operations, operations_max);
    return (budget.together == nullptr ? own : std::min(own, budget.together->left)) * limits::work_per_operation;
  }

  const Budget budget_;
  const std::size_t begun_with_;  // in bytes of work, as the next one
  std::size_t left_;
};

// A value that belongs to the context, or to the evaluation itself.
class Held {
 public:
  Held() = default;
  explicit Held(const Value* outside) : outside_(outside) {}
  explicit Held(Value own) : own_(std::move(own)) {}

  const Value& get() const { return outside_ != nullptr ? *outside_ : own_; }
  Value* own() { return outside_ != nullptr ? nullptr : &own_; }

 private:
  const Value* outside_ = nullptr;
  Value own_;
};

// Evaluates with a budget that others share. The value may belong to the context or to the expression.
Outcome<Held> evaluate_with(const Node& node, const Context& context, Meter& meter);
// A copy that outlives them, within budget.result_bytes.
Outcome<Value> take_result(Held held, const Node& node, const Meter& meter);

std::unexpected<ExpressionError> too_many_operations(const Node& node, const Meter& meter);
std::unexpected<ExpressionError> result_too_long(const Node& node, const Meter& meter);
// Appends a string, number or boolean to `out`; an error for all else.
Outcome<void> append_scalar(std::string& out, const Value& value, const Node& node, const Meter& meter);

}  // namespace open_cicd::expressions
