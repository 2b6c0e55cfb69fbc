"""The sections on people: who was heard from, who was lost, and how support was used."""

from __future__ import annotations

import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.evidence import THRESHOLDS
from evaluation.report import (
    charts,
    evidence_wording,
    held_back_wording,
    lost_wording,
    service_wording,
    wording,
)
from evaluation.report.findings import SUPPRESSED, in_100, last_step
from evaluation.report.lost_wording import characteristic_label
from evaluation.report.measures import rows_of, unit_of
from evaluation.report.sensitivity_wording import METHOD_NAMES, sensitivity_sentences
from evaluation.report.story.measures import picture
from evaluation.report.story.model import Block, Bullets, Paragraph, Section, TableBlock
from evaluation.report.story.released import Released
from evaluation.report.wording import Row, capital, count, due_count, is_known, number, percent

HOW_COUNTED = (
    "Take-up is a share of all who were referred, the start a share of those who took up support, "
    "and later ones a share of those whose time has passed: who is not due yet is not lost. "
    "Intervals are worked out from the rounded numbers."
)
BY_NAME = (
    "Sites are in alphabetical order. Where few people are behind a share, it is hidden; a dash "
    "means that it is not known, or that nobody is due yet."
)
HIDDEN_STEPS = "How many were heard from later is hidden because they are few, to protect them."
HIDDEN_QUESTIONS = " Questions whose answer rests on few people are left out."
CARD_TITLE = "How much this result can carry"
MOST_DIFFERENCES = 8
FIRST_STEPS = ("referred", "took_up", "baseline")


def heard_from_section(released: Released) -> Section:
    """Who answered at each step of the way."""
    cascade = released.cascade
    if cascade.empty:
        return Section("Who we heard from", (Paragraph("Nobody is known here yet."),))
    rows = cascade.to_dict("records")
    if not cascade["rate"].notna().any() and (cascade["reason"] == SUPPRESSED).any():
        known = [wording.follow_up_sentence(row) for row in rows[:1] if is_known(row["done"])]
        return Section("Who we heard from", (Bullets((*known, HIDDEN_STEPS)),))
    blocks: list[Block] = [Bullets(tuple(wording.follow_up_sentence(row) for row in rows))]
    if cascade["rate"].notna().any():
        chart = charts.attrition_chart(_with_intervals(cascade, released.results.settings.level))
        caption = "Of those whose questionnaire has come due, the share heard from at each step."
        blocks.append(picture(released, chart, "Who we heard from", caption))
    blocks.append(_cascade_table(released, cascade))
    blocks.append(Paragraph(HOW_COUNTED, "note"))
    if released.whole:
        blocks += _shares_by_site(released)
    return Section("Who we heard from", tuple(blocks))


def _with_intervals(cascade: pd.DataFrame, level: float) -> pd.DataFrame:
    """The steps with intervals of their rounded counts; released rates come without one."""
    known = cascade["rate"].notna()
    rows = cascade[known].to_dict("records")
    due = [due_count(row) for row in rows]
    done = [min(row["done"], whole) for row, whole in zip(rows, due, strict=True)]
    low, high = wilson_interval(done, due, level=level)
    table = cascade.assign(low=cascade["low"].astype(float), high=cascade["high"].astype(float))
    table.loc[known, "low"], table.loc[known, "high"] = low, high
    return table


def _cascade_table(released: Released, cascade: pd.DataFrame) -> TableBlock:
    level = released.results.settings.level
    header = ("Step", "Yes", "No", "Can still answer", "Not due yet",
              f"Out of 100 ({wording.percent(level)} interval)")  # fmt: skip
    rows = []
    for row in cascade.to_dict("records"):
        cells = [_shown(row, name) for name in ("done", "missed", "window_open", "not_yet_due")]
        rows.append((wording.step_name(row["step"]), *cells, _rate(row, level)))
    return TableBlock("What became of everybody at each step", header, tuple(rows))


def _shown(row: Row, name: str) -> str:
    if is_known(row[name]):
        return count(row[name])
    return "hidden" if wording.is_hidden(row) else "not known"


