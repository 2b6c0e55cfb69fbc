"""Formulas of what is between people: sites, couples, waves, follow-up and who was heard from."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import (
    BATES,
    BONETT,
    DERSIMONIAN_LAIRD,
    EFRON,
    GOLDSTEIN,
    HIGGINS_2002,
    HIGGINS_2009,
    INTHOUT,
    JACOBSON_TRUAX,
    LIANG_ZEGER,
    PATTERSON_THOMPSON,
    PAULE_MANDEL,
    ROEVER,
    SCHUIRMANN,
    SPIEGELHALTER,
    VIECHTBAUER_2005,
    VIECHTBAUER_2007,
    WILSON,
    Formula,
)

_POOLED = ("NO_SITE",)
_BETWEEN = ("NO_SITE", "ONE_SITE")
SITES = (
    Formula(
        "sites", ("method",), "Variance between sites, tau2",
        "REML: highest restricted likelihood; DL: max(0, (Q - (k-1)) / (sum w - sum w^2 / sum w)) "
        "with w = 1/v; PM: root of sum (y - mu)^2 / (v + tau2) = k - 1; EE: 0 by assumption",
        "How the differences between sites are allowed for; REML is the one in use.",
        _BETWEEN, (VIECHTBAUER_2005, DERSIMONIAN_LAIRD, PAULE_MANDEL),
    ),
    Formula(
        "sites", ("k", "k_dropped"), "Sites",
        "sites with an estimate y and a variance v above 0; sites without",
        "How many sites the average is made of.",
    ),
    Formula(
        "sites", ("estimate", "se", "low", "high"), "Average over sites",
        "mu = sum w y / sum w, w = 1 / (v + tau2); se = 1 / sqrt(sum w); mu -+ z se",
        "The average of the sites, each by how sure it is.", _POOLED, (VIECHTBAUER_2005,),
    ),
    Formula(
        "sites", ("se_hk", "low_hk", "high_hk"), "Hartung-Knapp interval",
        "se_hk = se sqrt(max(1, q)), q = sum w (y - mu)^2 / (k-1); mu -+ t(k-1) se_hk",
        "The same average, allowing for tau2 being uncertain too.", _BETWEEN, (INTHOUT, ROEVER),
    ),
    Formula(
        "sites", ("tau2", "tau2_low", "tau2_high"), "Variance between sites",
        "as the method says; interval: the values at which Q(tau2) meets its chi-square quantiles",
        "How far sites truly differ, in squared units.",
        (*_BETWEEN, "EQUAL_EFFECTS", "FEW_SITES"),
        (VIECHTBAUER_2005, VIECHTBAUER_2007),
    ),
    Formula(
        "sites", ("i2",), "Share of the variance that is between sites",
        "tau2 / (tau2 + s2), s2 = (k-1) sum w / ((sum w)^2 - sum w^2), w = 1/v; with EE "
        "max(0, (Q - df) / Q)",
        "How much of what sets sites apart is more than chance, from 0 to 1.", _BETWEEN,
        (HIGGINS_2002,),
    ),
    Formula(
        "sites", ("q", "df", "p_q"), "Cochran's Q",
        "Q = sum (y - mu)^2 / v around the mean with tau2 = 0; df = k - 1; p by chi-square",
        "A test of whether all sites may have one true value.", _BETWEEN, (HIGGINS_2002,),
    ),
    Formula(
        "sites", ("prediction_low", "prediction_high"), "Prediction interval",
        "mu -+ t(k-1) sqrt(tau2 + se_hk^2)",
        "Where the true value of a new site of this kind may well lie.",
        (*_BETWEEN, "EQUAL_EFFECTS"), (HIGGINS_2009,),
    ),
)  # fmt: skip
_LEFT_OUT = ("N0", "N1", "NO_DIRECTION", "SD0", "DF1", "G1", "R_UNDEF")
SITE_ESTIMATES = (
    Formula(
        "site_estimates", ("y", "v"), "Estimate and variance of a site",
        "y = g_pre, or improvement in points; v = its se by couple squared from 8 couples on, "
        "else the textbook variance times the design effect of all sites: sD^2 / n, for g_pre "
        "sD^2 / (s1^2 (n-1)) + d_pre^2 / (2 (n-1))",
        "What a site brings to the average, and how sure it is.", _LEFT_OUT,
        (BONETT, LIANG_ZEGER),
    ),
    Formula(
        "site_estimates", ("shrunken",), "Estimate drawn towards the average",
        "(tau2 y + v mu) / (tau2 + v)",
        "The best guess of a site's true value, given the other sites.",
        (*_LEFT_OUT, "ONE_SITE"), (GOLDSTEIN,),
    ),
    Formula(
        "site_estimates", ("weight",), "Weight", "w / sum w, w = 1 / (v + tau2)",
        "The part a site has in the average.", (*_LEFT_OUT, "ONE_SITE"),
    ),
    Formula(
        "site_estimates", ("funnel_position",), "Place in the funnel",
        "beyond_95 or beyond_998 if |y - mu| is more than z(95%) or z(99.8%) times sqrt(v), else "
        "inside",
        "Whether a site lies further from the average than chance would often bring it.",
        (*_LEFT_OUT, "ONE_SITE"), (SPIEGELHALTER,),
    ),
    Formula(
        "site_estimates", ("n", "n_couples"), "People and couples", "as in 'effects'",
        "How many people and couples a site's estimate rests on.",
    ),
)  # fmt: skip

_PARTNERS = ("N0", "NO_DIRECTION", "SINGLES", "RC_MISSING")
COUPLES = (
    Formula(
        "couples", ("n_couples", "n_both"), "Couples, and couples with both partners",
        "different couples (a person alone counts as one); couples of two with both changes",
        "How many couples there are, and in how many both answered.",
    ),
    Formula(
        "couples", ("icc_level",), "Likeness of partners at the earlier time",
        "ICC(1) = (MSB - MSW) / (MSB + (k0 - 1) MSW), k0 = (n - sum m^2 / n) / (G - 1)",
        "How alike partners' scores are: 1 the same, 0 like strangers, below 0 opposite.",
        ("N0", "G1", "SINGLES", "SD0"),
    ),
    Formula(
        "couples", ("icc_change",), "Likeness of partners' change",
        "REML variance of couples / (it + that within couples), at least 0",
        "How alike partners' changes are.", ("N0", "G1", "SINGLES", "SD0", "NO_DIRECTION"),
        (PATTERSON_THOMPSON,),
    ),
    Formula(
        "couples", ("deff",), "Design effect",
        "1 + (m_w - 1) icc_change, m_w = sum m^2 / sum m",
        "How many times more people are needed because partners change alike.",
        ("N0", "G1", "SINGLES", "SD0", "NO_DIRECTION"),
    ),
    Formula(
        "couples", ("both_better", "both_unchanged", "both_worse", "discordant", "opposite"),
        "Partners side by side",
        "by reliable change in use: both reliably better, neither changed reliably, both worse, "
        "partners differ; opposite = of these one better and one worse",
        "Whether partners changed together.", _PARTNERS, (JACOBSON_TRUAX,),
    ),
)  # fmt: skip

_MODEL = ("N0", "G1", "NO_DIRECTION", "SD0", "DF0", "RANK_X", "WAVE_MISSING")
WAVES = (
    Formula(
        "waves", ("n", "n_couples", "n_scores"), "People, couples and scores in the model",
        "everybody with at least one score of the scale, their couples, their scores",
        "How much the model rests on.",
    ),
    Formula(
        "waves", ("n_before", "n_after", "n_both"), "People at the two times",
        "people with the earlier score, with the later one, with both",
        "How many answered at these two times.",
    ),
    Formula(
        "waves", ("estimate",), "Improvement by the model",
        "direction (mu later - mu earlier) of score = mu(wave) + couple + person + residual, by "
        "REML",
        "The average improvement, from everybody with at least one score.", _MODEL, (BATES,),
    ),
    Formula(
        "waves", ("se", "df", "low", "high"), "Precision of the improvement",
        "se from (X' V^-1 X)^-1 at the fitted V; df = G - 1; estimate -+ t(df) se",
        "How sure it is.", _MODEL, (BATES,),
    ),
    Formula(
        "waves", ("d_pre", "sd_pre"), "Standardised improvement",
        "estimate / sd_pre, sd_pre = spread of all baseline scores, the same for every contrast",
        "The improvement in parts of the spread at the start; the steps add up.",
        (*_MODEL, "N1"),
    ),
    Formula(
        "waves", ("var_couple", "var_person", "var_residual", "icc_couple", "icc_person"),
        "Variances and likenesses",
        "REML variances; icc_couple = var_couple / total, icc_person = (var_couple + var_person) "
        "/ total; a variance is empty where nobody has a partner, or nobody two scores",
        "What partners have in common, and what two scores of one person have in common.",
        (*_MODEL, "SINGLES"), (PATTERSON_THOMPSON, BATES),
    ),
    Formula(
        "waves", ("singular", "log_likelihood"), "Fit",
        "singular = yes if a variance is estimated as 0; restricted log likelihood at the fit",
        "What is needed to compare the fit with that of other software.", _MODEL, (BATES,),
    ),
)  # fmt: skip

_LEDGER = ("N0", "NO_DIRECTION", "RC_MISSING")
_GAIN = ("N0", "G1", "NO_DIRECTION", "SD0", "SE0")
_HELD = ("N0", "N1", "G1", "NO_DIRECTION", "MARGIN", "SD0", "SE0")
MAINTENANCE = (
    Formula(
        "maintenance", ("n", "n_couples"), "People with start, end and follow-up",
        "people with all three scores in the order of time; their couples",
        "How many people and couples a number rests on.",
    ),
    Formula(
        "maintenance",
        ("maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never", "lost_and_worse"),
        "Who kept a gain",
        "by reliable change from the start: better at the end and at follow-up; at the end only; "
        "at follow-up only; worse at follow-up; none of these (they add up to n); of those with "
        "gain_lost, reliably worse than at the start",
        "How many kept, lost or first made a clear gain.", _LEDGER, (JACOBSON_TRUAX,),
    ),
    Formula(
        "maintenance", ("rc_points",), "Points in use", "as in 'reliable_change', start to end",
        "How large a change has to be.", _LEDGER, (JACOBSON_TRUAX,),
    ),
    Formula(
        "maintenance", ("gain", "gain_low", "gain_high"), "Gain at the end",
        "mean x from start to end of these people, -+ t(G-1) se by couple",
        "How much those heard from again had gained at the end.", _GAIN, (LIANG_ZEGER,),
    ),
    Formula(
        "maintenance", ("retained_share", "retained_low", "retained_high", "retained_method"),
        "Share of the gain kept",
        "mean x from start to follow-up / mean x from start to end, same people; BCa or "
        "percentile interval from resampled couples; empty unless gain_low > 0",
        "How much of the gain was still there.",
        (*_GAIN, "NO_GAIN", "BOOT_UNSTABLE", "BOOT_EQUAL", "Z0_INF", "ACC_UNDEF", "BOOT_UNDEF"),
        (EFRON,),
    ),
    Formula(
        "maintenance", ("margin",), "Margin of 'no worse'",
        "0.2 times the spread of all start scores of the group",
        "The largest average worsening that still counts as holding.", _HELD,
    ),
    Formula(
        "maintenance", ("change", "change_se", "change_low", "change_high"),
        "Change after the end",
        "mean x from end to follow-up, its se by couple, mean x -+ t(G-1) se with one-sided bounds",
        "How these people changed after support ended.", _HELD, (LIANG_ZEGER,),
    ),
    Formula(
        "maintenance", ("p_noninferior", "p_equivalent", "held"), "Test that the gain held",
        "p = P(T(G-1) > (mean x + margin) / se); p_equivalent the larger of this and its mirror; "
        "held = yes if p_noninferior < 1 - level",
        "Whether at most the margin was lost; 'no' is no proof of a loss.", _HELD, (SCHUIRMANN,),
    ),
)  # fmt: skip

_RATE = ("N0", "FIRST_STEP", "NOT_YET_DUE", "wave_not_used", "TAKE_UP_UNKNOWN", "no_service_use")
ATTRITION = (
    Formula(
        "attrition",
        ("n", "not_eligible", "not_yet_due", "window_open", "missed", "done"),
        "Where everybody stands",
        "at the data lock L with due day D and window w: done = a score is there; not_eligible = "
        "no baseline, consent withdrawn, safeguarding, wave not used; not_yet_due: D - w > L; "
        "window_open: D - w <= L <= D + w; missed: D + w < L; n = those the step is asked of",
        "How many we heard from, and what became of the others.",
        ("TAKE_UP_UNKNOWN", "no_service_use", "wave_not_used"),
    ),
    Formula(
        "attrition", ("rate", "low", "high"), "Rate of a step",
        "took_up, baseline: done / n; later: p = done / (done + missed); interval "
        "((p + z^2/2n) -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)",
        "The share we heard from, of those whose time for it has passed; of couples, in a release, "
        "to the nearest 5 in 100 and without how many they are.",
        (*_RATE, "SOME_ENDS_UNKNOWN"), (WILSON,),
    ),
    Formula(
        "attrition", ("rate_if_open_fail", "rate_if_open_succeed"), "Range while windows are open",
        "done / (done + missed + window_open) and (done + window_open) / the same",
        "What the rate becomes if nobody, or everybody, who can still answer does.", _RATE,
    ),
    Formula(
        "attrition", ("cumulative_rate",), "Rate of the whole way",
        "rate(took_up) x rate(baseline) x rate(wave)",
        "The share of everybody referred who was heard from at this step.", _RATE,
    ),
)  # fmt: skip
