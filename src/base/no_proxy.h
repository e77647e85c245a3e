// Which hosts are reached without a proxy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd {

// `authority` is a host, an address, or one of them with a port. This machine itself never needs a proxy; else one of
// `list` has to match, separated by commas: a host name (with all names below it), an address, a network like
// 10.0.0.0/8, or * for everything.
bool needs_no_proxy(std::string_view list, std::string_view authority);

// The first entry of such a list that has a slash and is no network, so that it would match nothing.
std::optional<std::string> bad_network(std::string_view list);

}  // namespace open_cicd
