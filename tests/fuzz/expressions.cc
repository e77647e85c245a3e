// Expressions and templates of pipelines: what is parsed prints back, what is checked does not fail by type.
#include "base/text.h"
#include "expressions/scope_fixture.h"
#include "expressions/template.h"
#include "fuzz/fuzz.h"

namespace open_cicd {
namespace {

using namespace expressions;

void check_expression(const Expression& expression, std::size_t text_size) {
  const std::string printed = print(expression);
  if (printed.size() <= limits::text_bytes_max) {
    const auto again = parse(printed);
    REQUIRE(again && *again == expression);
  }
  const auto checked = check(expression, pipeline_scope());
  PipelineValues values;
  const auto value = evaluate(expression, values.context());
  if (!value) REQUIRE(value.error().offset <= text_size);
  if (!checked) {
    REQUIRE(checked.error().offset <= text_size);
  } else if (value) {
    REQUIRE(fits(*value, checked->type));
  } else if (value.error().fault == Fault::type) {
    // Only what the check took for any value.
    REQUIRE(printed.contains("event") || printed.contains("mixed") || printed.contains("from_json"));
  } else {
    REQUIRE(value.error().fault == Fault::value || value.error().fault == Fault::limit);
  }
}

FUZZ_TARGET(expressions) {
  const std::string text = to_valid_utf8(bytes);
  if (const auto expression = parse(text))
    check_expression(*expression, text.size());
  else
    REQUIRE(expression.error().offset <= text.size());
  if (const auto parsed = parse_template(text)) {
    for (const Template::Part& part : parsed->parts())
      if (part.expression) check_expression(*part.expression, text.size());
    PipelineValues values;
    const auto written = evaluate_text(*parsed, values.context());
    REQUIRE(parsed->has_expressions() || !written || *written == text);
    REQUIRE(parsed->has_expressions() == has_expression(text));
  }
  static_cast<void>(parse_condition(text));
}

}  // namespace
}  // namespace open_cicd
