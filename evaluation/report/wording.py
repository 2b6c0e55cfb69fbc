"""Every sentence about results, in plain English; the only place where such numbers are rounded.

Statistics stay one click below. Improvement is positive when things got better, whichever way the
scale runs, so no sentence here looks at the sign of a raw score.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.config import DisclosureRule
from evaluation.model import months_of
from evaluation.report.reasons import reason_text
from instruments.definition import Scale

Row = Mapping[str, Any]

MINUS = "\N{MINUS SIGN}"
FEW_FOR_100 = 20  # below this many people "out of 100" would promise more than there is
SIZE_SOURCE = "Cohen J (1988) Statistical power analysis for the behavioral sciences, 2nd ed."
NOT_CAUSE = (
    "This is change during support. It does not show that the support caused it: there is no "
    "group of similar families without support to compare with."
)
SYNTHETIC = "These are made-up data, not real people."
NO_SIGN_IN = "No sign-in: for use on this computer only."

_WAVES = {
    "baseline": "at the start",
    "session": "at each session",
    "mid": "part way through",
    "end": "at the end of support",
    "post": "straight afterwards",
}
_STEPS = {"referred": "Referred", "took_up": "Took up support", "baseline": "Answered at the start"}
_SURE = "We can be fairly sure that the true average lies between"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# --- numbers and dates ----------------------------------------------------------------------


# What is counted, one and many.
Unit = tuple[str, str]
PERSON: Unit = ("person", "people")


def is_known(value: Any) -> bool:
    """Whether there is a number at all: neither ``None`` nor NaN."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def number(value: Any, digits: int = 1) -> str:
    """A number with a true minus sign and thousands separators; a dash where there is none."""
    if not is_known(value):
        return "–"
    text = f"{abs(value):,.{digits}f}"
    shows_nothing = not text.strip("0.,")
    return MINUS + text if value < 0 and not shows_nothing else text


def count(value: Any) -> str:
    """A whole number such as ``1,234``; a dash where there is none."""
    return number(value, 0)


def percent(share: Any) -> str:
    """A share from 0 to 1 as ``54%``."""
    return "–" if not is_known(share) else f"{number(100 * share, 0)}%"


def points(value: float) -> str:
    """A size in points of the scale, without its sign."""
    text = number(abs(value))
    if text == "0.0" and value != 0:
        return "less than 0.1 points"
    return f"{text} {'point' if text == '1.0' else 'points'}"


def british_date(day: dt.date | dt.datetime) -> str:
    """A date as ``30 June 2017``."""
    return f"{day.day} {day:%B %Y}"


def signed(value: Any, digits: int = 1) -> str:
    """An improvement with its sign, so that a worsening cannot be overlooked in a table."""
    if not is_known(value):
        return "–"
    text = number(value, digits)
    return text if text.startswith(MINUS) or not text.strip("0.,") else f"+{text}"


def interval(low: Any, high: Any, digits: int = 1) -> str:
    """Both ends of an interval of improvement, for a table."""
    if not (is_known(low) and is_known(high)):
        return "–"
    return f"{signed(low, digits)} to {signed(high, digits)}"


def share_of(part: Any, whole: Any) -> str:
    """A part of a group: ``45 of 84``, and out of 100 where the group is large enough."""
    text = f"{count(part)} of {count(whole)}"
    if whole < FEW_FOR_100:
        return text
    return f"{text} ({number(100 * part / whole, 0)} out of every 100)"


def people(n: Any, one: str = "person", many: str = "people") -> str:
    """A number of people, up to nine in words."""
    if not is_known(n):
        return f"few {many}"
    return f"{_NUMBERS[int(n)] if n < 10 else count(n)} {one if n == 1 else many}"


def people_in(row: Row, unit: Unit = PERSON) -> str:
    """How many people a change is of; hidden beside it where few others would follow from it."""
    if is_known(row["n"]) or not is_known(row["improvement"]):
        return people(row["n"], *unit)
    return f"number of {unit[1]} hidden"


