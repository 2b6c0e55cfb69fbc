"""Result tables as people read them: chosen columns, plain headings, rounded text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from evaluation.quality import AnswerQuality
from evaluation.report import quality_wording, wording
from evaluation.report.wording import (
    count,
    interval,
    is_known,
    number,
    number_in,
    percent,
    signed,
)
from instruments.definition import Instrument

Row = dict[str, Any]
TOO_FEW = "too few"


def changes(effects: pd.DataFrame, instruments: dict[str, Instrument]) -> pd.DataFrame:
    """Every measure and pair of times in plain words; improvement is positive when better."""
    somebody = effects[effects["n"].ne(0)]  # how many they are may be hidden
    return _table(somebody, lambda row: _change(row, instruments))


def _change(row: Row, instruments: dict[str, Instrument]) -> Row:
    scale = instruments[row["instrument"]].scale(row["scale"])
    counts_only = row["display_tier"] == "counts"
    few = row["display_tier"] in ("counts", "mean_only")
    size = ""
    if not few and is_known(row["g_pre"]):
        size = f"{wording.size_word(row['g_pre'])} ({signed(row['g_pre'], 2)})"
    return {
        "Measure": scale.label,
        "Number": number_in(row),
        "Change (+ is better)": TOO_FEW if counts_only else signed(row["improvement"]),
        "Fairly sure between": TOO_FEW
        if few
        else interval(row["improvement_low"], row["improvement_high"]),
        "Before": TOO_FEW if counts_only else number(row["mean_before"]),
        "After": TOO_FEW if counts_only else number(row["mean_after"]),
        "Size": size,
    }


def spread(effects: pd.DataFrame, instruments: dict[str, Instrument]) -> pd.DataFrame:
    """Who is behind each change, and how scores lay before and after."""
    return _table(_carrying(effects), lambda row: _spread(row, instruments))


def _spread(row: Row, instruments: dict[str, Instrument]) -> Row:
    return {
        "Measure": instruments[row["instrument"]].scale(row["scale"]).label,
        "n": count(row["n"]),
        "Couples": count(row["n_couples"]),
        "n effective": number(row["n_effective"]),
        "Left out": count(row["n_excluded"]),
        "SD before": number(row["sd_before"]),
        "SD after": number(row["sd_after"]),
        "r": number(row["r"], 2),
        "Share improved": percent(row["share_improved"]),
    }


def effect_sizes(effects: pd.DataFrame, instruments: dict[str, Instrument]) -> pd.DataFrame:
    """The same changes in standard deviations, with tests."""
    return _table(_carrying(effects), lambda row: _effect_sizes(row, instruments))


def _effect_sizes(row: Row, instruments: dict[str, Instrument]) -> Row:
    return {
        "Measure": instruments[row["instrument"]].scale(row["scale"]).label,
        "Hedges' g (SD before)": signed(row["g_pre"], 2),
        "95% interval of g": interval(row["g_pre_low"], row["g_pre_high"], 2),
        "d (SD of change)": signed(row["d_z"], 2),
        "95% interval of d": interval(row["d_z_low"], row["d_z_high"], 2),
        "p (by couple)": p_value(row["p_cluster"]),
        "p (Wilcoxon)": p_value(row["p_wilcoxon"]),
    }


def _carrying(effects: pd.DataFrame) -> pd.DataFrame:
    """The changes with enough people for an interval."""
    return effects[~effects["display_tier"].isin(["counts", "mean_only"])]


def p_value(p: Any) -> str:
    """A p-value to three places, never ``0.000``."""
    return "–" if not is_known(p) else "below 0.001" if p < 0.001 else number(p, 3)


def individual_change(change: pd.DataFrame, instruments: dict[str, Instrument]) -> pd.DataFrame:
    """How many clearly got better or worse, each measure and pair of times."""
    rows = change[(change["in_use"] == "yes") & (change["n"] > 0)]
    return _table(rows, lambda row: _individual(row, instruments))


def _individual(row: Row, instruments: dict[str, Instrument]) -> Row:
    counts = wording.change_counts(row) or dict.fromkeys(("better", "unchanged", "worse"))
    return {
        "Measure": instruments[row["instrument"]].scale(row["scale"]).label,
        "Number": count(row["n"]),
        "Clearly better": count(counts["better"]),
        "No clear change": count(counts["unchanged"]),
        "Clearly worse": count(counts["worse"]),
        "Points needed": f"more than {number(row['rc_points'])}"
        if is_known(row["rc_points"])
        else "–",
        "Note": wording.reason_text(row["reason"]),
    }


def talking_therapies(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together, each pair of times."""
    return _table(outcomes[outcomes["n"] > 0], _talking_therapies)


