#include "notifications/target.h"

#include "base/globs.h"
#include "notifications/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::notifications {
namespace {

bool is_url(std::string_view url) {
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (!is_web || url.size() > limits::url_bytes_max) return false;
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '#'; }))
    return false;
  const std::string_view rest = url.substr(url.find("://") + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  return !authority.empty() && !authority.contains('@');
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > limits::address_bytes_max || at == std::string_view::npos || at == 0 || at > 64 ||
      at + 1 == text.size() || text.front() == '-')
    return false;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr std::string_view in_name = ".!#$%&'*+-/=?^_`{|}~";  // RFC 5322: of an atom with dots
  return std::ranges::all_of(text.substr(0, at), [&](char c) { return is_letter(c) || in_name.contains(c); }) &&
         std::ranges::all_of(text.substr(at + 1), [&](char c) { return is_letter(c) || c == '.' || c == '-'; });
}

Result<void> check_target(const Target& target) {
  std::vector<FieldError> wrong;
  const bool is_webhook = target.kind == "webhook";
  if (is_webhook && !is_url(target.url))
    wrong.push_back({"url", "must be http://… or https://…, without a user or password in it"});
  if (!is_webhook && !target.url.empty()) wrong.push_back({"url", "is of webhooks alone"});
  if (is_webhook && !target.addresses.empty()) wrong.push_back({"addresses", "are of e-mail alone"});
  if (!is_webhook && target.addresses.empty()) wrong.push_back({"addresses", "must name somebody"});
  for (std::size_t i = 0; i < target.addresses.size(); ++i)
    if (!is_mail_address(target.addresses[i]))
      wrong.push_back({fmt::format("addresses[{}]", i), "must be an e-mail address alone, like dev@example.org"});
  for (std::size_t i = 0; i < target.branches.size(); ++i)
    if (std::string message = wrong_pattern(target.branches[i]); !message.empty())
      wrong.push_back({fmt::format("branches[{}]", i), std::move(message)});
  if (!wrong.empty()) return invalid_fields(std::move(wrong));
  return {};
}

bool wants(const Target& target, const End& end) {
  if (!target.events.empty() && std::ranges::find(target.events, end.event) == target.events.end()) return false;
  if (!target.branches.empty()) {
    const auto filter = Filter::parse(target.branches);
    if (!filter || !end.branch || !filter->passes(*end.branch)) return false;
  }
  if (target.told_on == "failure") return end.state == "failed";
  if (target.told_on == "change")
    return end.state != "skipped" && end.state != end.previous_state.value_or("succeeded");
  return true;
}

}  // namespace open_cicd::notifications
