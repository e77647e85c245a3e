// From what a forge sent to what happened: the one way in, in the one order. Pure.
#pragma once

#include "base/secret.h"
#include "scm/webhook_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::scm {

// What the server knows of the repository that the webhook's address names.
struct Receiver {
  std::vector<Secret> secrets;                // two while one takes the other's place; without any, all is refused
  std::optional<std::int64_t> repository_id;  // at the forge; none: not known yet
  std::int64_t now_s = 0;                     // Unix time
  std::optional<Repository> repository = {};  // of a plain git remote, which has no name and no id for it: ours
};

// Size, then signature, then the kind of body, and only then is anything parsed. Errors: too_large; unauthenticated,
// code "wrong_signature"; unsupported_media; malformed_json; invalid with the fields; forbidden, code
// "other_repository", when it was signed for one repository and speaks of another.
Result<Happening> what_happened(const WebhookReader&, const Delivery&, const Receiver&);

// What the forge calls the delivery; nothing without a usable name. Nobody signed it: it tells repeats apart, no more.
std::optional<std::string> delivery_id(const WebhookReader&, const Delivery&);

}  // namespace open_cicd::scm
