// The link that signs a browser in, which `sign-in` and `up` print.
#pragma once

#include "cli/api.h"

#include <boost/json/value.hpp>

#include <string>

namespace open_cicd::cli {

// What the server answers to the wish for a one-time code.
Task<Result<boost::json::value>> make_sign_in_code(Api& api);
// The link of that answer: at the server's public URL, or else where this program has found it.
Result<std::string> link_of(const Api& api, const boost::json::value& code);

}  // namespace open_cicd::cli
