// Percent-encoding of URLs (RFC 3986, section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::http {

enum class PlusIs : unsigned char { plus, space };  // in a path; in a query as forms write it

// Nothing when an escape is broken, or the result holds a NUL or is not UTF-8: no name of ours is any of these.
std::optional<std::string> percent_decode(std::string_view text, PlusIs plus);
// For one path segment or query value: everything but unreserved characters is escaped.
std::string percent_encode(std::string_view text);
// "a=1&b" into {a, 1}, {b, ""}. Nothing when a name or value does not decode, or there are more than 100.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace open_cicd::http
