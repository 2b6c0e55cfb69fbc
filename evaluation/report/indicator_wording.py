"""Sentences on counted and yes/no outcomes; better or worse is said only where it is known."""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.indicators import MIXED, indicator_id
from evaluation.model import COUNT, YES_NO
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    PERSON,
    Row,
    Unit,
    capital,
    count,
    interval,
    is_known,
    number,
    part_of,
    people,
    percent,
    share_of,
    signed,
    wave_name,
)

# Indicators whose better end nobody would dispute; of all others only a rule file can tell.
# A child protection plan may be needed, and living apart may be the safer way: they are not here.
KNOWN_BETTER: Mapping[str, str] = {
    **dict.fromkeys(
        ("school_attendance", "attendance", "attendance_at_school", "job", "in_work", "employed",
         "in_employment", "settled_housing", "stable_housing"),
        "higher",
    ),
    **dict.fromkeys(
        ("incidents", "police_incidents", "violent_incidents", "exclusions",
         "fixed_term_exclusions", "school_exclusions", "absences", "school_absences",
         "unauthorised_absences", "homeless", "evictions", "rent_arrears"),
        "lower",
    ),
}  # fmt: skip
NOT_KNOWN_BETTER = (
    "Where it is not said which way is better, a rise or a fall is told without calling it good or "
    "bad. A rule file can say it: indicators: {contact: higher}."
)
LEAST_FOR_RESULT, LEAST_FOR_INTERVAL, LEAST_FOR_ALL = 3, 5, 10
_RISE = {YES_NO: "the share of yes rose", COUNT: "the number rose"}
_FALL = {YES_NO: "the share of yes fell", COUNT: "the number fell"}


def indicator_label(name: str) -> str:
    """An indicator's name for a person to read.

    >>> indicator_label("school_attendance")
    'School attendance'
    """
    return capital(name.replace("_", " "))


def better_end(name: str, chosen: Mapping[str, str]) -> str:
    """``higher`` or ``lower`` is better: as the rule file says, else as is known, else ``""``."""
    said = chosen.get(indicator_id(name)) or KNOWN_BETTER.get(indicator_id(name), "")
    return "" if said == "neither" else said


def indicator_sentences(row: Row, *, better: str = "", unit: Unit = PERSON) -> list[str]:
    """What may be said of one indicator at two times, as much as its number of people can carry.

    ``better`` is ``higher``, ``lower`` or ``""`` where that is not known.
    """
    if better not in ("", "higher", "lower"):
        raise ValueError(f"better={better!r}: 'higher', 'lower' or '' would be allowed")
    label = indicator_label(str(row["indicator"]))
    before, after = str(row["contrast"]).split("_", 1)
    times = f"both {wave_name(before)} and {wave_name(after)}"
    if row["reason"] == "SUPPRESSED" or row["kind"] == MIXED:
        return [f"{label}: {_lower(reason_text(row['reason']))}"]
    n = int(row["n"])
    if n == 0:
        return [f"{label}: it is known of nobody {times} yet, so nothing can be said about change."]
    if n < LEAST_FOR_RESULT:
        return [f"{label}: known of {people(n, *unit)} {times}. That is too few to compare."]
    sentences = [_what_happened(row, label, unit)]
    changed = _who_changed(row, unit)
    if changed:
        sentences.append(changed)
    if n < LEAST_FOR_INTERVAL:
        return [*sentences, "With so few this says little about anybody else."]
    sentences.append(_how_sure(row, better))
    if n < LEAST_FOR_ALL:
        sentences.append("With fewer than 10 this is a rough picture only.")
    return sentences


def change_text(row: Row) -> str:
    """The change for a table: out of every 100, per cent more or fewer, or in the unit itself."""
    if row["kind"] == YES_NO:
        return signed(_per_100(row["difference"]), 0)
    if row["kind"] == COUNT:
        return times_text(row["ratio"])
    return signed(row["difference"])


def interval_text(row: Row) -> str:
    """The interval of that change, for a table."""
    if row["kind"] == YES_NO:
        return interval(_per_100(row["low"]), _per_100(row["high"]), 0)
    if row["kind"] == COUNT:
        low, high = row["ratio_low"], row["ratio_high"]
        if not (is_known(low) and is_known(high)):
            return "–"
        return f"{times_text(low)} to {times_text(high)}"
    return interval(row["low"], row["high"])


def level_text(row: Row, name: str) -> str:
    """How it stood ``before`` or ``after``, for a table."""
    value = row[name]
    if row["kind"] == YES_NO:
        return f"{percent(value)} yes" if is_known(value) else "–"
    if row["kind"] == COUNT:
        return f"{number(value, 2)} each" if is_known(value) else "–"
    return number(value)


