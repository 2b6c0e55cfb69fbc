"""Text files (CSV) to cells: every record a row, every cell the text that was typed.

Nothing says how a text file was written, so its encoding and its separator are found out from what
it holds, and a note tells a person what was taken.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice, zip_longest

import numpy as np

from evaluation.ingest.files.cells import (
    Cell,
    Column,
    Sheet,
    UnreadableFileError,
    Upload,
    as_typed,
    is_blank,
)
from evaluation.ingest.files.limits import (
    MAX_AREA,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT_BYTES,
    MAX_TEXT_LENGTH,
    too_large,
)

_LAST_ROW = 1_048_576  # of a spreadsheet; a file with more records is none

ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "utf-16": "UTF-16",
}
_CODECS = {"utf-8": "utf-8-sig"}  # where Python's name differs: here it drops the byte order mark
_BOM_16 = (b"\xff\xfe", b"\xfe\xff")
_UNREADABLE = "\ufffd"
_ODD_LINES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_N_ODD_LINES = 2_000
_CLEARLY = 0.25  # mean fit by which one encoding must beat the other to be beyond doubt

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w"\r\n])"?[ \t]*(?=[\r\n]|\Z)', re.IGNORECASE)
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_LINES = 200
_QUOTED = re.compile(r'(?:(?<=[,;\t|\r\n])|\A)"(?:[^"]|"")*"')  # a cell in quotation marks
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLOCK = 10_000  # records that are turned into columns at a time


def read_text(file_name: str, data: bytes, *, encoding: str = "") -> Upload:
    """Read a text file; ``encoding`` (one of ENCODINGS) is a person's word on how it was written.

    ``UnreadableFileError`` says why it cannot be read. A ``sep=`` line stays as a blank row.
    """
    if encoding and encoding not in ENCODINGS:
        raise ValueError(f"encoding={encoding!r}: allowed are {', '.join(ENCODINGS)}")
    if len(data) > MAX_TEXT_BYTES:
        raise too_large(file_name, f"{len(data) / 1e6:.0f} MB", f"{MAX_TEXT_BYTES / 1e6:.0f} MB")
    taken, certain = (encoding, True) if encoding else find_encoding(data)
    text = _decoded(file_name, data, taken, strict=bool(encoding))
    if "\0" in text:
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' holds bytes that are no text, so it cannot be read as a table.",
            "Open it in the program it comes from, save it as 'CSV UTF-8', and upload that.",
        )
    separator, text = _find_separator(text)
    columns = _read_columns(file_name, text, separator)
    notes = _notes(taken, separator, certain=certain, lost=text.count(_UNREADABLE))
    return Upload(file_name, "csv", (Sheet("", columns),), notes=notes)


def _notes(taken: str, separator: str, *, certain: bool, lost: int) -> tuple[str, ...]:
    split = _SEPARATORS.get(separator, f"the sign {separator}")
    notes = [f"Read as text in {ENCODINGS[taken]}, split at {split}."]
    if not certain:
        notes.append(
            "Nothing in the file says for certain how it was written: check accented letters and "
            "quotation marks, and choose another encoding if they look wrong."
        )
    if lost:
        what = "1 character" if lost == 1 else f"{lost:,} characters"
        notes.append(f"{what} could not be read; the sign {_UNREADABLE} stands there instead.")
    return tuple(notes)


# --- encoding -------------------------------------------------------------------------------


def find_encoding(data: bytes) -> tuple[str, bool]:
    """The encoding that text was most likely written in, and whether that is beyond doubt.

    What is not UTF-8 could be almost anything; the one is taken in which the characters beyond
    plain English stand where a writer would have put them.
    """
    if data.startswith(_BOM_16):
        return "utf-16", True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        lines = islice(_ODD_LINES.finditer(data), _N_ODD_LINES)
        sample = b"\n".join(line.group() for line in lines)
        fits = {
            encoding: _mean_fit(sample.decode(encoding, errors="replace"))
            for encoding in ("cp1252", "mac_roman", "utf-8")
        }
        best, second = sorted(fits, key=lambda encoding: -fits[encoding])[:2]
        return best, fits[best] > 0 and fits[best] - fits[second] >= _CLEARLY
    return "utf-8", True


def _decoded(file_name: str, data: bytes, encoding: str, *, strict: bool) -> str:
    codec = _CODECS.get(encoding, encoding)
    try:
        return data.decode(codec, errors="strict" if strict else "replace")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' was not written in {ENCODINGS[encoding]}: some of its bytes are no "
            "characters there.",
            "Choose another encoding; or in Excel choose Save As, pick 'CSV UTF-8', and upload "
            "that.",
        ) from error


_CHARACTER = re.compile(r"[^\x00-\x7f]")
_CONTRACTION = re.compile(r"(?:s|t|d|m|re|ve|ll)(?![^\W\d_])", re.IGNORECASE)
_ELISION = re.compile(r"(?:^|[\W\d_])[dlocjnmts]\Z", re.IGNORECASE)
_RARE_LETTERS = frozenset("ŠšŽžŸÿÐðÞþÝýŒœ")
_SIGN_LETTERS = frozenset("ªºƒµˆ˜Ωπıˇ")  # letters to Unicode, signs to a reader


def _mean_fit(text: str) -> float:
    """How well the characters beyond plain English fit where they stand: about -1 to 1."""
    fits = []
    for found in _CHARACTER.finditer(text):
        start, end = found.span()
        fits.append(_fit(text[max(0, start - 2) : start], found.group(), text[end : end + 3]))
    return sum(fits) / len(fits) if fits else 0.0


def _fit(before: str, character: str, after: str) -> float:
    left, right = before[-1:], after[:1]
    if character == _UNREADABLE:
        return -2.0
    if character.isalpha() and character not in _SIGN_LETTERS:
        fit = _letter_fit(left, character, right)
        return fit / 2 if fit > 0 and character in _RARE_LETTERS else fit
    if character == "\N{RIGHT SINGLE QUOTATION MARK}":
        return _apostrophe_fit(before, after)
    return 1.0 if _sign_stands_well(left, character, right) else -1.0


def _letter_fit(left: str, letter: str, right: str) -> float:
    if not (left.isalpha() or right.isalpha()):
        return -0.5
    if left and left in "?!":  # no word begins there
        return -1.0
    odd_case = left.islower() if letter.isupper() else right.isupper()
    return -1.0 if odd_case else 1.0


def _apostrophe_fit(before: str, after: str) -> float:
    if not before[-1:].isalpha():
        return -0.5
    if _CONTRACTION.match(after) or (after[:1].isalpha() and _ELISION.search(before)):
        return 1.5
    return -1.0 if after[:1].isalpha() else 1.0


def _sign_stands_well(left: str, sign: str, right: str) -> bool:
    in_word = left.isalpha() and right.isalpha()
    if sign in "“‘„«‹¿¡":
        return not left.isalnum() and bool(right.strip())
    if sign in "”»›…":
        return bool(left.strip()) and not right.isalpha()
    if sign in "£€":
        return left.isdigit() or right.isdigit() or not (left.isalpha() or right.isalpha())
    if sign in "½¼¾²³°":
        return left.isdigit() or not (left.isalpha() or right.isalpha())
    if sign in "–—•·×÷±®©™":
        return not in_word
    return sign == "\N{NO-BREAK SPACE}"


# --- separator ------------------------------------------------------------------------------


def _find_separator(text: str) -> tuple[str, str]:
    """The separator, and the text with a ``sep=`` line emptied, so that row numbers hold."""
    named = _SEPARATOR_LINE.match(text)
    if named:
        return named.group(1), text[named.end() :]
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):  # cut off in the middle of a row
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    lines = _LINE_END.split(_QUOTED.sub("x", sample))[:_SAMPLE_LINES]
    return max(_SEPARATORS, key=lambda mark: _evenness(lines, mark)), text


def _evenness(lines: list[str], separator: str) -> tuple[float, int]:
    """The share of rows that it splits into one and the same number of cells, and that number.

    A comma inside answers or a decimal comma splits some rows and not others.
    """
    widths = [line.count(separator) + 1 for line in lines if line.strip(separator + " ")]
    split = Counter(width for width in widths if width > 1)
    if not split:
        return 0.0, 0
    width, count = max(split.items(), key=lambda item: (item[1], item[0]))
    return count / len(widths), width


# --- cells ----------------------------------------------------------------------------------


class _GrowingColumn:
    """One column while the file is read: blocks of codes, kept only where anything stands."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": 0}  # text in the file -> number of the cell it means
        self.values: dict[Cell, int] = {None: 0}
        self.blocks: list[tuple[int, np.ndarray]] = []

    def add(self, first_row: int, cells: tuple[str, ...]) -> None:
        numbers = self.numbers
        for text in dict.fromkeys(cells):
            if text not in numbers:
                numbers[text] = self._number(text)
        codes = np.fromiter(map(numbers.__getitem__, cells), dtype=np.int32, count=len(cells))
        if codes.any():
            self.blocks.append((first_row, codes))

    def _number(self, text: str) -> int:
        if len(text) > MAX_TEXT_LENGTH:
            raise _CellTooLongError
        value = as_typed(text)
        return 0 if is_blank(value) else self.values.setdefault(value, len(self.values))

    @property
    def last_row(self) -> int:
        """The row of the last cell that is not blank, counted from 1; 0 = none."""
        if not self.blocks:
            return 0
        start, codes = self.blocks[-1]
        return start + int(np.flatnonzero(codes)[-1]) + 1

    def finished(self, n_rows: int) -> Column:
        codes = np.zeros(n_rows, dtype=np.int32)
        for start, block in self.blocks:
            kept = block[: n_rows - start]
            codes[start : start + len(kept)] = kept
        return Column(tuple(self.values), codes)


