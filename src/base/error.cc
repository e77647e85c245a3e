#include "base/error.h"

#include <fmt/format.h>

namespace open_cicd {

std::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string message) {
  return std::unexpected(Error(kind, code, std::move(message)));
}

std::unexpected<Error> not_found(std::string_view what, std::string_view id) {
  return fail(ErrorKind::not_found, "not_found", fmt::format("There is no {} {:.64}.", what, id));
}

std::unexpected<Error> invalid_fields(std::vector<FieldError> fields) {
  const FieldError& first = fields.front();
  std::string message = first.path.empty() ? first.message : fmt::format("{}: {}", first.path, first.message);
  if (fields.size() > 1) message += fmt::format(" (and {} more)", fields.size() - 1);
  return std::unexpected(Error(ErrorKind::invalid, "invalid", std::move(message)).with_fields(std::move(fields)));
}

}  // namespace open_cicd
