"""What each questionnaire measures, how it is scored, and where every number comes from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.report.wording import better_text, capital, evidence_text, number
from instruments.definition import Instrument, Scale
from instruments.registry import all_instruments
from pages.shell.widgets import plain, show_table

NEEDS = {
    "key": "Its scoring key is not public and has to be supplied.",
    "table": "Its conversion table is not public and has to be supplied.",
}


def short(value: float) -> str:
    """A number of a definition, without a decimal place that says nothing."""
    return number(value, 2).rstrip("0").rstrip(".")


def show_list() -> None:
    table = pd.DataFrame(
        [
            {
                "Questionnaire": i.short_name,
                "What it measures": capital(i.construct),
                "Who answers": capital(i.respondent),
                "Questions": str(len(i.items)),
            }
            for i in all_instruments()
        ]
    )
    show_table(table, about="The questionnaires of this program")


def show_instrument(instrument: Instrument) -> None:
    st.header(instrument.name)
    lines = [
        f"**Measures** {plain(instrument.construct)}. **For** {plain(instrument.population)}.",
        f"**Answered by** {plain(instrument.respondent)}, about: {plain(instrument.recall_period)}",
        f"**Source** {plain(instrument.citation)}",
        f"**Licence** {_licence(instrument)}",
        *(f"- {plain(note)}" for note in instrument.notes),
    ]
    st.markdown("\n\n".join(lines))
    for scale in instrument.scales:
        with st.expander(scale.label, expanded=scale.id == instrument.primary_scale):
            show_scale(scale)


def _licence(instrument: Instrument) -> str:
    licence = instrument.licence
    return plain(licence if isinstance(licence, str) else f"{licence.note} {licence.citation}")


def show_scale(scale: Scale) -> None:
    low, high = scale.score_range
    lines = [
        f"Scores run from {short(low)} to {short(high)}; {better_text(scale)}.",
        f"Scoring: {plain(scale.citation)} ({evidence_text(scale.evidence)}).",
        _missing_rule(scale),
    ]
    if scale.needs:
        lines.append(NEEDS[scale.needs])
    st.markdown("\n\n".join(lines))
    for band_set in scale.bands:
        named = "; ".join(f"{band.label} from {short(band.low)}" for band in band_set.bands)
        st.markdown(
            f"**Bands.** {plain(named)}. {plain(band_set.citation)} "
            f"({evidence_text(band_set.evidence)}). {plain(band_set.note)}"
        )
    sources = sources_of(scale)
    if len(sources):
        show_table(sources, about=f"Published numbers of {scale.label}, with their sources")


def _missing_rule(scale: Scale) -> str:
    rule = scale.missing
    if rule.method == "strict" or rule.max_missing == 0:
        text = "Every question has to be answered for a score."
    else:
        text = (
            f"Up to {rule.max_missing} may be missing; the average of the answers given stands in "
            "for them."
        )
    return f"{text} {plain(rule.citation)} ({evidence_text(rule.evidence)})."


def sources_of(scale: Scale) -> pd.DataFrame:
    """Cut-offs, reliability, reference groups and reliable change, each with its evidence."""
    rows = [("Range of concern", c.text, c.purpose, c.citation, c.evidence) for c in scale.cutoffs]
    rows += [
        ("Reliability", short(r.value), r.kind, r.citation, r.evidence) for r in scale.reliability
    ]
    rows += [
        ("Reliable change", short(s.value), s.note, s.citation, s.evidence)
        for s in scale.reliable_change
    ]
    if scale.manual_sd is not None:
        sd = scale.manual_sd
        rows.append(("Spread (SD)", short(sd.value), sd.note, sd.citation, sd.evidence))
    rows += [
        (
            "Reference group",
            f"average {short(n.mean)}, SD {short(n.sd)}",
            n.population,
            n.citation,
            n.evidence,
        )
        for n in scale.norms
    ]
    table = pd.DataFrame(rows, columns=["Number", "Value", "For", "Source", "How sure"])
    table["How sure"] = table["How sure"].map(evidence_text)
    return table.map(plain)


show_list()
chosen = st.selectbox(
    "Show the details of",
    all_instruments(),
    format_func=lambda i: f"{i.short_name} - {i.construct}",
)
show_instrument(chosen)
