"""One JupyterLab for all browser tests; a Chromium and a bench a module; a fresh page a test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.bare import Bench
from tests.browser.lab import (
    NO_CHROMIUM,
    Lab,
    find_chromium,
    new_page,
    running_chromium,
    running_lab,
)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


# A module's, not the session's: its event loop must be gone before nbval runs the notebooks.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page; see `new_page`."""
    with new_page(browser) as page:
        yield page


@pytest.fixture(scope="module")
def bench(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bare page; see `Bench`."""
    with new_page(browser) as page:
        yield Bench(page, tmp_path_factory.mktemp("bench"))


@pytest.fixture
def desk(bench: Bench) -> Iterator[Page]:
    """The bench's page, as wide and as light as ever when a test is over."""
    yield bench.page
    bench.page.set_viewport_size({"width": 1280, "height": 800})
    bench.set_theme("Light")
