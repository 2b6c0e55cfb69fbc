"""Personal details where only codes belong: found by what a header says or how a cell looks.

What is found is named by its kind ("a postcode"); the detail itself is never repeated.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.meaning.values import MOST_CHARACTERS, clean_text, plain_text

# No questionnaire of a programme is older; an earlier date among codes is somebody's birthday.
FIRST_PROGRAMME_YEAR = 2012
NHS_NUMBER = "an NHS number"

_PERSONAL_HEADERS = {
    "an IP address": re.compile(r"\bip ?address\b|^ip$"),
    "an e-mail address": re.compile(r"\be-?mails?\b"),
    "an address": re.compile(
        r"\baddress(?:es)?\d*\b(?! (?:our|my|the|these|this|it|any|problems|issues|conflicts?)\b)"
        r"|\bpost ?codes?\b|\bzip code\b|^street"
    ),
    "a phone number": re.compile(
        r"\b(tele)?phones?\b|\bmobile\b|\btel\b|\bcontact (number|no)\b|\blandline\b"
    ),
    "a date of birth": re.compile(
        r"\bdates? of birth\b|\bd\.? ?o\.? ?b\b|\bbirth ?da(te|y)s?\b|\bborn on\b"
    ),
    "an official number": re.compile(
        r"\bnhs\W*(no|nos|num|number|id|#)|^nhs$|\bnational insurance\b|^ni ?(no|number)\b|^nino$"
    ),
    "a place on the map": re.compile(r"\b(latitude|longitude)\b"),
    "a name": re.compile(
        r"\bname\b|\b(fore|sur|first|last|full|middle|maiden)names?\b|\bnames of\b|^names$"
        r"|\bnext of kin\b"
    ),
}
# Names of things, not of people.
_OTHER_NAMES = re.compile(
    r"\b(event|site|pilot|project|programme|service|group|measure|instrument|questionnaire|scale"
    r"|file|sheet|arm|course|intervention|organisation|provider|agency|area|wave) name\b"
)

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[a-z]{2,}", re.IGNORECASE)
_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E "
    "EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL "
    "LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM "
    "SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
_POSTCODE = re.compile(
    r"(?<![\w-])(?:gir ?0aa|(?:" + "|".join(sorted(_AREAS.split(), key=len, reverse=True)) + ")"
    r"(?:[1-9][0-9]?|0)(?:(?<=[0-9])[a-hjkmnp-y])? ?[0-9][abd-hjlnp-uw-z]{2})(?![\w-])",
    re.IGNORECASE,
)
_NATIONAL_INSURANCE = re.compile(
    r"(?<![\w-])(?!bg|gb|nk|kn|tn|nt|zz)[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z]"
    r"[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[a-d](?![\w-])",
    re.IGNORECASE,
)
_TEN_DIGITS = re.compile(r"(?<![\w.-])\d{3}(?:[ -]?\d{3}[ -]?\d{4}|\.\d{3}\.\d{4})(?![\w-]|\.\d)")
# A mobile number that a spreadsheet program took for a number and stripped of its nought.
_MOBILE = re.compile(r"7[1-57-9]\d{8}")
_PHONE = re.compile(
    r"(?<![\w/.-])(?:(?:(?:\+|00)44|44(?=7))[ .()-]{0,3}(?:0\)?[ .()-]{0,2})?|\(?0)[1-35789]"
    r"(?:[ .()-]{0,2}\d){8,9}(?![\w/:]|\.\d)"
)
_DATE_FIRST = re.compile(r"\d{1,2}[.-]\d{1,2}[.-]\d{4}")
_MOST_GROUPS = 7  # of digits in a phone number; more are answers in a row
_DATE_INSIDE = re.compile(
    r"(?<![\w/.-])(?:"
    r"(?P<one>\d{1,2})(?P<mark>[/.-])(?P<other>\d{1,2})(?P=mark)"
    r"(?P<year>(?:19|20)\d{2}|(?<=/)\d{2})"
    r"|(?P<year_first>(?:19|20)\d{2})[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)?(?: of)?[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}\.?,?[ -](?P<year_last>(?:19|20)\d{2}|\d{2})"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?"
    r",? (?P<year_end>(?:19|20)\d{2})"
    r")(?![\w/-])",
    re.IGNORECASE,
)
_BORN_ON = re.compile(
    r"\b(?:born|d\.? ?o\.? ?b)\b\D{0,12}\d{1,2}[./-]\d{1,2}[./-]\d{2}\b", re.IGNORECASE
)
_NAME_PART = r"[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_]))*[a-zß-öø-ÿ]"
_NAME = re.compile(
    rf"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?{_NAME_PART}"
    rf"(?:(?:,? {_NAME_PART}){{1,2}}| [A-Z]\.? {_NAME_PART})"
)
# Words that stand in codes and labels beside another capitalised word.
_LISTED = """couple family partner participant client case person people pair dyad pilot site group
    parent mother father mum dad child baby worker practitioner session wave baseline test training
    one two three four five six seven eight nine ten eleven twelve first second third
    alpha beta gamma delta not all true false yes no none never rarely sometimes often always
    strongly agree disagree several days nearly every"""
_CODE_WORDS = frozenset(_LISTED.split())


def personal_header(header: str) -> str:
    """What kind of personal detail a header names, or ``""``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", plain_text(header))
    text = _OTHER_NAMES.sub(" ", " ".join(apart.replace("_", " ").split()).casefold())
    for kind, pattern in _PERSONAL_HEADERS.items():
        if pattern.search(text):
            return kind
    return ""


