#include "pipelines/step_scope.h"

namespace open_cicd::pipelines {

using expressions::Stage;
using expressions::Type;

Type type_of_steps(const std::vector<std::string>& ids) {
  const Type outputs = Type::open_map({}, Type::string().or_null());
  const Type outcome = Type::one_of({result_words.begin(), result_words.end()});
  Type::Fields steps;
  for (const std::string& id : ids) steps.emplace(id, Type::map({{"outcome", outcome}, {"outputs", outputs}}));
  return Type::map(std::move(steps)).known(Stage::agent);
}

}  // namespace open_cicd::pipelines
