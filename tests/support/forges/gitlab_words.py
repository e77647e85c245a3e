"""GitLab's JSON: users, projects, merge requests, webhooks, statuses, and what its webhooks send."""

import json
from typing import TYPE_CHECKING

from support.forges import history
from support.forges.courier import Webhook
from support.forges.history import ZERO
from support.forges.people import Change, Repository, Status, User

if TYPE_CHECKING:
    from support.forges.gitlab import GitLab

THEN, THEN_ISO = "2026-11-23 13:38:48 UTC", "2026-11-23T13:38:48.000Z"
# What a merge request's event is called; everything else is an "update", and what changed beside it says what.
ACTIONS = {"opened": "open", "reopened": "reopen", "closed": "close", "merged": "merge"}


def encoded(body: dict) -> bytes:
    """As Rails writes it: nothing in it could end a script element."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def user(forge: "GitLab", one: User) -> dict:
    return {"id": one.id, "name": one.name, "username": one.login, "avatar_url": f"{forge.url}/uploads/-/system/user/avatar/{one.id}/avatar.png",
            "email": "[REDACTED]"}


def ssh(forge: "GitLab", of: Repository) -> str:
    return f"git@{forge.host}:{of.full_name}.git"


def project(forge: "GitLab", of: Repository) -> dict:
    return {"id": of.id, "name": of.name, "description": None, "web_url": of.url, "avatar_url": None, "git_ssh_url": ssh(forge, of),
            "git_http_url": of.clone_url, "namespace": of.full_name.split("/")[-2], "visibility_level": 0 if of.private else 20,
            "path_with_namespace": of.full_name, "default_branch": of.default_branch, "ci_config_path": None, "homepage": of.url,
            "url": ssh(forge, of), "ssh_url": ssh(forge, of), "http_url": of.clone_url}


def project_of_api(forge: "GitLab", of: Repository) -> dict:
    space = of.full_name.rsplit("/", 1)[0]
    has_commits = bool(of.refs())
    return {"id": of.id, "description": None, "name": of.name, "name_with_namespace": of.full_name.replace("/", " / "), "path": of.name,
            "path_with_namespace": of.full_name, "created_at": THEN_ISO, "default_branch": of.default_branch if has_commits else None,
            "tag_list": [], "topics": [], "ssh_url_to_repo": ssh(forge, of), "http_url_to_repo": of.clone_url, "web_url": of.url, "readme_url": None,
            "forks_count": 0, "avatar_url": None, "star_count": 0, "last_activity_at": THEN_ISO,
            "namespace": {"id": of.owner.id, "name": space, "path": space.split("/")[-1], "kind": "group", "full_path": space, "parent_id": None},
            "empty_repo": not has_commits, "archived": False, "visibility": "private" if of.private else "public"}


def webhook(of: Repository, one: Webhook, events: list[str]) -> dict:
    return {"id": one.id, "url": one.url, "name": one.config.get("name"), "description": one.config.get("description"), "created_at": THEN_ISO,
            "push_events_branch_filter": one.config.get("push_events_branch_filter"), "branch_filter_strategy": "wildcard", "custom_webhook_template": None, "url_variables": [],
            "enable_ssl_verification": one.config.get("enable_ssl_verification", True), "alert_status": one.config.get("alert_status", "executable"),
            "disabled_until": None, "signing_token_present": bool(one.config.get("signing_token")),
            "project_id": of.id, "repository_update_events": False, **{event: event in one.events for event in events}}


def status(forge: "GitLab", one: Status) -> dict:
    return {"id": one.id, "sha": one.sha, "ref": one.ref, "status": one.state, "name": one.context, "target_url": one.target_url or None,
            "description": one.description or None, "created_at": THEN_ISO, "started_at": None, "finished_at": None, "allow_failure": False,
            "coverage": None, "pipeline_id": 1, "author": {"id": one.user.id, "username": one.user.login, "name": one.user.name, "state": "active"}}


def commit(of: Repository, one: history.Commit) -> dict:
    return {"id": one.sha, "message": one.message, "title": one.message.split("\n")[0], "timestamp": one.when, "url": f"{of.url}/-/commit/{one.sha}",
            "author": {"name": one.author, "email": "[REDACTED]" if one.email.endswith("@forge.example") else one.email}, "added": one.added,
            "modified": one.modified, "removed": one.removed}


def push(forge: "GitLab", of: Repository, by: User, event: str, ref: str, before: str, after: str) -> dict:
    is_tag = event == "tag_push"
    tip = None if after == ZERO else history.commit_of(of.path, after)
    commits = [tip] if is_tag and tip else history.commits_between(of.path, ref, before, after, 20)
    whole = project(forge, of)
    return {"object_kind": event, "event_name": event, "before": before, "after": after, "ref": ref, "ref_protected": False,
            "checkout_sha": tip and tip.sha, "message": None, "user_id": by.id, "user_name": by.name, "user_username": by.login, "user_email": "",
            "user_avatar": user(forge, by)["avatar_url"], "project_id": of.id, "project": whole, "commits": [commit(of, one) for one in commits],
            "total_commits_count": len(commits), "push_options": {}, "repository": repository(forge, of) | {
                "git_http_url": of.clone_url, "git_ssh_url": ssh(forge, of), "visibility_level": whole["visibility_level"]}}


def repository(forge: "GitLab", of: Repository) -> dict:
    return {"name": of.name, "url": ssh(forge, of), "description": None, "homepage": of.url}


def label(of: Repository, name: str) -> dict:
    return {"id": sum(name.encode()), "title": name, "color": "#dc143c", "project_id": of.id, "created_at": THEN, "updated_at": THEN, "template": False,
            "description": None, "type": "ProjectLabel", "group_id": None}


def merge_request_event(forge: "GitLab", one: Change, what: str, by: User, old: dict) -> dict:
    of, action = one.repository, ACTIONS.get(what, "update")
    changes: dict = {"updated_at": {"previous": THEN, "current": THEN}}
    labels = [label(of, name) for name in one.labels]
    if what == "opened":
        changes = {}
    elif what in ("closed", "merged", "reopened"):
        state = {"open": "opened"}.get(one.state, one.state)
        changes["state"] = {"previous": {"closed": "opened", "merged": "locked", "reopened": "closed"}[what], "current": state}
    elif what == "retargeted":
        changes["target_branch"] = {"previous": old["target_branch"], "current": one.target_branch}
    elif what == "renamed":
        changes["title"] = {"previous": old["title"], "current": one.title}
    elif what in ("labeled", "unlabeled"):
        changes["labels"] = {"previous": [label(of, name) for name in old["labels"]], "current": labels}
    elif what in ("ready", "draft"):
        changes["draft"] = {"previous": not one.draft, "current": one.draft}
        changes["title"] = {"previous": title_of(one, not one.draft), "current": title_of(one, one.draft)}
    attributes = {
        "assignee_id": None, "author_id": one.author.id, "created_at": THEN, "deleted_at": None, "description": "", "draft": one.draft,
        "head_pipeline_id": None, "id": one.id, "iid": one.number, "last_edited_at": None, "last_edited_by_id": None,
        "merge_commit_sha": one.merge_commit, "merge_error": None, "merge_params": {"force_remove_source_branch": "0"}, "merge_status": "unchecked",
        "merge_user_id": one.merged_by and one.merged_by.id, "merge_when_pipeline_succeeds": False, "milestone_id": None,
        "source_branch": one.source_branch, "source_project_id": one.source and one.source.id, "state_id": 1, "target_branch": one.target_branch,
        "target_project_id": of.id, "time_estimate": 0, "title": title_of(one, one.draft), "updated_at": THEN, "updated_by_id": None,
        "url": f"{of.url}/-/merge_requests/{one.number}", "source": one.source and project(forge, one.source), "target": project(forge, of),
        "last_commit": commit(of, history.commit_of(of.path, one.head)), "work_in_progress": one.draft, "total_time_spent": 0, "time_change": 0,
        "human_total_time_spent": None, "human_time_change": None, "human_time_estimate": None, "assignee_ids": [], "reviewer_ids": [],
        "labels": labels, "state": {"open": "opened"}.get(one.state, one.state), "blocking_discussions_resolved": True, "first_contribution": False,
        "detailed_merge_status": "draft_status" if one.draft else "mergeable", "action": action,
        **({"oldrev": old["head"]} if what == "updated" else {}),
    }  # fmt: skip
    return {"object_kind": "merge_request", "event_type": "merge_request", "user": user(forge, by), "project": project(forge, of),
            "object_attributes": attributes, "labels": labels, "changes": changes, "repository": repository(forge, of)}


def title_of(one: Change, draft: bool) -> str:
    return f"Draft: {one.title}" if draft else one.title
