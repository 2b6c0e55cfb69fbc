"""The columns of the canonical spreadsheet: what each means, and what its cells may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.ingest.meaning.values import FIRST_DATE
from evaluation.ingest.rows import ENDINGS
from evaluation.model import CHARACTERISTIC_COLUMNS
from instruments.definition import Instrument, Item, Scale

QUESTIONNAIRE_COLUMNS = (
    "site", "participant", "couple", "role", "child", "informant", "wave", "session_number",
    "completed_on",
)  # fmt: skip
OPTIONAL_COLUMNS = (*CHARACTERISTIC_COLUMNS, "mode", "administered_by_role")

TEXT_COLUMNS = frozenset({"site", "participant", "couple", "child", "indicator"})
DATE_COLUMNS = frozenset({"completed_on", "referred_on", "started_on", "ended_on"})
COUNT_COLUMNS = frozenset({
    "session_number", "sessions_offered", "sessions_attended", "sessions_cancelled", "sessions_dna",
})  # fmt: skip
HOUR_COLUMNS = frozenset({"hours_offered", "hours_used"})
RATING_COLUMNS = frozenset({
    "satisfied", "met_expectations", "worker_rating_before", "worker_rating_after",
})  # fmt: skip
_YES_NO = ("yes", "no")
CHOICES: dict[str, tuple[str, ...]] = {
    "role": ("mother", "father", "partner_a", "partner_b", "practitioner"),
    "informant": ("parent", "teacher", "self"),
    "wave": ("baseline", "session", "mid", "end", "post", "3m", "4m", "6m"),
    "took_up": _YES_NO,
    "low_income": _YES_NO,
    "first_time_parent": _YES_NO,
    "would_recommend": ("yes", "no", "unsure"),
    "ending": ENDINGS,
    "mode": ("paper", "online", "phone", "with worker"),
}
# Other labels are possible here (any number of months, any role), so the sheet only asks.
OPEN_CHOICES = frozenset({"role", "wave", "mode"})
_LONGEST_LIST = 20  # steps of an answer scale that are offered one by one

MEANINGS: dict[str, str] = {
    "site": "The pilot site. May stay empty if the site is chosen when the file is uploaded.",
    "participant": "The person's code, unique within the site. Text. Never a name, never a date "
    "of birth, never a telephone number.",
    "couple": "One code shared by both partners. Empty for a person who comes alone.",
    "role": "For example mother, father, partner_a, partner_b, practitioner.",
    "child": "The child's code, for a questionnaire about a child. Otherwise empty.",
    "informant": "Who answered about the child: parent, teacher or self. Otherwise empty.",
    "wave": "When: baseline, session (with its number), mid, end, or months after the end of "
    "support, such as 3m or 6m.",
    "session_number": "The number of the session, where the wave is session. Otherwise empty.",
    "completed_on": "The day the questionnaire was filled in, as a date.",
    "age_band": "Age group, for example 25-34. Never a date of birth.",
    "gender": "As the person describes it.",
    "relationship_status": "For example married, living together, separated.",
    "low_income": "yes or no, by the rule your site uses.",
    "ethnicity_group": "A broad group.",
    "first_time_parent": "yes or no.",
    "referral_route": "Who referred the person, for example GP, school, self.",
    "intervention": "The kind of support received.",
    "mode": "How the questionnaire was given: paper, online, phone, with worker.",
    "administered_by_role": "The role of whoever gave the questionnaire, not the name.",
    "referred_on": "The day of referral.",
    "took_up": "yes if the person started, no if not, empty if that is not yet known.",
    "started_on": "The day of the first session.",
    "ended_on": "The day support ended. Empty while it goes on.",
    "ending": f"How support ended: {', '.join(ENDINGS)}.",
    "sessions_offered": "Number of sessions offered = attended + cancelled + did not attend.",
    "sessions_attended": "Number of sessions attended.",
    "sessions_cancelled": "Number of sessions cancelled beforehand.",
    "sessions_dna": "Number of sessions missed without notice (did not attend).",
    "hours_offered": "Hours of support offered.",
    "hours_used": "Hours of support used.",
    "satisfied": "How satisfied with the support, 0 to 10.",
    "met_expectations": "How far expectations were met, 0 to 10.",
    "would_recommend": "Would recommend the support: yes, no, unsure.",
    "worker_rating_before": "The worker's rating before support, 0 to 10.",
    "worker_rating_after": "The worker's rating after support, 0 to 10.",
    "indicator": "What was counted or found, the same words in every row: school attendance, "
    "incidents, job. Never anything about one person alone.",
    "value": "A count, a percentage or other number, or yes or no; one of these for each "
    "indicator. Empty if it is not known.",
}


def answer_columns(instruments: Sequence[Instrument]) -> tuple[str, ...]:
    """The columns of the answers, and of the scores of scales whose key is not public."""
    columns: list[str] = []
    for instrument in instruments:
        columns += [f"{instrument.id}_{item.number}" for item in instrument.items]
        columns += [f"{instrument.id}_{scale.id}" for scale in supplied_scales(instrument)]
    return tuple(columns)


def supplied_scales(instrument: Instrument) -> tuple[Scale, ...]:
    """The scales that cannot be scored here: their key is not public, or they are only given."""
    return tuple(s for s in instrument.scales if s.needs == "key" or s.rule == "supplied")


def validation(column: str) -> dict[str, Any] | None:
    """The check of a canonical column, or ``None`` where anything may be written."""
    if column in CHOICES:
        kind = "warning" if column in OPEN_CHOICES else "stop"
        return choice(CHOICES[column], ", ".join(CHOICES[column]), error_type=kind)
    if column in DATE_COLUMNS:
        rule = {"validate": "date", "criteria": "between", "minimum": FIRST_DATE}
        return rule | {"maximum": "=TODAY()"} | _refusal("a date from 1990 up to today.")
    if column in RATING_COLUMNS:
        return choice(tuple(range(11)), "a whole number from 0 to 10.")
    if column in COUNT_COLUMNS:
        rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 999}
        return rule | _refusal("a whole number, 0 or more.")
    if column in HOUR_COLUMNS:
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
        return rule | _refusal("a number of hours, 0 or more.")
    return None


def choice(
    source: Sequence[str | int] | str, allowed: str, *, error_type: str = "stop"
) -> dict[str, Any]:
    """A list to choose from: its entries, or the formula of the cells that hold them."""
    entries = source if isinstance(source, str) else list(source)
    return {"validate": "list", "source": entries} | _refusal(allowed, error_type=error_type)


def _refusal(allowed: str, *, error_type: str = "stop") -> dict[str, Any]:
    message = f"Allowed: {allowed}"[:255]  # the longest message a spreadsheet can show
    return {"error_title": "Please check", "error_message": message, "error_type": error_type}


def answer_validations(instruments: Sequence[Instrument]) -> dict[str, dict[str, Any]]:
    """The checks of the answer columns, and of scores that must be supplied, by column."""
    rules: dict[str, dict[str, Any]] = {}
    for instrument in instruments:
        for item in instrument.items:
            rules[f"{instrument.id}_{item.number}"] = _answer_validation(item)
        for scale in supplied_scales(instrument):
            low, high = scale.score_range
            bounds = {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high}
            refusal = _refusal(f"a score from {low:g} to {high:g}.")
            rules[f"{instrument.id}_{scale.id}"] = bounds | refusal
    return rules


def _answer_validation(item: Item) -> dict[str, Any]:
    """A list of the answers, or their bounds where the list would be too long to use."""
    if item.maximum - item.minimum <= _LONGEST_LIST:
        return choice(tuple(range(item.minimum, item.maximum + 1)), coding_of(item))
    bounds = {"minimum": item.minimum, "maximum": item.maximum}
    rule = {"validate": "integer", "criteria": "between"} | bounds
    return rule | _refusal(coding_of(item))


def coding_of(item: Item) -> str:
    """The answers an item allows, with their labels where they are known."""
    if not item.labels and item.maximum - item.minimum > _LONGEST_LIST:
        return f"a whole number from {item.minimum} to {item.maximum}"
    codes = [str(code) for code in range(item.minimum, item.maximum + 1)]
    if item.labels:
        return ", ".join(f"{c} = {label}" for c, label in zip(codes, item.labels, strict=True))
    return ", ".join(codes)
