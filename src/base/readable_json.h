// JSON that people review: in files that are compared line by line.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace open_cicd::json {

// A value on one line where it fits, else its parts below each other, so that a change shows as the lines that changed.
// Ends with a line break.
std::string readable(const boost::json::value& value);

}  // namespace open_cicd::json
