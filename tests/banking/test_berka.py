"""A real bank's files as events, reconciled day by day with the balances it recorded itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import EVENT_TYPES, SIGNS, berka
from eventsourcing_kit.stores import SqlEventStore
from tests.real_bank import FOLDER, needs_the_sample

ACCOUNTS = """"account_id";"district_id";"frequency";"date"
1;18;"POPLATEK MESICNE";930101
2;1;"POPLATEK MESICNE";930102
"""
TRANSACTIONS = (
    ";".join(f'"{name}"' for name in berka.TRANSACTION_COLUMNS)
    + """
11;1;930103;"PRIJEM";"VKLAD";1000.00;1000.00;"";;
12;1;930104;"PRIJEM";"PREVOD Z UCTU";250.50;1250.50;"DUCHOD";"YZ";"62457513"
13;1;930104;"VYDAJ";"PREVOD NA UCET";100.00;1150.50;"SIPO";"AB";"777"
14;1;930105;"VYDAJ";"VYBER";50.00;1100.50;" ";;
15;1;930105;"VYBER";"VYBER";0.50;1100.00;"";;"0"
16;1;930105;"VYDAJ";"VYBER KARTOU";100.00;1000.00;"";;"0"
17;1;930131;"PRIJEM";"";3.20;1003.20;"UROK";;
18;1;930131;"VYDAJ";"VYBER";14.60;988.60;"SLUZBY";;
19;2;930131;"VYDAJ";"VYBER";0.40;-0.40;"SANKC. UROK";;
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "account.asc").write_text(ACCOUNTS, "latin-1")
    (tmp_path / "trans.asc").write_text(TRANSACTIONS, "latin-1")
    return tmp_path


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        yield store


def test_the_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(berka.FOLDER_VARIABLE, str(folder))
    assert berka.find_folder() == folder
    monkeypatch.setenv(berka.FOLDER_VARIABLE, str(folder / "none"))
    monkeypatch.chdir(folder)
    assert berka.find_folder() is None
    (folder / "data").mkdir()
    (folder / "data" / "berka").symlink_to(folder)
    assert berka.find_folder() == Path("data/berka")


def add(folder: Path, text: str) -> None:
    with (folder / "trans.asc").open("a", encoding="latin-1") as file:
        file.write(text)


# --- rows to events ------------------------------------------------------------------------------


def test_each_kind_of_row_becomes_its_event(store: es.EventStore, folder: Path) -> None:
    berka.import_bank(store, folder)
    events = store.read_all()
    assert [(e.stream_id, e.type, e.data.get("amount")) for e in events] == [
        ("account-1", "AccountOpened", None),
        ("account-2", "AccountOpened", None),
        ("account-1", "MoneyDeposited", 100_000),
        ("account-1", "TransferReceived", 25_050),
        ("account-1", "TransferSent", 10_000),
        ("account-1", "MoneyWithdrawn", 5_000),
        ("account-1", "MoneyWithdrawn", 50),
        ("account-1", "MoneyWithdrawn", 10_000),
        ("account-1", "InterestCredited", 320),
        ("account-1", "FeeCharged", 1_460),
        ("account-2", "FeeCharged", 40),
    ]
    for event in events:
        assert EVENT_TYPES.decode(event).currency == "CZK"  # type: ignore[union-attr]
    received = events[3]
    assert received.data["from_account"] == "YZ/62457513"
    assert received.data["memo"] == "Pension"
    assert received.metadata == {
        "actor": "customer",
        "correlation_id": "1/YZ/62457513/Pension",
        "file": "trans.asc",
        "line": 3,
        "trans_id": 12,
    }
    assert events[-1].data["reason"] == "Penalty interest"


def test_both_times_are_kept_apart(folder: Path) -> None:
    at_import = es.fixed_clock(datetime(2026, 1, 1, tzinfo=UTC))
    with es.open_store(":memory:", clock=at_import) as store:
        berka.import_bank(store, folder)
        deposit = store.read_stream("account-1", from_version=2, to_version=2)[0]
    assert deposit.occurred_at == datetime(1993, 1, 3, tzinfo=UTC)
    assert deposit.recorded_at >= datetime(2026, 1, 1, tzinfo=UTC)


# --- rows that cannot be taken -------------------------------------------------------------------

