"""What the critique says of events, good and bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit import critique
from eventsourcing_kit.critique import RULES, Remark

BANK = Path(__file__).parents[1] / "data" / "bank.jsonl"
FEE = {"amount": 490, "currency": "EUR", "reason": "Account fee November 2024"}
Said = tuple[str, str, str]


def said(*proposed: Any) -> list[Said]:
    """What was said of an event, without the sentences."""
    return [(each.severity, each.rule, each.field) for each in critique.event(*proposed)]


def of_type(type_: str) -> list[Said]:
    return said(type_, {})


def of_data(**data: Any) -> list[Said]:
    """Of an event whose name is good."""
    return said("FactRecorded", data)


# --- what passes ---------------------------------------------------------------------------------


def test_a_good_event_calls_for_no_remark() -> None:
    assert said("FeeCharged", FEE, {"actor": "bank", "correlation_id": "fees-2024-11"}) == []
    assert said("AccountUnfrozen", {}) == []


def test_the_kits_own_bank_has_no_fault() -> None:
    bank = es.open_store(":memory:")
    es.load_jsonl(bank, BANK)
    [first, *_] = bank.read_stream("account-1001")
    state = es.banking.evolve(es.banking.Account(), es.banking.EVENT_TYPES.decode(first))
    version = len(bank.read_stream("account-1001"))
    book = es.banking.Party("account-1001", version, state)
    about = {"actor": "bank"}
    bank.append_many(es.banking.close_books_in_one_append(book, "account-1001.2", metadata=about))
    remarks = {
        (event.type, *one)
        for event in bank.read_all()
        for one in said(event.type, event.data, event.metadata)
    }
    assert remarks == {
        ("AccountOpened", "doubt", "personal data", "data.owner"),
        ("BooksOpened", "doubt", "personal data", "data.owner"),
        ("MoneyWithdrawn", "doubt", "personal data", "metadata.ip"),
    }
    types = {event.type for event in bank.read_all()}
    assert types == set(es.banking.EVENT_TYPES.classes), "every type of the bank was looked at"


@pytest.mark.parametrize(
    "name",
    [
        "TransferSent",
        "LimitSet",
        "CardPaymentAuthorisedByTerminal",
        "IBANVerified",
        "ÜberweisungReceived",
    ],
)
def test_good_names(name: str) -> None:
    assert of_type(name) == []


# --- its name ------------------------------------------------------------------------------------

NAMES = [
    ("ChargeFee", "fault", "command"),
    ("Withdraw", "fault", "command"),
    ("SetLimit", "fault", "command"),
    ("MoneyWithdrawal", "fault", "past tense"),
    ("AccountOpening", "fault", "past tense"),
    ("ClosedAccount", "doubt", "past tense"),
    ("Closed", "doubt", "past tense"),
    ("KontoEröffnet", "doubt", "past tense"),
    ("money_deposited", "fault", "pascal case"),
    ("moneyDeposited", "fault", "pascal case"),
    ("account.opened", "fault", "pascal case"),
    ("MoneyDepositedEvent", "doubt", "the word event"),
    ("CustomerUpdated", "fault", "crud word"),
    ("AccountSaved", "fault", "crud word"),
    ("AccountCreated", "doubt", "crud word"),
    ("AccountDeleted", "doubt", "crud word"),
    ("BalanceChanged", "fault", "field not fact"),
    ("AccountStatusSet", "fault", "field not fact"),
    ("AddressChanged", "doubt", "field not fact"),
    ("OrderPlacedAndPaid", "fault", "many facts"),
]


@pytest.mark.parametrize(("name", "severity", "rule"), NAMES)
def test_bad_names(name: str, severity: str, rule: str) -> None:
    assert of_type(name) == [(severity, rule, "type")]


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("ChargeFee", "FeeCharged"),
        ("money_deposited", "MoneyDeposited"),
        ("MoneyDepositedEvent", "MoneyDeposited"),
        ("ClosedAccount", "AccountClosed"),
    ],
)
def test_where_a_better_name_is_plain_it_is_given(name: str, better: str) -> None:
    [remark] = critique.event(name, {})
    assert better in remark.text


def test_a_bad_name_can_break_several_rules() -> None:
    assert of_type("charge-fee") == [
        ("fault", "pascal case", "type"),
        ("fault", "command", "type"),
    ]


# --- its data ------------------------------------------------------------------------------------

EUR = {"currency": "EUR"}
MOVED = [{"type": "Moved"}]
FIVE = dict.fromkeys("abcde", 1)
DATA: list[tuple[dict[str, Any], str, str, str]] = [
    ({"amount": 4.9, **EUR}, "fault", "money as float", "data.amount"),
    ({"fee_eur": 4.9}, "fault", "money as float", "data.fee_eur"),
    ({"lines": [{"price": 0.1, **EUR}]}, "fault", "money as float", "data.lines[0].price"),
    ({"amount": "4.90", **EUR}, "doubt", "money as text", "data.amount"),
    ({"amount": "4,90 €"}, "fault", "money as text", "data.amount"),
    ({"amount": 490}, "fault", "money without currency", "data.amount"),
    ({"balance": 490, **EUR}, "fault", "resulting state", "data.balance"),
    ({"amount": 1, "new_balance": 490, **EUR}, "doubt", "resulting state", "data.new_balance"),
    ({"old_limit": 1}, "doubt", "resulting state", "data.old_limit"),
    ({"after": {"status": "frozen"}}, "fault", "whole object", "data.after"),
    ({"account": FIVE}, "doubt", "whole object", "data.account"),
    ({"changes": MOVED}, "fault", "many facts", "data.changes"),
    ({"a": None, "b": None}, "doubt", "many facts", "data"),
    ({f"field{i}": i for i in range(11)}, "doubt", "many facts", "data"),
    ({"paid_at": "2025-03-14T09:00:00"}, "fault", "time without zone", "data.paid_at"),
    ({"x": "2025-03-14 09:00"}, "fault", "time without zone", "data.x"),
    ({"paid_at": "14.3.2025 9 Uhr"}, "fault", "time without zone", "data.paid_at"),
    ({"paid_at": 1741942800}, "doubt", "time without zone", "data.paid_at"),
    ({"occurred_at": "2025-03-14T09:00:00Z"}, "fault", "envelope in data", "data.occurred_at"),
    ({"created_at": "2025-03-14T09:00:00Z"}, "doubt", "envelope in data", "data.created_at"),
    ({"event_id": "7f3a"}, "fault", "envelope in data", "data.event_id"),
    ({"schema_version": 2}, "fault", "envelope in data", "data.schema_version"),
    ({"actor": "clerk-07"}, "fault", "context in data", "data.actor"),
    ({"correlation_id": "x"}, "fault", "context in data", "data.correlation_id"),
    ({"causation_id": "x"}, "fault", "context in data", "data.causation_id"),
    ({"channel": "atm"}, "doubt", "context in data", "data.channel"),
    ({"email": "x"}, "fault", "personal data", "data.email"),
    ({"phone": "x"}, "fault", "personal data", "data.phone"),
    ({"birth_date": "1990-01-01"}, "fault", "personal data", "data.birth_date"),
    ({"last_name": "Okafor"}, "fault", "personal data", "data.last_name"),
    ({"memo": "to amara@example.com"}, "fault", "personal data", "data.memo"),
    ({"memo": "DE89 3704 0044 0532 0130 00"}, "fault", "personal data", "data.memo"),
    ({"cc": ["amara@example.com"]}, "fault", "personal data", "data.cc[0]"),
    ({"owner": "Amara Okafor"}, "doubt", "personal data", "data.owner"),
    ({"customer": {"id": 17}}, "doubt", "internal id", "data.customer.id"),
    ({"account_id": 17}, "doubt", "internal id", "data.account_id"),
]


@pytest.mark.parametrize(("data", "severity", "rule", "field"), DATA)
def test_bad_data(data: dict[str, Any], severity: str, rule: str, field: str) -> None:
    assert of_data(**data) == [(severity, rule, field)]


GOOD: list[dict[str, Any]] = [
    {"rate": 0.035},  # no money
    {"amount_currency": "EUR"},
    {"fee_type": "monthly"},
    {"fee_eur": 490},  # its unit is in its name
    {**EUR, "lines": [{"price": 10}]},  # the currency of all lines
    {"due_on": "2025-03-14"},  # a day is no instant
    {"opening_time": "09:00"},  # nor is an hour of every day
    {"paid_at": "2025-03-14T09:00:00+01:00"},
    {"transfer_id": "transfer-0001"},
    {"owner": "customer-1012"},  # a reference
    {"email": {"key_id": "k-7", "ciphertext": "3q2+7w=="}},
    {"memo": "DE00 3704 0044 0532 0130 00"},  # its check digits are wrong
    {"account": {"id": "account-1", "limit": 5}},
    {"reason": "", "memo": "Salary March"},
]


@pytest.mark.parametrize("data", GOOD, ids=str)
def test_good_data(data: dict[str, Any]) -> None:
    assert of_data(**data) == []


def test_all_that_is_personal_is_said_at_once() -> None:
    remarks = critique.event("AccountOpened", {"email": "x", "iban": "x"}, {"phone": "x"})
    [remark] = remarks
    assert remark.field == "data.email"
    assert "data.iban, metadata.phone" in remark.text


# --- its metadata --------------------------------------------------------------------------------


def test_what_happened_does_not_stand_in_metadata() -> None:
    about = {"amount": 1, "currency": "EUR", "reason": "x", "actor": "bank", "channel": "atm"}
    assert said("FeeCharged", {}, about) == [
        ("fault", "fact in metadata", "metadata.amount"),
        ("fault", "fact in metadata", "metadata.currency"),
        ("fault", "fact in metadata", "metadata.reason"),
    ]


def test_metadata_are_read_for_times_and_persons_too() -> None:
    about = {"at": "2025-03-14T09:00", "actor": "amara@example.com", "occurred_at": "2025-03-14"}
    assert said("FeeCharged", FEE, about) == [
        ("fault", "time without zone", "metadata.at"),
        ("fault", "envelope in data", "metadata.occurred_at"),
        ("fault", "personal data", "metadata.actor"),
    ]


# --- what is no event at all ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n  "a": 1,\n}', "a comma stands before the end"),
        ("{'a': 1}", "line 1, column 2: JSON puts names and text in double quotes"),
        ("{\"a\": 1, 'b': 2}", "line 1, column 10: JSON puts names and text in double quotes"),
        ('{"a":\n True}', "line 2, column 2: JSON writes true, not True"),
        ('{"a": 1', "line 1, column 8: the text ends too early"),
        ('{"a": 1\n "b": 2}', "line 2, column 2: a comma is missing before this"),
        ('{"a": 1} x', "line 1, column 10: the object has ended"),
        ("{a: 1}", "line 1, column 2: a name in double quotes belongs here"),
        ('{"a": }', "line 1, column 7: expecting value"),
        ("", "Is empty; write {}"),
        ("[1]", "Must be a mapping, not a list."),
        ('{"a": NaN}', "Has NaN, which is not JSON."),
        ('{"a": 1, "a": 2}', "Has the key 'a' twice."),
        ('{"a":' * 3000, "Is nested deeper than 64 levels."),
    ],
)
def test_text_that_is_no_json_is_explained(text: str, problem: str) -> None:
    [remark] = critique.event("FeeCharged", text)
    assert (remark.severity, remark.rule, remark.field) == ("fault", "invalid", "data")
    assert problem in remark.text


def test_what_the_envelope_refuses_is_a_remark() -> None:
    assert said("", {}) == [("fault", "invalid", "type")]
    assert said("x\0", {}) == [("fault", "invalid", "type")]
    assert said(None, {}) == [("fault", "invalid", "type")]
    assert said("FeeCharged", {"amounts": [1, 2**63]}) == [("fault", "invalid", "data.amounts[1]")]
    assert said("FeeCharged", {}, '{"a"') == [("fault", "invalid", "metadata")]
    assert said("FeeCharged", {}, "") == said("FeeCharged", {}, None) == []


def test_one_bad_part_does_not_hide_the_others() -> None:
    assert said("", {"amount": 1.5, **EUR}, "{") == [
        ("fault", "invalid", "type"),
        ("fault", "invalid", "metadata"),
        ("fault", "money as float", "data.amount"),
    ]


# --- the remarks themselves ----------------------------------------------------------------------


def test_text_and_mapping_get_the_same_remarks() -> None:
    assert critique.event("ChargeFee", '{"amount": 4.9}') == critique.event(
        "ChargeFee", {"amount": 4.9}
    )


@pytest.mark.parametrize(
    ("data", "proof"),
    [
        ({"amount": 0.1, "currency": "EUR"}, f"0.1 added 3 times is {0.1 + 0.1 + 0.1}, not 0.3."),
        ({"amount": 0.5, "currency": "EUR"}, ""),  # a half is a binary fraction
        (
            {"amount": "1.250,00 €"},
            "Read with a decimal comma it is 1250.00, with a decimal point 1.25000.",
        ),
        ({"amount": "12 €"}, ""),
        (
            {"amount": "twelve"},
            "Neither with a decimal comma nor with a decimal point is it a number",
        ),
        (
            {"paid_at": "2025-03-14T09:00:00"},
            "In Berlin it is 08:00 UTC, in Tokyo 00:00: 8 hours apart.",
        ),
        ({"paid_at": "2025-07-14T09:00:00"}, "In Berlin it is 07:00 UTC, in Tokyo 00:00: 7 hours"),
        ({"paid_at": "noon"}, "Python says: Invalid isoformat string: 'noon'."),
    ],
)
def test_a_fault_is_tried_with_the_value_that_stands_there(
    data: dict[str, Any], proof: str
) -> None:
    [remark] = critique.event("FeeCharged", data)
    assert remark.severity == "fault"
    assert remark.proof.startswith(proof)
    assert bool(remark.proof) == bool(proof)


def test_a_remark_reads_as_a_line() -> None:
    [remark] = critique.event("ChargeFee", {})
    assert str(remark).startswith("fault · command · type: ChargeFee is an order")
    assert isinstance(remark, Remark)


def test_every_rule_is_shown_above_to_find_something() -> None:
    broken = {rule for _, _, rule in NAMES} | {rule for _, _, rule, _ in DATA}
    assert broken | {"fact in metadata"} == {rule.__name__.replace("_", " ") for rule in RULES}


def test_what_is_proposed_is_not_changed() -> None:
    data = {"amount": 1, "lines": ({"price": 2},)}
    critique.event("FeeCharged", data)
    assert data == {"amount": 1, "lines": ({"price": 2},)}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.text(), st.dictionaries(st.text(), json_values) | st.text(), st.text())
def test_whatever_is_proposed_it_only_remarks(type_: str, data: Any, metadata: str) -> None:
    for remark in critique.event(type_, data, metadata):
        assert remark.severity in ("fault", "doubt")
        assert remark.field.partition(".")[0].partition("[")[0] in (
            *("type", "data", "metadata"),
            *("a key of data", "a key of metadata"),
        )
        assert remark.text.endswith((".", ".)"))
