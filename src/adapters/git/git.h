// The webhook of a plain git remote: what its post-receive hook sends, see docs/guides/git.md.
#pragma once

#include "scm/webhook_reader.h"

#include <memory>

namespace open_cicd::git_remote {

std::unique_ptr<scm::WebhookReader> make_git_webhooks();

}  // namespace open_cicd::git_remote
