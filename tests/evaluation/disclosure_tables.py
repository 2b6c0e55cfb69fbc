"""What is counted in each released table, and how its counts add up.

Every table of `evaluation.report.result_tables` is in COUNTS, in NOT_COUNTED with the reason why
nothing about people can follow from it, or never leaves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")
CELLS = ("only_before", "only_after", "both", "neither")
LEDGER = ("maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never", "lost_and_worse")
ANSWERED = ("both", "only_mother", "only_father", "only_one", "neither", "not_judged")
COUNTS: dict[str, tuple[str, ...]] = {
    "effects": ("n", "n_couples", "n_excluded"),
    "reliable_change": ("n", *CLASSES, "crossed_not_reliable", "tied_with_cutoff",
                        "clinical_at_start"),
    "attrition": ("n", *STATES),
    # On the screen alone.
    "flow": ("done", "missed", "window_open", "not_yet_due", "left", "not_used", "with_baseline",
             "also"),
    "site_estimates": ("n", "n_couples"),
    "couples": ("n_couples", "n_both", "both_better", "discordant", "both_worse",
                "both_unchanged", "opposite"),
    "waves": ("n", "n_couples", "n_before", "n_after", "n_both", "n_scores"),
    "maintenance": ("n", "n_couples", *LEDGER),
    "robustness": ("n", "n_couples"),
    "subgroups": ("n", "n_couples", "n_reference"),
    "periods": ("n", "n_couples", "n_reference"),
    "early_help": ("n", "n_outside", "n_couples", "tied", "stayed", "crossed", "crossed_reliably",
                   "crossed_not_reliable", "ended_on_cutoff"),
    "meaningful_change": ("n", "n_couples", "n_undefined", "improved", "unchanged",
                          "deteriorated"),
    "payment_by_results": ("n", "n_couples", "eligible", "observed", "withdrawn", "missing",
                           "reached", "recovered", "deteriorated", "also_deteriorated",
                           "reached_end", "reached_3m", "reached_6m"),
    "nhs_tt": ("n", "n_couples", "cases_at_start", "recovered", "reliable_improvement",
               "reliable_recovery", "deteriorated"),
    "lost_vs_kept": ("n_kept", "n_lost", "couples_kept", "couples_lost"),
    "sensitivity": ("n", "n_couples", "n_completers", "n_completer_couples", "n_lost",
                    "n_lost_couples", "n_waiting", "n_not_asked"),
    "dropout": ("n", "n_lost", "n_couples"),
    "missing_at_random": ("n", "n_couples"),
    "differential_attrition": ("n", "n_couples", "n_lost", "other_n", "other_couples",
                               "other_lost", "judged"),
    "missing_patterns": ("n", "total"),
    "reporter_gap": ("n_couples", *ANSWERED, "n_gap"),
    "evidence": ("n", "n_couples", "n_kept", "n_lost"),
    "service_use": ("n", "n_couples", "n_unknown", "numerator", "denominator", "value"),
    "dose": ("n", "n_couples", "n_unknown"),
    "costs": ("n_took_up", "n_measured", "n_couples", "reliably_improved", "n_unknown"),
    "indicators": ("n", "n_couples", "n_excluded", *CELLS),
    "training": ("n", *STATES, "day_assumed", "day_unknown"),
    "training_change": ("n", *CLASSES, "crossed_not_reliable", "tied_with_cutoff",
                        "clinical_at_start"),
    "session_course": ("n", "n_couples", "n_scores"),
    "stand_ins": ("n", "n_couples", "start_stand_ins", "end_stand_ins", "n_without",
                  "n_couples_without"),
}  # fmt: skip
# Hidden may be nought as well: a nought is hidden beside a small part of the same whole.
MAY_BE_NOUGHT = {
    "effects": ("n_excluded",),
    "attrition": STATES,
    "training": STATES,
    "flow": ("done", "missed", "window_open", "not_yet_due", "left"),
    "evidence": ("n_kept", "n_lost"),
    "service_use": ("numerator", "n_unknown"),
    "costs": ("reliably_improved",),
    "reliable_change": CLASSES,
    "training_change": CLASSES,
    "couples": ("both_better", "discordant", "both_worse", "both_unchanged", "opposite"),
    "maintenance": LEDGER,
    "early_help": ("stayed", "crossed", "crossed_reliably", "crossed_not_reliable",
                   "ended_on_cutoff"),
    "meaningful_change": ("improved", "unchanged", "deteriorated"),
    "payment_by_results": ("observed", "withdrawn", "missing"),
    "reporter_gap": ANSWERED,
}  # fmt: skip
# Nothing of these is hidden unless one of them is somebody.
SOMEBODY = ("reliable_change", "training_change", "couples", "maintenance", "reporter_gap")
NOT_COUNTED = {
    "sites": "averages of released sites alone; k and k_dropped count sites, whose number is known",
    "formulas": "how each column is worked out, in words",
}
# What tells the rows of a table apart. ``at`` is the wave, under one name in all tables.
NAMES = (
    "site", "subgroup", "instrument", "scale", "contrast", "method", "cutoff_type", "step", "unit",
    "row", "trait", "level", "reference", "adjusted", "wave", "characteristic", "kind", "by",
    "group", "outcome", "term", "measure", "indicator", "pattern", "session_number", "aspect",
    "detail", "threshold", "cost",
)  # fmt: skip
OTHER_PATTERNS = "other patterns"
OF_PEOPLE = ("count", "share")


def prepared(
    name: str, exact: pd.DataFrame, shown: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The exact and the released rows, one beside the other; with ``at``, the wave."""
    if name == "evidence":
        exact = exact[exact["aspect"] != "n_effective"].reset_index(drop=True)
        exact, shown = _with_kept(exact), _with_kept(shown)
    elif name == "missing_patterns":
        exact, shown = _patterns(exact, shown)
    elif name == "dose":
        shown = _beside(exact, shown, ["site", "instrument", "scale", "contrast", "row"])
    elif not shown.index.equals(exact.index):
        shown = shown.loc[exact.index]
    if len(exact) != len(shown):
        raise ValueError(f"{name}: {len(exact)} exact rows beside {len(shown)} released ones")
    exact, shown = exact.reset_index(drop=True), shown.reset_index(drop=True)
    if name == "service_use":
        # Sessions and hours are no people.
        other = ~exact["kind"].isin(OF_PEOPLE)
        exact, shown = (table.astype({"value": object}) for table in (exact, shown))
        for column in ("numerator", "denominator"):
            exact.loc[other, column] = np.nan
        counted = exact["kind"] == "count"
        exact["value"] = exact["value"].where(counted)
        # Not released of any count.
        exact["n_couples"] = exact["n_couples"].astype(float).mask(counted)
    if name == "flow":
        later = ~exact["step"].isin(["referred", "took_up", "baseline"])
        exact = exact.assign(with_baseline=exact["with_baseline"].where(later))
    if name == "attrition":
        exact = exact.assign(beside=exact["site"])
    if name == "differential_attrition":
        exact = exact.assign(
            judged=exact["n"] + exact["other_n"],
            beside=exact["group"].where(exact["by"] == "site", ""),
        )
        shown = shown.assign(judged=np.nan)
    if name in ("subgroups", "periods"):
        of_two = exact["row"] == "difference"
        exact = exact.assign(beside=exact["level"].mask(of_two, exact["reference"]))
    return exact.assign(at=_wave(exact)), shown


