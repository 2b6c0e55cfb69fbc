"""Problems as lines for a screen: of many of one kind the first few, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.ingest.problems import OWN_WORDS, sentence
from evaluation.model import Problem

MOST_IN_FULL = 5  # problems of one kind in one sheet
_MOST_PLACES = 20


def lines(problems: Sequence[Problem]) -> list[tuple[str, bool]]:
    """A line for each problem, and whether it blocks; the rest of a long list in one line.

    Nothing that has words of its own, as a question has, is cut short.
    """
    # What explains many of the others comes first.
    problems = sorted(problems, key=lambda problem: problem.code != "coding")
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(_kind(problem), []).append(problem)
    told = []
    given = dict.fromkeys(kinds, 0)
    for problem in problems:
        kind = _kind(problem)
        given[kind] += 1
        blocks = problem.severity == "block_file"
        long = len(kinds[kind]) > MOST_IN_FULL + 1 and problem.code not in OWN_WORDS
        if not long or given[kind] <= MOST_IN_FULL:
            told.append((sentence(problem), blocks))
        elif given[kind] == MOST_IN_FULL + 1:
            told.append((_rest(kinds[kind][MOST_IN_FULL:]), blocks))
    return told


def _kind(problem: Problem) -> tuple[str, str, str]:
    return problem.file, problem.sheet, problem.code


def _rest(problems: Sequence[Problem]) -> str:
    first = problems[0]
    where = first.file + (f", sheet '{first.sheet}'" if first.sheet else "")
    places = [_place(problem) for problem in problems[:_MOST_PLACES]]
    more = len(problems) - len(places)
    listed = ", ".join(filter(None, places)) + (f" and {more} more" if more else "")
    return f"{where}: {len(problems)} more like the last: {listed}. 'check --json' lists every one."


def _place(problem: Problem) -> str:
    if problem.code == "unknown_column":
        return f"'{problem.value}'"
    return problem.cell or (f"row {problem.row}" if problem.row is not None else "")
