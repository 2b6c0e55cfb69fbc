"""The gate: what could harm is refused before a reader sees it, and what it finds is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from evaluation.ingest.files import read_workbook as reading
from evaluation.ingest.files.cells import UnreadableFileError
from evaluation.ingest.files.gate import check_package
from evaluation.ingest.files.package_parts import PackageParts
from evaluation.ingest.files.read import read_upload
from evaluation.ingest.files.workbook_facts import SheetFacts
from tests.evaluation.ingest import made_workbooks as made
from tests.evaluation.ingest.hostile import HOSTILE
from tests.evaluation.ingest.made_workbooks import MAIN, ONE_ROW, workbook, worksheet

EXPORTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "exports"


def facts_of(data: bytes) -> SheetFacts:
    return check_package("a.xlsx", data).sheets[0]


def places(array: object) -> list[list[int]]:
    return array.tolist()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_before_any_reader(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("the reader must not see this file")

    monkeypatch.setattr(
        reading.python_calamine.CalamineWorkbook, "from_filelike", fail, raising=True
    )
    make, code, words = HOSTILE[name]
    with pytest.raises(UnreadableFileError) as caught:
        read_upload("a.xlsx", make())
    assert caught.value.code == code
    assert "'a.xlsx'" in caught.value.message
    assert words in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.fix.endswith(".")


def test_a_part_is_never_unpacked_further_than_it_tells() -> None:
    bomb = made.repeated_part("xl/a.xml", "", " " * 100_000, 1_000, "")
    told = made.RawPart(bomb.name, bomb.packed, 1_500_000, bomb.checksum)
    parts = PackageParts("a.xlsx", made.raw_package(told))
    unpacked = 0
    with pytest.raises(UnreadableFileError):
        for piece in parts.pieces("xl/a.xml"):
            unpacked += len(piece)
    assert unpacked <= 1_500_000


def test_the_gate_needs_neither_pandas_nor_a_reader() -> None:
    root = str(Path(__file__).resolve().parents[3])
    check = (
        "import sys; import evaluation.ingest.files.gate, evaluation.ingest.files.read; "
        "sys.exit(bool({'pandas', 'openpyxl', 'python_calamine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=root, check=False)
    assert done.returncode == 0


def test_rows_formatted_to_the_very_end_pass() -> None:
    blank = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(2, 1_048_577))
    sheet = facts_of(workbook(ONE_ROW + blank))
    assert (sheet.n_cells, sheet.last_row, sheet.last_column) == (1, 1, 0)


# --- what it finds ----------------------------------------------------------------------------

# The same three rows in the ways in which programs write them.
_ROWS = (
    '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    '<row r="3" hidden="1"><c r="A3" s="1"><v>5</v></c><c r="B3"><f>A3+1</f></c>'
    '<c r="C3" s="1"/></row>'
    '<row r="4"><c r="A4" s="2"/><c r="B4"><f t="shared" si="0"/><v>7</v></c>'
    '<c r="C4" t="b"><v>1</v></c></row>'
)
_WITHOUT_ADDRESSES = (
    '<row><c t="str"><v>a</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row><row/>'
    '<row hidden="true"><c s="1"><v>5</v></c><c><f>A3+1</f></c><c s="1"/></row>'
    '<row><c s="2"/><c><f t="shared" si="0"/><v>7</v></c><c t="b"><v>1</v></c></row>'
)
_WAYS = {
    "plain": worksheet(_ROWS),
    "declared": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n' + worksheet(_ROWS),
    "prefixed": worksheet(_ROWS)
    .replace("</", "</x:")
    .replace("<", "<x:")
    .replace("<x:/x:", "</x:")
    .replace("xmlns=", "xmlns:x="),
    "single quotation marks": worksheet(_ROWS.replace('"', "'")),
    "blanks in tags": worksheet(_ROWS.replace("<c r=", "<c\n  r = ")),
    "over several lines": worksheet(_ROWS.replace("><", ">\n  <")),
    "no addresses": worksheet(_WITHOUT_ADDRESSES),
    "another order": worksheet(
        _ROWS.replace('r="B1" t="e"', 't="e" r="B1"').replace(
            'r="3" hidden="1"', 'hidden="1" r="3"'
        )
    ),
    "a comment": worksheet("<!-- as generated -->" + _ROWS),
    "an empty value": worksheet(_ROWS.replace("<f>A3+1</f>", "<f>A3+1</f><v></v>")),
    "an ended value": worksheet(_ROWS.replace("<f>A3+1</f>", "<f>A3+1</f><v/>")),
    "an ended value, spaced": worksheet(_ROWS.replace("<f>A3+1</f>", "<f>A3+1</f><v />")),
    "ended with a blank": worksheet(_ROWS.replace("/>", " />")),
    "values that count": worksheet(_ROWS).replace("<v>5</v>", "<v>&#53;</v>"),
}


@pytest.mark.parametrize("way", _WAYS)
def test_every_way_of_writing_tells_the_same(way: str) -> None:
    sheet = facts_of(made.with_sheet(_WAYS[way]))
    assert (sheet.n_cells, sheet.last_row, sheet.last_column) == (6, 4, 2)
    assert {word: places(found) for word, found in sheet.errors.items()} == {"#DIV/0!": [[1, 1]]}
    assert places(sheet.formulas_without_value) == [[3, 1]]
    assert sheet.hidden_rows == {3}
    assert sheet.has_truth_values


def test_cells_that_lie_across_pieces_are_counted_once() -> None:
    # unpacked in pieces of 1 MB, so that some cells lie across their ends
    n = 40_000
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>P{row}</t></is></c>'
        f'<c r="B{row}" t="e"><v>#N/A</v></c><c r="C{row}"><f>B{row}</f></c></row>'
        for row in range(1, n + 1)
    )
    sheet = facts_of(workbook(rows))
    assert (sheet.n_cells, sheet.last_row, sheet.last_column) == (3 * n, n, 2)
    assert places(sheet.errors["#N/A"]) == [[row, 1] for row in range(1, n + 1)]
    assert places(sheet.formulas_without_value) == [[row, 2] for row in range(1, n + 1)]


def test_the_empty_text_of_a_formula_is_its_result() -> None:
    rows = '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><f>1</f><v></v></c></row>'
    assert places(facts_of(workbook(rows)).formulas_without_value) == [[1, 1]]


def test_a_placeholder_for_a_result_is_none() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>0</v></c><c r="B1"><f>A1</f><v>0</v></c>'
        '<c r="C1"><f>A1+5</f><v>5</v></c></row>'
    )
    never = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
    sheet = facts_of(made.changed("xl/workbook.xml", "</workbook>", never + "</workbook>",
                                     workbook(rows)))  # fmt: skip
    assert places(sheet.formulas_without_value) == [[1, 1]]
    assert places(facts_of(workbook(rows)).formulas_without_value) == []


def test_what_stands_around_the_cells_is_found() -> None:
    data = workbook(
        '<row r="1"><c r="A1"><v>1</v></c><c r="E1"><v>1</v></c></row>',
        before='<cols><col min="2" max="3" hidden="1"/><col min="4" max="4" width="9"/>'
        '<col min="9" max="16384" hidden="true"/></cols>',
        after='<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="D4"/></mergeCells>',
        names="<definedNames><definedName name='template'>\"v1\"</definedName>"
        "<definedName name='area'>S1!$A$1</definedName></definedNames>",
        about='<workbookPr date1904="1"/>',
        more={
            "xl/worksheets/_rels/sheet1.xml.rels": made.relations(
                ("comments", "../comments1.xml"), ("threadedComment", "/xl/threads/t1.xml")
            ),
            "xl/comments1.xml": f'<comments xmlns="{MAIN}"><commentList><comment ref="C3"/>'
            "</commentList></comments>",
            "xl/threads/t1.xml": '<ThreadedComments><threadedComment ref="AA10"/>'
            "</ThreadedComments>",
        },
    )
    package = check_package("a.xlsx", data)
    sheet = package.sheets[0]
    assert sheet.hidden_columns == {1, 2}
    assert sheet.merged == ((1, 0, 2, 1), (4, 3, 4, 3))
    assert sheet.commented == {(3, 2), (10, 26)}
    assert package.names == {"template": '"v1"', "area": "S1!$A$1"}
    assert package.date1904


@pytest.mark.parametrize(
    ("fill", "coloured"),
    [
        ('<patternFill patternType="solid"><fgColor rgb="FFFFFF00"/></patternFill>', True),
        ('<patternFill patternType="solid"><fgColor theme="5"/></patternFill>', True),
        ('<patternFill patternType="solid"><fgColor theme="0" tint="-0.2"/></patternFill>', True),
        ('<patternFill patternType="solid"><fgColor indexed="13"/></patternFill>', True),
        ('<patternFill patternType="solid"><fgColor rgb="FFFFFFFF"/></patternFill>', False),
        ('<patternFill patternType="solid"><fgColor theme="0"/></patternFill>', False),
        ('<patternFill patternType="gray125"/>', False),
        ('<patternFill patternType="none"/>', False),
    ],
)
def test_rows_with_a_coloured_value_are_found(fill: str, coloured: bool) -> None:
    styles = (
        f'<fills><fill><patternFill patternType="none"/></fill><fill>{fill}</fill></fills>'
        '<cellXfs count="2"><xf fillId="0"/><xf fillId="1"/></cellXfs>'
    )
    rows = (
        '<row r="1"><c r="A1" s="0"><v>1</v></c></row><row r="2"><c r="A2" s="1"><v>1</v></c></row>'
        '<row r="3"><c r="A3"><v>1</v></c><c r="B3" s="1"/></row>'
    )
    assert facts_of(workbook(rows, styles=styles)).coloured_rows == ({2} if coloured else set())


def test_an_error_that_no_reader_knows_is_named_with_its_cell() -> None:
    with pytest.raises(UnreadableFileError, match=r"cell B7 .* shows #SPILL!") as caught:
        check_package("a.xlsx", workbook('<row r="7"><c r="B7" t="e"><v>#SPILL!</v></c></row>'))
    assert caught.value.fix.startswith("Replace the broken formula")


def test_texts_are_measured_however_they_are_written() -> None:
    allowed = "<si><t>" + "&amp;" * 32_767 + "</t></si>"
    longer = "<si><t>" + "&amp;" * 32_768 + "</t></si>"
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    for comment in ("", "<!-- x -->"):
        assert facts_of(workbook(rows, texts=comment + allowed)).n_cells == 1
        with pytest.raises(UnreadableFileError, match="32,767"):
            check_package("a.xlsx", workbook(rows, texts=comment + longer))


@pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")
def test_facts_of_real_workbooks_agree_with_another_reader() -> None:
    n_errors = 0
    for path in sorted(EXPORTS.glob("*.xlsx")):
        if path.name == "excel_password.xlsx":
            continue
        package = check_package(path.name, path.read_bytes())
        other = openpyxl.load_workbook(path, data_only=True)
        by_name = {sheet.title: sheet for sheet in other.worksheets}
        for facts in package.sheets:
            if facts.name not in by_name:
                assert facts.n_cells == 0  # a chart
                continue
            sheet = by_name[facts.name]
            errors = {
                (cell.row, cell.column - 1)
                for row in sheet.iter_rows() for cell in row if cell.data_type == "e"
            }  # fmt: skip
            n_errors += len(errors)
            found = {tuple(p) for array in facts.errors.values() for p in array.tolist()}
            assert found == errors, path.name
            assert (facts.state, len(facts.merged)) == (
                sheet.sheet_state, len(sheet.merged_cells.ranges),
            )  # fmt: skip
            hidden = {n for n, row in sheet.row_dimensions.items() if row.hidden}
            assert facts.hidden_rows == {n for n in hidden if n <= facts.last_row}
            commented = {
                (cell.row, cell.column - 1)
                for row in sheet.iter_rows() for cell in row if cell.comment
            }  # fmt: skip
            assert facts.commented == commented
    assert n_errors > 5
