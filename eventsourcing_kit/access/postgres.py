"""Roles and row security for a store in PostgreSQL: what holds in the server, for every program.

What is read and granted stands in postgres_sql/. What the owner and a superuser can do all the
same, that and who looks for it is chapter 10: it cannot be hindered there, only noticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal

import psycopg

from ..errors import InvalidInput
from ..sql_text import sql_text
from ..stores.postgres_connections import SCHEMA_NAME, parse

FILES: Final = ("roles", "privileges", "row_security")

Role = Literal["writer", "reader", "auditor"]


def sql(name: str) -> str:
    """The text of one of the files in postgres_sql/, with {schema} where its name goes."""
    return sql_text(f"access/postgres_sql/{name}.sql")


def install(url: str) -> None:
    """Give a store that is there its roles, all or nothing; `url` is its, for a superuser.

    Afterwards it belongs to <schema>_owner, and whoever logs in without one of its roles has
    nothing there. Raises psycopg.Error, such as for a second time.
    """
    with _connected(url) as (connection, schema):
        for name in FILES:
            connection.execute(sql(name).replace("{schema}", schema).encode())


def add_login(url: str, name: str, role: Role, tenants: Sequence[str] = ()) -> None:
    """Make a role that logs in, and say for which tenants it may work; as a superuser.

    How the server knows them (a password, a certificate) is not this kit's to say. Raises
    InvalidInput and psycopg.Error.
    """
    if not SCHEMA_NAME.fullmatch(name) or role not in ("writer", "reader", "auditor"):
        raise InvalidInput("name", f"of a login is small letters, digits and _: {name!r}, {role!r}")
    with _connected(url) as (connection, schema):
        connection.execute(f"CREATE ROLE {name} LOGIN IN ROLE {schema}_{role}".encode())
        for tenant in tenants:
            connection.execute("INSERT INTO tenant_members VALUES (%s, %s)", [name, tenant])


@contextmanager
def for_tenant(connection: psycopg.Connection[Any], tenant: str) -> Iterator[None]:
    """A transaction for one tenant. The next one on this connection is for none again."""
    with connection.transaction():
        connection.execute(sql("set_tenant"), {"tenant": tenant})
        yield


@contextmanager
def _connected(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """One transaction, in which the store's tables have their plain names; and the schema's."""
    address = parse(url)
    with psycopg.connect(address.conninfo) as connection:
        connection.execute(f"SET LOCAL search_path = {address.schema}".encode())
        yield connection, address.schema
