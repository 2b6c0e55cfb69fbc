"""What somebody reads before files leave."""

from __future__ import annotations

import pytest

from evaluation.disclosure.decision import Decision
from evaluation.report.export import prepare_export
from evaluation.report.release_wording import decision_lines, decision_title, refused_lines
from tests.evaluation.tables.synthetic_programme import programme


@pytest.mark.parametrize(
    ("decision", "title"),
    [("pass", "Ready to share"), ("review", "Look at this before you share it"),
     ("fail", "Not to be shared")],
)  # fmt: skip
def test_each_decision_has_a_heading_and_says_what_it_means(decision, title) -> None:
    record = Decision(decision).as_record()
    assert decision_title(record) == title
    assert len(decision_lines(record)) == 1


def test_an_unknown_decision_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="maybe"):
        decision_title({"decision": "maybe"})


def test_reasons_and_hidden_rows_are_told_with_the_fullest_tables_first() -> None:
    hidden = {"effects": 3, "attrition": 12, "couples": 1, "waves": 2, "dose": 2, "costs": 1}
    record = Decision("review", ("Small numbers are hidden.",), hidden).as_record()
    lines = decision_lines(record)
    assert lines[1] == "Small numbers are hidden."
    assert lines[2] == (
        "Where something is hidden: attrition (12 rows), effects (three rows), dose (two rows), "
        "waves (two rows), costs (one row), and one other table."
    )


def test_a_refusal_gives_each_objection_and_no_counts() -> None:
    lines = refused_lines(["effects: column 'df' leads to an exact number of people."])
    assert len(lines) == 2
    assert lines[0].startswith("These files hold something")


def test_the_manifest_of_an_export_carries_the_decision() -> None:
    results = programme()
    export = prepare_export(results, disclosure="release", sites=results.site_names[:1])
    record = export.manifest["release"]
    assert export.decision is not None and export.decision.as_record() == record
    assert decision_title(record) == "Look at this before you share it"
    assert any("hidden" in line for line in decision_lines(record))
