"""The bank that the chapters open: forty accounts over eighteen months, the same for everyone.

Each habit of a customer becomes entries on an agenda; the agenda is carried out in order of time.
Chance comes from `random.Random` seeded by text and asked for integers only, so that no rounding
of a machine can change a byte. Each habit has its own source: changing one leaves the others be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Final

from ..event import RecordedEvent
from .agenda import Bank, Entry
from .commands import AccountCommand, ChargeFee, CreditInterest, Deposit, OpenAccount, Withdraw
from .customers import CUSTOMERS, FIRST_DAY, LANDLORD, LAST_DAY, Customer
from .incidents import late_salary, planted

SEED: Final = 2024

SHOPS: Final = (  # name, least and most in cents
    ("Grocer Adler", 1_150, 9_400),
    ("Grocer Adler", 820, 6_300),
    ("Pharmacy am Hafen", 480, 4_200),
    ("Fuel station Sued", 3_900, 8_600),
    ("Cafe Seeblick", 390, 2_450),
    ("Railway", 640, 7_800),
    ("Cinema Roxy", 1_050, 4_400),
    ("Hardware Brandt", 590, 12_500),
    ("Restaurant Olive", 2_100, 9_800),
    ("Clothing Faden", 1_990, 14_900),
)
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAY_WEIGHTS: Final = (80, 80, 85, 95, 130, 180, 50)  # of card payments; Monday first
TERMINALS: Final = ("ATM-0417", "ATM-0233", "ATM-0108")
OCCASIONS: Final = ("Dinner", "Concert tickets", "Birthday present", "Train tickets", "Groceries")


def simulate_bank(seed: int = SEED) -> list[RecordedEvent]:
    """The bank's whole history, in order of position. The same seed gives the same events."""
    bank = Bank(seed)
    end = _at(LAST_DAY + timedelta(days=1), time())
    bank.run(entry for entry in _agenda(seed) if entry.at < end)
    return bank.events


def _agenda(seed: int) -> Iterator[Entry]:
    for customer in CUSTOMERS:
        for habit in (_opening, _salary, _standing_orders, _cards, _cash, _takings):
            yield from habit(customer, Random(f"{seed} {customer.account} {habit.__name__}"))
    yield from _fee_runs()
    yield from _interest_runs()
    yield from _payments_between_friends(Random(f"{seed} friends"))
    yield from _landlord(Random(f"{seed} landlord"))
    yield from planted()


# --- what each customer does ---------------------------------------------------------------------


def _opening(customer: Customer, random: Random) -> Iterator[Entry]:
    at = _moment(random, customer.opened, 8, 11)
    clerk = {"actor": "clerk-03", "channel": "branch"}
    opening = OpenAccount(customer.owner, "EUR", customer.overdraft_limit)
    yield _booking(at, customer, opening, clerk)
    yield _booking(
        at + timedelta(minutes=random.randint(2, 9)),
        customer,
        Deposit(customer.first_deposit, "EUR", "First deposit"),
        clerk,
    )


def _salary(customer: Customer, random: Random) -> Iterator[Entry]:
    if not customer.salary:
        return
    for month in _months(customer):
        day = _business_day(month.replace(day=customer.salary_day), back=True)
        occurred_at = _moment(random, day, 5, 7)
        yield _booking(
            late_salary(customer.account, day) or occurred_at,
            customer,
            Deposit(customer.salary, "EUR", f"Salary {_month(day)}, {customer.employer}"),
            {"actor": "clearing", "channel": "clearing", "correlation_id": f"salaries-{day}"},
            occurred_at,
        )


def _standing_orders(customer: Customer, random: Random) -> Iterator[Entry]:
    """Rent on the first, bills on the third, savings on the fifth; or on the next working day."""
    for month in _months(customer)[1:]:
        for day, amount, memo, receiver in (
            (1, customer.rent, f"Rent {_month(month)}", LANDLORD),
            (3, customer.bills, f"Household bills {_month(month)}", ""),
            (5, customer.saves, "Savings", customer.saves_in),
        ):
            if not amount:
                continue
            run = _business_day(month.replace(day=day))
            at = _moment(random, run, 4, 4)
            about = {"actor": "standing-orders", "causation_id": f"standing-orders-{run}"}
            if receiver:
                yield _transfer(at, customer.account, receiver, amount, memo, about)
            else:
                about["correlation_id"] = f"standing-orders-{run}"
                yield _booking(at, customer, Withdraw(amount, "EUR", memo), about)


def _cards(customer: Customer, random: Random) -> Iterator[Entry]:
    """Paid in the shop, booked in the night before the next working day."""
    for day in _days(customer):
        if random.randrange(3_000) < customer.cards * WEEKDAY_WEIGHTS[day.weekday()]:
            shop, least, most = random.choice(SHOPS)
            occurred_at = _moment(random, day, 8, 19)
            booked = _moment(random, _business_day(day + timedelta(days=1)), 2, 3)
            command = Withdraw(random.randint(least, most), "EUR", f"Card, {shop}")
            about = {"actor": "customer", "channel": "card", "card": customer.card}
            yield _booking(booked, customer, command, about, occurred_at)


def _cash(customer: Customer, random: Random) -> Iterator[Entry]:
    about = {"actor": "customer", "channel": "atm", "card": customer.card}
    for day in _days(customer):
        if random.randrange(30) < customer.cash:
            occurred_at = _moment(random, day, 7, 21)
            terminal = random.choice(TERMINALS)
            yield _booking(
                occurred_at + timedelta(seconds=random.randint(1, 4)),
                customer,
                Withdraw(random.randint(2, 12) * 1_000, "EUR", f"Cash, {terminal}"),
                about | {"terminal": terminal},
                occurred_at,
            )


