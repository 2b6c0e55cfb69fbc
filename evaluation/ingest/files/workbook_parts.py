"""The small parts of a workbook: its list of sheets, its styles, its comments, its shared texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from xml.parsers import expat

import numpy as np

from evaluation.ingest.files.cells import Position
from evaluation.ingest.files.limits import (
    MAX_CELLS,
    MAX_ELEMENTS,
    MAX_NAMES,
    MAX_REMEMBERED,
    MAX_SHARED_TEXT_BYTES,
    MAX_SHEETS,
    MAX_TEXT_LENGTH,
    damaged,
    text_too_long,
    too_large,
)
from evaluation.ingest.files.plain_cells import ENTITY
from evaluation.ingest.files.sheet_scan import position_of

_XML_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[^>]*>")
_PHONETIC = re.compile(r"<rPh\b.*?</rPh>", re.DOTALL)
_ITEM_TAGS = len("<si><t></t></si>")
_WHITE_INDEXES = frozenset({"1", "9", "64", "65"})  # white, and the window's own colours
# What XlsxWriter says of a workbook in which every formula's result is a placeholder.
_NEVER_CALCULATED = "124519"

Attributes = dict[str, str]


@dataclass(frozen=True)
class Relationship:
    """A part that another part refers to."""

    id: str
    kind: str
    target: str


@dataclass
class WorkbookPart:
    """What the workbook's own part says."""

    sheets: list[tuple[str, str, str]] = field(default_factory=list)  # name, state, relationship
    names: dict[str, str] = field(default_factory=dict)
    date1904: bool = False
    never_calculated: bool = False


def parse_part(
    file_name: str,
    pieces: Iterable[bytes],
    start: Callable[[str, Attributes], None],
    *,
    end: Callable[[str, str], None] | None = None,
) -> None:
    """Parse a part: ``start`` gets each element, ``end`` its name and the text since it started.

    Names come without their namespace, those of attributes too.
    """
    n = size = 0
    text: list[str] = []

    def on_start(name: str, attributes: Attributes) -> None:
        nonlocal n, size
        n += 1
        size = 0
        if n > MAX_ELEMENTS:
            raise too_large(file_name, "a part beside its sheets", f"{MAX_ELEMENTS:,} elements")
        text.clear()
        start(_local(name), {_local(key): value for key, value in attributes.items()})

    def on_text(piece: str) -> None:
        nonlocal size
        size += len(piece)
        if size > MAX_SHARED_TEXT_BYTES:
            raise text_too_long(file_name)
        text.append(piece)

    def refuse(*_: object) -> None:
        raise damaged(file_name)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = refuse
    if end is not None:
        finish = end
        parser.CharacterDataHandler = on_text
        parser.EndElementHandler = lambda name: finish(_local(name), "".join(text))
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged(file_name) from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def read_relationships(file_name: str, pieces: Iterable[bytes]) -> list[Relationship]:
    """The relationships of one part, each kind by the last word of its address."""
    found: list[Relationship] = []

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append(Relationship(attributes.get("Id", ""), kind, attributes.get("Target", "")))

    parse_part(file_name, pieces, start)
    return found


def read_workbook_part(file_name: str, pieces: Iterable[bytes]) -> WorkbookPart:
    """The sheets in their order, the defined names, how dates are counted."""
    found = WorkbookPart()
    name_now: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            state = attributes.get("state", "visible")
            found.sheets.append((attributes.get("name", ""), state, attributes.get("id", "")))
            if len(found.sheets) > MAX_SHEETS:
                raise too_large(file_name, "too many sheets", f"{MAX_SHEETS} sheets")
        elif name == "definedName":
            name_now.append(attributes.get("name", ""))
            if len(name_now) > MAX_NAMES:
                raise too_large(file_name, "too many defined names", f"{MAX_NAMES:,} names")
        elif name == "workbookPr":
            found.date1904 |= attributes.get("date1904", "0") in ("1", "true")
        elif name == "calcPr":
            found.never_calculated = attributes.get("calcId") == _NEVER_CALCULATED and (
                attributes.get("fullCalcOnLoad") in ("1", "true")
            )

    def end(name: str, text: str) -> None:
        if name == "definedName":
            found.names.setdefault(name_now[-1], text.strip().removeprefix("="))

    parse_part(file_name, pieces, start, end=end)
    return found


def read_comments(file_name: str, pieces: Iterable[bytes]) -> set[Position]:
    """The cells that comments, old or threaded, are about; the first ones of very many."""
    found: set[Position] = set()

    def start(name: str, attributes: Attributes) -> None:
        if name in ("comment", "threadedComment") and len(found) < MAX_REMEMBERED:
            position = position_of(attributes.get("ref", ""))
            if position is not None:
                found.add(position)

    parse_part(file_name, pieces, start)
    return found


