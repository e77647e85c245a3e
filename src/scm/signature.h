// How webhooks are signed: HMAC-SHA256 of the body, with the webhook's secret as its key. Everything is compared in
// constant time.
#pragma once

#include "base/secret.h"
#include "scm/delivery.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::scm {

// `hex` is what a header says: 64 lower-case digits and nothing else.
bool is_hmac_of(std::string_view hex, const Secret&, std::string_view body);

// As Standard Webhooks has it: "webhook-signature" is "v1," and the base64 of HMAC-SHA256 over "id.time.body", of which
// id and time stand in "webhook-id" and "webhook-timestamp". The key is what follows key_prefix, in base64; without the
// prefix the secret itself.
inline constexpr std::string_view key_prefix = "whsec_";
bool is_signed_as_standard(const Delivery&, const Secret&, std::int64_t now_s);
// What "webhook-signature" says for a body that is sent. Empty: the secret holds no key.
std::string standard_signature(const Secret&, std::string_view id, std::int64_t time_s, std::string_view body);
// A secret of this form that nobody has yet.
Secret new_standard_secret();

}  // namespace open_cicd::scm
