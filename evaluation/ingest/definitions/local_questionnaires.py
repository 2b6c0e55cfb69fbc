"""A site's own questionnaires: definitions that a person has typed, checked and made usable.

Every mistake is told at once, with its line and what is allowed there. A definition holds no code:
a score is the sum, the mean or the percentage of some items.

A number is only as good as its source: a reliability or a norm without one counts as unverified.
The key and the cut-off are the site's own to choose, so they count as given by one source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.ingest.columns.canonical import QUESTIONNAIRE_NAMES
from evaluation.ingest.definitions.local_scales import SLUG, Items, read_scales
from evaluation.ingest.definitions.marked_yaml import (
    Checker,
    Listing,
    Table,
    plain,
    read_marked,
    write_yaml,
)
from evaluation.ingest.files.cells import is_blank
from evaluation.ingest.meaning.answers import answer_parser
from evaluation.ingest.meaning.values import Missing, Refusal
from evaluation.ingest.problems import Place, make_problem, shown
from evaluation.model import Problem, is_wave
from instruments.definition import Instrument, Item
from instruments.scoring import score

DEFINITION_CODE = "definition_invalid"
DEFAULT_FILE = "definition"
PASTED = "pasted answers"
DEFINED_BY_SITE = "Defined by the site"
LICENCE_NOT_STATED = "Not stated. Check that you may use it before you do."
MOST_ITEMS = 300
LARGEST_ANSWER = 1000
# Names that scores carry in the results although no questionnaire is called so.
RESERVED_IDS = frozenset({"sdq_added_value"})

DEFINITION_KEYS = (
    "id", "name", "short_name", "construct", "respondent", "population", "recall_period",
    "source", "licence", "about_child", "waves", "items", "minimum", "maximum", "labels", "scales",
)  # fmt: skip
REQUIRED_KEYS = {
    "id": "our_questionnaire",
    "name": "Our questionnaire",
    "items": "12",
    "scales": "[{id: total, items: [1, 2, 3], better: higher}]",
}
ITEM_KEYS = ("number", "minimum", "maximum", "labels", "text")
_LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """One definition as text, with a fingerprint that ignores layout and comments."""

    id: str
    text: str
    sha256: str


def parse_definitions(
    text: str | bytes, *, known_ids: Collection[str], file: str = DEFAULT_FILE
) -> tuple[tuple[Instrument, ...], tuple[Problem, ...]]:
    """The questionnaires of a file, or every reason why it cannot be used.

    ``known_ids`` are taken already. With any problem there are no questionnaires. ``version`` is
    the beginning of the definition's fingerprint; a store numbers its versions instead.
    """
    root, mistakes = read_marked(text)
    check = Checker(mistakes)
    entries = _entries(root, check)
    taken = {name.casefold(): 0 for name in (*known_ids, *RESERVED_IDS)}
    found = [_read_definition(check, entry, taken) for entry in entries]
    if not entries and not check.mistakes:
        check.refuse(1, "There is no definition.", "Begin with '- id: our_questionnaire'.")
    if check.mistakes:
        lines = dict.fromkeys(sorted(check.mistakes, key=lambda mistake: mistake.line))
        return (), tuple(
            Problem(
                code=DEFINITION_CODE, severity="block_file", row=m.line, file=file, fix=m.fix,
                message=f"Line {m.line}: {m.message}", value=shown(m.value),
            )
            for m in lines
        )  # fmt: skip
    return tuple(instrument for instrument in found if instrument is not None), ()


def definition_texts(text: str | bytes) -> tuple[DefinitionText, ...]:
    """Each definition of a file that `parse_definitions` accepts, on its own.

    A definition that is alone in its file keeps its comments and its layout.
    """
    root, _ = read_marked(text)
    entries = _entries(root, Checker([]))
    whole = text if isinstance(text, str) else text.decode("utf-8-sig")
    return tuple(
        DefinitionText(
            id=plain(entry)["id"],
            text=whole if len(entries) == 1 else write_yaml([plain(entry)]),
            sha256=_fingerprint(entry),
        )
        for entry in entries
    )


def preview(instrument: Instrument, pasted_text: str) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The scores of answers that a person has pasted, as `instruments.scoring.score` gives them.

    One line for each person, the answers in the order of the items, divided by tabs, semicolons,
    commas or blanks: whichever of these a line holds first in this order. Nothing between two
    dividers is a missing answer. ``row`` is the number of the line.
    """
    rows: dict[int, list[float]] = {}
    problems: list[Problem] = []
    for line, text in enumerate(pasted_text.splitlines(), start=1):
        if text.strip():
            answers = _answers_of(instrument, text, line, problems)
            if answers:
                rows[line] = answers
    numbers = [item.number for item in instrument.items]
    values = np.array(list(rows.values()), dtype=float).reshape(len(rows), len(numbers))
    table = pd.DataFrame(values, index=list(rows), columns=numbers)
    return score(instrument, table), tuple(problems)


