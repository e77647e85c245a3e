#include "adapters/docker/json_access.h"

namespace open_cicd::docker {

namespace bj = boost::json;

const bj::value& value_at(const bj::value& from, std::string_view path) {
  static const bj::value null;
  const bj::value* at = &from;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    at = at->is_object() ? at->get_object().if_contains(path.substr(0, dot)) : nullptr;
    if (at == nullptr) return null;
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  return *at;
}

std::string text_at(const bj::value& from, std::string_view path) {
  const bj::value& value = value_at(from, path);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::int64_t number_at(const bj::value& from, std::string_view path) {
  boost::system::error_code ignored;
  const bj::value& value = value_at(from, path);
  return value.is_number() ? value.to_number<std::int64_t>(ignored) : 0;
}

bool flag_at(const bj::value& from, std::string_view path) {
  const bj::value& value = value_at(from, path);
  return value.is_bool() && value.get_bool();
}

std::vector<std::string> texts_at(const bj::value& from, std::string_view path) {
  std::vector<std::string> texts;
  const bj::value& value = value_at(from, path);
  if (!value.is_array()) return texts;
  for (const bj::value& item : value.get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

}  // namespace open_cicd::docker
