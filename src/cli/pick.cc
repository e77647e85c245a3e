#include "cli/pick.h"

#include "base/id.h"
#include "base/text.h"
#include "cli/pages.h"
#include "http/percent.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace open_cicd::cli {
namespace {

namespace bj = boost::json;

constexpr std::size_t part_min = 8;

// Ids begin with their time: those of one minute differ at their ends only.
bool goes_by(std::string_view id, std::string_view given) {
  return given.size() >= part_min && (id.starts_with(given) || id.ends_with(given));
}

std::string text_of(const bj::value& entry, std::string_view name) {
  const bj::value* value = entry.is_object() ? entry.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string_view end_of(std::string_view id) {
  return id.substr(id.size() - std::min(part_min, id.size()));
}

Result<std::string> only_one(const std::set<std::string>& ids, std::string given, std::string_view what) {
  if (ids.empty()) return given;
  if (ids.size() == 1) return *ids.begin();
  return fail(ErrorKind::conflict, "ambiguous",
              fmt::format("{} {} go by \"{}\": give the whole id, or its last {} characters, like {}.", ids.size(),
                          what, escape_for_line(given), part_min, escape_for_line(end_of(*ids.begin()))));
}

}  // namespace

Task<Result<std::string>> find_agent(Api& api, std::string given) {
  if (parse_uuid(given)) co_return given;
  const auto document = co_await read_pages(api, "/api/v1/agents", "agents", true);
  if (!document) co_return std::unexpected(document.error());
  std::set<std::string> named, part;
  for (const bj::value& agent : document->at("agents").as_array()) {
    std::string id = text_of(agent, "id");
    if (id == given) co_return given;
    if (text_of(agent, "name") == given) named.insert(id);
    if (goes_by(id, given)) part.insert(std::move(id));
  }
  co_return only_one(named.empty() ? part : named, std::move(given), "agents");
}

namespace {

// "group/app#12", among the newest runs of that repository.
Task<Result<std::string>> find_numbered(Api& api, std::string repository, std::string number, std::string given) {
  const auto document = co_await read_pages(
      api, fmt::format("/api/v1/runs?limit=200&repository={}", http::percent_encode(repository)), "runs", false);
  if (!document) co_return std::unexpected(document.error());
  for (const bj::value& run : document->at("runs").as_array())
    if (const auto* of = run.as_object().if_contains("number"))
      if (of->is_int64() && std::to_string(of->get_int64()) == number) co_return text_of(run, "id");
  co_return not_found("run", given);
}

}  // namespace

Task<Result<std::string>> find_run(Api& api, std::string given) {
  if (parse_uuid(given)) co_return given;
  const bool is_number = !given.empty() && std::ranges::all_of(given, [](char c) { return c >= '0' && c <= '9'; });
  if (const std::size_t hash = given.rfind('#'); hash != std::string::npos && hash > 0)
    co_return co_await find_numbered(api, given.substr(0, hash), given.substr(hash + 1), given);
  if (!is_number && given.size() < part_min) co_return given;
  const auto document = co_await read_pages(api, "/api/v1/runs?limit=200", "runs", false);
  if (!document) co_return std::unexpected(document.error());
  std::set<std::string> numbered, part;
  for (const bj::value& run : document->at("runs").as_array()) {
    std::string id = text_of(run, "id");
    const bj::value* number = run.as_object().if_contains("number");
    if (number != nullptr && number->is_int64() && std::to_string(number->get_int64()) == given) numbered.insert(id);
    if (goes_by(id, given)) part.insert(std::move(id));
  }
  co_return only_one(numbered.empty() ? part : numbered, std::move(given), "of the newest runs");
}

Task<Result<std::string>> find_job(Api& api, std::string given) {
  if (parse_uuid(given) || given.size() < part_min) co_return given;
  const auto document = co_await read_pages(api, "/api/v1/jobs?limit=200", "jobs", false);
  if (!document) co_return std::unexpected(document.error());
  std::set<std::string> part;
  for (const bj::value& job : document->at("jobs").as_array())
    if (std::string id = text_of(job, "id"); goes_by(id, given)) part.insert(std::move(id));
  co_return only_one(part, std::move(given), "of the newest jobs");
}

}  // namespace open_cicd::cli