def looks_personal(cell: Cell) -> str:
    """What kind of personal detail a cell outside the columns of dates looks like, or ``""``."""
    if isinstance(cell, dt.date):
        return "a date of birth" if cell.year < FIRST_PROGRAMME_YEAR else ""
    text = clean_text(cell[:MOST_CHARACTERS] if isinstance(cell, str) else cell)
    if "@" in text and _EMAIL.search(text):
        return "an e-mail address"
    if not _DIGIT.search(text):
        return ""
    if _POSTCODE.search(text):
        return "a postcode"
    if _NATIONAL_INSURANCE.search(text):
        return "a National Insurance number"
    if any(_is_nhs_number(found[0]) for found in _TEN_DIGITS.finditer(text)):
        return NHS_NUMBER
    if any(_is_early(found) for found in _DATE_INSIDE.finditer(text)) or _BORN_ON.search(text):
        return "a date of birth"
    if any(_is_phone(found[0]) for found in _PHONE.finditer(text)):
        return "a phone number"
    return ""


def looks_like_name(text: str) -> str:
    """``a name`` where a code has two capitalised words such as a first and a last name."""
    plain = plain_text(text[:MOST_CHARACTERS])
    if not _NAME.fullmatch(plain):
        return ""
    words = {word.casefold().strip(",.") for word in plain.split()}
    return "" if words & _CODE_WORDS else "a name"


def personal_kinds(cells: Iterable[Cell], *, codes: bool = False) -> dict[Cell, str]:
    """The distinct cells of one column that look like personal details, and of which kind.

    One in eleven numbers of ten digits carries the check digit of an NHS number by chance, so most
    of those in the column have to. ``codes`` says that the column holds people's codes, where two
    capitalised words are a name.
    """
    found = {cell: looks_personal(cell) for cell in cells}
    if codes:
        names: dict[Cell, str] = {
            cell: looks_like_name(cell) for cell in found if isinstance(cell, str)
        }
        found = {cell: kind or names.get(cell, "") for cell, kind in found.items()}
    numbers = [cell for cell in found if _TEN_DIGITS.fullmatch(clean_text(cell))]
    certain = [cell for cell in numbers if found[cell] == NHS_NUMBER]
    by_chance = set(certain) if 2 * len(certain) <= len(numbers) else set()
    mobiles = dict.fromkeys(_mobiles(numbers), "a phone number")
    return mobiles | {cell: kind for cell, kind in found.items() if kind and cell not in by_chance}


def _mobiles(numbers: list[Cell]) -> list[Cell]:
    """Those of a column's numbers of ten digits that are mobile numbers without their nought.

    They have to be most of them and to begin differently: codes count up from one beginning.
    """
    typed = {cell: clean_text(cell) for cell in numbers}
    found = [cell for cell, text in typed.items() if _MOBILE.fullmatch(text)]
    beginnings = {typed[cell][:5] for cell in found}
    return found if 2 * min(len(found), 2 * len(beginnings)) > len(numbers) else []


def _is_nhs_number(text: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number."""
    digits = [int(mark) for mark in text if mark.isdigit()]
    total = sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False))
    return len(set(digits)) > 1 and (11 - total % 11) % 11 == digits[9]


def _is_early(found: re.Match[str]) -> bool:
    """Whether a date lies before any programme; two digits are taken as a year in the past."""
    if found["mark"]:
        low, high = sorted((int(found["one"]), int(found["other"])))
        if not (1 <= low <= 12 and high <= 31):
            return False
    year = found["year"] or found["year_first"] or found["year_last"] or found["year_end"]
    number = int(year)
    if len(year) == 2:
        number += 2000 if number <= dt.date.today().year % 100 else 1900
    return number < FIRST_PROGRAMME_YEAR


def _is_phone(text: str) -> bool:
    """Whether what has the digits of a phone number is one, not a date or a row of answers."""
    return len(re.findall(r"\d+", text)) <= _MOST_GROUPS and not _DATE_FIRST.match(text)
