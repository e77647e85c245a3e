#include "agent/filled.h"

#include "base/json.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace open_cicd::agent {
namespace {

namespace bj = boost::json;

// The object `name` of `holder`, made where it is missing.
bj::object& object_in(bj::object& holder, std::string_view name) {
  bj::value& value = holder[name];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

// Takes "steps[2]." off the path; nothing for what is no step of this job.
bj::object* take_step(bj::object& spec, std::string_view& path) {
  constexpr std::string_view begin = "steps[", end = "].";
  std::size_t index = 0;
  const char* const last = path.data() + path.size();
  const auto [digits_end, error] = std::from_chars(path.data() + begin.size(), last, index);
  const std::string_view rest(digits_end, last);
  bj::value* steps = spec.if_contains("steps");
  if (error != std::errc() || !rest.starts_with(end) || steps == nullptr || !steps->is_array()) return nullptr;
  if (index >= steps->get_array().size()) return nullptr;
  path = rest.substr(end.size());
  return steps->get_array()[index].if_object();
}

bool put(bj::object& spec, std::string_view path, const std::string& value) {
  constexpr std::string_view env = "env.", with = "with.", contexts = "contexts.", steps = "steps[";
  if (path.starts_with(contexts)) {
    Result<bj::value> parsed = json::parse(value);
    if (!parsed) return false;
    object_in(spec, "contexts")[path.substr(contexts.size())] = std::move(*parsed);
    return true;
  }
  const bool of_step = path.starts_with(steps);
  bj::object* holder = of_step ? take_step(spec, path) : &spec;
  if (holder == nullptr) return false;
  if (path.starts_with(env))
    object_in(*holder, "env")[path.substr(env.size())] = value;
  else if (of_step && path.starts_with(with))
    object_in(*holder, "with")[path.substr(with.size())] = value;
  else
    return false;
  return true;
}

}  // namespace

Result<bj::value> complete_spec(const protocol::ClaimReply& claim) {
  bj::value spec = claim.spec;
  if (!spec.is_object()) return spec;
  if (claim.filled)
    for (const auto& [path, value] : *claim.filled)
      if (!put(spec.get_object(), path, value))
        return fail(ErrorKind::invalid, "unknown_path",
                    fmt::format("The server gives a value for {}, which this agent does not know.", path));
  if (claim.run)
    object_in(spec.get_object(), "contexts")["run"] =
        bj::object{{"id", claim.run->id}, {"number", claim.run->number}, {"round", claim.run->round}};
  return spec;
}

}  // namespace open_cicd::agent