def _rate(row: Row, level: float) -> str:
    if not is_known(row["rate"]):
        return "hidden" if row["reason"] == SUPPRESSED else "–"
    due = due_count(row)
    return in_100(min(row["done"], due), due, level) if due else "–"


def _shares_by_site(released: Released) -> list[Block]:
    rows = released.attrition_beside
    rows = rows[(rows["unit"] == "person") & (rows["step"] != "referred")]
    steps = list(dict.fromkeys(rows["step"]))
    sites = sorted(dict.fromkeys(rows["site"]), key=str.casefold)
    if len(sites) < 2 or not steps:
        return []
    cells = {(row["site"], row["step"]): _share(row) for row in rows.to_dict("records")}
    header = ("Site", *(wording.step_name(step) for step in steps))
    body = tuple((site, *(cells.get((site, step), "–") for step in steps)) for site in sites)
    caption = "Share heard from at each step, and how many it is of, site by site"
    return [TableBlock(caption, header, body), Paragraph(BY_NAME, "note")]


def _share(row: Row) -> str:
    if is_known(row["rate"]):
        return f"{percent(row['rate'])} of {count(due_count(row))}"
    return "hidden" if row["reason"] == SUPPRESSED else "–"


# --- those lost -------------------------------------------------------------------------------


def lost_sentence_of(released: Released, step: str) -> str:
    """How those lost at a step differed; empty where there is no such step."""
    if not step:
        return ""
    rows = released.lost[released.lost["step"] == step]
    return lost_wording.lost_sentence(rows, released.results.instruments, step=step)


def lost_section(released: Released) -> Section:
    """How those we did not hear from differed from the others."""
    steps = [step for step in released.cascade["step"] if step not in FIRST_STEPS]
    if not steps:
        nobody = Paragraph("No questionnaire has come due after the start yet.")
        return Section("Those we did not hear from", (nobody,))
    if (released.lost["reason"] == SUPPRESSED).all() and len(released.lost):
        hidden = Paragraph(f"How they differed is not shown. {wording.reason_text(SUPPRESSED)}")
        return Section("Those we did not hear from", (hidden,))
    sentences = tuple(_with_step(lost_sentence_of(released, step), step) for step in steps)
    blocks: list[Block] = [Bullets(sentences)]
    table = _differences(released, last_step(released.cascade))
    if table is not None:
        blocks.append(table)
    blocks.append(Paragraph(f"{lost_wording.FOOTNOTE}", "note"))
    return Section("Those we did not hear from", tuple(blocks))


def _with_step(sentence: str, step: str) -> str:
    """Which time it is about, where the sentence does not say so itself."""
    when = wording.wave_name(step)
    return sentence if when.casefold() in sentence.casefold() else f"{capital(when)}: {sentence}"


def _differences(released: Released, step: str) -> TableBlock | None:
    """The largest differences at one step, with how many people are behind them."""
    rows = released.lost[(released.lost["step"] == step) & released.lost["smd"].notna()]
    if rows.empty:
        return None
    order = rows["smd"].astype(float).abs().sort_values(ascending=False, kind="stable").index
    body = [_difference(row, released) for row in rows.loc[order[:MOST_DIFFERENCES]].to_dict(
        "records")]  # fmt: skip
    header = ("What is known of them", "Heard from", "Not heard from",
              "Difference (standard deviations)")  # fmt: skip
    caption = f"Those heard from and those not heard from {wording.wave_name(step)}: the largest "
    return TableBlock(f"{caption}differences", header, tuple(body))


def _difference(row: Row, released: Released) -> tuple[str, ...]:
    name = characteristic_label(str(row["characteristic"]), released.results.instruments)
    kept, lost = (
        f"{_value(row, side)} (n = {count(row[f'n_{side}'])})" for side in ("kept", "lost")
    )
    return name, kept, lost, number(row["smd"], 2)


def _value(row: Row, side: str) -> str:
    return percent(row[side]) if row["kind"] == "share" else number(row[side])


# --- could they change the conclusion ---------------------------------------------------------


