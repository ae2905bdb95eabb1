"""What a function's results depend on, as a short hash: its code, and whatever that code uses.

Things are numbered as they are met, from the roots on, so that circles end; each is told by its
parts. What is of Python or of an installed package is told by name and version. Nothing goes by an
address, a place in a file, or the order of a set: every process finds the same.
"""

from __future__ import annotations

import ast
import builtins
import copyreg
import dis
import hashlib
import inspect
import linecache
import sys
import sysconfig
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from functools import cache, cached_property, lru_cache
from importlib import import_module, metadata
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import (
    CodeType,
    EllipsisType,
    FunctionType,
    MappingProxyType,
    ModuleType,
    NoneType,
    SimpleNamespace,
)
from typing import Any, get_type_hints

PLAIN = {NoneType, EllipsisType, bool, int, float, complex, str, bytes}
WRAPPERS = (staticmethod, classmethod, type(lru_cache(len)))
CHANGING = {"_thread", "_weakref", "os", "threading", "weakref"}  # modules of what is never alike
NOT_CODE = {  # where a class stands, what is told in another way, and what comes while it is used
    *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__firstlineno__"),
    *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
    *("__static_attributes__", "__slotnames__", "__msgspec_cache__", "_abc_impl"),
    "_value2member_map_",
}
LIBRARIES = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib")]
PACKAGES = {"site-packages", "dist-packages"}
STARS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
HEAP_TYPE = 1 << 9  # the flag of a class that a class statement made (or C, like one)


def fingerprint(*roots: Any) -> str:
    """Sixteen hexadecimal digits that change when the roots do, or anything that they use."""
    walk = _Walk()
    lines = [walk.tell(root) for root in roots]
    for thing in walk.met:  # it grows meanwhile
        lines.append(" ".join(walk.parts(thing)))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:16]


class _Walk:
    """The things met so far; being kept, none of them leaves its id to another one."""

    def __init__(self) -> None:
        self.met: list[Any] = []
        self._numbers: dict[int, int] = {}

    def tell(self, thing: Any) -> str:
        """A value as it is written, or the number of a thing that has parts."""
        kind = type(thing)
        if kind in PLAIN:
            return f"{kind.__name__}:{thing!r}"
        if kind is tuple:
            return f"({','.join(map(self.tell, thing))})"
        if kind in (set, frozenset):
            return f"{kind.__name__}({','.join(map(self.tell, sorted(thing, key=_label)))})"
        if id(thing) not in self._numbers:
            self._numbers[id(thing)] = len(self.met)
            self.met.append(thing)
        return f"#{self._numbers[id(thing)]}"

    def parts(self, thing: Any) -> Iterator[str]:
        """What a thing is made of."""
        if isinstance(thing, FunctionType):
            yield from self._function(thing)
        elif isinstance(thing, CodeType):
            yield from map(self.tell, (thing.co_code, thing.co_exceptiontable, thing.co_consts))
            takes = thing.co_argcount, thing.co_kwonlyargcount, thing.co_flags & STARS
            yield self.tell((thing.co_names, thing.co_varnames, takes))
        elif isinstance(thing, type):
            yield from self._class(thing)
        elif isinstance(thing, ModuleType):
            foreign = owner(thing.__name__)
            yield f"{foreign} {thing.__name__}" if foreign else self.tell(_contents(thing))
        else:
            yield self.tell(type(thing))
            yield from map(self.tell, _state(thing))

    def _function(self, function: FunctionType) -> Iterator[str]:
        code, names = function.__code__, function.__globals__
        foreign = owner(names.get("__name__"))
        yield f"{foreign} {function.__qualname__}" if foreign else source(code) or self.tell(code)
        for cell in function.__closure__ or ():  # a foreign decorator has what is decorated there
            with suppress(ValueError):  # an empty one
                yield self.tell(cell.cell_contents)
        yield self.tell(vars(function))
        if not foreign:
            yield self.tell((function.__defaults__, function.__kwdefaults__))
            yield from map(self.tell, used(code, names))

    def _class(self, cls: type[Any]) -> Iterator[str]:
        yield cls.__name__
        if foreign := owner(_module_of(cls)):
            yield f"{foreign} {cls.__qualname__}"
            return
        yield from map(self.tell, (type(cls), *cls.__bases__))
        for name, value in sorted(vars(cls).items()):
            if name not in NOT_CODE:
                yield f"{name}={self.tell(value)}"
        yield self.tell(getattr(cls, "__struct_defaults__", ()))  # of a msgspec.Struct
        for name, hint in inspect.get_annotations(cls).items():
            yield f"{name}:{self.tell(_resolved(cls, hint))}"


