// How forges sign: HMAC-SHA256 of the body, with the webhook's secret as its key. Everything is compared in constant
// time.
#pragma once

#include "base/secret.h"

#include <string_view>

namespace open_cicd::scm {

// `hex` is what a header says: 64 lower-case digits and nothing else.
bool is_hmac_of(std::string_view hex, const Secret&, std::string_view body);

}  // namespace open_cicd::scm