BAD = {
    '20;99;930201;"PRIJEM";"VKLAD";1.00;1.00;"";;': "account_id: 99 is not in account.asc",
    '20;1;930201;"PRIJEM";"VKLAD";1.005;1.00;"";;': "amount: '1.005' has more than the 2 decimals",
    '20;1;930201;"PRIJEM";"VKLAD";-1.00;1.00;"";;': "amount: must be above zero",
    '20;1;930201;"PRIJEM";"VKLAD";0.00;1.00;"";;': "amount: must be above zero",
    '20;1;930201;"PRIJEM";"VKLAD";NaN;1.00;"";;': "amount: must be a plain decimal number",
    '20;1;930201;"PRIJEM";"VKLAD";;1.00;"";;': "amount: must be a plain decimal number",
    '20;1;930201;"PRIJEM";"VKLAD";1.00;x;"";;': "balance: must be a plain decimal number",
    '20;1;930230;"PRIJEM";"VKLAD";1.00;1.00;"";;': "date: must be a date as YYMMDD, not '930230'",
    '20;1;93W011;"PRIJEM";"VKLAD";1.00;1.00;"";;': "date: must be a date as YYMMDD",
    '20;1;930201;"ODJEZD";"VKLAD";1.00;1.00;"";;': "type: 'ODJEZD' is not known",
    '20;1;930201;"PRIJEM";"KREDIT";1.00;1.00;"";;': "operation: 'KREDIT' is not known",
    '20;1;930201;"PRIJEM";"VYBER";1.00;1.00;"";;': "operation: 'VYBER' is no credit",
    '20;1;930201;"PRIJEM";"VKLAD";1.00;1.00;"DAR";;': "k_symbol: 'DAR' is not known",
    '0018;1;930201;"PRIJEM";"VKLAD";1.00;1.00;"";;': "trans_id: stands in line 9 already",
    'x;1;930201;"PRIJEM";"VKLAD";1.00;1.00;"";;': "trans_id: must be a number",
    '20;1;930201;"PRIJEM";"VKLAD";1.00;1.00;"\0";;': "k_symbol: ",
    "": "row: has 0 of 10 fields",
    '20;1;930201;"PRIJEM";"VKLAD";1.00': "row: has 6 of 10 fields",
}


@pytest.mark.parametrize("row", BAD)
def test_a_bad_row_is_named_by_line_and_the_others_imported(
    store: es.EventStore, folder: Path, row: str
) -> None:
    add(folder, row + '\n21;1;930301;"PRIJEM";"VKLAD";7.00;995.60;"";;\n')
    report = berka.import_bank(store, folder)
    (refused,) = report.refused
    assert (refused.file, refused.line) == ("trans.asc", 11)
    assert refused.reason.startswith(BAD[row])
    assert (report.rows, report.imported) == (13, 12)
    assert store.read_all()[-1].metadata["line"] == 12


LAST = '20;2;930201;"PRIJEM";"PREVOD Z UCTU";1.00;1.00;"DUCHOD";"YZ";"62457513"'


@pytest.mark.parametrize("length", range(1, len(LAST)))
def test_a_last_line_cut_anywhere_is_refused(
    store: es.EventStore, folder: Path, length: int
) -> None:
    add(folder, LAST[:length])
    (refused,) = berka.import_bank(store, folder).refused
    assert refused.line == 11


def test_a_last_line_without_its_newline_is_whole(store: es.EventStore, folder: Path) -> None:
    add(folder, LAST)
    assert berka.import_bank(store, folder).refused == ()


def test_a_refused_account_takes_its_transactions_with_it(
    store: es.EventStore, folder: Path
) -> None:
    bad = ACCOUNTS.replace("930102", "930199") + '1;18;"POPLATEK MESICNE";930101\n'
    (folder / "account.asc").write_text(bad, "latin-1")
    assert [(row.file, row.line) for row in berka.import_bank(store, folder).refused] == [
        ("account.asc", 3),
        ("account.asc", 4),
        ("trans.asc", 10),
    ]


def test_missing_and_other_files_are_refused(store: es.EventStore, folder: Path) -> None:
    with pytest.raises(es.InvalidInput, match=r"account\.asc cannot be read: No such file"):
        berka.import_bank(store, folder / "nowhere")
    (folder / "trans.asc").write_text("a;b\n")
    with pytest.raises(es.InvalidInput, match=r"trans\.asc does not start with the heading"):
        berka.import_bank(store, folder)
    assert store.position() == 0


