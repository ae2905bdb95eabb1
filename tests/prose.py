"""One sentence a line, so that a change to a sentence is a change to one line."""

import re
from collections.abc import Iterator
from textwrap import dedent

import yaml

# A full stop, what closes with it, a blank, and what may open a sentence. Code keeps its blanks.
CODE = re.compile(r"(`+)(?:(?!\1).)+?\1|\[[^]]*\]\([^)]*\)|<[^>]*>", re.DOTALL)
END = re.compile(r"""(?<=[.!?])([*_")\]]*) +(?=[*_"(\[<]*[A-Z0-9`\0])""")
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|vs|St|Mr|Mrs|Dr|No|cf)|\b[A-Z])\.$")
# Lines that stand as they are: headings, rows, rules, HTML, an empty quotation, a forced break.
VERBATIM = re.compile(r"\s*(#|\||<|---|>\s*$|$)|.*(\\|  )$")
FENCE = re.compile(r"\s*(```|~~~)")
ITEM = re.compile(r"\s*([-*+]|\d+[.)]) ")
# What stands before the first sentence of a paragraph; the others are indented as far.
OPENING = re.compile(r"\s*(?:(?:[-*+]|\d+[.)]|>) +)*")


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph without line breaks.

    >>> sentences('It is one, e.g. here. "Is it?" "No." And `a. B` is code.')
    ['It is one, e.g. here.', '"Is it?"', '"No."', 'And `a. B` is code.']
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        return f"\0{len(held) - 1}\0"

    found: list[str] = []
    for part in END.sub(r"\1\n", CODE.sub(hold, text)).split("\n"):
        if found and ABBREVIATED.search(found[-1]):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return [re.sub(r"\0(\d+)\0", lambda match: held[int(match[1])], part) for part in found]


def one_sentence_a_line(markdown: str) -> str:
    """The same Markdown with a line for each sentence; code, tables and HTML as they are."""
    blocks: list[str] = []
    paragraph: list[str] = []
    fenced = False
    for line in [*markdown.split("\n"), ""]:
        fence = FENCE.match(line)
        verbatim = fenced or fence or VERBATIM.match(line)
        fenced ^= bool(fence)
        another = ITEM.match(line) or (paragraph and line[:2] == "> " != paragraph[0][:2])
        if paragraph and (verbatim or another):
            blocks.append(_spread(paragraph))
            paragraph = []
        if verbatim:
            blocks.append(line)
        else:
            paragraph.append(line)
    return "\n".join(blocks[:-1])


def _spread(paragraph: list[str]) -> str:
    """A paragraph's lines, made anew: one a sentence, indented like its first."""
    opening = OPENING.match(paragraph[0])
    assert opening
    rest = " ".join(line.strip().removeprefix("> ") for line in paragraph[1:])
    first, *others = sentences(f"{paragraph[0][opening.end() :].rstrip()} {rest}".rstrip())
    indent = re.sub(r"[^>]", " ", opening[0])
    return "\n".join([opening[0] + first, *(indent + other for other in others)])


def crowded(source: str) -> Iterator[str]:
    """The prose of a YAML file that does not have one sentence a line: where, and how it begins."""
    for node in _scalars(yaml.compose(source, Loader=yaml.SafeLoader)):
        text = source[node.start_mark.index : node.end_mark.index]
        if node.style == ">":
            _, *lines = dedent(text.strip()).split("\n")
            body = dedent("\n".join(lines))
            broken = one_sentence_a_line(body) != body
        else:
            broken = node.style != "|" and len(sentences(" ".join(node.value.split()))) > 1
        if broken:
            yield f"line {node.start_mark.line + 1} crowds its sentences: {node.value[:40]!r}"


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    match node:
        case yaml.ScalarNode():
            yield node
        case yaml.SequenceNode():
            for item in node.value:
                yield from _scalars(item)
        case yaml.MappingNode():
            for _, value in node.value:
                yield from _scalars(value)
