// Notifications as webhooks: a POST of JSON, signed as Standard Webhooks has it
// (https://github.com/standard-webhooks/standard-webhooks).
#pragma once

#include "base/secret.h"
#include "notifications/channel.h"
#include "notifications/limits.h"

#include <memory>
#include <string>

namespace open_cicd::webhook {

struct WebhookSettings {
  std::string ca_file;        // empty: the system's
  Secret proxy;               // "http://[user:password@]host:port"; empty: none
  std::string no_proxy = {};  // what is reached without it
  Milliseconds timeout = notifications::limits::send_time_max;
};

// 2xx is a success; redirects are none, whatever they lead to.
std::unique_ptr<notifications::Channel> make_webhook_channel(WebhookSettings settings);

}  // namespace open_cicd::webhook
