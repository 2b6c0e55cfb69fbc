"""What a workbook must pass before a reader sees it.

A file of 64 KB can abort the whole process inside a reader. So each part is unpacked under a limit
and looked through first, with nothing that builds what the file describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath

import numpy as np

from evaluation.ingest.files.cells import ERROR_WORDS, Position, UnreadableFileError
from evaluation.ingest.files.limits import damaged, other_kind, unsafe
from evaluation.ingest.files.package_parts import PackageParts
from evaluation.ingest.files.sheet_scan import column_letters, scan_sheet
from evaluation.ingest.files.workbook_facts import SheetFacts, SheetGatherer, Tally
from evaluation.ingest.files.workbook_parts import (
    Relationship,
    read_coloured_styles,
    read_comments,
    read_relationships,
    read_shared_lengths,
    read_workbook_part,
)

# Where the reader looks for them, whatever the package says.
_WORKBOOK = "xl/workbook.xml"
_SHARED = "xl/sharedstrings.xml"
_STYLES = "xl/styles.xml"

# Errors that the reader knows; it gives up on the whole sheet at any other.
_READABLE_ERRORS = ERROR_WORDS - {"#GETTING_DATA"}
_SAVE_AS = "In Excel choose File, Save As, 'Excel Workbook (.xlsx)', and upload that."
_OTHER_PACKAGES = (
    ("xl/workbook.bin", "a binary workbook (.xlsb)", _SAVE_AS),
    ("word/", "a Word document", "Upload the workbook in which the answers are kept."),
    ("ppt/", "a PowerPoint presentation", "Upload the workbook in which the answers are kept."),
    ("index/document.iwa", "a Numbers or Pages document",
     "In Numbers choose File, Export To, Excel, and upload that."),
    ("index.zip", "a Numbers or Pages document",
     "In Numbers choose File, Export To, Excel, and upload that."),
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """What the gate found in a workbook that it lets pass; sheets in the workbook's order."""

    file_name: str
    sheets: tuple[SheetFacts, ...]
    names: Mapping[str, str]
    date1904: bool


def check_package(file_name: str, data: bytes) -> Package:
    """Look through a workbook; `UnreadableFileError` says why it may not be read."""
    parts = PackageParts(file_name, data)
    _refuse_other_packages(file_name, parts)
    parts.check_names()
    _check_workbook_path(file_name, parts)
    relations = _relationships(parts, _WORKBOOK)
    workbook = read_workbook_part(file_name, parts.pieces(_WORKBOOK))
    shared, coloured = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    if _SHARED in parts:
        shared = read_shared_lengths(file_name, lambda: parts.pieces(_SHARED))
    if _STYLES in parts:
        coloured = read_coloured_styles(file_name, parts.pieces(_STYLES))

    tally = Tally()
    sheets = []
    looked_through = {_WORKBOOK, _SHARED, _STYLES}
    for name, state, relation in workbook.sheets:
        part = _sheet_part(file_name, parts, relations, relation)
        gatherer = scan_sheet(
            partial(parts.pieces, part),
            partial(SheetGatherer, file_name, tally, coloured=coloured, shared_lengths=shared),
            never_calculated=workbook.never_calculated,
        )
        facts = gatherer.facts(name, state, _commented(parts, part))
        tally = gatherer.tally_after()
        if facts.visible:
            _refuse_unknown_errors(file_name, facts)
        sheets.append(facts)
        looked_through.add(part)
    for part in parts.names:
        if part not in looked_through:
            for _ in parts.pieces(part):
                pass  # unpacked for its own sake: size, damage, definitions
    return Package(file_name, tuple(sheets), workbook.names, workbook.date1904)


def _refuse_other_packages(file_name: str, parts: PackageParts) -> None:
    if "mimetype" in parts and b"opendocument" in parts.read("mimetype")[:200]:
        raise other_kind(
            file_name,
            "an OpenDocument file (.ods)",
            "In LibreOffice choose File, Save As, 'Excel 2007-365 (.xlsx)', and upload that.",
        )
    for start, kind, fix in _OTHER_PACKAGES:
        if any(name.startswith(start) for name in parts.names):
            raise other_kind(file_name, kind, fix)
    if "[content_types].xml" not in parts and _WORKBOOK not in parts:
        raise other_kind(
            file_name, "a folder of packed files (zip)", "Unpack it and upload the workbook in it."
        )
    suffix = PurePosixPath(file_name).suffix.casefold()
    if suffix not in (".xlsx", ".xlsm"):
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is an Excel workbook, but its name ends in '{suffix}'.",
            "Check that it is the right file; if so, let its name end in '.xlsx'.",
        )


def _check_workbook_path(file_name: str, parts: PackageParts) -> None:
    """The package's own word on where the workbook is must be where the reader looks."""
    named = [
        normpath(join("/", relation.target)).lstrip("/").casefold()
        for relation in read_relationships(file_name, parts.pieces("_rels/.rels"))
        if relation.kind == "officeDocument"
    ]
    if named != [_WORKBOOK] or _WORKBOOK not in parts:
        raise damaged(file_name)


def _relationships(parts: PackageParts, part: str) -> list[Relationship]:
    name = join(dirname(part), "_rels", PurePosixPath(part).name + ".rels")
    return read_relationships(parts.file_name, parts.pieces(name)) if name in parts else []


def _sheet_part(
    file_name: str, parts: PackageParts, relations: list[Relationship], wanted: str
) -> str:
    found = [relation for relation in relations if relation.id == wanted]
    if len(found) != 1:
        raise damaged(file_name)
    if "macro" in found[0].kind.casefold():
        raise unsafe(
            file_name,
            "holds macros",
            "In Excel choose Save As, 'Excel Workbook (.xlsx)', which drops macros, and upload "
            "that.",
        )
    target = found[0].target
    part = (target.lstrip("/") if target.startswith("/") else f"xl/{target}").casefold()
    if part not in parts:
        raise damaged(file_name)
    return part


def _commented(parts: PackageParts, sheet: str) -> frozenset[Position]:
    found: set[Position] = set()
    for relation in _relationships(parts, sheet):
        if relation.kind in ("comments", "threadedComment"):
            part = normpath(join("/", dirname(sheet), relation.target)).lstrip("/")
            if part in parts:
                found |= read_comments(parts.file_name, parts.pieces(part))
    return frozenset(found)


def _refuse_unknown_errors(file_name: str, facts: SheetFacts) -> None:
    for word, places in facts.errors.items():
        if word and word not in _READABLE_ERRORS:
            row, column = places[0].tolist()
            shown = word if word.startswith("#") and len(word) <= 20 else "an unknown error"
            raise UnreadableFileError(
                "not_a_spreadsheet",
                f"'{file_name}' cannot be read: cell {column_letters(column)}{row} of the sheet "
                f"'{facts.name}' shows {shown}, and {len(places):,} cells of it in all do.",
                "Replace the broken formula with the answer itself, or clear the cell, and save "
                "the file again.",
            )
