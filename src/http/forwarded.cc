#include "http/forwarded.h"

#include "http/fields.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <optional>

namespace open_cicd::http {
namespace {

constexpr std::size_t hops_max = 32;  // of one request; what stands before them is not read

struct ParsedAddress {
  PeerAddress::Key key{};
  bool is_v4 = false;
  std::string text;
};

std::optional<ParsedAddress> parse_address(std::string_view text) {
  const std::string copy(text);
  ParsedAddress parsed;
  in6_addr v6{};
  in_addr v4{};
  std::array<char, INET6_ADDRSTRLEN> shown{};
  if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    v6.s6_addr[10] = v6.s6_addr[11] = 0xff;
    std::memcpy(&v6.s6_addr[12], &v4, 4);
  } else if (inet_pton(AF_INET6, copy.c_str(), &v6) != 1) {
    return std::nullopt;
  }
  std::memcpy(parsed.key.data(), &v6, 16);
  parsed.is_v4 = IN6_IS_ADDR_V4MAPPED(&v6);
  if (parsed.is_v4)
    inet_ntop(AF_INET, &v6.s6_addr[12], shown.data(), shown.size());
  else
    inet_ntop(AF_INET6, &v6, shown.data(), shown.size());
  parsed.text = shown.data();
  return parsed;
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711"
std::optional<ParsedAddress> parse_hop(std::string_view text) {
  if (text.starts_with('[')) return parse_address(text.substr(1, std::min(text.find(']'), text.size()) - 1));
  const std::size_t colon = text.find(':');
  const bool has_port = colon != text.npos && text.find(':', colon + 1) == text.npos;
  return parse_address(has_port ? text.substr(0, colon) : text);
}

// Takes the last of a list's entries off it.
std::string_view pop_last(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const std::string_view last = list.substr(comma == list.npos ? 0 : comma + 1);
  list = list.substr(0, comma == list.npos ? 0 : comma);
  return trim(last);
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
  TrustedProxies proxies;
  while (!list.empty()) {
    const std::string_view entry = pop_last(list);
    if (entry.empty()) continue;
    const std::size_t slash = entry.find('/');
    const std::optional<ParsedAddress> address = parse_address(entry.substr(0, slash));
    const std::string_view digits = slash == entry.npos ? std::string_view() : entry.substr(slash + 1);
    const int most = address && address->is_v4 ? 32 : 128;
    int bits = most;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const bool whole = slash == entry.npos || (ec == std::errc() && end == digits.data() + digits.size());
    if (!address || !whole || bits < 0 || bits > most)
      return fail(ErrorKind::invalid, "bad_proxies",
                  fmt::format("\"{}\" is neither an address nor a network like 10.0.0.0/8", entry));
    proxies.networks_.push_back({address->key, bits + (address->is_v4 ? 96 : 0)});
  }
  return proxies;
}

bool TrustedProxies::trusts(const PeerAddress::Key& address) const {
  for (const Network& network : networks_) {
    int left = network.bits;
    bool same = true;
    for (std::size_t i = 0; i < address.size() && same && left > 0; ++i, left -= 8) {
      const unsigned char mask = left >= 8 ? 0xff : static_cast<unsigned char>(0xff << (8 - left));
      same = (address[i] & mask) == (network.address[i] & mask);
    }
    if (same) return true;
  }
  return false;
}

Forwarded forwarded_by(const TrustedProxies& proxies, std::string_view peer, const Request& request) {
  Forwarded forwarded{.address = std::string(peer)};
  const std::vector<std::string_view> lists = request.headers("X-Forwarded-For");
  std::size_t hops = 0;
  for (auto list = lists.rbegin(); list != lists.rend(); ++list)
    for (std::string_view rest = *list; !rest.empty() && hops < hops_max; ++hops) {
      const std::optional<ParsedAddress> hop = parse_hop(pop_last(rest));
      if (!hop) {
        hops = hops_max;
        break;
      }
      forwarded.address = hop->text;
      if (!proxies.trusts(hop->key)) hops = hops_max;
    }
  if (const auto schemes = request.headers("X-Forwarded-Proto"); !schemes.empty()) {
    std::string_view last = schemes.back();
    forwarded.https = equals_ignoring_case(pop_last(last), "https");
  }
  return forwarded;
}

}  // namespace open_cicd::http
