#include "scm/signature.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "scm/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace open_cicd::scm {
namespace {

constexpr std::string_view version = "v1,";

std::optional<std::int64_t> seconds_in(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return seconds;
}

bool is_fresh(std::int64_t then_s, std::int64_t now_s) {
  if (now_s < 0) return false;
  return then_s <= now_s ? now_s - then_s <= limits::signature_age_s_max
                         : then_s - now_s <= limits::signature_age_s_max;
}

// The header may name several, one a word, while a token takes another's place.
bool has_signature(std::string_view header, std::string_view wanted) {
  bool found = false;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(' '), header.size());
    const std::string_view word = header.substr(0, end);
    if (word.starts_with(version)) found |= equal_constant_time(word.substr(version.size()), wanted);
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return found;
}

// Empty: it is none.
Secret key_in(const Secret& secret) {
  if (!secret.reveal().starts_with(key_prefix)) return secret;
  return Secret(decode_base64(std::string_view(secret.reveal()).substr(key_prefix.size())).value_or(""));
}

std::string mac_of(const Secret& key, std::string_view id, std::string_view time, std::string_view body) {
  const Sha256 mac = hmac_sha256(key.reveal(), fmt::format("{}.{}.{}", id, time, body));
  return base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

}  // namespace

bool is_hmac_of(std::string_view hex, const Secret& secret, std::string_view body) {
  return equal_constant_time(hex, to_hex(hmac_sha256(secret.reveal(), body)));
}

bool is_signed_as_standard(const Delivery& delivery, const Secret& secret, std::int64_t now_s) {
  const std::string_view id = delivery.header("webhook-id").value_or("");
  const std::string_view time = delivery.header("webhook-timestamp").value_or("");
  const auto then_s = seconds_in(time);
  // A dot in the id would let one text be read as another id, time and body.
  if (id.empty() || id.contains('.') || !then_s || !is_fresh(*then_s, now_s)) return false;
  const Secret key = key_in(secret);
  if (key.empty()) return false;
  return has_signature(delivery.header("webhook-signature").value_or(""), mac_of(key, id, time, delivery.body));
}

std::string standard_signature(const Secret& secret, std::string_view id, std::int64_t time_s, std::string_view body) {
  const Secret key = key_in(secret);
  if (key.empty()) return {};
  return std::string(version) + mac_of(key, id, std::to_string(time_s), body);
}

Secret new_standard_secret() {
  std::array<std::uint8_t, 32> key{};
  random_bytes(key);
  const Secret bytes(std::string(key.begin(), key.end()));
  return Secret(std::string(key_prefix) + base64(bytes.reveal()));
}

}  // namespace open_cicd::scm
