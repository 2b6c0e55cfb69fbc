"""Formulas of those who were lost: how they differed, and what their loss may do to the change."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import (
    AUSTIN,
    BARNARD_RUBIN,
    BATES,
    COX,
    FIRTH,
    FISHER,
    HECKMAN,
    HEDGES,
    HEINZE_SCHEMPER,
    LIANG_ZEGER,
    LITTLE,
    MICE,
    NEWCOMBE,
    PEDUZZI,
    SEAMAN_WHITE,
    WELCH,
    WILSON,
    Formula,
)

_NO_SMD = ("N0", "NONE_LOST", "NONE_KEPT", "FEW_TO_COMPARE", "SD0")
_P = (
    "the largest of the p of the difference over its error by couple, t(G-1); over the error if "
    "both sides vary alike, s sqrt(sum w^2 + rho (sum over couples W^2 - sum w^2)), w = +-1/n of "
    "the side, rho = likeness of partners, t(G-2), for shares t(G-1); and, for shares, Fisher's "
    "exact p"
)
LOST_VS_KEPT = (
    Formula(
        "lost_vs_kept", ("n_kept", "n_lost", "couples_kept", "couples_lost"), "People compared",
        "people with a score at the step, and people whose time for it has passed without one, of "
        "whom the characteristic is known; their couples",
        "How many were kept and lost; NO_END_DATES says that no date was there to tell.",
        ("NO_END_DATES",),
    ),
    Formula(
        "lost_vs_kept", ("kept", "lost"), "Average or share of those kept and of those lost",
        "sum of the values / n; a share is of people to whom it applies",
        "What those we kept, and those we lost, were like at the start.",
        ("N0", "NONE_LOST", "NONE_KEPT"),
    ),
    Formula(
        "lost_vs_kept", ("smd",), "Standardised difference",
        "means: J(N-2) (lost - kept) / s pooled over both; shares: (lost - kept) / "
        "sqrt((lost (1-lost) + kept (1-kept)) / 2)",
        "How far those lost differed from those kept, whatever the unit.", _NO_SMD,
        (AUSTIN, HEDGES),
    ),
    Formula(
        "lost_vs_kept", ("variance_ratio",), "Ratio of variances",
        "s^2 of those lost / s^2 of those kept; of averages only",
        "Whether those lost differed more among themselves.", _NO_SMD, (AUSTIN,),
    ),
    Formula(
        "lost_vs_kept", ("cox_index",), "Cox index",
        "(logit(lost) - logit(kept)) / 1.65; of shares only",
        "The difference of two shares in the measure of averages.", (*_NO_SMD, "COX_UNDEF"),
        (COX,),
    ),
    Formula(
        "lost_vs_kept", ("p",), "p of the difference", _P,
        "How often chance alone would bring so large a difference.",
        (*_NO_SMD, "G1", "FEW_COUPLES", "SE0"), (LIANG_ZEGER, FISHER),
    ),
    Formula(
        "lost_vs_kept", ("flag",), "Flag",
        "red if |smd| > 0.25, amber if |smd| > 0.10, else empty",
        "Which differences are worth a look.", _NO_SMD,
    ),
)  # fmt: skip

_NO_MODEL = (
    "N0", "NONE_LOST", "NONE_KEPT", "NO_COVARIATE", "FEW_COUPLES", "NOT_CONVERGED",
)  # fmt: skip
_OUT = ("COVARIATE_UNKNOWN", "CONSTANT", "COLLINEAR", "FEW_EVENTS", "NOT_CONVERGED")
DROPOUT = (
    Formula(
        "dropout", ("n", "n_lost", "n_couples"), "People in the model",
        "people kept or lost at the step of whom every term is known, those lost, their couples",
        "How many people and couples the model rests on.", ("NO_END_DATES",),
    ),
    Formula(
        "dropout", ("odds_ratio", "low", "high", "p"), "Odds ratio",
        "exp(b) of logit P(lost) = b0 + sum b x; exp(b -+ t(G-1) se), se by couple times "
        "sqrt(G/(G-1)), p by t(G-1)",
        "How many times the odds of being lost grow with one more of the term.",
        tuple(dict.fromkeys((*_NO_MODEL, *_OUT))), (LIANG_ZEGER,),
    ),
    Formula(
        "dropout", ("method",), "How the model was fitted",
        "ml: highest likelihood; firth: likelihood plus half the log determinant of the "
        "information, where fewer than 5 were lost (or kept) for each coefficient (FEW_EVENTS) or "
        "a term tells the lost from the kept entirely (SEPARATED)",
        "Whether a cautious method was needed.", (*_NO_MODEL, "SEPARATED", "FEW_EVENTS"),
        (FIRTH, HEINZE_SCHEMPER),
    ),
    Formula(
        "dropout", ("auc",), "How well the model tells the lost",
        "share of pairs of one lost and one kept in which the lost has the higher odds; equal = "
        "one half",
        "How well the model tells: 0.5 is no better than chance, 1 tells everybody.", _NO_MODEL,
    ),
    Formula(
        "dropout", ("lr", "df", "p_lr"), "Test of all terms together",
        "lr = 2 (log likelihood - that without terms); df = coefficients; chi-square; it takes "
        "people for independent",
        "Whether all terms together tell more than chance.", _NO_MODEL,
    ),
    Formula(
        "dropout", ("left_out",), "Why a term is left out",
        "known for fewer than 80%; the same for all; others say the same; fewer than 5 lost or "
        "kept for each coefficient; no maximum found with it (the last one goes first)",
        "What the losses could not carry; empty for a term in the model.", _OUT, (PEDUZZI,),
    ),
    Formula(
        "dropout", ("smallest_cell",), "Smallest group",
        "fewest lost or kept in any level of the term; empty for a term that is a number",
        "How few people a term rests on.", _NO_MODEL,
    ),
)  # fmt: skip

DIFFERENTIAL_ATTRITION = (
    Formula(
        "differential_attrition",
        ("n", "n_couples", "n_lost", "other_n", "other_couples", "other_lost"), "People",
        "people kept or lost at the step, their couples and those lost: of the group, and of all "
        "others whose group is known",
        "How many people and couples a rate rests on.", ("FEW_TO_COMPARE", "NO_END_DATES"),
    ),
    Formula(
        "differential_attrition", ("rate", "other_rate"), "Share lost",
        "n_lost / n; other_lost / other_n",
        "Which share of the group, and of the others, was lost.",
    ),
    Formula(
        "differential_attrition", ("difference", "low", "high"), "Difference of the shares",
        "rate - other_rate, interval from the Wilson limits of both; it takes people for "
        "independent",
        "How much more often the group was lost.", (), (NEWCOMBE, WILSON),
    ),
    Formula(
        "differential_attrition", ("p",), "p of the difference", _P,
        "How often chance alone would bring so large a difference.",
        ("NONE_LOST", "NONE_KEPT", "G1", "FEW_COUPLES", "SE0"), (LIANG_ZEGER, FISHER),
    ),
)  # fmt: skip

_NO_TEST = ("N0", "ONE_WAVE", "ONE_PATTERN", "FEW_ROWS", "SD0", "SINGULAR", "NOT_CONVERGED")
MISSING_AT_RANDOM = (
    Formula(
        "missing_at_random", ("n", "n_couples", "waves", "patterns"), "What the test rests on",
        "people with any score, their couples, points in time with scores, different patterns of "
        "what is missing",
        "How many people, times and patterns there are.",
    ),
    Formula(
        "missing_at_random", ("statistic", "df", "p"), "Little's test",
        "d2 = sum over patterns n_j (mean_j - mu_j)' Sigma_j^-1 (mean_j - mu_j), mu and Sigma by "
        "EM; df = sum k_j - k; p by chi-square",
        "Whether people with other gaps had other scores; a large p proves nothing.", _NO_TEST,
        (LITTLE,),
    ),
    Formula(
        "missing_at_random", ("statistic_unbiased", "p_unbiased"),
        "Little's test with the unbiased covariance", "d2 (n - 1) / n; p by chi-square",
        "The same as some other software has it.", _NO_TEST, (LITTLE,),
    ),
)  # fmt: skip
MISSING_PATTERNS = (
    Formula(
        "missing_patterns", ("present", "missing", "not_yet_due", "not_asked"), "The pattern",
        "the points in time with a score; due without one; not due yet; not asked",
        "Which times belong to the pattern.",
    ),
    Formula(
        "missing_patterns", ("n", "total", "share"), "People with the pattern",
        "n people; total = people with any of these scores; share = n / total",
        "How many people have exactly this pattern.",
    ),
)  # fmt: skip

_NO_COUPLE = ("SINGLES", "NOT_YET_DUE", "wave_not_used")
_NO_GAP = (*_NO_COUPLE, "NO_ROLES", "NONE_OBSERVED")
REPORTER_GAP = (
    Formula(
        "reporter_gap",
        ("n_couples", "both", "only_mother", "only_father", "only_one", "neither", "not_judged",
         "n_gap"),
        "Who of a couple answered",
        "couples of whom both answered at the start = both + only_mother + only_father + only_one "
        "(roles not known) + neither + not_judged (not due yet); n_gap = both, with known roles",
        "How many couples answered both, one or neither.",
    ),
    Formula(
        "reporter_gap", ("gap_mean",), "Gap of mothers and fathers",
        "mean of mother's score - father's score, in points as scored",
        "How far the two reports of a couple lie apart at this time.", _NO_GAP,
    ),
    Formula(
        "reporter_gap", ("gap_low", "gap_high"), "Precision of the gap",
        "gap_mean -+ t(G-1) se by couple", "How sure the gap is.",
        (*_NO_GAP, "N1", "G1", "SD0", "SE0"), (LIANG_ZEGER,),
    ),
    Formula(
        "reporter_gap", ("before_both", "before_one"), "How these couples began",
        "mean of the couple's average score at the start, where both and where one came back",
        "Whether couples of whom one came back had begun differently.",
        (*_NO_GAP, "FEW_COUPLES"),
    ),
    Formula(
        "reporter_gap", ("before_difference", "before_low", "before_high"),
        "Difference at the start",
        "before_one - before_both; Welch's interval with errors by couple",
        "How far apart they had begun.", (*_NO_GAP, "FEW_COUPLES", "SE0"), (WELCH,),
    ),
    Formula(
        "reporter_gap", ("gap_before_both", "gap_before_one"), "Their gap at the start",
        "mean of mother's - father's score at the start, where both and where one came back",
        "How far their two reports lay apart at the start.", (*_NO_GAP, "FEW_COUPLES"),
    ),
)  # fmt: skip

_NOBODY = ("N0", "NOT_YET_DUE", "NO_DIRECTION")
_MODELLED = ("SD0", "DF0", "RANK_X", "WAVE_MISSING", "SINGLES", "N1")
_NO_MEAN = (
    *_NOBODY, "NONE_OBSERVED", "RC_MISSING", "FEW_FOR_IMPUTATION", "NOT_CONVERGED", "G1",
    *_MODELLED,
)  # fmt: skip
SENSITIVITY = (
    Formula(
        "sensitivity",
        ("n", "n_couples", "n_completers", "n_completer_couples", "n_lost", "n_lost_couples",
         "n_waiting", "n_not_asked"),
        "People",
        "n = n_completers + n_lost = people with the earlier score whose time has passed (with "
        "'likelihood' everybody with any score); n_waiting and n_not_asked are in no mean",
        "How many were kept, lost, are awaited or are not asked.", ("N0",),
    ),
    Formula(
        "sensitivity", ("share_lost",), "Share lost", "n_lost / n",
        "Which share of those due has not come.", _NOBODY,
    ),
    Formula(
        "sensitivity", ("method", "estimate"), "Average improvement of everybody, ten ways",
        "completers: mean x of those kept; likelihood: as in 'waves'; ipw: sum w x / sum w, w = 1 "
        "/ P(kept) by logistic model, cut at their 99th percentile; mi: mean over m data sets "
        "with scores drawn for those lost; delta: mi with x of those lost less delta; bocf: x of "
        "those lost = 0; locf: their last score; worst, best: the end of the scale; "
        "lost_worsen_by_rc: x = -rc_points",
        "What the average would be if those lost were like this.", _NO_MEAN,
        (BATES, SEAMAN_WHITE, MICE),
    ),
    Formula(
        "sensitivity", ("se", "df", "low", "high"), "Precision",
        "se by couple, df = G - 1; mi and delta: se^2 = within + (1 + 1/m) between, df after "
        "Barnard and Rubin; estimate -+ t(df) se",
        "How sure each average is.", (*_NO_MEAN, "SE0"), (LIANG_ZEGER, BARNARD_RUBIN),
    ),
    Formula(
        "sensitivity", ("d_pre",), "Standardised improvement",
        "estimate / spread of all earlier scores", "The same in parts of the spread at the start.",
        _NO_MEAN,
    ),
    Formula(
        "sensitivity", ("max_weight", "n_effective"), "Weights",
        "largest w / mean w; (sum w)^2 / sum w^2; of 'ipw' only",
        "Whether few people stand for many.", (*_NOBODY, "NONE_OBSERVED", "NOT_CONVERGED"),
        (SEAMAN_WHITE,),
    ),
    Formula(
        "sensitivity", ("rc_points", "delta"), "Points of a reliable change, and points taken off",
        "as in 'reliable_change'; delta = rc_points, else half the spread of the earlier scores, "
        "in the row 'delta' only",
        "How much worse than drawn those lost are taken to have done.",
        (*_NOBODY, "RC_MISSING", "NONE_OBSERVED", "FEW_FOR_IMPUTATION", "SD0", "NONE_LOST"),
    ),
    Formula(
        "sensitivity", ("tipping_points", "tipping_small", "tipping_zero", "tipping_in_rc"),
        "Tipping points",
        "delta at which the interval touches 0; at which the mean is 0.2 spreads; at which it is "
        "0; the first / rc_points; of 'mi' and 'delta' only; empty where the interval holds 0",
        "How much worse those lost must have done for the result to fall.",
        (*_NO_MEAN, "NONE_LOST"),
    ),
    Formula(
        "sensitivity", ("bias_weak", "bias_middling", "bias_strong"),
        "What staying may do to the average",
        "rho phi(z) / P sD with P = share kept, z = its normal quantile, rho = 0.1, 0.27, 0.45; of "
        "'completers' only",
        "How far the average of those kept may lie from that of everybody, in points.",
        (*_NOBODY, "NONE_OBSERVED", "N1", "G1"), (HECKMAN,),
    ),
    Formula(
        "sensitivity", ("fmi", "m"), "Drawn data sets",
        "fraction of missing information; number of data sets; of 'mi' and 'delta' only",
        "How much the drawing adds to the doubt.", (*_NO_MEAN, "NONE_LOST", "SE0"),
        (BARNARD_RUBIN,),
    ),
)  # fmt: skip

_ASPECTS = (
    "N0", "N1", "DF1", "G1", "SD0", "SE0", "NO_DIRECTION", "NOT_YET_DUE", "NONE_OBSERVED",
    "NONE_LOST", "NOT_COMPARED", "WAVE_UNDATED", "wave_not_used", "DESCRIPTIVE",
)  # fmt: skip
EVIDENCE = (
    Formula(
        "evidence", ("value",), "Number of an aspect",
        "n: people; n_effective: as in 'effects'; retention: kept / (kept + lost), any "
        "questionnaire; answered: the same of this one; selection_bias: rho phi(z) / P, P = "
        "answered; representativeness: largest |smd| of a score at the start; precision: half the "
        "interval of g_pre; instrument, comparison and level have none",
        "What the aspect comes to; the sentence says it in words.", _ASPECTS, (HECKMAN,),
    ),
    Formula(
        "evidence", ("low", "high"), "Interval",
        "retention, answered: Wilson's; precision: the ends of g_pre; level: of the improvement",
        "How sure it is, where the aspect has an interval.", _ASPECTS, (WILSON,),
    ),
    Formula(
        "evidence", ("n", "n_couples", "n_lost"), "People",
        "people the row rests on, their couples, how many of these are lost; only what the aspect "
        "is made of",
        "How many people an aspect rests on.", _ASPECTS,
    ),
)  # fmt: skip
