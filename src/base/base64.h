// Base64 with padding (RFC 4648, 4), as HTTP's Basic authentication wants it.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd {

std::string base64(std::string_view bytes);

}  // namespace open_cicd
