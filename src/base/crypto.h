// Digests, MACs, randomness and constant-time comparison, over OpenSSL and getrandom(2); CRC-32C over SSE 4.2 where the
// CPU has it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace open_cicd {

using Sha256 = std::array<std::uint8_t, 32>;

void random_bytes(std::span<std::uint8_t> out);     // throws std::system_error if the kernel has none
std::string random_token(std::size_t bytes = 32);   // base64url without padding
std::string to_hex(std::span<const std::uint8_t>);  // lower case
std::string sha256_hex(std::string_view);
Sha256 hmac_sha256(std::string_view key, std::string_view message);
bool equal_constant_time(std::string_view a, std::string_view b);  // lengths may leak, contents do not

// CRC-32C (Castagnoli, RFC 3720 B.4), incremental: crc32c(ab) == crc32c(b, crc32c(a)). "123456789" gives e3069283.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
std::string format_crc32c(std::uint32_t);                          // 8 lower-case hex digits
std::optional<std::uint32_t> parse_crc32c(std::string_view text);  // 8 hex digits of either case

}  // namespace open_cicd
