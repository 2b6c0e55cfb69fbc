"""What the keying check says to a person."""

from __future__ import annotations

import pytest

from evaluation.analysis.keying import KeyingFinding, Kind, Proposal
from evaluation.report.keying_wording import describe, item_list

DIRECTION = {"n": 1204, "component_share": 0.4, "weakest_loading": 0.5, "alpha": 0.7095,
             "alpha_after": 0.9138}  # fmt: skip
LOOK = Proposal("look", (1,))


def finding(kind: Kind, items: tuple[int, ...], proposal: Proposal, **facts: float):
    return KeyingFinding(kind, "phq9", "PHQ-9", "total", items, proposal, facts)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ((4,), "item 4"),
        ((19, 18), "items 18 and 19"),
        ((1, 2, 3, 9), "items 1 to 3 and 9"),
        ((1, 2, 5, 6, 7, 8), "items 1, 2 and 5 to 8"),
    ],
)
def test_item_lists(items: tuple[int, ...], text: str) -> None:
    assert item_list(items) == text


def test_items_that_were_not_reversed() -> None:
    text = describe(finding("not_reversed", (18, 19), LOOK, **DIRECTION))
    assert text.startswith("PHQ-9: items 18 and 19 look as if they were not reversed.")
    assert "1,204 complete questionnaires" in text
    assert "from 0.71 to 0.91" in text
    assert text.endswith("Reverse them?")


def test_one_item_that_was_not_reversed() -> None:
    text = describe(finding("not_reversed", (18,), LOOK, **DIRECTION))
    assert text.startswith("PHQ-9: item 18 looks as if it was not reversed.")
    assert text.endswith("Reverse it?")


def test_items_reversed_before() -> None:
    text = describe(finding("already_reversed", (2, 3), LOOK, **DIRECTION))
    assert "items 2 and 3 look as if they had been reversed before" in text
    assert text.endswith("Take them as already reversed?")


def test_two_groups_are_both_named_and_the_choice_is_asked() -> None:
    proposal = Proposal("ask which to reverse", (1, 2, 5), (3, 4, 6))
    text = describe(finding("two_groups", (1, 2, 5), proposal, **DIRECTION))
    assert "items 1, 2 and 5 point one way and items 3, 4 and 6 the other way" in text
    assert text.endswith("Which group should be reversed?")


@pytest.mark.parametrize(
    ("shift", "low", "high", "coded", "ending"),
    [
        (1, 0, 3, "look coded 1-4 instead of 0-3", "Subtract 1 from each?"),
        (1, 0, 2, "look coded 1-3 instead of 0-2", "Subtract 1 from each?"),
        (-1, 1, 5, "look coded 0-4 instead of 1-5", "Add 1 to each?"),
    ],
)
def test_shifted_coding(shift: int, low: int, high: int, coded: str, ending: str) -> None:
    facts = {"n": 270, "shift": shift, "minimum": low, "maximum": high, "n_beyond": 31}
    text = describe(finding("shifted_coding", tuple(range(1, 10)), LOOK, **facts))
    assert text.startswith("PHQ-9: these answers")
    assert coded in text
    assert "Of 270 answers none is" in text
    assert ("31 are above 3" if (shift, high) == (1, 3) else "31 are") in text
    assert text.endswith(ending)


def test_a_shift_known_from_the_unused_end_only() -> None:
    facts = {"n": 270, "shift": 1, "minimum": 0, "maximum": 3, "n_beyond": 0}
    text = describe(finding("shifted_coding", (1, 2), LOOK, **facts))
    assert "above" not in text
    assert "Of 270 answers none is 0." in text


def test_answers_outside_the_range() -> None:
    facts = {"n": 720, "n_outside": 1, "lowest": 33, "highest": 33, "minimum": 0, "maximum": 3}
    text = describe(finding("outside_range", (5,), LOOK, **facts))
    assert "1 of 720 answers is not allowed (such as 33; allowed are 0 to 3), in item 5" in text
    facts |= {"n_outside": 4, "lowest": -9}
    assert "4 of 720 answers are not allowed (from -9 to 33;" in describe(
        finding("outside_range", (5,), LOOK, **facts)
    )


def test_an_end_that_nobody_uses() -> None:
    facts = {"n": 720, "end": 4, "n_next": 88, "minimum": 0, "maximum": 4}
    text = describe(finding("end_not_used", (1, 2, 3), LOOK, **facts))
    assert "to items 1 to 3 not one is 4, although 88 are 3" in text


def test_items_answered_alike() -> None:
    text = describe(finding("all_alike", (3, 6), LOOK, n=200, answer=0.0))
    assert "everybody gave the same answer, 0, to items 3 and 6 (200 questionnaires)" in text
