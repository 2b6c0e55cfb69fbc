"""Sentences on sites and groups side by side: how to read them, and what they cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.analysis.funnel import BEYOND_95, BEYOND_998, INSIDE
from evaluation.config import DisclosureRule
from evaluation.report import wording
from evaluation.report.context_wording import level_words
from evaluation.report.reasons import reason_text
from evaluation.tables.periods import PERIOD, RUNNING
from instruments.definition import Instrument, Scale

Row = Mapping[str, Any]
FEWEST_FOR_BAND = 3  # sites, below which where a new site would lie is mere guesswork
TOO_FEW = "too few"
HIDDEN = "hidden"

NO_LEAGUE_TABLE = (
    "Sites are in order of size, not of result. They worked with different families in different "
    "ways, so a higher number does not mean a better site."
)
HOW_TO_READ_BARS = (
    "A diamond is a site's own average, and the bar is where its true average may lie: where bars "
    "overlap widely, the sites cannot be told apart, and a bar that crosses the dotted line may "
    "mean no change at all. A hollow circle is the same average drawn towards that of all sites, "
    "the more so the less sure it is; it is the safer guess."
)
GREY_BAND = "The grey band is where a new, similar site would be expected."
HOW_TO_READ_FUNNEL = (
    "Small sites scatter more by chance, so the lines open to the left. About 95 in 100 sites "
    "that differ by chance alone lie within the dashed lines, nearly all within the dotted ones. A "
    "site outside the funnel differs by more than chance; ask why before judging: who comes, how "
    "many answered, which support."
)
HOW_A_POSITION_IS_JUDGED = (
    "The lines are drawn for an average spread of answers. Each site is judged by its own, so one "
    "close to a line may be marked either way."
)
HEARD_FROM = (
    "'Heard from' is the share who answered at the later time, of those whose time had come. Where "
    "few were heard from, the average speaks for those few."
)
ONE_SITE_ONLY = "Only one site uses this questionnaire, so there is nothing to set beside it."
GROUPS_DIFFER = (
    "Groups differ by chance, and by who starts worse: part of a bad score is chance, so those who "
    "start worse improve more with no support at all. The columns 'as if they had started alike' "
    "allow for that. Why one group did better than another, these numbers cannot say."
)
# Heads of columns with a q value.
CHANCE = "Allowing for chance (q)"
CHANCE_ALIKE = "Allowing for chance, started alike (q)"
ABOUT_Q = (
    "q allows for how many groups are compared: if every difference with a q of 0.05 or less is "
    "taken for real, about 5 in 100 of those would still be chance."
)
STARTED_WORSE = (
    "People are divided here by how they started, so the plain difference says little: those who "
    "start worse improve more anyway. Look at the comparison as if they had started alike."
)
PERIODS_RUNNING = (
    "A period counts as still running until it is over and nearly everybody who began in it has "
    "answered or is past answering. Until then only those with the shortest support have finished, "
    "so it is not compared."
)

TRAIT_TITLES = {
    PERIOD: "When support began",
    "intervention": "Kind of support",
    "role": "Role in the family",
    "partner": "Alone or as a couple",
    "low_income": "Low income",
    "first_time_parent": "First-time parents",
    "severity": "How people started",
}
_POSITIONS = {
    INSIDE: "inside the funnel",
    BEYOND_95: "outside the dashed lines",
    BEYOND_998: "outside the dotted lines",
}


# --- sites ----------------------------------------------------------------------------------


def position_words(position: object) -> str:
    """Where a site lies in the funnel."""
    return _POSITIONS.get(str(position), "")


def average_sentence(pool: Row, scale: Scale) -> str:
    """The average over sites with its interval, or why there is none."""
    if not wording.is_known(pool["estimate"]):
        code = "ONE_SITE" if pool["k"] == 1 else pool["reason"]
        return f"There is no average over sites. {reason_text(code)}"
    low, high = pool["low_hk"], pool["high_hk"]
    sites = wording.people(pool["k"], "site", "sites")
    return (
        f"{scale.label}: over {sites} people improved by {wording.signed(pool['estimate'])} points "
        f"on average. The true average over such sites most likely lies between "
        f"{wording.signed(low)} and {wording.signed(high)}."
    )


def spread_of_sites_sentence(pool: Row) -> str:
    """Whether sites differ by more than chance, and where a new one would be expected."""
    if not wording.is_known(pool["estimate"]):
        return ""
    if pool["k"] < FEWEST_FOR_BAND:
        return "Two sites are too few to say where a new, similar site would lie."
    low, high = pool["prediction_low"], pool["prediction_high"]
    band = f"{GREY_BAND} Here it runs from {wording.signed(low)} to {wording.signed(high)} points."
    if not pool["tau2"]:
        differ = "There is no evidence that these sites differ by more than chance."
    else:
        share = wording.number(100 * pool["i2"], 0)
        differ = f"Of how far these sites differ, about {share} parts in 100 are more than chance."
    few = f" {reason_text('FEW_SITES')}" if "FEW_SITES" in str(pool["reason"]) else ""
    return f"{band} {differ}{few}"


def used_by_sentence(n_sites: int, n_all: int) -> str:
    """How many sites are compared: only those that used the same questionnaire and scale."""
    sites = wording.people(n_all, "site", "sites")
    n = wording.capital(wording.people(n_sites, "", "")).rstrip()
    verb = "has" if n_sites == 1 else "have"
    return (
        f"{n} of {sites} {verb} scores on this scale at both times. Only these are set "
        "side by side: another questionnaire's points "
        "are not the same points."
    )


def not_shown_sentence(n_hidden: int, rule: DisclosureRule) -> str:
    """How many sites are hidden, and why; empty where none is."""
    if not n_hidden:
        return ""
    sites = wording.capital(wording.people(n_hidden, "site is", "sites are"))
    return (
        f"{sites} not shown, to protect the people there: an average needs at least {rule.min_n} "
        f"people from {rule.min_couples} couples with both scores."
    )


def forest_finding(sites: pd.DataFrame, pool: Row, scale: Scale) -> str:
    """The average over sites and how many sites surely improved; no site is held against another.

    ``sites``: those that are shown.
    """
    better = int((sites["improvement_low"].astype(float) > 0).sum())
    opening = wording.sites_sentence(scale, n_better=better, n_shown=len(sites))
    if not wording.is_known(pool["estimate"]):
        return opening
    average = (
        f"The average over sites is {wording.signed(pool['estimate'])} points (between "
        f"{wording.signed(pool['low_hk'])} and {wording.signed(pool['high_hk'])})."
    )
    if pool["k"] < FEWEST_FOR_BAND:
        return f"{opening} {average}"
    low, high = wording.signed(pool["prediction_low"]), wording.signed(pool["prediction_high"])
    return f"{opening} {average} A new, similar site would be expected between {low} and {high}."


def funnel_finding(sites: pd.DataFrame, scale: Scale) -> str:
    """Which of the sites shown lie outside the funnel."""
    outside = sites[sites["funnel_position"].isin([BEYOND_95, BEYOND_998])]
    n = wording.people(len(sites), "site", "sites")
    if outside.empty:
        return (
            f"{scale.label}: all of {n} shown lie inside the funnel, no further from the average "
            "than chance would bring about."
        )
    named = [f"{row['site']} ({position_words(row['funnel_position'])})"
             for row in outside.sort_values("site").to_dict("records")]  # fmt: skip
    return f"{scale.label}: of {n} shown, outside the funnel: {wording.joined(named)}."


def site_line(row: Row) -> dict[str, str]:
    """A site as a line of the table; what is hidden says so."""
    hidden = not wording.is_known(row["improvement"])
    cells = {
        "Change (+ is better)": wording.signed(row["improvement"]),
        "Fairly sure between": wording.interval(row["improvement_low"], row["improvement_high"]),
        "Drawn towards average": wording.signed(row["shrunken"]),
        "In the funnel": position_words(row["funnel_position"]).removeprefix("inside the funnel")
        or ("inside" if row["funnel_position"] == INSIDE else "–"),
    }
    return {
        "Site": str(row["site"]),
        "Number": wording.number_in(row),
        "Heard from": wording.percent(row["rate"]),
        **(dict.fromkeys(cells, HIDDEN) if hidden else cells),
    }


# --- groups ---------------------------------------------------------------------------------


def period_name(period: str) -> str:
    """A period such as ``2017-H1`` in words."""
    year, _, half = period.partition("-")
    return {"H1": f"January to June {year}", "H2": f"July to December {year}"}.get(half, year)


def group_name(trait: str, level: str) -> str:
    """A group as a label of a chart or a table."""
    if trait == PERIOD:
        return period_name(level)
    return level if trait == "intervention" else wording.capital(level_words(trait, level))


def group_line(row: Row) -> dict[str, str]:
    """A group's change as a line of the table."""
    hidden = row["reason"] == "SUPPRESSED"
    running = RUNNING in str(row["reason"])
    blank = HIDDEN if hidden else "still running" if running else TOO_FEW
    no_change = not wording.is_known(row["improvement"])
    no_interval = not wording.is_known(row["improvement_low"])
    share = row["share_improved"]
    return {
        "Group": group_name(str(row["trait"]), str(row["level"])),
        "Number": HIDDEN if hidden else wording.number_in(row),
        "Change (+ is better)": blank if no_change else wording.signed(row["improvement"]),
        "Fairly sure between": blank
        if no_interval
        else wording.interval(row["improvement_low"], row["improvement_high"]),
        "Before": blank if no_change else wording.number(row["mean_before"]),
        "After": blank if no_change else wording.number(row["mean_after"]),
        "Got better": wording.percent(share) if wording.is_known(share) else "–",
    }


