"""What a sheet's part holds, cell by cell, without building a cell: where values stand, how many.

Two ways lead to the same batches of cells: pieces in the plain form are taken apart by their bytes
(plain_cells); whatever is written otherwise goes through an XML parser, whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar
from xml.parsers import expat

import numpy as np

from evaluation.ingest.files.limits import (
    LARGEST_ROW,
    MAX_ODD_ELEMENTS,
    MAX_TEXT_LENGTH,
    damaged,
    text_too_long,
    too_large,
    too_slow,
)
from evaluation.ingest.files.plain_cells import (
    ERROR,
    NUMBER,
    SHARED,
    STR,
    TYPES,
    Cells,
    plain_cells,
)

_BATCH = 50_000
_LONGEST_NUMBER = 7
_LONGEST_HEAD = 4_000_000
_BODY = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?sheetData(?:\s[^<>]*)?>")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class Sink(Protocol):
    """What takes up a sheet's cells and the elements around them."""

    file_name: str

    def add(self, cells: Cells) -> None: ...

    def element(self, name: str, attributes: dict[str, str]) -> None: ...


AnySink = TypeVar("AnySink", bound=Sink)


# --- any form ---------------------------------------------------------------------------------


class CarefulReader:
    """The cells of a sheet however its XML is written, and the elements around them."""

    def __init__(self, sink: Sink, *, never_calculated: bool) -> None:
        self._sink = sink
        self._never_calculated = never_calculated
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._row, self._column = 0, -1
        self._batch: list[tuple[int, int, int, int, bool, bool, int]] = []
        self._words: list[tuple[int, str]] = []
        self._hidden: list[int] = []
        self._size = self._n = 0
        self._type = self._style = 0
        self._seen: set[str] = set()
        self._collects = False
        self._text: list[str] = []

    def feed(self, text: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(text, last)
        except expat.ExpatError as error:
            raise damaged(self._sink.file_name) from error
        if last:
            self._flush()

    def _refuse(self, *_: object) -> None:
        raise damaged(self._sink.file_name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._n += 1
        if self._n > MAX_ODD_ELEMENTS:
            raise too_slow(self._sink.file_name)
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._row = self._number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = -1
            if attributes.get("hidden") in ("1", "true"):
                self._hidden.append(self._row)
        elif tag in ("v", "f", "is", "t"):
            self._seen.add(tag)
            self._collects = tag in ("v", "t")
            if tag == "v":
                self._text.clear()  # of two values, the last one counts
        else:
            self._sink.element(tag, attributes)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            found = position_of(attributes["r"])
            if found is None:
                raise damaged(self._sink.file_name)
            self._row, self._column = found
        else:
            self._column += 1
        self._type = TYPES.get(attributes.get("t", "n"), NUMBER)
        self._style = self._number(attributes["s"]) if "s" in attributes else 0
        self._seen.clear()
        self._text.clear()
        self._size = 0

    def _number(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
            raise damaged(self._sink.file_name)
        return int(text)

    def _data(self, text: str) -> None:
        if self._collects:
            self._size += len(text)
            if self._size > MAX_TEXT_LENGTH:
                raise text_too_long(self._sink.file_name)
            self._text.append(text)

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "c":
            self._end_cell()
        elif tag in ("v", "t"):
            self._collects = False

    def _end_cell(self) -> None:
        text = "".join(self._text)
        holds = "v" in self._seen and (bool(text) or self._type == STR)
        filled = holds or "is" in self._seen
        if self._never_calculated and text == "0":
            holds = False
        string = -1
        if self._type == SHARED and text:
            string = self._number(text.strip())
        if self._type == ERROR and filled:
            self._words.append((len(self._batch), text.strip()))
        uncalculated = "f" in self._seen and not holds and "is" not in self._seen
        self._batch.append(
            (self._row, self._column, self._type, self._style, filled, uncalculated, string)
        )
        if len(self._batch) == _BATCH:
            self._flush()

    def _flush(self) -> None:
        table = np.array(self._batch, dtype=np.int64).reshape(-1, 7).T
        rows, columns, types, styles, filled, uncalculated, strings = table
        self._sink.add(
            Cells(
                rows, columns, types.astype(np.uint8), styles, filled.astype(bool),
                uncalculated.astype(bool), strings, tuple(self._words), tuple(self._hidden),
            )
        )  # fmt: skip
        self._batch.clear()
        self._words.clear()
        self._hidden.clear()


def position_of(address: str) -> tuple[int, int] | None:
    """The row (from 1) and column (from 0) of an address such as B3; None if it is none."""
    found = _REFERENCE.fullmatch(address)
    return (int(found.group(2)), column_number(found.group(1))) if found else None


def column_letters(number: int) -> str:
    """What the spreadsheet program calls the column with this number from 0."""
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def column_number(letters: str) -> int:
    """A column's number from 0: A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


# --- a whole part -----------------------------------------------------------------------------


def scan_sheet(
    part: Callable[[], Iterator[bytes]], sink: Callable[[], AnySink], *, never_calculated: bool
) -> AnySink:
    """Scan one part; ``part`` unpacks it from the start, ``sink`` makes an empty sink."""
    filled = sink()
    if not _scan_plain(part(), filled, never_calculated=never_calculated):
        filled = sink()
        reader = CarefulReader(filled, never_calculated=never_calculated)
        for piece in part():
            reader.feed(piece)
        reader.feed(b"", last=True)
    return filled


def _scan_plain(pieces: Iterator[bytes], sink: Sink, *, never_calculated: bool) -> bool:
    """Whether all cells stood in the plain form and were taken up; the rest is parsed."""
    reader = CarefulReader(sink, never_calculated=never_calculated)
    text = b""
    body = None
    for piece in pieces:
        text += piece
        body = _BODY.search(text)
        if body or len(text) > _LONGEST_HEAD:
            break
    if body is None or b"<!" in text[: body.start()] or body.group().endswith(b"/>"):
        return False
    reader.feed(text[: body.end()])
    text = text[body.end() :]
    prefix = body.group(1) + b":" if body.group(1) else b""
    while True:
        stop = text.find(b"</" + prefix + b"sheetData")
        cut = stop if stop >= 0 else text.rfind(b"<" + prefix + b"row")
        if cut > 0:
            rows = text[:cut]
            if prefix:
                rows = rows.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
            cells = plain_cells(rows, never_calculated=never_calculated)
            if cells is None:
                return False
            sink.add(cells)
            text = text[cut:]
        if stop >= 0:
            break
        if len(text) > LARGEST_ROW:
            raise too_large(sink.file_name, "one row of it", f"{LARGEST_ROW / 1e6:.0f} MB")
        piece = next(pieces, b"")
        if not piece:
            raise damaged(sink.file_name)
        text += piece
    reader.feed(text)
    for piece in pieces:
        reader.feed(piece)
    reader.feed(b"", last=True)
    return True