def test_the_report_reads_well_and_is_escaped(store: es.EventStore, folder: Path) -> None:
    add(folder, '20;1;930201;"<img src=x onerror=alert(1)>";"VKLAD";1.00;1.00;"";;\n')
    report = berka.import_bank(store, folder)
    assert repr(report) == (
        "12 rows read: 11 imported, 0 already there, 1 refused\n"
        "  trans.asc, line 11: type: '<img src=x onerror=alert(1)>' is not known"
    )
    assert "&lt;img" in report._repr_html_()
    assert "<img" not in report._repr_html_()


# --- again, and after a repair -------------------------------------------------------------------


def test_a_second_run_adds_nothing(store: es.EventStore, folder: Path) -> None:
    berka.import_bank(store, folder)
    again = berka.import_bank(store, folder)
    assert (again.rows, again.imported, again.already_there) == (11, 0, 11)
    assert store.position() == 11


def test_a_run_after_a_repair_adds_what_was_missing(store: es.EventStore, folder: Path) -> None:
    whole = (folder / "trans.asc").read_text("latin-1")
    (folder / "trans.asc").write_text(whole[:-40], "latin-1")
    assert len(berka.import_bank(store, folder).refused) == 1
    (folder / "trans.asc").write_text(whole, "latin-1")
    report = berka.import_bank(store, folder)
    assert (report.imported, report.already_there, report.refused) == (1, 10, ())


# --- reconciling ---------------------------------------------------------------------------------


def test_each_day_is_held_against_the_nearest_recorded_balance(
    store: es.EventStore, folder: Path
) -> None:
    add(folder, '20;1;930201;"PRIJEM";"VKLAD";1.00;989.75;"";;\n')
    berka.import_bank(store, folder)
    table = berka.reconcile(store, folder)
    assert list(table.columns) == ["account_id", "date", "replayed", "recorded", "difference"]
    rows = [(row.account_id, f"{row.date:%y%m%d}", *row[4:]) for row in table.itertuples()]
    assert rows == [
        (1, "930103", Decimal("1000.00"), Decimal("0.00")),
        (1, "930104", Decimal("1150.50"), Decimal("0.00")),
        (1, "930105", Decimal("1000.00"), Decimal("0.00")),
        (1, "930131", Decimal("988.60"), Decimal("0.00")),
        (1, "930201", Decimal("989.75"), Decimal("0.15")),
        (2, "930131", Decimal("-0.40"), Decimal("0.00")),
    ]


def test_what_is_not_imported_shows_as_a_difference(store: es.EventStore, folder: Path) -> None:
    table = berka.reconcile(store, folder)
    assert list(table["replayed"]) == [Decimal("0.00")] * 5
    assert list(table["difference"]) == list(table["recorded"].abs())


# --- the sample of the real data -----------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Iterator[SqlEventStore]:
    with es.open_store(":memory:") as store:
        report = berka.import_bank(store, FOLDER)
        assert report == berka.ImportReport(25_808, 25_808, 0, ())
        yield store


@needs_the_sample
def test_the_sample_reconciles_as_far_as_it_is_known_to(real: es.EventStore) -> None:
    table = berka.reconcile(real, FOLDER)
    difference = table["difference"]
    assert len(table) == 20_473
    assert sum(difference == 0) == 12_610
    assert sum(difference <= Decimal("0.10")) == 19_381
    assert sum(difference <= Decimal("1.00")) == 20_461
    assert difference.max() == Decimal("269.70")


@needs_the_sample
def test_the_sample_adds_up(real: SqlEventStore) -> None:
    totals = {1: 0, -1: 0}
    for row in real.sql(
        "SELECT type, sum(data.amount::BIGINT)::BIGINT AS total FROM events "
        "WHERE type <> 'AccountOpened' GROUP BY type"
    ).itertuples():
        totals[SIGNS[str(row.type)]] += int(str(row.total))
    assert totals == {1: 9_024_655_100, -1: 7_005_772_190}


@needs_the_sample
def test_the_sample_comes_in_once(real: es.EventStore) -> None:
    again = berka.import_bank(real, FOLDER)
    assert (again.imported, again.already_there) == (0, 25_808)
    assert real.position() == 25_808


@needs_the_sample
def test_the_sample_with_its_last_line_cut(tmp_path: Path, store: es.EventStore) -> None:
    shutil.copy(FOLDER / "account.asc", tmp_path)
    whole = (FOLDER / "trans.asc").read_bytes()
    (tmp_path / "trans.asc").write_bytes(whole[:-20])
    report = berka.import_bank(store, tmp_path)
    assert report.imported == 25_807
    assert [row.line for row in report.refused] == [25_171]
    assert berka.import_bank(store, FOLDER).imported == 1
