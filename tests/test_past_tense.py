import pytest

from eventsourcing_kit.past_tense import is_order, is_past, turned

PAST = """
    Deposited Cancelled Sent Paid Withdrawn Drawn Begun Frozen Unfrozen Written Overdrawn Prepaid
    Underpaid Withheld Repaid Misread Set Put Cut Agreed Freed Guaranteed Lent Sold Bought Stolen
    Left Met Held Won Lost Found Rebuilt Undone Understood
"""
NOT_PAST = """
    Deposit Send Withdrawal Payment Freeze Red Hundred Speed Need Feed Seed Embed Status Balance
    Opening Write Sends
"""


@pytest.mark.parametrize("word", PAST.split())
def test_a_past_participle_is_known_by_its_ending_or_by_heart(word: str) -> None:
    assert is_past(word)
    assert is_past(word.lower())


@pytest.mark.parametrize("word", NOT_PAST.split())
def test_another_word_is_not(word: str) -> None:
    assert not is_past(word)


@pytest.mark.parametrize(
    ("command", "event"),
    [
        ("Charge Fee", "FeeCharged"),
        ("Withdraw Money", "MoneyWithdrawn"),
        ("Send Transfer", "TransferSent"),
        ("Ship Order", "OrderShipped"),
        ("Create Big Account", "BigAccountCreated"),
        ("Freeze", "…Frozen"),
    ],
)
def test_an_order_is_turned_into_what_happened(command: str, event: str) -> None:
    words = command.split()
    assert is_order(words[0])
    assert turned(words) == event


def test_only_an_order_can_be_turned() -> None:
    assert not is_order("Money")
    with pytest.raises(KeyError):
        turned(["Money", "Sent"])
