#include "expressions/template.h"

#include "expressions/check_error.h"
#include "expressions/evaluator.h"
#include "expressions/limits.h"
#include "expressions/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace open_cicd::expressions {
namespace {

constexpr std::string_view opening = "${{";
constexpr std::string_view closing = "}}";

// An error inside of ${{ that only shows at the end of the text has its cause where the expression begins.
ExpressionError inside_of(std::size_t opened_at, std::size_t text_size, ExpressionError error) {
  if (error.offset < text_size) return error;
  return {.fault = error.fault,
          .offset = opened_at,
          .message = "the ${{ that begins here is not closed",
          .hint = "Write }} where the expression ends."};
}

// The type of a part of a longer text.
Outcome<void> check_part(const Node& node, const Type& type) {
  if (type.kind() == Kind::null)
    return wrong(Fault::type, node.offset, fmt::format("{} is null, which has no text", shown(node)));
  if (type.kind() != Kind::list && type.kind() != Kind::map) return {};
  return wrong(Fault::type, node.offset, fmt::format("{} is {}, which has no text", shown(node), with_article(type)),
               type.kind() == Kind::list ? fmt::format("Write join({0}, ', ') or to_json({0}).", shown(node))
                                         : fmt::format("Write to_json({}).", shown(node)));
}

}  // namespace

bool Template::has_expressions() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.expression.has_value(); });
}

const Expression* Template::only() const {
  return parts_.size() == 1 && parts_[0].expression ? &*parts_[0].expression : nullptr;
}

bool has_expression(std::string_view text) {
  return text.contains(opening);
}

Outcome<Template> parse_template(std::string_view text) {
  if (text.size() > limits::template_bytes_max)
    return wrong(Fault::limit, 0, fmt::format("the text is longer than {} bytes", limits::template_bytes_max));
  std::vector<Template::Part> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t opened_at = std::min(text.find(opening, at), text.size());
    if (opened_at > at)
      parts.push_back({.offset = at, .literal = std::string(text.substr(at, opened_at - at)), .expression = {}});
    if (opened_at == text.size()) break;
    Outcome<Parsed> parsed = parse_at(text, opened_at + opening.size(), Ends::with_braces);
    if (!parsed) return std::unexpected(inside_of(opened_at, text.size(), std::move(parsed.error())));
    parts.push_back({.offset = opened_at, .literal = {}, .expression = Expression(std::move(parsed->root))});
    at = parsed->end + closing.size();
  }
  return Template(std::move(parts));
}

std::string print(const Template& text) {
  std::string out;
  for (const Template::Part& part : text.parts())
    out += part.expression ? fmt::format("${{{{ {} }}}}", print(*part.expression)) : part.literal;
  return out;
}

Outcome<Expression> parse_condition(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(spaces), text.size());
  if (!text.substr(begin).starts_with(opening)) return parse(text);
  if (text.size() > limits::template_bytes_max)
    return wrong(Fault::limit, 0, fmt::format("the text is longer than {} bytes", limits::template_bytes_max));
  Outcome<Parsed> parsed = parse_at(text, begin + opening.size(), Ends::with_braces);
  if (!parsed) return std::unexpected(inside_of(begin, text.size(), std::move(parsed.error())));
  const std::size_t after = text.find_first_not_of(spaces, parsed->end + closing.size());
  if (after != std::string_view::npos)
    return wrong(Fault::syntax, after, "nothing may follow the expression of a condition",
                 "Write the whole condition in one ${{ }}, or without.");
  return Expression(std::move(parsed->root));
}

Outcome<Checked> check(const Template& text, const Scope& scope) {
  if (const Expression* only = text.only()) return check(*only, scope);
  Stage stage = Stage::plan;
  for (const Template::Part& part : text.parts()) {
    if (!part.expression) continue;
    Outcome<Checked> checked = check(*part.expression, scope);
    if (!checked) return checked;
    const Outcome<void> fine = check_part(part.expression->root(), checked->type);
    if (!fine) return std::unexpected(fine.error());
    stage = std::max(stage, checked->stage);
  }
  return Checked{.type = Type::string(), .stage = stage};
}

Outcome<Value> evaluate(const Template& text, const Context& context, Budget budget) {
  if (const Expression* only = text.only()) return evaluate(*only, context, budget);
  Outcome<std::string> whole = evaluate_text(text, context, budget);
  if (!whole) return std::unexpected(std::move(whole.error()));
  return Value(std::string_view(*whole));
}

Outcome<std::string> evaluate_text(const Template& text, const Context& context, Budget budget) {
  Meter meter(budget);
  std::string out;
  for (const Template::Part& part : text.parts()) {
    if (!part.expression) {
      out += part.literal;
      if (out.size() > budget.result_bytes)
        return wrong(Fault::limit, part.offset, fmt::format("the text is longer than {} bytes", budget.result_bytes));
      continue;
    }
    const Node& node = part.expression->root();
    const Outcome<Held> held = evaluate_with(node, context, meter);
    if (!held) return std::unexpected(held.error());
    const Outcome<void> appended = append_scalar(out, held->get(), node, meter);
    if (!appended) return std::unexpected(appended.error());
    if (!meter.spend_work(out.size())) return too_many_operations(node, meter);
  }
  return out;
}

}  // namespace open_cicd::expressions
