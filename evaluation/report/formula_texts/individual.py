"""Formulas of single people's change: who clearly changed, recovered, stayed well."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import (
    HAGEMAN_ARRINDELL,
    HSU,
    JACOBSON_TRUAX,
    LIANG_ZEGER,
    NUNNALLY_KOTSCH,
    SCHUIRMANN,
    SPEER,
    TALKING_THERAPIES,
    WILSON,
    Formula,
)

_RELIABLE = ("N0", "N1", "NO_DIRECTION", "REL_MISSING", "REL_RANGE", "SD0")
_CUTOFF = ("N0", "N1", "NO_DIRECTION", "NORM_MISSING", "SD0")
_WILSON = "((p + z^2/2n) -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)"


def _classes(table: str, own: tuple[str, ...]) -> tuple[Formula, ...]:
    """The columns that the five methods and the two spreads have in common.

    ``own`` are reasons that only this table has.
    """
    classed = (*_RELIABLE, "NORM_MISSING", *own)
    return (
        Formula(
            table, ("reliability",), "Reliability",
            "of the rule file, else the first published one that is better than unverified",
            "How steady the scores of a questionnaire are, from 0 to 1.",
            ("N0", "NO_DIRECTION", "REL_MISSING", "REL_UNVERIFIED"),
        ),
        Formula(
            table, ("sd_used",), "Spread used",
            "of the rule file, else the manual's, else s1 of the group (divisor n - 1)",
            "The spread of scores that the points needed follow from.",
            ("N0", "N1", "NO_DIRECTION", "NORM_MISSING", "REL_MISSING", "SD_UNVERIFIED"),
        ),
        Formula(
            table, ("rc_points",), "Points of reliable change",
            "z sqrt(2) SD sqrt(1 - reliability); a change counts if it is larger; of JT only, as "
            "the other rules have no one number of points",
            "How many points of change are more than measurement error.",
            classed, (JACOBSON_TRUAX,),
        ),
        Formula(
            table, ("cutoff",), "Cut-off",
            "published: as printed; a = Mc + direction 2 SDc; b = Mf - direction 2 SDf; "
            "c = (SDc Mf + SDf Mc) / (SDc + SDf); c = people in difficulty, f = people in general",
            "The score that divides the range of concern from the rest.",
            _CUTOFF, (JACOBSON_TRUAX,),
        ),
        Formula(
            table, ("n",), "People with both scores", "as in 'effects'; the five classes add up",
            "How many people were put in a class.",
        ),
        Formula(
            table, ("recovered", "improved", "unchanged", "deteriorated", "harmed"),
            "Classes of change",
            "recovered: reliably better and from the clinical to the functional side of the "
            "cut-off; improved: other reliably better; harmed: reliably worse and out of the "
            "functional side; deteriorated: other reliably worse; unchanged: the rest",
            "How many clearly got better or worse, beyond the ordinary ups and downs of answers.",
            classed, (JACOBSON_TRUAX,),
        ),
        Formula(
            table, ("crossed_not_reliable",), "Crossed without reliable change",
            "people from the clinical to the functional side whose change is not reliably better",
            "How many left the range of concern by a change too small to be sure of.",
            classed, (JACOBSON_TRUAX,),
        ),
        Formula(
            table, ("tied_with_cutoff",), "On the cut-off",
            "people with a score exactly on a computed cut-off at either time",
            "How many are on neither side.", _CUTOFF,
        ),
        Formula(
            table, ("clinical_at_start",), "In the range of concern at the start",
            "people whose earlier score is on the worse side of the cut-off",
            "How many could recover.", _CUTOFF,
        ),
        Formula(
            table, ("recovery_rate", "recovery_low", "recovery_high"), "Recovery rate",
            f"p = recovered / clinical_at_start, interval {_WILSON}",
            "Of those in the range of concern at the start, the share that clearly improved and "
            "left it.",
            (*classed, "NONE_CLINICAL"), (WILSON, JACOBSON_TRUAX),
        ),
        Formula(
            table, ("expected_by_chance",), "Expected by chance",
            "n (1 - level) / 2, 0.025 n at 95%",
            "How many would seem clearly better (and as many clearly worse) by chance alone.",
            ("NO_DIRECTION",), (JACOBSON_TRUAX,),
        ),
    )  # fmt: skip


RELIABLE_CHANGE = (
    Formula(
        "reliable_change", ("method",), "Rule that says when a change is reliable",
        "with E = SD sqrt(1 - rel), M = mean before: JT x against z sqrt(2) E; GLN (after - M) - "
        "rel (before - M) against z SD sqrt(1 - rel^2); EN the same against z E; NK the same "
        "against z SD sqrt(rel^2 (1 - rel) + 1 - rel); HA x rdd + mean x (1 - rdd) against "
        "1.644854 sqrt(rdd) sqrt(2) E, rdd = 1 - 2 E^2 / sD^2 (one-sided)",
        "Five rules; the first is in use, the others show how much hangs on the rule.",
        (*_RELIABLE, "RDD0", "SD_BELOW_SEM"),
        (JACOBSON_TRUAX, HSU, SPEER, NUNNALLY_KOTSCH, HAGEMAN_ARRINDELL),
    ),
    *_classes("reliable_change", ("RDD0", "SD_BELOW_SEM")),
)  # fmt: skip
SPREAD_USED = _classes("spread_used", ())

_OUTSIDE = ("N0", "NO_DIRECTION", "NORM_MISSING", "NONE_OUTSIDE")
_TEST = ("N0", "N1", "G1", "MARGIN", "SD0", "SE0", "NONE_OUTSIDE")
EARLY_HELP = (
    Formula(
        "early_help", ("n", "n_outside", "n_couples", "tied"), "Who started outside",
        "people with both scores; those whose earlier score is on the better side of the "
        "cut-off; their couples; people who started exactly on a computed cut-off",
        "How many were not in difficulty when support began.", _OUTSIDE,
    ),
    Formula(
        "early_help", ("stayed", "stayed_share", "stayed_low", "stayed_high"),
        "Stayed outside the range of concern",
        f"later score on the better side too; share p = stayed / n_outside, interval {_WILSON}",
        "How many of them were still not in difficulty later.", _OUTSIDE, (WILSON,),
    ),
    Formula(
        "early_help",
        ("crossed", "crossed_reliably", "crossed_not_reliable", "ended_on_cutoff"),
        "Did not stay outside",
        "n_outside - stayed; of these, worse by more than rc_points or not; later score exactly "
        "on a computed cut-off",
        "How many entered the range of concern, and how many of them clearly got worse.",
        (*_OUTSIDE, "REL_MISSING"), (JACOBSON_TRUAX,),
    ),
    Formula(
        "early_help", ("cutoff", "rc_points"), "Cut-off and points in use",
        "as in 'reliable_change', JT in use", "The lines that people are judged by.",
        _RELIABLE, (JACOBSON_TRUAX,),
    ),
    Formula(
        "early_help", ("sd_pre", "margin"), "Margin of 'no worse'",
        "sd_pre = spread of all start scores of the group; margin = 0.2 sd_pre",
        "The largest average worsening that still counts as holding.",
        (*_OUTSIDE, "N1", "SD0", "MARGIN"),
    ),
    Formula(
        "early_help", ("change", "change_se", "change_low"), "Change of those outside",
        "mean x of n_outside, its se by couple, and mean x - t(G-1) se, one-sided",
        "How they changed on average, and how bad that may be at the worst.", _TEST,
        (LIANG_ZEGER,),
    ),
    Formula(
        "early_help", ("p_not_worse", "p_equivalent", "not_worse"), "Test of no loss",
        "p = P(T(G-1) > (mean x + margin) / se); p_equivalent is the larger of this and of the "
        "mirror test; not_worse = yes if p < 1 - level",
        "Whether they were no worse by more than the margin; 'no' is no proof of a loss.",
        _TEST, (SCHUIRMANN,),
    ),
)  # fmt: skip

_SHARE = ("N0", "NO_DIRECTION", "MID_MISSING", "MID_RANGE", "PRE0")
MEANINGFUL_CHANGE = (
    Formula(
        "meaningful_change", ("method", "threshold"), "Change that matters",
        "published_points: a published change of one person in points; percent_30, percent_50: "
        "that share of the score at the start",
        "How large a change has to be.", ("MID_MISSING", "MID_RANGE"),
    ),
    Formula(
        "meaningful_change", ("n", "n_couples", "n_undefined"), "People who can be judged",
        "people with both scores, without those who started at 0 where a share of the start is "
        "asked for (n_undefined)",
        "How many people and couples a number rests on.",
    ),
    Formula(
        "meaningful_change", ("improved", "unchanged", "deteriorated"), "Counts",
        "x >= threshold (or x / start >= it), x <= -threshold, and the rest; they add up to n",
        "How many changed by at least so much.", _SHARE,
    ),
    Formula(
        "meaningful_change",
        ("improved_share", "improved_low", "improved_high", "deteriorated_share",
         "deteriorated_low", "deteriorated_high"),
        "Shares", f"p = count / n, interval {_WILSON}",
        "The same as shares, with how sure they are.", _SHARE, (WILSON,),
    ),
)  # fmt: skip

_PAID = ("N0", "NONE_OBSERVED", "REL_MISSING", "NORM_MISSING", "NO_DIRECTION")
PAYMENT = (
    Formula(
        "payment_by_results", ("n", "n_couples"), "People and couples observed",
        "people who took up support and have a score at the start and at one of end, 3m, 6m; "
        "their couples",
        "How many people and couples a number rests on.",
    ),
    Formula(
        "payment_by_results", ("eligible", "observed", "withdrawn", "missing"), "Units",
        "eligible = took up and score at the start = observed (a later score) + withdrawn "
        "(separated or safeguarding) + missing",
        "How many people, or couples, could reach an outcome, and who of them was heard from.",
        ("TAKE_UP_ASSUMED",),
    ),
    Formula(
        "payment_by_results",
        ("reached", "recovered", "reached_end", "reached_3m", "reached_6m"), "Outcomes",
        "units that are reliably better; with the outcome 'recovery', those who started in the "
        "range of concern have to leave it as well; counted once, at the first of end, 3m, 6m; "
        "one partner is enough",
        "How many reached the outcome, each counted once.", _PAID, (JACOBSON_TRUAX,),
    ),
    Formula(
        "payment_by_results",
        ("rate", "rate_low", "rate_high", "observed_rate", "observed_low", "observed_high"),
        "Rates",
        f"reached / eligible (a missing score is no outcome) and reached / observed, interval "
        f"{_WILSON}",
        "The share that reached it, of all and of those heard from.", _PAID, (WILSON,),
    ),
    Formula(
        "payment_by_results", ("expected", "net", "expected_any", "net_any"), "By chance",
        "expected = observed (1 - level) / 2; expected_any = sum over units of 1 - "
        "((1 + level) / 2)^k with k looks; net = reached - expected",
        "How many would reach it by chance alone, and how many are left without those.", _PAID,
    ),
    Formula(
        "payment_by_results", ("deteriorated", "also_deteriorated"), "Got worse",
        "units in which somebody is reliably worse at one of the times, and those of them that "
        "reached the outcome all the same",
        "How many clearly got worse; it always stands beside the count of outcomes.", _PAID,
        (JACOBSON_TRUAX,),
    ),
    Formula(
        "payment_by_results", ("rc_points",), "Points in use",
        "as in 'reliable_change', JT in use", "How large a change has to be.", _RELIABLE,
        (JACOBSON_TRUAX,),
    ),
)  # fmt: skip

NHS_TT = (
    Formula(
        "nhs_tt", ("n", "n_couples"), "People with PHQ-9 and GAD-7 at both times",
        "without people known to have attended fewer than two sessions",
        "How many people and couples a number rests on.",
    ),
    Formula(
        "nhs_tt", ("cases_at_start",), "Cases at the start", "PHQ-9 >= 10 or GAD-7 >= 8",
        "How many reached a threshold when support began.", ("N0",), (TALKING_THERAPIES,),
    ),
    Formula(
        "nhs_tt", ("recovered",), "Recovered",
        "a case at the start, and PHQ-9 < 10 and GAD-7 < 8 later",
        "How many of the cases ended below both thresholds.", ("N0", "NONE_CLINICAL"),
        (TALKING_THERAPIES,),
    ),
    Formula(
        "nhs_tt", ("reliable_improvement", "deteriorated"), "Reliable improvement and its mirror",
        "PHQ-9 falls by 6 or more or GAD-7 by 4 or more, and neither rises by as much; "
        "deteriorated with rise and fall exchanged",
        "How many clearly improved on one and did not clearly get worse on the other.",
        ("N0",), (TALKING_THERAPIES,),
    ),
    Formula(
        "nhs_tt", ("reliable_recovery",), "Reliable recovery",
        "recovered and reliable improvement", "How many did both.", ("N0",), (TALKING_THERAPIES,),
    ),
)  # fmt: skip
