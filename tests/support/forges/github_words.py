"""GitHub's JSON: users, repositories, pull requests, webhooks, statuses, and what its webhooks send."""

import base64
import json
from typing import TYPE_CHECKING

from support.forges import history
from support.forges.courier import Webhook
from support.forges.history import ZERO
from support.forges.people import Change, Repository, Status, User

if TYPE_CHECKING:
    from support.forges.github import GitHub

THEN, THEN_S = "2026-11-23T13:38:48Z", 1795441128

USER_URLS = {"followers": "/followers", "following": "/following{/other_user}", "gists": "/gists{/gist_id}", "starred": "/starred{/owner}{/repo}",
             "subscriptions": "/subscriptions", "organizations": "/orgs", "repos": "/repos", "events": "/events{/privacy}",
             "received_events": "/received_events"}
REPOSITORY_URLS = {
    "forks": "/forks", "keys": "/keys{/key_id}", "collaborators": "/collaborators{/collaborator}", "teams": "/teams", "hooks": "/hooks",
    "issue_events": "/issues/events{/number}", "events": "/events", "assignees": "/assignees{/user}", "branches": "/branches{/branch}",
    "tags": "/tags", "blobs": "/git/blobs{/sha}", "git_tags": "/git/tags{/sha}", "git_refs": "/git/refs{/sha}", "trees": "/git/trees{/sha}",
    "statuses": "/statuses/{sha}", "languages": "/languages", "stargazers": "/stargazers", "contributors": "/contributors",
    "subscribers": "/subscribers", "subscription": "/subscription", "commits": "/commits{/sha}", "git_commits": "/git/commits{/sha}",
    "comments": "/comments{/number}", "issue_comment": "/issues/comments{/number}", "contents": "/contents/{+path}",
    "compare": "/compare/{base}...{head}", "merges": "/merges", "archive": "/{archive_format}{/ref}", "downloads": "/downloads",
    "issues": "/issues{/number}", "pulls": "/pulls{/number}", "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}", "labels": "/labels{/name}", "releases": "/releases{/id}",
    "deployments": "/deployments",
}  # fmt: skip


def encoded(body: dict) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def node(kind: str, number: int) -> str:
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def user(forge: "GitHub", one: User) -> dict:
    api = f"{forge.api_url}/users/{one.login}"
    return {"login": one.login, "id": one.id, "node_id": node("User", one.id), "avatar_url": f"{forge.url}/avatars/u/{one.id}?", "gravatar_id": "",
            "url": api, "html_url": f"{forge.url}/{one.login}", **{f"{word}_url": api + path for word, path in USER_URLS.items()},
            "type": "User", "site_admin": False}


def repository(forge: "GitHub", one: Repository) -> dict:
    api, url = f"{forge.api_url}/repos/{one.full_name}", f"{forge.url}/{one.full_name}"
    host = forge.url.split("//")[1]
    return {
        "id": one.id, "node_id": node("Repository", one.id), "name": one.name, "full_name": one.full_name, "private": one.private,
        "owner": user(forge, one.owner), "html_url": url, "description": None, "fork": one.parent is not None, "url": api,
        **{f"{word}_url": api + path for word, path in REPOSITORY_URLS.items()},
        "created_at": THEN, "updated_at": THEN, "pushed_at": THEN, "git_url": f"git://{host}/{one.full_name}.git",
        "ssh_url": f"git@{host}:{one.full_name}.git", "clone_url": f"{url}.git", "svn_url": url, "homepage": None, "size": 0,
        "stargazers_count": 0, "watchers_count": 0, "language": None, "has_issues": True, "has_projects": True, "has_downloads": True,
        "has_wiki": True, "has_pages": False, "has_discussions": False, "forks_count": 0, "mirror_url": None, "archived": False, "disabled": False,
        "open_issues_count": 0, "license": None, "allow_forking": True, "is_template": False, "web_commit_signoff_required": False, "topics": [],
        "visibility": "private" if one.private else "public", "forks": 0, "open_issues": 0, "watchers": 0, "default_branch": one.default_branch,
        "custom_properties": {},
    }  # fmt: skip