def difference_line(plain: Row, alike: Row) -> dict[str, str]:
    """How far a group is from the largest one: as it stands, and as if both had started alike."""
    trait = str(plain["trait"])
    return {
        "Group": group_name(trait, str(plain["level"])),
        "Set beside": group_name(trait, str(plain["reference"])),
        "Difference": _difference(plain),
        CHANCE: q_words(plain["q"]),
        "As if they had started alike": _difference(alike),
        CHANCE_ALIKE: q_words(alike["q"]),
    }


def _difference(row: Row) -> str:
    if not wording.is_known(row["difference"]):
        return HIDDEN if row["reason"] == "SUPPRESSED" else TOO_FEW
    both = wording.interval(row["low"], row["high"])
    return f"{wording.signed(row['difference'])} ({both})"


def q_words(q: Any) -> str:
    """A q value to two decimals."""
    if not wording.is_known(q):
        return "–"
    return "below 0.01" if q < 0.005 else wording.number(q, 2)


def groups_finding(rows: pd.DataFrame, scale: Scale, trait: str) -> str:
    """The change of every group that is shown, in the order given."""
    known = rows[rows["improvement"].notna()]
    if known.empty:
        return f"{scale.label}: no group is large enough to be shown."
    parts = [
        f"{group_name(trait, str(row['level']))} {wording.signed(row['improvement'])}"
        for row in known.to_dict("records")
    ]
    title = TRAIT_TITLES.get(trait, trait).lower()
    return f"{scale.label} by {title}, average change in points: {wording.joined(parts)}."


