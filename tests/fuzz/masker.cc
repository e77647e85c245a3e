// What a step prints, with its job's secrets in it: the secrets are as hostile as the text.
#include "masker/masker.h"

#include "fuzz/fuzz.h"
#include "masker/reference_fixture.h"

#include <string>
#include <vector>

namespace open_cicd {
namespace {

// A few lines are secrets and the rest is what a step prints: it comes out as the plain reference says, whole, byte by
// byte and cut where the fuzzer wants.
FUZZ_TARGET(masker) {
  fuzz::Choices choices(bytes);
  const std::size_t part = 1 + choices.up_to(31);
  std::vector<std::string> values;
  for (std::size_t count = 1 + choices.up_to(2); count > 0; --count)
    values.emplace_back(choices.piece(choices.up_to(100)));
  const std::string_view text = choices.rest().substr(0, 1000);
  const auto patterns = masker::Patterns::make(masker::secrets_of(values)).value();
  for (const auto& left : patterns.left()) values[left.secret].clear();
  std::erase(values, "");
  const std::string expected = masker::masked_plainly(text, masker::forms_in_pieces(values));
  REQUIRE(masker::masked_in_parts(patterns, {text}) == expected);
  std::vector<std::string_view> parts, singles;
  for (std::size_t at = 0; at < text.size(); at += part) parts.push_back(text.substr(at, part));
  for (std::size_t at = 0; at < text.size(); ++at) singles.push_back(text.substr(at, 1));
  REQUIRE(masker::masked_in_parts(patterns, parts) == expected);
  REQUIRE(masker::masked_in_parts(patterns, singles) == expected);
}

}  // namespace
}  // namespace open_cicd
