"""Formulas of services: what was used, what it cost, indicators, training and sessions."""

from __future__ import annotations

from dataclasses import replace

from evaluation.report.formula_texts.change import SUBGROUPS
from evaluation.report.formula_texts.entry import (
    BATES,
    COCHRAN,
    DEAN_PAGANO,
    DURKALSKI,
    KORN_GRAUBARD,
    LAJEUNESSE,
    LIANG_ZEGER,
    MCNEMAR,
    NEWCOMBE_PAIRED,
    PRZYBOROWSKI,
    WILSON,
    Formula,
)
from evaluation.report.formula_texts.individual import RELIABLE_CHANGE

_NOT_NOTED = ("N0", "NOT_RECORDED", "TAKE_UP_UNKNOWN")
SERVICE_USE = (
    Formula(
        "service_use", ("n", "n_couples", "n_unknown"), "People",
        "people of whom it is noted; their couples; people it applies to of whom it is not",
        "How many people a figure rests on; notes on how it was recorded stand in the reason.",
        ("SESSIONS_CONTRADICT", "OFFERED_ADDED_UP"),
    ),
    Formula(
        "service_use", ("numerator", "denominator"), "What a figure is made of",
        "shares: people to whom it applies, n; ratios: the two totals; else empty",
        "The two numbers of a share or a ratio.", _NOT_NOTED,
    ),
    Formula(
        "service_use", ("value",), "Figure",
        "count and total: sum; share and ratio: numerator / denominator; mean: sum / n; change: "
        "mean of after - before",
        "What was offered, used and said.", _NOT_NOTED,
    ),
    Formula(
        "service_use", ("low", "high"), "Interval of a figure",
        "shares: Wilson's with n / deff; ratios, means and changes: value -+ t(G-1) se by couple; "
        "take-up: as in 'attrition'; counts and totals have none",
        "How sure the figure is.", (*_NOT_NOTED, "G1", "SE0"),
        (WILSON, DEAN_PAGANO, COCHRAN),
    ),
)  # fmt: skip
DOSE = (
    Formula(
        "dose", ("n", "n_couples", "n_unknown"), "People",
        "people with both scores and a number of sessions, their couples, people without it",
        "How many people a number rests on.",
    ),
    Formula(
        "dose", ("estimate",), "Improvement by sessions",
        "slope: sum (s - mean s)(x - mean x) / sum (s - mean s)^2, s = sessions attended; a third: "
        "mean x",
        "Points of improvement that go with one more session, or of each third.",
        ("N0", "SESSIONS_UNKNOWN", "FEW_FOR_LINE", "SAME_SESSIONS"),
    ),
    Formula(
        "dose", ("low", "high"), "Interval", "estimate -+ t(G-1) se by couple", "How sure it is.",
        ("N0", "N1", "SESSIONS_UNKNOWN", "FEW_FOR_LINE", "SAME_SESSIONS", "G1", "SE0"),
        (LIANG_ZEGER,),
    ),
)  # fmt: skip
_NO_COST = ("NO_DATA", "NOBODY_MEASURED", "N0", "NO_DIRECTION", "REL_MISSING", "RC_MISSING")
COSTS = (
    Formula(
        "costs", ("cost",), "Cost of the site", "as the rule file gives it, in pounds",
        "What the site cost altogether.",
    ),
    Formula(
        "costs", ("n_took_up",), "People who took up support",
        "people known to have taken up support", "How many people the cost is shared by.",
        ("NO_DATA", "TAKE_UP_UNKNOWN", "NONE_TOOK_UP"),
    ),
    Formula(
        "costs", ("cost_per_person",), "Cost of each person", "cost / n_took_up",
        "What support cost for each person who took it up.",
        ("NO_DATA", "TAKE_UP_UNKNOWN", "NONE_TOOK_UP"),
    ),
    Formula(
        "costs", ("n_measured", "n_couples", "n_unknown", "reliably_improved"),
        "People measured, and improved",
        "people with start and end on the main measure, their couples, people who took up support "
        "without both, and those reliably improved (recovered included)",
        "How many are known to have clearly improved.", _NO_COST,
    ),
    Formula(
        "costs", ("cost_per_reliably_improved",), "Cost of each reliable improvement",
        "cost / reliably_improved", "What one clear improvement cost, if nobody else improved.",
        (*_NO_COST, "NONE_IMPROVED"),
    ),
    Formula(
        "costs", ("low", "high"), "Interval of that cost",
        "cost / (n_measured p), p = the upper and the lower Wilson limit of reliably_improved / "
        "n_measured",
        "How sure that cost is.", (*_NO_COST, "NONE_IMPROVED", "NO_UPPER_END"), (WILSON,),
    ),
    Formula(
        "costs", ("cost_if_unmeasured_alike",), "Cost if the others improved alike",
        "cost / (reliably_improved (n_measured + n_unknown) / n_measured)",
        "What one clear improvement cost if those not measured improved as often.",
        (*_NO_COST, "NONE_IMPROVED", "CHILD_REPORTS"),
    ),
)  # fmt: skip

