"""Formulas of the average change: effects, robustness and subgroups."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import (
    BECKER,
    BENJAMINI_HOCHBERG,
    BONETT,
    COHEN,
    EFRON,
    HEDGES,
    KERBY,
    LAKENS,
    LIANG_ZEGER,
    MORRIS_DESHON,
    VICKERS_ALTMAN,
    WILCOXON,
    Formula,
)

_NOBODY = ("N0",)
_NO_DIRECTION = ("N0", "NO_DIRECTION")
_INTERVAL = ("N0", "N1", "NO_DIRECTION", "G1", "SE0")
_PRE = ("N0", "N1", "NO_DIRECTION", "SD0")
_G_PRE = (*_PRE, "DF1")
_RESAMPLED = (
    "N0", "N1", "NO_DIRECTION", "G1", "SD0", "DF1", "BOOT_EQUAL", "Z0_INF", "ACC_UNDEF",
    "BOOT_UNDEF",
)  # fmt: skip

EFFECTS = (
    Formula(
        "effects", ("n",), "People with both scores",
        "number of people (for questionnaires about a child: child and informant) with a score "
        "at both times, the later one not dated before the earlier one",
        "How many people a number rests on.", ("SESSION_STANDS_IN",),
    ),
    Formula(
        "effects", ("n_couples",), "Couples",
        "number of different couples among them; a person alone counts as one",
        "How many couples or families these people come from.",
    ),
    Formula(
        "effects", ("n_effective",), "Effective number of people",
        "n / deff, deff = 1 + (m_w - 1) ICC, m_w = sum(m^2) / sum(m) with m the size of each "
        "couple, ICC = REML intraclass correlation of x within couples, at least 0",
        "How many unrelated people would tell as much, since partners change alike.",
        ("N0", "NO_DIRECTION", "G1"),
    ),
    Formula(
        "effects", ("n_excluded",), "People left out",
        "people with the earlier score minus n; 'pairs' names each of them and says why",
        "How many have an earlier score but no later one that can be used.",
    ),
    Formula(
        "effects", ("mean_before", "mean_after"), "Average score before and after",
        "sum of the scores / n, of the same n people",
        "The average score of the same people at both times.", _NOBODY,
    ),
    Formula(
        "effects", ("sd_before", "sd_after"), "Spread before and after",
        "s = sqrt(sum((score - mean)^2) / (n - 1))",
        "How far people's scores lie from each other.", ("N0", "N1"),
    ),
    Formula(
        "effects", ("r",), "Correlation of before and after",
        "r = sum((before - mean)(after - mean)) / ((n - 1) s1 s2)",
        "How far people keep their order from one time to the other.", ("N0", "N1", "R_UNDEF"),
    ),
    Formula(
        "effects", ("raw_change",), "Raw change",
        "mean_after - mean_before", "The change in scores as they are, whichever way is better.",
        _NOBODY,
    ),
    Formula(
        "effects", ("improvement",), "Average improvement",
        "direction (mean_after - mean_before) = mean of x",
        "By how many points people got better on average; minus means worse.", _NO_DIRECTION,
    ),
    Formula(
        "effects", ("improvement_low", "improvement_high"), "Interval of the improvement",
        "improvement -+ t(G-1) se, se = sqrt(G/(G-1) sum over couples of "
        "(sum of (x - mean x) in the couple)^2) / n",
        "Where the true average may well lie, with partners counted as belonging together.",
        _INTERVAL, (LIANG_ZEGER,),
    ),
    Formula(
        "effects", ("g_pre",), "Standardised improvement, Hedges' g",
        "J(n-1) mean x / s1, J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2))",
        "The improvement in parts of the spread of scores at the start, corrected for small "
        "groups.",
        _G_PRE, (BECKER, HEDGES, MORRIS_DESHON),
    ),
    Formula(
        "effects", ("g_pre_low", "g_pre_high"), "Interval of Hedges' g",
        "g_pre -+ t(G-1) se, se by couple of the influence values (x - mean x)/s1 - "
        "d_pre/2 ((before - mean before)^2 / s1^2 n/(n-1) - 1)",
        "Where the true standardised improvement may well lie.",
        (*_G_PRE, "G1", "SE0"), (LIANG_ZEGER, BONETT),
    ),
    Formula(
        "effects", ("d_pre",), "Standardised improvement, uncorrected",
        "mean x / s1", "The improvement divided by the spread of scores at the start.",
        _PRE, (BECKER,),
    ),
    Formula(
        "effects", ("d_z",), "Improvement in spreads of change",
        "mean x / sD = t / sqrt(n)",
        "The improvement divided by the spread of people's changes; not to be compared with "
        "other standardised numbers.",
        _PRE, (COHEN, LAKENS),
    ),
    Formula(
        "effects", ("d_z_low", "d_z_high"), "Interval of d_z",
        "lambda / sqrt(n) with lambda such that the noncentral t(n-1, lambda) has the observed t "
        "at its upper and lower quantile",
        "Where the true d_z may well lie, if people were independent.", _PRE, (COHEN,),
    ),
    Formula(
        "effects", ("g_z",), "d_z corrected for small groups", "J(n-1) d_z",
        "The same as d_z, without its slant in small groups.", _G_PRE, (HEDGES,),
    ),
    Formula(
        "effects", ("d_av", "g_av"), "Improvement in average spreads",
        "d_av = mean x / sqrt((s1^2 + s2^2) / 2), g_av = J(n-1) d_av",
        "The improvement divided by the average spread before and after.", _G_PRE, (LAKENS,),
    ),
    Formula(
        "effects", ("d_rm",), "Improvement allowing for the correlation",
        "d_z sqrt(2 (1 - r))", "This puts d_z on the footing of single scores.",
        (*_PRE, "R_UNDEF"), (LAKENS, MORRIS_DESHON),
    ),
    Formula(
        "effects", ("t", "df", "p_t"), "Paired t test",
        "t = mean x / (sD / sqrt(n)), df = n - 1, p two-sided",
        "How surprising such an average would be if nobody truly changed and all were strangers.",
        _PRE,
    ),
    Formula(
        "effects", ("p_cluster",), "Test by couple",
        "t(G-1) test of improvement / se, se as in the interval of the improvement",
        "The same question, with partners counted as belonging together.", _INTERVAL,
        (LIANG_ZEGER,),
    ),
    Formula(
        "effects", ("wilcoxon_w", "p_wilcoxon"), "Wilcoxon's signed-rank test",
        "W+ = sum of the ranks of the improvements among |x|, zeros left out, midranks; exact p "
        "below 50 people without ties or zeros, else normal with tie and continuity correction",
        "A test that looks at the order of the changes only.",
        ("N0", "N1", "NO_DIRECTION", "ALL_TIES"), (WILCOXON,),
    ),
    Formula(
        "effects", ("rank_biserial",), "Matched rank-biserial correlation",
        "(W+ - W-) / (m (m + 1) / 2), m = people whose score changed",
        "From -1 (all ranks worse) to 1 (all ranks better).",
        ("N0", "N1", "NO_DIRECTION", "ALL_TIES"), (KERBY,),
    ),
    Formula(
        "effects", ("share_improved",), "Share with any improvement",
        "people with x > 0 / n", "How many got better at all, by however little.", _NO_DIRECTION,
    ),
    Formula(
        "effects", ("display_tier",), "How much the number of people can carry",
        "counts below 3 people, mean_only below 5, imprecise below 10, no_subgroup below 20, "
        "else full",
        "How much of the row is shown on the screen.",
    ),
)  # fmt: skip

ROBUSTNESS = (
    Formula(
        "robustness", ("n", "n_couples"), "People and couples", "as in 'effects'",
        "How many people and couples a number rests on.",
    ),
    Formula(
        "robustness", ("improvement", "g_pre"), "Average and standardised improvement",
        "as in 'effects'", "The same numbers as in 'effects'.", (*_G_PRE, "G1"), (BECKER, HEDGES),
    ),
    Formula(
        "robustness",
        ("improvement_low", "improvement_high", "g_pre_low", "g_pre_high"),
        "Bootstrap intervals",
        "BCa quantiles of the statistic over resamples of couples; bias z0 = Phi^-1((#(below) + "
        "#(not above)) / 2B), acceleration from leaving out one couple at a time; percentile "
        "where BCa has no value",
        "Where the true number may well lie, without assuming a shape of the scores.",
        _RESAMPLED, (EFRON,),
    ),
    Formula(
        "robustness", ("improvement_method", "g_pre_method"), "Kind of bootstrap interval",
        "bca, or percentile where BCa has no value", "Which interval is given.", _RESAMPLED,
    ),
    Formula(
        "robustness", ("n_resamples",), "Resamples",
        "how often the couples were drawn again, both partners together; the seed follows from "
        "the names of the row",
        "How often the check was repeated.",
    ),
)  # fmt: skip

SUBGROUPS = (
    Formula(
        "subgroups", ("n", "n_reference", "n_couples"), "People and couples",
        "people of the level with both scores, of the largest level, and couples of both together",
        "How many people and couples a number rests on.", ("R_UNDEF",),
    ),
    Formula(
        "subgroups", ("mean_before", "sd_before", "mean_after", "improvement"),
        "Scores and improvement of a level",
        "as in 'effects', of the level's people; from 3 people",
        "How the people of one group did.", (*_NO_DIRECTION, "FEW_FOR_INTERVAL"),
    ),
    Formula(
        "subgroups",
        ("improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
         "share_improved"),
        "Interval, size and share of a level", "as in 'effects'; from 10 people",
        "How sure the group's improvement is, and how large.",
        (*_G_PRE, "G1", "SE0", "FEW_FOR_INTERVAL"), (LIANG_ZEGER, HEDGES),
    ),
    Formula(
        "subgroups", ("difference",), "Difference between two levels",
        "delta of the least squares fit x = a + delta (in the level), with + b before where "
        "adjusted = yes; from 20 people in both levels",
        "How much more one group improved than the largest one, in points.",
        ("NO_DIRECTION", "FEW_IN_LEVEL", "G1", "SD0"), (VICKERS_ALTMAN,),
    ),
    Formula(
        "subgroups", ("se", "low", "high", "df", "p"), "Precision and test of the difference",
        "sandwich by couple times G/(G-1) (N-1)/(N-p), p = coefficients; interval and p by "
        "t(G-1), df = G - 1",
        "How sure that difference is.",
        ("NO_DIRECTION", "FEW_IN_LEVEL", "G1", "SD0", "SE0"), (LIANG_ZEGER,),
    ),
    Formula(
        "subgroups", ("q", "n_family"), "Benjamini-Hochberg q",
        "q(i) = min over j >= i of p(j) m / j, over the m = n_family differences of a site and "
        "contrast with the same adjustment",
        "The p value after allowing for how many differences were looked at.",
        ("NO_DIRECTION", "FEW_IN_LEVEL", "G1", "SD0", "SE0"), (BENJAMINI_HOCHBERG,),
    ),
    Formula(
        "subgroups", ("display_tier",), "How much the number of people can carry",
        "as in 'effects'", "How much of the row is shown on the screen.",
    ),
)  # fmt: skip
