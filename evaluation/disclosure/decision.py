"""The verdict on an export: pass, review or fail, with reasons, and a last look at its tables.

The rules of each table hide what is small; this looks at what came out, whatever made it, so that
a table that nobody wrote a rule for, or a rule with a mistake, does not leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import SUPPRESSED
from evaluation.disclosure.differencing import Difference
from evaluation.disclosure.rounding import RELEASED_DECIMALS

Verdict = Literal["pass", "review", "fail"]
Tables = Mapping[str, pd.DataFrame]
# A column of any of these names has a row for each person, couple, child or answer.
PERSON_COLUMNS = ("participant", "couple", "child", "person", "record", "respondent")
# What is counted in people, couples or children in any table.
COUNT_COLUMNS = frozenset((
    "n", "n_couples", "n_effective", "n_excluded", "n_both", "n_before", "n_after", "n_scores",
    "n_reference", "n_kept", "n_lost", "couples_kept", "couples_lost", "n_completers",
    "n_completer_couples", "n_lost_couples", "n_waiting", "n_not_asked", "n_unknown", "n_gap",
    "n_outside", "n_undefined", "n_took_up", "n_measured", "n_without", "n_couples_without",
    "other_n", "other_couples", "other_lost", "total", "both", "only_mother", "only_father",
    "only_one", "neither", "not_judged", "both_better", "discordant", "both_worse",
    "both_unchanged", "opposite", "recovered", "improved", "unchanged", "deteriorated", "harmed",
    "crossed_not_reliable", "tied_with_cutoff", "clinical_at_start", "cases_at_start",
    "reliable_improvement", "reliable_recovery", "not_eligible", "not_yet_due", "window_open",
    "missed", "done", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
    "lost_and_worse", "tied", "stayed", "crossed", "crossed_reliably", "ended_on_cutoff",
    "eligible", "observed", "withdrawn", "missing", "reached", "also_deteriorated",
    "reached_end", "reached_3m", "reached_6m", "start_stand_ins", "end_stand_ins",
    "day_assumed", "day_unknown", "reliably_improved", "only_before", "only_after", "n_asked",
    "n_missing", "numerator", "denominator",
))  # fmt: skip
# Each is, or leads to, the exact number of people behind a row.
EXACT_COLUMNS = frozenset((
    "n_effective", "df", "t", "p_t", "p_cluster", "wilcoxon_w", "p_wilcoxon", "rank_biserial",
    "d_z", "g_z", "se", "v", "var_couple", "var_person", "var_residual", "log_likelihood",
    "deff", "fmi", "max_weight", "variance_ratio",
))  # fmt: skip
# Lists of waves; the number of sites is public, so k, k_dropped and the df of an average are.
_NO_COUNTS = {"missing_patterns": {"missing"}, "sites": {"df"}}
# Averages and changes: nothing about so few as the rule asks for.
_MEANS = ("mean_before", "mean_after", "improvement", "estimate", "mean", "gap_mean", "y")
# Sheets that explain; they hold nothing that was counted.
NO_NUMBERS = frozenset(("formulas", "questionnaires"))
MOST_ROWS = 5_000


class ReleaseError(ValueError):
    """Something that must not leave is in the tables of an export; ``reasons`` says what."""

    def __init__(self, text: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.reasons = tuple(reasons) or (text,)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided on an export, why, and how many rows of each table hide something."""

    decision: Verdict
    reasons: tuple[str, ...] = ()
    n_suppressed: Mapping[str, int] = field(default_factory=dict)

    def as_record(self) -> dict[str, object]:
        """As a manifest has it."""
        return {
            "decision": self.decision,
            "reasons": list(self.reasons),
            "n_suppressed": dict(self.n_suppressed),
        }


def decide(before: Tables, after: Tables, rule: DisclosureRule) -> Decision:
    """Pass where nothing had to be hidden, review where something was, fail where it must stay.

    Parameters
    ----------
    before
        The tables as worked out.
    after
        The tables that are to leave, by the same names.
    rule
        The thresholds that were applied.

    Returns
    -------
    Decision
        ``fail``: a table about single people, or a number that `check_released` objects to.
        ``review``: rows are hidden, or shown counts lie just above a threshold, or a table is
        too long. The reasons are sentences for whoever decides; none holds an exact count.
    """
    violations = check_released(after, rule)
    hidden = {name: _n_hidden(before.get(name), table) for name, table in after.items()}
    hidden = {name: n for name, n in hidden.items() if n}
    if violations:
        return Decision("fail", tuple(violations), hidden)
    reasons = []
    if hidden:
        rows = sum(hidden.values())
        reasons.append(
            f"Small numbers are hidden in {rows:,} {'row' if rows == 1 else 'rows'} of "
            f"{len(hidden)} {'table' if len(hidden) == 1 else 'tables'}: check that nothing "
            "published elsewhere gives them back."
        )
    near = [name for name, table in after.items() if _is_near(table, rule)]
    if near:
        reasons.append(f"Numbers just above the limits are shown in {', '.join(near)}.")
    long = [name for name, table in after.items() if len(table) > MOST_ROWS]
    if long:
        reasons.append(f"More than {MOST_ROWS:,} rows in {', '.join(long)}: is so much needed?")
    return Decision("review" if reasons else "pass", tuple(reasons), hidden)


def merge(decision: Decision, since_last: Difference) -> Decision:
    """One decision of what the tables are like and what they tell beside the last release.

    The worse of the two holds, and the reasons of both are given.
    """
    if since_last.decision == "pass":
        return decision
    verdict: Verdict = "fail" if decision.decision == "fail" else "review"
    reasons = tuple(dict.fromkeys((*decision.reasons, *since_last.reasons)))
    return Decision(verdict, reasons, decision.n_suppressed)


