"""Who banks at the simulated bank, and how each of them lives. All of them are invented.

Amounts in cents (EUR).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

FIRST_DAY: Final = date(2024, 1, 2)
LAST_DAY: Final = date(2025, 6, 30)


@dataclass(frozen=True)
class Customer:
    """One account and the habits behind it.

    `cards` and `cash` are the usual numbers of card payments and cash withdrawals in 30 days.
    """

    account: str
    owner: str
    first_deposit: int
    salary: int = 0
    salary_day: int = 25
    employer: str = ""
    rent: int = 0
    bills: int = 0
    cards: int = 0
    cash: int = 0
    overdraft_limit: int = 0
    takings: int = 0
    saves: int = 0
    saves_in: str = ""
    fee: int = 0
    interest_rate: int = 0  # hundredths of a percent a year
    opened: date = FIRST_DAY
    last_day: date = LAST_DAY

    @property
    def card(self) -> str:
        """The last four digits of the card, as they stand on a receipt."""
        return f"{int(self.account.removeprefix('account-')) * 7919 % 10_000:04}"


LANDLORD: Final = "account-1038"

_NORDWIND = "Nordwind Logistics"
_CLINIC = "St. Anna Clinic"
_CITY = "City of Lindau"
_SOLARIS = "Solaris Engineering"
_SCHOOL = "Lake School"
_PENSIONS = "Pension Office"

CUSTOMERS: Final = (
    Customer("account-1001", "Hanna Lindqvist", 184_500, 312_000, 27, _CITY, 119_000, 98_400, 3, 1,
             50_000, saves=50_000, saves_in="account-1034", fee=290),
    Customer("account-1002", "Mateo Alvarez", 92_000, 248_000, 25, _NORDWIND, 104_000, 112_800, 2,
             overdraft_limit=50_000, fee=290),
    Customer("account-1003", "Yuki Tanaka", 240_000, 405_000, 28, _SOLARIS, 0, 327_500, 1, 0,
             100_000, saves=50_000, saves_in="account-1035"),
    Customer("account-1004", "Jonas Weber", 61_000, 236_500, 25, _NORDWIND, 111_000, 91_500, 3, 1,
             50_000, fee=290),
    Customer("account-1005", "Leila Haddad", 130_000, 287_000, 26, _CLINIC, 0, 267_200, 1, 0,
             50_000),
    Customer("account-1006", "Piotr Nowak", 45_000, 219_000, 25, _NORDWIND, 98_000, 84_600, 1, 2,
             fee=290),
    Customer("account-1007", "Amara Okafor", 205_000, 334_000, 26, _CLINIC, 135_000, 148_300, 3, 1,
             50_000, fee=290),
    Customer("account-1008", "Sofia Rossi", 76_000, 198_000, 27, _CITY, 0, 171_900, 2),
    Customer("account-1009", "Emre Yilmaz", 158_000, 276_000, 25, _NORDWIND, 0, 259_500, 1, 0,
             100_000),
    Customer("account-1010", "Greta Holm", 320_000, 152_000, 28, _PENSIONS, 0, 129_000, 1, 1),
    Customer("account-1011", "Chidi Eze", 88_000, 263_000, 28, _SOLARIS, 119_000, 126_500, 1, 0,
             50_000, opened=date(2024, 2, 12)),
    Customer("account-1012", "Marta Kovacs", 115_000, 229_000, 27, _SCHOOL, 0, 206_400, 1, 1,
             fee=490),
    Customer("account-1013", "Liam Byrne", 54_000, 241_000, 25, _NORDWIND, 0, 221_800, 1, 0,
             50_000, opened=date(2024, 3, 4)),
    Customer("account-1014", "Ingrid Solberg", 410_000, 147_500, 28, _PENSIONS, 0, 139_000, 0, 0),
    Customer("account-1015", "Rahul Mehta", 172_000, 388_000, 28, _SOLARIS, 0, 344_700, 1, 0,
             100_000, saves=30_000, saves_in="account-1036"),
    Customer("account-1016", "Clara Dupont", 69_000, 224_000, 26, _CLINIC, 0, 203_300, 1, 1,
             fee=290, last_day=date(2024, 12, 5)),
    Customer("account-1017", "Tomas Novotny", 98_000, 232_000, 27, _CITY, 0, 224_000,
             opened=date(2024, 3, 11)),
    Customer("account-1018", "Aylin Demir", 37_000, 95_000, 27, "Cafe Seeblick", 0, 74_000, 2, 1,
             opened=date(2024, 4, 2)),
    Customer("account-1019", "Oskar Lehmann", 226_000, 298_000, 26, _CLINIC, 0, 264_200, 1, 1,
             100_000, fee=290),
    Customer("account-1020", "Nadia Petrova", 143_000, 254_000, 27, _SCHOOL, 0, 247_500,
             opened=date(2024, 4, 8)),
    Customer("account-1021", "Samuel Mensah", 82_000, 238_000, 25, _NORDWIND, 0, 219_600, 1, 0,
             50_000, opened=date(2024, 5, 6)),
    Customer("account-1022", "Elif Kaya", 29_000, 88_000, 28, "Book Corner", 0, 79_500, 1,
             opened=date(2024, 9, 2)),
    Customer("account-1023", "Viktor Hansson", 264_000, 362_000, 28, _SOLARIS, 0, 318_000, 1, 0,
             100_000, saves=25_000, saves_in="account-1037"),
    Customer("account-1024", "Ines Carvalho", 107_000, 246_000, 27, _CITY, 0, 238_800,
             opened=date(2024, 5, 13)),
    Customer("account-1025", "Daniel Fischer", 134_000, 271_000, 26, _CLINIC, 0, 252_400),
    Customer("account-1026", "Thandiwe Dlamini", 91_000, 243_000, 27, _SCHOOL, 0, 234_100,
             opened=date(2024, 7, 1)),
    Customer("account-1027", "Mei Lin", 188_000, 305_000, 28, _SOLARIS, 0, 271_300,
             opened=date(2024, 8, 5)),
    Customer("account-1028", "Arthur Klein", 275_000, 139_000, 28, _PENSIONS, 0, 124_000, 0, 1),
    Customer("account-1029", "Fatima Zahra", 58_000, 212_000, 25, _NORDWIND, 0, 198_000,
             opened=date(2024, 10, 7)),
    Customer("account-1030", "Noah Janssen", 41_000, cards=1, opened=date(2024, 10, 1)),
    Customer("account-1031", "Rosa Iglesias", 125_000, 228_000, 26, _CLINIC, 0, 213_700,
             opened=date(2024, 6, 3)),
    Customer("account-1032", "Stefan Popescu", 67_000, 233_000, 25, _NORDWIND, 0, 221_000,
             opened=date(2024, 11, 4)),
    Customer("account-1033", "Kaia Tamm", 83_000, 251_000, 27, _CITY, 0, 229_900,
             opened=date(2025, 1, 7)),
    Customer("account-1034", "Hanna Lindqvist, savings", 500_000, interest_rate=175),
    Customer("account-1035", "Yuki Tanaka, savings", 1_200_000, interest_rate=150),
    Customer("account-1036", "Rahul Mehta, savings", 350_000, interest_rate=175),
    Customer("account-1037", "Viktor Hansson, savings", 800_000, interest_rate=175),
    Customer(LANDLORD, "Lindenhof Housing", 1_850_000, overdraft_limit=500_000),
    Customer("account-1039", "Bakery Morgenrot", 420_000, takings=148_000, bills=61_400,
             overdraft_limit=200_000, fee=990),
    Customer("account-1040", "Book Corner", 265_000, takings=96_000, bills=47_800,
             overdraft_limit=200_000),
)  # fmt: skip
