"""What the methods section says of the analysis: estimates, classes, those lost, what is hidden."""

from __future__ import annotations

import pandas as pd

from evaluation.analysis.bootstrap import N_RESAMPLES
from evaluation.analysis.intervals import critical_normal
from evaluation.analysis.inverse_probability import TRUNCATED_AT
from evaluation.analysis.multiple_imputation import ITERATIONS, LEAST_IMPUTATIONS
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.programme import Results
from evaluation.report.export import Export
from evaluation.report.formula_texts.entry import Citation
from evaluation.report.research.codebook import OWN, cutoff_in_use, sources_in_use
from evaluation.report.research.references import References
from evaluation.report.result_tables import RESULT_TABLES
from evaluation.report.wording import (
    evidence_text,
    is_known,
    joined,
    number,
    percent,
    released_text,
)
from evaluation.report.workbook import COLUMN_MEANINGS
from instruments.definition import Instrument, Scale

SEAMAN = Citation(
    "Seaman & White (2013), Review of inverse probability weighting for dealing with missing data"
)
MICE = Citation(
    "van Buuren & Groothuis-Oudshoorn (2011), mice: multivariate imputation by chained equations"
)
BARNARD = Citation(
    "Barnard & Rubin (1999), Small-sample degrees of freedom with multiple imputation"
)
_ORIGINS = {
    "rule file": "from the rule file", "manual": "the manual's", "published": "published",
    "computed": "worked out",
}  # fmt: skip
_KINDS = {
    "a": "a (two standard deviations from people in difficulty)",
    "b": "b (two standard deviations from people in general)",
    "c": "c (between people in difficulty and people in general)",
}
# Tables that have a paragraph of their own, or hold no estimates.
_TOLD = frozenset(
    {
        "scores", "effects", "reliable_change", "attrition", "waves", "sensitivity", "pairs",
        "formulas", "site_estimates", "sites", "subgroups", "robustness",
    }
)  # fmt: skip


def average_change(results: Results, export: Export, references: References) -> list[str]:
    """The headline estimate, its standardised form and their intervals."""
    share = percent_text(results.settings.level)
    refs = references.cite_columns
    return [
        "Improvement is the later minus the earlier score, with the sign turned where lower "
        "scores are better, so that positive always means better. The headline is its average in "
        f"points of the scale. Partners are not independent: every {share} interval is clustered "
        "by couple (a person alone counts as a couple of one), mean -+ t(G-1) se with se = "
        "sqrt(G/(G-1) sum over couples of (sum of deviations)^2) / n, G = number of couples"
        f"{refs('effects', 'improvement_low')}.",
        "The standardised improvement is g_pre = J(n-1) d, d = average improvement / standard "
        "deviation of the earlier scores of the same people (divisor n - 1), with the exact "
        f"correction J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)){refs('effects', 'g_pre')}. Its "
        "interval comes from the influence values of d, summed by couple"
        f"{refs('effects', 'g_pre_low')}.",
        "Beside it stand a t test by couple, the plain paired t test and Wilcoxon's signed-rank "
        f"test{refs('effects', 'wilcoxon_w')}. Estimates are empty, with a reason code, where they "
        "are not defined."
        if export.manifest["disclosure"]["level"] != "release"
        else "Tests are left out of released tables, since they would give exact counts away.",
    ]


def percent_text(level: float) -> str:
    """A level as it stands in a sentence: ``95%``, ``99.9%``."""
    return f"{round(100 * level, 4):g}%"


