"""Why something could not be worked out, or was worked out in another way: a sentence per code."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "N0": "Nobody has answered at both times yet.",
    "N1": "Only one person has answered at both times, which is too few.",
    "DF1": "Two people are too few for this number.",
    "K1": "One question alone cannot be compared with others.",
    "K2": "Two questions are too few for this figure.",
    "FEW_ROWS": "Too few people answered every question for this figure.",
    "ITEM_SD0": "Everybody gave the same answer to one of the questions.",
    "SINGULAR": "One of the questions says exactly what others say together.",
    "HEYWOOD": "One question nearly repeats the others, so this figure would not be credible.",
    "NOT_CONVERGED": "This figure could not be worked out from these answers.",
    "NOT_A_SUM": "This score is no sum of its questions, so the figure has no meaning for it.",
    "NO_COLUMN": "The file has no column for this question.",
    "SD0": "Everybody had the same score, so differences cannot be put in proportion.",
    "SE0": "The changes balance exactly, so their precision cannot be worked out.",
    "G1": "All answers come from one couple, so their precision cannot be worked out.",
    "SINGLES": "Nobody's partner answered, so partners cannot be compared.",
    "R_UNDEF": "How the two scores go together cannot be worked out.",
    "ALL_TIES": "Nobody's score changed.",
    "NO_DIRECTION": "On this scale neither higher nor lower is better.",
    "NORM_MISSING": "No published comparison group is good enough to draw the line with.",
    "NONE_CLINICAL": "Nobody was in the range of concern at the start.",
    "REL_MISSING": "No published figure says how steady this questionnaire's scores are.",
    "REL_RANGE": "The figure for how steady the scores are does not lie between 0 and 1.",
    "REL_UNVERIFIED": "The figure for how steady the scores are has not been verified.",
    "SD_UNVERIFIED": "The published spread of scores has not been verified.",
    "SESSION_STANDS_IN": "For some people a session stands in for the start or the end.",
    "SUPPRESSED": "Hidden because it rests on few people, to protect them.",
    "FIRST_STEP": "This is where the count starts.",
    "NOT_YET_DUE": "Nobody's questionnaire has come due yet.",
    "TAKE_UP_UNKNOWN": "Whether these people took up support is not known yet.",
    "NONE_TOOK_UP": "Nobody is known to have taken up support.",
    "no_service_use": "No sheet 'service_use' says who was referred and who took up support.",
    "wave_not_used": "This site does not seem to ask at this time.",
    "key_needed": "Its scoring key is not public and has not been supplied.",
    "table_needed": "Its conversion table is not public and has not been supplied.",
    "verification_needed": "Somebody has to compare the form with the definition here first.",
    "supplied_only": "This score is not worked out here; it is taken where a file holds it.",
    "counted_as_zero": "Missing answers add nothing, as its published rule says.",
    "session_stands_in": "The first or the last session stands in for the start or the end.",
    "dates_unknown": "It is not known how long after the first questionnaire this was.",
    "not_4_to_8_months_apart": "The formula is meant for 4 to 8 months after the start.",
    "missing_answers": "Too many answers are missing for a score.",
    "no_answers": "None of its questions was answered.",
    "component_not_scored": "Another score that it is made of could not be worked out.",
    "own_proration": "Missing answers were filled with the average of the others, by our rule.",
    "no_baseline": "There is no questionnaire from the start.",
    "no_end_date": "When support ended is not known.",
    "withdrew_consent": "The person withdrew consent.",
    "safeguarding": "Left out for safeguarding reasons.",
    "no_later_score": "There is no later score.",
    "dates_out_of_order": "The later questionnaire is dated before the earlier one.",
}


def reason_text(code: str) -> str:
    """Why a result could not be worked out; several codes are joined by ``;``."""
    codes = [part.strip() for part in str(code or "").split(";") if part.strip()]
    return " ".join(REASONS.get(part, f"Not worked out ({part}).") for part in codes)
