"""Running it: signals, health, alarms, and debugging by replay."""

from __future__ import annotations

from .signals import JsonLines, Served, log_lines, serve_metrics

__all__ = ["JsonLines", "Served", "log_lines", "serve_metrics"]
