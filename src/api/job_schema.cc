#include "api/job_schema.h"

#include "base/json_rules.h"
#include "pipelines/limits.h"
#include "pipelines/parse.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

// Where the language takes more ways to write one thing than a regular expression can tell apart from a mistake
// (durations, addresses of repositories), the pattern has those that people write.
namespace open_cicd::api {
namespace {

namespace bj = boost::json;
namespace limits = pipelines::limits;

const std::string port = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
const std::string unseen =
    "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-"
    "\\ufffb";

bj::object text(const std::string& pattern, std::size_t min = 0, std::size_t max = 0) {
  bj::object schema{{"type", "string"}};
  if (!pattern.empty()) schema["pattern"] = pattern;
  if (min > 0) schema["minLength"] = min;
  if (max > 0) schema["maxLength"] = max;
  return schema;
}

bj::object whole(std::int64_t min, std::int64_t max) {
  return {{"type", "integer"}, {"minimum", min}, {"maximum", max}};
}

bj::object words(std::initializer_list<std::string_view> all) {
  bj::array list;
  for (const std::string_view word : all) list.emplace_back(word);
  return {{"type", "string"}, {"enum", std::move(list)}};
}

bj::object any_of(std::initializer_list<bj::value> all) {
  bj::array list;
  for (const bj::value& one : all) list.push_back(one);
  return {{"anyOf", std::move(list)}};
}

// A list, or one where a list could stand.
bj::object one_or_more(const bj::object& item, std::size_t min, std::size_t max) {
  return any_of({item, bj::object{{"type", "array"}, {"items", item}, {"minItems", min}, {"maxItems", max}}});
}

bj::object map_of(bj::object properties, std::initializer_list<std::string_view> required) {
  bj::array names;
  for (const std::string_view name : required) names.emplace_back(name);
  bj::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!names.empty()) schema["required"] = std::move(names);
  return schema;
}

bj::object name() {
  return text("^[^" + unseen + "]*$", 1, limits::name_chars_max);
}

bj::object image() {
  const std::string part = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
  const std::string part_without_dot = "[a-z0-9]+(?:(?:__?|-+)[a-z0-9]+)*";
  const std::string label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
  const std::string registry = fmt::format("(?:localhost(?::{0})?|{1}(?:\\.{1})+(?::{0})?|{1}:{0})", port, label);
  return text(fmt::format("^(?:{0}/{1}(?:/{1})*|{2}(?:/{1})*|{1})(?::[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}})?"
                          "(?:@{1}:[0-9a-f]{{32,64}})?$",
                          registry, part, part_without_dot),
              1, limits::image_bytes_max);
}

// At least a millisecond and at most a week.
bj::object duration() {
  return text(
      "^(?:[1-9][0-9]{0,5}ms|[1-9][0-9]{0,4}s|[1-9][0-9]{0,3}m|[1-9][0-9]?h|[1-7]d|[1-9][0-9]?h[0-9]{1,2}m|"
      "[1-9][0-9]{0,2}m[0-9]{1,2}s)$");
}

// At most an hour.
bj::object short_duration(bool zero) {
  const std::string first = zero ? "[0-9]" : "[1-9]";
  return text(fmt::format("^(?:{0}[0-9]{{0,5}}ms|{0}[0-9]{{0,2}}s|{0}[0-9]?m|1h)$", first));
}

bj::object env() {
  return {{"type", "object"},
          {"maxProperties", limits::env_variables_max},
          {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}, {"maxLength", limits::env_name_bytes_max}}},
          {"additionalProperties",
           any_of({text("^[^\\u0000]*$"), bj::object{{"type", "number"}}, bj::object{{"type", "boolean"}}})}};
}

// Names of secrets, each in the variable of its name or in one that is given.
bj::object secrets() {
  const bj::object name{
      {"type", "string"}, {"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}, {"maxLength", limits::env_name_bytes_max}};
  const bj::object by_variable{
      {"type", "object"},
      {"maxProperties", limits::secrets_max},
      {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}, {"maxLength", limits::env_name_bytes_max}}},
      {"additionalProperties", name}};
  return any_of({one_or_more(name, 0, limits::secrets_max), by_variable});
}

