"""What widgets, reports and notebooks draw with: plots, pictures, amounts and times as text."""

from __future__ import annotations

from . import plots

__all__ = ["plots"]
