"""A blank workbook says what it was made for, and one made for something else is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest

from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.templates.template import write_template
from evaluation.ingest.templates.template_id import check_template, template_id, template_names
from instruments.definition import Instrument
from instruments.registry import all_instruments, get

HERE = {instrument.id: instrument for instrument in all_instruments()}
LOCAL = replace(get("phq9"), id="manchester_lfo", version="2", short_name="Manchester LFO")


def sentences(names: dict[str, str], known: dict[str, Instrument]) -> list[tuple[str, str, str]]:
    problems = [
        make_problem(code, Place("a.xlsx"), **words) for code, words in check_template(names, known)
    ]
    return [(p.severity, p.message, p.fix) for p in problems]


def test_the_text_holds_layout_and_versions_in_order() -> None:
    made = template_id([get("phq9"), get("das_32"), LOCAL], "wide")
    assert made == (
        "distance-travelled/1 wide phq9:PHQ-9 das_32:DAS-32%20(1976;%20manual%201989) "
        "manchester_lfo:2"
    )


def test_no_text_is_longer_than_a_spreadsheet_program_takes() -> None:
    names = template_names(all_instruments(), "long")
    assert list(names)[:3] == ["template_id", "template_id_2", "template_id_3"]
    assert max(map(len, names.values())) <= 255
    assert " ".join(names.values()) == template_id(all_instruments(), "long")


@pytest.mark.parametrize("layout", ["long", "sheet_per_wave"])
def test_a_workbook_made_here_passes(layout: str) -> None:
    buffer = io.BytesIO()
    write_template(buffer, all_instruments(), layout=layout)
    book = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
    names = {name: found.attr_text for name, found in book.defined_names.items()}
    assert all(found.hidden for found in book.defined_names.values())
    assert len(names) >= 3
    assert check_template(names, HERE) == []
    fewer = {name: known for name, known in HERE.items() if name != "swemwbs"}
    assert [code for code, _ in check_template(names, fewer)] == ["wrong_template"]


@pytest.mark.parametrize(
    "text",
    [
        "distance-travelled/1 long phq9:PHQ-9 manchester_lfo:1",
        '"distance-travelled/1 long phq9:PHQ-9 manchester_lfo:1"',
        '="distance-travelled/1 long phq9:PHQ-9 manchester_lfo:1"',
    ],
)
def test_another_version_of_a_questionnaire_is_refused(text: str) -> None:
    assert sentences({"template_id": text}, HERE | {"manchester_lfo": LOCAL}) == [
        (
            "block_file",
            "This workbook was made for version 1 of Manchester LFO; version 2 is in use here.",
            "Get a new blank workbook and copy the answers over.",
        )
    ]


def test_a_questionnaire_that_is_not_known_here_is_refused() -> None:
    found = sentences({"Template_ID": "distance-travelled/1 long manchester_lfo:1"}, HERE)
    assert found == [
        (
            "block_file",
            "This workbook was made for the questionnaire 'manchester_lfo', not known here.",
            "Have the questionnaire added here first, or: "
            "Get a new blank workbook and copy the answers over.",
        )
    ]


def test_a_newer_template_is_refused_once_whatever_else_it_says() -> None:
    found = sentences({"template_id": "distance-travelled/2 spiral mood:9|x gloom:1"}, HERE)
    assert [(severity, message) for severity, message, _ in found] == [
        ("block_file", "This workbook was made by a newer version of this program.")
    ]


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"synthetic_data": "yes"},
        {"template_id": ""},
        {"template_id": "Sheet1!$A$1"},
        {"template_id": "other-program/7 long phq99:1"},
        {"template_id_2": "phq99:1"},
        {"template_id": "distance-travelled/1"},
        {"template_id": "distance-travelled/1 long"},
        {"old_template_id": "distance-travelled/9 long"},
    ],
)
def test_a_workbook_without_our_name_passes(names: dict[str, str]) -> None:
    assert check_template(names, HERE) == []


def test_a_number_and_a_fingerprint_of_a_definition_cannot_be_compared() -> None:
    known = HERE | {"manchester_lfo": LOCAL}
    text = "distance-travelled/1 long manchester_lfo:0123456789ab"
    assert check_template({"template_id": text}, known) == []
    from_a_file = {"manchester_lfo": replace(LOCAL, version="ba9876543210")}
    assert len(check_template({"template_id": text}, from_a_file)) == 1


def test_parts_are_read_in_order_whatever_their_order_in_the_file() -> None:
    names = {
        "template_id_10": '"phq9:PHQ-8"',
        "template_id_2": '"gad7:GAD-7"',
        "template_id": '"distance-travelled/1 long"',
    }
    assert [words["what"] for _, words in check_template(names, HERE)] == [
        "This workbook was made for version PHQ-8 of PHQ-9; version PHQ-9 is in use here"
    ]


def test_a_long_or_odd_name_is_cut_in_the_sentence() -> None:
    text = f"distance-travelled/1 long {'x' * 500}:1 {{value}}%0A{{0}}:1"
    found = sentences({"template_id": text}, HERE)
    assert len(found) == 2
    assert all(len(message) < 150 for _, message, _ in found)
    assert "'{value} {0}'" in found[1][1]
