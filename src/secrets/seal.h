// Sealing: XChaCha20-Poly1305 of libsodium. A sealed value belongs to one place, and opens nowhere else: whoever can
// write to the database cannot put it where it would be shown to them.
//
//   1 byte    the version of this form, 1
//   8 bytes   the id of the key
//   24 bytes  the nonce, random
//   n bytes   the value, encrypted
//   16 bytes  the tag, which also covers version, key id and place
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "secrets/keys.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::secrets {

struct Place {
  std::string server;  // its id
  std::string scope;   // a repository's id; "": the server's own
  std::string name;
  std::int64_t version = 1;  // counts the values that the name has had
};

std::string seal(const Keys& keys, const Place& place, const Secret& value);

// Errors: internal "secret_key_missing" when none of the keys is the one it was sealed with, internal "secret_damaged"
// when it is not what was sealed for this place.
Result<Secret> unseal(const Keys& keys, const Place& place, std::string_view sealed);

// Whether rotation has nothing to do.
bool is_sealed_with(const Key& key, std::string_view sealed);

}  // namespace open_cicd::secrets