# --- code ----------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def source(code: CodeType) -> str:
    """A function's source without comments, docstrings and layout.

    Empty if it is not the source of this very code: not there, or changed since it was imported.
    """
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    if code.co_name == "<lambda>" or code not in _compiled("".join(lines)):
        return ""
    block = inspect.getblock(lines[code.co_firstlineno - 1 :])
    try:
        tree = ast.parse(textwrap.dedent("".join(block)))
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@lru_cache(maxsize=16)
def _compiled(text: str) -> frozenset[CodeType]:
    """All code objects in a file."""
    try:
        found = [compile(text, "", "exec", dont_inherit=True)]
    except (SyntaxError, ValueError):
        return frozenset()
    for code in found:
        found += [const for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(found)


def used(code: CodeType, names: Mapping[str, Any]) -> Iterator[Any]:
    """The values of the globals that code uses now; of a module, only the attributes it uses."""
    value, is_open = None, False
    recent: tuple[Any, Any] = 0, ()
    for step in dis.get_instructions(code):
        if step.opname == "EXTENDED_ARG":
            continue
        if is_open:
            if isinstance(value, ModuleType) and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                foreign, name = owner(value.__name__), step.argval
                value = f"{foreign} {value.__name__}.{name}" if foreign else _attribute(value, name)
                continue
            yield value
        is_open = step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
        if is_open:
            value = names.get(step.argval, getattr(builtins, step.argval, None))
        elif step.opname == "IMPORT_NAME":
            yield from _imported(step.argval, *recent, names)
        recent = recent[1], step.argval
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from used(const, names)


def _attribute(module: ModuleType, name: str) -> Any:
    with suppress(Exception):  # a module may make its attributes when they are asked for
        return getattr(module, name)
    return None


def _imported(
    name: str, level: int, wanted: tuple[str, ...] | None, names: Mapping[str, Any]
) -> Iterator[Any]:
    """What an import inside a function brings in."""
    with suppress(Exception):  # then evolve could not import it, either
        name = resolve_name("." * level + name, names.get("__package__"))
        if foreign := owner(name):  # and is not imported for this
            yield f"{foreign} {name} {wanted}"
            return
        module = import_module(name)
        for one in wanted or ():
            yield getattr(module, one) if hasattr(module, one) else import_module(f"{name}.{one}")
        if not wanted:
            yield module


# --- whose, and what -----------------------------------------------------------------------------


@cache
def owner(module: str | None) -> str:
    """Whose a module is: "python 3.11", "msgspec 0.20.0"; nothing for code of one's own."""
    top = str(module).partition(".")[0]
    places = [getattr(sys.modules.get(str(module)), "__file__", None)]
    with suppress(ImportError, ValueError):  # of a module made by hand, or __main__
        if spec := find_spec(top):
            places += [spec.origin, *(spec.submodule_search_locations or ())]
    path = Path(next(filter(None, places), ""))
    is_library = any(map(path.is_relative_to, LIBRARIES)) or not PACKAGES.isdisjoint(path.parts)
    if top in sys.stdlib_module_names and (is_library or not path.is_file()):
        return f"python {sys.version_info.major}.{sys.version_info.minor}"
    if not is_library:
        return ""
    with suppress(metadata.PackageNotFoundError):
        return f"{top} {metadata.version(top)}"
    names = metadata.packages_distributions().get(top, [])
    return " ".join([top, *(f"{name} {metadata.version(name)}" for name in names)])


def _module_of(cls: type[Any]) -> str:
    """The module in which a class is found; none for one that was made while the program ran."""
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    is_of_c = not cls.__flags__ & HEAP_TYPE
    return cls.__module__ if found is cls or is_of_c else ""


def _state(thing: Any) -> tuple[Any, ...]:
    """What an object would be copied by; its attributes if it cannot be copied."""
    if isinstance(thing, Enum):
        return thing._name_, thing._value_
    if isinstance(thing, property):
        return thing.fget, thing.fset, thing.fdel
    if isinstance(thing, MappingProxyType):
        return tuple(thing.items())
    if isinstance(thing, set | frozenset):  # a subclass: it would be copied in any order
        return frozenset(thing), object.__getstate__(thing)
    if type(thing).__module__ in CHANGING:
        return ()
    with suppress(Exception):
        if isinstance(thing, WRAPPERS):
            return (thing.__wrapped__,)
        reduce = copyreg.dispatch_table.get(type(thing))
        state: Any = reduce(thing) if reduce else thing.__reduce_ex__(4)
        if isinstance(state, str):  # it is a global, of that name
            alias = getattr(thing, "__value__", None) or getattr(thing, "__supertype__", None)
            return state, owner(getattr(thing, "__module__", None)), alias
        return tuple(_kept(thing, part) for part in state)
    return (getattr(thing, "__dict__", None),)


def _kept(thing: Any, part: Any) -> Any:
    """A part without what was only worked out, and with the items instead of their iterator."""
    if isinstance(part, dict):
        cached = [name for name in part if _is_cached(thing, name)]
        return {name: value for name, value in part.items() if name not in cached}
    return tuple(part) if isinstance(part, Iterator) else part


def _is_cached(thing: Any, name: Any) -> bool:
    return isinstance(name, str) and isinstance(getattr(type(thing), name, None), cached_property)


def _contents(module: ModuleType) -> dict[str, Any]:
    """All of a module but the modules in it, which are there once somebody has imported them."""
    inside = f"{module.__name__}."
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if not name.startswith("__")
        and not (isinstance(value, ModuleType) and value.__name__.startswith(inside))
    }


def _resolved(cls: type[Any], hint: Any) -> Any:
    """A type hint with the classes that its names stand for, as far as they can be found."""
    names = vars(sys.modules.get(cls.__module__, SimpleNamespace()))
    with suppress(Exception):
        one = SimpleNamespace(__annotations__={"hint": hint})
        return get_type_hints(one, names, dict(vars(cls)), include_extras=True)["hint"]
    return hint


def _label(value: Any) -> str:
    """By what the members of a set are brought into an order that is the same everywhere."""
    if type(value) in PLAIN:
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, tuple):
        return ",".join(map(_label, value))
    if isinstance(value, frozenset):
        return ",".join(sorted(map(_label, value)))
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    return f"{getattr(value, '__qualname__', '')} {type(value).__qualname__}"
