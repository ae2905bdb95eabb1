"""The tamper lab without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.integrity import merkle
from eventsourcing_kit.integrity.tampering import ATTACKS, Attacked
from eventsourcing_kit.widgets import TamperLab
from eventsourcing_kit.widgets.tamper_lab.data import changes, tree
from tests.widgets.sample import HOSTILE, attacks


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, bool], Attacked]:
    return {(one.attack, one.rehash): one for one in attacks()}


@pytest.fixture
def widget(made: dict[tuple[str, bool], Attacked]) -> TamperLab:
    return TamperLab(made.values())


def test_it_begins_with_the_first_attack_and_no_defence(widget: TamperLab) -> None:
    assert repr(widget) == "TamperLab(change an amount; no defence: nobody notices)"
    widget.on = ["signature"]
    assert repr(widget) == "TamperLab(change an amount; signature: noticed by signature)"
    widget.on, widget.rehash = ["chain"], True
    assert repr(widget).endswith("change an amount, hashes made anew; chain: nobody notices)")


def test_switches_come_in_one_order(widget: TamperLab) -> None:
    widget.on = ["witness", "trigger"]
    assert widget.on == ["trigger", "witness"]


@pytest.mark.parametrize(("trait", "value"), [("attack", "earthquake"), ("on", ["luck"])])
def test_what_was_not_made_is_refused(widget: TamperLab, trait: str, value: Any) -> None:
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(widget, trait, value)


def test_bad_attacks_are_refused(made: dict[tuple[str, bool], Attacked]) -> None:
    one = next(iter(made.values()))
    for bad in ([], [one, one], [replace(one, noticed={})]):
        with pytest.raises(es.InvalidInput, match="attacks"):
            TamperLab(bad)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_bytes_that_differ_are_those_and_no_others(
    made: dict[tuple[str, bool], Attacked], name: str
) -> None:
    for pair in changes(made[name, False])["shown"]:
        before, after = pair["before"], pair["after"]
        if before is None or after is None:
            assert before or after
            continue
        assert "".join(t for t, d in before if not d) == "".join(t for t, d in after if not d)
        assert [t for t, d in before if d] != [t for t, d in after if d]


def test_an_amount_alone_is_marked(made: dict[tuple[str, bool], Attacked]) -> None:
    [pair] = changes(made["change an amount", False])["shown"]
    [[was], [now]] = ([t for t, differs in pair[side] if differs] for side in ("before", "after"))
    assert now == was + "0"


def test_what_only_stands_elsewhere_is_counted(made: dict[tuple[str, bool], Attacked]) -> None:
    one = made["delete one from the middle", False]
    found = changes(one)
    assert found["shown"][0]["after"] is None
    assert len(found["shown"]) + found["more"] + found["moved"] + one.place == len(one.before)
    assert found["moved"] > 0


@pytest.mark.parametrize("name", ATTACKS)
def test_the_path_is_the_one_of_the_proof(
    made: dict[tuple[str, bool], Attacked], name: str
) -> None:
    nodes = tree(made[name, False])
    root, *_ = nodes
    path = [node for node in nodes if node["role"] == "path"]
    proof = [node for node in nodes if node["role"] == "proof"]
    assert len(proof) == len(path) - 1
    leaf = next(node for node in path if node["height"] == 0)
    beside = [bytes.fromhex(n["was"]) for n in sorted(proof, key=lambda n: n["to"] - n["from"])]
    assert merkle.verify_inclusion(
        bytes.fromhex(leaf["was"]), leaf["from"], root["to"], beside, bytes.fromhex(root["was"])
    )
    # A seal says where its event belongs: moved with it, the leaf is the same. `verify` compares.
    assert (root["now"] == root["was"]) is (name == "move one to another stream")


def test_the_picture_tells_who_noticed_and_is_the_same_every_time(widget: TamperLab) -> None:
    widget.on = ["signature", "chain"]
    picture = widget.picture()
    assert picture == widget.picture()
    words = " ".join(ET.fromstring(picture).itertext())
    assert "Noticed by chain and signature" in words
    assert "before" in words


def test_what_stays_behind_does_not_tell_who_notices(widget: TamperLab) -> None:
    widget.on = ["signature"]
    still = widget.still()
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert "Who notices?" in words
    assert "signature:" not in words
    assert "oticed" not in still["text/plain"]


def test_a_title_is_escaped(made: dict[tuple[str, bool], Attacked]) -> None:
    ET.fromstring(TamperLab(made.values(), title=HOSTILE).picture())
