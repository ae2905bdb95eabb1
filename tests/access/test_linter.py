"""What should not stand in an event: found by the names of fields and by the form of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import Finding, lint
from eventsourcing_kit.access.linter import passes_luhn

# Numbers that payment networks print for tests.
CARDS = ["4111 1111 1111 1111", "5555555555554444", "378282246310005", "6011-1111-1111-1117"]


def event(**data: Any) -> es.NewEvent:
    return es.NewEvent("ThingHappened", data)


def kinds(*events: es.NewEvent) -> list[tuple[str, str]]:
    return [(found.field, found.kind) for found in lint(events)]


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_is_found_in_a_text_and_with_one_digit_wrong_it_is_none(number: str) -> None:
    assert passes_luhn(number)
    assert kinds(event(memo=f"Card {number}, shop")) == [("memo", "card number")]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not passes_luhn(wrong)
    assert kinds(event(memo=f"Card {wrong}, shop")) == []


def test_a_number_is_looked_at_as_well_as_a_text() -> None:
    assert kinds(event(reference=4111111111111111)) == [("reference", "card number")]


@pytest.mark.parametrize(
    "data",
    [
        {"card": "4433"},  # the last digits, as a receipt has them
        {"amount": 205000, "currency": "EUR", "memo": "Salary January 2024"},
        {"transfer_id": "transfer-0003", "spin": 3, "tokenized": True, "companion": "x"},
        {"id": "940eee3c-ba6f-475c-ae84-496e7857dd86", "at": "2024-01-02T08:00:12.123456Z"},
        {"password": "", "phone": None, "email": []},
    ],
    ids=[*range(5)],
)
def test_what_is_none_of_it_is_left_alone(data: dict[str, Any]) -> None:
    assert kinds(event(**data)) == []


@pytest.mark.parametrize("name", ["password", "apiKey", "card-pin", "user_token", "CVV"])
def test_a_secret_is_found_by_its_name(name: str) -> None:
    assert kinds(event(**{name: "x"})) == [(name, "secret")]


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "AKIAIOSFODNN7EXAMPLE",
        "postgresql://bank:hunter2@db/bank",
    ],
    ids=[*range(4)],
)
def test_a_secret_is_found_by_its_form(value: str) -> None:
    assert kinds(event(memo=f"see {value}")) == [("memo", "secret")]


def test_personal_data_is_found_by_name_and_by_form_however_deep() -> None:
    found = kinds(event(customer={"lastName": "Okafor", "notes": ["write to amara@example.com"]}))
    assert found == [("customer.lastName", "personal"), ("customer.notes", "personal")]
    assert kinds(event(memo="to DE89 3704 0044 0532 0130 00")) == [("memo", "personal")]
    assert kinds(event(memo="to DE88 3704 0044 0532 0130 00")) == []  # its check digits are wrong


def test_it_never_repeats_what_it_found() -> None:
    [found] = lint([event(memo=f"Card {CARDS[0]}"), event(memo=f"Card {CARDS[1]}")])
    assert str(found) == (
        "card number · ThingHappened.memo: its digits pass Luhn's check, in 2 events"
    )


def test_event_classes_are_looked_at_by_the_names_of_their_fields() -> None:
    assert lint(es.banking.EVENT_TYPES) == [
        Finding("AccountOpened", "owner", "personal", "by its name"),
        Finding("BooksOpened", "owner", "personal", "by its name"),
    ]

    @dataclass
    class UserSignedUp:
        email: str
        password: str

    found = lint(es.EventTypes([UserSignedUp]))
    assert [one.field for one in found] == ["email", "password"]


def test_what_was_looked_at_is_allowed_with_a_reason_and_the_list_has_to_stay_true() -> None:
    allow = dict.fromkeys(["AccountOpened.owner", "BooksOpened.owner"], "in the vault since 2025")
    assert lint(es.banking.EVENT_TYPES, allow) == []
    allow["AccountOpened.phone"] = "was here once"
    assert [str(found) for found in lint(es.banking.EVENT_TYPES, allow)] == [
        "allowed for nothing · AccountOpened.phone: nothing is found there"
    ]
    with pytest.raises(es.InvalidInput, match="needs a reason"):
        lint(es.banking.EVENT_TYPES, {"AccountOpened.owner": " "})


def test_metadata_is_looked_at_too() -> None:
    new = es.NewEvent("ThingHappened", {}, {"ip": "192.0.2.7", "actor": "clerk-03"})
    assert kinds(new) == [("metadata.ip", "personal")]
