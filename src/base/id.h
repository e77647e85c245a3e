// Identifiers: UUIDs (RFC 9562) that know what they identify, so that a JobId is never passed for an AgentId.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd {

using Uuid = std::array<std::uint8_t, 16>;

Uuid make_uuid_v7();                               // time-ordered: 48 bits of Unix milliseconds, then getrandom(2)
Uuid make_uuid_v4();                               // random only
std::string format_uuid(const Uuid&);              // 36 characters, lower case
std::optional<Uuid> parse_uuid(std::string_view);  // exactly that form, else nothing

template <class Tag>
class Id {
 public:
  Id() = default;  // all zero: "none"
  explicit Id(const Uuid& uuid) : uuid_(uuid) {}
  static Id make() { return Id(make_uuid_v7()); }
  static std::optional<Id> parse(std::string_view text) {
    auto uuid = parse_uuid(text);
    return uuid ? std::optional(Id(*uuid)) : std::nullopt;
  }
  std::string str() const { return format_uuid(uuid_); }
  const Uuid& uuid() const { return uuid_; }
  explicit operator bool() const { return uuid_ != Uuid{}; }
  auto operator<=>(const Id&) const = default;

 private:
  Uuid uuid_{};
};

using JobId = Id<struct JobTag>;
using AgentId = Id<struct AgentTag>;
using TokenId = Id<struct TokenTag>;
using RunId = Id<struct RunTag>;
using RepositoryId = Id<struct RepositoryTag>;
using DeliveryId = Id<struct DeliveryTag>;

}  // namespace open_cicd

template <class Tag>
struct std::hash<open_cicd::Id<Tag>> {
  std::size_t operator()(const open_cicd::Id<Tag>& id) const noexcept {
    std::size_t h;
    __builtin_memcpy(&h, id.uuid().data() + 8, sizeof h);  // the random half
    return h;
  }
};
