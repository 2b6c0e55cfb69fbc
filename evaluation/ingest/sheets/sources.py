"""Which survey tool wrote a sheet, and which of its columns are the tool's own.

Each tool leaves traces that nothing typed by hand has: its columns, its second row, its words. What
is not recognised beyond doubt counts as typed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evaluation.ingest.files.cells import Sheet, Upload
from evaluation.ingest.sheets.grid import Grid

SOURCES = (
    "template", "microsoft_forms", "google_forms", "surveymonkey", "qualtrics", "redcap", "spss",
    "codes", "hand_typed",
)  # fmt: skip
# As a sentence says them: "This file looks like … ".
SOURCE_NAMES = {
    "template": "the template",
    "microsoft_forms": "Microsoft Forms",
    "google_forms": "Google Forms",
    "surveymonkey": "SurveyMonkey",
    "qualtrics": "Qualtrics",
    "redcap": "REDCap",
    "spss": "SPSS",
    "codes": "a survey program that exports numeric codes",
    "hand_typed": "a hand-made sheet",
}
_ROWS_LOOKED_AT = 20
_OTHER_SHEETS = ("service_use", "indicators")
_CODE_NAME = re.compile(r"^[vq]\d+([._]\d+)*[a-z]?$")
_LEGACY_NAME = re.compile(r"^v\d+$")
_FEWEST_CODE_NAMES = 5
_CODE_NAME_SHARE = 0.8

_FORMS_COLUMNS = {
    "id": "", "start time": "", "completion time": "completed_on", "email": "", "name": "",
    "last modified time": "", "language": "", "total points": "", "quiz feedback": "",
    "grade posted time": "",
}  # fmt: skip
_GOOGLE_COLUMNS = {"timestamp": "completed_on", "email address": "", "username": ""}
_SURVEYMONKEY_COLUMNS = {
    "respondentid": "", "collectorid": "", "startdate": "", "enddate": "completed_on",
    "datecreated": "", "datemodified": "", "ipaddress": "", "emailaddress": "", "firstname": "",
    "lastname": "", "customdata": "", "customdata1": "", "customvalue": "",
}  # fmt: skip
_QUALTRICS_COLUMNS = {
    "startdate": "", "enddate": "completed_on", "status": "", "responsetype": "", "ipaddress": "",
    "progress": "", "duration(inseconds)": "", "finished": "", "recordeddate": "",
    "responseid": "", "responseset": "", "recipientlastname": "", "recipientfirstname": "",
    "recipientemail": "", "emailaddress": "", "locationlatitude": "", "locationlongitude": "",
    "locationaccuracy": "", "distributionchannel": "", "userlanguage": "",
}  # fmt: skip
# The raw name of a column and the one that REDCap writes above labels.
_REDCAP_COLUMNS = {
    "record_id": "participant", "record id": "participant",
    "redcap_event_name": "wave", "event name": "wave",
    "redcap_data_access_group": "site", "data access group": "site",
    "redcap_repeat_instrument": "", "repeat instrument": "",
    "redcap_repeat_instance": "", "repeat instance": "",
    "redcap_survey_identifier": "", "survey identifier": "", "complete?": "",
}  # fmt: skip
_QUALTRICS_OWN = frozenset(_QUALTRICS_COLUMNS) - {"emailaddress", "status", "progress", "finished"}


def find_source(upload: Upload, sheet: Sheet) -> tuple[str, int | None]:
    """Which of SOURCES wrote the sheet, and the row (from 1) of the names that gave it away."""
    if upload.kind == "sav":
        return "spss", 1
    grid = Grid.of(sheet)
    other = _is_other_sheet(upload, sheet)
    rows = [int(row) for row in grid.rows[:_ROWS_LOOKED_AT]]
    texts = [{c: t.casefold() for c, t in grid.texts(row).items()} for row in rows]
    # Blank rows are not among them: the next one is looked at, whatever lies between.
    for position, row in enumerate(rows):
        below = texts[position + 1] if position + 1 < len(rows) else {}
        source = _source_of_row(texts[position], below, first=min(grid.columns), other=other)
        if source:
            return source, row
    return "hand_typed", None


def _is_other_sheet(upload: Upload, sheet: Sheet) -> bool:
    """Whether a sheet is one of the template's other two: by its name, or a text file's."""
    name = sheet.name if upload.kind == "xlsx" else f"{sheet.name} {upload.file_name}"
    plain = "_".join(name.casefold().split())
    if upload.kind == "xlsx":
        return plain in _OTHER_SHEETS
    return any(other in plain for other in _OTHER_SHEETS)


def _source_of_row(
    row: Mapping[int, str], below: Mapping[int, str], *, first: int, other: bool
) -> str:
    names = set(row.values())
    joined = {"".join(name.split()) for name in names}
    # A survey's questions may be called what our columns are; its own columns tell it apart.
    if {"id", "start time", "completion time"} <= names:
        return "microsoft_forms"
    if "respondentid" in joined and ("collectorid" in joined or _are_options(row, below)):
        return "surveymonkey"
    if _is_qualtrics(row, below):
        return "qualtrics"
    if "participant" in names and ("wave" in names or other):
        return "template"
    if _is_redcap(names):
        return "redcap"
    if row.get(first) == "timestamp" and len(names) > 1:
        return "google_forms"
    codes = sum(bool(_CODE_NAME.match(name)) for name in row.values())
    if codes >= max(_FEWEST_CODE_NAMES, _CODE_NAME_SHARE * len(row)):
        return "codes"
    return ""


def _are_options(row: Mapping[int, str], below: Mapping[int, str]) -> bool:
    """Whether the row below holds SurveyMonkey's answer options, blank under the respondent."""
    respondent = [column for column, name in row.items() if "".join(name.split()) == "respondentid"]
    said = [text for text in below.values() if text in ("response", "open-ended response")]
    return not any(column in below for column in respondent) and bool(said)


