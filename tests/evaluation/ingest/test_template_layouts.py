"""Every layout of the blank workbook: headers that can be read back beyond doubt, and checks."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string

from evaluation.ingest.templates.template import README_SHEET, SERVICE_SHEET, write_template
from evaluation.ingest.templates.template_columns import QUESTIONNAIRE_COLUMNS
from evaluation.ingest.templates.template_layouts import LAYOUT_LABELS, LAYOUTS, plan_sheets
from evaluation.model import (
    CHARACTERISTIC_COLUMNS,
    KEY_COLUMNS,
    OCCASION_COLUMNS,
    SERVICE_USE_COLUMNS,
)
from instruments.registry import all_instruments, get, match_column

CANONICAL = {
    *KEY_COLUMNS, "couple", "role", *CHARACTERISTIC_COLUMNS, *OCCASION_COLUMNS,
    *SERVICE_USE_COLUMNS,
}  # fmt: skip
SUFFIX = re.compile(r"(?P<name>.+)_(?P<suffix>baseline|mid|end|post|[1-9][0-9]?m|A|B)")
OPTIONAL = ("gender", "intervention", "mode")


def workbook(layout: str, **options) -> openpyxl.Workbook:
    buffer = io.BytesIO()
    write_template(
        buffer, [get("phq9"), get("enrich_couple_scales_35")], layout=layout,
        characteristics=OPTIONAL, sites=["Luton"], **options,
    )  # fmt: skip
    return openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))


def headers(sheet) -> list[str]:
    return [cell.value for cell in sheet[1]]


def rule_for(sheet, header: str):
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == header)
    cells = f"{letter}2:{letter}2001"
    return next(r for r in sheet.data_validations.dataValidation if cells in str(r.sqref).split())


def is_canonical(name: str) -> bool:
    return name in CANONICAL or match_column(name) is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_header_is_a_canonical_name_with_at_most_one_suffix(layout):
    book = workbook(layout)
    for sheet in book.worksheets[1:-1]:
        for header in headers(sheet):
            found = SUFFIX.fullmatch(header)
            assert is_canonical(header) or (found and is_canonical(found["name"])), header


def test_no_canonical_name_looks_like_another_one_with_a_suffix():
    answers = [
        f"{instrument.id}_{part}"
        for instrument in all_instruments()
        for part in (*(i.number for i in instrument.items), *(s.id for s in instrument.scales))
    ]
    for name in (*CANONICAL, *answers):
        found = re.fullmatch(SUFFIX.pattern, name, re.IGNORECASE)
        assert found is None or not is_canonical(found["name"]), name


def test_wide_has_one_row_for_each_person_and_a_column_for_each_time():
    sheet = workbook("wide")["questionnaires"]
    expected = ["site", "participant", "couple", "role", "child", "informant", "gender",
                "intervention"]  # fmt: skip
    named = headers(sheet)
    assert named[:8] == expected
    assert named[8:11] == ["completed_on_baseline", "mode_baseline", "phq9_1_baseline"]
    assert {"phq9_9_end", "phq9_1_3m", "completed_on_6m"} <= set(named)
    assert "enrich_couple_scales_35_communication_6m" in named
    assert not {"wave", "session_number", "completed_on", "phq9_1"} & set(named)
    assert len(named) == len(set(named))


def test_the_points_in_time_can_be_chosen():
    named = headers(workbook("wide", waves=["baseline", "mid", "12m"])["questionnaires"])
    assert {"phq9_1_mid", "phq9_1_12m"} <= set(named)
    assert not any(name.endswith(("_end", "_3m", "_6m")) for name in named)
    assert workbook("sheet_per_wave", waves=["baseline", "12m"]).sheetnames == [
        README_SHEET, "baseline", "12m", SERVICE_SHEET, "Lists",
    ]  # fmt: skip


def test_a_sheet_for_each_time_says_when_by_its_name_alone():
    book = workbook("sheet_per_wave")
    assert book.sheetnames[1:5] == ["baseline", "end", "3m", "6m"]
    for name in book.sheetnames[1:5]:
        named = headers(book[name])
        assert named[:2] == ["site", "participant"]
        assert {"completed_on", "mode", "phq9_1", "gender"} <= set(named)
        assert not {"wave", "session_number"} & set(named)


def test_a_couple_has_one_row_for_each_time_and_no_participant():
    named = headers(workbook("couple")["questionnaires"])
    assert named[:8] == ["site", "couple", "child", "informant", "wave", "session_number",
                         "completed_on", "intervention"]  # fmt: skip
    assert named[8] == "mode"
    assert {"role_A", "role_B", "gender_A", "phq9_1_A", "phq9_9_B"} <= set(named)
    assert not {"participant", "role", "gender", "phq9_1"} & set(named)
    assert named.index("phq9_9_A") < named.index("role_B")
    answers = [name for name in named if name.startswith(("phq9", "enrich"))]
    assert sorted(n[:-2] for n in answers if n.endswith("_A")) == sorted(
        n[:-2] for n in answers if n.endswith("_B")
    )


@pytest.mark.parametrize(
    ("layout", "sheet", "header", "kind"),
    [
        ("wide", "questionnaires", "phq9_1_3m", "list"),
        ("wide", "questionnaires", "completed_on_end", "date"),
        ("wide", "questionnaires", "mode_6m", "list"),
        ("wide", "questionnaires", "site", "list"),
        ("wide", "questionnaires", "enrich_couple_scales_35_communication_end", "decimal"),
        ("sheet_per_wave", "6m", "phq9_1", "list"),
        ("sheet_per_wave", "3m", "completed_on", "date"),
        ("couple", "questionnaires", "phq9_1_B", "list"),
        ("couple", "questionnaires", "role_A", "list"),
        ("couple", "questionnaires", "wave", "list"),
        ("couple", SERVICE_SHEET, "took_up", "list"),
    ],
)
def test_cells_are_validated_as_the_canonical_column_is(layout, sheet, header, kind):
    assert rule_for(workbook(layout)[sheet], header).type == kind


@pytest.mark.parametrize(
    ("layout", "sheet", "key", "marked"),
    [
        ("wide", "questionnaires", ["site", "participant", "child", "informant"], "participant"),
        ("sheet_per_wave", "end", ["site", "participant", "child", "informant"], "participant"),
        ("couple", "questionnaires",
         ["site", "couple", "child", "informant", "wave", "session_number"], "couple"),
    ],
)  # fmt: skip
def test_a_repeated_key_of_the_layout_is_coloured(layout, sheet, key, marked):
    page = workbook(layout)[sheet]
    letters = {cell.value: cell.column_letter for cell in page[1]}
    ((where, rule),) = [
        (found.sqref, rule) for found in page.conditional_formatting for rule in found.rules
    ]
    assert str(where) == f"{letters[marked]}2:{letters[marked]}2001"
    compared = re.findall(r"\(\$([A-Z]+)\$2:\$\1\$2001=\$\1(?=2\))", rule.formula[0])
    assert compared == [letters[name] for name in key]
    assert page.freeze_panes == "C2"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_codes_are_text_and_service_use_is_the_same_everywhere(layout):
    book = workbook(layout)
    assert headers(book[SERVICE_SHEET]) == list(SERVICE_USE_COLUMNS)
    assert book["Lists"].sheet_state == "hidden"
    sheet = book.worksheets[1]
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    for name in {"participant", "couple"} & set(letters):
        number = column_index_from_string(letters[name])
        group = next(d for d in sheet.column_dimensions.values() if d.min <= number <= d.max)
        assert group.number_format == "@"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_sheet_explains_every_column_under_its_own_name(layout):
    book = workbook(layout)
    rows = list(book[README_SHEET].iter_rows(max_col=2, values_only=True))
    explained = {part for name, text in rows if text for part in str(name).split(", ")}
    for sheet in book.worksheets[1:-1]:
        for header in headers(sheet):
            assert header in explained or header.startswith(("phq9", "enrich")), header
    assert any(str(name).startswith("phq9_1") for name, _ in rows)
    template_name = book.defined_names["template_id"].attr_text
    assert template_name.startswith(f'"distance-travelled/1 {layout} phq9:PHQ-9 ')


def test_the_couple_sheet_says_how_people_are_called_on_the_other_sheet():
    text = "\n".join(str(row[0].value) for row in workbook("couple")[README_SHEET].iter_rows())
    assert "C07-A" in text


def test_every_layout_has_a_label_for_a_person():
    assert set(LAYOUT_LABELS) == set(LAYOUTS)


@pytest.mark.parametrize(
    ("layout", "waves", "message"),
    [
        ("spiral", (), "long, wide, sheet_per_wave, couple"),
        ("wide", ("baseline", "session"), "session"),
        ("wide", ("before",), "before"),
        ("wide", ("end", "end"), "once"),
        ("long", ("end",), "column for them"),
        ("couple", ("end",), "column for them"),
    ],
)
def test_impossible_requests_are_refused(layout, waves, message):
    with pytest.raises(ValueError, match=message):
        plan_sheets(layout, [get("phq9")], waves=waves)


def test_a_sheet_too_wide_to_be_read_back_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match=r"columns and at most 1,000 can be read"):
        plan_sheets("wide", all_instruments())
    (sheet,) = plan_sheets("wide", all_instruments(), waves=["baseline"])
    assert len(sheet.columns) <= 1_000
    assert set(QUESTIONNAIRE_COLUMNS) - {c.name for c in sheet.columns} == {
        "wave", "session_number",
    }  # fmt: skip
