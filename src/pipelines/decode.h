// Nodes to values: each function reads one node into `to` or adds to `Problems` what is wrong with it and returns
// false. Knows no key of the language.
#pragma once

#include "base/error.h"
#include "pipelines/node.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

// One wrong place. `hint` is a sentence of its own, such as "Did you mean \"needs\"?", or empty.
struct Problem {
  std::string path;
  Position at;
  std::string message;
  std::string hint;
};

// The errors of one document. At most limits::errors_max are kept; one that is found again at the same place, by an
// alias or a default, counts once.
class Problems {
 public:
  void add(std::string path, Position at, std::string message, std::string hint = {});
  bool empty() const { return found_.empty(); }
  std::size_t size() const { return found_.size() + left_out_; }
  std::vector<Problem> take();
  std::vector<FieldError> take_fields();  // each hint behind its message

 private:
  std::vector<Problem> found_;  // in the order of the text
  std::size_t left_out_ = 0;
};

// A value and where it stands: "steps[2].image".
struct Field {
  const Node* node = nullptr;
  std::string path;

  Field item(std::size_t i) const { return {node->items[i].get(), path + "[" + std::to_string(i) + "]"}; }
  bool fail(Problems& problems, std::string message) const {
    problems.add(path, node->at, std::move(message));
    return false;
  }
};

// What a map may hold. `planned` are words of the language that are not taken yet, so that they are not called unknown.
struct Keys {
  std::span<const std::string_view> known;
  std::span<const std::string_view> planned = {};
};

// A map with its keys checked; anything else is one error and an empty map.
class MapReader {
 public:
  MapReader(const Field& field, Keys keys, Problems& problems);
  std::optional<Field> find(std::string_view key) const;     // nothing when absent
  std::optional<Field> require(std::string_view key) const;  // nothing and an error when absent
  bool is_map() const { return field_.node->kind == Node::Kind::map; }

 private:
  const Field& field_;
  Problems& problems_;
};

bool mistyped(const Field& field, std::string_view expected, Problems& problems);  // "must be …, not a list"
std::string closest_hint(std::string_view word,
                         std::span<const std::string_view> known);  // "Did you mean …?" or nothing
// Of a key that is not known here: what was meant, what the word of another CI system is called here, or the keys there
// are.
std::string key_hint(std::string_view word, std::span<const std::string_view> known);
std::string member_path(const std::string& path, std::string_view key);

// The text for a rule: where an expression made it, without what a rule would take for another one.
std::string text_for_rules(const Node& node);

// A string rule: nothing when `text` is fine, else what is wrong ("must not be empty"). See rules.h.
using Rule = std::optional<std::string> (*)(std::string_view text);

bool read_string(const Field& field, std::string& to, Problems& problems, Rule rule);
bool read_boolean(const Field& field, bool& to, Problems& problems);
bool read_integer(const Field& field, int& to, int min, int max, Problems& problems);
bool read_number(const Field& field, double& to, double min, double max, Problems& problems);
bool read_choice(const Field& field, std::string& to, std::span<const std::string_view> choices, Problems& problems);
bool read_duration(const Field& field, std::int64_t& to_ms, std::int64_t min_ms, std::int64_t max_ms,
                   Problems& problems);
bool read_size(const Field& field, std::int64_t& to_bytes, std::int64_t min, std::int64_t max, Problems& problems);

// A list, or one value where a list could stand. The caller reads each.
std::vector<Field> read_items(const Field& field, std::size_t max, Problems& problems);
bool read_strings(const Field& field, std::vector<std::string>& to, std::size_t max, Problems& problems, Rule rule);
bool read_integers(const Field& field, std::vector<int>& to, int min, int max, std::size_t count_max,
                   Problems& problems);

}  // namespace open_cicd::pipelines
