"""Whether files may leave, in plain words: for pages, the command line and the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.report.wording import people

TITLES = {
    "pass": "Ready to share",
    "review": "Look at this before you share it",
    "fail": "Not to be shared",
}
_WHAT = {
    "pass": "Nothing in these files had to be hidden.",
    "review": (
        "Please read these points first; if in doubt, ask whoever is responsible for data "
        "protection."
    ),
    "fail": (
        "These files hold something that could tell of single people, so they were not made. "
        "Please pass these points on to whoever looks after this program."
    ),
}


def decision_title(record: Mapping[str, Any]) -> str:
    """A heading for the decision: ``record`` as `Decision.as_record` or a manifest has it."""
    return TITLES[_decision_of(record)]


def decision_lines(record: Mapping[str, Any]) -> list[str]:
    """What was decided, why, and how many rows of which tables hide something."""
    decision = _decision_of(record)
    hidden = {name: n for name, n in record.get("n_suppressed", {}).items() if n}
    lines = [_WHAT[decision], *record.get("reasons", [])]
    if hidden and decision != "fail":
        lines.append(_hidden_line(hidden))
    return lines


def refused_lines(reasons: Sequence[str]) -> list[str]:
    """The same where the files could not be made: the objections one by one."""
    return decision_lines({"decision": "fail", "reasons": list(reasons), "n_suppressed": {}})


def _decision_of(record: Mapping[str, Any]) -> str:
    decision = str(record["decision"])
    if decision not in TITLES:
        raise ValueError(f"decision={decision!r}: allowed are {', '.join(TITLES)}")
    return decision


def _hidden_line(hidden: Mapping[str, int]) -> str:
    most = sorted(hidden.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{name} ({people(n, 'row', 'rows')})" for name, n in most[:5]]
    more = len(most) - len(named)
    rest = f", and {people(more, 'other table', 'other tables')}" if more else ""
    return f"Where something is hidden: {', '.join(named)}{rest}."
