// Payloads that are almost right: each field taken away, null, of another type, of another form.
#pragma once

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::scm::contract {

inline boost::json::array wrong_values(const boost::json::value& right) {
  if (right.is_string()) return {nullptr, 7, "", std::string_view("a\0b..\n \xC3\xBC", 9)};
  if (right.is_number()) return {nullptr, "7", -1, 18'446'744'073'709'551'615U};
  if (right.is_null()) return {7, "x", boost::json::object{}};
  return {nullptr, "text", boost::json::array{nullptr}, boost::json::object{{"x", 1}}};
}

inline void each_member(boost::json::value& node, const std::function<void(boost::json::object&)>& look) {
  if (auto* list = node.if_array())
    for (auto& item : *list) each_member(item, look);
  auto* object = node.if_object();
  if (object == nullptr) return;
  look(*object);
  for (auto& member : *object) each_member(member.value(), look);
}

inline std::vector<std::string> address_names(const boost::json::object& object) {
  std::vector<std::string> names;
  for (const auto& member : object)
    if (member.key().ends_with("url")) names.emplace_back(member.key());
  return names;
}

// Most of a payload are addresses, at which nobody looks: these have their turn all at once, and are gone then.
inline void mutate_addresses(boost::json::value& payload, const std::function<void(const std::string&)>& look) {
  for (const boost::json::value& wrong : wrong_values("")) {
    each_member(payload, [&](boost::json::object& object) {
      for (const std::string& name : address_names(object)) object[name] = wrong;
    });
    look("addresses are wrong");
  }
  each_member(payload, [](boost::json::object& object) {
    for (const std::string& name : address_names(object)) object.erase(name);
  });
  look("addresses are missing");
}

// Calls `look` for each mutation of what stands below `node`, which is part of the payload that `look` sees, and puts
// all back. `seen` holds the places that had their turn.
inline void each_mutation(boost::json::value& node, const std::string& path, std::set<std::string>& seen,
                          const std::function<void(const std::string&)>& look) {
  if (auto* list = node.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) each_mutation((*list)[i], path + "[]", seen, look);
    return;
  }
  auto* object = node.if_object();
  if (object == nullptr) return;
  std::vector<std::string> names;
  for (const auto& member : *object) names.emplace_back(member.key());
  for (const std::string& name : names) {
    const std::string place = path + "." + name;
    if (seen.insert(place).second) {
      const boost::json::value right = object->at(name);
      object->erase(name);
      look(place + " is missing");
      for (boost::json::value& wrong : wrong_values(right)) {
        (*object)[name] = std::move(wrong);
        look(place + " is wrong");
      }
      (*object)[name] = right;
    }
    each_mutation(object->at(name), place, seen, look);
  }
}

}  // namespace open_cicd::scm::contract
