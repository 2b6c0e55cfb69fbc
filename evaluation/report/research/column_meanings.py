"""What the columns that nobody works out stand for: names, codes and what was typed."""

from __future__ import annotations

_LABELS = {
    "site": "The pilot site; ALL is all of them together.",
    "subgroup": "Blank for everybody, else a trait and its value; practitioners are never mixed "
    "with parents.",
    "participant": "The person's code, unique within the site.",
    "couple": "A code that both partners share; blank = one person alone.",
    "role": "The person's role, as the site has it.",
    "child": "The child's code, for questionnaires about a child.",
    "informant": "Who filled in a questionnaire about a child.",
    "wave": "When: baseline, session, mid, end, post, or months after the end (3m, 6m).",
    "session_number": "The number of the session, where the wave is 'session'.",
    "completed_on": "The day on which the questionnaire was filled in.",
    "instrument": "The questionnaire; see codebook.csv.",
    "scale": "The scale of the questionnaire; see codebook.csv.",
    "contrast": "Two points in time, the earlier one first.",
    "score": "The score, in the unit of the scale; empty where there is none.",
    "n_answered": "How many of the questions were answered; empty for a score given as such.",
    "n_items": "How many questions the scale has.",
    "status": "complete; prorated (answers are missing, within a rule); supplied (given without "
    "answers); not_scored.",
    "reason": "Codes that say why a cell is empty or was worked out in another way.",
    "band": "The named range in which the score lies, by the first set of bands.",
    "unit": "What is counted or measured: person or couple, points or standard deviations.",
    "row": "The kind of row: a group by itself, or its difference from another one.",
    "trait": "The trait by which people are grouped.",
    "level": "The group.",
    "reference": "The group that a difference is taken from.",
    "adjusted": "yes where people are compared who started alike.",
    "step": "The step on the way from referral to the last follow-up.",
    "outcome": "What counts as reached.",
    "method": "How it was worked out.",
    "in_use": "yes in the one row that is reported.",
    "cutoff_type": "published, or a, b, c after Jacobson and Truax.",
    "sd_kind": "Whose spread was taken: that of these scores, or the manual's.",
    "evidence": "How well the number is established: confirmed, single source, unverified.",
    "source": "Where the number was published.",
    "before": "The earlier score.",
    "after": "The later score.",
    "before_on": "The day of the earlier score.",
    "after_on": "The day of the later score.",
    "improvement": "Later minus earlier, with the sign turned where lower is better; positive = "
    "better.",
    "used": "yes for who counts in the estimate.",
    "why_not": "Why somebody with the earlier score does not count.",
    "state": "Where the person stands at that wave at the data lock.",
    "change_class": "The class of change by the rule of the person's site.",
    "change_class_all": "The class of change by the rule of all sites together.",
    "characteristic": "What was known of people before: a score, a trait and its value, or whether "
    "they came as a couple.",
    "kind": "What kind of number it is, such as a mean, a share or a count.",
    "term": "What may go together with being lost; for a group, against the most common one.",
    "by": "How people are grouped: by site, role, number of reporters or severity at the start.",
    "group": "The group of people.",
    "pattern": "Which of the points in time have a score, in their order.",
    "aspect": "The aspect of the evidence that the row is about.",
    "detail": "What more there is to say of it.",
    "finding": "What the numbers of the row say, in a word.",
    "threshold": "The yardstick that the finding goes by.",
    "verified": "Whether the yardstick was read in its source.",
    "sentence": "The finding in a plain sentence.",
    "measure": "The figure that the row is about.",
    "better": "Which way is better: higher, lower or neither.",
    "indicator": "What is counted or noted beside the questionnaires.",
    "note": "What a method supposes of those who were lost.",
    "session_stands_in": "yes where a session was taken as the start or the end.",
}
_OF_FORMULAS = {
    "table": "The table that the formula is of.",
    "column": "Its column.",
    "name": "What it is called.",
    "formula": "How it is worked out.",
    "meaning": "What it says.",
    "when_empty": "When it cannot be worked out.",
    "reason_codes": "The codes that stand in the column 'reason' then.",
    "citation": "Where the method was published.",
    "doi": "Its digital object identifier, where one is held.",
}
_OF_PARTICIPANTS = {
    "age_band": "Age band, as the site has it.",
    "gender": "Gender, as the site has it.",
    "relationship_status": "Relationship status, as the site has it.",
    "low_income": "Whether the household has a low income, as the site has it.",
    "ethnicity_group": "Ethnic group, as the site has it.",
    "first_time_parent": "Whether this is the first child, as the site has it.",
    "referral_route": "How the person came to the site.",
    "intervention": "The kind of support.",
}


def meaning_of(table: str, column: str) -> str:
    """What a column without a formula stands for; empty where nothing is known of it."""
    if table == "formulas":
        return _OF_FORMULAS.get(column, "")
    return _LABELS.get(column) or _OF_PARTICIPANTS.get(column, "")