def single_people(results: Results, export: Export, references: References) -> list[str]:
    """The rule of reliable change, and what it was fed with for each measure."""
    change = export.tables["reliable_change"]
    if change.empty:
        return []
    level = results.settings.level
    opening = (
        "A change is reliable if it is larger than RC = z sqrt(2) SD sqrt(1 - reliability), z = "
        f"{critical_normal(level):.6f}{references.cite_columns('reliable_change', 'rc_points')}. "
        "Recovered: reliably better and from the clinical to the functional side of the boundary; "
        "improved: otherwise reliably better; harmed: reliably worse and out of the functional "
        "range; deteriorated: otherwise reliably worse; unchanged: the rest. Without any true "
        f"change {percent_text((1 - level) / 2)} of people would pass in each direction."
    )
    measures = [
        _measure_text(results, change, results.instruments[name], references, str(scale))
        for name, scale in change[["instrument", "scale"]].drop_duplicates().itertuples(index=False)
    ]
    methods = [m for m in change["method"].unique() if m != "JT"]
    others = (
        f"The rules {joined(methods)} are there for comparison and are never in use"
        f"{references.cite_columns('reliable_change', 'method')}."
        if methods
        else ""
    )
    return [opening, *measures, others]


def _measure_text(
    results: Results,
    change: pd.DataFrame,
    instrument: Instrument,
    references: References,
    scale_id: str,
) -> str:
    """What reliable change of one scale rests on."""
    scale = instrument.scale(scale_id)
    name = f"{instrument.short_name}, {scale.label}"
    if scale.better == "neither":
        return f"{name}: neither direction is better, so nobody is put in a class."
    rule = results.settings.measures.get(f"{instrument.id}.{scale_id}", ChangeRule())
    used = sources_in_use(scale, rule)
    if "reliability" in used:
        source = used["reliability"]
        parts = [
            f"reliability {source.values[0]:g} "
            f"({_how(source.origin, source.evidence)}){references.cite(source.citation)}"
        ]
    else:
        parts = ["no reliability is known, so no change can be called reliable"]
    if "sd" in used and used["sd"].origin == OWN:
        parts.append("SD of the earlier scores of each group")
    elif "sd" in used:
        sd = used["sd"]
        how = _how(sd.origin, sd.evidence)
        parts.append(f"SD {sd.values[0]:g} ({how}){references.cite(sd.citation)}")
    parts += _points_text(change, instrument.id, scale_id)
    parts.append(_boundary(scale, rule, references))
    return f"{name}: {'; '.join(parts)}."


def _how(origin: str, evidence: str) -> str:
    words = [_ORIGINS.get(origin, origin), evidence_text(evidence) if evidence else ""]
    return ", ".join(word for word in words if word)


def _points_text(change: pd.DataFrame, instrument: str, scale_id: str) -> list[str]:
    """The points of all sites together from start to end."""
    row = change[
        (change["site"] == ALL_SITES)
        & (change["instrument"] == instrument)
        & (change["scale"] == scale_id)
        & (change["contrast"] == "baseline_end")
        & (change["in_use"] == "yes")
    ]
    points = row["rc_points"].iloc[0] if len(row) else None
    return (
        [f"RC {number(points, 2)} points from start to end, all sites"] if is_known(points) else []
    )


def _boundary(scale: Scale, rule: ChangeRule, references: References) -> str:
    found = cutoff_in_use(scale, rule, sources_in_use(scale, rule))
    if found.text[:1] in ("<", ">"):
        how = _how(found.origin, found.evidence)
        return f"clinical range {found.text} ({how}){references.cite(found.citation)}"
    if found.origin == "rule file":
        return f"boundary {_KINDS[found.text]}, as the rule file says"
    return (
        "no published boundary that is better than unverified, so the first of the boundaries "
        f"{found.text} of Jacobson and Truax that can be worked out"
    )


