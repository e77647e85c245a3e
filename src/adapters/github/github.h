// GitHub's webhooks, and those of GitHub Enterprise Server.
#pragma once

#include "scm/webhook_reader.h"

#include <memory>

namespace open_cicd::github {

std::unique_ptr<scm::WebhookReader> make_github_webhooks();

}  // namespace open_cicd::github
