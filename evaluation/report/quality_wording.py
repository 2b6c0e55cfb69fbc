"""Sentences on the answers themselves: do they go together, what was left out, what filling does.

No word here calls a coefficient good or bad: it is set beside the published one, with both sources
of doubt.
"""

from __future__ import annotations

import pandas as pd

from evaluation.report.keying_wording import item_list
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    FEW_FOR_100,
    Row,
    capital,
    count,
    evidence_text,
    is_known,
    number,
    people,
)

LEAST_FOR_CONSISTENCY = 10
ALPHA_SOURCES = (
    "Cronbach's alpha (1951) with Feldt's interval (1965); McDonald's omega (1999) from a "
    "one-factor model. Only people who answered every question of a score count."
)
_HARDLY_SKIPPED = 0.5
# The usual texts of these codes are about two points in time.
_AT_ONE_TIME = {
    "N0": "Nobody has answered every question of it.",
    "N1": "Only one person has answered every question of it.",
}


def one_time_reason(code: str) -> str:
    """Why a figure about one point in time is missing."""
    return _AT_ONE_TIME.get(code) or reason_text(code)


def consistency_sentence(row: Row, label: str) -> str:
    """How well the questions of a score go together here, beside the published figure."""
    if row["alpha_reason"] and not is_known(row["alpha"]):
        return f"{label}: {one_time_reason(row['alpha_reason'])}"
    if row["n"] < LEAST_FOR_CONSISTENCY:
        n = people(row["n"])
        return f"{label}: {n} answered every question, which is too few for this figure."
    alpha = f"{label}: alpha {number(row['alpha'], 2)}{_alpha_interval(row)}"
    return f"{alpha} from {people(row['n'])}. {_beside_published(row)}".rstrip()


def _alpha_interval(row: Row) -> str:
    if not (is_known(row["alpha_low"]) and is_known(row["alpha_high"])):
        return ""
    return f" (95% interval {number(row['alpha_low'], 2)} to {number(row['alpha_high'], 2)})"


def published_text(row: Row) -> str:
    """The published coefficient with its evidence, for a table."""
    if not is_known(row["published"]):
        return "–"
    return f"{number(row['published'], 2)} ({evidence_text(row['published_evidence'])})"


def _beside_published(row: Row) -> str:
    published, low, high = row["published"], row["alpha_low"], row["alpha_high"]
    if not is_known(published):
        return "No published figure to set beside it."
    text = f"Published: {published_text(row)}"
    if not (is_known(low) and is_known(high)):
        return f"{text}."
    if published > high:
        return (
            f"{text}. Here the questions go together less: these people may be more alike, or "
            "some questions may be scored the wrong way round."
        )
    if published < low:
        return f"{text}. Here the questions go together more."
    return f"{text}, which lies within that interval."


def skipped_sentences(items: pd.DataFrame, *, many: str, most: int) -> list[str]:
    """Which questions were left out, the most often skipped first; ``items`` as audited."""
    absent = not_on_the_form(items)
    asked = items[~items["item"].isin(absent)]
    skipped = asked[asked["n_missing"] > 0].sort_values(["rank", "item"]).head(most)
    sentences = [skipped_sentence(row, many) for row in skipped.to_dict("records")]
    hidden = bool(asked["n_missing"].isna().any())
    if hidden and sentences:
        sentences.append("Others were left out by too few to show, or by nobody.")
    elif hidden:
        sentences.append("No question was left out by more than a few; how many is hidden.")
    elif not sentences:
        sentences.append("Nobody left out a question.")
    if absent:
        questions = item_list(absent).replace("item", "Question")
        have, they = ("has", "it was") if len(absent) == 1 else ("have", "they were")
        sentences.append(
            f"{questions} {have} no answer from most {many}: {they} probably not on every form."
        )
    return sentences


def not_on_the_form(items: pd.DataFrame) -> list[int]:
    """Questions that most people have no answer to: hardly left out one by one."""
    return [int(item) for item in items.loc[items["share"] > _HARDLY_SKIPPED, "item"]]


def skipped_sentence(row: Row, many: str = "people") -> str:
    """How often one question was left out."""
    item = f"Question {row['item']} was left out by"
    whole = f"{count(row['n_missing'])} of {count(row['n_asked'])} {many}"
    if row["n_asked"] < FEW_FOR_100:
        return f"{item} {whole}."
    return f"{item} {whole} ({_in_100(row['share'])})."


def _in_100(share: float) -> str:
    text = number(100 * share, 0)
    return "fewer than 1 in 100" if text == "0" else f"{text} in 100"


def share_text(row: Row) -> str:
    """The share that left a question out, with its interval, for a table."""
    if not is_known(row["share"]):
        return "hidden" if row["reason"] == "SUPPRESSED" else "–"
    text = _percent(row["share"])
    if is_known(row["low"]) and is_known(row["high"]):
        return f"{text} ({_percent(row['low'])} to {_percent(row['high'])})"
    return text


def _percent(share: float) -> str:
    """With a decimal where a whole number would say 0."""
    return f"{number(100 * share, 1 if share < 0.1 else 0)}%"


def filling_sentence(row: Row, label: str) -> str:
    """How many questionnaires can be scored, and what filling gaps in would change."""
    if row["reason"] and row["reason"] not in ("N0", "N1"):
        return f"{label}: {one_time_reason(row['reason'])}"
    total, complete = people(row["n"], "questionnaire", "questionnaires"), row["n_complete"]
    if is_known(complete) and complete == row["n"]:
        return f"{label}: nothing is missing in {total}."
    parts = [
        f"{_number_or_few(row[name])} {words}"
        for name, words in (
            ("n_published_rule", "scored with gaps, as its published rule allows"),
            ("n_own_rule", "could only be scored by our own rule"),
            ("n_not_scored", "without a score either way"),
        )
        if not (is_known(row[name]) and row[name] == 0)
    ]
    gaps = f"; {', '.join(parts)}" if parts else ""
    opening = f"{label}: of {total}, {_number_or_few(complete)} have every answer{gaps}."
    return f"{opening} {_change_by_filling(row)}".rstrip()


def _change_by_filling(row: Row) -> str:
    change = row["mean_difference"]
    if not is_known(change):
        return ""
    before, after = number(row["mean_strict"]), number(row["mean_prorated"])
    if before == after:
        return f"With those filled in the average would stay about the same ({before})."
    way = "rise" if change > 0 else "fall"
    return f"With those filled in the average would {way} from {before} to {after}."


def _number_or_few(n: float) -> str:
    return count(n) if is_known(n) else "few"


def whose_answers(*, n: int, n_couples: int, many: str, practitioners: bool, hidden: bool) -> str:
    """How many questionnaires the page rests on."""
    if n == 0:
        return "Too few answers to show." if hidden else "There are no answers."
    about = "About " if hidden else ""
    who = "practitioners" if practitioners else many
    couples = people(n_couples, "couple or family", "couples or families") if n_couples else "few"
    return capital(f"{about}{count(n)} {who}, from {couples}.")
