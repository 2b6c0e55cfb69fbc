"""A mapping as a file: what the upload page saves for a site, and what ``--mapping`` reads.

The file is meant to be read and changed by hand. Whatever stands in it counts as said by a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evaluation.ingest.column_letters import column_letter, column_number
from evaluation.ingest.columns.choices import (
    ColumnChoice,
    Mapping,
    Question,
    TableMapping,
    answered,
)
from evaluation.ingest.definitions.marked_yaml import (
    Checker,
    Listing,
    Mistake,
    Table,
    Text,
    read_marked,
    write_yaml,
)
from evaluation.model import ImportReport, Recoding

FORMAT = "1"
ASK = "ask"
LONGEST_HEADER = 200
_LAST_ROW = 1_048_576
_TITLE = (
    "# How these spreadsheets are read. Change what is wrong; 'ask' is asked again.\n"
    "# waves: baseline, mid, end, post or months after the end (3m, 6m).\n"
    "# words and readings: the number of the answer, 'wrong', or why there is none: not asked,\n"
    "# did not answer, refused, did not attend, not applicable, not known.\n"
)
_KEYS = ("format", "encoding", "day_first", "same_codes", "readings", "words", "coding", "tables")
_TABLE_KEYS = ("sheet", "file", "source", "header_rows", "unit", "when", "waves", "columns")
_COLUMN_KEYS = ("column", "header", "read_as", "when", "partner", "reason")


class MappingFileError(ValueError):
    """A mapping file that cannot be used; the text has a sentence for each mistake."""


def proposed(mapping: Mapping, questions: Sequence[Question]) -> Mapping:
    """The mapping with every question answered as the program would, where it would."""
    for question in questions:
        if question.proposal:
            mapping = answered(mapping, question, question.proposal)
    return mapping


def with_open(mapping: Mapping, questions: Sequence[Question]) -> Mapping:
    """The mapping with a place for every answer that nobody has proposed: 'ask' in its file."""
    for question in questions:
        if question.proposal:
            continue
        if question.kind == "wave":
            waves = {question.subject[1]: ""}
            tables = tuple(
                replace(t, waves=waves | t.waves) if question.is_about(t) else t
                for t in mapping.tables
            )
            mapping = replace(mapping, tables=tables)
        elif question.kind == "word":
            instrument, word = question.subject
            own = {word: ""} | mapping.words.get(instrument, {})
            mapping = replace(mapping, words=mapping.words | {instrument: own})
    return mapping


def header_key(header: str) -> str:
    """What identifies a column when a file comes again."""
    return " ".join(header.split())[:LONGEST_HEADER].strip().casefold()


def signature(mapping: Mapping) -> str:
    """A fingerprint of sheets and headers: files of one origin share it."""
    lines = sorted(
        "\t".join([table.sheet.strip().casefold(), *map(header_key, table.headers)])
        for table in mapping.tables
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()[:32]


def how_it_was_read(report: ImportReport) -> tuple[str, tuple[str, str] | None]:
    """What is kept of an import's mapping: its text, and its source with its signature.

    Nothing where all is canonical: there was nothing to choose.
    """
    mapping = report.mapping
    if mapping is None or all(table.canonical for table in mapping.tables):
        return "", None
    sources = dict.fromkeys(table.source for table in mapping.tables if not table.canonical)
    return mapping_text(mapping), (", ".join(sources), signature(mapping))


def all_saved(texts: Sequence[str]) -> Mapping:
    """What a site has said so far about its files, the newest first.

    What a word or a code means holds for all its files; the order of days and months does not.
    """
    mapping = Mapping()
    for saved in map(parse_mapping, texts):
        words = {
            name: {**saved.words.get(name, {}), **mapping.words.get(name, {})}
            for name in (*saved.words, *mapping.words)
        }
        mapping = replace(
            mapping,
            tables=(*mapping.tables, *saved.tables),
            words=words,
            readings={**saved.readings, **mapping.readings},
            same_codes=saved.same_codes if mapping.same_codes is None else mapping.same_codes,
        )
    return mapping


# --- writing --------------------------------------------------------------------------------


def mapping_text(mapping: Mapping) -> str:
    """The mapping as YAML."""
    content: dict[str, Any] = {"format": FORMAT}
    if mapping.encoding:
        content["encoding"] = mapping.encoding
    for name in ("day_first", "same_codes"):
        if getattr(mapping, name) is not None:
            content[name] = "yes" if getattr(mapping, name) else "no"
    if mapping.readings:
        content["readings"] = dict(mapping.readings)
    if mapping.words:
        content["words"] = {
            name: {word: meaning or ASK for word, meaning in words.items()}
            for name, words in mapping.words.items()
        }
    if mapping.coding:
        content["coding"] = {n: [r.text for r in chosen] for n, chosen in mapping.coding.items()}
    kept = [table for table in mapping.tables if not table.canonical]
    files: dict[str, set[str]] = {}
    for table in kept:
        files.setdefault(table.sheet, set()).add(table.file)
    content["tables"] = [_table_content(t, name_file=len(files[t.sheet]) > 1) for t in kept]
    return _TITLE + write_yaml(content)


def _table_content(table: TableMapping, *, name_file: bool) -> dict[str, Any]:
    """A table's choices; its file is named where sheets of several files have one name."""
    content: dict[str, Any] = {
        "sheet": table.sheet,
        **({"file": table.file} if name_file else {}),
        "source": table.source,
        "header_rows": [str(row) for row in table.header_rows],
        "unit": table.unit or ASK,
    }
    if table.when:
        content["when"] = table.when
    if table.waves:
        content["waves"] = {label: wave or ASK for label, wave in table.waves.items()}
    content["columns"] = [_column_content(choice) for choice in table.columns if choice.header]
    return content


