#include "expressions/check.h"

#include <algorithm>

namespace open_cicd::expressions {

Scope& Scope::declare(std::string name, Type type) {
  refused_.erase(name);
  roots_.insert_or_assign(std::move(name), std::move(type));
  return *this;
}

Scope& Scope::refuse(std::string name, std::string why) {
  roots_.erase(name);
  refused_.insert_or_assign(std::move(name), std::move(why));
  return *this;
}

Scope& Scope::status_known(Stage stage) {
  status_stage_ = stage;
  return *this;
}

Scope& Scope::inside(const Scope& outer) {
  outer_ = &outer;
  return *this;
}

const Type* Scope::find(std::string_view name) const {
  if (const auto found = roots_.find(name); found != roots_.end()) return &found->second;
  return outer_ == nullptr || refused_.contains(name) ? nullptr : outer_->find(name);
}

const std::string* Scope::refusal(std::string_view name) const {
  if (const auto found = refused_.find(name); found != refused_.end()) return &found->second;
  return outer_ == nullptr || roots_.contains(name) ? nullptr : outer_->refusal(name);
}

std::vector<std::string_view> Scope::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, type] : roots_) names.push_back(name);
  if (outer_ != nullptr)
    for (const std::string_view name : outer_->names())
      if (!roots_.contains(name) && !refused_.contains(name)) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace open_cicd::expressions
