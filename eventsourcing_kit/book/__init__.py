"""The course as a static site: a page a chapter, with its widgets live, for any browser.

It needs no kernel, no server and no network, and works when opened as a file: `make book`.
"""

from __future__ import annotations

from .book import build

__all__ = ["build"]
