// Base64 with padding (RFC 4648, 4): as HTTP's Basic authentication wants it, and webhooks that are signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd {

std::string base64(std::string_view bytes);
// Nothing unless it is exactly what base64() gives for some bytes: no white space, no missing padding, no spare bits.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace open_cicd
