"""Erasing people and keeping data no longer than agreed, in sentences."""

from __future__ import annotations

import pandas as pd

from evaluation.report.wording import british_date, capital, count, people
from evaluation.store.erasure import Erased
from evaluation.store.retention import Expired

WHAT_GOES = (
    "Everything that is stored about this person goes, for good: every questionnaire at every "
    "time with its earlier versions, the use of support, counted outcomes, and entries in lists of "
    "problems that name them. What their partner answered stays, and so do totals that were "
    "published before. A later upload of an old file, taking an import back, or a restored copy "
    "does not bring the person back. Copies of the database made before still hold them until "
    "these copies are deleted."
)
IN_ADVANCE = "Also if this person is not in the store, so that they never come in"
CODES_DIFFER = "The two codes are not the same, so nothing was erased. Type both again."
NO_CODE = "Type the person's code, twice."
NOT_CONFIRMED = "Nothing was erased. Tick the box to say that you mean it."
RETENTION = (
    "Data about people may be kept only as long as was agreed. Say after how many months without "
    "anything new a person's data are to go. Nothing is erased by itself: somebody has to do it "
    "here or at the command line."
)
EVERY_SITE_ONLY = (
    "Keeping data no longer than agreed, the log and what was released are about every site. Your "
    "account is about some, so they are not shown here. Ask somebody who looks after the data of "
    "all sites."
)
NOT_WIPED = (
    "Somebody else was using the database, so the space that the rows left is not overwritten yet: "
    "erase anybody else, or take a copy and restore it, to have that done."
)
EXPIRED_COLUMNS = ("Site", "People", "Last record, from", "to")


def erased_sentence(erased: Erased, *, in_advance: bool = False) -> str:
    """What was erased, without saying who."""
    if not erased.people and in_advance:
        return (
            "This person was not in the store. They are noted as erased, so no later upload brings "
            f"them in.{_remnants(erased)}"
        )
    return (
        f"{capital(people(erased.people))} erased: "
        f"{_some(erased.questionnaires, 'questionnaire')}, "
        f"{_some(erased.service_rows, 'row')} of service use, "
        f"{_some(erased.indicators, 'counted outcome')} and "
        f"{_some(erased.remnants, 'other entry', 'other entries')} that named them."
        f"{'' if erased.wiped else ' ' + NOT_WIPED}"
    )


def _remnants(erased: Erased) -> str:
    if not erased.remnants:
        return ""
    entries = _some(erased.remnants, "entry", "entries")
    return f" {entries[:1].upper()}{entries[1:]} that named them went too."


def _some(n: int, one: str, many: str = "") -> str:
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def expired_sentence(expired: Expired) -> str:
    """How many people's time is over."""
    day = british_date(expired.before)
    if not expired.people:
        return f"Nobody's last record is from before {day}."
    verb = "has" if expired.people == 1 else "have"
    return f"{capital(people(expired.people))} {verb} a last record from before {day}."


def expired_rows(expired: Expired) -> pd.DataFrame:
    """How many people of which sites would go (EXPIRED_COLUMNS)."""
    rows = [
        (
            row["site"],
            count(row["people"]),
            british_date(row["oldest"]),
            british_date(row["newest"]),
        )
        for row in expired.sites.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(EXPIRED_COLUMNS))