def webhook(forge: "GitHub", of: Repository, one: Webhook) -> dict:
    api = f"{forge.api_url}/repos/{of.full_name}/hooks/{one.id}"
    secret = {"secret": "********"} if one.secret else {}
    return {"type": "Repository", "id": one.id, "name": "web", "active": one.active, "events": one.events,
            "config": {"content_type": one.content_type, "insecure_ssl": "0", "url": one.url, **secret}, "updated_at": THEN, "created_at": THEN,
            "url": api, "test_url": f"{api}/test", "ping_url": f"{api}/pings", "deliveries_url": f"{api}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None}}


def status(forge: "GitHub", of: Repository, one: Status) -> dict:
    return {"url": f"{forge.api_url}/repos/{of.full_name}/statuses/{one.sha}", "avatar_url": f"{forge.url}/avatars/u/{one.user.id}?", "id": one.id,
            "node_id": node("StatusContext", one.id), "state": one.state, "description": one.description or None,
            "target_url": one.target_url or None, "context": one.context, "created_at": THEN, "updated_at": THEN, "creator": user(forge, one.user)}


def person(forge: "GitHub", name: str, email: str) -> dict:
    """An author, with the account that has this address, if there is one."""
    known = next((one for one in forge.users.values() if one.email == email), None)
    return {"name": name, "email": email, **({"username": known.login} if known else {})}


def commit(forge: "GitHub", of: Repository, one: history.Commit) -> dict:
    author = person(forge, one.author, one.email)
    return {"id": one.sha, "tree_id": one.tree, "distinct": True, "message": one.message.rstrip("\n"), "timestamp": one.when,
            "url": f"{forge.url}/{of.full_name}/commit/{one.sha}", "author": author, "committer": author, "added": one.added,
            "removed": one.removed, "modified": one.modified}


def push(forge: "GitHub", of: Repository, by: User, ref: str, before: str, after: str) -> dict:
    commits = [commit(forge, of, one) for one in history.commits_between(of.path, ref, before, after, 2048)] if ref.startswith("refs/heads/") else []
    head = None if after == ZERO else commit(forge, of, history.commit_of(of.path, after))
    name = ref.split("/", 2)[2]
    compare = name if before == ZERO else f"{before[:12]}...{after[:12]}"
    whole = repository(forge, of)
    whole |= {"owner": {"name": of.owner.login, "email": of.owner.email, **whole["owner"]}, "url": whole["html_url"], "created_at": THEN_S,
              "pushed_at": THEN_S, "stargazers": 0, "master_branch": of.default_branch}
    return {"ref": ref, "before": before, "after": after, "repository": whole, "pusher": {"name": by.login, "email": by.email},
            "sender": user(forge, by), "created": before == ZERO, "deleted": after == ZERO,
            "forced": history.is_forced(of.path, ref, before, after), "base_ref": None, "compare": f"{of.url}/compare/{compare}",
            "commits": commits, "head_commit": head}


def create_or_delete(forge: "GitHub", of: Repository, by: User, ref: str, event: str) -> dict:
    kind, name = ref.split("/", 2)[1:]
    more = {"master_branch": of.default_branch, "description": None} if event == "create" else {}
    return {"ref": name, "ref_type": "tag" if kind == "tags" else "branch", **more, "pusher_type": "user", "repository": repository(forge, of),
            "sender": user(forge, by)}


def label(forge: "GitHub", of: Repository, name: str) -> dict:
    return {"id": sum(name.encode()), "node_id": node("Label", sum(name.encode())), "url": f"{forge.api_url}/repos/{of.full_name}/labels/{name}",
            "name": name, "color": "d73a4a", "default": False, "description": None}


def side(forge: "GitHub", of: Repository | None, branch: str, sha: str, login: str) -> dict:
    return {"label": f"{login}:{branch}", "ref": branch, "sha": sha, "user": user(forge, of.owner) if of else None,
            "repo": pull_repository(forge, of) if of else None}


def pull_repository(forge: "GitHub", one: Repository) -> dict:
    return {**repository(forge, one), "allow_squash_merge": True, "allow_merge_commit": True, "allow_rebase_merge": True, "allow_auto_merge": False,
            "delete_branch_on_merge": False}


def pull_request(forge: "GitHub", one: Change) -> dict:
    of = one.repository
    api, url = f"{forge.api_url}/repos/{of.full_name}", f"{forge.url}/{of.full_name}/pull/{one.number}"
    pull, issue = f"{api}/pulls/{one.number}", f"{api}/issues/{one.number}"
    links = {"self": pull, "html": url, "issue": issue, "comments": f"{issue}/comments", "review_comments": f"{pull}/comments",
             "review_comment": f"{api}/pulls/comments{{/number}}", "commits": f"{pull}/commits", "statuses": f"{api}/statuses/{one.head}"}
    closed = THEN if one.state != "open" else None
    owner = one.source.owner.login if one.source else "unknown"
    association = "OWNER" if one.author == of.owner else "COLLABORATOR" if one.author in of.members else "NONE"
    return {
        "url": pull, "id": one.id, "node_id": node("PullRequest", one.id), "html_url": url, "diff_url": f"{url}.diff", "patch_url": f"{url}.patch",
        "issue_url": issue, "number": one.number, "state": "open" if one.state == "open" else "closed", "locked": False, "title": one.title,
        "user": user(forge, one.author), "body": None, "created_at": THEN, "updated_at": THEN, "closed_at": closed,
        "merged_at": THEN if one.state == "merged" else None, "merge_commit_sha": one.merge_commit, "assignee": None, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "labels": [label(forge, of, name) for name in one.labels], "milestone": None,
        "draft": one.draft, "commits_url": f"{pull}/commits", "review_comments_url": f"{pull}/comments",
        "review_comment_url": f"{api}/pulls/comments{{/number}}", "comments_url": f"{issue}/comments", "statuses_url": f"{api}/statuses/{one.head}",
        "head": side(forge, one.source, one.source_branch, one.head, owner),
        "base": side(forge, of, one.target_branch, one.base, of.owner.login),
        "_links": {word: {"href": link} for word, link in links.items()}, "author_association": association, "auto_merge": None,
        "active_lock_reason": None, "merged": one.state == "merged", "mergeable": None, "rebaseable": None, "mergeable_state": "unknown",
        "merged_by": user(forge, one.merged_by) if one.merged_by else None, "comments": 0, "review_comments": 0, "maintainer_can_modify": False,
        "commits": 1, "additions": 1, "deletions": 0, "changed_files": 1,
    }  # fmt: skip


def pull_request_event(forge: "GitHub", one: Change, action: str, what: str, by: User, old: dict) -> dict:
    more: dict = {}
    if what == "updated":
        more = {"before": old["head"], "after": one.head}
    elif what == "retargeted":
        more = {"changes": {"base": {"ref": {"from": old["target_branch"]}, "sha": {"from": old["base"]}}}}
    elif what == "renamed":
        more = {"changes": {"title": {"from": old["title"]}}}
    elif what in ("labeled", "unlabeled"):
        more = {"label": label(forge, one.repository, old["label"])}
    return {"action": action, "number": one.number, "pull_request": pull_request(forge, one), **more,
            "repository": pull_repository(forge, one.repository), "sender": user(forge, by)}
