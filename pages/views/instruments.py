"""What each questionnaire measures, how it is scored, and where every number comes from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.report.wording import better_text, evidence_text, number
from instruments.definition import Instrument, Scale
from instruments.registry import all_instruments, readiness
from instruments.sdq import SDQ_ADDED_VALUE
from pages.shell.widgets import plain, show_table

NEEDS = {
    "key": "Its scoring key is not public and has to be supplied.",
    "table": "Its conversion table is not public and has to be supplied.",
    "verification": "It was put down from memory: no score until somebody has compared the form "
    "with what is written here and says so in the rule file.",
}
# What a questionnaire measures, by the subject under which people look for it.
SUBJECTS = {
    "Relationship between partners": ("relationship quality",),
    "Parents working together": ("coparenting", "conflict between parents"),
    "Being a parent": ("parental stress", "discipline"),
    "Mood, anxiety and distress": (
        "low mood", "anxiety", "anxiety and low mood", "psychological distress",
    ),
    "Wellbeing and quality of life": ("mental wellbeing", "health-related quality of life"),
    "Children": ("child's emotions and behaviour",),
}  # fmt: skip
OTHER = "Other"
TWO_QUESTIONNAIRES = (
    "Worked out from two questionnaires of the same parent, not from one; it has no columns of its "
    "own in a spreadsheet, is never compared before and after, and never stands at the top."
)


def short(value: float) -> str:
    """A number of a definition, without a decimal place that says nothing."""
    return number(value, 2).rstrip("0").rstrip(".")


def subject_of(instrument: Instrument) -> str:
    """The heading under which a questionnaire is listed."""
    return next((name for name, of in SUBJECTS.items() if instrument.construct in of), OTHER)


def scored(instrument: Instrument) -> str:
    """Whether answers are scored, in a word or two for the list."""
    needs = {scale.needs for scale in instrument.scales}
    if "verification" in needs:
        return "After checking the form"
    return "Given scores only" if needs == {"key"} else "Yes"


def key_evidence(instrument: Instrument) -> str:
    """How well the key of its first scale to be shown is established."""
    first = instrument.primary_scale or instrument.scales[0].id
    return evidence_text(instrument.scale(first).evidence)


def show_list() -> None:
    for subject in (*SUBJECTS, OTHER):
        members = [i for i in all_instruments() if subject_of(i) == subject]
        if not members:
            continue
        table = pd.DataFrame(
            [
                {
                    "Questionnaire": i.short_name,
                    "Questions": str(len(i.items)),
                    "Scored from answers": scored(i),
                    "Scoring key": key_evidence(i),
                }
                for i in members
            ]
        )
        with st.expander(f"{subject} ({len(members)})"):
            show_table(table, about=f"Questionnaires on: {subject}")


def show_instrument(instrument: Instrument) -> None:
    st.header(instrument.name)
    ready = readiness(instrument) if instrument.items else TWO_QUESTIONNAIRES
    lines = [
        f"**Scoring** {plain(ready)}",
        f"**Measures** {plain(instrument.construct)}. **For** {plain(instrument.population)}.",
        f"**Answered by** {plain(instrument.respondent)}. **Time it asks about**: "
        f"{plain(instrument.recall_period)}",
        f"**Source** {plain(instrument.citation)}",
        f"**Licence** {_licence(instrument)}",
        "\n".join(f"- {plain(note)}" for note in instrument.notes),
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
    rows = [
        ("Range of concern", c.text, _limited(c.purpose, c.only), c.citation, c.evidence)
        for c in scale.cutoffs
    ]
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
            _limited(n.population, n.only),
            n.citation,
            n.evidence,
        )
        for n in scale.norms
    ]
    table = pd.DataFrame(rows, columns=["Number", "Value", "For", "Source", "How sure"])
    table["How sure"] = table["How sure"].map(evidence_text)
    # On a telephone only the first columns are seen at once.
    return table[["Number", "Value", "How sure", "For", "Source"]].map(plain)


def _limited(purpose: str, only: str) -> str:
    """What a number is for, with the part of the population it is limited to."""
    return "; ".join(filter(None, [purpose, f"{only} only" if only else ""]))


show_list()
chosen = st.selectbox(
    "Show the details of (type to search)",
    (*all_instruments(), SDQ_ADDED_VALUE),
    format_func=lambda i: f"{i.short_name} - {i.construct}",
)
show_instrument(chosen)
