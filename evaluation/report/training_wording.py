"""Sentences on practitioners' training and on questionnaires filled in at every session."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.model import months_of
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    PERSON,
    Row,
    Unit,
    capital,
    count,
    is_known,
    number,
    people,
    points,
    share_of,
    signed,
)
from instruments.definition import Scale

PRACTITIONER_UNIT = ("practitioner", "practitioners")
NOT_FROM_TRAINING = (
    "This is change around the training. It does not show that the training caused it: there is no "
    "group of similar practitioners without training to compare with."
)
HOW_TO_RECORD = (
    "In the spreadsheet, give each practitioner a code of their own in the column 'participant', "
    "and 'practitioner' in the column 'role'. Leave 'couple' empty.",
    "In the column 'wave' write 'baseline' before the training, 'post' straight after it, and '4m' "
    "(or '3m') for the questionnaire that many months later. Fill in 'completed_on': what is due "
    "later is counted from the day of 'post'.",
    "Most trainings have a questionnaire of their own. Describe it once under 'Own "
    "questionnaires'; then upload the spreadsheet.",
)
HOW_TO_RECORD_SESSIONS = (
    "In the spreadsheet write 'session' in the column 'wave' and the number of the session in the "
    "column 'session_number': one row for each person and session."
)
ONLY_THOSE_WHO_STAYED = (
    "Later sessions hold only those who stayed. An average that moves may say who left, not who "
    "changed: read it with the numbers beside it."
)
_SURE = "fairly sure between"
_WHEN = {"baseline": "before the training", "post": "straight after the training"}
_TITLES = {"baseline": "Before", "post": "Straight after"}
_LEAST_FOR_MEAN, _LEAST_FOR_INTERVAL, _ROUGH_BELOW = 3, 5, 10
_GROUPS = {
    "all": "Everybody",
    "completed": "Finished as planned",
    "left_early": "Left early",
}


# --- training -------------------------------------------------------------------------------


def training_wave_name(wave: str) -> str:
    """A point in time around a training, inside a sentence."""
    months = months_of(wave)
    if months is None:
        return _WHEN.get(wave, "straight after the training" if wave == "end" else wave)
    return f"{months} {'month' if months == 1 else 'months'} after the training"


def training_contrast_name(contrast: str) -> str:
    """Two points in time around a training, such as ``Before to straight after``."""
    before, after = (_title(wave) for wave in contrast.split("_", 1))
    return f"{before} to {after[:1].lower() + after[1:]}"


def _title(wave: str) -> str:
    months = months_of(wave)
    if months is None:
        return _TITLES.get(wave, "Straight after" if wave == "end" else capital(wave))
    return f"{months} {'month' if months == 1 else 'months'} after"


def training_step_name(step: str) -> str:
    """A step of the training cascade as a label."""
    return f"Answered {training_wave_name(step)}"


def training_step_sentence(row: Row) -> str:
    """How many practitioners answered at one step, of those whose time for it has passed."""
    step, done, missed = str(row["step"]), row["done"], row["missed"]
    when = training_wave_name(step)
    if not is_known(done):
        return f"{training_step_name(step)}: {reason_text('SUPPRESSED')}"
    if not is_known(missed):
        few = "how many did not is hidden because they are few"
        return f"{capital(when)}, about {people(done, *PRACTITIONER_UNIT)} answered; {few}."
    if step == "baseline":
        trained = capital(people(row["n"], *PRACTITIONER_UNIT))
        return f"{trained} took part; {_of(done, row['n'])} answered {when}."
    if done + missed == 0:
        text = f"{capital(when)}: nobody's questionnaire has come due yet"
    else:
        text = (
            f"{capital(when)}, {share_of(done, done + missed)} whose questionnaire has come due "
            "answered"
        )
    waiting = [
        f"{people(row[name], *PRACTITIONER_UNIT)} {words}"
        for name, words in (("window_open", "can still answer"), ("not_yet_due", "not due yet"))
        if is_known(row[name]) and row[name] > 0
    ]
    return f"{text} ({'; '.join(waiting)})." if waiting else f"{text}."


def _of(part: int, whole: int) -> str:
    return "all of them" if part == whole and whole > 1 else share_of(part, whole)


def training_note(row: Row) -> str:
    """Who is not counted at later steps, and whose day of training had to be assumed."""
    notes = []
    if row["step"] == "baseline" and is_known(row["missed"]) and row["missed"]:
        verb = "has" if row["missed"] == 1 else "have"
        notes.append(
            f"{capital(people(row['missed'], *PRACTITIONER_UNIT))} {verb} no questionnaire from "
            "before the training and cannot be compared."
        )
    if row["step"] == "post" and is_known(row["day_assumed"]) and row["day_assumed"]:
        notes.append(
            f"For {people(row['day_assumed'], *PRACTITIONER_UNIT)} nothing came straight after the "
            "training; the day of the first questionnaire is taken as its day."
        )
    if row["step"] == "post" and is_known(row["day_unknown"]) and row["day_unknown"]:
        notes.append(
            f"For {people(row['day_unknown'], *PRACTITIONER_UNIT)} the day of the training is not "
            "known, so nothing of theirs counts as due."
        )
    return " ".join(notes)


def training_sentence(row: Row, scale: Scale) -> str:
    """By how much one score differed between two times, among those who answered both."""
    before, after = str(row["contrast"]).split("_", 1)
    when, label = capital(training_wave_name(after)), _inside_a_sentence(scale.label)
    n, change = row["n"], row["raw_change"]
    if row["reason"] == "SUPPRESSED" or not is_known(n):
        return f"{scale.label}, {training_wave_name(after)}: {reason_text('SUPPRESSED')}"
    if n == 0:
        return f"{when}: nobody has answered both times yet ({label})."
    if n < _LEAST_FOR_MEAN:
        return f"{when}: {people(n)} answered both times, too few for an average ({label})."
    who = f"among the {count(n)} who answered both times"
    than = "" if before == "baseline" else f" than {training_wave_name(before)}"
    if change == 0:
        same = "as before" if before == "baseline" else f"as {training_wave_name(before)}"
        return f"{when}, {label} was the same on average {same}, {who}."
    direction = "higher" if change > 0 else "lower"
    text = f"{when}, {label} was {points(change)} {direction}{than}"
    return f"{text}{_sureness(row, scale, direction)}, {who}{_meaning(scale)}.{_caution(n)}"


def _inside_a_sentence(label: str) -> str:
    """A label without its capital letter, unless it is a short form such as ``PHQ-9``."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _sureness(row: Row, scale: Scale, direction: str) -> str:
    """The interval in the direction of the change; says so where it may be none."""
    if row["n"] < _LEAST_FOR_INTERVAL or not is_known(row["improvement_low"]):
        return ""
    ends = [row["improvement_low"], row["improvement_high"]]
    if (scale.better == "lower") != (direction == "lower"):
        ends = [-end for end in reversed(ends)]
    low, high = ends
    if low > 0:
        return f" ({_SURE} {number(low)} and {number(high)})"
    other = "lower" if direction == "higher" else "higher"
    return (
        f" (from {number(-low)} {other} to {number(high)} {direction}, so there may be no "
        "difference)"
    )


