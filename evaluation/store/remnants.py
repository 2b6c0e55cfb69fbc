"""Where a person may be named beside the rows about them: problems, file names, saved mappings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, select

from evaluation.model import Problem
from evaluation.store import schema
from evaluation.store.writing import BATCH, update_all

REMOVED = "[removed]"
_PROBLEM_TEXTS = ("message", "fix", "file", "sheet", "value")


class Namings:
    """Finds the codes of some people in a text.

    A code that is a short number or a single word may stand for anything; it is looked for only
    where a sentence of ours names a participant by it.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        found = sorted({code.strip() for code in codes} - {""}, key=len, reverse=True)
        parts = [rf"(?<=articipant '){re.escape(code)}(?=')" for code in found]
        telling = [re.escape(code) for code in found if _is_telling(code)]
        if telling:
            parts.append(rf"(?<![^\W_])(?:{'|'.join(telling)})(?![^\W_])")
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def removed(self, text: str) -> str:
        """The text without the codes."""
        return text if self._pattern is None else self._pattern.sub(REMOVED, text)

    def removed_from(self, problem: Problem) -> Problem:
        return replace(
            problem,
            message=self.removed(problem.message),
            fix=self.removed(problem.fix),
            file=self.removed(problem.file),
            sheet=self.removed(problem.sheet),
            value=self.removed(problem.value),
        )


def _is_telling(code: str) -> bool:
    """Whether a code is found by itself: it has letters and digits, or four signs of digits."""
    has_digit = any(sign.isdigit() for sign in code)
    has_letter = any(sign.isalpha() for sign in code)
    return has_digit and (has_letter or len(code) > 3)


def remove_remnants(connection: Connection, codes: Sequence[str], hashes: Sequence[str]) -> int:
    """Remove what is left of some people outside their own rows; how many rows that were.

    Problems of their rows go; where a text names one of them beside others, the code goes.
    """
    n = _delete_problems(connection, hashes)
    namings = Namings(codes)
    n += _rewrite(connection, namings)
    return n + _delete_mappings(connection, namings)


def _delete_problems(connection: Connection, hashes: Sequence[str]) -> int:
    n, person = 0, schema.problem.c.person
    for start in range(0, len(hashes), BATCH):
        some = person.in_(hashes[start : start + BATCH])
        n += connection.execute(delete(schema.problem).where(some)).rowcount
    return n


def _rewrite(connection: Connection, namings: Namings) -> int:
    n = 0
    texts = (
        (schema.problem, _PROBLEM_TEXTS), (schema.import_file, ("name",)),
        (schema.decision, ("text",)),
    )  # fmt: skip
    for table, names in texts:
        changed = {}
        for row in connection.execute(select(table.c.id, *(table.c[name] for name in names))):
            old = dict(zip(names, row[1:], strict=True))
            new = {name: namings.removed(text) for name, text in old.items()}
            if new != old:
                changed[row.id] = new
        update_all(connection, table, changed)
        n += len(changed)
    return n


def _delete_mappings(connection: Connection, namings: Namings) -> int:
    """A mapping that names somebody cannot be used with a hole in it; the site is asked again."""
    m = schema.mapping
    rows = connection.execute(select(m.c.id, m.c.text)).all()
    naming = [row.id for row in rows if namings.removed(row.text) != row.text]
    if naming:
        connection.execute(delete(m).where(m.c.id.in_(naming)))
    return len(naming)