// At least one line says something.
bj::object script() {
  const bj::object line = text("^[^\\u0000]*[^ \\t\\r\\n\\u0000][^\\u0000]*$");
  return any_of({line, bj::object{{"type", "array"},
                                  {"items", text("^[^\\u0000]*$")},
                                  {"contains", line},
                                  {"minItems", 1},
                                  {"maxItems", limits::script_lines_max}}});
}

bj::object workdir() {
  const std::string c = "[^/." + unseen + "]", any = "[^/" + unseen + "]";
  const std::string part = fmt::format("(?:{0}{1}*|\\.{0}{1}*|\\.\\.{1}+|\\.)", c, any);
  return text(fmt::format("^(?:{0}(?:/{0}?)*)?$", part), 0, limits::path_bytes_max);
}

bj::object pull() {
  return words({"auto", "missing", "always"});
}

bj::object shell() {
  return words({"sh", "bash"});
}

bj::object steps() {
  const bj::object plain_name = text("^[A-Za-z_][A-Za-z0-9_-]*$", 1, limits::plain_name_bytes_max);
  const bj::object condition =
      any_of({text("^(?:\\$\\{\\{ )?!?(?:success|failure|always|cancelled)\\(\\)(?: \\}\\})?$"),
              bj::object{{"type", "boolean"}}});
  const bj::object step = map_of({{"name", name()},
                                  {"id", plain_name},
                                  {"if", condition},
                                  {"run", script()},
                                  {"shell", shell()},
                                  {"image", image()},
                                  {"pull", pull()},
                                  {"env", env()},
                                  {"secrets", secrets()},
                                  {"timeout", duration()},
                                  {"allow_failure", {{"type", "boolean"}}},
                                  {"workdir", workdir()}},
                                 {"run"});
  return one_or_more(step, 1, limits::steps_max);
}

bj::object retry() {
  const bj::object count = whole(0, limits::retry_max);
  bj::object map = map_of({{"max", count},
                           {"on", one_or_more(words({"agent_lost", "image_pull", "timeout", "exit"}), 0, 4)},
                           {"exit_codes", one_or_more(whole(1, 255), 0, limits::exit_codes_max)},
                           {"delay", short_duration(true)}},
                          {});
  // exit_codes need `exit` among the causes.
  map["if"] = bj::object{{"required", bj::array{"exit_codes"}}};
  map["then"] =
      bj::object{{"required", bj::array{"on"}},
                 {"properties",
                  {{"on", any_of({bj::object{{"const", "exit"}},
                                  bj::object{{"type", "array"}, {"contains", bj::object{{"const", "exit"}}}}})}}}};
  return any_of({count, map});
}

