"""The cluster lab without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.cluster_runs import Moment, Recorder
from eventsourcing_kit.widgets import ClusterLab
from tests.sample_cluster import RUN, SampleCluster, recorder
from tests.widgets.sample import HOSTILE


def press(lab: ClusterLab, action: str, node: str = "") -> str:
    """What the browser asks for, and what is said of it."""
    number = str(int(lab.draft["number"]) + 1)
    lab.draft = {"number": number, "action": action, "node": node}
    assert lab.answer["draft"] == lab.draft
    return str(lab.answer["said"])


# --- a recording ---------------------------------------------------------------------------------


def test_what_it_says_of_a_run() -> None:
    lab = ClusterLab(RUN)
    assert repr(lab) == ("ClusterLab(3 nodes; 4 appends: 2 acknowledged, 1 failed, 1 unknown)")
    assert (lab.index, lab.moments) == (len(RUN), RUN)
    assert repr(ClusterLab([], nodes=["n1"])) == "ClusterLab(1 node; 0 appends: none)"


def test_the_picture_goes_as_far_as_the_head() -> None:
    lab = ClusterLab(RUN, title=HOSTILE)
    words = list(ET.fromstring(lab.picture()).itertext())
    assert any("<img src=x onerror" in text for text in words)
    assert words.count("?") == 1
    lab.index = 6
    assert "?" not in list(ET.fromstring(lab.picture()).itertext())


def test_what_stays_behind_is_the_same_whoever_led_and_whenever_it_was_seen() -> None:
    other = [
        replace(one, at=3 * one.at, node="n3" if one.kind == "leads" else one.node)
        for one in RUN
        if one.kind != "has"
    ]
    another = ClusterLab(other, nodes=["n2"])
    assert another.still() == ClusterLab(RUN).still()
    assert another.picture() != ClusterLab(RUN).picture()


def test_what_stays_behind_is_the_same_whichever_node_was_hurt() -> None:
    turned = {"n1": "n3", "n2": "n1", "n3": "n2", "": ""}
    another = ClusterLab([replace(one, node=turned[one.node]) for one in RUN])
    assert another.still() == ClusterLab(RUN).still()
    assert {"A", "B", "C"} <= set(ET.fromstring(another.still()["image/svg+xml"]).itertext())


def test_buttons_of_a_recording_do_nothing() -> None:
    lab = ClusterLab(RUN)
    assert msgspec.json.decode(lab.packed) == {
        "nodes": ["n1", "n2", "n3"], "live": False, "majority": 2
    }  # fmt: skip
    assert press(lab, "kill", "n1") == ""
    assert lab.moments == RUN


@pytest.mark.parametrize(
    ("run", "nodes", "named"),
    [
        ([], [], "nodes"),
        ([], map(str, range(8)), "nodes"),
        ([Moment(0, "burnt", "n1")], ["n1"], "burnt"),
        ([Moment(0, "killed")], ["n1"], "killed"),
        ([RUN[0]] * 2_001, [], "2,000"),
    ],
)
def test_what_cannot_be_shown_is_refused(run: Any, nodes: Any, named: str) -> None:
    with pytest.raises(es.InvalidInput, match=named):
        ClusterLab(run, nodes=nodes)


def test_a_moment_that_is_not_there_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="index"):
        ClusterLab(RUN).index = len(RUN) + 1


# --- a cluster behind it -------------------------------------------------------------------------


def test_a_button_acts_on_the_cluster_and_the_run_goes_on() -> None:
    run = recorder()
    lab = ClusterLab(run)
    assert msgspec.json.decode(lab.packed)["live"] is True
    assert press(lab, "append") == ""
    assert press(lab, "kill", "n1") == ""
    assert lab.moments == run.moments
    assert lab.index == len(run.moments)
    assert (run.state.nodes["n1"].state, run.state.leader) == ("down", "n2")
    assert press(lab, "start", "n1") == ""
    assert press(lab, "pause", "n3") == ""
    assert press(lab, "resume", "n3") == ""
    assert repr(lab) == "ClusterLab(3 nodes; 1 append: 1 acknowledged)"


def test_an_append_without_a_majority_is_told_as_its_outcome() -> None:
    lab = ClusterLab(recorder())
    for node in ("n1", "n2"):
        press(lab, "kill", node)
    assert press(lab, "append") == ""
    assert repr(lab) == "ClusterLab(3 nodes; 1 append: 1 unknown)"


def test_what_happened_elsewhere_is_seen_by_looking() -> None:
    run = recorder()
    lab = ClusterLab(run)
    run.append()
    assert lab.moments != run.moments
    press(lab, "look")
    assert lab.moments == run.moments


@pytest.mark.parametrize(("action", "node"), [("burn", "n1"), ("kill", "n9"), ("kill", HOSTILE)])
def test_what_cannot_be_done_is_said(action: str, node: str) -> None:
    assert press(ClusterLab(recorder()), action, node).startswith("InvalidInput: ")


def test_a_bug_is_an_error_in_sight_and_ends_no_buttons() -> None:
    cluster = SampleCluster("n1")
    run = Recorder(cluster, lambda: 1 // 0, cluster.seen)
    lab = ClusterLab(run)
    lab.set_state({"draft": {"number": "1", "action": "append", "node": ""}})
    assert lab.error == "ZeroDivisionError: integer division or modulo by zero"
    assert lab.answer["draft"]["number"] == "1"
    assert [moment.kind for moment in lab.moments] == ["leads", "sent"]


def test_a_draft_is_three_texts() -> None:
    with pytest.raises(es.InvalidInput, match="draft"):
        ClusterLab(RUN).draft = {"action": "kill"}
