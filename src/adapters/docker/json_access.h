// Reading the Engine's JSON leniently: what is missing or of another type reads as empty, as different engine versions
// leave things out.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

// The member `path` ("HostConfig.Memory"); null when a part of the path is missing.
const boost::json::value& value_at(const boost::json::value& from, std::string_view path);
std::string text_at(const boost::json::value& from, std::string_view path);
std::int64_t number_at(const boost::json::value& from, std::string_view path);
bool flag_at(const boost::json::value& from, std::string_view path);
std::vector<std::string> texts_at(const boost::json::value& from, std::string_view path);

}  // namespace open_cicd::docker