def _talking_therapies(row: Row) -> Row:
    return {
        "From when to when": wording.contrast_name(row["contrast"]),
        "Number": count(row["n"]),
        "Threshold reached at start": count(row["cases_at_start"]),
        "Recovered": count(row["recovered"]),
        "Reliable recovery": count(row["reliable_recovery"]),
        "Reliable improvement": count(row["reliable_improvement"]),
        "Clearly worse": count(row["deteriorated"]),
    }


def follow_up(cascade: pd.DataFrame) -> pd.DataFrame:
    """Each step of the way with what became of everybody, in plain words."""
    return _table(cascade, _follow_up)


def _follow_up(row: Row) -> Row:
    hidden = wording.is_hidden(row)

    def shown(name: str) -> str:
        return count(row[name]) if is_known(row[name]) else "hidden" if hidden else "not known"

    # Where there is a rate, the reason is about the cumulative one, which is not shown here.
    explained = is_known(row["rate"]) or row["reason"] == "FIRST_STEP"
    rate = "–"
    if is_known(row["rate"]):
        rate = percent(row["rate"])
        if is_known(row["low"]):
            rate += f" ({percent(row['low'])} to {percent(row['high'])})"
    return {
        "Step": wording.step_name(row["step"]),
        "Yes": shown("done"),
        "No": shown("missed"),
        "Can still answer": shown("window_open"),
        "Not due yet": shown("not_yet_due"),
        "Not asked": shown("not_eligible"),
        "Share": rate,
        "Note": "" if explained else wording.reason_text(row["reason"]),
    }


def consistency(quality: AnswerQuality) -> pd.DataFrame:
    """Alpha and omega of every score beside the published figure."""
    return _table(quality.reliability, lambda row: _consistency(row, quality.instrument))


def _consistency(row: Row, instrument: Instrument) -> Row:
    known = is_known(row["alpha"]) and row["n"] >= quality_wording.LEAST_FOR_CONSISTENCY
    omega = known and is_known(row["omega"])
    code = row["alpha_reason"] or row["omega_reason"]
    return {
        "Score": instrument.scale(row["scale"]).label,
        "Number": count(row["n"]),
        "Alpha": number(row["alpha"], 2) if known else "–",
        "95% interval": f"{number(row['alpha_low'], 2)} to {number(row['alpha_high'], 2)}"
        if known and is_known(row["alpha_low"])
        else "–",
        "Omega": number(row["omega"], 2) if omega else "–",
        "Published": quality_wording.published_text(row),
        "Source": row["published_citation"],
        "Note": quality_wording.one_time_reason(code),
    }


def skipped_questions(items: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """The questions left out most often, with the share of people who did."""
    absent = quality_wording.not_on_the_form(items)
    shown = items[~items["item"].isin(absent) & (items["n_missing"] > 0)]
    return _table(shown.sort_values(["rank", "item"]).head(most), _skipped_question)


def _skipped_question(row: Row) -> Row:
    return {
        "Question": str(row["item"]),
        "Left out by": count(row["n_missing"]),
        "Of": count(row["n_asked"]),
        "Share (95% interval)": quality_wording.share_text(row),
    }


def filling_gaps(quality: AnswerQuality) -> pd.DataFrame:
    """How many questionnaires each score can be worked out for, and what filling gaps changes."""
    return _table(quality.scales, lambda row: _filling_gaps(row, quality.instrument))


def _filling_gaps(row: Row, instrument: Instrument) -> Row:
    def shown(name: str) -> str:
        return count(row[name]) if is_known(row[name]) else "few"

    return {
        "Score": instrument.scale(row["scale"]).label,
        "Number": shown("n"),
        "Every answer": shown("n_complete"),
        "By published rule": shown("n_published_rule"),
        "Only by our rule": shown("n_own_rule"),
        "No score": shown("n_not_scored"),
        "Average, every answer": number(row["mean_strict"]),
        "Average, gaps filled": number(row["mean_prorated"]),
        "Note": quality_wording.one_time_reason(row["reason"]),
    }


def across_sites(effects: pd.DataFrame) -> pd.DataFrame:
    """One measure, site by site, with small groups hidden."""
    return _table(effects, _across_sites)


def _across_sites(row: Row) -> Row:
    hidden = row["reason"] == "SUPPRESSED"
    return {
        "Site": row["site"],
        "Number": number_in(row),
        "Change (+ is better)": "hidden" if hidden else signed(row["improvement"]),
        "Fairly sure between": "hidden"
        if hidden
        else interval(row["improvement_low"], row["improvement_high"]),
        "Before": "hidden" if hidden else number(row["mean_before"]),
        "After": "hidden" if hidden else number(row["mean_after"]),
    }


def _table(rows: pd.DataFrame, make: Callable[[Row], Row]) -> pd.DataFrame:
    """One line for each row; columns in which nothing stands are left out."""
    table = pd.DataFrame([make(row) for row in rows.to_dict("records")])
    return table if table.empty else table.loc[:, (table != "").any()]