def _takings(customer: Customer, random: Random) -> Iterator[Entry]:
    """A shop brings its cash on Mondays and pays its suppliers every other Thursday."""
    if not customer.takings:
        return
    for day in _days(customer):
        week = day.isocalendar().week
        amount = customer.takings * random.randint(80, 125) // 10_000 * 100
        about = {"actor": "customer", "channel": "branch"}
        if day.weekday() == 0:
            command = Deposit(amount, "EUR", f"Takings, week {week}")
            yield _booking(_moment(random, day, 9, 10), customer, command, about)
        elif day.weekday() == 3 and week % 2:
            bill = Withdraw(amount * 17 // 10, "EUR", f"Suppliers, week {week}")
            yield _booking(_moment(random, day, 13, 16), customer, bill, about)


# --- what the bank does --------------------------------------------------------------------------


def _fee_runs() -> Iterator[Entry]:
    """The account fee of the month before, in the night to the first working day."""
    for customer in CUSTOMERS:
        if customer.fee:
            for month in _months(customer)[1:]:
                before = month - timedelta(days=1)
                number = int(customer.account[-4:])
                at = _at(_business_day(month), time(3, 0)) + timedelta(seconds=number - 1_000)
                about = {"actor": "bank", "correlation_id": f"fees-{before:%Y-%m}"}
                command = ChargeFee(customer.fee, "EUR", f"Account fee {_month(before)}")
                yield _booking(at, customer, command, about)


def _interest_runs() -> Iterator[Entry]:
    """A quarter of the year's interest on the balance of the quarter's last evening."""
    for year, quarter in ((2024, 1), (2024, 2), (2024, 3), (2024, 4), (2025, 1), (2025, 2)):
        last_day = date(year + quarter // 4, quarter * 3 % 12 + 1, 1) - timedelta(days=1)
        for customer in CUSTOMERS:
            if customer.interest_rate:
                yield Entry(
                    _at(last_day, time(22, 30)),
                    partial(_credit_interest, customer=customer, period=f"{year} Q{quarter}"),
                )


def _credit_interest(bank: Bank, customer: Customer, period: str) -> None:
    interest = bank.state(customer.account).balance * customer.interest_rate // 40_000
    about = {"actor": "bank", "correlation_id": f"interest-{period.replace(' ', '-')}"}
    bank.book(customer.account, CreditInterest(interest, "EUR", f"Interest {period}"), about)


# --- what goes on between customers --------------------------------------------------------------


def _payments_between_friends(random: Random) -> Iterator[Entry]:
    people = [customer for customer in CUSTOMERS if customer.salary]
    day = FIRST_DAY
    while (day := day + timedelta(days=random.randint(4, 10))) <= LAST_DAY:
        sender, receiver = random.sample(people, 2)
        if max(sender.opened, receiver.opened) < day <= min(sender.last_day, receiver.last_day):
            amount = random.randint(8, 90) * 100 + random.choice((0, 0, 50, 90))
            about = {"actor": "customer", "channel": "online"}
            at = _moment(random, day, 9, 21)
            memo = random.choice(OCCASIONS)
            yield _transfer(at, sender.account, receiver.account, amount, memo, about)


def _landlord(random: Random) -> Iterator[Entry]:
    """The housing company spends on its houses what it takes in rents."""
    (landlord,) = (customer for customer in CUSTOMERS if customer.account == LANDLORD)
    about = {"actor": "customer", "channel": "online"}
    for month in _months(landlord):
        for day, memo, least, most in (
            (10, "Loan instalment", 458_000, 458_000),
            (18, "Repairs", 65_000, 390_000),
        ):
            at = _moment(random, _business_day(month.replace(day=day)), 9, 15)
            command = Withdraw(random.randint(least // 100, most // 100) * 100, "EUR", memo)
            yield _booking(at, landlord, command, about)


# --- entries and times ---------------------------------------------------------------------------


def _booking(
    at: datetime,
    customer: Customer,
    command: AccountCommand,
    metadata: dict[str, str],
    occurred_at: datetime | None = None,
) -> Entry:
    return Entry(at, lambda bank: bank.book(customer.account, command, metadata, occurred_at))


def _transfer(
    at: datetime, sender: str, receiver: str, amount: int, memo: str, metadata: dict[str, str]
) -> Entry:
    return Entry(at, lambda bank: bank.transfer(sender, receiver, amount, memo, metadata))


def _days(customer: Customer) -> list[date]:
    """The days after the one on which the account was opened."""
    count = (customer.last_day - customer.opened).days
    return [customer.opened + timedelta(days=n) for n in range(1, count + 1)]


def _months(customer: Customer) -> list[date]:
    """The first days of the months in which the customer is there."""
    first = customer.opened.year * 12 + customer.opened.month - 1
    last = customer.last_day.year * 12 + customer.last_day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(first, last + 1)]


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"  # strftime would follow the machine's language


def _business_day(day: date, *, back: bool = False) -> date:
    """The day itself, or where it is a Saturday or Sunday the next working day, or the last."""
    while day.weekday() > 4:
        day += timedelta(days=-1 if back else 1)
    return day


def _moment(random: Random, day: date, first_hour: int, last_hour: int) -> datetime:
    seconds = random.randrange((last_hour - first_hour + 1) * 3_600)
    return _at(day, time(first_hour)) + timedelta(seconds=seconds)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, UTC)