def _meaning(scale: Scale) -> str:
    return " (lower is better)" if scale.better == "lower" else ""


def _caution(n: int) -> str:
    return " With fewer than 10 this is a rough picture only." if n < _ROUGH_BELOW else ""


# --- sessions -------------------------------------------------------------------------------


def group_name(group: str) -> str:
    """Whom a row of session_course.csv is about."""
    return _GROUPS[group]


def shrinking_sentence(sessions: Sequence[Row], unit: Unit = PERSON) -> str:
    """How many there are from the first session, and how many from the last one."""
    counted = unit if unit != PERSON else ("answer", "answers")
    first, last = sessions[0], sessions[-1]
    verb = "is" if first["n"] == 1 else "are"
    start = f"There {verb} {people(first['n'], *counted)} from session "
    start += count(first["session_number"])
    if len(sessions) == 1:
        return f"{start}."
    return f"{start} and {count(last['n'])} from session {count(last['session_number'])}."


def first_last_sentence(row: Row, scale: Scale, unit: Unit = PERSON) -> str:
    """Each person's own change, which those who left cannot distort."""
    n = row["n"]
    if row["reason"] == "SUPPRESSED":
        return reason_text("SUPPRESSED")
    if n == 0:
        return f"{scale.label}: nobody has answered at two sessions yet."
    if n < _LEAST_FOR_MEAN:
        few = people(n, *unit)
        return f"{scale.label}: only {few} with two sessions, too few for an average."
    if not is_known(row["mean"]):
        return f"{scale.label}: {reason_text(row['reason'])}"
    who = f"among {people(n, *unit)} with two sessions or more"
    if row["mean"] == 0:
        return f"{scale.label}: from the first to the last session nothing changed, {who}."
    verb = "improved" if row["mean"] > 0 else "got worse"
    return (
        f"{scale.label}: from the first to the last session answered, scores {verb} by "
        f"{points(row['mean'])} on average{_range(row)}, {who}.{_caution(n)}"
    )


