// Lists that come in pages.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "cli/api.h"

#include <boost/json/object.hpp>

#include <string>

namespace open_cicd::cli {

// The document of `target` ("/api/v1/jobs?limit=50"); with `all`, the entries of every page in its list `name`,
// following next_cursor.
Task<Result<boost::json::object>> read_pages(Api& api, std::string target, std::string name, bool all);

}  // namespace open_cicd::cli
