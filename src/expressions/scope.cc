#include "expressions/check.h"

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

const Type* Scope::find(std::string_view name) const {
  const auto found = roots_.find(name);
  return found == roots_.end() ? nullptr : &found->second;
}

const std::string* Scope::refusal(std::string_view name) const {
  const auto found = refused_.find(name);
  return found == refused_.end() ? nullptr : &found->second;
}

}  // namespace open_cicd::expressions
