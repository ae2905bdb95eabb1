"""Widgets: they are given data, run in the browser, and know no store and no SQL."""

from __future__ import annotations

from .bank_travel import BankTravel
from .time_travel import TimeTravel

__all__ = ["BankTravel", "TimeTravel"]
