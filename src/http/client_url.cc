#include "http/client_url.h"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

namespace open_cicd::http {
namespace {

constexpr std::size_t unix_path_max = 107;  // sockaddr_un::sun_path without its NUL

std::unexpected<Error> bad_url(std::string_view base, std::string_view why) {
  return fail(
      ErrorKind::invalid, "bad_url",
      fmt::format("\"{:.200}\" {}; a server's address is http://host:port, https://host or unix:/path.", base, why));
}

}  // namespace

Result<ServerAddress> parse_server_address(std::string_view base) {
  ServerAddress address{.base = std::string(base)};
  if (base.starts_with("unix:")) {
    base.remove_prefix(5);
    if (base.starts_with("//")) base.remove_prefix(2);
    if (!base.starts_with('/')) return bad_url(address.base, "has no absolute path");
    if (base.size() > unix_path_max) return bad_url(address.base, "is longer than a unix socket's path may be");
    address.unix_path = base;
    address.host_header = "localhost";
    return address;
  }
  const auto url = boost::urls::parse_uri(base);
  if (!url) return bad_url(base, "is not a URL");
  if (url->scheme() != "http" && url->scheme() != "https") return bad_url(base, "has an unknown scheme");
  if (url->has_userinfo()) return bad_url(base, "must not hold a user or password");
  if (url->has_query() || url->has_fragment()) return bad_url(base, "must not hold a query or fragment");
  address.tls = url->scheme() == "https";
  // Boost.URL 1.81 ends the host of http://127.0.0.1.example.org behind the address and calls the rest its path.
  const std::string_view path = url->encoded_path();
  if (!path.empty() && !path.starts_with('/')) return bad_url(base, "is not a URL");
  if (url->host_type() == boost::urls::host_type::name && url->encoded_host().contains('%'))
    return bad_url(base, "has an escaped host");
  address.host = url->host_address();
  if (address.host.empty()) return bad_url(base, "names no host");
  if (url->has_port() && (url->port().empty() || url->port_number() == 0)) return bad_url(base, "has no valid port");
  address.port = url->has_port() ? std::string(url->port()) : address.tls ? "443" : "80";
  address.host_header = url->encoded_host();
  if (url->has_port()) address.host_header.append(":").append(address.port);
  address.prefix = path;
  while (address.prefix.ends_with('/')) address.prefix.pop_back();
  return address;
}

bool is_loopback(const ServerAddress& address) {
  if (!address.unix_path.empty()) return true;
  boost::system::error_code no_address;
  const auto parsed = asio::ip::make_address(address.host, no_address);
  return no_address ? address.host == "localhost" : parsed.is_loopback();
}

}  // namespace open_cicd::http
