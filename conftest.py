"""What every test run needs, whichever tests it picks."""

import os
import signal
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings

from tests.groups import ByGroup, Times, share_out
from tests.real_bank import needs_the_sample

# A progress bar shows how fast this machine is, so no two runs of a notebook would agree.
os.environ["TQDM_DISABLE"] = "1"

# What tests and notebooks try and solve is nobody's progress.
HOME = TemporaryDirectory(prefix="eventsourcing-kit-home-", ignore_cleanup_errors=True)
os.environ["EVENTSOURCING_KIT_HOME"] = HOME.name

# A shell lets a run in the background ignore Ctrl+C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TIMES = Times()

pytest_plugins = ["tests.real_servers"]

# No test asserts a time, so none has a deadline either.
settings.register_profile("kit", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("kit")


@pytest.hookimpl(tryfirst=True)  # before a notebook's kernel starts
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each notebook begins with a learner who has done nothing; the other tests share one."""
    name = item.path.stem if item.path.suffix == ".ipynb" else "tests"
    os.environ["EVENTSOURCING_KIT_HOME"] = os.path.join(HOME.name, name)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many as there are cores; for small tests one more, since some wait for the disk."""
    return (os.cpu_count() or 1) + int(config.option.markexpr == "not slow")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Shares the tests out by group."""
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cells of a notebook that show the real bank are compared where its files are."""
    share_out(items)
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is not None and "real-bank" in cell.metadata.get("tags", []):
            item.add_marker(needs_the_sample)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long it took."""
    TIMES.add(report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which groups took how long."""
    terminalreporter.section("slowest groups")
    for line in TIMES.lines(30):
        terminalreporter.line(line)