def conclusion_section(released: Released, measures: list[tuple[str, list[Row]]]) -> Section:
    """Whether those lost could change what is said above, for each measure that was looked at."""
    blocks: list[Block] = []
    for measure, rows in measures:
        instrument, scale = released.scale(measure)
        sentences = sensitivity_sentences(rows, unit=unit_of(instrument))
        if sentences:
            when = wording.contrast_name(str(rows[0]["contrast"]))
            opening = f"{scale.label}, {when[:1].lower()}{when[1:]}: "
            first = sentences[0]
            blocks.append(Bullets((opening + first, *sentences[1:])))
    if measures:
        blocks += _methods(released, *measures[0])
    waiting = [released.scale(m)[1].label for m in released.measures if released.doubt(m)]
    if not blocks:
        blocks = [Paragraph("This cannot be said from numbers that may be shown.")]
    if waiting:
        blocks.append(Paragraph(held_back_wording.measures_wait_sentence(waiting), "note"))
    return Section("Could those we lost change the conclusion?", tuple(blocks))


def _methods(released: Released, measure: str, rows: list[Row]) -> list[Block]:
    """Every way to allow for those lost as a chart, of the first measure."""
    known = [row for row in rows if is_known(row["estimate"])]
    _, scale = released.scale(measure)
    if not known or scale.better == "neither" or not (known[0]["n_lost"] or 0):
        return []
    table = pd.DataFrame(
        {
            "method": [METHOD_NAMES[str(row["method"])] for row in known],
            **{name: [row[name] for row in known] for name in ("estimate", "low", "high")},
        }
    )
    chart = charts.sensitivity_chart(table, scale)
    caption = (
        f"The average change of {wording.people(known[0]['n'])} when those lost are allowed for "
        "in ten ways. Each rests on something that nobody can know; they show how much depends on "
        "it."
    )
    title = f"{scale.label}: the average, allowing for those lost"
    return [picture(released, chart, title, caption)]


# --- what it can carry, and the use of support ------------------------------------------------


def evidence_section(released: Released, measure: str | None) -> Section | None:
    """The evidence card of the headline measure."""
    main = None if measure is None else released.main_row(measure)
    if measure is None or main is None:
        return None
    if released.doubt(measure):
        return Section(CARD_TITLE, (Paragraph(held_back_wording.CARD_WAITS, "warning"),))
    rows = rows_of(released.evidence, measure)
    rows = rows[rows["contrast"] == main["contrast"]]
    if rows.empty:
        return None
    hidden = rows["reason"] == SUPPRESSED
    rows = rows[~hidden]
    body = [
        (
            evidence_wording.ASPECT_QUESTIONS[row["aspect"]],
            capital(row["finding"]),
            row["sentence"],
        )
        for row in rows.to_dict("records")
    ]
    _, scale = released.scale(measure)
    when = wording.contrast_name(str(main["contrast"]))
    caption = f"{scale.label}, {when[:1].lower()}{when[1:]}: what the result can carry"
    table = TableBlock(caption, ("Question", "In short", "In plain words"), tuple(body))
    note = f"{evidence_wording.CARD_NOTE}{HIDDEN_QUESTIONS if hidden.any() else ''}"
    return Section(CARD_TITLE, (table, Paragraph(note, "note")))


def yardsticks(released: Released) -> tuple[str, ...]:
    """The sources of the yardsticks of the evidence card."""
    used = [aspect for aspect in dict.fromkeys(released.evidence["aspect"]) if aspect in THRESHOLDS]
    notes = (evidence_wording.threshold_note(THRESHOLDS[aspect]) for aspect in used)
    return tuple(dict.fromkeys(notes))


def service_section(released: Released) -> Section | None:
    """How support was used, where a sheet on it came in."""
    figures = released.service
    if not figures:
        return None
    groups = (
        ("Take-up and sessions", service_wording.service_sentences(figures)),
        ("How support ended", service_wording.ending_sentences(figures)),
        ("What people thought", service_wording.opinion_sentences(figures)),
    )
    parts = tuple(Section(title, (Bullets(tuple(said)),)) for title, said in groups if said)
    note = Paragraph(service_wording.HOW_COUNTED, "note")
    return Section("How support was used", (note,), parts) if parts else None
