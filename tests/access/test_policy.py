"""Rules only give: without one nothing is seen, and a second role never takes anything away."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.access import EVERY, MASKED, READ, Actor, Policy, Rule, tenant_in_name
from eventsourcing_kit.access.bank import POLICY, ROLES
from eventsourcing_kit.access.policy import GAPS, MASKED_FIELDS
from eventsourcing_kit.integrity.vault import ERASED, ERASED_FIELDS

names = st.sampled_from(["account-1", "account-2", "account-*", "user-1", "account"])
rules = st.builds(
    Rule,
    role=st.sampled_from(["a", "b"]),
    action=st.just(READ),
    streams=st.sampled_from(["*", "account-*", "user-*", "account-1", "account-{actor}"]),
    types=st.sampled_from([None, ["Opened"], ["Opened", "Closed"]]),
    mask=st.sampled_from([(), ["owner"], ["owner", "memo"]]),
)


@given(names, st.sampled_from(["Opened", "Closed"]))
def test_without_a_rule_nothing_is_seen(stream_id: str, type_: str) -> None:
    assert Policy([]).view(Actor("1", ["a"]), stream_id, type_) is None
    assert Policy([Rule("a", READ, "*")]).view(Actor("1", ["b"]), stream_id, type_) is None
    assert Policy([Rule("a", "append", "*")]).view(Actor("1", ["a"]), stream_id, type_) is None


@given(st.lists(rules, max_size=4), names)
def test_a_further_role_takes_nothing_away(given_rules: list[Rule], stream_id: str) -> None:
    policy = Policy(given_rules)
    one, both = (
        policy.view(Actor("1", roles), stream_id, "Opened") for roles in (["a"], ["a", "b"])
    )
    if one is not None:
        assert both is not None
        assert set(both.mask) <= set(one.mask)


@given(st.lists(rules, max_size=3), names)
def test_the_order_of_the_rules_does_not_matter(given_rules: list[Rule], stream_id: str) -> None:
    actor = Actor("1", ["a", "b"])
    views = [Policy(order).view(actor, stream_id, "Opened") for order in permutations(given_rules)]
    seen = {None if view is None else (tuple(sorted(view.mask)), view.metadata) for view in views}
    assert len(seen) == 1


def test_a_stream_of_ones_own_is_that_of_ones_name_and_nobody_is_called_a_star() -> None:
    policy = Policy([Rule("customer", READ, "account-{actor}")])
    assert policy.view(Actor("7", ["customer"]), "account-7", "Opened")
    assert not policy.view(Actor("7", ["customer"]), "account-8", "Opened")
    assert not policy.view(Actor("*", ["customer"]), "account-8", "Opened")


def test_a_category_ends_at_the_first_hyphen() -> None:
    policy = Policy([Rule("a", READ, "account-*")])
    actor = Actor("1", ["a"])
    assert policy.view(actor, "account-7-x", "Opened")
    assert not policy.view(actor, "accounts-7", "Opened")
    assert not policy.view(actor, "account", "Opened")


def test_a_tenant_sees_its_own_streams_and_a_rule_may_open_all() -> None:
    policy = Policy(
        [Rule("a", READ, "account-*"), Rule("b", READ, "account-*", every_tenant=True)],
        tenant_of=tenant_in_name,
    )
    north = Actor("1", ["a"], tenant="north")
    assert policy.view(north, "account-north.7", "Opened")
    assert not policy.view(north, "account-south.7", "Opened")
    assert not policy.view(north, "account-7", "Opened")  # of no tenant
    assert not policy.view(Actor("1", ["a"]), "account-north.7", "Opened")
    assert policy.view(Actor("1", ["b"], tenant="north"), "account-south.7", "Opened")


def test_who_has_a_tenant_sees_nothing_where_streams_have_none() -> None:
    policy = Policy([Rule("a", READ, "*")])
    assert not policy.view(Actor("1", ["a"], tenant="north"), "account-north.7", "Opened")


def test_it_says_which_rule_decides() -> None:
    def explained(role: str, type_: str, field: str) -> tuple[str, str]:
        verdict = POLICY.explain(Actor("greta", [role]), "account-1007", type_, field)
        return verdict.outcome, verdict.why

    assert explained("teller", "AccountOpened", "owner") == (
        "masked",
        "Teller may read every event of account-*, without owner, memo, reason. owner is masked.",
    )
    assert explained("adviser", "AccountOpened", "owner")[0] == "shown"
    assert explained("statistics", "AccountOpened", "owner") == (
        "refused",
        "No rule gives greta (statistics) AccountOpened in account-1007.",
    )
    assert set(ROLES) == {rule.role for rule in POLICY.rules}


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("streams", lambda: Rule("a", READ, "acc*")),
        ("streams", lambda: Rule("a", READ, "account-7-*")),
        ("streams", lambda: Rule("a", READ, "*-account")),
        ("action", lambda: Rule("a", "write", "*")),  # type: ignore[arg-type]
        ("types", lambda: Rule("a", READ, "*", types="Opened")),
        ("mask", lambda: Rule("a", READ, "*", mask="owner")),
        ("mask.limit", lambda: Rule("a", READ, "*", mask={"limit": object()})),
        ("roles", lambda: Actor("ada", "teller")),
        ("actor", lambda: Actor("", ["teller"])),
    ],
    ids=[*range(9)],
)
def test_a_rule_that_would_give_something_else_is_refused(field: str, make: object) -> None:
    with pytest.raises(es.InvalidInput) as refused:
        make()  # type: ignore[operator]
    assert refused.value.field == field


def test_a_mask_says_what_is_read_in_its_place() -> None:
    policy = Policy([Rule("a", READ, "*", mask={"owner": MASKED, "limit": None})])
    view = policy.view(Actor("1", ["a"]), "account-1", "Opened")
    assert view is not None
    data, metadata = view.payloads({"owner": "Ada", "limit": 5, "currency": "EUR"}, {"actor": "x"})
    assert data == {"owner": "[masked]", "limit": None, "currency": "EUR"}
    assert metadata == {"actor": "x", "masked_fields": ["limit", "owner"]}


def test_metadata_is_shown_by_name_and_gaps_of_a_vault_stay_marked() -> None:
    policy = Policy([Rule("a", READ, "*"), Rule("b", READ, "*", metadata=EVERY)])
    metadata = {"actor": "x", "seal": "hash", "command_digest": "hash", "erased_fields": ["owner"]}
    views = [policy.view(Actor("1", roles), "account-1", "Opened") for roles in (["a"], ["a", "b"])]
    shown = [view.payloads({}, metadata)[1] for view in views if view]
    assert shown == [{"actor": "x", "erased_fields": ["owner"]}, metadata]


def test_a_gap_of_a_vault_and_one_of_a_guard_are_marked_in_the_same_way() -> None:
    assert MASKED.replace("masked", "erased") == ERASED
    assert {ERASED_FIELDS, MASKED_FIELDS} == GAPS
