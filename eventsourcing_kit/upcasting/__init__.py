"""Events that change shape: upcasters on read, the same in SQL, copying, and what has changed."""

from __future__ import annotations

from .changes import Add, Change, Compute, Merge, Remove, Rename, Units
from .compatibility import ShapeChange, compare_shapes
from .copying import CopyReport, copy_and_transform
from .steps import Part, Step, Upcaster, part, split, upcast
from .upcasters import Upcasters

__all__ = [
    "Add",
    "Change",
    "Compute",
    "CopyReport",
    "Merge",
    "Part",
    "Remove",
    "Rename",
    "ShapeChange",
    "Step",
    "Units",
    "Upcaster",
    "Upcasters",
    "compare_shapes",
    "copy_and_transform",
    "part",
    "split",
    "upcast",
]
