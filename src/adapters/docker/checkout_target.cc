#include "adapters/docker/checkout_target.h"

#include "base/text.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

namespace open_cicd::docker {
namespace {

constexpr std::chrono::seconds lookup_timeout{30};
constexpr std::size_t pinned_addresses_max = 16;

struct Transport {
  std::string_view scheme;
  std::uint16_t port;
  bool is_http;
};
constexpr std::array<Transport, 4> transports{
    {{"https://", 443, true}, {"http://", 80, true}, {"ssh://", 22, false}, {"git://", 9418, false}}};

std::unexpected<Error> not_from_here(std::string_view what) {
  return fail(
      ErrorKind::forbidden, "exit",
      fmt::format("The docker executor clones nothing from the agent's own machine: {}. Serve the repository by "
                  "http or ssh at an address that other machines reach too.",
                  what));
}

bool is_plain_host(std::string_view name) {
  return !name.empty() && !name.ends_with('.') && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  });
}

bool is_inner_v4(const asio::ip::address_v4& address) {
  const auto bytes = address.to_bytes();
  return bytes[0] == 0 || bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) || bytes[0] >= 224;
}

using Addresses = asio::ip::tcp::resolver::results_type;

Task<Result<Addresses>> look_up(GitHost host) {
  using namespace asio::experimental::awaitable_operators;
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  asio::steady_timer timer(co_await asio::this_coro::executor, lookup_timeout);
  error_code failure;
  std::variant<Addresses, std::monostate> first =
      co_await (resolver.async_resolve(host.name, std::to_string(host.port), asio::ip::tcp::resolver::numeric_service,
                                       asio::redirect_error(asio::use_awaitable, failure)) ||
                timer.async_wait(asio::use_awaitable));
  if (first.index() == 0 && !failure) co_return std::get<0>(first);
  co_return fail(ErrorKind::unavailable, "exit",
                 fmt::format("The checkout's host {} could not be found: {}.", host.name,
                             failure ? failure.message() : "no answer"));
}

}  // namespace

Result<GitHost> git_host_of(std::string_view url) {
  if (url.starts_with("file:")) return not_from_here("a file:// lies on it");
  const auto transport =
      std::ranges::find_if(transports, [&](const Transport& known) { return url.starts_with(known.scheme); });
  GitHost host{.name = {}, .port = 22};
  std::string_view authority = url.substr(0, url.find(':'));  // user@host:path
  if (transport != transports.end()) {
    authority = url.substr(transport->scheme.size());
    authority = authority.substr(0, authority.find_first_of("/?#"));
    host.port = transport->port;
    host.is_http = transport->is_http;
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  std::string_view name = authority.substr(0, bracket == std::string_view::npos ? authority.find(':') : bracket + 1);
  const std::string_view rest = authority.substr(name.size());
  if (rest.size() > 1) {
    const char* end = rest.data() + rest.size();
    if (std::from_chars(rest.data() + 1, end, host.port) != std::from_chars_result{end, std::errc()})
      return not_from_here(fmt::format("{} has no port that can be read", escape_for_line(authority)));
  }
  const bool is_v6 = bracket != std::string_view::npos;
  if (is_v6) name = name.substr(1, name.size() - 2);
  error_code is_no_address;
  asio::ip::make_address_v6(std::string(name), is_no_address);
  if (is_v6 ? is_no_address.failed() : !is_plain_host(name))
    return not_from_here(fmt::format("{} is no host name that is read in one way only", escape_for_line(authority)));
  host.name = name;
  return host;
}

bool is_of_this_machine(const asio::ip::address& address) {
  if (address.is_v4()) return is_inner_v4(address.to_v4());
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_inner_v4(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
  return v6.is_loopback() || v6.is_link_local() || v6.is_unspecified() || v6.is_multicast();
}

Task<Result<std::string>> check_git_host(GitHost host) {
  const Result<Addresses> found = co_await look_up(host);
  if (!found) co_return std::unexpected(found.error());
  std::set<std::string> addresses;
  for (const auto& entry : *found) {
    const asio::ip::address address = entry.endpoint().address();
    if (is_of_this_machine(address)) co_return not_from_here(fmt::format("{} is {}", host.name, address.to_string()));
    if (addresses.size() < pinned_addresses_max)
      addresses.insert(address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string());
  }
  if (!host.is_http || host.name.contains(':')) co_return std::string();  // an IPv6 address is what it is
  co_return fmt::format("{}:{}:{}", host.name, host.port, fmt::join(addresses, ","));
}

}  // namespace open_cicd::docker
