"""What git says of a bare repository, and how commits get into it without a working tree."""

import pathlib
from dataclasses import dataclass

from support.git_server import git

ZERO = "0" * 40


@dataclass
class Commit:
    """One commit as a webhook tells of it."""

    sha: str
    tree: str
    parents: list[str]
    author: str
    email: str
    when: str  # ISO 8601
    message: str
    added: list[str]
    removed: list[str]
    modified: list[str]


def refs_of(path: pathlib.Path) -> dict[str, str]:
    """Branches and tags, an annotated tag with its own object's id."""
    lines = git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags", at=path).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


def resolve(path: pathlib.Path, name: str) -> str | None:
    """The commit that a ref or an id names, if it is there."""
    found = git("rev-list", "--no-walk", "--ignore-missing", "--end-of-options", name, at=path) if has(path, name) else ""
    return found or None


def has(path: pathlib.Path, name: str) -> bool:
    answer = git("cat-file", "--batch-check", at=path, stdin=f"{name}^{{commit}}\n".encode())
    return not answer.endswith((" missing", " ambiguous"))


def commit_of(path: pathlib.Path, name: str) -> Commit:
    text = git("show", "-s", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B", f"{name}^{{commit}}", at=path)
    sha, tree, parents, author, email, when, message = text.split("\0", 6)
    changes: dict[str, list[str]] = {"A": [], "D": [], "M": []}
    words = git("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--no-renames", "--name-status", sha, at=path).split("\0")
    for kind, name in zip(words[::2], words[1::2], strict=False):
        changes["M" if kind == "T" else kind].append(name)
    return Commit(sha, tree, parents.split(), author, email, when, message + "\n", changes["A"], changes["D"], changes["M"])


def commits_between(path: pathlib.Path, ref: str, before: str, after: str, most: int) -> list[Commit]:
    """What a push brought, the oldest first; of a new ref what no other branch had."""
    if after == ZERO:
        return []
    others = [other for other in refs_of(path) if other.startswith("refs/heads/") and other != ref]
    without = [f"^{before}"] if before != ZERO else [f"^{other}" for other in others]
    shas = git("rev-list", f"--max-count={most}", f"{after}^{{commit}}", *without, at=path).split()
    return [commit_of(path, sha) for sha in reversed(shas)]


def is_ancestor(path: pathlib.Path, old: str, new: str) -> bool:
    return git("rev-list", "--max-count=1", old, f"^{new}", at=path) == ""


def is_forced(path: pathlib.Path, ref: str, before: str, after: str) -> bool:
    """Whether a push took commits away."""
    return ZERO not in (before, after) and ref.startswith("refs/heads/") and not is_ancestor(path, before, after)


def branches_with(path: pathlib.Path, sha: str) -> list[str]:
    return git("for-each-ref", "--format=%(refname:short)", "--contains", sha, "refs/heads", at=path).split()


def write(path: pathlib.Path, branch: str, files: dict[str, str | None], *, parents: list[str], message: str, author: str, email: str,
          base: str | None = None) -> str:
    """A commit with these files changed, or removed where they are None, as the new tip of a branch: its id. A text "-> path" makes a link to
    there. `base` is the commit whose files it begins with, of several parents the first unless said otherwise."""
    begin = base or (parents[0] if parents else None)
    lines = [f"commit refs/heads/{branch}", f"author {author} <{email}> now", f"committer {author} <{email}> now", data(message)]
    lines += [f"{word} {parent}" for word, parent in zip(["from", *["merge"] * 9], parents, strict=False)]
    if begin and begin not in parents[:1]:
        lines.append(f"M 040000 {git('rev-parse', begin + '^{tree}', at=path)} ")
    for name, text in files.items():
        mode = "100755" if (text or "").startswith("#!") else "120000" if (text or "").startswith("-> ") else "100644"
        lines.append(f"D {name}" if text is None else f"M {mode} inline {name}\n{data(text.removeprefix('-> '))}")
    stream = "\n".join(lines) + "\n\n"
    git("fast-import", "--quiet", "--force", "--date-format=now", at=path, stdin=stream.encode())
    return git("rev-parse", f"refs/heads/{branch}", at=path)


def data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"
