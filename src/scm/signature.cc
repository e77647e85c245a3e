#include "scm/signature.h"

#include "base/crypto.h"

namespace open_cicd::scm {

bool is_hmac_of(std::string_view hex, const Secret& secret, std::string_view body) {
  return equal_constant_time(hex, to_hex(hmac_sha256(secret.reveal(), body)));
}

}  // namespace open_cicd::scm
