#include "expressions/check_error.h"

#include "base/one_line.h"
#include "base/suggest.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace open_cicd::expressions {
namespace {

constexpr std::size_t shown_bytes_max = 60;

// The one option of a literal.
const std::string* only_option(const Type& type) {
  return type.options().size() == 1 ? &type.options().front() : nullptr;
}

ExpressionError no_option(const Node& literal, const std::string& word, const Node& other, const Type& type) {
  const std::vector<std::string_view> options(type.options().begin(), type.options().end());
  const auto meant = closest_word(word, options);
  return {.fault = Fault::type,
          .offset = literal.offset,
          .message = fmt::format("{} is never {}: it is {}", shown(other), quote(to_one_line(word)),
                                 to_one_line(type.not_null().text())),
          .hint = meant ? fmt::format("Did you mean {}?", quote(to_one_line(*meant))) : std::string()};
}

std::optional<ExpressionError> no_common_option(const Node& a, const Type& a_type, const Node& b, const Type& b_type) {
  if (a_type.options().empty() || b_type.options().empty()) return std::nullopt;
  if (std::ranges::find_first_of(a_type.options(), b_type.options()) != a_type.options().end()) return std::nullopt;
  if (const std::string* word = only_option(b_type)) return no_option(b, *word, a, a_type);
  if (const std::string* word = only_option(a_type)) return no_option(a, *word, b, b_type);
  return ExpressionError{.fault = Fault::type,
                         .offset = a.offset,
                         .message = fmt::format("{} is {}, and {} is {}: they are never equal", shown(a),
                                                to_one_line(a_type.text()), shown(b), to_one_line(b_type.text())),
                         .hint = {}};
}

ExpressionError never_null(const Node& null, const Node& other, const Type& type) {
  return {.fault = Fault::type,
          .offset = null.offset,
          .message = fmt::format("{} is never null: it is {}", shown(other), with_article(type)),
          .hint = {}};
}

}  // namespace

std::unexpected<ExpressionError> wrong(Fault fault, std::size_t offset, std::string message, std::string hint) {
  return std::unexpected(
      ExpressionError{.fault = fault, .offset = offset, .message = std::move(message), .hint = std::move(hint)});
}

std::string with_article(const Type& type) {
  if (only_option(type) != nullptr) return "a string";
  const std::string text = to_one_line(type.text());
  return type.kind() == Kind::any || type.kind() == Kind::null || !type.options().empty() ? text : "a " + text;
}

std::string shown(const Node& node) {
  std::string text = print(node);
  if (text.size() > shown_bytes_max) {
    text.resize(utf8_complete_prefix(std::string_view(text).substr(0, shown_bytes_max)));
    text += "…";
  }
  return to_one_line(text);
}

std::unexpected<ExpressionError> may_be_null(const Node& node) {
  if (node.kind == NodeKind::literal) return wrong(Fault::type, node.offset, "null cannot stand here");
  return wrong(Fault::type, node.offset, fmt::format("{} may be null", shown(node)),
               fmt::format("Say what counts then: default({}, …).", shown(node)));
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto meant = closest_word(word, candidates);
  return meant ? fmt::format("Did you mean \"{}\"?", to_one_line(*meant)) : std::string();
}

std::optional<ExpressionError> never_equal(const Node& a, const Type& a_type, const Node& b, const Type& b_type) {
  if (a_type.kind() == Kind::any || b_type.kind() == Kind::any) return std::nullopt;
  if (b_type.kind() == Kind::null) return a_type.may_be_null() ? std::nullopt : std::optional(never_null(b, a, a_type));
  if (a_type.kind() == Kind::null) return b_type.may_be_null() ? std::nullopt : std::optional(never_null(a, b, b_type));
  if (a_type.kind() == Kind::string && b_type.kind() == Kind::string) return no_common_option(a, a_type, b, b_type);
  if (a_type.kind() == b_type.kind()) return std::nullopt;
  const auto kind_of = [](const Type& type) { return kind_text(type.kind()); };
  return ExpressionError{.fault = Fault::type,
                         .offset = b.offset,
                         .message = fmt::format("{} is a {}, and {} is a {}: they are never equal", shown(a),
                                                kind_of(a_type), shown(b), kind_of(b_type)),
                         .hint = "Values are compared without conversion."};
}

}  // namespace open_cicd::expressions
