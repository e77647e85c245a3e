// A value that cannot be printed, logged or serialised by accident.
#pragma once

#include <string>
#include <utility>

namespace open_cicd {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }  // name every use: "reveal" is what a reviewer greps for
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace open_cicd
