"""What charts show, in a sentence or two for people who cannot see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evaluation.analysis.lost_and_kept import AMBER, RED
from evaluation.report import wording
from instruments.definition import Scale

Row = Mapping[str, Any]


def love_plot_finding(rows: Sequence[Row]) -> str:
    """Which differences between the lost and the kept are large, the largest first."""
    known = [row for row in rows if wording.is_known(row["smd"])]
    if not known:
        return "How the people we lost differed at the start cannot be worked out yet."
    of = wording.people(len(known), "characteristic", "characteristics")
    large = sorted((row for row in known if abs(row["smd"]) > RED), key=lambda r: -abs(r["smd"]))
    some = sum(AMBER < abs(row["smd"]) <= RED for row in known)
    if not large and not some:
        return (
            f"On all {wording.count(len(known))} characteristics compared, the people we lost and "
            "those we kept were much alike at the start."
        )
    parts = []
    if large:
        named = wording.joined([_difference(row) for row in large[:3]])
        more = f", and {wording.count(len(large) - 3)} more" if len(large) > 3 else ""
        parts.append(f"large differences at the start: {named}{more}")
    if some:
        parts.append(wording.people(some, "smaller difference", "smaller differences"))
    return f"Of {of} compared between those we lost and those we kept, {'; '.join(parts)}."


def _difference(row: Row) -> str:
    return f"{row['characteristic']} ({wording.signed(row['smd'], 2)} standard deviations)"


def sensitivity_finding(rows: Sequence[Row], scale: Scale) -> str:
    """The span of the averages over the methods, and whether all are surely on one side of zero."""
    if not rows:
        return f"{scale.label}: no method gave an average."
    estimates = [float(row["estimate"]) for row in rows]
    ways = wording.people(len(rows), "way", "ways")
    if len(rows) == 1:
        return (
            f"{scale.label}, worked out one way: an average improvement of "
            f"{wording.signed(estimates[0])} points."
        )
    low, high = wording.signed(min(estimates)), wording.signed(max(estimates))
    span = f"of {low} points each time" if low == high else f"between {low} and {high} points"
    return f"{scale.label}, worked out {ways}: an average improvement {span}. {_surely(rows)}"


def _surely(rows: Sequence[Row]) -> str:
    with_interval = [
        row for row in rows if wording.is_known(row["low"]) and wording.is_known(row["high"])
    ]
    better = sum(row["low"] > 0 for row in with_interval)
    worse = sum(row["high"] < 0 for row in with_interval)
    n = len(with_interval)
    if n and better == n:
        return "In each we can be fairly sure that scores got better."
    if n and worse == n:
        return "In each we can be fairly sure that scores got worse."
    return (
        f"We can be fairly sure that scores got better in {wording.count(better)} of "
        f"{wording.count(n)}."
    )


def trajectory_finding(rows: pd.DataFrame, scale: Scale) -> str:
    """From where to where the averages of each group went, and whether that is better."""
    known = rows[rows["mean"].notna()]
    if known.empty:
        return f"{scale.label}: there are no averages to show yet."
    sentences = []
    for group, mine in known.groupby("group", sort=False):
        first, last = mine.iloc[0], mine.iloc[-1]
        who = f"{group}: " if group else ""
        start = f"{wording.number(first['mean'])} ({first['label']})"
        if len(mine) == 1:
            sentences.append(f"{who}an average of {start}.")
            continue
        verdict = _verdict(float(last["mean"]) - float(first["mean"]), scale)
        end = f"{wording.number(last['mean'])} ({last['label']})"
        sentences.append(f"{who}the average went from {start} to {end}{verdict}.")
    opening = f"{scale.label}, {wording.better_text(scale)}:"
    return f"{opening} {' '.join(sentences)}"


def _verdict(change: float, scale: Scale) -> str:
    if scale.better == "neither" or change == 0:
        return ""
    return ", better" if (change > 0) == (scale.better == "higher") else ", worse"


def patterns_finding(patterns: pd.DataFrame) -> str:
    """The most common patterns of answers; ``present`` is a bool."""
    if patterns.empty:
        return "Nobody has answered yet."
    first = patterns.drop_duplicates("pattern")
    known = first[first["n"].notna()].sort_values("n", ascending=False, kind="stable")
    patterns_there = wording.people(len(first), "pattern", "patterns")
    opening = f"{wording.capital(patterns_there)} of answers over time."
    if known.empty:
        return opening
    most = known.iloc[0]
    mine = patterns[patterns["pattern"] == most["pattern"]]
    at = [wording.wave_name(wave) for wave in mine.loc[mine["present"], "wave"]]
    not_at = [wording.wave_name(wave) for wave in mine.loc[~mine["present"], "wave"]]
    words = f"answered {wording.joined(at)}" if at else "never answered"
    missed = f", not {wording.joined(not_at)}" if at and not_at else ""
    return f"{opening} The most common: {wording.people(most['n'])} {words}{missed}."
