"""What the boxes of a flow diagram say, and the same in sentences for those who cannot see it."""

from __future__ import annotations

from typing import Any

from evaluation.model import months_of
from evaluation.report import wording

Row = dict[str, Any]
UNITS = {"person": ("person", "people"), "couple": ("couple", "couples")}
_STEPS = {
    "referred": "Referred",
    "took_up": "Took up support",
    "baseline": "Answered at the start",
    "end": "Answered at the end",
}
_OUT = {
    "took_up": (("missed", "Did not take up"), ("window_open", "Not known yet")),
    "baseline": (("missed", "No answer"), ("also", "Also answered")),
}
_OUT_LATER = (
    ("missed", "No answer"),
    ("window_open", "Can still answer"),
    ("not_yet_due", "Not due yet"),
    ("left", "Not asked any more"),
    ("not_used", "Site does not ask"),
)
FLOW_NOTE = (
    "Each later box counts all who answered at the start, also those who missed a time in "
    "between. Not asked any more: they withdrew consent or left for safeguarding reasons."
)
ALSO_NOTE = (
    "Also answered: people of whom it is not known that they took up support. The later boxes "
    "count them too."
)
ROUNDED_NOTE = "Numbers are rounded and small ones hidden, so they may not add up."


def step_lines(row: Row) -> list[str]:
    """The main box of a step: what was done, and by how many."""
    return [_step(row["step"]), _number(row["done"], row["unit"])]


def out_lines(row: Row) -> list[str]:
    """The box beside it: those who are not in the main box, and why; empty if there are none."""
    step = row["step"]
    kinds = _OUT.get(step, _OUT_LATER)
    lines = [f"{words}: {_shown(row[name])}" for name, words in kinds if _is_there(row[name])]
    if step == "referred" or not lines:
        return []
    if step in _OUT:
        return lines
    return [f"Of {_shown(row['with_baseline'])} at the start:", *lines]


def flow_finding(rows: list[Row]) -> str:
    """Every number of the diagram, read from the top to the bottom."""
    sentences = []
    for row in rows:
        step, done = step_lines(row)
        out = out_lines(row)
        counts = [line[:1].lower() + line[1:] for line in out if not line.endswith(":")]
        rest = f" ({'; '.join(counts)})" if counts else ""
        sentences.append(f"{step}: {done}{rest}.")
    return " ".join(sentences)


def flow_notes(rows: list[Row]) -> list[str]:
    """What has to be known to read the boxes."""
    also = any(row["step"] == "baseline" and _is_there(row["also"]) for row in rows)
    return [FLOW_NOTE, ALSO_NOTE] if also else [FLOW_NOTE]


def _step(step: str) -> str:
    months = months_of(step)
    if months is None:
        return _STEPS.get(step, wording.step_name(step))
    return f"Answered at {months} {'month' if months == 1 else 'months'}"


def _number(n: Any, unit: str) -> str:
    one, many = UNITS["person" if unit == "person" else "couple"]
    if not wording.is_known(n):
        return f"number of {many} hidden"
    return f"{wording.count(n)} {one if n == 1 else many}"


def _is_there(n: Any) -> bool:
    """Whether a line is worth showing: a number, or one that is hidden."""
    return not wording.is_known(n) or n > 0


def _shown(n: Any) -> str:
    return wording.count(n) if wording.is_known(n) else "hidden"
