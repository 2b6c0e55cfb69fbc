"""A blank workbook must steer whoever fills it in; a filled one must come back as it was."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from evaluation.ingest.files.read import read_upload
from evaluation.ingest.templates.template import (
    LISTS_SHEET,
    QUESTIONNAIRES_SHEET,
    README_SHEET,
    SERVICE_SHEET,
    SYNTHETIC_NAME,
    SYNTHETIC_NOTICE,
    write_template,
    write_workbook,
)
from evaluation.ingest.templates.template_columns import QUESTIONNAIRE_COLUMNS
from evaluation.model import SERVICE_USE_COLUMNS
from instruments.definition import Instrument, Scale, same_items
from instruments.registry import all_instruments

SITES = ("Blackburn with Darwen", "Luton", "Newcastle upon Tyne")


def make_instrument(name: str, *, needs: str = "") -> Instrument:
    scale = Scale(
        "total", "Total", (1, 2, 3), "sum", (0, 9), "lower", "confirmed", "invented", needs=needs
    )
    return Instrument(
        id=name, version="2.1", name=f"Questionnaire {name}", short_name=name, construct="",
        respondent="", items=same_items(3, 0, 3, ("never", "rarely", "often", "always")),
        scales=(scale,), citation="", licence="", recall_period="", population="",
    )  # fmt: skip


@pytest.fixture(scope="module")
def blank() -> openpyxl.Workbook:
    buffer = io.BytesIO()
    write_template(
        buffer,
        [make_instrument("mood"), make_instrument("couple", needs="key")],
        characteristics=["intervention", "gender"],
        sites=SITES,
    )
    return openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))


def column_of(sheet, name: str) -> str:
    """The letter of a column, by its header."""
    return next(cell.column_letter for cell in sheet[1] if cell.value == name)


def rule_for(sheet, name: str):
    """The validation that covers a column from its first to its last prepared row."""
    letter = column_of(sheet, name)
    cells = f"{letter}2:{letter}2001"
    return next(
        (r for r in sheet.data_validations.dataValidation if cells in str(r.sqref).split()), None
    )


def test_sheets_stand_in_order_and_the_lists_are_hidden(blank):
    expected = [README_SHEET, QUESTIONNAIRES_SHEET, SERVICE_SHEET, LISTS_SHEET]
    assert blank.sheetnames == expected
    assert [blank[n].sheet_state for n in expected] == ["visible", "visible", "visible", "hidden"]


def test_columns_are_canonical_then_answers_then_scores_without_a_public_key(blank):
    header = [cell.value for cell in blank[QUESTIONNAIRES_SHEET][1]]
    answers = [f"{i}_{n}" for i in ("mood", "couple") for n in (1, 2, 3)]
    assert header == [*QUESTIONNAIRE_COLUMNS, "gender", "intervention", *answers, "couple_total"]
    assert [cell.value for cell in blank[SERVICE_SHEET][1]] == list(SERVICE_USE_COLUMNS)


@pytest.mark.parametrize(
    ("sheet", "column", "kind", "contains"),
    [
        (QUESTIONNAIRES_SHEET, "wave", "list", "baseline"),
        (QUESTIONNAIRES_SHEET, "informant", "list", "parent"),
        (QUESTIONNAIRES_SHEET, "mood_1", "list", "0,1,2,3"),
        (QUESTIONNAIRES_SHEET, "site", "list", "Lists!$B$2:$B$4"),
        (QUESTIONNAIRES_SHEET, "completed_on", "date", "32874"),
        (QUESTIONNAIRES_SHEET, "couple_total", "decimal", "0"),
        (SERVICE_SHEET, "took_up", "list", "yes,no"),
        (SERVICE_SHEET, "would_recommend", "list", "unsure"),
        (SERVICE_SHEET, "ending", "list", "withdrew consent"),
        (SERVICE_SHEET, "ended_on", "date", "32874"),
        (SERVICE_SHEET, "sessions_dna", "whole", "0"),
        (SERVICE_SHEET, "hours_used", "decimal", "0"),
        (SERVICE_SHEET, "satisfied", "list", "0,1,2,3,4,5,6,7,8,9,10"),
        (SERVICE_SHEET, "site", "list", "Lists!$B$2:$B$4"),
    ],
)
def test_cells_are_validated(blank, sheet, column, kind, contains):
    rule = rule_for(blank[sheet], column)
    assert rule.type == kind
    assert contains in rule.formula1


def test_only_labels_that_may_be_extended_can_be_overridden(blank):
    sheet = blank[QUESTIONNAIRES_SHEET]
    assert rule_for(sheet, "wave").errorStyle == "warning"  # 9m is a wave too
    assert rule_for(sheet, "mood_1").errorStyle in (None, "stop")
    assert "3 = always" in rule_for(sheet, "mood_1").error


def test_dates_end_today_and_are_real_dates(blank):
    rule = rule_for(blank[QUESTIONNAIRES_SHEET], "completed_on")
    assert (rule.operator, rule.formula2) in {(None, "TODAY()"), ("between", "TODAY()")}
    letter = column_of(blank[QUESTIONNAIRES_SHEET], "completed_on")
    style = blank[QUESTIONNAIRES_SHEET].column_dimensions[letter]
    assert style.number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("column", ["site", "participant", "couple"])
def test_codes_are_text_so_that_leading_zeros_survive(blank, column):
    for sheet in (blank[QUESTIONNAIRES_SHEET], blank[SERVICE_SHEET]):
        group = next(
            d for d in sheet.column_dimensions.values()
            if d.min <= openpyxl.utils.column_index_from_string(column_of(sheet, column)) <= d.max
        )  # fmt: skip
        assert group.number_format == "@"


def test_header_is_frozen_and_repeated_rows_are_coloured(blank):
    for name in (QUESTIONNAIRES_SHEET, SERVICE_SHEET):
        sheet = blank[name]
        assert sheet.freeze_panes == "C2"
        rules = [rule for rules in sheet.conditional_formatting for rule in rules.rules]
        assert len(rules) == 1
        letter = column_of(sheet, "participant")
        assert f"(${letter}$2:${letter}$2001=${letter}2)" in rules[0].formula[0]


def test_the_workbook_names_its_layout_and_questionnaires_out_of_sight(blank):
    name = blank.defined_names["template_id"]
    assert name.attr_text == '"distance-travelled/1 long mood:2.1 couple:2.1"'
    assert name.hidden
    rows = [row[0].value for row in blank[LISTS_SHEET].iter_rows(max_col=1)]
    assert rows[:3] == ["questionnaires", "mood, version 2.1", "couple, version 2.1"]


def test_the_first_sheet_explains_every_column_and_coding(blank):
    first = {row[0].value: row[1].value for row in blank[README_SHEET].iter_rows(max_col=2)}
    for column in (*QUESTIONNAIRE_COLUMNS, *SERVICE_USE_COLUMNS, "gender", "intervention"):
        assert first[column], column
    assert first["mood_1 to _3"].endswith("0 = never, 1 = rarely, 2 = often, 3 = always")
    assert "0 to 9" in first["couple_total"]


def test_a_blank_workbook_is_readable_and_not_synthetic():
    buffer = io.BytesIO()
    write_template(buffer, [make_instrument("mood")])
    upload = read_upload("blank.xlsx", buffer.getvalue())
    assert not upload.synthetic
    assert upload.hidden_sheets == (LISTS_SHEET,)
    sheet = next(s for s in upload.sheets if s.name == QUESTIONNAIRES_SHEET)
    assert sheet.n_rows == 1


def test_long_answer_scales_are_bounded_rather_than_listed():
    scale = Scale("total", "Total", (1,), "sum", (0, 100), "higher", "confirmed", "invented")
    slider = replace(make_instrument("slider"), items=same_items(1, 0, 100), scales=(scale,))
    buffer = io.BytesIO()
    write_template(buffer, [slider])
    book = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
    rule = rule_for(book[QUESTIONNAIRES_SHEET], "slider_1")
    assert (rule.type, rule.formula1, rule.formula2) == ("whole", "0", "100")


def test_every_built_in_questionnaire_has_a_blank_workbook():
    buffer = io.BytesIO()
    write_template(buffer, all_instruments(), sites=SITES)
    book = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
    header = {cell.value for cell in book[QUESTIONNAIRES_SHEET][1]}
    for instrument in all_instruments():
        assert {f"{instrument.id}_{item.number}" for item in instrument.items} <= header
    assert "enrich_couple_scales_35_communication" in header


@pytest.mark.parametrize(
    ("instruments", "options", "message"),
    [
        ([], {}, "at least one"),
        ([make_instrument("mood"), make_instrument("mood")], {}, "once"),
        ([make_instrument("mood")], {"characteristics": ["shoe_size"]}, "shoe_size"),
    ],
)
def test_impossible_requests_are_refused(instruments, options, message):
    with pytest.raises(ValueError, match=message):
        write_template(io.BytesIO(), instruments, **options)


QUESTIONNAIRES = pd.DataFrame({
    "participant": ["007", "=1+1", "12"], "wave": ["baseline", "end", "3m"],
    "completed_on": pd.to_datetime(["2017-03-04", None, "2017-09-30"]),
    "mood_1": [0.0, np.nan, 3.0], "link": ["", "www.example.org", "http://example.org"],
})  # fmt: skip


def written(notice: str = "A file of a test") -> bytes:
    buffer = io.BytesIO()
    use = pd.DataFrame({"participant": ["007"], "hours_used": [1.5], "took_up": ["yes"]})
    write_workbook(buffer, questionnaires=QUESTIONNAIRES, service_use=use, notice=notice)
    return buffer.getvalue()


def test_a_filled_workbook_comes_back_cell_by_cell():
    book = openpyxl.load_workbook(io.BytesIO(written()))
    rows = list(book[QUESTIONNAIRES_SHEET].iter_rows(values_only=True))
    assert rows[0] == ("participant", "wave", "completed_on", "mood_1", "link")
    assert rows[1] == ("007", "baseline", dt.datetime(2017, 3, 4), 0, None)
    assert rows[2] == ("=1+1", "end", None, None, "www.example.org")
    assert rows[3] == ("12", "3m", dt.datetime(2017, 9, 30), 3, "http://example.org")
    use = list(book[SERVICE_SHEET].iter_rows(values_only=True))
    assert use[1] == ("007", 1.5, "yes")


def test_codes_stay_text_and_nothing_becomes_a_formula_or_a_link():
    book = openpyxl.load_workbook(io.BytesIO(written()))
    sheet = book[QUESTIONNAIRES_SHEET]
    assert [sheet.cell(row, 1).data_type for row in (2, 3, 4)] == ["s", "s", "s"]
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_the_notice_stands_in_the_first_cell_and_marks_synthetic_data():
    assert read_upload("a.xlsx", written(SYNTHETIC_NOTICE)).synthetic
    assert not read_upload("a.xlsx", written()).synthetic
    book = openpyxl.load_workbook(io.BytesIO(written(SYNTHETIC_NOTICE)))
    assert book.worksheets[0].title == README_SHEET
    assert book[README_SHEET]["A1"].value == SYNTHETIC_NOTICE
    assert SYNTHETIC_NAME in book.defined_names
    assert SYNTHETIC_NAME not in openpyxl.load_workbook(io.BytesIO(written())).defined_names


def test_the_same_tables_give_the_same_bytes_and_name_the_program():
    assert hashlib.sha256(written()).digest() == hashlib.sha256(written()).digest()
    properties = openpyxl.load_workbook(io.BytesIO(written())).properties
    assert properties.creator == "Distance Travelled"
    assert properties.created == dt.datetime(2000, 1, 1)


def test_service_use_may_be_left_out_but_not_the_notice(tmp_path):
    path = tmp_path / "only.xlsx"
    write_workbook(path, questionnaires=QUESTIONNAIRES, service_use=None, notice="x")
    assert openpyxl.load_workbook(path).sheetnames == [README_SHEET, QUESTIONNAIRES_SHEET]
    with pytest.raises(ValueError, match="notice"):
        write_workbook(path, questionnaires=QUESTIONNAIRES, service_use=None, notice=" ")
