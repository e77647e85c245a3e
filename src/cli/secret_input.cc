#include "cli/secret_input.h"

#include "base/text.h"
#include "secrets/limits.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace open_cicd::cli {

Result<Secret> read_secret(std::istream& in, const std::string& shown) {
  std::string bytes(secrets::limits::value_bytes_max + 1, '\0');
  if (in) in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof()))
    return fail(ErrorKind::not_found, "no_value", fmt::format("{} cannot be read: {}.", shown, std::strerror(errno)));
  const auto size = static_cast<std::size_t>(in.gcount());
  Secret value(bytes.substr(0, size));
  wipe(bytes);
  return value;
}

Result<Secret> checked_secret(Result<Secret> secret, std::string_view name) {
  if (!secret) return secret;
  if (secret->empty()) return fail(ErrorKind::invalid, "no_value", fmt::format("The {} is empty.", name));
  if (!is_valid_utf8(secret->reveal()))
    return invalid_fields({{.path = std::string(name), .message = "is not UTF-8: encode it, for example as base64"}});
  return secret;
}

}  // namespace open_cicd::cli