def _is_qualtrics(row: Mapping[int, str], below: Mapping[int, str]) -> bool:
    joined = {"".join(name.split()) for name in row.values()}
    if len(joined & _QUALTRICS_OWN) >= 4 and joined & {"responseid", "recordeddate", "enddate"}:
        return True
    legacy = sum(bool(_LEGACY_NAME.match(name)) for name in row.values()) >= 5
    words = {"".join(text.split()) for text in below.values()}
    return legacy and {"responseid", "responseset"} <= words


def _is_redcap(names: set[str]) -> bool:
    if any(name.startswith("redcap_") for name in names):
        return True
    if "record_id" in names:
        return any(name.endswith("_complete") for name in names)
    labelled = {"complete?", "event name", "data access group", "repeat instrument"}
    return "record id" in names and bool(names & labelled)


def tool_columns(source: str, headers: Sequence[str]) -> dict[int, str]:
    """The columns that the survey tool itself writes, by number, and what each is good for.

    The meaning is a name of the canonical spreadsheet, or ``""`` for a column that is not read.
    The response number of Microsoft Forms and others is nobody's code.

    >>> tool_columns("microsoft_forms", ["ID", "Completion time", "Email", "Your code"])
    {0: '', 1: 'completed_on', 2: ''}
    """
    if source not in SOURCES:
        raise ValueError(f"source={source!r}: it has to be one of {', '.join(SOURCES)}")
    plain = [" ".join(header.split()).casefold() for header in headers]
    if source == "microsoft_forms":
        return _first_of_each(plain, _FORMS_COLUMNS) | _that_begin(
            plain, "points - ", "feedback - "
        )
    if source == "google_forms":
        found = _first_of_each(plain, _GOOGLE_COLUMNS)
        early = {number: "" for number, name in enumerate(plain[:3]) if name == "score"}
        return found | early | _that_end(plain, " [score]", " [feedback]")
    if source == "surveymonkey":
        return _first_of_each(["".join(name.split()) for name in plain], _SURVEYMONKEY_COLUMNS)
    if source == "qualtrics":
        return _first_of_each(["".join(name.split()) for name in plain], _QUALTRICS_COLUMNS)
    return _redcap_columns(plain) if source == "redcap" else {}


def _first_of_each(names: Sequence[str], known: Mapping[str, str]) -> dict[int, str]:
    """A question may have the same text as a column of the tool: the tool's own comes first."""
    found: dict[int, str] = {}
    seen = set()
    for number, name in enumerate(names):
        if name in known and name not in seen:
            found[number] = known[name]
            seen.add(name)
    return found


def _that_begin(names: Sequence[str], *beginnings: str) -> dict[int, str]:
    return {number: "" for number, name in enumerate(names) if name.startswith(beginnings)}


def _that_end(names: Sequence[str], *ends: str) -> dict[int, str]:
    return {number: "" for number, name in enumerate(names) if name.endswith(ends)}


def _redcap_columns(names: Sequence[str]) -> dict[int, str]:
    """A date for the whole row is there only if one questionnaire alone has a timestamp."""
    found = {n: _REDCAP_COLUMNS[name] for n, name in enumerate(names) if name in _REDCAP_COLUMNS}
    found |= _that_end(names, "_complete")
    stamps = _that_end(names, "_timestamp") | {
        number: "" for number, name in enumerate(names) if name == "survey timestamp"
    }
    return found | {number: "completed_on" if len(stamps) == 1 else "" for number in stamps}
