// Notifications as e-mail, handed to one SMTP server by libcurl.
#pragma once

#include "base/offload.h"
#include "base/secret.h"
#include "notifications/channel.h"
#include "notifications/limits.h"

#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::smtp {

struct SmtpSettings {
  Secret url;           // "smtp://[user:password@]host[:port]", or smtps://
  std::string from;     // "address", or "Name <address>"
  std::string ca_file;  // empty: the system's
  Milliseconds timeout = notifications::limits::letter_time_max;
};

// Nothing, or what is wrong with it; the password is not shown.
std::string wrong_smtp_url(std::string_view url);

// A user's password goes over TLS alone: smtp:// must then offer STARTTLS, unless the server is this machine. `pool`
// outlives the channel; a letter blocks a thread of it for as long as the server takes.
std::unique_ptr<notifications::Channel> make_smtp_channel(SmtpSettings settings, WorkerPool& pool);

}  // namespace open_cicd::smtp
