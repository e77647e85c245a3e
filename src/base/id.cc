#include "base/id.h"

#include "base/crypto.h"

#include <chrono>

namespace open_cicd {

Uuid make_uuid_v4() {
  Uuid uuid;
  random_bytes(uuid);
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

Uuid make_uuid_v7() {
  Uuid uuid = make_uuid_v4();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  for (int i = 5; i >= 0; --i, ms >>= 8) uuid[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms);
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x70);
  return uuid;
}

std::string format_uuid(const Uuid& uuid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(digits[uuid[i] >> 4]);
    text.push_back(digits[uuid[i] & 15]);
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    int value;
    if (c >= '0' && c <= '9')
      value = c - '0';
    else if (c >= 'a' && c <= 'f')
      value = c - 'a' + 10;
    else
      return std::nullopt;
    uuid[nibble / 2] = static_cast<std::uint8_t>(uuid[nibble / 2] << 4 | value);
    ++nibble;
  }
  return uuid;
}

}  // namespace open_cicd
