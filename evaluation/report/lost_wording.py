"""Sentences on those we did not hear from: how they differed, and how far that can be told."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluation.analysis.lost_and_kept import LEAST_TO_COMPARE
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    Row,
    capital,
    is_known,
    joined,
    number,
    people,
    percent,
    wave_name,
)
from instruments.definition import Instrument

# More differences than this in one sentence cannot be taken in.
MOST_NAMED = 3
CHANCE = 0.05
FOOTNOTE = (
    "This check cannot see whether the people who did not answer would have answered differently, "
    "so it never makes it safe to look only at those who did."
)
NO_DATES = (
    "No date says when support ended, so every missing answer is counted as one we did not get."
)
_PARTS = (
    (0.10, "a tenth of a standard deviation"),
    (0.20, "a fifth of a standard deviation"),
    (0.25, "a quarter of a standard deviation"),
    (1 / 3, "a third of a standard deviation"),
    (0.50, "half a standard deviation"),
    (2 / 3, "two thirds of a standard deviation"),
    (0.75, "three quarters of a standard deviation"),
    (1.00, "one standard deviation"),
)
_TRAITS = {
    "role": "role", "age_band": "age", "gender": "gender", "low_income": "low income",
    "relationship_status": "relationship", "ethnicity_group": "ethnic group",
    "first_time_parent": "first-time parent", "referral_route": "way of coming to us",
    "intervention": "kind of support", "site": "site",
}  # fmt: skip
_GROUPS = {
    "two": "people whose partner answered at the start too",
    "one": "people whose partner did not answer at the start",
    "more severe at the start": "people who were worse off at the start",
    "less severe at the start": "people who were better off at the start",
}
_TERMS = {
    "score_at_start": "how things were at the start",
    "answered_at_end": "whether somebody answered at the end of support",
    "score_at_end": "how things were at the end of support",
    "sessions_attended": "how many sessions somebody attended",
}
_LEFT_OUT = {
    "COVARIATE_UNKNOWN": "it is not known for enough people",
    "CONSTANT": "it is the same for everybody",
    "COLLINEAR": "other things say the same",
    "FEW_EVENTS": "too few people were lost or kept for it",
    "NOT_CONVERGED": "no figure could be worked out with it",
}


def part_of_sd(smd: float) -> str:
    """The size of a standardised difference in plain words; the sign does not matter."""
    size = abs(smd)
    if size < 0.075:
        return "hardly at all"
    if size >= 1.2:
        return f"{number(size)} standard deviations"
    return min(_PARTS, key=lambda part: abs(part[0] - size))[1]


def characteristic_label(characteristic: str, instruments: Mapping[str, Instrument]) -> str:
    """A row of lost_vs_kept.csv as a label, such as ``DAS total at the start``."""
    if " at " in characteristic and "=" not in characteristic:
        measure, _, wave = characteristic.rpartition(" at ")
        return f"{_scale_label(measure, instruments)} {wave_name(wave)}"
    if characteristic == "sessions_attended":
        return "Sessions attended"
    if characteristic == "in_a_couple":
        return "Takes part with a partner"
    name, _, level = characteristic.partition("=")
    return f"{capital(_TRAITS.get(name, name.replace('_', ' ')))}: {level}"


def _scale_label(measure: str, instruments: Mapping[str, Instrument]) -> str:
    name, _, scale_id = measure.partition(".")
    if name not in instruments:
        return measure
    return instruments[name].scale(scale_id).label


def lost_sentence(rows: pd.DataFrame, instruments: Mapping[str, Instrument], *, step: str) -> str:
    """How those we did not hear from differed from the others, for one site and one step.

    Parameters
    ----------
    rows : DataFrame
        The rows of lost_vs_kept.csv of one site and step, masked or not.
    instruments : mapping of str to Instrument
        For the names of the scales.
    step : str
        The wave, such as ``3m``.
    """
    when = wave_name(step)
    if rows.empty:
        return f"{capital(when)}: nobody's questionnaire has come due yet."
    undated = f" {NO_DATES}" if rows["reason"].str.contains("NO_END_DATES").any() else ""
    shown = rows[rows["reason"] != "SUPPRESSED"]
    if shown.empty:
        return reason_text("SUPPRESSED")
    n_lost, n_kept = (shown[name].astype(float).max() for name in ("n_lost", "n_kept"))
    if n_lost == 0:
        return f"We heard from everybody whose questionnaire had come due {when}."
    if n_kept == 0:
        return f"We heard from nobody {when}, so there is nobody to compare with.{undated}"
    if min(n_lost, n_kept) < LEAST_TO_COMPARE:
        few = f"did not hear from {people(n_lost)}" if n_lost <= n_kept else (
            f"heard from {people(n_kept)} only"
        )  # fmt: skip
        return f"{capital(when)} we {few}: too few to compare with the others.{undated}"
    return _comparison(shown, instruments, when) + undated


def _comparison(shown: pd.DataFrame, instruments: Mapping[str, Instrument], when: str) -> str:
    size = shown["smd"].astype(float).abs()
    usable = size.notna() & ~shown["reason"].str.contains("FEW_TO_COMPARE")
    main = _is_main(shown["characteristic"], instruments)
    usable &= main if (usable & main).any() else True
    if not usable.any():
        return f"How those we did not hear from {when} differed from the others cannot be said."
    ranked = shown[usable].loc[size[usable].sort_values(ascending=False, kind="stable").index]
    whom = f"The people we did not hear from {when}"
    large = _one_for_each(ranked[ranked["flag"] == "red"])
    if large.empty:
        largest = _difference(ranked.iloc[0].to_dict(), instruments)
        return (
            f"{whom} were much like the others in everything we know of them. The largest "
            f"difference: they {largest}. They may still differ in something we do not know."
        )
    named = large.head(MOST_NAMED)
    told = joined([_difference(row, instruments) for row in named.to_dict("records")])
    rest = len(large) - len(named)
    count = people(rest, "more difference", "more differences")
    more = f" There {'is' if rest == 1 else 'are'} {count} of this size." if rest else ""
    return f"{whom} {told}. What we see of those who answered may not hold for them.{more}"


def _is_main(names: pd.Series, instruments: Mapping[str, Instrument]) -> pd.Series:
    """Everything that is no score, and the main score of each questionnaire."""
    measures = {f"{name}.{one.primary_scale}" for name, one in instruments.items()}
    is_score = names.str.contains(" at ") & ~names.str.contains("=")
    return ~is_score | names.str.rpartition(" at ")[0].isin(measures)


def _one_for_each(rows: pd.DataFrame) -> pd.DataFrame:
    """The largest difference of each questionnaire or trait: parts of one say the same."""
    root = rows["characteristic"].str.split("=").str[0].str.split(".").str[0]
    return rows[~root.duplicated()]


def _difference(row: Row, instruments: Mapping[str, Instrument]) -> str:
    """One difference as the end of a sentence about the people we lost."""
    smd, characteristic = float(row["smd"]), str(row["characteristic"])
    chance = _chance(row)
    if row["kind"] == "share":
        shares = f"{percent(row['lost'])} against {percent(row['kept'])}{chance}"
        word = "more" if smd > 0 else "less"
        if characteristic == "in_a_couple":
            return f"{word} often took part with a partner ({shares})"
        label = characteristic_label(characteristic, instruments)
        return f"were {word} often '{label}' ({shares})"
    size = part_of_sd(smd)
    by = f"by {size}" if size != "hardly at all" else "by hardly anything"
    if characteristic == "sessions_attended":
        return f"had attended {'more' if smd > 0 else 'fewer'} sessions ({by}{chance})"
    measure, _, wave = characteristic.rpartition(" at ")
    higher = "higher" if smd > 0 else "lower"
    worse = _which_is(measure, smd, instruments)
    return (
        f"had {higher} scores {wave_name(wave)} on '{_scale_label(measure, instruments)}' "
        f"({by}{worse}{chance})"
    )


def _chance(row: Row) -> str:
    p = row.get("p")
    return "; this may be chance" if is_known(p) and float(p or 0.0) >= CHANCE else ""


def _which_is(measure: str, smd: float, instruments: Mapping[str, Instrument]) -> str:
    name, _, scale_id = measure.partition(".")
    better = instruments[name].scale(scale_id).better if name in instruments else "neither"
    if better == "neither" or part_of_sd(smd) == "hardly at all":
        return ""
    return ", which is better" if (smd > 0) == (better == "higher") else ", which is worse"


def dropout_sentence(rows: pd.DataFrame, *, step: str) -> str:
    """What goes with not answering, all known things taken together, for one site and step."""
    when = wave_name(step)
    if rows.empty:
        return f"{capital(when)}: nobody's questionnaire has come due yet."
    fitted = rows[rows["odds_ratio"].notna()]
    if fitted.empty:
        reason = str(rows["reason"].iloc[0])
        return (
            f"{capital(when)}: what goes with not answering cannot be said. {reason_text(reason)}"
        )
    clear = fitted[(fitted["low"].astype(float) > 1) | (fitted["high"].astype(float) < 1)]
    names = list(dict.fromkeys(term_label(str(term)) for term in clear["term"]))
    if names:
        text = f"{capital(when)} not answering goes together with {joined(names)}."
    else:
        text = f"{capital(when)} nothing we know of clearly goes together with not answering."
    left_out = rows[rows["left_out"].fillna("") != ""]
    whys = [
        f"{term_label(str(row['term']))} "
        f"({_LEFT_OUT.get(str(row['left_out']), 'it could not be used')})"
        for row in left_out.to_dict("records")
    ]
    return f"{text} Not looked at: {joined(whys)}." if whys else text


def term_label(term: str) -> str:
    """A term of the drop-out model in words."""
    return _TERMS.get(term) or _TRAITS.get(term.partition("=")[0], term)


def missing_at_random_sentence(row: Row) -> str:
    """Little's test in words: a footnote, never a licence."""
    if row["reason"] == "SUPPRESSED" or not is_known(row["p"]):
        why = reason_text(row["reason"])
        return f"Whether answers are missing by pure chance cannot be checked. {why}"
    if float(row["p"]) < CHANCE:
        found = "The scores suggest that answers are not missing by pure chance."
    else:
        found = "The scores give no sign that answers are missing other than by chance."
    return f"{found} {FOOTNOTE}"


def differential_sentence(row: Row) -> str:
    """How much more often one group did not answer than the others."""
    when, name = wave_name(str(row["step"])), _group(row)
    if row["reason"] == "SUPPRESSED" or not is_known(row["difference"]):
        return f"{capital(name)}: {reason_text(row['reason'] or 'SUPPRESSED')}"
    rates = (
        f"{capital(when)} we did not hear from {percent(row['rate'])} of {name}, against "
        f"{percent(row['other_rate'])} of the others"
    )
    if min(row["n"], row["other_n"]) < LEAST_TO_COMPARE:
        return f"{rates}; that is too few to compare."
    unsure = row["low"] <= 0 <= row["high"] or (is_known(row["p"]) and row["p"] >= CHANCE)
    return f"{rates}, which may be chance." if unsure else (
        f"{rates}, which is more than chance alone would often bring about."
    )  # fmt: skip


def _group(row: Row) -> str:
    group = str(row["group"])
    if row["by"] == "site":
        return f"people at {group}"
    return f"people in the role '{group}'" if row["by"] == "role" else _GROUPS.get(group, group)
