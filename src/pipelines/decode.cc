#include "pipelines/decode.h"

#include "base/suggest.h"
#include "base/text.h"
#include "base/units.h"
#include "pipelines/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace open_cicd::pipelines {
namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Keys that other systems have, and ours for the same; of several, the first that is known where it stands.
struct Foreign {
  std::string_view word, ours;
};
constexpr auto foreign_words = std::to_array<Foreign>({
    {"after_script", "steps"},
    {"agent", "runs_on"},
    {"agents", "runs_on"},
    {"before_script", "steps"},
    {"commands", "run"},
    {"commands", "steps"},
    {"container", "image"},
    {"continue-on-error", "allow_failure"},
    {"continueOnError", "allow_failure"},
    {"cwd", "workdir"},
    {"depends_on", "needs"},
    {"dependsOn", "needs"},
    {"dependencies", "needs"},
    {"detach", "background"},
    {"directory", "workdir"},
    {"displayName", "name"},
    {"except", "if"},
    {"except", "on"},
    {"extends", "uses"},
    {"include", "uses"},
    {"only", "if"},
    {"only", "on"},
    {"parallel", "matrix"},
    {"parallelism", "matrix"},
    {"parameters", "inputs"},
    {"pool", "runs_on"},
    {"resource_group", "concurrency"},
    {"rules", "if"},
    {"rules", "on"},
    {"script", "run"},
    {"script", "steps"},
    {"settings", "with"},
    {"stage", "needs"},
    {"stages", "jobs"},
    {"strategy", "matrix"},
    {"tags", "runs_on"},
    {"timeout-minutes", "timeout"},
    {"timeoutInMinutes", "timeout"},
    {"trigger", "on"},
    {"triggers", "on"},
    {"variables", "env"},
    {"when", "if"},
    {"working-directory", "workdir"},
    {"working_directory", "workdir"},
});

}  // namespace

void Problems::add(std::string path, Position at, std::string message, std::string hint) {
  const auto place_of = [](Position p) { return std::tuple(p.file, p.line, p.column); };
  const auto is_same = [&](const Problem& other) {
    return at.line > 0 && place_of(other.at) == place_of(at) && other.message == message;
  };
  if (std::ranges::any_of(found_, is_same)) return;
  if (found_.size() == limits::errors_max) {
    ++left_out_;
    return;
  }
  const auto place = std::ranges::upper_bound(found_, place_of(at), std::less(),
                                              [&](const Problem& other) { return place_of(other.at); });
  found_.insert(place, {std::move(path), at, std::move(message), std::move(hint)});
}

std::vector<Problem> Problems::take() {
  if (left_out_ > 0) found_.push_back({"", {}, fmt::format("{} more errors are not shown", left_out_), ""});
  return std::move(found_);
}

std::vector<FieldError> Problems::take_fields() {
  std::vector<FieldError> fields;
  for (Problem& problem : take()) {
    if (!problem.hint.empty()) problem.message += ". " + problem.hint;
    fields.push_back({std::move(problem.path), std::move(problem.message), problem.at.line, problem.at.column});
  }
  return fields;
}

bool mistyped(const Field& field, std::string_view expected, Problems& problems) {
  return field.fail(problems, fmt::format("must be {}, not {}", expected, name_of(field.node->kind)));
}

std::string closest_hint(std::string_view word, std::span<const std::string_view> known) {
  const auto close = closest_word(word, known);
  return close ? fmt::format("Did you mean \"{}\"?", *close) : "";
}

std::string key_hint(std::string_view word, std::span<const std::string_view> known) {
  for (const Foreign& foreign : foreign_words)
    if (foreign.word == word && contains(known, foreign.ours)) return fmt::format("Here it is \"{}\".", foreign.ours);
  if (std::string hint = closest_hint(word, known); !hint.empty()) return hint;
  if (known.empty() || known.size() > limits::keys_listed_max) return "";
  return fmt::format("The keys here are {}.", fmt::join(known, ", "));
}

std::string text_for_rules(const Node& node) {
  std::string text = node.text;
  if (!node.evaluated) return text;
  for (std::size_t at = 0; (at = text.find("${{", at)) != std::string::npos; ++at) text[at] = ' ';
  return text;
}

std::string member_path(const std::string& path, std::string_view key) {
  key = key.substr(0, limits::name_chars_max);
  std::string whole;
  whole.reserve(path.size() + 1 + key.size());
  if (!path.empty()) whole.append(path).append(1, '.');
  const bool is_plain = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
  return is_plain ? whole.append(key) : whole + escape_for_line(key);
}

MapReader::MapReader(const Field& field, Keys keys, Problems& problems) : field_(field), problems_(problems) {
  if (field.node->hole) return;
  if (!is_map()) {
    const bool are_many = keys.known.size() > limits::keys_listed_max;
    mistyped(field, are_many ? "a map" : fmt::format("a map with {}", fmt::join(keys.known, ", ")), problems);
    return;
  }
  for (const Member& member : field.node->members) {
    if (contains(keys.known, member.key)) continue;
    const bool planned = contains(keys.planned, member.key);
    std::string path = member_path(field.path, member.key);
    if (planned)
      problems.add(std::move(path), member.key_at, "is not supported here yet: remove it");
    else
      problems.add(std::move(path), member.key_at, "is not a known key", key_hint(member.key, keys.known));
  }
}

std::optional<Field> MapReader::find(std::string_view key) const {
  const Member* member = field_.node->find(key);
  if (member == nullptr) return std::nullopt;
  return Field{member->value.get(), member_path(field_.path, key)};
}

