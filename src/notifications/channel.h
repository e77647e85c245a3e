// PORT: how a message leaves the house. Adapters: adapters/webhook, adapters/smtp.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/secret.h"
#include "notifications/message.h"
#include "notifications/target.h"

#include <cstdint>
#include <string>
#include <vector>

namespace open_cicd::notifications {

struct Message {
  std::string id;    // the same at each try
  std::string body;  // of message_json()
  Letter letter;
  std::int64_t time_ms = 0;  // of this try
};

// Each call is of one message and one target; calls may overlap, from any executor.
class Channel {
 public:
  virtual ~Channel() = default;
  // What the receiver said when it took the message, for people: "200 OK". `secret` is the target's; none of e-mail.
  // Errors: unavailable "not_sent", with how long the receiver asks to wait, if it does. It may have been sent all the
  // same.
  virtual Task<Result<std::string>> send(Target target, Secret secret, Message message) = 0;
  virtual void stop() {}  // calls that block end soon
};

}  // namespace open_cicd::notifications