def number_in(row: Row) -> str:
    """The same for a table: ``few`` where nothing is shown of them for being few."""
    if is_known(row["n"]):
        return count(row["n"])
    return "hidden" if is_known(row["improvement"]) else "few"


def n_in(row: Row) -> str:
    """The same beside a mark of a picture: ``n = 30``, ``n hidden`` or ``few``."""
    n = number_in(row)
    return {"few": n, "hidden": "n hidden"}.get(n, f"n = {n}")


def capital(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def wave_name(wave: str) -> str:
    """A point in time as it reads inside a sentence."""
    months = months_of(wave)
    if months is None:
        return _WAVES.get(wave, wave)
    return f"{months} {'month' if months == 1 else 'months'} after the end"


def wave_title(wave: str) -> str:
    """A point in time as a label of a chart or a table."""
    return {"baseline": "Start", "end": "End", "mid": "Part way"}.get(
        wave, capital(wave_name(wave))
    )


def contrast_name(contrast: str) -> str:
    """Two points in time, such as ``Start to end``."""
    before, after = contrast.split("_", 1)
    later = wave_title(after)
    return f"{wave_title(before)} to {later[:1].lower() + later[1:]}"


def step_name(step: str) -> str:
    """A step on the way from referral to the last follow-up."""
    return _STEPS.get(step, f"Answered {wave_name(step)}")


def better_text(scale: Scale) -> str:
    """Which way the scale runs."""
    if scale.better == "neither":
        return "neither higher nor lower scores are better"
    return f"{scale.better} scores are better"


def evidence_text(evidence: str) -> str:
    """How well a published number is established, to stand beside it."""
    return {
        "confirmed": "checked against its source",
        "single source": "from a single source",
        "unverified": "not verified",
    }.get(evidence, evidence)


# --- how much changed -----------------------------------------------------------------------


def size_word(g: float) -> str:
    """The size of an effect in words, after Cohen (1988); the sign does not matter."""
    size = abs(g)
    if size < 0.2:
        return "very small"
    return "small" if size < 0.5 else "medium" if size < 0.8 else "large"


def size_sentence(row: Row) -> str:
    """How large the average change is, compared with how much people differed at the start."""
    g = row["g_pre"]
    if not is_known(g):
        return ""
    low, high = row["g_pre_low"], row["g_pre_high"]
    kind = "improvement" if g > 0 else "worsening" if g < 0 else "change"
    sure = is_known(low) and is_known(high) and (low > 0 or high < 0)
    opening = "In size this is" if sure else "Taken at face value this is"
    return f"{opening} a {size_word(g)} {kind}."


def improvement_sentence(row: Row, scale: Scale, unit: Unit = PERSON) -> str:
    """By how many points, from where to where, and for how many people."""
    before, after = str(row["contrast"]).split("_", 1)
    improvement = row["improvement"]
    where = f"between answers {wave_name(before)} and {wave_name(after)}"
    if is_known(row["mean_before"]) and is_known(row["mean_after"]):
        where = (
            f"from {number(row['mean_before'])} {wave_name(before)} to "
            f"{number(row['mean_after'])} {wave_name(after)}"
        )
    where = f"{where} ({people_in(row, unit)}; {better_text(scale)})."
    if not is_known(improvement):
        return f"{scale.label}: the average went {where}"
    if improvement == 0:
        return f"{scale.label}: scores did not change on average, {where}"
    verb = "improved" if improvement > 0 else "got worse"
    return f"{scale.label}: scores {verb} by {points(improvement)} on average, {where}"


def uncertainty_sentence(row: Row) -> str:
    """Where the true average may lie; says plainly when it may be no change at all."""
    low, high = row["improvement_low"], row["improvement_high"]
    if not (is_known(low) and is_known(high)):
        return "How precise this average is cannot be said from these answers."
    if low > 0:
        return f"{_SURE} {_span(low, high)} better."
    if high < 0:
        return f"{_SURE} {_span(high, low)} worse."
    return (
        f"The true average may lie anywhere between {points(low)} worse and {points(high)} "
        "better, so there could be no change at all."
    )


def _span(near: float, far: float) -> str:
    return f"{number(abs(near))} and {points(far)}"


def effect_sentences(row: Row, scale: Scale, *, unit: Unit = PERSON) -> list[str]:
    """What may be said about one change, as much as the number of people can carry."""
    before, after = str(row["contrast"]).split("_", 1)
    n, tier = row["n"], row["display_tier"]
    times = f"both {wave_name(before)} and {wave_name(after)}"
    if row["reason"] == "SUPPRESSED":
        return [reason_text("SUPPRESSED")]
    if n == 0:
        return [f"Nobody has answered {times} yet, so nothing can be said about change."]
    if tier == "counts":
        return [f"{capital(people(n, *unit))} answered {times}. That is too few for an average."]
    sentences = [improvement_sentence(row, scale, unit)]
    if tier == "mean_only":
        return [*sentences, "With so few answers this says little about anybody else."]
    if not is_known(row["improvement"]):
        return sentences
    sentences.append(uncertainty_sentence(row))
    if tier == "imprecise":
        return [*sentences, "With fewer than 10 this is a rough picture only."]
    size = size_sentence(row)
    return [*sentences, size] if size else sentences


def sites_sentence(scale: Scale, *, n_better: int, n_shown: int) -> str:
    """At how many sites the average is fairly sure to have improved; no site is named."""
    sites = f"{count(n_better)} of {count(n_shown)} {'site' if n_shown == 1 else 'sites'} shown"
    return f"{scale.label}: at {sites} we can be fairly sure that scores got better on average."


# --- how many changed -----------------------------------------------------------------------


def change_counts(row: Row) -> dict[str, int] | None:
    """Reliably better, no clear change, reliably worse; ``None`` where one is not known."""
    known = all(is_known(row[name]) for name in ("n", "improved", "unchanged", "deteriorated"))
    if not known or not row["n"]:
        return None
    better = int(row["improved"]) + _or_zero(row["recovered"])
    worse = int(row["deteriorated"]) + _or_zero(row["harmed"])
    return {"better": better, "unchanged": int(row["unchanged"]), "worse": worse}


def _or_zero(value: Any) -> int:
    return int(value) if is_known(value) else 0


def reliable_change_sentence(row: Row, unit: Unit = PERSON) -> str:
    """How many clearly got better or worse, beyond the ordinary ups and downs of answers."""
    counts = change_counts(row)
    if counts is None:
        return f"How many clearly got better or worse is not known. {reason_text(row['reason'])}"
    n = int(row["n"])
    better, same, worse = (part_of(counts[name], n) for name in ("better", "unchanged", "worse"))
    rest = ""
    if counts["unchanged"]:
        rest = f"; for {same} the change was no larger than the ordinary ups and downs of answers"
    doubts = [code for code in str(row["reason"]).split(";") if code.endswith("_UNVERIFIED")]
    return (
        f"Of {people(n, *unit)} measured both times, {better} clearly got better and {worse} "
        f"clearly got worse{rest}. {reason_text(';'.join(doubts))}"
    ).rstrip()


def part_of(part: int, whole: int) -> str:
    """A part of a group that was just named: ``45 (54 out of every 100)``, ``three``, ``none``."""
    if whole < FEW_FOR_100:
        return _NUMBERS[part] if 0 < part < 10 else "none" if part == 0 else count(part)
    return f"{count(part)} ({number(100 * part / whole, 0)} out of every 100)" if part else "none"


def recovery_sentence(row: Row, unit: Unit = PERSON) -> str:
    """How many left the range of clinical concern; empty where there is no cut-off."""
    if not is_known(row["recovered"]) or not is_known(row["clinical_at_start"]):
        return ""
    started = int(row["clinical_at_start"])
    if started == 0:
        return "Nobody was in the range of concern at the start."
    were = "was" if started == 1 else "were"
    return (
        f"{capital(people(started, *unit))} {were} in the range of concern "
        f"at the start; {part_of(int(row['recovered']), started)} clearly improved and left it."
    )


# --- what is hidden ---------------------------------------------------------------------------


def released_text(rule: DisclosureRule) -> str:
    """What is done to small numbers before anything is seen across sites or leaves in a file."""
    return (
        f"Counts from 1 to {rule.hide_below - 1} are hidden and the others rounded to the nearest "
        f"{rule.round_to}; averages and shares are given from {rule.min_n} people and "
        f"{rule.min_couples} couples, averages with one decimal below 200 people. Some larger "
        "counts are hidden too, where a hidden one would follow from them."
    )


# --- who was heard from ---------------------------------------------------------------------


def is_hidden(row: Row) -> bool:
    """Whether counts are missing from a row because they are small, not because nobody knows."""
    return not {"no_service_use", "TAKE_UP_UNKNOWN"} & set(str(row["reason"]).split(";"))


def follow_up_sentence(row: Row) -> str:
    """How many we heard from at one step, of those for whom it has come due."""
    step, unit = str(row["step"]), str(row["unit"])
    noun = ("person", "people") if unit == "person" else ("couple", "couples")
    done, missed = row["done"], row["missed"]
    if not is_known(done) and is_known(row.get("rate")):
        whose = "" if step in ("took_up", "baseline") else " whose questionnaire has come due"
        return f"{step_name(step)}: {part_heard_from(row)} of every 100 {noun[1]}{whose}."
    if not (is_known(done) and is_known(missed)):
        known = f" {count(done)} are known." if is_known(done) and not is_hidden(row) else ""
        return f"{step_name(step)}:{known} {reason_text(row['reason'] or 'SUPPRESSED')}"
    if step == "referred":
        return f"{capital(people(int(done), *noun))} {'was' if done == 1 else 'were'} referred."
    due = due_count(row)
    of_them = noun[due != 1]
    if step in ("took_up", "baseline"):
        before = "referred" if step == "took_up" else "who took up support"
        verb = "took up support" if step == "took_up" else "answered at the start"
        return f"{share_of(int(done), due)} {of_them} {before} {verb}."
    if due == 0:
        return f"{capital(wave_name(step))}: nobody's questionnaire has come due yet."
    text = (
        f"{capital(wave_name(step))} we heard from {share_of(int(done), due)} {of_them} whose "
        "questionnaire has come due"
    )
    waiting = [
        f"{people(int(row[name]), *noun)} {words}"
        for name, words in (("window_open", "can still answer"), ("not_yet_due", "not due yet"))
        if is_known(row[name]) and row[name] > 0
    ]
    return f"{text} ({'; '.join(waiting)})." if waiting else f"{text}."


def part_heard_from(row: Row) -> str:
    """``120 of 237``, or ``about 70`` of every 100 where only the share is given."""
    if is_known(row["done"]):
        return f"{count(row['done'])} of {count(due_count(row))}"
    return f"about {number(100 * row['rate'], 0)}"


def due_count(row: Row) -> int:
    """The people whom the rate of a step refers to: those whose time for it has passed."""
    return int(row["n"] if row["step"] in ("took_up", "baseline") else row["done"] + row["missed"])


def understood_sentence(
    *, site: str, n_people: int, n_couples: int, n_waves: int, questionnaires: Sequence[str],
    n: int, n_unanswered: int = 0,
) -> str:  # fmt: skip
    """What was understood of one site's upload, in one line.

    ``n_unanswered`` questionnaires come with nothing but the reason why there is no answer.
    """
    couples = f" in {people(n_couples, 'couple', 'couples')}" if n_couples else ""
    times = people(n_waves, "point", "points")
    filled_in = people(n, "questionnaire", "questionnaires")
    names = joined(questionnaires) or "no questionnaire"
    why = f", and {count(n_unanswered)} that only say why there is no answer"
    return (
        f"{site}: {people(n_people)}{couples}, {times} in time, {names}: {filled_in}"
        f"{why if n_unanswered else ''}."
    )


def joined(names: Sequence[str]) -> str:
    """Names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
