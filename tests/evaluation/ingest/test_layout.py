"""From a table to a proposal of how its columns are read, and what is left to ask."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from evaluation.ingest.columns.choices import TableMapping
from evaluation.ingest.columns.layout import describe, propose, questions
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.sheets.tables import Table
from instruments.definition import Instrument, Scale
from instruments.registry import all_instruments

SCORES = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "scores"
INSTRUMENTS = {instrument.id: instrument for instrument in all_instruments()}


def local(id_: str, low: float, high: float) -> dict[str, Instrument]:
    """A local questionnaire of which only a score is known."""
    scale = Scale("total", id_, (), "supplied", (low, high), "lower", "unverified", "")
    words = dict.fromkeys(("version", "construct", "respondent", "citation", "licence",
                           "recall_period", "population"), "")  # fmt: skip
    own = Instrument(id=id_, name=id_, short_name=id_, items=(), scales=(scale,), **words)
    return {**INSTRUMENTS, id_: own}


def make_table(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], *, file: str = "file.xlsx",
    sheet: str = "", source: str = "hand_typed", groups: Sequence[str] = (),
    labels: Mapping[int, Mapping[Cell, str]] | None = None,
) -> Table:  # fmt: skip
    blank = ("",) * len(header)
    columns = tuple(Column.of(row[i] for row in rows) for i in range(len(header)))
    return Table(file, sheet, source, (1,), tuple(header), tuple(groups) or blank, blank, columns,
                 np.arange(2, 2 + len(rows)), labels=labels or {})  # fmt: skip


def real(name: str) -> Table:
    path = SCORES / name
    if not path.exists():
        pytest.skip("the shared real data are not here")
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return make_table(header, rows, file=name)


def read_as(mapping: TableMapping) -> dict[str, str]:
    """Header -> what it is read as, with point in time, partner, way and reason."""
    return {
        c.header: " ".join(
            part
            for part in (c.read_as, c.when and f"@{c.when}", c.partner and f"/{c.partner}",
                         f"[{c.how}]" if c.read_as else "", c.reason)
            if part
        )
        for c in mapping.columns
    }  # fmt: skip


PHQ_ROWS = [[f"P{n}", *[(n + k) % 4 for k in range(9)]] for n in range(30)]


def test_the_canonical_spreadsheet_is_read_by_exact_names_only() -> None:
    table = make_table(
        ["Participant", "wave ", "phq9_1", "PHQ-9 Q2", "Date", "Full name", "wave"],
        [["P1", "T1", 1, 2, "2024-01-01", "x", "T1"]],
        sheet="3m FU",
    )
    mapping = propose(table, INSTRUMENTS)
    assert mapping.canonical
    assert [c.read_as for c in mapping.columns] == [
        "participant", "wave", "phq9_1", "", "", "", "wave"]  # fmt: skip
    assert [c.reason for c in mapping.columns] == ["", "", "", "", "", "personal", "duplicate"]
    assert questions(table, mapping) == []
    assert (mapping.when, mapping.waves, mapping.unit) == ("", {}, "person")


def test_service_use_by_exact_names() -> None:
    table = make_table(["participant", "sessions_attended", "phq9_1"], [["P1", 3, 1]])
    mapping = propose(table, INSTRUMENTS, kind="service_use")
    assert [c.read_as for c in mapping.columns] == ["participant", "sessions_attended", ""]


def test_items_in_order_belong_to_the_questionnaire_named_beside_them() -> None:
    header = ["Client ID", "Wave", *(f"Q{n}" for n in range(1, 10)), "PHQ9 Total"]
    rows = [[row[0], "T1", *row[1:], sum(row[1:])] for row in PHQ_ROWS]
    table = make_table(header, rows, sheet="Baseline")
    mapping = propose(table, INSTRUMENTS)
    found = read_as(mapping)
    assert found["Client ID"] == "participant [name]"
    assert found["Q1"] == "phq9_1 [order]" and found["Q9"] == "phq9_9 [order]"
    assert found["PHQ9 Total"] == "phq9_total [name]"
    columns, wave = questions(table, mapping)
    assert "C to K 'Q1' to 'Q9' as phq9_1 to phq9_9" in columns.text
    assert (columns.kind, columns.subject, columns.n) == ("columns", ("Baseline",), 270)
    assert (wave.kind, wave.subject, wave.proposal) == ("wave", ("Baseline", "t1"), "baseline")
    assert describe(table, mapping) == "Sheet 'Baseline': 30 people, 1 point in time: 30 records."


def test_a_header_mark_repeats_what_the_wave_column_says() -> None:
    header = ["client id", "wave", *(f"phq_{n}_post" for n in range(1, 10)), "Total "]
    rows = [[row[0], "T2", *row[1:], sum(row[1:])] for row in PHQ_ROWS]
    table = make_table(header, rows, sheet="End of support ")
    mapping = propose(table, INSTRUMENTS)
    found = read_as(mapping)
    assert found["phq_9_post"] == "phq9_9 [name]"
    assert found["Total "] == "phq9_total [asked]"
    assert [q.proposal for q in questions(table, mapping)] == ["yes", "end"]


def test_a_sheet_whose_name_is_its_wave() -> None:
    header = ["ClientID", *(f"PHQ9.{n}" for n in range(1, 10)), "Score"]
    table = make_table(header, [[*row, sum(row[1:])] for row in PHQ_ROWS], sheet="3m FU")
    mapping = propose(table, INSTRUMENTS)
    assert (mapping.when, mapping.waves) == ("3m FU", {"3m fu": "3m"})
    assert read_as(mapping)["PHQ9.9"] == "phq9_9 [name]"
    assert [q.kind for q in questions(table, mapping)] == ["columns"]  # the bare score
    elsewhere = propose(make_table(header, [], sheet="T2"), INSTRUMENTS)
    assert (elsewhere.when, elsewhere.waves) == ("T2", {})


def test_a_wave_that_only_the_file_name_says_is_asked() -> None:
    table = make_table(["pid", "phq9 total"], [["P1", 3]], file="phq9_baseline.csv")
    mapping = propose(table, INSTRUMENTS)
    (question,) = questions(table, mapping)
    assert (question.kind, question.proposal, question.n) == ("wave", "baseline", 1)
    assert mapping.waves == {"baseline": ""}


def test_sheet_name_and_wave_column_that_contradict_each_other_are_asked() -> None:
    table = make_table(
        ["pid", "wave", "phq9 total"], [["P1", "Baseline", 3], ["P2", "baseline", 4]], sheet="3m FU"
    )
    mapping = propose(table, INSTRUMENTS)
    assert mapping.waves == {"baseline": ""}
    (question,) = questions(table, mapping)
    assert question.subject == ("3m FU", "baseline")
    assert (question.proposal, question.n) == ("baseline", 2)
    assert "3m FU" in question.text


def test_several_waves_on_a_sheet_are_not_measured_against_its_name() -> None:
    table = make_table(
        ["pid", "wave", "phq9 total"], [["P1", "baseline", 3], ["P1", "end", 4]], sheet="Baseline"
    )
    mapping = propose(table, INSTRUMENTS)
    assert mapping.waves == {"baseline": "baseline", "end": "end"}
    assert questions(table, mapping) == []


def test_labels_of_codes_say_what_a_wave_means() -> None:
    table = make_table(
        ["pid", "timepoint", "phq9 total"], [["P1", 1.0, 3], ["P1", 2.0, 4]],
        labels={1: {1.0: "Before support", 2.0: "End of support"}},
    )  # fmt: skip
    assert propose(table, INSTRUMENTS).waves == {"1": "baseline", "2": "end"}


def test_a_wide_sheet_with_three_points_in_time() -> None:
    header = ["ID", "Date", *(f"phq9_{n}_{w}" for w in ("pre", "post", "T3") for n in range(1, 10))]
    rows = [[r[0], "2024-01-01", *r[1:], *r[1:], *r[1:]] for r in PHQ_ROWS]
    table = make_table(header, rows)
    mapping = propose(table, INSTRUMENTS)
    found = read_as(mapping)
    assert found["phq9_1_pre"] == "phq9_1 @pre [name]"
    assert found["phq9_9_T3"] == "phq9_9 @T3 [name]"
    assert found["Date"] == "completed_on @pre [name]"
    assert mapping.waves == {"pre": "baseline", "post": "end"}
    (question,) = questions(table, mapping)
    assert (question.subject, question.proposal, question.n) == (("", "t3"), "3m", 30)
    assert describe(table, mapping).endswith("30 people, 3 points in time: 90 records.")


def test_both_partners_in_one_row_below_two_header_rows() -> None:
    each = ["PHQ total\n(0-27)", "DAS pre", "DAS post", "Mum/Dad"]
    groups = ["Couple", "Date", *["Partner A"] * 4, *["Partner B"] * 4, "Notes"]
    header = [f"{g} {h}".strip() for g, h in zip(groups, ["no.", "done", *each, *each, ""],
                                                 strict=True)]  # fmt: skip
    rows = [
        [n, "13/4/24", 8, 120 - n, 84, "Mum", "12*", 74, "N/A", "Dad", ""] for n in range(1, 19)
    ]
    table = make_table(header, rows, sheet="Westshire couples", groups=groups)
    mapping = propose(table, INSTRUMENTS)
    found = read_as(mapping)
    assert found["Couple no."] == "couple [name]"
    assert found["Date done"] == "completed_on @pre [name]"
    assert found["Partner A DAS pre"] == "das_32_total @pre /A [asked]"
    assert found["Partner B DAS post"] == "das_32_total @post /B [asked]"
    assert found["Partner B Mum/Dad"] == "role /B [name]"
    assert found["Partner A PHQ total\n(0-27)"] == "phq9_total @pre /A [asked]"
    assert describe(table, mapping) == (
        "Sheet 'Westshire couples': 18 couples, 2 partners, 2 points in time: 72 records."
    )
    assert [q.kind for q in questions(table, mapping)] == ["columns"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("phq9_total_A", "phq9_total_B"), ("Mum PHQ9 total", "Dad PHQ9 total"),
     ("PHQ9 total (wife)", "PHQ9 total (husband)"), ("P1_phq9_total", "P2_phq9_total"),
     ("Her PHQ9 total", "His PHQ9 total"), ("phq9_total_m", "phq9_total_f")],
)  # fmt: skip
def test_partners_by_prefix_or_suffix(one: str, other: str) -> None:
    table = make_table(["Couple ID", one, other], [["C1", 3, 4]], sheet="Baseline")
    mapping = propose(table, INSTRUMENTS)
    assert [(c.read_as, c.partner) for c in mapping.columns] == [
        ("couple", ""), ("phq9_total", "A"), ("phq9_total", "B")]  # fmt: skip
    assert questions(table, mapping) == []


def test_columns_that_do_not_mirror_each_other_are_no_partners() -> None:
    table = make_table(["Couple ID", "phq9_total_A", "gad7_total_B"], [["C1", 3, 4]])
    assert [c.read_as for c in propose(table, INSTRUMENTS).columns] == ["couple", "", ""]


def test_a_row_code_beside_partners_is_proposed_as_the_couples() -> None:
    table = make_table(["ID", "phq9_total_A", "phq9_total_B"], [["1", 3, 4]], sheet="Baseline")
    assert read_as(propose(table, INSTRUMENTS))["ID"] == "couple [asked]"


def test_couple_and_role_make_the_person_where_no_code_does() -> None:
    table = make_table(
        ["Couple ID", "Mum/Dad", "phq9 total"], [["1", "Mum", 3], ["1", "Dad", 4], ["2", "Mum", 5]],
        sheet="Baseline",
    )  # fmt: skip
    assert read_as(propose(table, INSTRUMENTS))["Mum/Dad"] == "partner [name]"


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        # A printed range that is another questionnaire's: not this score.
        (["pid", "PHQ total (0-100)"], [["1", 5]], ""),
        (["pid", "DAS total (0-151)"], [["1", 5]], "das_32_total [name]"),
        (["pid", "DAS"], [["1", 100]], "das_32_total [asked]"),
        (["pid", "DAS"], [["1", 20]], ""),  # three questionnaires could have it
        (["pid", "PHQ9"], [["1", 20]], "phq9_total [asked]"),
        (["pid", "CORE-OM total"], [[str(n), n % 4] for n in range(9)], "core_om_total [asked]"),
        (["pid", "CORE-OM total"], [[str(n), 2.5 * n] for n in range(9)], "core_om_total [name]"),
        (["pid", "SWEMWBS total"], [[str(n), 20 + n] for n in range(9)], "swemwbs_total [asked]"),
        (["pid", "PHQ-2"], [["1", 2]], ""),  # the total of another form
        (["pid", "relationship"], [["1", 2]], ""),
    ],
)
def test_scores_by_name_and_by_evidence(
    header: list[str], rows: list[list[Cell]], expected: str
) -> None:
    assert read_as(propose(make_table(header, rows), INSTRUMENTS))[header[1]] == expected


@pytest.mark.parametrize(
    ("stem", "n", "highest", "instrument", "how"),
    [("csi_", 16, 5, "csi_16", "asked"), ("WEMWBS ", 14, 5, "wemwbs", "name"),
     ("WEMWBS ", 7, 5, "swemwbs", "asked"), ("das", 32, 1, "das_32", "name"),
     ("CORE ", 34, 4, "core_om", "name"), ("phq_", 9, 3, "phq9", "name"),
     ("hads", 14, 3, "hads", "name"), ("phq_", 8, 3, "phq9", "asked")],
)  # fmt: skip
def test_items_of_a_family_go_to_the_form_that_has_them_all(
    stem: str, n: int, highest: int, instrument: str, how: str
) -> None:
    header = ["pid", *(f"{stem}{k}" for k in range(1, n + 1))]
    rows = [[f"P{r}", *[1 + (r + k) % highest for k in range(n)]] for r in range(20)]
    mapping = propose(make_table(header, rows), INSTRUMENTS)
    assert [c.read_as for c in mapping.columns[1:]] == [
        f"{instrument}_{k}" for k in range(1, n + 1)
    ]
    assert {c.how for c in mapping.columns[1:]} == {how}


def test_nothing_named_but_count_and_range_fit_one_questionnaire_only() -> None:
    header = ["pid", *map(str, range(1, 10)), "Sum"]
    table = make_table(header, [[*row, sum(row[1:])] for row in PHQ_ROWS])
    found = read_as(propose(table, INSTRUMENTS))
    assert found["1"] == "phq9_1 [order]" and found["Sum"] == "phq9_total [asked]"
    one_short = make_table(header[:9], [row[:9] for row in PHQ_ROWS])
    assert set(read_as(propose(one_short, INSTRUMENTS)).values()) == {"participant [name]", ""}


def test_two_columns_for_one_item_and_columns_that_copy_in_words() -> None:
    table = make_table(
        ["pid", "PHQ9 Q1", "phq9.1", "PHQ9 item 1"], [["P1", "Not at all", 0, 1]] * 6,
        sheet="Baseline",
    )  # fmt: skip
    reasons = [c.reason for c in propose(table, INSTRUMENTS).columns]
    assert reasons == ["", "copy", "", "duplicate"]


def test_microsoft_forms() -> None:
    header = ["ID", "Start time", "Completion time", "Email", "Name",
              "Participant code\n(on your card)", "Which survey is this?",
              "Little interest or pleasure in doing things\xa0", "Feeling bad about yourself",
              "Any comments?"]  # fmt: skip
    rows = [["2", "", "2024-04-03", "anonymous", "", "WL-1", "3 months after", "Not at all",
             "Several days", "fine"],
            ["3", "", "2024-04-03", "anonymous", "", "WL-1", "Start of support", "Not at all",
             "Several days", "fine"]]  # fmt: skip
    table = make_table(header, rows, sheet="Sheet1", source="microsoft_forms")
    mapping = propose(table, INSTRUMENTS)
    assert [c.read_as for c in mapping.columns] == [
        "", "", "completed_on", "", "", "participant", "wave", "phq9_1", "phq9_6", ""]  # fmt: skip
    assert [c.reason for c in mapping.columns[:5]] == ["source", "source", "", "source", "source"]
    assert mapping.waves == {"3 months after": "3m", "start of support": "baseline"}
    assert questions(table, mapping) == []


def test_personal_columns_are_named_and_not_read() -> None:
    table = make_table(
        ["Client ID", "Client name", "Date of birth", "phq9 total"], [["1", "x", "y", 3]]
    )
    mapping = propose(table, INSTRUMENTS)
    assert [c.reason for c in mapping.columns] == ["", "personal", "personal", ""]


@pytest.mark.parametrize("mark", ["(post)", "- T2", "[3m]", "\n(after support)"])
def test_a_mark_in_brackets_is_not_passed_over(mark: str) -> None:
    table = make_table(["pid", "PHQ9 total (pre)", f"PHQ9 total {mark}"], [["1", 3, 4]])
    assert [c.when for c in propose(table, INSTRUMENTS).columns] == [
        "", "pre", mark.strip("()-[] \n")]  # fmt: skip


def test_start_and_end_dates_are_no_points_in_time() -> None:
    table = make_table(["pid", "Start date", "End date", "phq9 total"], [["1", "a", "b", 3]])
    mapping = propose(table, INSTRUMENTS)
    assert [c.when for c in mapping.columns] == ["", "", "", ""]
    assert mapping.columns[1].read_as == mapping.columns[2].read_as == ""


def test_a_column_of_people_is_a_code_only_if_it_holds_codes() -> None:
    names = make_table(["Client", "phq9 total"], [["Blue", 3], ["Red", 4]])
    codes = make_table(["Client", "phq9 total"], [["B1", 3], ["R2", 4]])
    assert read_as(propose(names, INSTRUMENTS))["Client"] == ""
    assert read_as(propose(codes, INSTRUMENTS))["Client"] == "participant [name]"


def test_a_clock_time_is_no_wave() -> None:
    table = make_table(["pid", "time", "phq9 total"], [["1", "09:30", 3], ["2", "10:15", 4]])
    assert read_as(propose(table, INSTRUMENTS))["time"] == ""


def test_answering_yes_makes_a_proposal_sure_and_no_leaves_it_out() -> None:
    from evaluation.ingest.columns.choices import Mapping as Choices
    from evaluation.ingest.columns.choices import answered

    header = ["pid", *(f"Q{n}" for n in range(1, 10))]
    table = make_table(header, PHQ_ROWS, file="phq9.csv", sheet="Baseline")
    mapping = propose(table, INSTRUMENTS)
    (question,) = questions(table, mapping)
    yes = answered(Choices((mapping,)), question, "yes").tables[0]
    no = answered(Choices((mapping,)), question, "no").tables[0]
    assert questions(table, yes) == questions(table, no) == []
    assert [c.read_as for c in yes.columns] == ["participant", *(f"phq9_{n}" for n in range(1, 10))]
    assert [c.read_as for c in no.columns] == ["participant", *[""] * 9]


def test_chiu_items_numbers_and_their_words() -> None:
    table = real("phq9_chiu_n2177.csv")
    mapping = propose(table, INSTRUMENTS)
    found = read_as(mapping)
    assert found["ObservationID"] == "participant [asked]"
    assert found["Item9_num"] == "phq9_9 [order]" and found["SumScore"] == "phq9_total [asked]"
    assert [found[f"Item{n}"] for n in range(1, 10)] == ["copy"] * 9
    assert describe(table, mapping).endswith("2,177 people, 1 point in time: 2,177 records.")


def test_isixhosa_items_beside_a_class_that_names_the_questionnaire() -> None:
    table = real("phq9_isixhosa_minimised.csv")
    found = read_as(propose(table, INSTRUMENTS))
    assert found["PID"] == "participant [name]" and found["q9"] == "phq9_9 [order]"
    assert found["total"] == "phq9_total [asked]" and found["PHQ9.class"] == ""


def test_hads_items_are_in_an_unknown_order() -> None:
    table = real("hads_oncology_n201.csv")
    mapping = propose(table, INSTRUMENTS)
    assert {c.how for c in mapping.columns} == {"asked"}
    assert [c.read_as for c in mapping.columns] == [f"hads_{n}" for n in range(1, 15)]
    assert "different orders" in questions(table, mapping)[0].text


def test_jacobson_scores_may_be_couples_means() -> None:
    table = real("das_jacobson1989_prepost.csv")
    mapping = propose(table, INSTRUMENTS)
    assert list(read_as(mapping).values()) == [
        "participant [name]", "wave [name]", "das_32_total [asked]", ""]  # fmt: skip
    assert mapping.waves == {"pre": "baseline", "post": "post"}
    assert mapping.unit == ""
    assert [(q.kind, q.proposal) for q in questions(table, mapping)] == [
        ("columns", "yes"), ("unit", "couple")]  # fmt: skip
    assert describe(table, mapping).endswith("30 people, 2 points in time: 60 records.")


def test_beat_the_blues_is_wide_with_a_local_score() -> None:
    table = real("bdi_beat_the_blues_uk_rct.csv")
    mapping = propose(table, local("bdi", 0, 63))
    assert [(c.read_as, c.when) for c in mapping.columns[3:]] == [
        ("bdi_total", when) for when in ("pre", "2m", "3m", "5m", "8m")]  # fmt: skip
    assert mapping.waves == {"pre": "baseline", "2m": "2m", "3m": "3m", "5m": "5m", "8m": "8m"}
    assert mapping.unit == "person" and questions(table, mapping) == []


def test_acitelli_partner_columns_are_not_read_twice() -> None:
    table = real("couples_acitelli_pairwise_148.csv")
    mapping = propose(table, local("satisfaction", 1, 4))
    found = read_as(mapping)
    assert found["CoupleID"] == "couple [name]" and found["Partnum"] == "partner [name]"
    assert found["Gender_A"] == "role [name]"
    assert found["Satisfaction_A"] == "satisfaction_total [name]"
    assert [c.reason for c in mapping.columns if c.header.endswith("_P")] == ["partner"] * 6
    assert describe(table, mapping) == (
        "File 'couples_acitelli_pairwise_148.csv': "
        "148 couples, 2 partners, 1 point in time: 296 records."
    )


def test_stai_occasions_are_asked_one_by_one() -> None:
    table = real("stai_state_28studies_waves.csv")
    mapping = propose(table, local("calm", 1, 4))
    found = [q for q in questions(table, mapping) if q.kind == "wave"]
    assert [(q.subject[1], q.proposal, q.n) for q in found] == [
        ("1", "baseline", 3032), ("2", "end", 1229), ("3", "3m", 1047), ("4", "6m", 70),
    ]  # fmt: skip
