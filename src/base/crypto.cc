// OpenSSL's older functions: its newer ones load a provider first, two MiB of memory for one hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/crypto.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/random.h>
#include <system_error>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace open_cicd {

void random_bytes(std::span<std::uint8_t> out) {
  // One system call fills many ids: getrandom costs 0.3 µs, an id needs 16 bytes.
  thread_local std::array<std::uint8_t, 512> pool;
  thread_local std::size_t used = pool.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (used == pool.size()) {
      std::size_t filled = 0;
      while (filled < pool.size()) {
        const ssize_t n = ::getrandom(pool.data() + filled, pool.size() - filled, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        filled += static_cast<std::size_t>(n);
      }
      used = 0;
    }
    out[i] = pool[used];
    pool[used++] = 0;
  }
}

std::string random_token(std::size_t bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string raw(bytes, '\0');
  random_bytes({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
  std::string token;
  token.reserve(bytes * 4 / 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : raw) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 6; count -= 6) token.push_back(alphabet[bits >> (count - 6) & 63]);
  }
  if (count > 0) token.push_back(alphabet[bits << (6 - count) & 63]);
  return token;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) text.append({digits[b >> 4], digits[b & 15]});
  return text;
}

namespace {

Sha256 sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX context;
  Sha256 digest;
  bool good = SHA256_Init(&context) == 1;
  for (const std::string_view part : parts) good = good && SHA256_Update(&context, part.data(), part.size()) == 1;
  if (!good || SHA256_Final(digest.data(), &context) != 1) throw std::runtime_error("SHA-256 failed");
  return digest;
}

std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  return to_hex(sha256({text}));
}

// RFC 2104.
Sha256 hmac_sha256(std::string_view key, std::string_view message) {
  constexpr std::size_t block = 64;
  Sha256 short_key;
  if (key.size() > block) {
    short_key = sha256({key});
    key = bytes_of(short_key);
  }
  std::string inner(block, '\x36'), outer(block, '\x5c');
  for (std::size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  const Sha256 mac = sha256({outer, bytes_of(sha256({inner, message}))});
  for (std::string* secret : {&inner, &outer}) OPENSSL_cleanse(secret->data(), secret->size());
  return mac;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
    table[i] = c;
  }
  return table;
}();

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t crc) {
  for (const char c : bytes) crc = crc >> 8 ^ crc_table[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view bytes, std::uint32_t crc) {
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  std::uint64_t wide = crc;
  for (; n >= 8; p += 8, n -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; n > 0; ++p, --n) crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*p));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  if (has_sse42) return ~crc32c_sse42(bytes, ~seed);
#endif
  return ~crc32c_portable(bytes, ~seed);
}

std::string format_crc32c(std::uint32_t crc) {
  return fmt::format("{:08x}", crc);
}

std::optional<std::uint32_t> parse_crc32c(std::string_view text) {
  std::uint32_t crc = 0;
  const char* const end = text.data() + text.size();
  const bool good = text.size() == 8 && std::from_chars(text.data(), end, crc, 16) == std::from_chars_result{end, {}};
  return good ? std::optional(crc) : std::nullopt;
}

}  // namespace open_cicd
