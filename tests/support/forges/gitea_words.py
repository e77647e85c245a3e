"""Gitea's JSON: users, repositories, pull requests, webhooks, statuses, and what its webhooks send."""

import json
from typing import TYPE_CHECKING

from support.forges import history
from support.forges.courier import Webhook
from support.forges.history import ZERO
from support.forges.people import Change, Repository, Status, User

if TYPE_CHECKING:
    from support.forges.gitea import Gitea

THEN = "2026-11-23T13:38:48Z"


def encoded(body: dict) -> bytes:
    """As Go writes it: nothing in it could end a script element."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def user(forge: "Gitea", one: User) -> dict:
    return {"id": one.id, "login": one.login, "login_name": "", "full_name": "", "email": one.email, "avatar_url": f"{forge.url}/user/avatar/{one.login}/-1",
            "html_url": f"{forge.url}/{one.login}", "language": "", "is_admin": False, "last_login": "0001-01-01T00:00:00Z", "created": THEN,
            "restricted": False, "active": False, "prohibit_login": False, "location": "", "website": "", "description": "", "visibility": "public",
            "followers_count": 0, "following_count": 0, "starred_repos_count": 0, "username": one.login}


def repository(forge: "Gitea", one: Repository, role: str | None = "admin") -> dict:
    return {
        "id": one.id, "owner": user(forge, one.owner), "name": one.name, "full_name": one.full_name, "description": "", "empty": not one.refs(),
        "private": one.private, "fork": one.parent is not None, "template": False, "parent": repository(forge, one.parent, role) if one.parent else None,
        "mirror": False, "size": 25, "language": "", "html_url": one.url, "url": f"{forge.api_url}/repos/{one.full_name}", "link": "",
        "ssh_url": f"git@{forge.host}:{one.full_name}.git", "clone_url": one.clone_url, "original_url": "", "website": "", "stars_count": 0,
        "forks_count": 0, "watchers_count": 1, "open_issues_count": 0, "open_pr_counter": 0, "release_counter": 0,
        "default_branch": one.default_branch, "archived": False, "created_at": THEN, "updated_at": THEN,
        "permissions": {"admin": role == "admin", "push": role in ("admin", "write"), "pull": role is not None}, "has_issues": True,
        "internal_tracker": {"enable_time_tracker": True, "allow_only_contributors_to_track_time": True, "enable_issue_dependencies": True},
        "has_wiki": True, "has_pull_requests": True, "has_projects": True, "has_releases": True, "has_packages": True, "has_actions": False,
        "ignore_whitespace_conflicts": False, "allow_merge_commits": True, "allow_rebase": True, "allow_rebase_explicit": True,
        "allow_squash_merge": True, "default_merge_style": "merge", "avatar_url": "", "internal": False, "mirror_interval": "",
    }  # fmt: skip


def webhook(one: Webhook) -> dict:
    """The secret is never told."""
    return {"id": one.id, "type": one.config.get("type", "gitea"), "branch_filter": one.config.get("branch_filter", ""),
            "config": {"content_type": one.content_type, "url": one.url}, "events": one.events, "authorization_header": "", "active": one.active,
            "updated_at": THEN, "created_at": THEN}


def status(forge: "Gitea", of: Repository, one: Status) -> dict:
    return {"id": one.id, "status": one.state, "target_url": one.target_url, "description": one.description,
            "url": f"{forge.api_url}/repos/{of.full_name}/statuses/{one.sha}", "context": one.context, "creator": user(forge, one.user),
            "created_at": THEN, "updated_at": THEN}


def commit(forge: "Gitea", of: Repository, one: history.Commit) -> dict:
    known = next((user.login for user in forge.users.values() if user.email == one.email), "")
    author = {"name": one.author, "email": one.email, "username": known}
    return {"id": one.sha, "message": one.message, "url": f"{of.url}/commit/{one.sha}", "author": author, "committer": author, "verification": None,
            "timestamp": one.when, "added": one.added, "removed": one.removed, "modified": one.modified}


def push(forge: "Gitea", of: Repository, by: User, ref: str, before: str, after: str) -> dict:
    """The newest commit first."""
    is_tag = ref.startswith("refs/tags/")
    commits = [] if is_tag else reversed(history.commits_between(of.path, ref, before, after, 30))
    compare = f"{of.url}/compare/{before}...{after}" if after != ZERO else f"{forge.url}/"
    return {"ref": ref, "before": before, "after": after, "compare_url": compare, "commits": [commit(forge, of, one) for one in commits],
            "total_commits": 0 if is_tag else 1, "head_commit": None if after == ZERO else commit(forge, of, history.commit_of(of.path, after)),
            "repository": repository(forge, of), "pusher": user(forge, by), "sender": user(forge, by)}


def create_or_delete(forge: "Gitea", of: Repository, by: User, ref: str, event: str, after: str) -> dict:
    kind, name = ref.split("/", 2)[1:]
    more = {"sha": after} if event == "create" else {"pusher_type": "user"}
    return {**more, "ref": name, "ref_type": "tag" if kind == "tags" else "branch", "repository": repository(forge, of), "sender": user(forge, by)}


def side(forge: "Gitea", of: Repository | None, branch: str, sha: str, home: Repository) -> dict:
    label = branch if of is home or of is None else f"{of.owner.login}:{branch}"
    return {"label": label, "ref": branch, "sha": sha, "repo_id": of.id if of else 0, "repo": repository(forge, of, "read") if of else None}


def pull_request(forge: "Gitea", one: Change) -> dict:
    of = one.repository
    url = f"{of.url}/pulls/{one.number}"
    labels = [{"id": sum(name.encode()), "name": name, "exclusive": False, "is_archived": False, "color": "d73a4a", "description": "",
               "url": f"{forge.api_url}/repos/{of.full_name}/labels/{sum(name.encode())}"} for name in one.labels]
    return {
        "id": one.id, "url": url, "number": one.number, "user": user(forge, one.author), "title": title_of(one, one.draft), "body": "",
        "labels": labels, "milestone": None, "assignee": None, "assignees": None, "requested_reviewers": None,
        "state": "open" if one.state == "open" else "closed", "draft": one.draft, "is_locked": False, "comments": 0, "html_url": url,
        "diff_url": f"{url}.diff", "patch_url": f"{url}.patch", "mergeable": True, "merged": one.state == "merged",
        "merged_at": THEN if one.state == "merged" else None, "merge_commit_sha": one.merge_commit,
        "merged_by": user(forge, one.merged_by) if one.merged_by else None, "allow_maintainer_edit": False,
        "base": side(forge, of, one.target_branch, one.base, of), "head": side(forge, one.source, one.source_branch, one.head, of),
        "merge_base": one.base, "due_date": None, "created_at": THEN, "updated_at": THEN, "closed_at": None if one.state == "open" else THEN,
    }  # fmt: skip


def pull_request_event(forge: "Gitea", one: Change, action: str, what: str, by: User, old: dict) -> dict:
    more: dict = {}
    if what == "retargeted":
        more = {"changes": {"ref": {"from": old["target_branch"]}}}
    elif what == "renamed":
        more = {"changes": {"title": {"from": title_of(one, one.draft, old["title"])}}}
    elif what in ("ready", "draft"):
        more = {"changes": {"title": {"from": title_of(one, not one.draft)}}}
    return {"action": action, "number": one.number, **more, "pull_request": pull_request(forge, one), "repository": repository(forge, one.repository),
            "sender": user(forge, by), "commit_id": "", "review": None}


def title_of(one: Change, draft: bool, title: str | None = None) -> str:
    """A draft is one by its title."""
    return f"WIP: {title or one.title}" if draft else title or one.title