class _CellTooLongError(Exception):
    """A cell holds more characters than any spreadsheet program would keep."""


def _read_columns(file_name: str, text: str, separator: str) -> tuple[Column, ...]:
    # strict: a quotation mark that is never closed would swallow the rows below it without a word
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[_GrowingColumn] = []
    n_rows = 0
    while True:
        rows: list[list[str]] = []
        try:
            rows.extend(map(_trimmed, islice(reader, _BLOCK)))
            _add_rows(file_name, columns, rows, n_rows)
        except csv.Error as error:
            raise _stray_quotation_mark(file_name, n_rows + len(rows) + 1) from error
        except _CellTooLongError as error:
            raise _too_long(file_name) from error
        n_rows += len(rows)
        if len(rows) < _BLOCK:
            return _finished(file_name, columns)
        if n_rows > _LAST_ROW:
            raise too_large(file_name, f"more than {_LAST_ROW:,} rows", f"{MAX_ROWS:,} rows")


def _add_rows(
    file_name: str, columns: list[_GrowingColumn], rows: list[list[str]], first_row: int
) -> None:
    width = max(map(len, rows), default=0)
    if width > MAX_COLUMNS:
        raise too_large(file_name, f"{width:,} columns", f"{MAX_COLUMNS:,} columns")
    # Short rows are padded at their end: no cell ever moves to another column.
    for number, cells in enumerate(zip_longest(*rows, fillvalue="")):
        if number == len(columns):
            columns.append(_GrowingColumn())
        columns[number].add(first_row, cells)


