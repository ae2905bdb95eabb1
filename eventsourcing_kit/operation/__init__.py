"""Running it: signals, health, alarms, debugging by replay, and incidents to learn from."""

from __future__ import annotations

from .alarms import RULES, Alarm, Rule, Sample, alarms
from .debugging import Cause, Comparison, Difference, FirstBad, Raised, bisect, compare, why
from .health import Check, Health, Limits, health
from .incidents import INCIDENTS, Action, Recording
from .signals import JsonLines, Served, log_lines, serve_metrics

__all__ = [
    "INCIDENTS",
    "RULES",
    "Action",
    "Alarm",
    "Cause",
    "Check",
    "Comparison",
    "Difference",
    "FirstBad",
    "Health",
    "JsonLines",
    "Limits",
    "Raised",
    "Recording",
    "Rule",
    "Sample",
    "Served",
    "alarms",
    "bisect",
    "compare",
    "health",
    "log_lines",
    "serve_metrics",
    "why",
]
