"""The sections on change: one for each questionnaire in use."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd

from evaluation.report import charts, held_back_wording, wording
from evaluation.report.charts import Chart
from evaluation.report.charts.released_classes import released_classes_chart
from evaluation.report.findings import SUPPRESSED, class_counts, clear_change_finding
from evaluation.report.measures import rows_of, unit_of
from evaluation.report.story.model import (
    Block,
    Bullets,
    Paragraph,
    Picture,
    Section,
    TableBlock,
)
from evaluation.report.story.released import Released
from evaluation.report.wording import Row, interval, is_known, number, signed
from instruments.definition import Instrument, Scale

NOT_A_HEADLINE = (
    "How this scale is scored has not been verified, or neither direction of it is better. Read "
    "it with caution."
)
BEFORE_AFTER = (
    "Circle: average at the start. Diamond: average later. The bar shows how sure we can be of "
    "the change. Each line has its own people: those who answered both times."
)
CLASSES = "Numbers are rounded, and intervals are worked out from the rounded numbers."
IN_ORDER = (
    "Sites are in alphabetical order. They worked with different families in different ways, so "
    "a higher number does not mean a better site. Where intervals overlap widely, sites cannot be "
    "told apart."
)
NOBODY_TWICE = "Nobody has answered a questionnaire twice yet, so nothing can be said about change."
HIDDEN = "hidden"


def change_section(released: Released) -> Section:
    """What changed, questionnaire by questionnaire."""
    measures = released.measures
    if not measures:
        return Section("What changed", (Paragraph(NOBODY_TWICE),))
    parts = tuple(_measure_section(released, one) for one in measures)
    return Section("What changed", (), parts)


def _measure_section(released: Released, measure: str) -> Section:
    """One questionnaire; of answers that are in doubt no more than how many there are."""
    instrument, scale = released.scale(measure)
    main = released.main_row(measure)
    blocks: list[Block] = [Paragraph(what_it_measures(instrument, scale))]
    if not scale.may_be_headline:
        blocks.append(Paragraph(NOT_A_HEADLINE, "warning"))
    doubt = released.doubt(measure)
    if doubt:
        return Section(scale.label, (*blocks, *_waiting(doubt, main, instrument)))
    if released.held.was_looked_at(measure):
        blocks.append(Paragraph(held_back_wording.LOOKED_AT, "note"))
    sites = released.held.sites_of(measure)
    if sites:
        warning = held_back_wording.programme_warning({scale.label: sites})
        blocks.append(Paragraph(warning, "warning"))
    if main is not None:
        blocks.append(Bullets(_sentences(released, main, instrument, scale)))
        if main["reason"] != SUPPRESSED:
            blocks += _pictures(released, measure, main)
            blocks += _tables(released, measure, main)
    if released.whole:
        blocks += _site_by_site(released, measure, main)
    return Section(scale.label, tuple(blocks))


def _waiting(doubt: str, main: Row | None, instrument: Instrument) -> list[Block]:
    """Why nothing is said of the change, what to do, and how many it is about."""
    blocks: list[Block] = [Paragraph(f"{doubt} {held_back_wording.WAITS}", "warning")]
    if main is not None:
        when = wording.contrast_name(str(main["contrast"]))
        n = held_back_wording.both_scores_sentence(main["n"], unit_of(instrument))
        blocks.append(Bullets((f"{when}: {n[:1].lower()}{n[1:]}",)))
    return blocks


def what_it_measures(instrument: Instrument, scale: Scale) -> str:
    """What the questionnaire is about, who answers it, and how its score runs."""
    low, high = (number(end, 0) for end in scale.score_range)
    name = instrument.name
    if instrument.short_name and instrument.short_name not in name:
        name = f"{name}, {instrument.short_name}"
    told = (
        ("Questionnaire", name),
        ("What it measures", instrument.construct),
        ("Who answers", instrument.respondent),
        ("About when", instrument.recall_period),
        ("Score", f"from {low} to {high}; {wording.better_text(scale)}"),
    )
    return " ".join(f"{label}: {text}." for label, text in told if text)


def _sentences(
    released: Released, main: Row, instrument: Instrument, scale: Scale
) -> tuple[str, ...]:
    unit = unit_of(instrument)
    sentences = wording.effect_sentences(main, scale, unit=unit)
    change = released.change_row(main)
    if change is not None and main["reason"] != SUPPRESSED:
        level = released.results.settings.level
        sentences += [
            clear_change_finding(change, level=level, unit=unit) or _why_not_known(change),
            doubts_of(change),
            wording.recovery_sentence(change, unit),
        ]
    return tuple(sentence for sentence in sentences if sentence)


def _why_not_known(change: Row) -> str:
    if not is_known(change["n"]):
        return (
            "How many clearly got better or worse is hidden, since it would tell how few are not "
            "among them."
        )
    why = wording.reason_text(change["reason"])
    return f"How many clearly got better or worse is not known. {why}".rstrip()


def doubts_of(change: Row) -> str:
    """What of the rule for clear change is not verified, where there is one."""
    if class_counts(change) is None:
        return ""
    codes = [code for code in str(change["reason"]).split(";") if code.endswith("_UNVERIFIED")]
    return wording.reason_text(";".join(codes))


# --- pictures ---------------------------------------------------------------------------------


def picture(released: Released, chart: Chart, title: str, caption: str) -> Picture:
    """A chart with a caption that says where the data are made up."""
    made_up = f" {wording.SYNTHETIC}" if released.results.synthetic else ""
    return Picture(chart, title, f"{caption}{made_up}".strip())


def _pictures(released: Released, measure: str, main: Row) -> list[Block]:
    instrument, scale = released.scale(measure)
    effects = rows_of(released.effects, measure)
    drawn = effects[
        effects["contrast"].str.startswith("baseline_")
        & effects["mean_after"].notna()
        & ~effects["display_tier"].isin(["counts", "mean_only"])
    ]
    found: list[Block] = []
    if len(drawn):
        chart = charts.before_after_chart(drawn, scale)
        title = f"{scale.label}: before and after"
        found.append(picture(released, chart, title, BEFORE_AFTER))
    change = released.change_row(main)
    if change is not None and class_counts(change) is not None:
        level, unit = released.results.settings.level, unit_of(instrument)
        finding = clear_change_finding(change, level=level, unit=unit)
        chart = released_classes_chart(change, finding, unit=unit, level=level)
        title = f"{scale.label}: who clearly changed"
        n = wording.people(change["n"], *unit)
        found.append(picture(released, chart, title, f"{wording.capital(n)}. {CLASSES}"))
    return found


# --- tables -----------------------------------------------------------------------------------


def _tables(released: Released, measure: str, main: Row) -> list[Block]:
    """The measure at each time, and the other scores of its questionnaire at the main time."""
    instrument, scale = released.scale(measure)
    own = rows_of(released.effects, measure)
    blocks: list[Block] = [
        _effects_table(released, own, f"{scale.label}, from when to when", _when)
    ]
    others = released.effects[
        (released.effects["instrument"] == instrument.id)
        & (released.effects["scale"] != scale.id)
        & (released.effects["contrast"] == main["contrast"])
    ]
    if len(others):
        when = wording.contrast_name(main["contrast"])
        caption = f"The other scores of {instrument.short_name}, {when[:1].lower()}{when[1:]}"

        def label(row: Row) -> str:
            return instrument.scale(row["scale"]).label

        blocks.append(_effects_table(released, others, caption, label, first="Score"))
    return blocks


def _when(row: Row) -> str:
    return wording.contrast_name(row["contrast"])


def _effects_table(
    released: Released,
    effects: pd.DataFrame,
    caption: str,
    name: Callable[[Row], str],
    *,
    first: str = "From when to when",
    waiting: Collection[str] = (),
) -> TableBlock:
    level = wording.percent(released.results.settings.level)
    header = (first, "Number", "Before", "After", "Change (+ is better)", f"{level} interval",
              "Size")  # fmt: skip
    rows = tuple(
        (name(row), *_cells(row, held=row["site"] in waiting)) for row in effects.to_dict("records")
    )
    return TableBlock(caption, header, rows)


def _cells(row: Row, *, held: bool = False) -> tuple[str, ...]:
    n = wording.number_in(row)
    if held:
        return (n, *[held_back_wording.HELD_BACK] * 5)
    if row["reason"] == SUPPRESSED:
        return (n, *[HIDDEN] * 5)
    size = "–"
    if is_known(row["g_pre"]):
        size = f"{wording.size_word(row['g_pre'])} ({signed(row['g_pre'], 2)})"
    return (
        n,
        number(row["mean_before"]),
        number(row["mean_after"]),
        signed(row["improvement"]),
        interval(row["improvement_low"], row["improvement_high"]),
        size,
    )


# --- site by site -----------------------------------------------------------------------------


def _site_by_site(released: Released, measure: str, main: Row | None) -> list[Block]:
    rows = rows_of(released.beside, measure)
    if main is not None:
        rows = rows[rows["contrast"] == main["contrast"]]
    rows = rows.sort_values("site", key=lambda names: names.str.casefold())
    _, scale = released.scale(measure)
    if rows["site"].nunique() < 2 or scale.better == "neither":
        return []
    blocks: list[Block] = []
    waiting = released.held.sites_of(measure)
    told = rows[~rows["site"].isin(waiting)]
    shown = told[told["improvement"].notna()]
    if len(shown):
        low = shown["improvement_low"].astype(float)
        sentences = [wording.sites_sentence(scale, n_better=int((low > 0).sum()),
                                            n_shown=len(shown))]  # fmt: skip
        sentences += _average_sentences(released, rows.iloc[0].to_dict())
        blocks.append(Bullets(tuple(sentences)))
        title = f"{scale.label}, site by site"
        caption = " ".join(
            part for part in (IN_ORDER, held_back_wording.left_out_sentence(waiting)) if part
        )
        blocks.append(picture(released, charts.forest_chart(told, scale), title, caption))
    when = wording.contrast_name(rows["contrast"].iloc[0])
    caption = f"{scale.label}, site by site, {when[:1].lower()}{when[1:]}"
    table = _effects_table(
        released, rows, caption, lambda row: row["site"], first="Site", waiting=waiting
    )
    return [*blocks, table]


def _average_sentences(released: Released, cell: Row) -> list[str]:
    """The average over sites and where a further site might lie."""
    row = released.average(cell)
    if row is None or not is_known(row["estimate"]) or not is_known(row["low_hk"]):
        return []
    level = wording.percent(released.results.settings.level)
    k = wording.people(row["k"], "site", "sites")
    text = (
        f"Averaged over {k}, each counted by how exact its number is, the change is "
        f"{signed(row['estimate'])} points ({level} interval "
        f"{interval(row['low_hk'], row['high_hk'])}; plus is better)."
    )
    if is_known(row["prediction_low"]):
        ends = interval(row["prediction_low"], row["prediction_high"])
        text += f" The true average of a further site like these may lie anywhere from {ends}."
    waiting = released.held.sites_of(f"{cell['instrument']}.{cell['scale']}")
    text = f"{text} {held_back_wording.included_sentence(waiting)}".rstrip()
    few = [wording.reason_text("FEW_SITES")] if "FEW_SITES" in str(row["reason"]) else []
    return [" ".join([text, *few])]
