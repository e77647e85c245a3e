#include "http/connection_limits.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace open_cicd::http {

PeerAddress peer_address_of(const sockaddr_storage& address) {
  PeerAddress peer;
  std::array<char, INET6_ADDRSTRLEN> text{};
  in6_addr v6{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    v6.s6_addr[10] = v6.s6_addr[11] = 0xff;
    std::memcpy(&v6.s6_addr[12], &v4, 4);
  } else {
    v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  std::memcpy(peer.key.data(), &v6, 16);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
    peer.is_loopback = v6.s6_addr[12] == 127;
  } else {
    inet_ntop(AF_INET6, &v6, text.data(), text.size());
    peer.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
  }
  peer.text = text.data();
  return peer;
}

std::optional<ConnectionLimits::Place> ConnectionLimits::take(const PeerAddress& peer) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = by_address_[peer.key];
  const bool for_many = peer.is_loopback || peer.is_proxy;
  if (count >= (for_many ? settings_.per_loopback_address_max : settings_.per_address_max)) return std::nullopt;
  ++count;
  total_.fetch_add(1, std::memory_order_relaxed);
  return Place(*this, peer.key);
}

void ConnectionLimits::give_back(const PeerAddress::Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(key);
  if (--found->second == 0) by_address_.erase(found);
  if (total_.fetch_sub(1, std::memory_order_relaxed) == 1) none_left_.notify_all();
}

bool ConnectionLimits::wait_until_none(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return none_left_.wait_until(lock, deadline, [this] { return total() == 0; });
}

ConnectionLimits::Place::~Place() {
  if (limits_ != nullptr) limits_->give_back(key_);
}

}  // namespace open_cicd::http
