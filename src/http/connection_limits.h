// How many connections there are, in all and from one address.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace open_cicd::http {

// The peer of a connection: for counting, and as text ("192.0.2.7", "2001:db8::1").
struct PeerAddress {
  using Key = std::array<unsigned char, 16>;  // IPv4 as mapped
  Key key{};
  std::string text;
  bool is_loopback = false;
  bool is_proxy = false;  // one that is trusted: it speaks for many
};
PeerAddress peer_address_of(const sockaddr_storage& address);

// Thread-safe; asked when a connection comes and goes only.
class ConnectionLimits {
 public:
  struct Settings {
    std::size_t total_max;
    std::size_t per_address_max;
    std::size_t per_loopback_address_max;
  };

  // Holds a connection's place until it is destroyed.
  class Place {
   public:
    Place(ConnectionLimits& limits, const PeerAddress::Key& key) : limits_(&limits), key_(key) {}
    Place(Place&& from) noexcept : limits_(std::exchange(from.limits_, nullptr)), key_(from.key_) {}
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    ConnectionLimits* limits_;
    PeerAddress::Key key_;
  };

  explicit ConnectionLimits(Settings settings) : settings_(settings) {}

  bool is_full() const { return total_.load(std::memory_order_relaxed) >= settings_.total_max; }
  std::optional<Place> take(const PeerAddress& peer);  // nothing: this address has too many
  std::size_t total() const { return total_.load(std::memory_order_relaxed); }
  // Waits until no connection is left or `deadline` has passed; true in the first case.
  bool wait_until_none(std::chrono::steady_clock::time_point deadline);

 private:
  void give_back(const PeerAddress::Key& key);

  const Settings settings_;
  std::atomic<std::size_t> total_{0};
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::map<PeerAddress::Key, std::size_t> by_address_;
};

}  // namespace open_cicd::http
