#include "server/forges.h"

#include "adapters/git/git.h"
#include "adapters/gitea/api.h"
#include "adapters/gitea/gitea.h"
#include "adapters/github/api.h"
#include "adapters/github/github.h"
#include "adapters/gitlab/api.h"
#include "adapters/gitlab/gitlab.h"

namespace open_cicd::server {

// The user beside a token is what each forge's documentation says; Gitea takes any.
repositories::Forges make_forges() {
  return repositories::Forges(
      {{.name = "github",
        .webhooks = github::make_github_webhooks(),
        .make = github::make_github,
        .git_user = "x-access-token",
        .hosts = {"github.com"}},
       {.name = "gitlab",
        .webhooks = gitlab::make_gitlab_webhooks(),
        .make = gitlab::make_gitlab,
        .git_user = "oauth2",
        .hosts = {"gitlab.com"}},
       {.name = "gitea",
        .webhooks = gitea::make_gitea_webhooks(),
        .make = gitea::make_gitea,
        .git_user = "open-cicd",
        .hosts = {"gitea.com", "codeberg.org"}},
       {.name = "git", .webhooks = git_remote::make_git_webhooks(), .make = nullptr, .git_user = "git", .hosts = {}}});
}

}  // namespace open_cicd::server
