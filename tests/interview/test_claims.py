"""A card's claim is run: each prints what stands in its file, and could have printed otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import servers
from eventsourcing_kit.errors import ServerMissing
from eventsourcing_kit.interview.claims import Claim, by_card, parse, run
from eventsourcing_kit.interview.corpus import load
from eventsourcing_kit.interview.session import Session
from tests.real_servers import JETSTREAM, POSTGRES

CLAIMS = list(by_card().values())
SERVERS = {"postgres": POSTGRES, "jetstream": JETSTREAM}


HERE = [claim for claim in CLAIMS if not claim.needs]


@pytest.mark.parametrize("claim", HERE, ids=lambda claim: claim.id)
def test_it_prints_what_its_file_says(claim: Claim) -> None:
    assert run(claim).output == claim.prints


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_it_is_short_and_belongs_to_a_question(claim: Claim) -> None:
    assert claim.id in {question.id for question in load().questions}
    assert len(claim.code.splitlines()) <= 36
    assert 1 <= len(claim.prints.splitlines()) <= 8
    assert claim.says.endswith(".")
    assert claim.needs in ("", *SERVERS)
    for name in SERVERS:
        assert (f"es.servers.{name}(" in claim.code) is (claim.needs == name)


def test_the_bank_shows_much_of_what_it_says() -> None:
    assert len(CLAIMS) >= 36


# For some, the cure taken out: a cell that shows nothing would print the same.
WITHOUT_THE_CURE = {
    "concurrency-expected-version": ("(1, es.ANY)", "(es.ANY, es.ANY)"),
    "concurrency-merge-conflicts": ("commutes=both_deposits", ""),
    "concurrency-timeout-retry": ("(1, 1)", "(1, 3)"),
    "concurrency-two-withdrawals": ("expected_version=checked, unique=checked", ""),
    "concurrency-unique-username": ("es.NO_STREAM)\n        print", "es.ANY)\n        print"),
    "ledgers-authorise-capture": ("final=False", "final=True"),
    "ledgers-split-by-three": ("es.banking.money.split(total, [1, 1, 1])", "rounded"),
    "order-gaps": ("polling(lock=lock)", "polling(lock=False)"),
    "processes-idempotent-receiver": ("command_id=inbox", ""),
    "processes-outbox": ("event.position == dies_after", "False"),
    "projections-checkpoint-crash": ('("BEGIN", ADD, SAVE, "COMMIT")', "(ADD, SAVE)"),
    "projections-delivered-twice": ("event.position > row", "True or row"),
    "projections-window-fires-again": ("replaced[12] = windows", "replaced[12] = added"),
    "replay-deterministic": ("return open_orders + (not late)", "return open_orders + 1"),
    "schema-evolution-split-event": ("read[-1].version", "2"),
    "security-stolen-signing-key": ("hours=5", "hours=50"),
    "security-tamper-evidence": ('{"chain", "checkpoint"}', '{"chain"}'),
    "snapshots-changed-fold": ("kept.load(store, new,", "kept.load(store, old,"),
}


@pytest.mark.parametrize("name", WITHOUT_THE_CURE)
def test_without_the_cure_it_prints_something_else(name: str) -> None:
    claim, (cure, nothing) = by_card()[name], WITHOUT_THE_CURE[name]
    assert cure in claim.code
    assert run(replace(claim, code=claim.code.replace(cure, nothing))).output != claim.prints


def test_no_claim_leaves_a_name_or_a_store_behind() -> None:
    claim = replace(CLAIMS[0], code="kept = globals().get('kept', 0) + 1\nprint(kept)")
    assert [run(claim).output for _ in range(2)] == ["1", "1"]


def test_an_error_is_told_after_what_was_printed() -> None:
    claim = replace(CLAIMS[0], code="print('first')\nraise ValueError('then')")
    assert run(claim).output == "first\nValueError: then"


def test_a_missing_server_says_itself_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> servers.Postgres:
        raise ServerMissing("PostgreSQL", "a package")

    monkeypatch.setattr(servers, "postgres", missing)
    monkeypatch.setitem(sys.modules, "psycopg", None)  # its driver is not here, either
    for claim in CLAIMS:
        if claim.needs == "postgres":
            assert run(claim).output == f"ServerMissing: {ServerMissing('PostgreSQL', 'a package')}"


def test_by_its_name_it_is_shown_with_its_code() -> None:
    shown = es.interview.show(CLAIMS[0].id)
    assert "import eventsourcing_kit as es" in shown.code
    assert f"```text\n{shown.output}\n```" in shown._repr_markdown_()
    assert es.interview.shows()[CLAIMS[0].id] == shown.says
    with pytest.raises(es.InvalidInput, match="no-such-card"):
        es.interview.show("no-such-card")


def test_a_drill_runs_the_claim_of_the_card_that_is_asked() -> None:
    name = "concurrency-expected-version"
    [card] = [card for card in es.interview.cards("concurrency") if card.id == name]
    [other] = [card for card in es.interview.cards("when") if card.id == "when-team"]
    session = Session([card, other])
    session.do({"show": "somebody-elses"})
    assert session.view()["shown"] is None
    session.do({"show": name})
    assert session.view()["shown"]["output"] == by_card()[name].prints
    session.do({"rate": 3, "card": name})
    assert session.view()["shown"] is None
    assert not session.view()["shows"]


@pytest.mark.parametrize("text", ["x = 1\n", '"""Says."""\nx = 1\n', "x = (\n# It prints:\n# 1\n"])
def test_a_file_that_lacks_a_part_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "some-card.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(es.InvalidInput, match=r"some-card\.py"):
        parse(path)
