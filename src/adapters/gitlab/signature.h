// How GitLab says who it is: the secret itself in X-Gitlab-Token, or, with a signing token ("whsec_…"), a signature as
// Standard Webhooks has it: "v1," and the base64 of HMAC-SHA256 over "id.time.body". Everything is compared in constant
// time.
#pragma once

#include "base/secret.h"
#include "scm/delivery.h"

#include <cstdint>

namespace open_cicd::gitlab {

// A signature that is there must be right, whatever else the headers say.
bool is_from_gitlab(const scm::Delivery&, const Secret&, std::int64_t now_s);

}  // namespace open_cicd::gitlab
