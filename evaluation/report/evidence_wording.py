"""Sentences of the evidence card: what a result can carry, without ever giving it a mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from evaluation.evidence import (
    AT_MOST_LEVEL_2,
    ENOUGH_PEOPLE,
    LEAST_COMPARED,
    NOBODY_LOST,
    NOT_SHOWN,
    SUPPRESSED,
    Threshold,
)
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    PERSON,
    Row,
    Unit,
    capital,
    count,
    evidence_text,
    interval,
    is_known,
    number,
    people,
    percent,
    wave_name,
)
from instruments.definition import Instrument

REPORT: Unit = ("report about a child", "reports about children")
COUPLE: Unit = ("couple or single person", "couples or single people")
FEW_FOR_AN_AVERAGE = ENOUGH_PEOPLE.values[1]
ASPECT_QUESTIONS = {
    "n": "How many people?",
    "n_effective": "How many does that amount to?",
    "retention": "Did people come back?",
    "answered": "Did they fill this questionnaire in again?",
    "selection_bias": "What could those who did not come back change?",
    "representativeness": "Did those we lost start out differently?",
    "precision": "How exact is the average?",
    "instrument": "How well established is the questionnaire?",
    "comparison": "Was there a comparison group?",
    "level": "What is the most this design can show?",
}
CARD_NOTE = (
    "This card gives no marks. Where it says 'for orientation', the yardstick was made for other "
    "kinds of study, or has not been verified here."
)
# These codes are about the card alone.
_REASONS = {
    "NOT_YET_DUE": "Nobody's questionnaire has come due yet, so nothing can be said.",
    "WAVE_UNDATED": "There is no day by which these questionnaires are due, so nobody is late.",
    "NONE_OBSERVED": "Nobody who was due has filled it in again, so there is no change to judge.",
    "NOT_COMPARED": "Those we lost and those we kept have not been compared for this time.",
}


def evidence_sentence(row: Row, *, unit: Unit = PERSON) -> str:
    """What one row of evidence.csv says, in plain words; from its own numbers alone."""
    if row["reason"] == SUPPRESSED:
        return reason_text(SUPPRESSED)
    return _SENTENCES[row["aspect"]](row, unit)


def add_sentences(table: pd.DataFrame, instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    """The table with its ``sentence`` column written; before and after release alike."""
    units = {name: REPORT if known.about_child else PERSON for name, known in instruments.items()}
    sentences = [
        evidence_sentence(row, unit=units.get(row["instrument"], PERSON))
        for row in _plain_numbers(table).to_dict("records")
    ]
    return table.assign(sentence=pd.Series(sentences, index=table.index, dtype=object))


def evidence_yardstick(row: Row) -> str:
    """The yardstick of a row with how well it is established; empty where there is none."""
    if not row["threshold"]:
        return ""
    return f"{capital(str(row['threshold']))} ({_verified_text(row)})."


def _verified_text(row: Row) -> str:
    if row["aspect"] == "instrument":
        return str(row["finding"])
    return {"yes": "read in its source", "no": "not verified", "own rule": "our own rule"}[
        str(row["verified"])
    ]


def threshold_note(threshold: Threshold) -> str:
    """Source and standing of a yardstick, for the small print."""
    standing = (
        "our own rule" if threshold.evidence == "own rule" else evidence_text(threshold.evidence)
    )
    note = f"; {threshold.note}" if threshold.note else ""
    return f"{threshold.citation} ({standing}{note})"


def _plain_numbers(table: pd.DataFrame) -> pd.DataFrame:
    names = ["value", "low", "high", "n", "n_couples", "n_lost"]
    return table.assign(**{name: pd.to_numeric(table[name]).astype(float) for name in names})


def _why(row: Row) -> str:
    return _REASONS.get(row["reason"]) or reason_text(row["reason"])


def _wave(row: Row) -> str:
    return wave_name(str(row["contrast"]).split("_", 1)[1])


def _people(row: Row, unit: Unit) -> str:
    if row["n"] == 0:
        return reason_text("N0")
    verdict = {
        "too few": "That is too few for an average.",
        "rough": "That gives a rough picture only.",
        "limited": "That is enough for an average, not for comparing groups within it.",
        "enough": "That is enough for an average and for comparing groups within it.",
    }[str(row["finding"])]
    was = "was" if row["n"] == 1 else "were"
    return (
        f"{capital(people(row['n'], *unit))} from {people(row['n_couples'], *COUPLE)} {was} "
        f"measured both times. {verdict}"
    )


def _effective(row: Row, unit: Unit) -> str:
    if not is_known(row["value"]):
        return f"This cannot be worked out. {_why(row)}".strip()
    if row["n_couples"] == row["n"]:
        return "Nobody's partner is among them, so each of them counts in full."
    if row["value"] >= row["n"]:
        return "Partners changed no more alike than strangers, so each person counts in full."
    return (
        "Partners tend to change alike, so for the average they amount to about "
        f"{people(round(row['value']), *unit)} who do not know each other."
    )


def _retention(row: Row, unit: Unit) -> str:
    if not is_known(row["value"]):
        return _why(row)
    was = "was" if row["n"] == 1 else "were"
    noun = PERSON[row["n"] != 1]
    text = (
        f"{capital(_wave(row))} we heard from {count(row['n'] - row['n_lost'])} of "
        f"{count(row['n'])} {noun} who {was} due: {percent(row['value'])}{_between(row)}."
    )
    locks = str(row["detail"]).split(" ")[0]
    return (
        f"{text} In a table for trials a loss of this size goes with {locks} of 5 padlocks; that "
        "table has not been verified here, was made for studies with a comparison group, and is "
        "no grade for this one."
    )


def _between(row: Row) -> str:
    if not (is_known(row["low"]) and is_known(row["high"])):
        return ""
    return f" (95% interval {percent(row['low'])} to {percent(row['high'])})"


def _answered(row: Row, unit: Unit) -> str:
    if not is_known(row["value"]):
        return _why(row)
    noun = unit[row["n"] != 1]
    return (
        f"Of {count(row['n'])} {noun} with a score at the start and due {_wave(row)}, "
        f"{count(row['n'] - row['n_lost'])} have one that can be used: "
        f"{percent(row['value'])}{_between(row)}. The change rests on these."
    )


def _selection(row: Row, unit: Unit) -> str:
    if not is_known(row["value"]):
        return _why(row)
    if row["value"] == 0:
        return "Everybody who was due filled it in again, so nobody's absence can mislead."
    return (
        f"If staying and changing went together with a correlation of {row['detail']}, the "
        f"change of those measured would differ by about {number(row['value'], 2)} standard "
        "deviations of change from that of everybody. How far they do go together nobody knows."
    )


def _representativeness(row: Row, unit: Unit) -> str:
    if row["finding"] == NOBODY_LOST:
        return "Nobody who was due has been lost, so there is nobody to compare."
    if not is_known(row["value"]):
        return _why(row)
    text = (
        f"At the start those we lost differed most from those we kept in {row['detail']}: by "
        f"{number(row['value'], 2)} standard deviations."
    )
    few = min(row["n_lost"], row["n"] - row["n_lost"]) < LEAST_COMPARED
    doubt = " These are so few that chance alone may do this." if few else ""
    return (
        f"{text}{doubt} What Works Clearinghouse asks for no more than 0.05, or up to 0.25 if it "
        "is allowed for; that is about the two groups of a trial and only a guide here."
    )


def _precision(row: Row, unit: Unit) -> str:
    if not is_known(row["value"]):
        return f"How exact the average is cannot be said. {_why(row)}".strip()
    if row["n"] < FEW_FOR_AN_AVERAGE:
        return "So few people say little about anybody else, so no figure is given here."
    return (
        f"The true average may lie about {number(row['value'], 2)} standard deviations to either "
        f"side (95% interval {interval(row['low'], row['high'], 2)}). That is {row['finding']}: "
        + {
            "narrow": "even a small change would show.",
            "medium": "a medium change would show, a small one might not.",
            "wide": "even a medium change might not show.",
        }[str(row["finding"])]
    )


def _instrument(row: Row, unit: Unit) -> str:
    parts = dict(part.split(": ", 1) for part in str(row["detail"]).split("; "))
    names = {
        "scoring": "how it is scored",
        "reliability": "how steady its scores are",
        "cutoff": "where the range of concern begins",
    }
    said = [f"{names[name]}: {_grade(grade)}" for name, grade in parts.items()]
    return f"{capital('; '.join(said))}."


def _grade(grade: str) -> str:
    return {
        "none": "no figure is used",
        "own": "taken from these answers",
        "computed": "worked out from averages and spreads",
        "manual": "from the manual",
        "published": "as published",
        "rule file": "given in the rule file",
    }.get(grade) or evidence_text(grade)


def _comparison(row: Row, unit: Unit) -> str:
    return (
        "No. The change cannot be attributed to the support, because nobody knows how similar "
        "families without it would have fared. Published limits for loss in two groups do not "
        "apply to a single group, so none is shown."
    )


def _level(row: Row, unit: Unit) -> str:
    most = (
        "Without a comparison group the Early Intervention Foundation's level 2, 'preliminary "
        "evidence', is the most that can be reached; it makes no claim about cause."
    )
    if row["finding"] == AT_MOST_LEVEL_2:
        return (
            f"{most} Scores got better on average here, but that alone does not reach it: only "
            "the Foundation's own assessment, by all of its requirements, can say so."
        )
    if row["finding"] == NOT_SHOWN:
        return f"{most} Here it is not even fairly sure that scores got better on average."
    return f"{most} Here nothing can be said of it yet. {_why(row)}".strip()


_SENTENCES: dict[str, Callable[[Row, Unit], str]] = {
    "n": _people,
    "n_effective": _effective,
    "retention": _retention,
    "answered": _answered,
    "selection_bias": _selection,
    "representativeness": _representativeness,
    "precision": _precision,
    "instrument": _instrument,
    "comparison": _comparison,
    "level": _level,
}
