"""The columns of the canonical spreadsheet: what each means and which choices it offers."""

from __future__ import annotations

from evaluation.ingest.rows import ENDINGS
from evaluation.model import CHARACTERISTIC_COLUMNS

QUESTIONNAIRE_COLUMNS = (
    "site", "participant", "couple", "role", "child", "informant", "wave", "session_number",
    "completed_on",
)  # fmt: skip
OPTIONAL_COLUMNS = (*CHARACTERISTIC_COLUMNS, "mode", "administered_by_role")

TEXT_COLUMNS = frozenset({"site", "participant", "couple", "child"})
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
}
