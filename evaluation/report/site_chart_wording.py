"""What the pictures of one site show, in a sentence or two; about groups, never one person."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaluation.report.wording import (
    PERSON,
    Row,
    Unit,
    better_text,
    capital,
    count,
    evidence_text,
    interval,
    is_known,
    joined,
    number,
    people,
    points,
    share_of,
    wave_name,
)
from evaluation.tables.site_pictures import BandMoves, Partners, chosen_bands
from instruments.definition import Scale

COUPLE: Unit = ("couple", "couples")
FEW_FOR_PICTURES = (
    "With fewer than five people pictures would point at single persons, so there are none here."
)
DISTRIBUTION_NOTE = (
    "Outline: scores at the earlier time. Filled: later. The circle marks the earlier average, the "
    "diamond the later one."
)
POINTS_NOTE = (
    "Each mark is somebody's two scores; a larger mark is several people with the same two. On the "
    "line from corner to corner nothing changed. Between the broken lines a change may be the "
    "ordinary ups and downs of answers. Keep this picture inside the site."
)
WAVES_NOTE = (
    "Each time has its own people: all who answered then. So a step from one time to the next can "
    "also come from who answered. The bars show how sure we can be of each average."
)


def distribution_finding(
    bins: pd.DataFrame,
    scale: Scale,
    *,
    times: tuple[str, str],
    means: tuple[float, float],
    unit: Unit = PERSON,
) -> str:
    """Where most scores lay, before and after, and the two averages."""
    if bins.empty:
        return f"{scale.label}: nobody has answered both times."
    n = int(bins["n_before"].sum())
    parts = []
    for time, column, mean in zip(times, ("n_before", "n_after"), means, strict=True):
        parts.append(f"{wave_name(time)} the average was {number(mean)}, {_fullest(bins, column)}")
    return f"{scale.label}, {better_text(scale)}, {people(n, *unit)}: {'; '.join(parts)}."


def _fullest(bins: pd.DataFrame, column: str) -> str:
    row = bins.loc[bins[column].idxmax()]
    low, high = row["low"], row["high"]
    if low % 1 == 0.5:
        low, high = low + 0.5, high - 0.5
    span = _plain(low) if low == high else f"{_plain(low)} to {_plain(high)}"
    return f"and the most common scores were {span}"


def _plain(value: float) -> str:
    return number(value, 0 if value == round(value) else 1)


def points_finding(counts: Row | None, *, n: int, unit: Unit = PERSON) -> str:
    """How many lie clearly on the better and on the worse side; nobody's own scores."""
    who = f"{capital(people(n, *unit))}, scores before against scores after."
    if counts is None:
        return f"{who} How large a reliable change is cannot be worked out for this scale."
    return (
        f"{who} {share_of(counts['better'], n)} clearly got better, {count(counts['unchanged'])} "
        f"did not clearly change and {count(counts['worse'])} clearly got worse."
    )


def bands_finding(
    moves: BandMoves, scale: Scale, *, times: tuple[str, str], unit: Unit = PERSON
) -> str:
    """How many were in each band before and after, the worst band first, and who moved."""
    rows = moves.counts.iloc[::-1] if scale.better == "lower" else moves.counts
    parts = [
        f"{label} {count(before)} then {count(after)}"
        for label, before, after in zip(
            rows["label"], rows["n_before"], rows["n_after"], strict=True
        )
    ]
    when = f"{wave_name(times[0])} and {wave_name(times[1])}"
    return (
        f"{scale.label}, {people(moves.n, *unit)} {when}: {'; '.join(parts)}. "
        f"{moves_sentence(moves, unit)}"
    )


def in_range_sentence(
    counts: tuple[int, int],
    n: int,
    *,
    times: tuple[str, str],
    unit: Unit = PERSON,
) -> str:
    """How many of the same people are in the range of concern, earlier and later."""
    earlier, later = (
        f"{count(each)} {wave_name(wave)}" for each, wave in zip(counts, times, strict=True)
    )
    return (
        f"In the range of concern, where support is usually offered: {earlier} and {later}, of "
        f"{people(n, *unit)}."
    )


def bands_note(scale: Scale) -> str:
    """How to read the bars, and where the bands come from."""
    bands = chosen_bands(scale)
    if bands is None:
        return ""
    source = f"{bands.citation.rstrip('.')} ({evidence_text(bands.evidence)})."
    return f"Outlined bars: the earlier time. Filled bars: later. The bands: {source} {bands.note}"


def moves_sentence(moves: BandMoves, unit: Unit = PERSON) -> str:
    """How many moved to a better or a worse band."""
    if moves.better is None or not moves.n:
        return "Neither end of this scale is better, so nobody moved to a better or a worse band."
    return (
        f"Of {people(moves.n, *unit)}, {count(moves.better)} moved to a better band, "
        f"{count(moves.same)} stayed in the same one and {count(moves.worse)} moved to a worse one."
    )


def measures_finding(rows: Sequence[Row]) -> str:
    """On how many measures things surely got better or worse."""
    known = [row for row in rows if is_known(row["g_pre_low"]) and is_known(row["g_pre_high"])]
    if not known:
        return "On no measure are there enough people for an interval."
    better = sum(row["g_pre_low"] > 0 for row in known)
    worse = sum(row["g_pre_high"] < 0 for row in known)
    opening = f"Size of change on {people(len(known), 'measure', 'measures')}:"
    if not better and not worse:
        return f"{opening} on none can we be fairly sure that scores changed on average."
    sure = "we can be fairly sure that scores got"
    worse_on = f"on {count(worse)} that they got worse" if worse else "on none that they got worse"
    if not better:
        return f"{opening} on {count(worse)} {sure} worse on average, on none that they got better."
    return f"{opening} on {count(better)} {sure} better on average, {worse_on}."


def partners_finding(found: Partners, scale: Scale) -> str:
    """How mothers and fathers of the same couples changed, and whether they differ."""
    if found.means.empty:
        return f"{scale.label}: of no couple are a mother and a father there both times."
    mother, father, gap = found.means.to_dict("records")
    couples = people(found.n_named, *COUPLE)
    opening = (
        f"{scale.label}, {couples} with both partners: mothers {_changed(mother['improvement'])}, "
        f"fathers {_changed(father['improvement'])} on average."
    )
    return f"{opening} {_gap(gap)}"


def _changed(improvement: float) -> str:
    if improvement == 0:
        return "did not change"
    return f"{'improved' if improvement > 0 else 'got worse'} by {points(improvement)}"


def _gap(row: Row) -> str:
    value, low, high = row["improvement"], row["low"], row["high"]
    if value == 0:
        return "There is no difference between them."
    who = "Mothers" if value > 0 else "Fathers"
    text = f"{who} gained {points(value)} more than their partners"
    if not (is_known(low) and is_known(high)):
        return f"{text}; how sure that is cannot be said."
    ends = interval(low, high) if value > 0 else interval(-high, -low)
    chance = ", which may be chance" if low <= 0 <= high else ""
    return f"{text} (95% interval {ends}){chance}."


def couples_sentence(found: Partners) -> str:
    """In how many couples both, one or neither partner clearly got better."""
    if found.both is None or not found.n_couples:
        return ""
    counts = (
        (found.both, "both partners"), (found.one, "one partner"), (found.neither, "neither"),
    )  # fmt: skip
    parts = joined([f"{who} in {count(n)}" for n, who in counts])
    return (
        f"Of {people(found.n_couples, *COUPLE)} with both partners there both times, clearly got "
        f"better: {parts}."
    )
