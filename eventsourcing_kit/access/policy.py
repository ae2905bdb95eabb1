"""Who may do what with which events: small rules that only ever give, and nothing without one.

Roles, and rules for them, as in role-based access control (NIST INCITS 359); the actor's own
streams and the tenant are attributes beside them. Which streams somebody may see follows from
their names alone: it is decided before a store is asked, so a stream that may not be seen and one
that is not there take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from ..errors import InvalidInput
from ..event import RecordedEvent, canonical_json, category, check_name, shown

Action = Literal["read", "append"]
READ: Final = "read"
APPEND: Final = "append"
EVERY: Final = "*"
"""All streams, of a rule; all keys, of its metadata."""

MASKED: Final = "[masked]"
"""What is read in the place of a masked field, unless its rule says something else."""

MASKED_FIELDS: Final = "masked_fields"
"""The key in an event's metadata under which a guard names the fields that it has masked."""

GAPS: Final = frozenset({MASKED_FIELDS, "erased_fields"})  # the second is the vault's
PLAIN: Final = frozenset({"actor", "causation_id", "correlation_id"})
"""The metadata that a rule shows by default.

Not the rest: a seal and a command's digest are hashes over the fields, and of a field with few
values a hash gives away which one it is.
"""


@dataclass(frozen=True)
class Actor:
    """Who asks: a name, the roles, and the tenant, if there is one. Raises InvalidInput."""

    name: str
    roles: tuple[str, ...]
    tenant: str | None = None

    def __init__(self, name: str, roles: Iterable[str], tenant: str | None = None) -> None:
        if isinstance(roles, str):
            raise InvalidInput("roles", f"must be a list of texts, not the text {roles!r}")
        object.__setattr__(self, "name", check_name("actor", name))
        object.__setattr__(self, "roles", tuple(check_name("roles", role) for role in roles))
        object.__setattr__(self, "tenant", None if tenant is None else check_name("tenant", tenant))


@dataclass(frozen=True)
class Rule:
    """What a role may do.

    `streams` is a stream, a category ("account-*") or "*"; "{actor}" in a stream's name is the
    actor's. `types` are event types, None is all. Of what is read, the fields in `mask` are
    replaced, each as a whole; it may be a mapping to what is read in their place, where a text
    would not fit. `metadata` are the keys that are shown, or "*". A rule holds for streams of the
    actor's own tenant, or for `every_tenant`; who appends does it in their own name, or
    `for_others`. Raises InvalidInput.
    """

    role: str
    action: Action
    streams: str
    types: Collection[str] | None = None
    mask: Sequence[str] | Mapping[str, Any] = ()
    metadata: Collection[str] = PLAIN
    every_tenant: bool = False
    for_others: bool = False

    def __post_init__(self) -> None:
        check_name("role", self.role)
        check_name("streams", self.streams)
        if self.action not in (READ, APPEND):
            raise InvalidInput("action", f"must be 'read' or 'append', not {shown(self.action)}")
        whole, _, star = self.streams.partition("*")
        if "*" in self.streams and (star or (whole and whole.find("-") != len(whole) - 1)):
            raise InvalidInput("streams", f"{self.streams!r}: a * stands alone, or for a category")
        if isinstance(self.mask, Mapping):
            canonical_json(self.mask, "mask")
        for name in ("types", "mask", "metadata"):
            if isinstance(getattr(self, name), str) and getattr(self, name) != EVERY:
                raise InvalidInput(name, f"must be a list of names, not {getattr(self, name)!r}")

    def __str__(self) -> str:
        what = "every event" if self.types is None else ", ".join(sorted(self.types))
        masked = f", without {', '.join(self.mask)}" if self.mask else ""
        tenants = ", of every tenant" if self.every_tenant else ""
        return f"{self.role} may {self.action} {what} of {self.streams}{masked}{tenants}"

    def names(self, stream_id: str, actor: Actor) -> bool:
        """Whether it is about this stream."""
        if self.streams == EVERY:
            return True
        if self.streams.endswith("-*"):
            return category(stream_id) == self.streams[:-2] and "-" in stream_id
        return stream_id == self.streams.replace("{actor}", actor.name)

    def in_category(self, name: str) -> bool:
        """Whether it is about any stream of a category."""
        return self.streams == EVERY or category(self.streams) == name

    @property
    def gives_all(self) -> bool:
        """Whether everything may be read by it, as it is stored."""
        every = self.streams == EVERY and self.types is None and self.every_tenant
        return every and not self.mask and self.metadata == EVERY

    def covers(self, type_: str) -> bool:
        """Whether it is about events of this type."""
        return self.types is None or type_ in self.types


