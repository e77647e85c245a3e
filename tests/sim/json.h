// Reading members of JSON texts whose shape the simulation knows.
#pragma once

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::sim {

inline boost::json::value parse_json(std::string_view text) {
  boost::system::error_code ignored;
  return boost::json::parse(text, ignored);
}

// "" if there is no such text.
inline std::string text_of(const boost::json::value& json, std::string_view member) {
  const auto* object = json.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
inline std::string text_of(std::string_view text, std::string_view member) {
  return text_of(parse_json(text), member);
}

// The job ids of a poll's answer.
inline std::vector<std::string> offers_of(std::string_view text) {
  std::vector<std::string> ids;
  const boost::json::value json = parse_json(text);
  for (const auto& offer : json.at("offers").as_array()) ids.push_back(text_of(offer, "job_id"));
  return ids;
}

}  // namespace open_cicd::sim
