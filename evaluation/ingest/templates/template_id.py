"""What a blank workbook says of itself, so that answers to another version are never misread.

The text stands in a hidden defined name: the format of the template, its layout, and each
questionnaire with its version. A workbook that has lost the name is read like any other file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from instruments.definition import Instrument

TEMPLATE_NAME = "template_id"
TEMPLATE_FORMAT = 1

_PROGRAM = "distance-travelled"
_NAME = re.compile(rf"{TEMPLATE_NAME}(?:_([0-9]{{1,3}}))?", re.IGNORECASE)
_FORMAT = re.compile(rf"{_PROGRAM}/([0-9]{{1,9}})")
_LONGEST_TEXT = 250  # a spreadsheet program refuses text constants beyond 255 characters
_LONGEST_SHOWN = 60
_NEW_ONE = "Get a new blank workbook and copy the answers over"


def template_id(instruments: Sequence[Instrument], layout: str) -> str:
    """The layout and the version of each questionnaire, as one line without blanks inside words.

    Examples
    --------
    >>> from instruments.registry import get
    >>> template_id([get("phq9"), get("qmi_6")], "long")
    'distance-travelled/1 long phq9:PHQ-9 qmi_6:QMI%20(1983)'
    """
    versions = [f"{_coded(i.id)}:{_coded(i.version)}" for i in instruments]
    return " ".join([f"{_PROGRAM}/{TEMPLATE_FORMAT}", _coded(layout), *versions])


def template_names(instruments: Sequence[Instrument], layout: str) -> dict[str, str]:
    """The text under the names that hold it: ``template_id``, ``template_id_2`` … in order."""
    lines = [""]
    for word in template_id(instruments, layout).split(" "):
        joined = f"{lines[-1]} {word}".lstrip()
        if len(joined) <= _LONGEST_TEXT:
            lines[-1] = joined
        else:
            lines.append(word)
    return {
        TEMPLATE_NAME if number == 1 else f"{TEMPLATE_NAME}_{number}": line
        for number, line in enumerate(lines, start=1)
    }


def check_template(
    names: Mapping[str, str], instruments: Mapping[str, Instrument]
) -> list[tuple[str, dict[str, Any]]]:
    """What forbids reading a workbook made from a template: problem codes with their words.

    ``names`` are the workbook's defined names with their text. A workbook without our name, or
    with a name of that kind from another program, passes.
    """
    words = _joined(names).split()
    found = _FORMAT.fullmatch(words[0]) if words else None
    if found is None:
        return []
    if int(found.group(1)) > TEMPLATE_FORMAT:
        what = "This workbook was made by a newer version of this program"
        return [_problem(what, "Get a blank workbook from here and copy the answers over")]
    problems = []
    for word in words[2:]:
        name, colon, version = word.partition(":")
        if colon:
            problems += _compared(unquote(name), unquote(version), instruments)
    return problems


def _compared(
    name: str, version: str, instruments: Mapping[str, Instrument]
) -> list[tuple[str, dict[str, Any]]]:
    known = instruments.get(name)
    if known is None:
        what = f"This workbook was made for the questionnaire '{_shown(name)}', not known here"
        return [_problem(what, f"Have the questionnaire added here first, or: {_NEW_ONE}")]
    if known.version == version or not _comparable(known.version, version):
        return []
    what = (
        f"This workbook was made for version {_shown(version)} of {known.short_name}; "
        f"version {_shown(known.version)} is in use here"
    )
    return [_problem(what, _NEW_ONE)]


def _comparable(ours: str, theirs: str) -> bool:
    """A store numbers the versions of a local questionnaire; a definition file has a fingerprint.

    One kind says nothing about the other.
    """
    return _is_count(ours) == _is_count(theirs)


def _is_count(version: str) -> bool:
    return version.isascii() and version.isdigit() and len(version) <= 6


def _problem(what: str, remedy: str) -> tuple[str, dict[str, Any]]:
    return "wrong_template", {"what": what, "remedy": remedy}


def _joined(names: Mapping[str, str]) -> str:
    """The text of all names that hold a part of it, in order."""
    parts = {}
    for name, text in names.items():
        found = _NAME.fullmatch(name.strip())
        if found:
            parts[int(found.group(1) or 1)] = _plain(text)
    return " ".join(parts[number] for number in sorted(parts)) if 1 in parts else ""


def _plain(text: str) -> str:
    """The text of a constant, with or without its equals sign and its quotation marks."""
    text = text.strip().removeprefix("=").strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    return text


def _coded(text: str) -> str:
    return quote(text, safe="()/;,.")


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
