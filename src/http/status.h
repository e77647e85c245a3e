// Status codes: their phrases, and problem documents for those that only the HTTP layer gives.
#pragma once

#include "base/error.h"
#include "http/message.h"

#include <string_view>

namespace open_cicd::http {

std::string_view phrase_of(int status);  // "Not Found"; "Status" for a code without a registered phrase

// problem() with a status that no ErrorKind has: 408, 414, 417, 431.
Response problem_with_status(int status, const Error& error, std::string_view request_id);

}  // namespace open_cicd::http
