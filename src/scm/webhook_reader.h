// The port of a forge's webhooks: how it signs them and what its words mean. No I/O; one object serves all threads.
//
// A reader has no rules of its own about refs, hashes and lengths: what it gives is checked for all forges in one place
// (scm::checked). It includes nothing but this port and base.
#pragma once

#include "base/secret.h"
#include "scm/delivery.h"
#include "scm/happening.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace open_cicd::scm {

class WebhookReader {
 public:
  virtual ~WebhookReader() = default;

  // Those that are worth keeping, in small letters. One that comes twice makes a delivery invalid.
  virtual std::span<const std::string_view> headers() const = 0;
  // Of these, those that name the delivery; the first that is there counts.
  virtual std::span<const std::string_view> id_headers() const = 0;

  // Whether who sent it knows the secret, which is not empty. Looks at headers and at the body's bytes, compares in
  // constant time and parses nothing.
  virtual bool is_signed(const Delivery&, const Secret&, std::int64_t now_s) const = 0;

  // Whether deliveries name their repository; of those that cannot, the receiver says it.
  virtual bool names_repository() const { return true; }

  // Is called for what was signed only. Errors: malformed_json, or ErrorKind::invalid that names the wrong fields.
  virtual Result<Happening> read(const Delivery&) const = 0;
};

}  // namespace open_cicd::scm