@dataclass(frozen=True)
class View:
    """What somebody sees of the events of one type in one stream, by all rules that give it."""

    rules: tuple[Rule, ...]
    mask: Mapping[str, Any]
    metadata: frozenset[str] | None  # None is all of it

    @cached_property
    def is_whole(self) -> bool:
        """Whether an event is shown as it is."""
        return not self.mask and self.metadata is None

    def event(self, event: RecordedEvent) -> RecordedEvent:
        """The event as it is seen."""
        if self.is_whole:
            return event
        data, metadata = self.payloads(event.data, event.metadata)
        return RecordedEvent(  # dataclasses.replace takes five times as long
            event.position,
            event.stream_id,
            event.version,
            event.event_id,
            event.type,
            event.schema_version,
            data,
            metadata,
            event.occurred_at,
            event.recorded_at,
        )

    def payloads(
        self, data: dict[str, Any], metadata: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """An event's data and metadata as they are seen. Whoever masks says what."""
        keys = self.metadata
        if keys is not None and not metadata.keys() <= keys:
            metadata = {key: value for key, value in metadata.items() if key in keys}
        masked = [name for name in self.mask if name in data]
        if masked:
            data = data | {name: self.mask[name] for name in masked}
            before = metadata.get(MASKED_FIELDS, [])
            metadata = metadata | {MASKED_FIELDS: sorted({*before, *masked})}
        return data, metadata


@dataclass(frozen=True)
class Verdict:
    """What becomes of a field: "shown", "masked" or "refused", by which rule, in a sentence."""

    outcome: Literal["shown", "masked", "refused"]
    rule: Rule | None
    why: str


def no_tenant(stream_id: str) -> None:
    """Of a store for one tenant alone."""


def tenant_in_name(stream_id: str) -> str | None:
    """Of stream ids that begin with it, behind the category: "north" of "account-north.1007"."""
    tenant, dot, _ = stream_id.partition("-")[2].partition(".")
    return tenant if dot else None


@dataclass(frozen=True)
class Policy:
    """Rules, of which each gives something and none takes away: their order does not matter.

    `tenant_of` says of a stream, by its name, whose it is.
    """

    rules: tuple[Rule, ...]
    tenant_of: Callable[[str], str | None] = field(default=no_tenant)

    def __init__(
        self, rules: Iterable[Rule], tenant_of: Callable[[str], str | None] = no_tenant
    ) -> None:
        object.__setattr__(self, "rules", tuple(rules))
        object.__setattr__(self, "tenant_of", tenant_of)

    def rules_for(self, actor: Actor, action: Action, stream_id: str) -> tuple[Rule, ...]:
        """The rules by which the actor may do that with some of the stream's events."""
        return tuple(
            rule
            for rule in self.of_roles(actor, action)
            if rule.names(stream_id, actor)
            and (rule.every_tenant or self.tenant_of(stream_id) == actor.tenant)
        )

    def of_roles(self, actor: Actor, action: Action) -> list[Rule]:
        """The rules of the actor's roles, whatever they are about."""
        return [one for one in self.rules if one.role in actor.roles and one.action == action]

    def view(self, actor: Actor, stream_id: str, type_: str) -> View | None:
        """What the actor sees of such events. A field is masked if every rule masks it."""
        rules = [one for one in self.rules_for(actor, READ, stream_id) if one.covers(type_)]
        if not rules:
            return None
        first, *others = (_gaps(rule) for rule in rules)
        mask = {name: gap for name, gap in first.items() if all(name in one for one in others)}
        keys = None
        if not any(rule.metadata == EVERY for rule in rules):
            keys = GAPS.union(*(rule.metadata for rule in rules))
        return View(tuple(rules), mask, keys)

    def explain(self, actor: Actor, stream_id: str, type_: str, name: str) -> Verdict:
        """What the actor sees of one field of `data`, and which rule decides it."""
        view = self.view(actor, stream_id, type_)
        who = f"{actor.name} ({', '.join(actor.roles) or 'no role'})"
        if view is None:
            return Verdict("refused", None, f"No rule gives {who} {type_} in {stream_id}.")
        if name in view.mask:
            return Verdict("masked", view.rules[0], f"{_sentence(view.rules[0])} {name} is masked.")
        rule = next(one for one in view.rules if name not in one.mask)
        return Verdict("shown", rule, _sentence(rule))


def cached_views(policy: Policy, actor: Actor) -> Callable[[str, str], View | None]:
    """What the actor sees, by stream and type; the policy is asked once for each pair."""
    return lru_cache(maxsize=100_000)(lambda stream_id, type_: policy.view(actor, stream_id, type_))


def _gaps(rule: Rule) -> Mapping[str, Any]:
    return rule.mask if isinstance(rule.mask, Mapping) else dict.fromkeys(rule.mask, MASKED)


def _sentence(rule: Rule) -> str:
    return f"{str(rule)[0].upper()}{str(rule)[1:]}."
