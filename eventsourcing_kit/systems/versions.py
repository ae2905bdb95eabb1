"""Version control: commits are events, a working tree is a fold, blame and bisect are replays.

A stream is one repository ("repository-notes"), since a branch and the commit that it points to
must change together. A commit's id is a hash of what is in it and of its parents, so nobody can
change an old commit without changing all that came after: the idea of Git, in small. A fold per
file and commit is what snapshots are for here, and Git stores nothing else.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, assert_never

from ..codec import EventTypes
from ..decider import Decider, fold
from ..errors import DomainError
from ..event import canonical_json

Files = Mapping[str, str]  # path to text
Changes = Mapping[str, str | None]  # None: the file is removed


@dataclass(frozen=True)
class CommitMade:
    """`changes` are against the first of the parents."""

    commit: str
    parents: list[str]
    author: str
    message: str
    changes: dict[str, str | None]


@dataclass(frozen=True)
class BranchPointed:
    branch: str
    commit: str


RepositoryEvent = CommitMade | BranchPointed


@dataclass(frozen=True)
class Commit:
    branch: str
    author: str
    message: str
    changes: Changes


@dataclass(frozen=True)
class Branch:
    name: str
    at: str  # another branch


@dataclass(frozen=True)
class Merge:
    into: str
    branch: str
    author: str


RepositoryCommand = Commit | Branch | Merge


@dataclass(frozen=True)
class Repository:
    """All commits by id, and where each branch points."""

    commits: Mapping[str, CommitMade] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)

    def files(self, commit: str) -> Files:
        """The working tree at a commit: a fold over the changes of its line of first parents."""
        empty: Files = {}
        return fold(_change, (each.changes for each in reversed(list(self.line(commit)))), empty)

    def line(self, commit: str) -> Iterator[CommitMade]:
        """A commit and its first parents, the newest first."""
        while commit:
            found = self.commits[commit]
            yield found
            commit = found.parents[0] if found.parents else ""

    def ancestors(self, commit: str) -> set[str]:
        """A commit and all that it stands on, by any parent."""
        found: set[str] = set()
        todo = [commit]
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += self.commits[each].parents
        return found


class Conflict(DomainError):
    """Both branches changed a file, each in its own way."""


class NoSuchBranch(DomainError):
    """There is no branch of this name, or there is one already."""


def evolve(repository: Repository, event: RepositoryEvent) -> Repository:
    """The repository after one more event."""
    match event:
        case CommitMade():
            return replace(repository, commits={**repository.commits, event.commit: event})
        case BranchPointed(branch, commit):
            return replace(repository, branches={**repository.branches, branch: commit})
        case _:
            assert_never(event)


def decide(command: RepositoryCommand, repository: Repository) -> list[RepositoryEvent]:
    """What follows from a command. Raises Conflict and NoSuchBranch."""
    match command:
        case Commit(branch, author, message, changes):
            if repository.branches and branch not in repository.branches:
                raise NoSuchBranch(branch)
            parents = [repository.branches[branch]] if repository.branches else []
            return _made(branch, parents, author, message, changes)
        case Branch(name, at):
            if name in repository.branches or at not in repository.branches:
                raise NoSuchBranch(name if at in repository.branches else at)
            return [BranchPointed(name, repository.branches[at])]
        case Merge(into, branch, author):
            for each in (into, branch):
                if each not in repository.branches:
                    raise NoSuchBranch(each)
            ours, theirs = repository.branches[into], repository.branches[branch]
            changes = merged(repository, ours, theirs)
            return _made(into, [ours, theirs], author, f"Merge {branch} into {into}", changes)
        case _:
            assert_never(command)


def merged(repository: Repository, ours: str, theirs: str) -> Changes:
    """What `theirs` adds to `ours`, file by file, seen from their newest common ancestor.

    Raises Conflict for a file that both changed differently.
    """
    common = repository.ancestors(ours) & repository.ancestors(theirs)
    base = max(common, key=list(repository.commits).index, default="")
    a, b = repository.files(ours), repository.files(theirs)
    old = repository.files(base) if base else {}
    changes = {}
    for path in sorted(a.keys() | b.keys() | old.keys()):
        before, mine, other = old.get(path), a.get(path), b.get(path)
        if other in (before, mine):
            continue
        if mine != before:
            raise Conflict(path)
        changes[path] = other
    return changes


def blame(repository: Repository, commit: str, path: str) -> list[tuple[str, str]]:
    """For each line of a file the commit that it came with: (commit, line)."""
    lines: list[tuple[str, str]] = []
    for each in reversed(list(repository.line(commit))):
        if path in each.changes:
            new = (each.changes[path] or "").splitlines()
            lines = _carried(lines, new, each.commit)
    return lines


def bisect(commits: Sequence[str], is_bad: Callable[[str], bool]) -> str:
    """The first bad commit of a line, the oldest first, whose last is bad, in log2(n) replays."""
    good, bad = -1, len(commits) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if is_bad(commits[middle]) else (middle, bad)
    return commits[bad]


def _change(files: Files, changes: Changes) -> Files:
    after = {**files, **changes}
    return {path: text for path, text in after.items() if text is not None}


def _made(
    branch: str, parents: list[str], author: str, message: str, changes: Changes
) -> list[RepositoryEvent]:
    content = {"parents": parents, "author": author, "message": message, "changes": dict(changes)}
    commit = sha256(canonical_json(content).encode()).hexdigest()[:8]
    return [
        CommitMade(commit, parents, author, message, dict(changes)),
        BranchPointed(branch, commit),
    ]


def _carried(old: list[tuple[str, str]], new: list[str], commit: str) -> list[tuple[str, str]]:
    """The lines of `new`: those that were there keep their commit."""
    matcher = difflib.SequenceMatcher(a=[line for _, line in old], b=new, autojunk=False)
    found = [(commit, line) for line in new]
    for block in matcher.get_matching_blocks():
        for i in range(block.size):
            found[block.b + i] = old[block.a + i]
    return found


repository: Final[Decider[RepositoryCommand, RepositoryEvent, Repository]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Repository(),
    is_terminal=lambda _: False,
    event_types=EventTypes([CommitMade, BranchPointed]),
)
