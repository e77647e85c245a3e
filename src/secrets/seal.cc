#include "secrets/seal.h"

#include "base/crypto.h"
#include "secrets/sodium.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace open_cicd::secrets {
namespace {

constexpr char form_version = 1;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t header_bytes = 1 + std::tuple_size_v<KeyId>;
static_assert(key_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void put_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

// With the length before each text, so that no two places are written alike.
std::string associated_data(std::string_view header, const Place& place) {
  std::string out(header);
  for (const std::string_view text : {std::string_view("open-cicd secret"), std::string_view(place.server),
                                      std::string_view(place.scope), std::string_view(place.name)}) {
    put_number(out, text.size());
    out += text;
  }
  put_number(out, static_cast<std::uint64_t>(place.version));
  return out;
}

std::string header_of(const Key& key) {
  std::string header(1, form_version);
  header.append(reinterpret_cast<const char*>(key.id().data()), key.id().size());
  return header;
}

std::optional<KeyId> key_id_of(std::string_view sealed) {
  if (sealed.size() < header_bytes + nonce_bytes + tag_bytes || sealed.front() != form_version) return std::nullopt;
  KeyId id;
  std::copy_n(sealed.begin() + 1, id.size(), id.begin());
  return id;
}

std::unexpected<Error> damaged(const Place& place) {
  return fail(ErrorKind::internal, "secret_damaged",
              fmt::format("The secret {} is not what was stored under this name: store it again.", place.name));
}

}  // namespace

std::string seal(const Keys& keys, const Place& place, const Secret& value) {
  const Key& key = keys.current();
  std::string sealed = header_of(key);
  const std::string associated = associated_data(sealed, place);
  const std::string_view plain = value.reveal();
  sealed.resize(header_bytes + nonce_bytes + plain.size() + tag_bytes);
  unsigned char* const nonce = bytes_of(sealed) + header_bytes;
  randombytes_buf(nonce, nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_bytes, nullptr, bytes_of(plain), plain.size(),
                                             bytes_of(std::string_view(associated)), associated.size(), nullptr, nonce,
                                             bytes_of(std::string_view(key.bytes().reveal())));
  return sealed;
}

Result<Secret> unseal(const Keys& keys, const Place& place, std::string_view sealed) {
  const std::optional<KeyId> id = key_id_of(sealed);
  if (!id) return damaged(place);
  const Key* const key = keys.find(*id);
  if (key == nullptr)
    return fail(ErrorKind::internal, "secret_key_missing",
                fmt::format("The secret {} was sealed with the key {}, which this server has not: give it that key "
                            "again, or store the secret again.",
                            place.name, to_hex(*id)));
  const std::string associated = associated_data(sealed.substr(0, header_bytes), place);
  const std::string_view nonce = sealed.substr(header_bytes, nonce_bytes);
  const std::string_view encrypted = sealed.substr(header_bytes + nonce_bytes);
  std::string plain(encrypted.size() - tag_bytes, '\0');
  const int wrong = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, bytes_of(encrypted), encrypted.size(), bytes_of(std::string_view(associated)),
      associated.size(), bytes_of(nonce), bytes_of(std::string_view(key->bytes().reveal())));
  Secret value(std::move(plain));
  if (wrong != 0) return damaged(place);
  return value;
}

bool is_sealed_with(const Key& key, std::string_view sealed) {
  return key_id_of(sealed) == key.id();
}

}  // namespace open_cicd::secrets
