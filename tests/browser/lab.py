"""A real JupyterLab in a folder of its own, and a real Chromium to open it with."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from eventsourcing_kit.lab.style import style_options

ROOT = Path(__file__).parents[2]
# What is waited for at the most: a machine that does ten other things has to pass, too.
MILLISECONDS = 120_000
expect.set_options(timeout=MILLISECONDS)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "no Chromium: install one, or name it in EVENTSOURCING_KIT_CHROMIUM"
CHROMIUM_FLAGS = [  # no sandbox: CI runs as root; the rest keeps it off the network
    "--no-sandbox",
    "--use-fake-device-for-media-stream",  # a microphone that beeps, and may be used
    "--use-fake-ui-for-media-stream",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LAB_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every output is in the page
}


@dataclass(frozen=True)
class Lab:
    """A running server: `folder` is its root, with copies of the notebooks and the data."""

    folder: Path
    url: str
    token: str

    def write(self, notebook: str, *cells: str) -> str:
        """Write a notebook of code cells into the folder and return its path there."""
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        written = nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": KERNEL})
        nbformat.write(written, self.folder / notebook)
        return notebook

    def open(self, page: Page, notebook: str) -> None:
        """Open a notebook, a path within the folder, and wait until its kernel is ready."""
        page.goto(f"{self.url}/lab/tree/{notebook}?token={self.token}&reset")
        page.locator(".jp-NotebookPanel:visible .jp-Cell").first.wait_for(timeout=300_000)
        page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
            "?.connectionStatus === 'connected'",
            timeout=300_000,
        )


def command(page: Page, name: str, timeout: float = 300, **arguments: str) -> None:
    """Run a command of JupyterLab, as its menus do, and wait until it is done (seconds)."""
    page.evaluate(
        """([name, args]) => {
            window.commandIsDone = false;
            jupyterapp.commands.execute(name, args).then(() => (window.commandIsDone = true));
        }""",
        [name, arguments],
    )
    page.wait_for_function("() => window.commandIsDone", timeout=timeout * 1000)


def run_all(page: Page, timeout: float = 900) -> None:
    """Run the open notebook from top to bottom; it stops at a cell that raises."""
    command(page, "notebook:run-all-cells", timeout)


def run_cell(page: Page, index: int) -> str:
    """Run one cell of the open notebook, from 0, and return the text of its result, if any."""
    page.evaluate("(i) => (jupyterapp.shell.currentWidget.content.activeCellIndex = i)", index)
    command(page, "notebook:run-cell")
    outputs = cells(page)[index]["outputs"]
    assert all("data" in output for output in outputs), outputs
    texts = [output["data"]["text/plain"] for output in outputs if "text/plain" in output["data"]]
    return str(texts[-1]) if texts else ""


def cells(page: Page) -> list[Any]:
    """The cells of the open notebook as it is in the page, outputs included."""
    found: list[Any] = page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.model.toJSON().cells"
    )
    return found


def set_theme(page: Page, theme: str) -> None:
    """Switch to "Light" or "Dark"."""
    command(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def shut_down(page: Page) -> None:
    """Shut the open notebook's kernel down, and wait until the notebook knows."""
    command(page, "kernelmenu:shutdown")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=unknown]").wait_for(state="attached")


def screenshot(page: Page, name: str) -> None:
    """Keep what the page shows, in build/screenshots."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """JupyterLab on a free port, with no settings but its own, until the context ends."""
    root = folder / "root"
    root.mkdir()
    for name in ("notebooks", "data"):
        if (ROOT / name).exists():
            ignored = shutil.ignore_patterns(".ipynb_checkpoints")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name, settings in LAB_SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "EVENTSOURCING_KIT_HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
    }
    if notebooks := sorted(map(str, root.glob("notebooks/*.ipynb"))):
        trust = [sys.executable, "-m", "nbformat.sign", *notebooks]  # as `make lab` does
        subprocess.run(trust, env=environment, check=True, stdout=subprocess.DEVNULL)
    port, token = free_port(), secrets.token_hex(16)
    arguments = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.root_dir={root}", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *style_options(),
        *(["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else []),
    ]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log, cwd=root)
        try:
            lab = Lab(root, f"http://127.0.0.1:{port}", token)
            _wait_until_up(server, lab, folder / "lab.log")
            yield lab
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Headless Chromium. Raises FileNotFoundError where there is none."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """A page the size of a small laptop's. A dialog of the browser's own is an error."""
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # JupyterLab asks so when it has unsaved work
            dialogs.append(dialog.message)
        dialog.dismiss()

    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.on("dialog", refuse)
        yield page
    assert dialogs == []


def find_chromium() -> str | None:
    """The Chromium to test with, if any."""
    named = os.environ.get("EVENTSOURCING_KIT_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: subprocess.Popen[bytes], lab: Lab, log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=30):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