def _trimmed(row: list[str]) -> list[str]:
    """A row without the blank cells that make it suspiciously long, before there are more of it."""
    used = len(row)
    if used <= MAX_COLUMNS:
        return row
    if not any(row[MAX_COLUMNS:]):
        return row[:MAX_COLUMNS]
    while used > MAX_COLUMNS and is_blank(row[used - 1]):
        used -= 1
    return row[:used]


def _finished(file_name: str, columns: list[_GrowingColumn]) -> tuple[Column, ...]:
    while columns and not columns[-1].last_row:
        columns.pop()  # such as the column that a comma at the end of each row makes
    n_rows = max((column.last_row for column in columns), default=0)
    if not n_rows:
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' holds no words or numbers.",
            "Check that the answers were saved in it, and upload it again.",
        )
    if n_rows > MAX_ROWS:
        raise too_large(file_name, f"{n_rows:,} rows", f"{MAX_ROWS:,} rows")
    if n_rows * len(columns) > MAX_AREA:
        size = f"{n_rows:,} rows by {len(columns):,} columns"
        raise too_large(file_name, size, f"{MAX_AREA:,} cells")
    return tuple(column.finished(n_rows) for column in columns)


def _stray_quotation_mark(file_name: str, row: int) -> UnreadableFileError:
    return UnreadableFileError(
        "not_a_spreadsheet",
        f"'{file_name}' cannot be read as a table: in row {row:,} a quotation mark is opened and "
        "not closed, or stands inside a cell where none may.",
        "Correct the quotation marks in that row; or open the file in Excel, save it again as "
        "CSV, and upload that.",
    )


def _too_long(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_large",
        f"'{file_name}' has a cell of more than {MAX_TEXT_LENGTH:,} characters, which no "
        "spreadsheet program can hold.",
        "Shorten the cell. If none is that long, a quotation mark is opened too early and closed "
        "much later: correct it, and upload the file again.",
    )
