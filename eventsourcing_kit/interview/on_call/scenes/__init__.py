"""The scenes by the ids of their pages, a module for each family."""

from __future__ import annotations

from ..scene import Scene
from . import catching_up, publishing, reading, twice, writing

FAMILIES = (catching_up, twice, writing, reading, publishing)
SCENES: dict[str, type[Scene]] = {
    scene.name: scene for family in FAMILIES for scene in family.SCENES
}
