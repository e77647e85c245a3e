// GitLab's webhooks of projects.
#pragma once

#include "scm/webhook_reader.h"

#include <memory>

namespace open_cicd::gitlab {

std::unique_ptr<scm::WebhookReader> make_gitlab_webhooks();

}  // namespace open_cicd::gitlab
