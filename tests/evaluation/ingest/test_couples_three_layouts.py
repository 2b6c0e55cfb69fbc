"""148 real couples in three layouts: the same people, the same means, the same correlation."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from evaluation.ingest.columns.choices import Question
from evaluation.ingest.definitions.local_questionnaires import parse_definitions
from evaluation.model import Dataset
from tests.evaluation.ingest.typed_sheets import SCORES
from tests.evaluation.ingest.written_programme import settle

PAIRWISE = SCORES / "couples_acitelli_pairwise_148.csv"
QUESTIONNAIRE = """\
- id: satisfaction
  name: Satisfaction with the marriage
  items: 1
  minimum: 1
  maximum: 4
  scales:
    - {id: total, items: [1], better: higher}
"""

pytestmark = pytest.mark.skipif(
    not PAIRWISE.is_file(), reason="the real couples of ../shared/real_data are not here"
)

Rows = list[dict[str, str]]


def people() -> Rows:
    with PAIRWISE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def pairwise() -> bytes:
    """As it is: each person's row repeats what the partner said."""
    return PAIRWISE.read_bytes()


def one_row_for_each_couple() -> bytes:
    said: dict[str, dict[str, str]] = {}
    for row in people():
        said.setdefault(row["CoupleID"], {})[row["Gender_A"]] = row["Satisfaction_A"]
    header = ["Couple ID", "Satisfaction (husband)", "Satisfaction (wife)"]
    return as_csv([header, *([code, own["Husband"], own["Wife"]] for code, own in said.items())])


def two_rows_for_each_couple() -> bytes:
    rows = [[row["CoupleID"], row["Gender_A"], row["Satisfaction_A"]] for row in people()]
    return as_csv([["Couple ID", "Gender", "Satisfaction"], *sorted(rows, key=lambda r: r[2])])


def at_baseline(question: Question) -> str:
    return "baseline" if question.kind == "wave" else ""


def by_couple(dataset: Dataset) -> dict[str, dict[str, float]]:
    """What husband and wife of each couple said."""
    about = dataset.participants.set_index("participant")
    scores = dataset.supplied["satisfaction"]["total"]
    found: dict[str, dict[str, float]] = {}
    for number, record in dataset.records.iterrows():
        person = about.loc[record["participant"]]
        own = found.setdefault(person["couple"], {})
        assert person["role"] not in own
        own[person["role"]] = float(scores[number])
    return found


@pytest.mark.parametrize("layout", [pairwise, one_row_for_each_couple, two_rows_for_each_couple])
def test_the_same_couples_come_out_of_every_layout(layout: Callable[[], bytes]) -> None:
    (satisfaction,), problems = parse_definitions(QUESTIONNAIRE, known_ids=())
    assert problems == ()
    report, _ = settle(
        ("couples.csv", layout()), knows=at_baseline, site="Luton",
        extra_instruments=[satisfaction],
    )  # fmt: skip
    assert not report.blocked
    said = by_couple(report.dataset)
    truth: dict[str, dict[str, float]] = {}
    for row in people():
        truth.setdefault(row["CoupleID"], {})[row["Gender_A"].casefold()] = float(
            row["Satisfaction_A"]
        )
    assert said == truth
    assert len(said) == 148
    assert len(report.dataset.records) == 296
    # The published figures of these couples.
    husbands = [own["husband"] for own in said.values()]
    wives = [own["wife"] for own in said.values()]
    means = [sum(side) / 148 for side in (husbands, wives)]
    assert means == pytest.approx([3.6182, 3.5912], abs=5e-5)
    assert correlation(husbands, wives) == pytest.approx(0.6234, abs=5e-5)


def correlation(one: list[float], other: list[float]) -> float:
    pairs = list(zip(one, other, strict=True))
    a, b = sum(one) / len(one), sum(other) / len(other)
    joint = sum((x - a) * (y - b) for x, y in pairs)
    return joint / (sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other)) ** 0.5
