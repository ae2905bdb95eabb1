"""The bytes that are hashed and signed: one text for one value, and its type in front of it.

Two programs have to make the same bytes of the same value, or a sound signature is called forged.
"""

from __future__ import annotations

from typing import Any

from ..errors import InvalidInput


def canonical(value: Any) -> bytes:
    """The JSON of a value as RFC 8785 (JCS) has it, by the library rfc8785.

    Sorting keys is not enough. What Python's own encoder sorts by code points, RFC 8785 sorts by
    UTF-16 code units, in which what lies beyond U+FFFF begins with D800 to DBFF:

    >>> import json
    >>> names = {"\\ufb33": 1, "\\U0001f600": 2}
    >>> list(json.loads(canonical(names))) == sorted(names)
    False

    And a number has one text there, that of JavaScript:

    >>> json.dumps([1.0, 1e-7], sort_keys=True), canonical([1.0, 1e-7])
    ('[1.0, 1e-07]', b'[1,1e-7]')

    So 1 and 1.0 become the same bytes. What the kit signs has text and whole numbers alone; the
    payload goes in as text, in the form that the stores keep, where 1.0 stays 1.0.

    Raises InvalidInput for what JCS cannot write: NaN, integers beyond 53 bits, half surrogates.
    """
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (ValueError, TypeError, RecursionError) as error:  # its own errors are ValueErrors
        raise InvalidInput("value", f"has no canonical form: {error}") from None


def pre_authentication(type_: str, body: bytes) -> bytes:
    """What is signed: the body, and what kind of thing it is, each with its length in front.

    So a signature on one kind can never be shown as one on another, nor a border be moved. It is
    the PAE of DSSE, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md

    >>> pre_authentication("text/greeting", b"hello")
    b'DSSEv1 13 text/greeting 5 hello'
    """
    kind = type_.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