def _with_kept(table: pd.DataFrame) -> pd.DataFrame:
    """Those who came back, where ``n`` is they and those lost; the bias repeats such a share."""
    names = ["n", "n_lost", "n_couples"]
    numbers = table[names].apply(pd.to_numeric).astype(float)
    of_both = table["aspect"].isin(["retention", "answered", "representativeness"])
    kept = (numbers["n"] - numbers["n_lost"]).where(of_both)
    numbers["n"] = numbers["n"].mask(of_both)
    repeated = table["aspect"] == "selection_bias"
    return table.assign(n_kept=kept, **{n: numbers[n].mask(repeated) for n in names})


def _wave(table: pd.DataFrame) -> pd.Series:
    if "contrast" in table:
        parts = table["contrast"].astype(str).str.split("_", n=1).str
        return parts[1].where(parts[0] == "baseline", "")
    return table.get("step", table.get("wave", pd.Series("", index=table.index))).astype(object)


def _beside(exact: pd.DataFrame, shown: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The released row of each exact one; nothing where several were made one."""
    places = pd.MultiIndex.from_frame(shown[keys])
    found = places.drop_duplicates().get_indexer(pd.MultiIndex.from_frame(exact[keys]))
    table = shown[~places.duplicated()].reset_index(drop=True).reindex(found)
    table.loc[found < 0] = None
    return table.reset_index(drop=True)


def _patterns(exact: pd.DataFrame, shown: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rare patterns, which have no names for a reader, as the row that they are released as."""
    place = ["site", "instrument", "scale"]
    rare = exact["n"].between(1, 7)
    together = exact[rare].groupby(place, as_index=False, sort=False)
    others = together.agg(n=("n", "sum"), total=("total", "first"))
    others = others.assign(pattern=OTHER_PATTERNS, present="")
    merged = pd.concat([exact[~rare], others], ignore_index=True)
    return merged, _beside(merged, shown, [*place, "pattern"])


# --- sums within a table --------------------------------------------------------------------

# A total and its parts in one row.
PARTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "reliable_change": (("n", CLASSES),),
    "training_change": (("n", CLASSES),),
    "attrition": (("n", STATES[1:]), ("n", STATES)),
    "training": (("n", STATES[1:]),),
    "flow": (("with_baseline", ("done", "missed", "window_open", "not_yet_due", "left",
                                "not_used")),),
    "couples": (
        ("n_both", ("both_better", "discordant", "both_worse")),
        ("n_both", ("both_better", "discordant", "both_worse", "both_unchanged", "opposite")),
    ),
    "maintenance": (("n", LEDGER),),
    "early_help": (("n_outside", ("stayed", "crossed", "ended_on_cutoff")),
                   ("n_outside", ("stayed", "crossed")),
                   ("crossed", ("crossed_reliably", "crossed_not_reliable"))),
    "meaningful_change": (("n", ("improved", "unchanged", "deteriorated", "n_undefined")),
                          ("n", ("improved", "unchanged", "deteriorated"))),
    "payment_by_results": (("eligible", ("observed", "withdrawn", "missing")),),
    "sensitivity": (("n", ("n_completers", "n_lost")),),
    "reporter_gap": (("n_couples", ANSWERED),),
    "indicators": (("n", CELLS),),
    "differential_attrition": (("judged", ("n", "other_n")),),
    "stand_ins": (("n", ("n_without", "end_stand_ins")),),
}  # fmt: skip
# Of the first there are no more than of the second, so many times.
AT_MOST: dict[str, tuple[tuple[str, str, int], ...]] = {
    "effects": (("n_couples", "n", 1), ("n", "n_couples", 2)),
    "waves": (("n_both", "n_before", 1), ("n_both", "n_after", 1), ("n", "n_couples", 2),
              ("n_couples", "n", 1)),
    "reliable_change": (("clinical_at_start", "n", 1), ("recovered", "clinical_at_start", 1),
                        ("tied_with_cutoff", "n", 1), ("crossed_not_reliable", "n", 1)),
    "training_change": (("clinical_at_start", "n", 1), ("recovered", "clinical_at_start", 1)),
    "couples": (("n_both", "n_couples", 1),),
    "early_help": (("n_outside", "n", 1), ("tied", "n_outside", 1)),
    "payment_by_results": (("reached", "eligible", 1), ("also_deteriorated", "reached", 1),
                           ("reached_end", "reached", 1), ("reached_3m", "reached", 1)),
    "nhs_tt": (("cases_at_start", "n", 1), ("recovered", "cases_at_start", 1),
               ("reliable_recovery", "recovered", 1), ("reliable_improvement", "n", 1),
               ("reliable_recovery", "reliable_improvement", 1)),
    "lost_vs_kept": (("couples_kept", "n_kept", 1), ("couples_lost", "n_lost", 1)),
    "dropout": (("n_lost", "n", 1), ("n_couples", "n", 1)),
    "differential_attrition": (("n_lost", "n", 1), ("other_lost", "other_n", 1),
                               ("n_couples", "n", 1), ("other_couples", "other_n", 1)),
    "service_use": (("numerator", "n", 1), ("n_couples", "n", 1), ("n", "n_couples", 2)),
    "subgroups": (("n_couples", "n", 1), ("n", "n_couples", 2)),
    "periods": (("n_couples", "n", 1), ("n", "n_couples", 2)),
    "costs": (("n_couples", "n_measured", 1), ("reliably_improved", "n_measured", 1)),
    "indicators": (("n_couples", "n", 1), ("n", "n_couples", 2)),
    "session_course": (("n_couples", "n", 1), ("n", "n_scores", 1)),
    "stand_ins": (("n_couples", "n", 1), ("n_couples_without", "n_couples", 1)),
    "training": (("day_assumed", "n", 1), ("day_unknown", "n", 1)),
}  # fmt: skip


def names_of(table: pd.DataFrame) -> list[str]:
    """The columns that tell the rows of a table apart."""
    return [name for name in NAMES if name in table]
