"""What is counted in each released table, how its counts add up, and where people come again.

Every table of `evaluation.report.result_tables` is in COUNTS, in NOT_COUNTED with the reason why
nothing about people can follow from it, or never leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
                               "other_lost"),
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
# Hidden together if any of them is few, so that a hidden one may be nought.
MAY_BE_NOUGHT = {
    "attrition": STATES[:3], "training": STATES[:3], "flow": ("window_open", "not_yet_due", "left"),
}  # fmt: skip
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
        exact.loc[exact["kind"] != "count", "value"] = np.nan
    if name == "flow":
        later = ~exact["step"].isin(["referred", "took_up", "baseline"])
        exact = exact.assign(with_baseline=exact["with_baseline"].where(later))
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
    """Rare patterns, which are released as one row, each for itself and then that row."""
    place = ["site", "instrument", "scale"]
    beside = _beside(exact, shown, [*place, "pattern"])
    rare = exact[beside["n"].isna() & exact["n"].lt(8)]
    together = rare.groupby(place, as_index=False, sort=False).agg(n=("n", "sum"),
                                                                   total=("total", "first"))  # fmt: skip
    together = together.assign(pattern=OTHER_PATTERNS, present="")
    exact = exact.assign(rare=exact.index.isin(rare.index))
    all_rows = pd.concat([exact, together], ignore_index=True)
    return all_rows, _beside(all_rows, shown, [*place, "pattern"])


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


# --- the same people in several tables --------------------------------------------------------

Where = Callable[[pd.DataFrame], pd.Series] | None
_CELL = ("site", "instrument", "scale", "contrast")


@dataclass(frozen=True)
class Term:
    """A column of some rows of a table, with its sign in a sum."""

    table: str
    column: str
    where: Where = None
    sign: int = 1


@dataclass(frozen=True)
class Link:
    """Terms that add up to nought in every place that all of them have.

    All rows of a term in one place are added. The rows of the last term are divided further: by
    ``by``, or with ``each`` row by row.
    """

    on: tuple[str, ...]
    terms: tuple[Term, ...]
    each: bool = False
    by: tuple[str, ...] = ()


def _is(**names: str) -> Where:
    return lambda table: np.logical_and.reduce([table[n] == v for n, v in names.items()])


def _in(name: str, *values: str) -> Where:
    return lambda table: table[name].isin(values)


WHOLE = _is(subgroup="")
LEVELS, DIFFERENCES = _is(row="level"), _is(row="difference")
PERSON = _is(unit="person")


def _same(table: str, column: str, other: str, named: str, on: tuple[str, ...] = _CELL,
          where: Where = None, there: Where = None) -> Link:  # fmt: skip
    return Link(on, (Term(table, column, where), Term(other, named, there, -1)), each=True)


def _levels_add_up(name: str) -> tuple[Link, ...]:
    """Levels of a trait are everybody; a difference is of two levels."""
    place = (*_CELL, "trait")
    level = Term(name, "n", LEVELS)
    return (
        Link(_CELL, (Term("effects", "n", WHOLE), Term(name, "n", LEVELS, -1)), by=("trait",)),
        Link((*place, "level"), (level, Term(name, "n", DIFFERENCES, -1)), each=True),
        Link((*place, "beside"), (level, Term(name, "n_reference", DIFFERENCES, -1)), each=True),
    )


def _present(wave: str, *, there: bool) -> Where:
    def chosen(table: pd.DataFrame) -> pd.Series:
        waves = table["present"].fillna("").str.split("+", regex=False)
        one = table["pattern"] != OTHER_PATTERNS
        return one & waves.map(lambda names: "baseline" in names and (wave in names) == there)

    return chosen


def _one_pattern(table: pd.DataFrame) -> pd.Series:
    return table["pattern"] != OTHER_PATTERNS


def _rare(table: pd.DataFrame) -> pd.Series:
    return table["rare"].eq(True)


_ENDINGS = tuple(f"ending_{name}" for name in
                 ("planned", "dropped_out", "separated", "safeguarding", "withdrew_consent"))
_RECOMMENDED = ("would_recommend_yes", "would_recommend_unsure", "would_recommend_no")
_OF_ONE_SITE = ("site",)
_FLOW = ("done", "missed", "window_open", "not_yet_due")
_LATER = ("end", "3m", "6m")
LINKS: tuple[Link, ...] = (
    # Asked or not: everybody with a first questionnaire, at each later step.
    *(
        Link(("site", "unit"), (Term("attrition", "n", _is(step=step)),
                                Term("attrition", "not_eligible", _is(step=step)),
                                Term("attrition", "done", _is(step="baseline"), -1)))
        for step in _LATER
    ),
    *(
        Link(("site", "unit"), (Term("attrition", "n", _is(step="end")),
                                Term("attrition", "not_eligible", _is(step="end")),
                                Term("attrition", "n", _is(step=step), -1),
                                Term("attrition", "not_eligible", _is(step=step), -1)))
        for step in _LATER[1:]
    ),
    _same("effects", "n", "reliable_change", "n", where=WHOLE),
    _same("effects", "n", "robustness", "n", where=WHOLE),
    _same("effects", "n", "site_estimates", "n", where=WHOLE),
    _same("effects", "n", "sensitivity", "n_completers", where=WHOLE),
    _same("effects", "n", "waves", "n_both", where=WHOLE),
    _same("effects", "n", "early_help", "n", where=WHOLE),
    _same("effects", "n", "meaningful_change", "n", where=WHOLE),
    _same("effects", "n", "evidence", "n", where=WHOLE, there=_is(aspect="n")),
    _same("effects", "n", "costs", "n_measured", where=WHOLE),
    _same("effects", "n", "stand_ins", "n", where=WHOLE),
    _same("effects", "n", "training_change", "n", where=_is(subgroup="role=practitioner")),
    _same("effects", "n", "missing_patterns", "total", where=WHOLE),
    _same("effects", "n_couples", "robustness", "n_couples", where=WHOLE),
    _same("effects", "n_couples", "site_estimates", "n_couples", where=WHOLE),
    _same("effects", "n_couples", "couples", "n_couples", where=WHOLE),
    _same("effects", "n_couples", "meaningful_change", "n_couples", where=WHOLE),
    _same("effects", "n_couples", "sensitivity", "n_completer_couples", where=WHOLE),
    _same("effects", "n_couples", "evidence", "n_couples", where=WHOLE, there=_is(aspect="n")),
    _same("effects", "n_couples", "costs", "n_couples", where=WHOLE),
    _same("effects", "n_couples", "stand_ins", "n_couples", where=WHOLE),
    _same("effects", "n_excluded", "sensitivity", "n_lost", where=WHOLE),
    _same("effects", "n_excluded", "evidence", "n_lost", where=WHOLE, there=_is(aspect="answered")),
    Link(_CELL, (Term("effects", "n", WHOLE), Term("effects", "n_excluded", WHOLE),
                 Term("waves", "n_before", sign=-1)), each=True),
    _same("effects", "n", "evidence", "n_kept", where=WHOLE, there=_is(aspect="answered")),
    _same("attrition", "done", "evidence", "n_kept", ("site", "at"), PERSON,
          _is(aspect="retention")),
    Link(_CELL, (Term("waves", "n"), Term("waves", "n_both"), Term("waves", "n_before", sign=-1),
                 Term("waves", "n_after", sign=-1))),
    *_levels_add_up("subgroups"),
    *_levels_add_up("periods"),
    Link(_CELL, (Term("effects", "n", WHOLE), Term("dose", "n", _is(row="slope"), -1),
                 Term("dose", "n_unknown", _is(row="slope"), -1))),
    Link(_CELL, (Term("dose", "n", _is(row="slope")),
                 Term("dose", "n", lambda table: table["row"] != "slope", -1))),
    # Change of class at one cut-off or another is change all the same.
    *(
        Link((*_CELL, "method"),
             (*(Term("reliable_change", name, _is(cutoff_type=first)) for name in names),
              *(Term("reliable_change", name, _is(cutoff_type=other), -1) for name in names)))
        for names in (("recovered", "improved"), ("unchanged",), ("deteriorated", "harmed"))
        for first, other in (("published", "a"), ("a", "b"), ("b", "c"), ("a", "c"))
    ),
    Link(("site", "instrument", "scale", "contrast"),
         (Term("costs", "reliably_improved"),
          *(Term("reliable_change", name, _is(in_use="yes"), -1)
            for name in ("recovered", "improved")))),
    *(_same("attrition", name, "flow", name, ("site", "unit", "step")) for name in _FLOW),
    *(
        Link(("site", "unit"), (Term("attrition", "n", _is(step=step)),
                                Term("attrition", "not_eligible", _is(step=step)),
                                Term("flow", "with_baseline", sign=-1)), each=True)
        for step in _LATER
    ),
    Link(("site", "unit", "step"), (Term("attrition", "not_eligible", _in("step", *_LATER)),
                                    Term("flow", "left", sign=-1),
                                    Term("flow", "not_used", sign=-1))),
    # Who did a wave, and who is not there any more.
    _same("attrition", "done", "effects", "n", ("site", "at"), PERSON, WHOLE),
    _same("attrition", "done", "lost_vs_kept", "n_kept", ("site", "at"), PERSON),
    _same("attrition", "missed", "lost_vs_kept", "n_lost", ("site", "at"), PERSON),
    _same("attrition", "missed", "dropout", "n_lost", ("site", "at"), PERSON),
    _same("attrition", "missed", "evidence", "n_lost", ("site", "at"), PERSON,
          _is(aspect="retention")),
    Link(("site", "at"), (Term("attrition", "done", PERSON), Term("attrition", "missed", PERSON),
                          Term("dropout", "n", sign=-1)), each=True),
    Link(("site", "at"), (Term("attrition", "done", PERSON), Term("attrition", "missed", PERSON),
                          Term("differential_attrition", "n", sign=-1)), by=("by",)),
    Link(("site", "at"), (Term("attrition", "missed", PERSON),
                          Term("differential_attrition", "n_lost", sign=-1)), by=("by",)),
    _same("attrition", "n", "service_use", "value", _OF_ONE_SITE, _is(unit="person", step="referred"),
          _is(measure="referrals")),
    _same("attrition", "done", "service_use", "numerator", _OF_ONE_SITE,
          _is(unit="person", step="took_up"), _is(measure="take_up")),
    _same("attrition", "done", "costs", "n_took_up", _OF_ONE_SITE,
          _is(unit="person", step="took_up")),
    # How support ended, and what people said of it.
    _same("service_use", "value", "service_use", "n", _OF_ONE_SITE, _is(measure="referrals"),
          _is(measure="take_up")),
    *(
        Link(_OF_ONE_SITE, (Term("service_use", "n", _is(measure=names[0])),
                            *(Term("service_use", "numerator", _is(measure=name), -1)
                              for name in names)))
        for names in (_ENDINGS, _RECOMMENDED)
    ),
    *(
        _same("service_use", "n", "service_use", "n", _OF_ONE_SITE, _is(measure=names[0]),
              _in("measure", *names[1:]))
        for names in (_ENDINGS, _RECOMMENDED, ("worker_rating_before", "worker_rating_after",
                                               "worker_rating_change"))
    ),
    *(
        Link(_OF_ONE_SITE, (Term("service_use", "n", _is(measure="satisfied")),
                            Term("service_use", "n_unknown", _is(measure="satisfied")),
                            Term("service_use", "n", _is(measure=name), -1),
                            Term("service_use", "n_unknown", _is(measure=name), -1)))
        for name in ("met_expectations", "would_recommend_yes", "worker_rating_before",
                     "sessions_attended", "sessions_offered", "hours_offered")
    ),
    Link(_OF_ONE_SITE, (Term("service_use", "n", _is(measure="ending_planned")),
                        Term("service_use", "value", _in("measure", "ending_unknown", "not_ended")),
                        Term("service_use", "numerator", _is(measure="take_up"), -1))),
    # Patterns over time.
    Link(("site", "instrument", "scale"), (Term("missing_patterns", "n", _one_pattern),
                                           Term("missing_patterns", "total", sign=-1)),
         each=True),
    Link(("site", "instrument", "scale"), (Term("missing_patterns", "n", _rare),
                                           Term("missing_patterns", "n",
                                                _is(pattern=OTHER_PATTERNS), -1))),
    *(
        Link(("site", "instrument", "scale"),
             (Term("missing_patterns", "n", _present(wave, there=there)),
              Term("effects", column, _is(subgroup="", contrast=f"baseline_{wave}"), -1)))
        for wave in ("end", "3m", "6m")
        for there, column in ((True, "n"), (False, "n_excluded"))
    ),
    # Sessions: those who stayed, those who left, and all.
    _same("session_course", "n", "session_course", "n_scores", ("site", "instrument", "scale",
          "group", "session_number"), _is(row="session"), _is(row="session")),
)  # fmt: skip


def names_of(table: pd.DataFrame) -> list[str]:
    """The columns that tell the rows of a table apart."""
    return [name for name in NAMES if name in table]
