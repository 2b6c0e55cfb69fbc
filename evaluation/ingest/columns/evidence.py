"""What the cells and the neighbours of a column say about which questionnaire it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.ingest.columns.choices import How
from evaluation.ingest.columns.headers import (
    HeaderReader,
    Named,
    is_bare_total,
    mentioned,
    part_name,
    printed_range,
    run_of,
    scale_meant,
)
from evaluation.ingest.columns.marks import Parts, is_exact
from evaluation.ingest.columns.waves import label_key
from evaluation.ingest.files.cells import Column
from evaluation.ingest.meaning.answer_texts import is_missing_code
from evaluation.ingest.meaning.values import typed_number
from evaluation.ingest.sheets.tables import Table
from instruments.definition import Instrument

MOST_ODD = 0.2  # the share of numbers that may be missing codes and mistakes
UNORDERED = frozenset({"hads"})  # files hold its items in orders of their own
_FEW = 5
_LAST_DIGIT = 9  # a single digit may be an answer of another questionnaire
_SHARE_OF_HALVES = 0.2

Context = tuple[str, str]  # point in time, partner


@dataclass(frozen=True, slots=True)
class Answer:
    """What one column of answers is read as; ``copy``: the same answers once more, in words."""

    read_as: str
    how: How
    copy: bool = False


@dataclass
class Answers:
    """The columns of a table that hold answers or scores, by column number.

    ``items`` tells which questionnaire's item a column is: (questionnaire, number).
    """

    found: dict[int, Answer] = field(default_factory=dict)
    items: dict[int, tuple[str, int]] = field(default_factory=dict)

    def add_item(self, column: int, id_: str, number: int, how: How) -> None:
        self.found[column] = Answer(f"{id_}_{number}", how)
        self.items[column] = (id_, number)


def numbers_in(columns: Iterable[Column]) -> dict[float, int]:
    """How often each number occurs in these columns."""
    found: dict[float, int] = defaultdict(int)
    for column in columns:
        for value, count in column.counts().items():
            number = typed_number(value)
            if number == number:
                found[number] += count
    return dict(found)


def is_words(column: Column) -> bool:
    """Whether a column holds words rather than numbers."""
    n = int(column.filled.sum())
    return n > 0 and sum(numbers_in([column]).values()) < MOST_ODD * n


def fits(numbers: Mapping[float, int], low: float, high: float) -> bool:
    """Whether nearly all numbers lie in a range; no numbers fit any.

    Codes such as 999 that stand for a missing answer say nothing, however many there are.
    """
    inside = sum(count for number, count in numbers.items() if low <= number <= high)
    outside = sum(
        count
        for number, count in numbers.items()
        if not low <= number <= high and (0 <= number <= _LAST_DIGIT or not is_missing_code(number))
    )
    return inside >= (1 - MOST_ODD) * (inside + outside) if inside else not numbers


def has_halves(column: Column) -> bool:
    """Whether many numbers end in a half, as the mean of two whole numbers does."""
    numbers = numbers_in([column])
    halves = sum(count for number, count in numbers.items() if number % 1 == 0.5)
    return halves >= max(_FEW, _SHARE_OF_HALVES * sum(numbers.values()))


def find_answers(
    table: Table, parts: Sequence[Parts], reader: HeaderReader, *, free: Sequence[int]
) -> Answers:
    """Which of the free columns hold answers: by name, by wording, by order, by evidence."""
    answers = Answers()
    readings: dict[int, list[Named]] = {}
    for column in free:
        _read_alone(table, column, parts[column], reader, answers, readings)
    items, scores = _items_or_scores(readings, parts)
    resolved = _resolve_items(table, items, reader.instruments, answers)
    _resolve_scores(table, scores, resolved, reader.instruments, answers)
    _read_runs(table, parts, reader.instruments, free, answers)
    _read_bare_totals(table, parts, reader.instruments, free, answers)
    return answers


def context(parts: Parts) -> Context:
    return label_key(parts.when), parts.partner


def _read_alone(
    table: Table, column: int, parts: Parts, reader: HeaderReader, answers: Answers,
    readings: dict[int, list[Named]],
) -> None:  # fmt: skip
    """What needs no neighbours; what does is left in ``readings``."""
    exact = reader.exact(parts.rest)
    if exact:
        head, _, tail = exact.rpartition("_")
        if reader.names_answers(parts.rest):
            how: How = "exact" if is_exact(table.header[column], parts) else "name"
            if tail.isdigit() and head in reader.instruments:
                answers.add_item(column, head, int(tail), how)
            else:
                answers.found[column] = Answer(exact, how)
        return
    named = reader.readings(parts.rest)
    if named:
        readings[column] = named
        return
    for text in (parts.rest, table.wording[column] if table.wording else ""):
        worded = reader.wording(text) if text else ""
        if worded:
            id_, _, number = worded.rpartition("_")
            answers.add_item(column, id_, int(number), "text")
            return


def _items_or_scores(
    readings: Mapping[int, list[Named]], parts: Sequence[Parts]
) -> tuple[dict[int, Named], dict[int, Named]]:
    """``phq_9`` is an item among ``phq_8`` and its like, and a score where it stands alone."""
    present: dict[tuple[str, Context], set[int]] = defaultdict(set)
    for column, named in readings.items():
        for one in named:
            if one.number is not None:
                present[one.alias, context(parts[column])].add(one.number)
    items: dict[int, Named] = {}
    scores: dict[int, Named] = {}
    for column, named in readings.items():
        as_items = [one for one in named if one.number is not None]
        as_scores = [one for one in named if one.number is None]
        among = [
            one
            for one in as_items
            if not as_scores
            or {one.number - 1, one.number + 1} & present[one.alias, context(parts[column])]  # type: ignore[operator]
        ]
        best = max(among or as_scores, key=lambda one: len(one.alias))
        (items if best.number is not None else scores)[column] = best
    return items, scores


def _resolve_items(
    table: Table, items: Mapping[int, Named], instruments: Mapping[str, Instrument],
    answers: Answers,
) -> dict[str, str]:  # fmt: skip
    """Items whose name several questionnaires share go to the one that has them all."""
    by_alias: dict[str, list[int]] = defaultdict(list)
    for column, named in items.items():
        by_alias[named.alias].append(column)
    resolved = {}
    for alias, columns in by_alias.items():
        numbers = {items[c].number for c in columns}
        shared = set.intersection(*(set(items[c].ids) for c in columns))
        ids = [i for i in items[columns[0]].ids if i in shared]
        complete = [i for i in ids if numbers == {item.number for item in instruments[i].items}]
        if len(ids) > 1:
            ids = [i for i in ids if _items_fit(table, items, columns, instruments[i])]
        # Numbers that do not begin with the first question run on from another questionnaire.
        ids = [
            i
            for i in ids
            if min((n for n in numbers if n is not None), default=0)
            == instruments[i].items[0].number
        ]
        if not ids:
            continue
        if len(ids) > 1 and len(complete) != 1:
            continue
        id_ = ids[0] if len(ids) == 1 else complete[0]
        sure = id_ in complete and len(shared) == 1
        explicit = len(items[columns[0]].ids) == 1
        resolved[alias] = id_
        for column in columns:
            how: How = "name" if sure or (explicit and items[column].explicit) else "asked"
            answers.add_item(column, id_, items[column].number or 0, how)
    return resolved


def _items_fit(
    table: Table, items: Mapping[int, Named], columns: Sequence[int], instrument: Instrument
) -> bool:
    for column in columns:
        item = instrument.item(items[column].number or 0)
        if not fits(numbers_in([table.columns[column]]), item.minimum, item.maximum):
            return False
    return True


def _resolve_scores(
    table: Table, scores: Mapping[int, Named], resolved: Mapping[str, str],
    instruments: Mapping[str, Instrument], answers: Answers,
) -> None:  # fmt: skip
    """A score goes to the questionnaire whose range holds it and agrees with a printed one."""
    pooled: dict[tuple[str, str], list[int]] = defaultdict(list)
    for column, named in scores.items():
        pooled[named.alias, named.score].append(column)
    for (alias, score), columns in pooled.items():
        numbers = numbers_in(table.columns[c] for c in columns)
        printed = {printed_range(table.header[c]) for c in columns} - {None}
        named = scores[columns[0]]
        ids = [i for i in named.ids if i == resolved.get(alias, i)]
        scales = {i: scale for i in ids if (scale := scale_meant(instruments[i], score))}
        holding = {
            i: scale
            for i, scale in scales.items()
            if printed <= {tuple(map(float, scale.score_range))}
            and (len(ids) == 1 or (numbers and fits(numbers, *scale.score_range)) or printed)
        }
        if len(holding) != 1:
            continue
        ((id_, scale),) = holding.items()
        instrument = instruments[id_]
        bare = not score and bool(instrument.items)
        sure = (len(named.ids) == 1 or bool(printed)) and not bare
        if _another_unit(instrument, scale.id, numbers) or not fits(numbers, *scale.score_range):
            sure = False
        for column in columns:
            answers.found[column] = Answer(part_name(instrument, scale.id),
                                           "name" if sure else "asked")  # fmt: skip


def _another_unit(instrument: Instrument, scale_id: str, numbers: Mapping[float, int]) -> bool:
    """Whether a score may be a mean or a raw sum where the scale has another unit."""
    if sum(numbers.values()) < _FEW:
        return False
    scale = instrument.scale(scale_id)
    if scale.rule == "mean_times_ten":
        return max(numbers) <= max(item.maximum for item in instrument.items)
    return scale.rule == "lookup" and all(number.is_integer() for number in numbers)


def _read_runs(
    table: Table, parts: Sequence[Parts], instruments: Mapping[str, Instrument],
    free: Sequence[int], answers: Answers,
) -> None:  # fmt: skip
    """Bare headers Q1 … Qn that number as many as a questionnaire has items."""
    texts = (table.file, table.sheet, *table.header, *table.groups, *table.wording)
    named = mentioned(texts, instruments) | {id_ for id_, _ in answers.items.values()}
    runs = _runs(parts, [c for c in free if c not in answers.found])
    runs.sort(key=lambda run: is_words(table.columns[run[0]]))  # numbers before their words
    for run in runs:
        words = all(is_words(table.columns[c]) for c in run)
        where = context(parts[run[0]])
        held = {answers.items[c][0] for c in answers.items if context(parts[c]) == where}
        ids = [
            i
            for i in named or instruments
            if len(instruments[i].items) == len(run)
            and (words or _run_fits(table, run, instruments[i], ends=not named))
        ]
        if len(ids) != 1 or (words and not named):
            continue
        how: How = "asked" if ids[0] in UNORDERED else "order"
        for column, item in zip(run, instruments[ids[0]].items, strict=True):
            if ids[0] not in held:
                answers.add_item(column, ids[0], item.number, how)
            elif words:
                answers.found[column] = Answer("", how, copy=True)


def _runs(parts: Sequence[Parts], columns: Sequence[int]) -> list[list[int]]:
    """Columns of one series whose numbers go 1, 2, 3 … from left to right."""
    series: dict[tuple[str, Context], list[list[int]]] = defaultdict(list)
    for column in columns:
        found = run_of(parts[column].rest)
        if not found:
            continue
        stem, number = found
        own = series[stem, context(parts[column])]
        if number == 1:
            own.append([column])
        elif own and len(own[-1]) == number - 1:
            own[-1].append(column)
        elif own:
            own[-1].clear()  # a gap: no run
    return [run for runs in series.values() for run in runs if len(run) > 1]


def _run_fits(table: Table, run: Sequence[int], instrument: Instrument, *, ends: bool) -> bool:
    """Whether the numbers of a run are answers; with ``ends`` they must reach both ends."""
    for column, item in zip(run, instrument.items, strict=True):
        if not fits(numbers_in([table.columns[column]]), item.minimum, item.maximum):
            return False
    if not ends:
        return True
    numbers = numbers_in(table.columns[c] for c in run)
    low = min(item.minimum for item in instrument.items)
    high = max(item.maximum for item in instrument.items)
    return low in numbers and high in numbers


def _read_bare_totals(
    table: Table, parts: Sequence[Parts], instruments: Mapping[str, Instrument],
    free: Sequence[int], answers: Answers,
) -> None:  # fmt: skip
    """A bare "Total" beside items is the total of their questionnaire, if it can be one."""
    for column in free:
        if column in answers.found or not is_bare_total(parts[column].rest):
            continue
        beside = [
            answers.items[c][0]
            for c in (column - 1, column + 1)
            if c in answers.items and context(parts[c])[1] == parts[column].partner
        ]
        if not beside:
            continue
        instrument = instruments[beside[0]]
        scale = scale_meant(instrument, "")
        if scale and fits(numbers_in([table.columns[column]]), *scale.score_range):
            answers.found[column] = Answer(part_name(instrument, scale.id), "asked")
