#include "http/body_budget.h"

#include <algorithm>

namespace open_cicd::http {

BodyBudget::BodyBudget(std::size_t max) : max_(max), asker_max_(std::max(max / 8, asker_bytes_min)) {}

bool BodyBudget::Share::grow_to(std::size_t bytes, std::string_view asker) {
  const std::size_t counted = bytes > free_bytes ? bytes - free_bytes : 0;
  if (counted <= held_) return true;
  const std::size_t more = counted - held_;
  const std::lock_guard lock(budget_.mutex_);
  const auto found = budget_.askers_.find(asker);
  const std::size_t of_asker = found == budget_.askers_.end() ? 0 : found->second;
  if (more > budget_.asker_max_ - of_asker || more > budget_.max_ - budget_.held_) return false;
  if (held_ == 0) asker_ = budget_.askers_.try_emplace(std::string(asker)).first;
  asker_->second += more;
  budget_.held_ += more;
  held_ = counted;
  return true;
}

void BodyBudget::Share::give_back() {
  if (held_ == 0) return;
  const std::lock_guard lock(budget_.mutex_);
  budget_.held_ -= held_;
  asker_->second -= held_;
  if (asker_->second == 0) budget_.askers_.erase(asker_);
  held_ = 0;
}

}  // namespace open_cicd::http
