#include "cli/pages.h"

#include "http/percent.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

constexpr std::size_t entries_max = 100'000;

}  // namespace

Task<Result<boost::json::object>> read_pages(Api& api, std::string target, std::string name, bool all) {
  boost::json::object whole;
  std::string next;
  do {
    const std::string cursor =
        next.empty() ? "" : fmt::format("{}cursor={}", target.contains('?') ? "&" : "?", http::percent_encode(next));
    auto page = co_await api.call(http::Method::get, target + cursor);
    if (!page) co_return std::unexpected(std::move(page.error()));
    boost::json::object* object = page->if_object();
    boost::json::value* list = object == nullptr ? nullptr : object->if_contains(name);
    if (list == nullptr || !list->is_array())
      co_return fail(ErrorKind::internal, "bad_response",
                     fmt::format("The server's answer holds no list of {}.", name));
    const boost::json::value* more = object->if_contains("next_cursor");
    next = more != nullptr && more->is_string() ? std::string(more->get_string()) : "";
    if (whole.empty()) {
      whole = std::move(*object);
      continue;
    }
    boost::json::array& entries = whole.at(name).as_array();
    for (boost::json::value& entry : list->get_array()) entries.push_back(std::move(entry));
    if (entries.size() > entries_max) break;
  } while (all && !next.empty());
  if (next.empty())
    whole["next_cursor"] = nullptr;
  else
    whole["next_cursor"] = next;
  co_return whole;
}

}  // namespace open_cicd::cli
