"""Code in colours: what each piece of a line is, so that a page need not know any language."""

from __future__ import annotations

from typing import Any

Piece = tuple[str, str]  # its kind (keyword, string, number, comment, name, or "") and its text


def coloured(code: str, language: str) -> list[list[Piece]]:
    """The lines of some Python or SQL in pieces; joined they are the code again.

    Code in another language, or in none, is one piece a line. The library pygments reads it.
    """
    if language not in ("python", "sql"):
        return [[("", line)] for line in code.split("\n")]
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    lines: list[list[Piece]] = [[]]
    for token, text in lexer.get_tokens(code):
        first, *others = text.split("\n")
        for new, part in ((False, first), *((True, other) for other in others)):
            if new:
                lines.append([])
            if part:
                lines[-1].append((_kind(token), part))
    return lines


def _kind(token: Any) -> str:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    kinds = (
        (Comment, "comment"),
        (String, "string"),
        (Number, "number"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (Name.Function, "name"),
        (Name.Class, "name"),
    )
    return next((kind for parent, kind in kinds if token in parent), "")