def _column_content(choice: ColumnChoice) -> dict[str, str]:
    content = {
        "column": column_letter(choice.column),
        "header": " ".join(choice.header.split())[:LONGEST_HEADER].strip(),
        "read_as": choice.read_as if choice.sure else ASK,
    }
    optional = {"when": choice.when, "partner": choice.partner, "reason": choice.reason}
    return content | {name: value for name, value in optional.items() if value}


# --- reading --------------------------------------------------------------------------------


def parse_mapping(text: str | bytes) -> Mapping:
    """The mapping in a file; ``MappingFileError`` names every line that cannot be used."""
    tree, mistakes = read_marked(text)
    mapping = Mapping()
    if isinstance(tree, Table):
        mapping = _read_mapping(tree, Checker(mistakes))
    elif not mistakes:
        mistakes.append(Mistake(1, "This is no mapping.", "Use a file that was saved as one."))
    if mistakes:
        lines = " ".join(f"Line {m.line}: {m.message} {m.fix}" for m in mistakes)
        raise MappingFileError(f"The mapping file cannot be used. {lines}")
    return mapping


def _read_mapping(tree: Table, check: Checker) -> Mapping:
    check.check_keys(tree, _KEYS, required={"format": FORMAT, "tables": "[]"}, where="a mapping")
    check.choice(tree, "format", (FORMAT,))
    words = check.table(tree, "words", example="phq9: {almost every day: 3}") or Table(1)
    tables = tree.entries.get("tables")
    empty = isinstance(tables, Listing) and not tables.entries
    return Mapping(
        tables=()
        if empty
        else tuple(
            _read_table(entry, check)
            for entry in check.tables(tree, "tables", example="sheet: Baseline")
        ),
        words={name: _said(_texts(words, name, check)) for name in words.entries},
        readings=_said(_texts(tree, "readings", check)),
        day_first=_yes_no(tree, "day_first", check),
        same_codes=_yes_no(tree, "same_codes", check),
        encoding=check.text(tree, "encoding"),
        coding=_coding(tree, check),
    )


def _read_table(table: Table, check: Checker) -> TableMapping:
    check.check_keys(
        table, _TABLE_KEYS, required={"header_rows": "[1]", "columns": "[]"}, where="a table"
    )
    unit = check.choice(table, "unit", ("person", "couple", ASK), "person")
    sheet = table.entries.get("sheet")
    rows = check.wholes(table, "header_rows", low=1, high=_LAST_ROW)
    columns = [
        _read_column(entry, check)
        for entry in check.tables(table, "columns", example="{column: A, header: ID, read_as: …}")
    ]
    return TableMapping(
        sheet=sheet.value if isinstance(sheet, Text) else "",
        source=check.text(table, "source", "hand_typed"),
        header_rows=tuple(row for row, _ in rows) or (1,),
        columns=tuple(column for column in columns if column is not None),
        file=check.text(table, "file"),
        when=check.text(table, "when"),
        waves=_texts(table, "waves", check),
        unit="couple" if unit == "couple" else "" if unit == ASK else "person",
    )


def _read_column(entry: Table, check: Checker) -> ColumnChoice | None:
    check.check_keys(
        entry, _COLUMN_KEYS, required={"column": "A", "header": "ID"}, where="a column"
    )
    letter = check.text(entry, "column").upper()
    if not re.fullmatch(r"[A-Z]{1,3}", letter):
        check.refuse(entry.line, f"'{letter}' is no column.", "Give its letter, for example C.")
        return None
    read_as = entry.entries.get("read_as")
    name = read_as.value if isinstance(read_as, Text) else ""
    return ColumnChoice(
        column=column_number(letter),
        header=check.text(entry, "header"),
        read_as="" if name == ASK else name,
        when=check.text(entry, "when"),
        partner=check.text(entry, "partner"),
        how="asked" if name == ASK else "person",
        reason=check.text(entry, "reason"),
    )


def _texts(table: Table, key: str, check: Checker) -> dict[str, str]:
    """Entries of the kind 'label: meaning'; a label without a meaning is asked again."""
    inner = check.table(table, key, example="label: meaning")
    if inner is None:
        return {}
    found = {name: check.text(inner, name) for name in inner.entries}
    return {name: "" if meaning == ASK else meaning for name, meaning in found.items()}


def _said(meanings: dict[str, str]) -> dict[str, str]:
    return {word: meaning for word, meaning in meanings.items() if meaning}


def _yes_no(tree: Table, key: str, check: Checker) -> bool | None:
    word = check.choice(tree, key, ("yes", "no", "true", "false"))
    return word in ("yes", "true") if word else None


def _coding(tree: Table, check: Checker) -> dict[str, tuple[Recoding, ...]]:
    inner = check.table(tree, "coding", example="phq9: [subtract 1]")
    found: dict[str, tuple[Recoding, ...]] = {}
    if inner is None:
        return found
    for name in inner.entries:
        chosen = []
        for word in check.words(inner, name, may_be_empty=True):
            try:
                chosen.append(Recoding.parse(word.value))
            except ValueError:
                fix = "Write 'subtract 1' or 'reverse (18, 19)'."
                check.refuse(word.line, f"'{word.value}' is no decision on coding.", fix)
        found[name] = tuple(chosen)
    return found