def read_coloured_styles(file_name: str, pieces: Iterable[bytes]) -> np.ndarray:
    """For each cell style, whether it fills the cell with one colour that is not white."""
    fills: list[bool] = []
    styles: list[bool] = []
    inside = {"cellXfs": False, "fills": False}
    is_solid = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_solid
        if name in ("cellXfs", "fills"):
            inside[name] = True
        elif name == "fill" and inside["fills"]:
            fills.append(False)
        elif name == "patternFill":
            is_solid = attributes.get("patternType") == "solid"
        elif name == "fgColor" and inside["fills"] and fills:
            fills[-1] = is_solid and not _is_white(attributes)
        elif name == "xf" and inside["cellXfs"]:
            fill = attributes.get("fillId", "0")
            styles.append(fill.isascii() and fill.isdigit() and int(fill[:9]) in coloured)

    def end(name: str, _: str) -> None:
        if name in inside:
            inside[name] = False
        if name == "fills":
            coloured.update(number for number, is_coloured in enumerate(fills) if is_coloured)

    coloured: set[int] = set()
    parse_part(file_name, pieces, start, end=end)
    return np.array(styles, dtype=bool)


def _is_white(colour: Attributes) -> bool:
    if "rgb" in colour:
        return colour["rgb"][-6:].upper() == "FFFFFF"
    if "theme" in colour:
        return colour["theme"] == "0" and colour.get("tint", "0") in ("0", "0.0")
    return "indexed" not in colour or colour["indexed"] in _WHITE_INDEXES


def read_shared_lengths(file_name: str, part: Callable[[], Iterator[bytes]]) -> np.ndarray:
    """How long each shared text is, in bytes and rather too long than too short."""
    lengths = _plain_lengths(file_name, part())
    return _parsed_lengths(file_name, part()) if lengths is None else lengths


def _plain_lengths(file_name: str, pieces: Iterator[bytes]) -> np.ndarray | None:
    found: list[np.ndarray] = []
    n = total = 0
    text = b""
    first = True
    for piece in chain(pieces, (b"",)):
        is_last = not piece
        text += piece
        if first:
            text = _XML_DECLARATION.sub(b"", text)
        first = False
        if b"<!" in text or b"<?" in text or re.search(rb":si[\s/>]", text):
            return None
        cut = len(text) if is_last else max(text.rfind(b"<si"), 0)
        lengths = _item_lengths(file_name, text[:cut])
        found.append(lengths)
        text = text[cut:]
        n += len(lengths)
        total += int(lengths.sum())
        _check_shared(file_name, n, total + len(text))
    return np.concatenate(found)


def _item_lengths(file_name: str, text: bytes) -> np.ndarray:
    a = np.frombuffer(text + b"\0\0\0", dtype=np.uint8)
    starts = np.flatnonzero((a[:-3] == 60) & (a[1:-2] == 115) & (a[2:-1] == 105))  # "<si"
    starts = starts[np.isin(a[starts + 3], np.frombuffer(b" \t\r\n/>", dtype=np.uint8))]
    ends = np.append(starts[1:], len(text))[: len(starts)]
    sizes = ends - starts
    for number in np.flatnonzero(sizes > MAX_TEXT_LENGTH).tolist():
        item = text[starts[number] : ends[number]].decode("utf-8", "replace")
        _check_length(file_name, len(ENTITY.sub("x", _TAG.sub("", _PHONETIC.sub("", item)))))
    return np.maximum(sizes - _ITEM_TAGS, 0)


def _parsed_lengths(file_name: str, pieces: Iterable[bytes]) -> np.ndarray:
    lengths: list[int] = []
    total = 0

    def start(name: str, _: Attributes) -> None:
        if name == "si":
            lengths.append(0)

    def end(name: str, text: str) -> None:
        nonlocal total
        if name == "t" and lengths:
            lengths[-1] += len(text.encode())
            total += len(text)
            _check_length(file_name, len(text))
            _check_shared(file_name, len(lengths), total)

    parse_part(file_name, pieces, start, end=end)
    return np.array(lengths, dtype=np.int64)


def _check_length(file_name: str, length: int) -> None:
    if length > MAX_TEXT_LENGTH:
        raise text_too_long(file_name)


def _check_shared(file_name: str, n: int, size: int) -> None:
    if size > MAX_SHARED_TEXT_BYTES:
        raise too_large(file_name, "all its texts together", f"{MAX_SHARED_TEXT_BYTES // 10**6} MB")
    if n > MAX_CELLS:
        raise too_large(file_name, f"{n:,} different texts", f"{MAX_CELLS:,} texts")
