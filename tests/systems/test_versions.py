"""Version control: working trees, merges, blame and bisect, all from commits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsourcing_kit.decider import fold
from eventsourcing_kit.systems import versions as v


def made(*commands: v.RepositoryCommand) -> v.Repository:
    return fold(v.evolve, history(commands), v.Repository())


def history(commands: Sequence[v.RepositoryCommand]) -> list[v.RepositoryEvent]:
    events: list[v.RepositoryEvent] = []
    for command in commands:
        events += v.decide(command, fold(v.evolve, events, v.Repository()))
    return events


def commit(branch: str = "main", author: str = "ann", **changes: str | None) -> v.Commit:
    return v.Commit(branch, author, "some words", changes)


def tree(repository: v.Repository, branch: str = "main") -> v.Files:
    return repository.files(repository.branches[branch])


def test_a_tree_is_a_fold_over_changes() -> None:
    repository = made(commit(a="1", b="2"), commit(a="3"), commit(b=None))
    assert tree(repository) == {"a": "3"}


def test_an_old_commit_keeps_its_tree() -> None:
    first, *_ = history([commit(a="1"), commit(a="2")])
    assert isinstance(first, v.CommitMade)
    assert made(commit(a="1"), commit(a="2")).files(first.commit) == {"a": "1"}


def test_the_same_content_has_the_same_id_and_other_parents_another() -> None:
    one, other = made(commit(a="1")), made(commit(a="1"))
    assert one.branches == other.branches
    assert made(commit(a="0"), commit(a="1")).branches != one.branches


def test_branches_do_not_see_each_other() -> None:
    repository = made(commit(a="1"), v.Branch("idea", "main"), commit("idea", a="2"))
    assert (tree(repository), tree(repository, "idea")) == ({"a": "1"}, {"a": "2"})


def test_a_merge_brings_what_the_other_changed() -> None:
    repository = made(
        commit(a="1", b="1", c="1"),
        v.Branch("idea", "main"),
        commit("idea", a="2", c=None, d="new"),
        commit("main", b="2"),
        v.Merge("main", "idea", "ben"),
    )
    assert tree(repository) == {"a": "2", "b": "2", "d": "new"}
    assert tree(repository, "idea") == {"a": "2", "b": "1", "d": "new"}


def test_a_second_merge_begins_where_the_first_ended() -> None:
    repository = made(
        commit(a="1"),
        v.Branch("idea", "main"),
        commit("idea", a="2"),
        v.Merge("main", "idea", "ben"),
        commit("idea", a="3"),
        v.Merge("main", "idea", "ben"),
    )
    assert tree(repository) == {"a": "3"}


def test_both_may_make_the_same_change() -> None:
    commands = commit(a="1"), v.Branch("idea", "main"), commit("idea", a="2"), commit(a="2")
    assert tree(made(*commands, v.Merge("main", "idea", "ben"))) == {"a": "2"}


def test_two_changes_of_a_file_conflict() -> None:
    repository = made(commit(a="1"), v.Branch("idea", "main"), commit("idea", a="2"), commit(a="3"))
    with pytest.raises(v.Conflict, match="a"):
        v.decide(v.Merge("main", "idea", "ben"), repository)


@pytest.mark.parametrize(
    "command", [commit("nowhere"), v.Branch("x", "nowhere"), v.Branch("main", "main"),
                v.Merge("main", "nowhere", "ben"), v.Merge("nowhere", "main", "ben")]
)  # fmt: skip
def test_branches_must_be_there(command: v.RepositoryCommand) -> None:
    with pytest.raises(v.NoSuchBranch):
        v.decide(command, made(commit(a="1")))


def test_blame_names_the_commit_of_each_line() -> None:
    events = history([commit(a="one\ntwo"), commit(a="zero\none\n2")])
    first, second = [event.commit for event in events if isinstance(event, v.CommitMade)]
    repository = fold(v.evolve, events, v.Repository())
    assert v.blame(repository, second, "a") == [(second, "zero"), (first, "one"), (second, "2")]


def test_blame_forgets_a_file_that_was_removed() -> None:
    events = history([commit(a="one"), commit(a=None), commit(a="one")])
    repository = fold(v.evolve, events, v.Repository())
    last = repository.branches["main"]
    assert v.blame(repository, last, "a") == [(last, "one")]


@given(st.integers(1, 300), st.data())
def test_bisect_finds_the_first_bad_one_in_few_tries(count: int, data: st.DataObject) -> None:
    first_bad = data.draw(st.integers(0, count - 1))
    tried: list[str] = []

    def is_bad(commit: str) -> bool:
        tried.append(commit)
        return int(commit) >= first_bad

    assert v.bisect([str(i) for i in range(count)], is_bad) == str(first_bad)
    assert len(tried) <= count.bit_length()