def _range(row: Row) -> str:
    if row["n"] < _LEAST_FOR_INTERVAL or not is_known(row["low"]):
        return ""
    text = f"{_SURE} {signed(row['low'])} and {signed(row['high'])}"
    doubt = ", so there may be no change" if row["low"] <= 0 <= row["high"] else ""
    return f" ({text}{doubt})"


def slope_sentence(row: Row, unit: Unit = PERSON) -> str:
    """The change from one session to the next, by a model of everybody's scores."""
    if row["n"] < _ROUGH_BELOW or not is_known(row["mean"]):
        return ""
    verb = "better" if row["mean"] >= 0 else "worse"
    ends = ""
    if is_known(row["low"]):
        ends = f" (95% interval {signed(row['low'], 2)} to {signed(row['high'], 2)})"
    return (
        f"Drawn as one straight line, scores got {number(abs(row['mean']), 2)} points {verb} from "
        f"one session to the next{ends}. All {count(row['n_scores'])} questionnaires of "
        f"{people(row['n'], *unit)} count in this, also of those who left early."
    )


def stayers_sentence(last: Row) -> str:
    """Where those who were still there at the last session had begun."""
    if last["n"] < _LEAST_FOR_MEAN or not is_known(last["mean_at_first"]):
        return ""
    session = count(last["session_number"])
    return (
        f"The {count(last['n'])} from session {session} had an average of "
        f"{number(last['mean_at_first'])} at their own first session and of "
        f"{number(last['mean'])} at session {session}."
    )


def stand_in_sentence(n_stand_ins: int, n: int, unit: Unit = PERSON) -> str:
    """How many of the people of an effect have a session in place of the end; empty if none."""
    if not n_stand_ins or not n:
        return ""
    who = f"{count(n_stand_ins)} of {people(n, *unit)}"
    return f"For {who} the last session stands in for the end questionnaire."


def without_stand_ins_sentence(row: Row, unit: Unit = PERSON) -> str:
    """The same change without those whose end is a session."""
    if not row["end_stand_ins"]:
        return ""
    n = row["n_without"]
    if n < _LEAST_FOR_MEAN or not is_known(row["improvement_without"]):
        return "Without them too few are left for an average."
    ends = ""
    if n >= _LEAST_FOR_INTERVAL and is_known(row["low_without"]):
        ends = f" ({_SURE} {signed(row['low_without'])} and {signed(row['high_without'])})"
    return (
        f"Without them the average improvement would be {signed(row['improvement_without'])} "
        f"points{ends} instead of {signed(row['improvement'])}, from {people(n, *unit)}."
    )