bj::object services() {
  const bj::object word = text("^[^\\u0000]*$"), command_word = text("^[^ \\t\\n\\u0000]*$");
  const bj::object command =
      any_of({command_word, bj::object{{"type", "array"}, {"items", word}, {"maxItems", limits::words_max}}});
  bj::object ready = map_of({{"tcp", whole(1, 65'535)},
                             {"http", text("^:" + port + "/[!-~]*$", 3, limits::url_bytes_max)},
                             {"cmd", command},
                             {"log", word},
                             {"timeout", short_duration(false)}},
                            {});
  bj::array one;
  for (const char* probe : {"tcp", "http", "cmd", "log"}) one.push_back(bj::object{{"required", bj::array{probe}}});
  ready["oneOf"] = std::move(one);
  return {{"type", "object"},
          {"maxProperties", limits::services_max},
          {"propertyNames", {{"pattern", "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$"}, {"maxLength", 63}}},
          {"additionalProperties", map_of({{"image", image()},
                                           {"pull", pull()},
                                           {"env", env()},
                                           {"command", command},
                                           {"ports", one_or_more(whole(1, 65'535), 0, limits::ports_max)},
                                           {"ready", std::move(ready)}},
                                          {"image"})}};
}

bj::object concurrency() {
  return any_of({name(), map_of({{"group", name()},
                                 {"limit", whole(1, limits::concurrency_max)},
                                 {"on_conflict", words({"queue", "replace_pending", "cancel_running"})}},
                                {"group"})});
}

bj::object resources() {
  return map_of(
      {{"memory", any_of({whole(limits::memory_bytes_min, limits::memory_bytes_max),
                          text("^(?:[1-9][0-9]{1,3}[mM]|[1-9][0-9]{0,3}[gG]|[1-9][tT])(?:[iI]?[bB]|[iI])?$")})},
       {"cpu", {{"type", "number"}, {"minimum", limits::cpu_min}, {"maximum", limits::cpu_max}}}},
      {});
}

bj::object checkout() {
  const std::string host = "[A-Za-z0-9_][A-Za-z0-9_.-]*", user = "[A-Za-z0-9_]+";
  const std::string rest = "[A-Za-z0-9._~/-]+", c = "[^./ ~^:?*\\[\\\\@" + unseen + "]";
  const std::string url =
      fmt::format("^(?:(?:https?|ssh|git)://(?:{1}@)?{0}(?::{2})?/{3}|file:///{3}|(?:{1}@)?{0}:{4})$", host, user, port,
                  rest, "[A-Za-z0-9._~/][A-Za-z0-9._~/-]*");
  const std::string ref = fmt::format("^[^-./ ~^:?*\\[\\\\@{0}](?:{1}|\\.{1}|/{1})*$", unseen, c);
  return any_of({bj::object{{"const", false}}, map_of({{"url", text(url, 1, limits::url_bytes_max)},
                                                       {"ref", text(ref, 1, limits::ref_bytes_max)},
                                                       {"depth", whole(0, limits::depth_of_checkout_max)}},
                                                      {"url"})});
}

// What the executors take: docker needs an image for every step; the others take none, no word about pulling one, and
// no services.
bj::array together() {
  const auto executor_in = [](bj::array names) {
    return bj::object{{"required", bj::array{"executor"}},
                      {"properties", {{"executor", {{"enum", std::move(names)}}}}}};
  };
  const auto none = [](const char* name) { return bj::object{{"not", {{"required", bj::array{name}}}}}; };
  const auto of_steps = [](bj::object each) {
    return bj::object{{"properties",
                       {{"steps", any_of({bj::object{{"type", "array"}, {"items", each}},
                                          bj::object{{"type", "object"}, {"allOf", bj::array{each}}}})}}}};
  };
  const bj::object with_image{{"required", bj::array{"image"}}};
  const bj::object bare{{"allOf", bj::array{none("image"), none("pull"), none("services"), of_steps(none("image")),
                                            of_steps(none("pull"))}}};
  const bj::object imaged{{"anyOf", bj::array{with_image, of_steps(with_image)}}};
  const bj::object no_executor = none("executor");
  const bj::object docker{{"allOf", bj::array{executor_in({"docker"}), imaged}}};
  const bj::object others{{"allOf", bj::array{executor_in({"sandbox", "shell"}), bare}}};
  const bj::object chosen{{"allOf", bj::array{no_executor, bj::object{{"anyOf", bj::array{imaged, bare}}}}}};
  const bj::object network{
      {"if", {{"required", bj::array{"network"}}, {"properties", {{"network", {{"const", "none"}}}}}}},
      {"then",
       {{"not", {{"required", bj::array{"services"}}}},
        {"properties", {{"executor", {{"enum", bj::array{"docker", "sandbox", "dummy"}}}}}}}}};
  return {bj::object{{"anyOf", bj::array{docker, others, executor_in({"dummy"}), chosen}}}, network};
}

}  // namespace

bj::object job_schema() {
  bj::object job = map_of(
      {{"name", name()},
       {"image", image()},
       {"pull", pull()},
       {"shell", shell()},
       {"executor", words({"docker", "sandbox", "shell", "dummy"})},
       {"env", env()},
       {"secrets", secrets()},
       {"steps", steps()},
       {"runs_on",
        one_or_more(text("^[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}(?:=[A-Za-z0-9._/:-]{0,128})?$"), 0, limits::labels_max)},
       {"timeout", duration()},
       {"retry", retry()},
       {"services", services()},
       {"priority", whole(-limits::priority_max, limits::priority_max)},
       {"concurrency", concurrency()},
       {"network", words({"default", "none"})},
       {"resources", resources()},
       {"checkout", checkout()}},
      {"steps"});
  job["description"] = "One job of the pipeline language; see docs/guides/jobs.md.";
  job["allOf"] = together();
  job["examples"] = bj::array{
      bj::object{{"name", "hello"}, {"executor", "shell"}, {"steps", bj::array{bj::object{{"run", "echo hello"}}}}}};
  return job;
}

}  // namespace open_cicd::api
