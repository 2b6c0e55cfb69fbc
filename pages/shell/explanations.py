"""How a result was worked out: who is in it, the formula in words, and every number's source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from evaluation.analysis.change_inputs import Source
from evaluation.programme import Results
from evaluation.report import wording
from evaluation.report.measures import unit_of
from evaluation.report.wording import count, evidence_text, is_known, number
from instruments.definition import Instrument, Scale
from pages.shell.widgets import plain

Row = dict[str, Any]


def explain_measure(
    results: Results, instrument: Instrument, scale: Scale, effect: Row, change: Row | None
) -> None:
    """The explanation under a headline."""
    one, many = unit_of(instrument)
    level = wording.percent(results.settings.level)
    before, after = str(effect["contrast"]).split("_", 1)
    lines = [
        f"**Who is in it.** {wording.capital(wording.people(effect['n'], one, many))} with a score "
        f"both {wording.wave_name(before)} and {wording.wave_name(after)}, from "
        f"{wording.people(effect['n_couples'], 'couple or family', 'couples or families')}. "
        f"{_excluded(effect, many)}",
        "**Average change.** For each of them the later score minus the earlier one, turned so "
        "that plus means better; then the average. Where a person has no questionnaire from the "
        "start or the end, the first or the last session stands in for it.",
        f"**Fairly sure.** The {level} confidence interval: if the work were repeated many times "
        f"with other families like these, {level} of such intervals would hold the true average. "
        "Partners influence each other, so couples are counted as groups, not as single people.",
        "**Size.** The average change divided by the spread of scores at the start (Hedges' g"
        f"{_g(effect)}). Below 0.2 very small, from 0.2 small, from 0.5 medium, from 0.8 large: "
        f"{plain(wording.SIZE_SOURCE)} These words are a rule of thumb, not a verdict.",
        *_reliable_change(_used(results, effect), change),
        f"**Scoring.** {plain(scale.citation)} ({evidence_text(scale.evidence)}). "
        f"Missing answers: {plain(scale.missing.citation)}",
        f"**What it does not show.** {wording.NOT_CAUSE}",
    ]
    st.markdown("\n\n".join(line for line in lines if line))


def _excluded(effect: Row, many: str) -> str:
    n = effect["n_excluded"]
    if not is_known(n) or not n:
        return "Nobody with an earlier score is left out."
    return (
        f"Left out: {count(n)} with an earlier score but without a later one that can be used - "
        "not due yet, not heard from, too many answers missing, or dates in the wrong order. The "
        "rows behind it, below, say why for each."
    )


def _g(effect: Row) -> str:
    if effect["display_tier"] in ("counts", "mean_only") or not is_known(effect["g_pre"]):
        return ""
    limits = wording.interval(effect["g_pre_low"], effect["g_pre_high"], 2)
    return f" = {wording.signed(effect['g_pre'], 2)}, {limits}"


def _used(results: Results, effect: Row) -> Mapping[str, Source]:
    """What the reliable change of the same people was worked out with."""
    cell = (effect["site"], effect["instrument"], effect["scale"], effect["contrast"])
    return results.change_details[cell].used


def _reliable_change(used: Mapping[str, Source], change: Row | None) -> list[str]:
    if change is None:
        return []
    if not is_known(change["rc_points"]):
        return [f"**Clearly better or worse.** {plain(wording.reason_text(change['reason']))}"]
    text = (
        "**Clearly better or worse.** A change counts only if it is larger than "
        f"{number(change['rc_points'])} points, which is more than measurement error alone would "
        "give in 95 of 100 people: 1.96 × √2 × spread × √(1 - reliability) (Jacobson and Truax, "
        f"1991). {_reliability_source(used['reliability'])} "
        f"{_sd_source(used['sd'])} If nobody had truly changed, about "
        f"{number(change['expected_by_chance'])} would still pass in each direction by chance."
    )
    return [text, _cutoff_source(used.get("cutoff"), change)]


def _reliability_source(source: Source) -> str:
    value = f"Reliability {number(source.values[0], 2)}"
    if source.origin == "rule file":
        return f"{value}, from the rule file."
    return f"{value} ({plain(source.text)}): {_published(source)}"


def _sd_source(source: Source) -> str:
    value = f"Spread {number(source.values[0])} points"
    if source.origin == "own":
        return f"{value}: that of this group's own scores at the start."
    if source.origin == "rule file":
        return f"{value}, from the rule file."
    return f"{value}: {_published(source)}"


def _published(source: Source) -> str:
    return f"{plain(source.citation)} - {evidence_text(source.evidence)}."


def _cutoff_source(source: Source | None, change: Row) -> str:
    if source is None:
        return "**Range of concern.** No published line is good enough to be used."
    if source.origin == "published":
        words = {"<=": "or below", "<": "and anything below it", ">=": "or above", ">": "upwards"}
        value = number(source.values[0], 1).removesuffix(".0")
        return (
            f"**Range of concern.** {value} {words[source.text.split()[0]]}: {_published(source)}"
        )
    origin = {
        "published": "as the rule file says",
        "a": "two standard deviations better than this group's average at the start",
        "b": "within two standard deviations of people in general",
        "c": "the point between this group at the start and people in general",
    }
    return (
        f"**Range of concern.** Divided at {number(change['cutoff'])}: "
        f"{origin.get(change['cutoff_type'], '')} (Jacobson and Truax, 1991)."
    )


def say_not_scored(results: Results, site: str) -> None:
    """Questionnaires that came in and have no score, and why."""
    scores = results.scores
    failed = scores[(scores["site"] == site) & (scores["status"] == "not_scored")]
    if failed.empty:
        return
    groups = failed.groupby(["instrument", "scale", "reason"], sort=False).size()
    lines = []
    for (instrument, scale, reason), n in groups.items():
        label = results.instruments[instrument].scale(scale).label
        questionnaires = wording.people(n, "questionnaire", "questionnaires")
        lines.append(f"- {plain(label)}: {questionnaires}. {plain(wording.reason_text(reason))}")
    with st.expander("Questionnaires without a score"):
        st.markdown("\n".join(lines))
