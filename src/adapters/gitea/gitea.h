// Webhooks of Gitea and Forgejo.
#pragma once

#include "scm/webhook_reader.h"

#include <memory>

namespace open_cicd::gitea {

std::unique_ptr<scm::WebhookReader> make_gitea_webhooks();

}  // namespace open_cicd::gitea
