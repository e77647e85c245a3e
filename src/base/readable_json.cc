#include "base/readable_json.h"

#include "base/json.h"

namespace open_cicd::json {
namespace {

constexpr std::size_t columns = 118;
constexpr std::size_t step = 2;

void write_readable(const bj::value& value, std::size_t indent, std::size_t used, std::string& to) {
  const std::string line = json::serialize(value);
  const bool is_leaf = !value.is_object() && !value.is_array();
  const bool fits = used + line.size() <= columns && indent > 0;
  if (is_leaf || fits || line.size() == 2) {
    to += line;
    return;
  }
  const std::string gap = "\n" + std::string(indent + step, ' ');
  to += value.is_array() ? '[' : '{';
  if (const auto* list = value.if_array()) {
    for (const bj::value& item : *list) {
      to += gap;
      write_readable(item, indent + step, indent + step + 1, to);
      to += ',';
    }
  } else {
    for (const auto& member : value.get_object()) {
      const std::string key = json::serialize(bj::value(member.key())) + ": ";
      to += gap + key;
      write_readable(member.value(), indent + step, indent + step + key.size() + 1, to);
      to += ',';
    }
  }
  to.back() = '\n';
  to += std::string(indent, ' ') + (value.is_array() ? ']' : '}');
}

}  // namespace

std::string readable(const bj::value& value) {
  std::string text;
  write_readable(value, 0, 0, text);
  return text + "\n";
}

}  // namespace open_cicd::json
