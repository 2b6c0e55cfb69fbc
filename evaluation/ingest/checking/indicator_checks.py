"""What shows only when the rows of one indicator lie side by side: repeats and kinds of value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluation.indicators import common_kind
from evaluation.ingest.checking.checks import refuse
from evaluation.ingest.checking.row_lists import joined, listed_rows
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import Place, make_problem
from evaluation.model import COUNT, NUMBER, YES_NO

KEY = ["site", "participant", "child", "wave", "indicator"]
_GROUP = ["site", "indicator"]
_WORDS = {YES_NO: "yes or no", COUNT: "counts", NUMBER: "numbers with decimals or percentages"}
_MOST = {True: "most of which are yes or no", False: "most of which are numbers"}
# A percentage that a spreadsheet program stored as a share stands beside one typed as a number.
LEAST_PERCENTAGE = 20


def check_indicators(parsed: ParsedRows) -> None:
    """Refuse contradicting repeats and values that do not go together, and say what was read.

    ``kind`` becomes that of the indicator at the site.
    """
    _check_repeats(parsed)
    for (site, name), positions in _groups(parsed):
        kept = _without_strangers(parsed, name, positions)
        if kept.size:
            parsed.rows.loc[kept, "kind"] = common_kind(parsed.rows.loc[kept, "kind"])
            _note_scale(parsed, site, name, kept)
    _say_kinds(parsed)


def _groups(parsed: ParsedRows) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    rows = parsed.rows[_usable(parsed)]
    for key, positions in rows.groupby(_GROUP, sort=False).groups.items():
        yield key, np.asarray(positions, dtype=int)


def _usable(parsed: ParsedRows) -> np.ndarray:
    return ~parsed.refused & parsed.rows["value"].notna().to_numpy()


def _check_repeats(parsed: ParsedRows) -> None:
    """One value for each person, child, time and indicator; identical rows collapse."""
    usable = parsed.rows[_usable(parsed)]
    repeated = usable[usable.duplicated(KEY, keep=False)]
    for _, group in repeated.groupby(KEY, sort=False):
        positions = group.index.tolist()
        first = group.iloc[0]
        child = f" (child '{first['child']}')" if first["child"] else ""
        who = f"Participant '{first['participant']}'{child}"
        yes_no = group["kind"] == YES_NO
        if group["value"].nunique() == 1 and yes_no.nunique() == 1:
            for position in positions[1:]:
                parsed.refused[position] = True
                parsed.problems.append(
                    make_problem(
                        "repeated_row", parsed.place(position), value=first["participant"],
                        who=who, when=f"'{first['wave']}'",
                        questionnaire=f"'{first['indicator']}'",
                        rows=listed_rows(parsed, positions[:1]),
                    )
                )  # fmt: skip
            continue
        for position in positions:
            refuse(
                parsed, position, "duplicate_indicator", int(group["value_column"].loc[position]),
                value=first["indicator"], who=who, when=first["wave"], count=len(positions),
                rows=listed_rows(parsed, positions),
            )  # fmt: skip


def _without_strangers(parsed: ParsedRows, name: str, positions: np.ndarray) -> np.ndarray:
    """The rows that go together; yes/no among numbers, or the reverse, and negative counts go."""
    said = (parsed.rows.loc[positions, "kind"] == YES_NO).to_numpy()
    n_said, n_numbers = int(said.sum()), int((~said).sum())
    if n_said and n_numbers:
        even = n_said == n_numbers
        strange = np.ones(len(positions), dtype=bool) if even else said == (n_numbers > n_said)
        most = (
            "half of which are numbers, so none can be used" if even else _MOST[n_said > n_numbers]
        )
        for position in positions[strange].tolist():
            _refuse_value(parsed, position, "mixed_indicator", name, most=most)
        positions = positions[~strange]
    rows = parsed.rows.loc[positions]
    if (rows["kind"] == COUNT).all():
        negative = (rows["value"] < 0).to_numpy()
        for position in positions[negative].tolist():
            _refuse_value(parsed, position, "negative_count", name)
        positions = positions[~negative]
    return positions


def _refuse_value(parsed: ParsedRows, position: int, code: str, name: str, **words: str) -> None:
    column = int(parsed.rows["value_column"].iloc[position])
    typed = parsed.rows["value_typed"].iloc[position]
    refuse(parsed, position, code, column, value=typed, indicator=name, **words)


def _note_scale(parsed: ParsedRows, site: str, name: str, positions: np.ndarray) -> None:
    """Values that may mean something else than they seem to, for a person to judge."""
    rows = parsed.rows.loc[positions]
    values = rows["value"]
    part = (values > 0) & (values < 1)
    code = ""
    if rows["kind"].iloc[0] == COUNT and set(values) == {0.0, 1.0}:
        code = "indicator_zero_one"
    elif rows["kind"].iloc[0] == NUMBER and part.any():
        shares = values.between(0, 1).all()
        large = values.max() >= LEAST_PERCENTAGE
        code = "indicator_shares" if shares else "indicator_scales_differ" if large else ""
    if code:
        at = int(positions[np.argmax(part.to_numpy())] if part.any() else positions[0])
        column = int(rows["value_column"].loc[at])
        words = {"value": name, "site": site, "largest": f"{values.max():g}"}
        parsed.problems.append(make_problem(code, parsed.place(at, column), **words))


def _say_kinds(parsed: ParsedRows) -> None:
    """One note for each sheet on how its indicators were read."""
    rows = parsed.rows[_usable(parsed)]
    for (file, sheet), own in rows.groupby(["file", "sheet"], sort=False):
        parts = []
        for kind, words in _WORDS.items():
            names = pd.unique(own.loc[own["kind"] == kind, "indicator"]).tolist()
            if names:
                shown = [name.replace("_", " ") for name in names]
                parts.append(f"{words}: {joined(shown)}")
        place = Place(str(file), str(sheet))
        parsed.problems.append(make_problem("indicators_read_as", place, value="; ".join(parts)))