def hidden_groups_sentence(n_hidden: int, rule: DisclosureRule) -> str:
    """How many groups are hidden, and why; empty where none is."""
    if not n_hidden:
        return ""
    groups = wording.capital(wording.people(n_hidden, "group is", "groups are"))
    return (
        f"{groups} not shown, to protect the people in small groups: fewer than {rule.min_n} "
        f"people or {rule.min_couples} couples, or what would give so small a group away."
    )


# --- one questionnaire ----------------------------------------------------------------------


def range_names(ranges: pd.DataFrame, scale: Scale) -> list[str]:
    """Ranges of scores as labels, from low to high; the last one ends with the scale."""
    top = scale.score_range[1]
    names = []
    for place, row in enumerate(ranges.to_dict("records")):
        low, high, last = row["low"], row["high"], place == len(ranges) - 1
        if row["whole"]:
            end = top if last else min(high - 1, top)
            names.append(_short(low) if end <= low else f"{_short(low)} to {_short(end)}")
        else:
            end = f"{_short(min(high, top))}" if last else f"under {_short(high)}"
            names.append(f"{_short(low)} to {end}")
    return names


def _short(value: float) -> str:
    text = wording.number(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def distribution_finding(
    ranges: pd.DataFrame, scale: Scale, *, when: str, unit: wording.Unit = wording.PERSON
) -> str:
    """How many of every 100 scored in each range."""
    if ranges.empty:
        return f"{scale.label} {when}: too few scores to be shown."
    counts = ranges["n"].astype(float)
    parts = [
        f"{wording.number(100 * n / counts.sum(), 0)} scored {name}"
        for n, name in zip(counts, range_names(ranges, scale), strict=True)
    ]
    return (
        f"{scale.label} {when}: of every 100 {unit[1]}, {wording.joined(parts)}; "
        f"{wording.better_text(scale)}."
    )


def measures_sentences(instrument: Instrument, scale: Scale) -> list[str]:
    """What a questionnaire measures, who answers it, and which way its scores run."""
    low, high = scale.score_range
    return [
        f"{instrument.name}: {instrument.construct}. Answered by {instrument.respondent}.",
        f"{scale.label}: from {_short(low)} to {_short(high)}; {wording.better_text(scale)}.",
    ]
