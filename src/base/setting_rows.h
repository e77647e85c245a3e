// A program's settings as rows of one table: each says of a setting all there is, and where in the program's Config its
// value goes. The default is what that member has in a new Config, so it stands in the struct of the component that
// uses it, and nowhere else.
//
//   using Rows = SettingRows<ServerConfig>;
//   Rows::time("http.idle_timeout", [](ServerConfig& c) -> auto& { return c.http.idle_timeout; }, "Time between …")
#pragma once

#include "base/settings.h"
#include "base/units.h"

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace open_cicd {

// A declaration holds views: texts that are made at the start live as long as the program.
inline std::string_view keep_text(std::string text) {
  static std::deque<std::string> kept;
  return kept.emplace_back(std::move(text));
}

struct SettingBounds {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

template <class Config>
struct SettingRows {
  struct Row {
    SettingDecl declared;
    std::function<void(Config&, const Settings&)> apply = [](Config&, const Settings&) {};
  };
  template <class Member>
  static Row text(std::string_view name, Member member, std::string_view doc) {
    Row row = make(name, SettingType::string, std::string(default_of(member)), doc, {});
    row.apply = [name, member](Config& config, const Settings& s) { member(config) = s.string(name); };
    return row;
  }

  template <class Member>
  static Row time(std::string_view name, Member member, std::string_view doc, SettingBounds bounds = {}) {
    Row row = make(name, SettingType::duration, format_duration(default_of(member).count()), doc, bounds);
    row.apply = [name, member](Config& config, const Settings& s) { member(config) = s.duration(name); };
    return row;
  }

  template <class Member>
  static Row number(std::string_view name, Member member, std::string_view doc, SettingBounds bounds = {}) {
    Row row = make(name, SettingType::integer, std::to_string(default_of(member)), doc, bounds);
    row.apply = [name, member](Config& config, const Settings& s) {
      member(config) = static_cast<std::remove_reference_t<decltype(member(config))>>(s.integer(name));
    };
    return row;
  }

  // Defaults are 0, or whole MiB or GiB.
  template <class Member>
  static Row bytes(std::string_view name, Member member, std::string_view doc, SettingBounds bounds = {}) {
    const auto value = static_cast<std::int64_t>(default_of(member));
    const bool large = value % (1 << 30) == 0;
    std::string text = value == 0 ? "0" : fmt::format("{}{}", value >> (large ? 30 : 20), large ? "Gi" : "Mi");
    Row row = make(name, SettingType::size, std::move(text), doc, bounds);
    row.apply = [name, member](Config& config, const Settings& s) {
      member(config) = static_cast<std::remove_reference_t<decltype(member(config))>>(s.size(name));
    };
    return row;
  }

 private:
  template <class Member>
  static auto default_of(Member member) {
    Config config;
    return member(config);
  }
  static Row make(std::string_view name, SettingType type, std::string default_value, std::string_view doc,
                  SettingBounds bounds) {
    return {.declared = {.name = name,
                         .default_value = keep_text(std::move(default_value)),
                         .doc = doc,
                         .type = type,
                         .min = bounds.min,
                         .max = bounds.max}};
  }
};

}  // namespace open_cicd