def missing(results: Results, export: Export, references: References) -> list[str]:
    """Who counts as lost, and how the estimates allow for them."""
    tables = export.tables
    found = [
        "A follow-up counts as missed only once its days have passed. Rates are done / (done + "
        "missed), with Wilson's interval"
        f"{references.cite_columns('attrition', 'rate')}; what is still open or not yet due is "
        "shown beside them and is not missed."
    ]
    if "waves" in tables and len(tables["waves"]):
        found.append(
            "Everybody with at least one score is in a mixed model, score = wave + couple + "
            "person + residual, fitted by restricted likelihood for each scale and site and for "
            f"all sites together{references.cite_columns('waves')}. It allows for scores that are "
            "missing in a way that depends on the scores that are there ('waves')."
        )
    if "sensitivity" in tables:
        found.append(_sensitivity(tables["sensitivity"], references))
    return found


def _sensitivity(table: pd.DataFrame, references: References) -> str:
    """Only what is in the table is told."""
    methods = set(table["method"])
    parts = []
    if "ipw" in methods:
        parts.append(
            "those who came back weighted by 1 / probability of coming back (logistic model "
            "of the earlier score, the site, the role, the characteristics in the file and "
            "sessions; "
            f"the {percent(1 - TRUNCATED_AT)} highest weights brought down to the next; interval "
            "by couple)"
            f"{references.cite(SEAMAN)}"
        )
    if "mi" in methods:
        parts.append(
            "multiple imputation by chained equations on all waves of a person and of the "
            "partner, the site, the role, the characteristics in the file and sessions, at "
            f"least {LEAST_IMPUTATIONS} times or once for each per cent that is "
            f"missing, {ITERATIONS} rounds, pooled by Rubin's rules"
            f"{references.cite(MICE, BARNARD)}"
        )
    if "delta" in methods:
        parts.append("the same with those lost made worse, and how far that may go")
    fixed = [
        name for name in ("bocf", "locf", "worst", "best", "lost_worsen_by_rc") if name in methods
    ]
    if fixed:
        parts.append(f"fixed assumptions about those lost ({joined(fixed)})")
    return (
        "The average improvement of everybody with the earlier score was worked out again under "
        f"other assumptions about those lost ('sensitivity'): {'; '.join(parts)}."
    )


def further(results: Results, export: Export, references: References) -> list[str]:
    """A paragraph for each further table that is in this export."""
    tables = {name: table for name, table in export.tables.items() if len(table)}
    found = []
    if "sites" in tables:
        found.append(
            "Sites are put together by random effects, with restricted likelihood and the "
            "Hartung-Knapp interval that is never narrower than without it; DerSimonian-Laird and "
            "Paule-Mandel stand beside it. Single sites are drawn towards that average by their "
            "precision, and no site is ranked"
            f"{references.cite_columns('sites')}{references.cite_columns('site_estimates')}."
        )
    if "robustness" in tables:
        found.append(
            f"Intervals were checked with {N_RESAMPLES:,} re-samples of couples, bias-corrected "
            f"and accelerated{references.cite_columns('robustness')}."
        )
    if "subgroups" in tables:
        found.append(
            "Groups of people are compared with the largest one; q values allow for how many "
            "differences were looked at (Benjamini and Hochberg)"
            f"{references.cite_columns('subgroups')}."
        )
    if results.settings.subgroups:
        found.append(
            f"Effects are also given by {joined(results.settings.subgroups)}, as the rule file "
            "asks."
        )
    found += [
        f"Table '{name}': {COLUMN_MEANINGS[name]}{references.cite_columns(name)}"
        for name in tables
        if name not in _TOLD and name in COLUMN_MEANINGS
    ]
    return found


def disclosed(results: Results, export: Export, references: References) -> list[str]:
    """What was done to protect single people."""
    if export.manifest["disclosure"]["level"] != "release":
        return [
            "Nothing is hidden or rounded in these files, and some are about single people. They "
            "are not for release."
        ]
    left_out = [known.name for known in RESULT_TABLES if known.release is None]
    return [
        f"{released_text(results.settings.disclosure)} Where one hidden site could be found from "
        "the total, the total is hidden too. Averages over sites are made of sites that may be "
        "shown themselves. Tables about single people are not in this export: "
        f"{joined(left_out)}."
    ]
