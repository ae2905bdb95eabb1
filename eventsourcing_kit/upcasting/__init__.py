"""Events that change shape: upcasters on read, the same in SQL, copying, and what has changed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .changes import Add, Change, Compute, Merge, Remove, Rename, Units
from .compatibility import ShapeChange, compare_shapes
from .copying import CopyReport, copy_and_transform
from .upcasters import Part, Step, Upcaster, Upcasters, part, split, upcast
from .view import as_view

if TYPE_CHECKING:
    from . import bank

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
    "as_view",
    "bank",
    "compare_shapes",
    "copy_and_transform",
    "part",
    "split",
    "upcast",
]


def __getattr__(name: str) -> Any:
    if name == "bank":
        return import_module(".bank", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
