"""What widgets, reports and notebooks draw with: plots, pictures, amounts and times as text."""

from __future__ import annotations

from . import pictures, plots

__all__ = ["pictures", "plots"]
