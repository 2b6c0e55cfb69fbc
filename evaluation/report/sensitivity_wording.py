"""Sentences on whether those who were lost could change the conclusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    FEW_FOR_100,
    PERSON,
    Row,
    Unit,
    is_known,
    joined,
    number,
    people,
    points,
    wave_name,
)

METHOD_NAMES = {
    "completers": "Those who came back",
    "likelihood": "Everybody, by all their scores together",
    "ipw": "Those who came back, counted for others like them",
    "mi": "Those lost did like others with the same scores so far",
    "bocf": "Those lost did not change",
    "locf": "Those lost stayed at their last score (not recommended)",
    "delta": "Those lost did clearly worse than others like them",
    "worst": "Those lost had the worst possible score",
    "best": "Those lost had the best possible score",
    "lost_worsen_by_rc": "Those lost got clearly worse",
}
_LIKE_THEM = "people with the same scores so far who came back"
_NOT_ASKED = "not asked at this time, or whose dates are in the wrong order"
_HIDDEN = "SUPPRESSED"
_UNDONE = ("NO_DIRECTION", "NOT_YET_DUE", "N0", _HIDDEN)


def sensitivity_sentences(rows: Sequence[Row], *, unit: Unit = PERSON) -> list[str]:
    """What the rows of one site, measure and contrast say together; the conclusion comes first."""
    strip = {str(row["method"]): row for row in rows}
    if "mi" not in strip:
        return []
    kept = strip["completers"]
    # Without the share that was lost, nothing that allows for those lost is shown either.
    told = is_known(kept["n_completers"]) and is_known(kept["n_lost"])
    told = told and _HIDDEN not in str(strip["mi"]["reason"])
    reason = _why_undone(kept) or ("" if told else _HIDDEN)
    if reason:
        return [reason_text(reason)]
    sentences = [conclusion_sentence(strip), lost_sentence(kept, unit=unit)]
    if kept["n_lost"] == 0:
        return sentences
    return [*sentences, *comparison_sentences(strip)]


def _why_undone(row: Row) -> str:
    codes = str(row["reason"] or "").split(";")
    return next((code for code in codes if code in _UNDONE), "")


def conclusion_sentence(strip: Mapping[str, Row]) -> str:
    """Whether the conclusion survives, and how far those lost may differ from the others."""
    kept, drawn, worst, best = (strip[name] for name in ("completers", "mi", "worst", "best"))
    if kept["n_completers"] == 0:
        return "Nobody who was due came back, so there is no conclusion to test."
    if kept["n_lost"] == 0:
        return "Nobody was lost, so the conclusion does not depend on anybody who is missing."
    if not is_known(drawn["estimate"]):
        return (
            "Too few came back to say how those lost may have done. Depending on them, the average "
            f"could be anything between {change(worst['estimate'])} and "
            f"{change(best['estimate'])}."
        )
    if not is_known(drawn["low"]):
        return f"Whether the conclusion survives cannot be said. {_first_reason(drawn)}"
    if drawn["low"] <= 0 <= drawn["high"]:
        return _unclear(kept)
    better = drawn["estimate"] > 0
    at_the_extreme = worst["low"] if better else best["high"]
    if is_known(at_the_extreme) and (at_the_extreme > 0) == better:
        extreme = "worst" if better else "best"
        return (
            f"The conclusion survives whatever became of those lost: it would hold even if all of "
            f"them had the {extreme} possible score."
        )
    return _survives_unless(drawn, better=better)


def _survives_unless(drawn: Row, *, better: bool) -> str:
    way = "worse" if better else "better"
    opening = "The conclusion" if better else "The conclusion that people got worse"
    if number(abs(drawn["tipping_points"])) == "0.0":
        return (
            f"{opening} hangs on those lost: it fails if they did even slightly {way} than "
            f"{_LIKE_THEM}."
        )
    size = _reliable_changes(drawn["tipping_in_rc"])
    return (
        f"{opening} survives unless those lost did more than {points(drawn['tipping_points'])} "
        f"{way} than {_LIKE_THEM}{size}."
    )


def _reliable_changes(value: Any) -> str:
    if not is_known(value):
        return ""
    text = number(abs(value))
    if text == "0.0":
        return " (that is less than a tenth of a reliable change)"
    return f" (that is {text} reliable {'change' if text == '1.0' else 'changes'})"


def _unclear(kept: Row) -> str:
    clear = is_known(kept["low"]) and not kept["low"] <= 0 <= kept["high"]
    if clear:
        return (
            "The conclusion does not survive: the change is clear among those who came back, but "
            "not once those lost are allowed for."
        )
    return (
        "Whether people changed on average is not clear, with or without those lost, so there is "
        "no conclusion that they could overturn."
    )


def _first_reason(row: Row) -> str:
    return reason_text(str(row["reason"] or "").split(";")[0])


def lost_sentence(row: Row, *, unit: Unit = PERSON) -> str:
    """How many came back and how many were lost, and who is left out."""
    before, after = str(row["contrast"]).split("_", 1)
    n_lost, n_kept = row["n_lost"], row["n_completers"]
    if not (is_known(n_lost) and is_known(n_kept)):
        return ""
    n = n_lost + n_kept
    text = (
        f"Of {people(n, *unit)} with a score {wave_name(before)} who were due "
        f"{wave_name(after)}, {_lost(n_lost, n, unit)}."
    )
    left_out = []
    if _some(row["n_waiting"]):
        left_out.append(f"{people(row['n_waiting'], *unit)} whose time is still to come or running")
    if _some(row["n_not_asked"]):
        left_out.append(f"{people(row['n_not_asked'], *unit)} {_NOT_ASKED}")
    return f"{text} Left out: {joined(left_out)}." if left_out else text


def _lost(n_lost: int, n: int, unit: Unit) -> str:
    if n_lost == 0:
        return "nobody was lost"
    text = f"{people(n_lost, *unit)} {'was' if n_lost == 1 else 'were'} lost"
    return text if n < FEW_FOR_100 else f"{text} ({number(100 * n_lost / n, 0)} out of every 100)"


def _some(count: Any) -> bool:
    return is_known(count) and count > 0


def comparison_sentences(strip: Mapping[str, Row]) -> list[str]:
    """The averages side by side: those who came back, everybody, and the extremes."""
    kept, drawn = strip["completers"]["estimate"], strip["mi"]["estimate"]
    sentences = []
    if is_known(kept) and is_known(drawn):
        sentences.append(
            f"The average among those who came back is {change(kept)}; with those lost allowed "
            f"for it is {change(drawn)}."
        )
    by_rc = strip["lost_worsen_by_rc"]["estimate"]
    if is_known(by_rc):
        sentences.append(
            "If everybody lost had got worse by one reliable change, the average would be "
            f"{change(by_rc)}."
        )
    worst, best = strip["worst"]["estimate"], strip["best"]["estimate"]
    if is_known(drawn) and is_known(worst) and is_known(best):
        sentences.append(
            f"With the worst possible score for everybody lost it would be {change(worst)}, with "
            f"the best {change(best)}."
        )
    return sentences


def change(improvement: float) -> str:
    """An average change in words, such as ``an improvement of 2.0 points``."""
    size = points(improvement)
    if improvement == 0:
        return "no change at all"
    return f"{'an improvement' if improvement > 0 else 'a worsening'} of {size}"