def _answers_of(
    instrument: Instrument, text: str, line: int, problems: list[Problem]
) -> list[float]:
    """The answers of one line; one that is not allowed counts as missing and is told."""
    divider = next((sign for sign in "\t;," if sign in text), None)
    fields = text.split(divider)
    if len(fields) != len(instrument.items):
        problems.append(
            Problem(
                code="wrong_number_of_answers", severity="refuse_row", file=PASTED, row=line,
                message=f"Line {line} has {len(fields)} answers; there are "
                f"{len(instrument.items)} items.",
                fix="Give one answer for each item, and leave the place of a missing one empty "
                "between two commas or tabs.",
            )
        )  # fmt: skip
        return []
    answers = []
    for place, (item, field) in enumerate(zip(instrument.items, fields, strict=True)):
        value = np.nan if is_blank(field) else answer_parser(instrument, item)(field)
        if isinstance(value, Missing):
            value = np.nan
        if isinstance(value, Refusal):
            where = Place(PASTED, row=line, column=place)
            problems.append(make_problem(value.code, where, value=field, **value.words))
            value = np.nan
        answers.append(value)
    return answers


def same_scores(one: Instrument, other: Instrument) -> bool:
    """Whether two versions of a questionnaire give the same scores and bands for any answers."""
    return _scoring_of(one) == _scoring_of(other)


def _scoring_of(instrument: Instrument) -> object:
    items = tuple((item.number, item.minimum, item.maximum) for item in instrument.items)
    scales = {
        scale.id: (
            frozenset(scale.items), frozenset(scale.reversed_items), scale.rule, scale.better,
            scale.missing.method, scale.missing.max_missing,
            tuple((band.id, band.low) for bands in scale.bands for band in bands.bands),
        )
        for scale in instrument.scales
    }  # fmt: skip
    return items, scales, instrument.about_child