def check_released(tables: Tables, rule: DisclosureRule) -> list[str]:
    """What must not leave, found in the finished tables alone; empty where nothing is.

    Looks for rows about single people, counts that are small or not rounded, numbers that lead to
    an exact count, averages of too few, decimals that tell how many, and rows that are marked as
    hidden but hold numbers. Each violation is a sentence with table and column, never the number.
    """
    found: list[str] = []
    for name, table in tables.items():
        if name in NO_NUMBERS or table.empty:
            continue
        found += _people_in(name, table)
        found += _counts_in(name, table, rule)
        found += _exact_in(name, table)
        found += _averages_in(name, table, rule)
    return found


def ensure_released(tables: Tables, rule: DisclosureRule) -> None:
    """Raise `ReleaseError` with everything that `check_released` finds."""
    found = check_released(tables, rule)
    if found:
        raise ReleaseError("The export was stopped. " + " ".join(found), found)


def _people_in(name: str, table: pd.DataFrame) -> list[str]:
    columns = [column for column in PERSON_COLUMNS if column in table]
    return [f"{name}: column '{column}' has a row for each person." for column in columns]


def _counts_in(name: str, table: pd.DataFrame, rule: DisclosureRule) -> list[str]:
    found = []
    for column in _count_columns(name, table):
        counts = _numbers(table[column])
        small = (counts > 0) & (counts < _least_shown(rule))
        exact = counts.notna() & (counts % rule.round_to != 0)
        if small.any() or (counts < 0).any():
            found.append(f"{name}: column '{column}' shows a number below {rule.hide_below}.")
        if exact.any():
            found.append(f"{name}: column '{column}' is not rounded to {rule.round_to}.")
    return found


def _least_shown(rule: DisclosureRule) -> float:
    """What the smallest count that is not hidden is rounded to."""
    return float(np.floor(rule.hide_below / rule.round_to + 0.5) * rule.round_to)


def _exact_in(name: str, table: pd.DataFrame) -> list[str]:
    allowed = _NO_COUNTS.get(name, set())
    columns = [c for c in table if c in EXACT_COLUMNS and c not in allowed]
    return [
        f"{name}: column '{column}' leads to an exact number of people."
        for column in columns
        if _numbers(table[column]).notna().any()
    ]


def _averages_in(name: str, table: pd.DataFrame, rule: DisclosureRule) -> list[str]:
    found = []
    means = [column for column in _MEANS if column in table]
    numbers = pd.DataFrame({c: _numbers(table[c]) for c in means}, index=table.index)
    # Twelve decimals are a float's way of writing two.
    if not np.allclose(
        numbers, numbers.round(RELEASED_DECIMALS), rtol=0, atol=1e-9, equal_nan=True
    ):
        found.append(f"{name}: an average has so many decimals that they tell of how many it is.")
    if "n" in table and means:
        n = _numbers(table["n"])
        least = np.floor(rule.min_n / rule.round_to + 0.5) * rule.round_to
        if (numbers.notna().any(axis=1) & (n > 0) & (n < least)).any():
            found.append(f"{name}: an average rests on fewer than {rule.min_n} people.")
    if "reason" in table:
        whole = table["reason"] == SUPPRESSED
        counted = [column for column in means if column in table]
        if whole.any() and numbers.loc[whole, counted].notna().to_numpy().any():
            found += _kept_in_hidden(name, table, numbers[whole])
    return found


def _kept_in_hidden(name: str, table: pd.DataFrame, numbers: pd.DataFrame) -> list[str]:
    """Averages in rows that are marked as hidden.

    A row of which a part alone is hidden shows the rest: a gap between partners beside hidden
    answers at the start, or change beside few who were measured.
    """
    if name in ("reporter_gap", "service_use", "costs", "missing_patterns"):
        return []
    return [f"{name}: a row that is marked as hidden shows an average."]


def _count_columns(name: str, table: pd.DataFrame) -> list[str]:
    allowed = _NO_COUNTS.get(name, set())
    return [column for column in table if column in COUNT_COLUMNS and column not in allowed]


def _n_hidden(before: pd.DataFrame | None, after: pd.DataFrame) -> int:
    """Rows marked as hidden, or in which a count is blank that was there before."""
    if after.empty:
        return 0
    marked = (
        after["reason"].astype(str).str.contains(SUPPRESSED).to_numpy(bool)
        if "reason" in after
        else np.zeros(len(after), dtype=bool)
    )
    if before is None or len(before) != len(after):
        return int(marked.sum())
    columns = [c for c in after if c in COUNT_COLUMNS - EXACT_COLUMNS and c in before]
    gone = np.array(
        [
            _numbers(after[c]).isna().to_numpy() & _numbers(before[c]).notna().to_numpy()
            for c in columns
        ],
        dtype=bool,
    ).reshape(len(columns), len(after))
    return int((marked | gone.any(axis=0)).sum())


def _is_near(table: pd.DataFrame, rule: DisclosureRule) -> bool:
    """Whether averages are shown of as few people, once rounded, as are allowed at all."""
    means = [column for column in _MEANS if column in table]
    if "n" not in table or not means:
        return False
    n = _numbers(table["n"])
    shown = table[means].apply(_numbers).notna().any(axis=1)
    least = np.floor(rule.min_n / rule.round_to + 0.5) * rule.round_to
    return bool((shown & (n > 0) & (n <= least)).any())


def _numbers(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype(float)
