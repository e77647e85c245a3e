"""Stand-ins for GitHub, GitLab and Gitea: repositories by git's own http-backend, webhooks as the real ones send them, and as much of their
REST API as the server uses, as strict as the real one or stricter. `FORGES` has them by the word that the server knows them by.

What people do there are methods of repositories and changes; each does to git what it says, and sends the webhooks that follow."""

from support.forges.forge import Forge, Refusal
from support.forges.gitea import Gitea
from support.forges.github import GitHub
from support.forges.gitlab import GitLab
from support.forges.plain import PlainGit

FORGES = {forge.kind: forge for forge in (GitHub, GitLab, Gitea)}

__all__ = ["FORGES", "Forge", "GitHub", "GitLab", "Gitea", "PlainGit", "Refusal"]
