#include "adapters/gitlab/signature.h"

#include "base/crypto.h"
#include "scm/signature.h"

#include <string_view>

namespace open_cicd::gitlab {

bool is_from_gitlab(const scm::Delivery& delivery, const Secret& secret, std::int64_t now_s) {
  const bool is_key = secret.reveal().starts_with(scm::key_prefix);
  if (delivery.header("webhook-signature")) return is_key && scm::is_signed_as_standard(delivery, secret, now_s);
  // A key that signs is never sent: who could name it has taken it from somewhere.
  return !is_key && equal_constant_time(delivery.header("x-gitlab-token").value_or(""), secret.reveal());
}

}  // namespace open_cicd::gitlab
