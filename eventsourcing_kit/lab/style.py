"""How chapters look in JupyterLab: a style sheet that it serves, and that no notebook carries."""

from __future__ import annotations

from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

CUSTOM = Path(__file__).parent / "custom"


def style_options() -> list[str]:
    """JupyterLab's options that bring the sheet. One of the reader's own comes first."""
    own = Path(jupyter_config_dir()) / "custom"
    places = {"static_custom_path": [str(own), str(CUSTOM)]}
    return ["--LabApp.custom_css=True", f"--ServerApp.tornado_settings={places}"]
