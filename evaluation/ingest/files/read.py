"""Which reader a file is for: its first bytes decide, and its name must agree."""

from __future__ import annotations

from pathlib import PurePosixPath

from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.limits import damaged, other_kind, password

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SPSS = (b"$FL2", b"$FL3")
_TEXT_NAMES = (".csv", ".txt", ".tsv")
_SPSS_NAMES = (".sav", ".zsav")
_SAVE_AS = "In Excel choose File, Save As, and pick 'Excel Workbook (.xlsx)'."
_UPLOAD_ANSWERS = "Upload the workbook (.xlsx) or the CSV file in which the answers are kept."

# How other kinds of file start, in lower case and without leading blanks.
_OTHER_KINDS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    ((b"%pdf",), "a PDF document"),
    ((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta"), "a web page"),
    ((b"{\\rtf",), "a text document"),
    ((b"\x89png", b"\xff\xd8\xff", b"gif8", b"ii*\x00", b"mm\x00*"), "a picture"),
    ((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!"), "a packed file"),
)


def read_upload(file_name: str, data: bytes, *, encoding: str = "") -> Upload:
    """Read one file into sheets of cells; ``UnreadableFileError`` says why it cannot be read.

    ``encoding`` is that of a text file where a person has named it.
    """
    if not data.strip():
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' is empty.",
            "Open the file, check that the answers were saved in it, and upload it again.",
        )
    suffix = PurePosixPath(file_name).suffix.casefold()
    if data.startswith(_ZIP):
        from evaluation.ingest.files.read_workbook import read_workbook

        return read_workbook(file_name, data)
    if data.startswith(_SPSS):
        _check_name(file_name, suffix, _SPSS_NAMES, "an SPSS data file")
        from evaluation.ingest.files.read_spss import read_spss

        return read_spss(file_name, data)
    _refuse_other_kinds(file_name, data)
    if suffix not in _TEXT_NAMES:
        raise damaged(file_name)
    from evaluation.ingest.files.read_text import read_text

    return read_text(file_name, data, encoding=encoding)


def _check_name(file_name: str, suffix: str, allowed: tuple[str, ...], kind: str) -> None:
    if suffix not in allowed:
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is {kind}, but its name ends in '{suffix}'.",
            f"Check that it is the right file; if so, let its name end in '{allowed[0]}'.",
        )


def _refuse_other_kinds(file_name: str, data: bytes) -> None:
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise password(file_name)
        raise other_kind(file_name, "an older Excel file (.xls)", _SAVE_AS)
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<?xml") and b"excel.sheet" in start:
        raise other_kind(file_name, "an XML spreadsheet of Excel 2003", _SAVE_AS)
    if start.startswith(b"<?xml") and b"<html" in start:
        start = b"<html"
    for marks, kind in _OTHER_KINDS:
        if start.startswith(marks):
            raise UnreadableFileError(
                "not_a_spreadsheet",
                f"'{file_name}' is {kind}, not a spreadsheet, whatever its name says.",
                _UPLOAD_ANSWERS,
            )
