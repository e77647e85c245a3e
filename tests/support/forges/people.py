"""Who works at a forge and what they do there: users, tokens, repositories, pull and merge requests."""

import itertools
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.forges import history
from support.forges.courier import Webhook
from support.forges.history import ZERO
from support.git_server import git

if TYPE_CHECKING:
    from support.forges.forge import Forge

RIGHTS = frozenset({"read", "push", "webhooks", "statuses"})


@dataclass(frozen=True)
class User:
    id: int
    login: str
    name: str

    @property
    def email(self) -> str:
        return f"{self.login}@forge.example"


@dataclass
class Token:
    """`rights` are those of RIGHTS that it has; a forge puts its own words to what is missing. Of `kind` "classic", what is missing looks as if
    it were not there."""

    value: str
    user: User
    rights: frozenset[str] = RIGHTS
    kind: str = "fine"
    state: str = "active"  # or "expired", "revoked"


@dataclass
class Status:
    """What was said of a commit, in the forge's own word."""

    id: int
    sha: str
    context: str
    state: str
    description: str
    target_url: str
    user: User
    ref: str | None = None


@dataclass
class Change:
    """A pull or merge request. `head` is the commit that its ref in the target's repository has."""

    number: int
    id: int
    repository: "Repository"
    source: "Repository | None"  # None: it was deleted
    source_branch: str
    target_branch: str
    title: str
    author: User
    head: str
    draft: bool = False
    labels: list[str] = field(default_factory=list)
    state: str = "open"  # or "closed", "merged"
    merge_commit: str | None = None
    merged_by: User | None = None

    @property
    def ref(self) -> str:
        return f"{self.repository.forge.change_refs}/{self.number}/head"

    @property
    def is_fork(self) -> bool:
        return self.source is not self.repository

    @property
    def base(self) -> str:
        return self.repository.tip(self.target_branch)

    # What people do to it. `by` is its author unless said otherwise.

    def push(self, files: dict[str, str | None], by: User | None = None, **options) -> str:
        """A commit to its source branch: the head that it has then."""
        return self.source.push(files, self.source_branch, by=by or self.author, **options)

    def close(self, by: User | None = None) -> None:
        self._tell("closed", by, state="closed")

    def reopen(self, by: User | None = None) -> None:
        self._tell("reopened", by, state="open")

    def retarget(self, branch: str, by: User | None = None) -> None:
        old = {"target_branch": self.target_branch, "base": self.base}
        self._tell("retargeted", by, old=old, target_branch=branch)

    def rename(self, title: str, by: User | None = None) -> None:
        self._tell("renamed", by, old={"title": self.title}, title=title)

    def label(self, name: str, by: User | None = None) -> None:
        self._tell("labeled", by, old={"labels": self.labels, "label": name}, labels=[*self.labels, name])

    def unlabel(self, name: str, by: User | None = None) -> None:
        self._tell("unlabeled", by, old={"labels": self.labels, "label": name}, labels=[label for label in self.labels if label != name])

    def ready(self, by: User | None = None) -> None:
        self._tell("ready", by, draft=False)

    def back_to_draft(self, by: User | None = None) -> None:
        self._tell("draft", by, draft=True)

    def merge(self, by: User) -> str:
        """With a merge commit: its id. The push to the target branch is told, too."""
        repository = self.repository
        with repository.forge.lock:
            before = repository.refs()
            words = f"Merge branch '{self.source_branch}' into '{self.target_branch}'\n\n{self.title}\n"
            self.merge_commit = history.write(
                repository.path, self.target_branch, {}, parents=[self.base, self.head], base=self.head, message=words, author=by.name,
                email=by.email)
            self.merged_by = by
            self._tell("merged", by, state="merged")
            repository.pushed(by, before)
        return self.merge_commit

    def _tell(self, what: str, by: User | None, old: dict | None = None, **new) -> None:
        forge = self.repository.forge
        with forge.lock:
            for name, value in new.items():
                setattr(self, name, value)
            forge.tell_change(self, what, by or self.author, old or {})

    def head_moved(self, by: User, before: str) -> None:
        self.repository.forge.tell_change(self, "updated", by, {"head": before})


