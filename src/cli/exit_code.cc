#include "cli/exit_code.h"

namespace open_cicd::cli {

int exit_code_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::malformed:
    case ErrorKind::invalid:
    case ErrorKind::too_large:
    case ErrorKind::unsupported_media:
      return exit_bad_input;
    case ErrorKind::unauthenticated:
    case ErrorKind::forbidden:
      return exit_not_allowed;
    case ErrorKind::not_found:
    case ErrorKind::gone:
      return exit_not_found;
    case ErrorKind::too_many:
    case ErrorKind::unavailable:
      return exit_unreachable;
    case ErrorKind::method_not_allowed:
    case ErrorKind::upgrade_required:
    case ErrorKind::internal:
      return exit_internal;
    case ErrorKind::conflict:
    case ErrorKind::range:
      return exit_failed;
  }
  return exit_failed;
}

int exit_code_of_job(std::string_view state, std::optional<int> exit_code) {
  if (state == "succeeded" || state == "skipped") return exit_fine;
  if (state == "timed_out") return exit_timed_out;
  if (state == "cancelled") return exit_cancelled;
  if (state == "lost") return exit_lost;
  const int code = exit_code.value_or(0) & 0xff;
  return code == 0 ? exit_failed : code;
}

}  // namespace open_cicd::cli
