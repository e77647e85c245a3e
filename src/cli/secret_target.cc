#include "cli/secret_target.h"

#include "http/percent.h"

#include <fmt/format.h>

namespace open_cicd::cli {

std::string secret_target(std::string_view repository, std::string_view name) {
  std::string target = "/api/v1";
  if (!repository.empty()) target += fmt::format("/repositories/{}", http::percent_encode(repository));
  target += "/secrets";
  if (!name.empty()) target += "/" + http::percent_encode(name);
  return target;
}

}  // namespace open_cicd::cli