_NO_INDICATOR = ("N0", "MIXED_KINDS")
INDICATORS = (
    Formula(
        "indicators", ("n", "n_couples", "n_excluded"), "People with both values",
        "people (or children) with a value at both times, their couples, those with the earlier "
        "one alone",
        "How many people a number rests on.",
    ),
    Formula(
        "indicators", ("before", "after", "difference"), "Before and after",
        "yes or no: shares of yes; counts: events for each; amounts: averages; after - before",
        "How it was at both times, and by how much it changed.", _NO_INDICATOR,
    ),
    Formula(
        "indicators", ("only_before", "only_after", "both", "neither"), "Who had it when",
        "people with yes, or with any event, at the one time, the other, both, neither; not of "
        "amounts",
        "For how many it began, ended or stayed.", _NO_INDICATOR,
    ),
    Formula(
        "indicators", ("low", "high"), "Interval of the difference",
        "yes or no: Newcombe's of paired shares with n / deff; amounts: difference -+ t(G-1) se "
        "by couple; counts have one of the ratio",
        "How sure the difference is.", (*_NO_INDICATOR, "N1", "G1", "SE0"),
        (NEWCOMBE_PAIRED, KORN_GRAUBARD),
    ),
    Formula(
        "indicators", ("p",), "p of the change",
        "yes or no: share of all ways to turn each couple's change round that lie as far from 0; "
        "amounts by t(G-1); counts have none",
        "How often chance alone would bring so large a change.",
        (*_NO_INDICATOR, "N1", "G1", "SE0", "ALL_TIES"), (MCNEMAR, DURKALSKI),
    ),
    Formula(
        "indicators", ("ratio", "ratio_low", "ratio_high"), "Ratio of counts",
        "events after / events before; log ratio -+ t(G-1) se by couple, or from the conditional "
        "share of events after; of counts only",
        "How many times as many there were.",
        (*_NO_INDICATOR, "N1", "G1", "ALL_TIES", "NO_EVENTS", "NONE_BEFORE"),
        (LAJEUNESSE, PRZYBOROWSKI, KORN_GRAUBARD),
    ),
    Formula(
        "indicators", ("method",), "How the interval was made",
        "newcombe or t, of the difference; else how that of the ratio was made",
        "Which of the two rules gave the interval.",
        (*_NO_INDICATOR, "N1", "G1", "SE0", "ALL_TIES", "NO_EVENTS", "NONE_BEFORE"),
    ),
)  # fmt: skip

_NO_RATE = ("N0", "NOT_YET_DUE", "wave_not_used")
TRAINING = (
    Formula(
        "training",
        ("n", "done", "missed", "window_open", "not_yet_due", "not_eligible", "day_assumed",
         "day_unknown"),
        "Practitioners at a step",
        "n = done + missed + window_open + not_yet_due; not_eligible are asked no more; of n, "
        "those whose day of training was taken from their first questionnaire, or is not known",
        "How many practitioners were asked, and who of them was heard from.",
    ),
    Formula(
        "training", ("rate", "low", "high"), "Rate of a step",
        "baseline: done / n; later: done / (done + missed); Wilson's interval",
        "The share we heard from, of those whose time for it has passed.", _NO_RATE, (WILSON,),
    ),
)  # fmt: skip
TRAINING_CHANGE = tuple(replace(entry, table="training_change") for entry in RELIABLE_CHANGE)
PERIODS = tuple(
    replace(entry, table="periods", undefined=(*entry.undefined, "PERIOD_RUNNING"))
    for entry in SUBGROUPS
)

_NO_COURSE = ("N1", "G1", "SD0", "SE0", "NO_DIRECTION", "SINGLES", "DF0", "RANK_X", "N0")
SESSION_COURSE = (
    Formula(
        "session_course", ("n", "n_couples", "n_scores"), "People and scores",
        "people with a score at the session (two or more for an improvement), their couples, "
        "their scores",
        "How much a number rests on.",
    ),
    Formula(
        "session_course", ("mean",), "Average at a session, or improvement over sessions",
        "session: mean score; first_last: mean of direction (last - first) of each person; slope: "
        "direction b of score = a + b session + couple + person + residual, by REML",
        "How scores went from session to session.", _NO_COURSE, (BATES,),
    ),
    Formula(
        "session_course", ("low", "high"), "Interval", "mean -+ t(G-1) se by couple",
        "How sure it is.", _NO_COURSE, (LIANG_ZEGER, BATES),
    ),
    Formula(
        "session_course", ("mean_at_first",), "How these people began",
        "mean score at their first session, of those who answered at this session; of the rows "
        "'session' only",
        "Whether those still there had begun like the others.", _NO_COURSE,
    ),
)  # fmt: skip
_NO_EFFECT = ("N0", "N1", "NO_DIRECTION", "G1", "SD0", "SE0")
STAND_INS = (
    Formula(
        "stand_ins",
        ("n", "n_couples", "start_stand_ins", "end_stand_ins", "n_without", "n_couples_without"),
        "People, and sessions that stand in",
        "as in 'effects'; people whose first or last session is taken as start or end; people and "
        "couples without a stood-in end",
        "For how many a session stands in for a questionnaire.",
    ),
    Formula(
        "stand_ins",
        ("improvement", "low", "high", "improvement_without", "low_without", "high_without"),
        "Improvement with and without them",
        "as 'improvement' in 'effects', with and without people with a stood-in end",
        "Whether the average depends on the sessions that stand in.", _NO_EFFECT, (LIANG_ZEGER,),
    ),
)  # fmt: skip