class Repository:
    """A bare repository below the forge's folder, and what the forge knows of it."""

    def __init__(self, forge: "Forge", number: int, full_name: str, owner: User, *, private: bool, default_branch: str,
                 parent: "Repository | None" = None):
        self.forge, self.id, self.full_name, self.owner = forge, number, full_name, owner
        self.private, self.default_branch, self.parent = private, default_branch, parent
        self.path = forge.root / (full_name + ".git")
        self.members: dict[User, str] = {owner: "admin"}  # or "write", "read"
        self.webhooks: dict[int, Webhook] = {}
        self.statuses: list[Status] = []
        self.changes: dict[int, Change] = {}
        self._numbers = itertools.count(1)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if parent:
            git("clone", "-q", "--bare", parent.path, self.path)
        else:
            git("init", "-q", "--bare", "-b", default_branch, self.path)

    def __repr__(self) -> str:
        return f"<{self.forge.kind} {self.full_name} #{self.id}>"

    @property
    def name(self) -> str:
        return self.full_name.rsplit("/", 1)[1]

    @property
    def url(self) -> str:
        """Of its web page, which is what people copy."""
        return f"{self.forge.url}/{self.full_name}"

    @property
    def clone_url(self) -> str:
        return self.url + ".git"

    def clone_url_with(self, token: Token) -> str:
        return self.clone_url.replace("://", f"://{self.forge.git_user}:{token.value}@")

    def role(self, user: User | None) -> str | None:
        return (user and self.members.get(user)) or (None if self.private else "read")

    def may(self, user: User | None, role: str) -> bool:
        order = [None, "read", "write", "admin"]
        return order.index(self.role(user)) >= order.index(role)

    def refs(self) -> dict[str, str]:
        return history.refs_of(self.path)

    def tip(self, branch: str) -> str:
        return git("rev-parse", "--verify", f"refs/heads/{branch}", at=self.path)

    # What people do to it.

    def push(self, files: dict[str, str | None], branch: str | None = None, *, by: User | None = None, message: str = "a commit",
             author: str | None = None, onto: str | None = None, then: tuple[dict[str, str | None], ...] = ()) -> str:
        """A commit on a branch with these files changed (None: removed), as one who pushes it: its id. `author` is what the commit claims.
        `onto` is the commit that it follows: by default the branch's tip, or the default branch's for a new branch. Another one makes it
        a force push. `then` are more commits of the same push."""
        by, branch = by or self.owner, branch or self.default_branch
        with self.forge.lock:
            before = self.refs()
            tip = onto or before.get(f"refs/heads/{branch}") or before.get(f"refs/heads/{self.default_branch}")
            for one in (files, *then):
                tip = history.write(self.path, branch, one, parents=[tip] if tip else [], message=message, author=author or by.name, email=by.email)
            self.pushed(by, before)
        return tip

    def tag(self, name: str, sha: str | None = None, *, by: User | None = None, message: str | None = None) -> str:
        """The id that the tag has: with a message it is an annotated one, an object of its own."""
        with self.forge.lock:
            before = self.refs()
            words = ["-a", "-m", message] if message else []
            git("tag", "-f", *words, "--end-of-options", name, sha or self.tip(self.default_branch), at=self.path)
            self.pushed(by or self.owner, before)
        return self.refs()[f"refs/tags/{name}"]

    def set_branch(self, branch: str, sha: str, by: User | None = None) -> None:
        """Creates it, or moves it without asking."""
        with self.forge.lock:
            before = self.refs()
            git("update-ref", f"refs/heads/{branch}", sha, at=self.path)
            self.pushed(by or self.owner, before)

    def delete(self, ref: str, by: User | None = None) -> None:
        with self.forge.lock:
            before = self.refs()
            git("update-ref", "-d", ref, at=self.path)
            self.pushed(by or self.owner, before)

    def fork(self, by: User, name: str | None = None) -> "Repository":
        return self.forge.repository(f"{by.login}/{name or self.name}", by, private=self.private, parent=self)

    def open_change(self, branch: str, title: str = "a change", *, source: "Repository | None" = None, into: str | None = None,
                    by: User | None = None, draft: bool = False, labels: tuple[str, ...] = ()) -> Change:
        """A pull or merge request of a branch of `source`, which is this repository unless it is a fork."""
        source = source or self
        with self.forge.lock:
            number = next(self._numbers)
            change = Change(number, self.forge.next_id(), self, source, branch, into or self.default_branch, title, by or source.owner,
                            source.tip(branch), draft, list(labels))
            self.changes[number] = change
            self._fetch_head(change)
            self.forge.tell_change(change, "opened", change.author, {})
        return change

    def deleted(self) -> None:
        """By its owner. Changes that came from it stay where they are."""
        with self.forge.lock:
            self.forge.forget(self)
            for change in self.forge.all_changes():
                if change.source is self:
                    change.source = None
            shutil.rmtree(self.path)

    def webhook_deleted(self) -> None:
        """All of them, by a person at the forge's pages."""
        with self.forge.lock:
            self.webhooks.clear()

    def webhook_disabled(self) -> None:
        with self.forge.lock:
            for webhook in self.webhooks.values():
                self.forge.disable(webhook)

    # What is known of commits

    def history_of(self, sha: str, context: str) -> list[str]:
        """The states that were set, the oldest first."""
        return [status.state for status in list(self.statuses) if (status.sha, status.context) == (sha, context)]

    def statuses_of(self, sha: str) -> dict[str, Status]:
        """By context the newest."""
        return {status.context: status for status in list(self.statuses) if status.sha == sha}

    # What follows a push

    def pushed(self, by: User, before: dict[str, str]) -> None:
        """Tells of everything that differs from `before`, and moves the heads of changes."""
        now = self.refs()
        for ref in sorted(before.keys() | now.keys()):
            old, new = before.get(ref, ZERO), now.get(ref, ZERO)
            if old != new:
                self.forge.tell_push(self, by, ref, old, new)
                if ref.startswith("refs/heads/") and new != ZERO:
                    self._move_changes(ref.removeprefix("refs/heads/"), by)

    def _move_changes(self, branch: str, by: User) -> None:
        for change in self.forge.all_changes():
            if change.source is self and change.source_branch == branch and change.state == "open":
                before, change.head = change.head, self.tip(branch)
                if before != change.head:
                    change.repository._fetch_head(change)
                    change.head_moved(by, before)

    def _fetch_head(self, change: Change) -> None:
        if change.is_fork:
            git("fetch", "-q", "--no-tags", change.source.path, f"+refs/heads/{change.source_branch}:{change.ref}", at=self.path)
        else:
            git("update-ref", change.ref, change.head, at=self.path)
