"""Which columns hold the code, the couple, the wave and what else describes a row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.ingest.columns.canonical import QUESTIONNAIRES, SheetKind, normalise_header
from evaluation.ingest.columns.choices import How
from evaluation.ingest.columns.header_words import PEOPLE_WORDS, ROLE_WORDS
from evaluation.ingest.columns.headers import HeaderReader, compact
from evaluation.ingest.columns.marks import Parts, is_exact
from evaluation.ingest.columns.waves import label_key, looks_like_wave
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.values import clean_text
from evaluation.ingest.sheets.tables import Table

# Two columns for one of these stop a file; of two for anything else the first is read.
KEYS = frozenset({"site", "participant", "couple", "child", "informant", "wave", "session_number",
                  "partner"})  # fmt: skip
_MOST_LABELS = 24
_SURVEY_TOOLS = frozenset({"microsoft_forms", "google_forms", "surveymonkey", "qualtrics"})
_ENDS_IN_ID = re.compile(r".*(?:[\s_.\-](?:id|code)|[a-z](?:ID|Id))$", re.DOTALL)
_PARTNER_VALUES = 2
_LONGEST_DATE = 40


@dataclass(frozen=True, slots=True)
class NameFound:
    """What a column is read as; ``rank`` 0 for the canonical name, more for lesser words."""

    name: str
    rank: int
    how: How


def is_canonical(table: Table, *, kind: SheetKind = QUESTIONNAIRES) -> bool:
    """Whether a table is the canonical spreadsheet, in which only exact names count."""
    headers = {normalise_header(header) for header in table.header}
    if table.source in _SURVEY_TOOLS:
        return False  # the tool's own columns are to be told from the answers
    return "participant" in headers and (kind != QUESTIONNAIRES or "wave" in headers)


def words_of(column: Column) -> dict[str, int]:
    """The texts of a column without case, with their counts."""
    found: dict[str, int] = {}
    for value, count in column.counts().items():
        key = label_key(clean_text(value))
        found[key] = found.get(key, 0) + count
    return found


def find_names(
    table: Table, parts: Sequence[Parts], reader: HeaderReader, *, free: Sequence[int],
    tool: Mapping[int, str],
) -> tuple[dict[int, NameFound], set[int]]:  # fmt: skip
    """What the free columns are called, and which of them name what another one names too."""
    found = {c: NameFound(name, 3, "name") for c, name in tool.items() if name}
    for column in free:
        named = _name_of(table, column, parts[column], reader)
        if named:
            found[column] = named
    found = _with_proposed_code(table, found, free)
    found = _with_roles(table, parts, found)
    return _best_of_each(found, parts)


def _name_of(table: Table, column: int, parts: Parts, reader: HeaderReader) -> NameFound | None:
    exact = reader.exact(parts.rest)
    if exact:
        how: How = "exact" if is_exact(table.header[column], parts) else "name"
        return NameFound(exact, 0, how)
    for text in (parts.rest, table.wording[column] if table.wording else ""):
        name, weak = reader.name(text) if text else ("", False)
        if name and (not weak or _borne_out(name, table, column)):
            return NameFound(name, 2 if weak else 1, "name")
    return None


def _borne_out(name: str, table: Table, column: int) -> bool:
    """Whether the cells agree with what a weak word says."""
    words = words_of(table.columns[column])
    if name == "wave":
        if not 0 < len(words) <= _MOST_LABELS:
            return False
        labels = [_meaning(table, column, value) for value in table.columns[column].counts()]
        return 2 * sum(map(looks_like_wave, labels)) >= len(labels)
    if name == "role":
        return bool(words) and set(words) <= ROLE_WORDS
    if name == "completed_on":
        cells = table.columns[column].counts()
        return bool(cells) and 2 * sum(map(_may_be_date, cells)) >= len(cells)
    if name == "participant" and compact(table.header[column]) in PEOPLE_WORDS:
        return 2 * sum(any(mark.isdigit() for mark in word) for word in words) >= max(len(words), 1)
    return True


def _meaning(table: Table, column: int, value: Cell) -> str:
    return table.labels.get(column, {}).get(value, clean_text(value))


def _may_be_date(value: Cell) -> bool:
    return isinstance(value, dt.date) or bool(
        re.search(r"\d.*[/.\- ].*\d", clean_text(value)[:_LONGEST_DATE])
    )


def _with_proposed_code(
    table: Table, found: dict[int, NameFound], free: Sequence[int]
) -> dict[int, NameFound]:
    """Without a code by name, the one column that ends in "ID" and tells all rows apart."""
    if any(named.name in ("participant", "couple") for named in found.values()):
        return found
    unique = [
        c
        for c in free
        if c not in found
        and _ENDS_IN_ID.fullmatch(table.header[c].strip())
        and len(table.columns[c].counts()) == len(table.columns[c]) > 0
    ]
    return found | {c: NameFound("participant", 4, "asked") for c in unique if len(unique) == 1}


def _with_roles(
    table: Table, parts: Sequence[Parts], found: dict[int, NameFound]
) -> dict[int, NameFound]:
    """Gender given as "Wife" and "Husband" is a role; a partner's number makes a person's code."""
    found = dict(found)
    names = {named.name for named in found.values()}
    for column, named in list(found.items()):
        words = words_of(table.columns[column])
        if named.name == "gender" and "role" not in names and set(words) <= ROLE_WORDS and words:
            found[column] = NameFound("role", named.rank, "name")
        if named.name == "partner" and (
            "participant" in names or "couple" not in names or len(words) > _PARTNER_VALUES
        ):
            del found[column]
    names = {named.name for named in found.values()}
    if "couple" in names and not names & {"participant", "partner"}:
        roles = [c for c, n in found.items() if n.name == "role" and not parts[c].partner]
        if len(roles) == 1 and _tells_partners_apart(table, found, roles[0]):
            found[roles[0]] = NameFound("partner", found[roles[0]].rank, found[roles[0]].how)
    return found


def _tells_partners_apart(table: Table, found: Mapping[int, NameFound], role: int) -> bool:
    """Whether couple and role, with the wave if there is one, belong to one row each."""
    columns = [c for c, named in found.items() if named.name in ("couple", "wave")] + [role]
    rows = list(zip(*(table.columns[c].codes.tolist() for c in columns), strict=True))
    several = len(set(rows)) > len({row[:-1] for row in rows})
    return several and len(set(rows)) == len(rows)


def _best_of_each(
    found: Mapping[int, NameFound], parts: Sequence[Parts]
) -> tuple[dict[int, NameFound], set[int]]:
    """Of several columns for one name the best named is read; equals are a stop, or the first."""
    best: dict[tuple[str, str, str], int] = {}
    for column in sorted(found, key=lambda c: (found[c].rank, c)):
        named = found[column]
        best.setdefault((named.name, label_key(parts[column].when), parts[column].partner), column)
    kept = {column: found[column] for column in sorted(best.values())}
    duplicates = {
        c
        for c, named in found.items()
        if c not in kept
        and named.name in KEYS
        and named.rank == min(n.rank for n in found.values() if n.name == named.name)
    }
    return kept | {c: found[c] for c in duplicates}, duplicates