def times_text(ratio: object) -> str:
    """A ratio of counts in words: ``44% fewer``, ``20% more``, ``3.0 times as many``."""
    if not isinstance(ratio, int | float) or not is_known(ratio):
        return "–"
    if ratio == 0:
        return "none left"
    if ratio >= 2:
        return f"{number(ratio)} times as many"
    text = percent(abs(ratio - 1))
    if text == "0%":
        return "as many"
    return f"{text} {'more' if ratio > 1 else 'fewer'}"


def _what_happened(row: Row, label: str, unit: Unit) -> str:
    first, later = (wave_name(wave) for wave in str(row["contrast"]).split("_", 1))
    n = int(row["n"])
    if row["kind"] == YES_NO:
        had, has = (int(row["both"]) + int(row[f"only_{w}"]) for w in ("before", "after"))
        return (
            f"{label}: yes for {share_of(had, n)} {unit[1]} {first} and for {part_of(has, n)} "
            f"{later}."
        )
    whom = f"the same {people(n, *unit)}"
    if row["kind"] == COUNT:
        had, has = (round(float(row[name]) * n) for name in ("before", "after"))
        ratio = f", {times_text(row['ratio'])}" if is_known(row["ratio"]) else ""
        return f"{label}: {count(had)} {first} and {count(has)} {later}{ratio}, counted for {whom}."
    return (
        f"{label}: the average went from {number(row['before'])} {first} to "
        f"{number(row['after'])} {later} ({people(n, *unit)})."
    )


def _who_changed(row: Row, unit: Unit) -> str:
    if row["kind"] not in (YES_NO, COUNT):
        return ""
    came, went = (people(int(row[name]), *unit) for name in ("only_after", "only_before"))
    if row["kind"] == YES_NO:
        if int(row["only_after"]) + int(row["only_before"]) == 0:
            return "For nobody it changed."
        return f"For {came} no became yes, and for {went} yes became no."
    return (
        f"{capital(went)} had some before and none after, {came} none before and some after, and "
        f"{people(int(row['neither']), *unit)} none at either time."
    )


def _how_sure(row: Row, better: str) -> str:
    """Where the true change may lie, and whether it is one for the better, if that is known."""
    kind = str(row["kind"])
    none, low, high = (
        (1.0, row["ratio_low"], row["ratio_high"])
        if kind == COUNT
        else (0.0, row["low"], row["high"])
    )
    if not is_known(low) or not (is_known(high) or low > none):
        codes = [code for code in str(row["reason"]).split(";") if code]
        return f"How precise this is cannot be said. {reason_text(';'.join(codes))}".rstrip()
    if low > none or (is_known(high) and high < none):
        rose = bool(low > none)
        words = (_RISE if rose else _FALL).get(kind, f"the average {'rose' if rose else 'fell'}")
        verdict = ""
        if better:
            good = rose == (better == "higher")
            verdict = f" That is a change for the {'better' if good else 'worse'}."
        return f"We can be fairly sure that {words} {_size(row, rose)}.{verdict}"
    return f"The true change may lie anywhere between {_ends(row)}, so there could be none at all."


def _size(row: Row, rose: bool) -> str:
    """How far it rose or fell at least and at most."""
    if row["kind"] == COUNT:
        if not is_known(row["ratio_high"]):
            return f"(at least {times_text(row['ratio_low'])})"
        near, far = ("ratio_low", "ratio_high") if rose else ("ratio_high", "ratio_low")
        return f"(between {times_text(row[near])} and {times_text(row[far])})"
    near, far = ("low", "high") if rose else ("high", "low")
    return f"by between {_plain_size(row, near)} and {_plain_size(row, far)}{_out_of(row)}"


def _ends(row: Row) -> str:
    """A fall and a rise, or few and many times as many."""
    if row["kind"] == COUNT:
        return f"{times_text(row['ratio_low'])} and {times_text(row['ratio_high'])}"
    fall, rise = _plain_size(row, "low"), _plain_size(row, "high")
    return f"a fall of {fall} and a rise of {rise}{_out_of(row)}"


def _plain_size(row: Row, name: str) -> str:
    if row["kind"] == YES_NO:
        return number(abs(_per_100(row[name]) or 0.0), 0)
    return number(abs(row[name]))


def _out_of(row: Row) -> str:
    return " out of every 100" if row["kind"] == YES_NO else ""


def _per_100(share: object) -> float | None:
    return 100 * float(share) if isinstance(share, int | float) and is_known(share) else None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
