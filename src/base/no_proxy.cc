#include "base/no_proxy.h"

#include "base/asio.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <cctype>
#include <string>

namespace open_cicd {
namespace {

using asio::ip::address;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  const std::size_t colon = authority.find(':');
  const bool is_v6 = colon != std::string_view::npos && authority.find(':', colon + 1) != std::string_view::npos;
  return is_v6 ? authority : authority.substr(0, colon);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool is_in_network(const address& host, const std::string& network) {
  error_code bad;
  if (host.is_v4()) {
    const auto v4 = asio::ip::make_network_v4(network, bad);
    return !bad && (v4.prefix_length() == 0 ||
                    v4.canonical() == asio::ip::make_network_v4(host.to_v4(), v4.prefix_length()).canonical());
  }
  const auto v6 = asio::ip::make_network_v6(network, bad);
  return !bad && (v6.prefix_length() == 0 ||
                  v6.canonical() == asio::ip::make_network_v6(host.to_v6(), v6.prefix_length()).canonical());
}

bool matches(const std::string& entry, const std::string& host, const address* parsed) {
  if (entry == "*") return true;
  if (parsed != nullptr) {
    if (entry.contains('/')) return is_in_network(*parsed, entry);
    error_code bad;
    const address listed = asio::ip::make_address(std::string(without_port(entry)), bad);
    return !bad && listed == *parsed;
  }
  const std::string_view name = std::string_view(entry).substr(std::min(entry.find_first_not_of("*."), entry.size()));
  return !name.empty() && (host == name || host.ends_with("." + std::string(name)));
}

}  // namespace

bool needs_no_proxy(std::string_view list, std::string_view authority) {
  const std::string host = lower(without_port(authority));
  error_code is_name;
  const address parsed = asio::ip::make_address(host, is_name);
  if (host == "localhost" || (!is_name && parsed.is_loopback())) return true;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string entry = lower(trimmed(list.substr(0, comma)));
    if (!entry.empty() && matches(entry, host, is_name ? nullptr : &parsed)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<std::string> bad_network(std::string_view list) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string entry(trimmed(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
    error_code bad_v4, bad_v6;
    (void)asio::ip::make_network_v4(entry, bad_v4);
    (void)asio::ip::make_network_v6(entry, bad_v6);
    if (entry.contains('/') && bad_v4 && bad_v6) return entry;
  }
  return std::nullopt;
}

}  // namespace open_cicd
