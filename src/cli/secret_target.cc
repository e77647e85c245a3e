#include "cli/secret_target.h"

#include "http/percent.h"

#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

std::string target_of(std::string_view repository, std::string_view kind, std::string_view name) {
  std::string target = "/api/v1";
  if (!repository.empty()) target += fmt::format("/repositories/{}", http::percent_encode(repository));
  target += kind;
  if (!name.empty()) target += "/" + http::percent_encode(name);
  return target;
}

}  // namespace

std::string secret_target(std::string_view repository, std::string_view name) {
  return target_of(repository, "/secrets", name);
}

std::string registry_target(std::string_view repository, std::string_view host) {
  return target_of(repository, "/registries", host);
}

}  // namespace open_cicd::cli
