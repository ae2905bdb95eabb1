"""Recordings of a cluster: what is noted of it, and what a recording says of any moment."""

from __future__ import annotations

import threading

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.cluster_runs import ACTIONS, KINDS, Moment, Node, Recorder, after, majority
from tests.sample_cluster import RUN, SampleCluster, recorder

NODES = ("n1", "n2", "n3")


def kinds(run: Recorder) -> list[str]:
    return [moment.kind for moment in run.moments]


# --- what a recording says -----------------------------------------------------------------------


def test_at_first_all_nodes_run_and_nobody_leads() -> None:
    state = after(NODES, [])
    assert state.nodes == dict.fromkeys(NODES, Node("up", 0))
    assert (state.leader, state.appends, state.acknowledged_to, state.on_a_majority) == (
        "",
        {},
        0,
        0,
    )


def test_every_moment_changes_what_it_is_about() -> None:
    assert after(NODES, RUN[:6]).on_a_majority == 1
    killed = after(NODES, RUN[:7])
    assert (killed.nodes["n1"], killed.leader) == (Node("down", 1), "")
    elected = after(NODES, RUN[:12])
    assert (elected.leader, elected.acknowledged_to, elected.on_a_majority) == ("n2", 2, 2)
    alone = after(NODES, RUN[:18])
    assert [node.state for node in alone.nodes.values()] == ["down", "up", "paused"]
    assert alone.appends == {1: "acknowledged", 2: "acknowledged", 3: "unknown", 4: "failed"}
    end = after(NODES, RUN)
    assert end.nodes == dict.fromkeys(NODES, Node("up", 3))
    assert end.acknowledged_to <= end.on_a_majority, "nothing acknowledged is lost"
    assert {moment.kind for moment in RUN} | {"stopped"} == set(KINDS)


@pytest.mark.parametrize(("nodes", "more_than_half"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_majority_is_more_than_half(nodes: int, more_than_half: int) -> None:
    assert majority(str(n) for n in range(nodes)) == more_than_half


# --- what a recorder notes -----------------------------------------------------------------------


def test_an_append_is_noted_with_its_outcome_and_who_has_it() -> None:
    run = recorder()
    assert kinds(run) == ["leads"]
    assert run.append() == "acknowledged"
    assert kinds(run) == ["leads", "sent", "acknowledged", "has", "has", "has"]
    assert [moment.position for moment in run.moments[2:]] == [1, 1, 1, 1]
    assert [moment.append for moment in run.moments[1:3]] == [1, 1]
    times = [moment.at for moment in run.moments]
    assert times == sorted(times)


def test_what_was_seen_before_is_not_noted_again() -> None:
    run = recorder()
    run.append()
    noted = len(run.moments)
    run.look()
    assert len(run.moments) == noted


@pytest.mark.parametrize(
    ("action", "state"), [("stop", "down"), ("kill", "down"), ("pause", "paused")]
)
def test_the_leader_goes_and_another_is_followed(action: str, state: str) -> None:
    run = recorder()
    run.do(action, "n1")
    assert (run.state.nodes["n1"].state, run.state.leader) == (state, "n2")
    run.append()
    assert [node.position for node in run.state.nodes.values()] == [0, 1, 1]
    run.do("resume" if action == "pause" else "start", "n1")
    assert run.state.nodes["n1"] == Node("up", 1)


def test_without_a_majority_nobody_leads_and_an_outcome_is_not_known() -> None:
    run = recorder()
    run.do("kill", "n1")
    run.do("kill", "n2")
    assert run.state.leader == ""
    assert run.append() == "unknown"
    assert run.moments[-1].words.startswith("bank: No answer came.")


def test_an_error_that_is_not_of_the_unknown_ones_says_that_nothing_was_stored() -> None:
    cluster = SampleCluster(*NODES)
    run = Recorder(cluster, cluster.append, cluster.seen, unknown=())
    run.do("kill", "n1")
    run.do("kill", "n2")
    assert run.append() == "failed"


def test_one_node_that_calls_itself_the_leader_is_not_followed() -> None:
    cluster = SampleCluster(*NODES)
    views = {"n1": (0, "n1"), "n2": (0, "n1"), "n3": (0, "n3")}
    run = Recorder(cluster, cluster.append, lambda: dict(views))
    assert run.state.leader == "n1"
    del views["n1"]  # gone, and n2 has not noticed
    run.look()
    assert run.state.leader == ""


def test_it_settles_when_a_leader_is_followed_and_all_have_the_same() -> None:
    cluster = SampleCluster(*NODES)
    views = iter([(0, ""), (0, ""), (4, ""), (4, "n2")])
    seen = (0, "")

    def look() -> dict[str, tuple[int, str]]:
        nonlocal seen
        seen = next(views, seen)
        return dict.fromkeys(NODES, seen)

    run = Recorder(cluster, cluster.append, look)
    run.settle(60)
    assert (run.state.leader, run.state.on_a_majority) == ("n2", 4)


def test_it_waits_for_no_leader_where_there_can_be_none() -> None:
    run = recorder()
    for node in ("n1", "n2"):
        run.do("kill", node)
    run.settle(1e9)


@pytest.mark.parametrize(
    ("action", "node", "named"), [("burn", "n1", "action"), ("kill", "n9", "node")]
)
def test_what_cannot_be_done_is_refused(action: str, node: str, named: str) -> None:
    with pytest.raises(es.InvalidInput, match=f"^{named}: is one of"):
        recorder().do(action, node)
    assert set(ACTIONS) == {"stop", "kill", "start", "pause", "resume"}


def test_threads_may_share_it() -> None:
    run = recorder()
    threads = [threading.Thread(target=lambda: [run.append() for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.state.appends == dict.fromkeys(range(1, 81), "acknowledged")
    assert run.state.acknowledged_to == 80


def test_a_recording_is_plain_data() -> None:
    run = recorder()
    run.append()
    assert run.moments[1] == Moment(run.moments[1].at, "sent", append=1)
