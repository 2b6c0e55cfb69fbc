"""What a label of a point in time means: beyond doubt, or as a guess that stays a question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluation.ingest.meaning.answer_texts import fold
from evaluation.ingest.meaning.values import clean_text
from evaluation.model import is_wave

ORDER = ("baseline", "end", "3m", "6m")
WHOLE_TABLE = "the whole table"  # the label of a table that says nothing of when it was filled in
_LONGEST = 200  # characters; longer headers and labels are sentences, not marks

_SUPPORT = (
    r"(?: of| the| support| service| programme| program| course| counselling| intervention"
    r"| treatment| therapy| sessions?)*"
)
_BASELINE = re.compile(
    rf"(?:at )?(?:(?:start|beginning|before){_SUPPORT}"
    rf"|base ?line|pre|pre{_SUPPORT}|intake|initial|entry|t ?0|time ?0)"
)
_END = re.compile(
    rf"(?:at |on )?(?:(?:the )?(?:end|finish|completion|exit){_SUPPORT}"
    r"|(?:after|post) (?:the )?"
    r"(?:support|service|programme|program|course|counselling|intervention|treatment|therapy))"
)
_MID = re.compile(r"mid(?:dle|point| point| support| programme| treatment)?|half ?way")
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "six": "6", "nine": "9", "twelve": "12",
}  # fmt: skip
_FOLLOW_UP = r"(?:fu|f u|fup|follow ?up)"
_AFTER = r"(?:(?:after|later|post) ?)?"
_MONTHS = re.compile(
    rf"(?:at )?(?:{_FOLLOW_UP} )?([1-9][0-9]?) ?(?:m|mo|mos|mth|mths|months?)"
    rf"(?: ?{_FOLLOW_UP})?(?: {_AFTER}(?:the )?(?:end)?{_SUPPORT})?"
)
_FOLLOW_UP_MONTHS = re.compile(rf"{_FOLLOW_UP} ?(3|6|9|12|18|24)")
_FILLER = re.compile(
    r" (?:assessment|survey|questionnaires?|measures?|scores?|data|visit|form|wave)$"
)
_NUMBERED = re.compile(
    r"(?:(?:t|tp|time ?point|time|wave|w|visit|occasion|phase|stage|point|survey|assessment)"
    r" ?)?([0-9]{1,2})"
)
_FOLLOW_UP_NUMBER = re.compile(rf"{_FOLLOW_UP} ?([0-9]{{0,2}})")
_NTH = {"first": "1", "second": "2", "third": "3", "fourth": "4"}

_WAVE_WORDS = (
    r"(?:start|end|finish|completion)(?: of (?:the )?(?:support|service|programme|course))?"
    r"|(?:before|after|pre|post)[ _-](?:support|service|programme|course|intervention|treatment)"
    r"|base[ _-]?line|pre|post|before|intake|initial|entry|exit|mid"
)
_WAVE_NUMBERS = (
    r"(?:t|tp|w|time[ _-]?point|time|wave)[ _-]?[0-9]{1,2}"
    r"|(?:fu|follow[ _-]?up)(?:[ _-]?[0-9]{1,2})?"
)
_WAVE_MONTHS = (
    r"[1-9][0-9]?(?:m|[ _-]?(?:mths?|mos?|months?))"
    r"(?:[ _-]?(?:fu|follow[ _-]?up|after|later))?"
)
_SEPARATORS = r"[\s_.:,/\-–—()\[\]]+"
_AT_END = re.compile(
    rf"(?P<rest>.*?)(?:{_SEPARATORS}(?P<mark>{_WAVE_MONTHS}|{_WAVE_NUMBERS}|{_WAVE_WORDS})"
    rf"|(?<=[0-9])(?P<glued>{_WAVE_NUMBERS}|{_WAVE_WORDS}))[\s)\]]*",
    re.IGNORECASE | re.DOTALL,
)
_AT_START = re.compile(
    rf"[\s(\[]*(?:(?P<mark>{_WAVE_MONTHS}|{_WAVE_NUMBERS}|{_WAVE_WORDS}){_SEPARATORS}"
    rf"|(?P<glued>{_WAVE_NUMBERS})(?<=[0-9])(?=[a-z]))(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)


def label_key(label: str) -> str:
    """A label without case and outer blanks: what `TableMapping.waves` knows it by."""
    return fold(label)


def wave_of(label: str, *, pair: bool = False) -> str:
    """The wave that a label means beyond doubt, or ``""``.

    ``post`` is a wave of its own where a column names the wave of each row. With ``pair`` it is
    the counterpart of ``pre``, as at the end of a header or as a sheet's name: the end.
    """
    text = _plain(label)
    if text == "post":
        return "end" if pair else "post"
    if is_wave(text):
        return text
    for pattern, wave in ((_BASELINE, "baseline"), (_END, "end"), (_MID, "mid")):
        if pattern.fullmatch(text):
            return wave
    months = _MONTHS.fullmatch(text) or _FOLLOW_UP_MONTHS.fullmatch(text)
    return f"{int(months[1])}m" if months else ""


def looks_like_wave(label: str) -> bool:
    """Whether a label names a point in time, if perhaps not which one."""
    return bool(wave_of(label)) or _position(label) is not None


def wave_of_name(name: str) -> str:
    """The wave that the name of a sheet or a file says beyond doubt, alone or beside a word."""
    return wave_of(name, pair=True) or wave_of(split_when(name)[1], pair=True)


def proposed_wave(label: str, others: Sequence[str], *, sheet: str = "") -> str:
    """The best guess at what an ambiguous label means, or ``""``.

    The sheet's name decides where it says a wave; else the order among the labels that occur.
    """
    sure = wave_of_name(sheet) or wave_of(label)
    own = _position(label)
    if sure or own is None:
        return sure
    labels = {label_key(other): other for other in (*others, label)}.values()
    if not all(map(looks_like_wave, labels)):
        return ""  # among words that say nothing, the order says nothing
    taken = {wave_of(other, pair=True) for other in labels}
    positions = {place for other in labels if (place := _position(other)) and not wave_of(other)}
    if own[0]:  # a follow-up comes after the end of support
        taken |= {"baseline", "end"}
        positions = {place for place in positions if place[0]}
    free = [wave for wave in ORDER if wave not in taken]
    alone = len(positions) == 1 and not (taken - {""})
    rank = own[1] - 1 if alone and own[1] else sorted(positions).index(own)
    return free[rank] if 0 <= rank < len(free) else ""


def split_when(header: str) -> tuple[str, str]:
    """A header without the mark of a point in time at its end or start, and that mark as typed.

    The mark must be set off by a separator or, if it begins with a letter, follow a digit. A bare
    number is never one: it is an item's.
    """
    text = clean_text(header)
    if len(text) > _LONGEST:
        return header, ""
    for pattern in (_AT_END, _AT_START):
        found = pattern.fullmatch(text)
        if found:
            rest = found["rest"].strip(" _.:,/-–—([")
            if rest:
                return rest, found["mark"] or found["glued"]
    return header, ""


def _plain(label: str) -> str:
    text = re.sub(r"[\s_.:,/\-–—()\[\]]+", " ", label_key(label)[:_LONGEST]).strip()
    text = re.sub(r" arm [0-9]+$", "", text)
    text = _FILLER.sub("", text)
    first, _, rest = text.partition(" ")
    return f"{_NUMBER_WORDS.get(first, first)} {rest}".strip()


def _position(label: str) -> tuple[bool, int] | None:
    """Whether an ambiguous label is a follow-up, and its number."""
    text = _plain(label)
    text = _NTH.get(text, text)
    follow_up = _FOLLOW_UP_NUMBER.fullmatch(text)
    if follow_up:
        return True, int(follow_up[1] or 1)
    numbered = _NUMBERED.fullmatch(text)
    return (False, int(numbered[1])) if numbered else None
