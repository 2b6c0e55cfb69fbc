"""Where the same people are counted in several released tables, and how those counts add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.evaluation.disclosure_tables import OTHER_PATTERNS

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
    """Terms that add up to nought, or at most to it, in every place that all of them have.

    All rows of a term in one place are added. The rows of the last term are divided further: by
    ``by``, or with ``each`` row by row.
    """

    on: tuple[str, ...]
    terms: tuple[Term, ...]
    each: bool = False
    by: tuple[str, ...] = ()
    exactly: bool = True


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


def _from_start(table: pd.DataFrame) -> pd.Series:
    waves = table["present"].fillna("").str.split("+", regex=False)
    return waves.map(lambda names: "baseline" in names) & _one_pattern(table)


_ENDINGS = tuple(
    f"ending_{name}"
    for name in ("planned", "dropped_out", "separated", "safeguarding", "withdrew_consent")
)
_RECOMMENDED = ("would_recommend_yes", "would_recommend_unsure", "would_recommend_no")
_OF_ONE_SITE = ("site",)
_SCALE = ("site", "instrument", "scale")
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
    Link(("site", "at"), (Term("attrition", "done", PERSON), Term("attrition", "missed", PERSON),
                          Term("differential_attrition", "judged", sign=-1)), each=True),
    Link(("beside", "at"), (Term("attrition", "done", PERSON), Term("attrition", "missed", PERSON),
                            Term("differential_attrition", "n", _is(by="site"), -1)), each=True),
    _same("attrition", "missed", "differential_attrition", "n_lost", ("beside", "at"), PERSON,
          _is(by="site")),
    _same("attrition", "n", "service_use", "value", _OF_ONE_SITE,
          _is(unit="person", step="referred"), _is(measure="referrals")),
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
    Link(_SCALE, (Term("missing_patterns", "n"), Term("missing_patterns", "total", sign=-1)),
         each=True),
    # Those of a pattern that is named; somebody of the others may be among them too.
    *(
        Link(_SCALE, (Term("missing_patterns", "n", _present(wave, there=there)),
                      Term("effects", column, _is(subgroup="", contrast=f"baseline_{wave}"), -1)),
             exactly=False)
        for wave in _LATER
        for there, column in ((True, "n"), (False, "n_excluded"))
    ),
    *(
        Link(_SCALE, (Term("missing_patterns", "n", _from_start, -1),
                      Term("missing_patterns", "n", _is(pattern=OTHER_PATTERNS), -1),
                      Term("effects", "n", _is(subgroup="", contrast=f"baseline_{wave}")),
                      Term("effects", "n_excluded", _is(subgroup="", contrast=f"baseline_{wave}"))),
             exactly=False)
        for wave in _LATER
    ),
    # Everybody with the first score, whichever is the second.
    *(
        Link((*_SCALE,), (Term("effects", "n", _is(subgroup="", contrast="baseline_end")),
                          Term("effects", "n_excluded", _is(subgroup="", contrast="baseline_end")),
                          Term("effects", "n", _is(subgroup="", contrast=other), -1),
                          Term("effects", "n_excluded", _is(subgroup="", contrast=other), -1)))
        for other in ("baseline_3m", "baseline_6m")
    ),
    # Sessions: those who stayed, those who left, and all.
    _same("session_course", "n", "session_course", "n_scores", ("site", "instrument", "scale",
          "group", "session_number"), _is(row="session"), _is(row="session")),
)  # fmt: skip