def _fingerprint(entry: Table) -> str:
    content = json.dumps(plain(entry), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _entries(root: object, check: Checker) -> list[Table]:
    """The definitions of a file: a list of them, or a single one without its dash."""
    nodes = root.entries if isinstance(root, Listing) else [root] if root is not None else []
    for node in nodes:
        if not isinstance(node, Table):
            line = getattr(node, "line", 1)
            check.refuse(line, "This is no definition.", "Begin with '- id: our_questionnaire'.")
    return [node for node in nodes if isinstance(node, Table)]


def _read_definition(check: Checker, table: Table, taken: dict[str, int]) -> Instrument | None:
    before = len(check.mistakes)
    instrument_id = _read_id(check, table, taken)
    where = f"questionnaire '{instrument_id}'" if instrument_id else "this questionnaire"
    check.check_keys(table, DEFINITION_KEYS, required=REQUIRED_KEYS, where=where)
    name = check.text(table, "name")
    waves = _read_waves(check, table)
    items = _read_items(check, table, where)
    scales = read_scales(check, table, items, where=where)
    for scale_id, line in scales.lines.items():
        _check_header(check, f"{instrument_id}_{scale_id}", line)
    texts: dict[str, Any] = {
        key: check.text(table, key, default)
        for key, default in (
            ("short_name", name), ("construct", name), ("respondent", "not stated"),
            ("population", "people at this site"), ("recall_period", "not stated"),
            ("licence", LICENCE_NOT_STATED),
        )
    }  # fmt: skip
    source = check.text(table, "source", DEFINED_BY_SITE)
    about_child = check.choice(table, "about_child", ("yes", "no", "true", "false"), "no")
    if len(check.mistakes) > before or items is None:
        return None
    given = (f"Given at: {', '.join(waves)}.",) if waves else ()
    return Instrument(
        id=instrument_id,
        version=_fingerprint(table)[:12],
        name=name,
        items=tuple(item for item in items.values() if item is not None),
        scales=tuple(scales.found),
        citation=source,
        about_child=about_child in ("yes", "true"),
        notes=("A questionnaire defined by the site.", *given, *scales.notes),
        **texts,
    )


def _read_id(check: Checker, table: Table, taken: dict[str, int]) -> str:
    found = check.text(table, "id")
    if not found:
        return ""
    line = table.lines["id"]
    if not SLUG.fullmatch(found) or len(found) > _LONGEST_ID:
        allowed = (
            f"Allowed: small letters, digits and '_', beginning with a letter, up to {_LONGEST_ID}."
        )
        check.refuse(line, f"'id: {found}' cannot be used.", allowed, value=found)
    first = taken.get(found.casefold())
    if first == 0:
        fix = "Choose an id of your own, for example with the name of your site in front."
        check.refuse(line, f"'id: {found}' is the id of another questionnaire.", fix, value=found)
    elif first is not None:
        message = f"'id: {found}' is used twice in this file (first in line {first})."
        check.refuse(line, message, "Give each questionnaire an id of its own.", value=found)
    taken.setdefault(found.casefold(), line)
    return found


def _check_header(check: Checker, header: str, line: int) -> None:
    """A score is found by its header, which must not mean anything else."""
    if header in QUESTIONNAIRE_NAMES:
        message = f"The score would be called '{header}', which is a column of every spreadsheet."
        check.refuse(line, message, "Choose another id for the scale.", value=header)


def _read_waves(check: Checker, table: Table) -> list[str]:
    words = check.words(table, "waves")
    for word in words:
        if not is_wave(word.value):
            check.refuse(
                word.line, f"'waves: {word.value}' is not a known point in time.",
                "Allowed: baseline, session, mid, end, post, and months such as 3m.",
                value=word.value,
            )  # fmt: skip
    return [word.value for word in words]


def _read_items(check: Checker, table: Table, where: str) -> Items | None:
    """The items by number, ``None`` for one that is wrong; ``None`` if they are not known at all.

    Limits and labels that an item does not give are those of the whole questionnaire.
    """
    if "items" not in table.entries:
        return None
    if not isinstance(table.entries["items"], Listing):
        count = check.whole(table, "items", low=1, high=MOST_ITEMS)
        if count is None:
            return None
        item = _read_item(check, table, table, 1, where)
        return {n: item and replace(item, number=n) for n in range(1, count + 1)}
    found: dict[int, Item | None] = {}
    for entry in check.tables(table, "items", example="{number: 1, minimum: 0, maximum: 10}"):
        number = check.whole(entry, "number", low=1, high=9999)
        name = "an item" if number is None else f"item {number}"
        check.check_keys(entry, ITEM_KEYS, required={"number": "1"}, where=name)
        if number in found:
            message = f"Item {number} is given twice."
            check.refuse(entry.line, message, "Give each item a number of its own.")
        item = _read_item(check, entry, table, number or 1, name)
        if number is not None:
            found[number] = item
    if len(found) > MOST_ITEMS:
        check.refuse(table.lines["items"], "There are too many items.", f"Allowed: {MOST_ITEMS}.")
    return dict(sorted(found.items())) or None


def _read_item(check: Checker, table: Table, shared: Table, number: int, name: str) -> Item | None:
    minimum = _limit(check, "minimum", table, shared, name)
    maximum = _limit(check, "maximum", table, shared, name)
    place = table if "labels" in table.entries else shared
    labels = tuple(word.value for word in check.words(place, "labels"))
    text = check.text(table, "text") if table is not shared else ""
    if minimum is None or maximum is None:
        return None
    line = table.lines.get("minimum", table.lines.get("maximum", table.line))
    if minimum >= maximum:
        message = f"'minimum: {minimum}' is not below 'maximum: {maximum}' of {name}."
        fix = "Give the lowest answer as minimum and the highest as maximum."
        check.refuse(line, message, fix, value=str(minimum))
        return None
    n_answers = maximum - minimum + 1
    if "labels" in place.entries and labels and len(labels) != n_answers:
        message = f"There are {len(labels)} labels for the {n_answers} answers of {name}."
        fix = f"Give one label for each answer from {minimum} to {maximum}."
        check.refuse(place.lines["labels"], message, fix)
        return None
    return Item(number, minimum, maximum, labels, text)


def _limit(check: Checker, key: str, table: Table, shared: Table, name: str) -> int | None:
    for place in (table, shared):
        if key in place.entries:
            return check.whole(place, key, low=-LARGEST_ANSWER, high=LARGEST_ANSWER)
    message = f"There is no '{key}' for {name}."
    check.refuse(table.line, message, f"Add '{key}: ' and a whole number, here or for all items.")
    return None