std::optional<Field> MapReader::require(std::string_view key) const {
  auto found = find(key);
  if (!found && is_map()) problems_.add(member_path(field_.path, key), field_.node->at, "is required");
  return found;
}

bool read_string(const Field& field, std::string& to, Problems& problems, Rule rule) {
  const Node& node = *field.node;
  if (node.hole) return true;
  if (node.kind == Node::Kind::null) return field.fail(problems, "must be a string; an empty one is \"\"");
  if (!node.is_scalar()) return mistyped(field, "a string", problems);
  if (node.kind != Node::Kind::string)
    return field.fail(problems, fmt::format("must be a string: write \"{}\", with quotes", escape_for_line(node.text)));
  if (auto wrong = node.evaluated ? rule(text_for_rules(node)) : rule(node.text))
    return field.fail(problems, std::move(*wrong));
  to = node.text;
  return true;
}

bool read_boolean(const Field& field, bool& to, Problems& problems) {
  if (field.node->hole) return true;
  if (field.node->kind != Node::Kind::boolean) return mistyped(field, "true or false", problems);
  to = field.node->boolean;
  return true;
}

bool read_integer(const Field& field, int& to, int min, int max, Problems& problems) {
  const Node& node = *field.node;
  if (node.hole) return true;
  const bool numeric = node.kind == Node::Kind::integer || node.kind == Node::Kind::number;
  // A number without a fraction is whole, however it is written: 3.0 is 3, as JSON Schema has it.
  if (!numeric || !(node.number >= min && node.number <= max) || std::trunc(node.number) != node.number)
    return field.fail(problems, fmt::format("must be a whole number from {} to {}", min, max));
  to = static_cast<int>(node.number);
  return true;
}

bool read_number(const Field& field, double& to, double min, double max, Problems& problems) {
  const Node& node = *field.node;
  if (node.hole) return true;
  const bool numeric = node.kind == Node::Kind::integer || node.kind == Node::Kind::number;
  if (!numeric || !(node.number >= min && node.number <= max))
    return field.fail(problems, fmt::format("must be a number from {} to {}", min, max));
  to = node.number;
  return true;
}

bool read_choice(const Field& field, std::string& to, std::span<const std::string_view> choices, Problems& problems) {
  const Node& node = *field.node;
  if (node.hole) return true;
  if (node.kind != Node::Kind::string || !contains(choices, node.text)) {
    std::string hint = node.kind == Node::Kind::string ? closest_hint(node.text, choices) : "";
    problems.add(field.path, node.at, fmt::format("must be one of {}", fmt::join(choices, ", ")), std::move(hint));
    return false;
  }
  to = node.text;
  return true;
}

bool read_duration(const Field& field, std::int64_t& to_ms, std::int64_t min_ms, std::int64_t max_ms,
                   Problems& problems) {
  const Node& node = *field.node;
  if (node.hole) return true;
  if (node.kind == Node::Kind::integer || node.kind == Node::Kind::number)
    return field.fail(problems, fmt::format("needs a unit: write a duration such as {}", duration_examples));
  const auto parsed = node.kind == Node::Kind::string ? parse_duration_ms(node.text) : std::nullopt;
  if (!parsed) return field.fail(problems, fmt::format("must be a duration such as {}", duration_examples));
  if (*parsed < min_ms || *parsed > max_ms)
    return field.fail(problems, fmt::format("must be from {} to {}", format_duration(min_ms), format_duration(max_ms)));
  to_ms = *parsed;
  return true;
}

bool read_size(const Field& field, std::int64_t& to_bytes, std::int64_t min, std::int64_t max, Problems& problems) {
  const Node& node = *field.node;
  if (node.hole) return true;
  std::optional<std::int64_t> parsed;
  if (node.kind == Node::Kind::string || node.kind == Node::Kind::integer)
    parsed = parse_size_bytes(node.text);
  else if (node.kind == Node::Kind::number && std::trunc(node.number) == node.number && std::abs(node.number) < 1e15)
    parsed = static_cast<std::int64_t>(node.number);  // 8388608.0 is whole
  if (!parsed) return field.fail(problems, fmt::format("must be a size such as {}", size_examples));
  if (*parsed < min || *parsed > max)
    return field.fail(problems, fmt::format("must be from {}Mi to {}Gi", min >> 20, max >> 30));
  to_bytes = *parsed;
  return true;
}

std::vector<Field> read_items(const Field& field, std::size_t max, Problems& problems) {
  std::vector<Field> items;
  if (field.node->hole) return items;
  if (field.node->kind == Node::Kind::null) {
    mistyped(field, "a list", problems);
    return items;
  }
  if (field.node->kind != Node::Kind::list) {
    items.push_back(field);
    return items;
  }
  if (field.node->items.size() > max) {
    field.fail(problems, fmt::format("must have at most {} entries, not {}", max, field.node->items.size()));
    return items;
  }
  for (std::size_t i = 0; i < field.node->items.size(); ++i) items.push_back(field.item(i));
  return items;
}

bool read_strings(const Field& field, std::vector<std::string>& to, std::size_t max, Problems& problems, Rule rule) {
  to.clear();
  bool fine = true;
  for (const Field& item : read_items(field, max, problems))
    fine = read_string(item, to.emplace_back(), problems, rule) && fine;
  return fine;
}

bool read_integers(const Field& field, std::vector<int>& to, int min, int max, std::size_t count_max,
                   Problems& problems) {
  to.clear();
  bool fine = true;
  for (const Field& item : read_items(field, count_max, problems))
    fine = read_integer(item, to.emplace_back(), min, max, problems) && fine;
  return fine;
}

}  // namespace open_cicd::pipelines
