#include "http/socket_ends.h"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::http {
namespace {

using asio::ip::tcp;
constexpr std::array<std::string_view, 4> marks_of_proxies{"Via", "Forwarded", "X-Forwarded-For", "X-Real-IP"};

std::string format_end(int socket, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (ask(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6) return {};
  tcp::endpoint end;
  std::copy_n(reinterpret_cast<const char*>(&storage), size, reinterpret_cast<char*>(end.data()));
  end.resize(size);
  asio::ip::address address = end.address();
  // A socket of both families shows an IPv4 peer as a mapped one; the peer itself does not.
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), end.port())
                         : fmt::format("[{}]:{}", address.to_string(), end.port());
}

std::string_view address_of(std::string_view end) {
  return end.substr(0, end.rfind(':'));
}

}  // namespace

SocketEnds ends_of(int socket, Side side) {
  std::string own = format_end(socket, ::getsockname);
  std::string peer = format_end(socket, ::getpeername);
  if (own.empty() || peer.empty()) return {};
  if (side == Side::client) return {.client = std::move(own), .server = std::move(peer)};
  return {.client = std::move(peer), .server = std::move(own)};
}

std::string format_ends(const SocketEnds& ends) {
  return ends.client + " " + ends.server;
}

bool is_direct(const Request& request, std::string_view name) {
  const auto stated = request.header(name);
  if (!stated) return false;
  if (std::ranges::any_of(marks_of_proxies, [&](std::string_view mark) { return request.header(mark).has_value(); }))
    return false;
  const std::size_t blank = stated->find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view client = stated->substr(0, blank);
  const std::string_view server = stated->substr(blank + 1);
  const SocketEnds seen = request.ends();
  if (seen.client.empty() || client != seen.client) return false;
  return server == seen.server || address_of(server) != address_of(client);
}

}  // namespace open_cicd::http
