"""Questionnaires at every session, and sessions in place of an end, by the whole way."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.config import DisclosureRule, parse_settings
from evaluation.disclosure import SUPPRESSED
from evaluation.disclosure.sessions import release_session_course, release_stand_ins
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.tables.session_course import (
    SESSION_COURSE_COLUMNS,
    STAND_IN_COLUMNS,
    session_course_table,
    sites_with_sessions,
    stand_in,
    stand_ins_table,
)
from tests.evaluation.tables.synthetic_programme import programme

HEADER = "site,participant,couple,role,wave,session_number,phq9_total"
SERVICE = "site,participant,ended_on,ending"
RULE = DisclosureRule()


def sessions(who: str, *scores: float, site: str = "Luton", couple: str = "", role: str = ""):
    return [
        f"{site},{who},{couple},{role},session,{number},{score}"
        for number, score in enumerate(scores, 1)
        if score is not None
    ]


def end(who: str, score: float, site: str = "Luton") -> str:
    return f"{site},{who},,,end,,{score}"


def run(*rows: str, endings: dict[str, str] | None = None) -> Results:
    files = [("a.csv", "\n".join([HEADER, *rows]).encode())]
    if endings:
        lines = [f"Luton,{who},2017-05-01,{ending}" for who, ending in endings.items()]
        files.append(("service_use.csv", "\n".join([SERVICE, *lines]).encode()))
    report = read_files(files)
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(""))


ROWS = (
    *sessions("a", 20, 15, 10, couple="x"),
    *sessions("b", 18, 18, couple="x"),
    *sessions("c", 9, None, 6),
    *sessions("d", 12),
    *sessions("w", 3, 3, 3, role="practitioner"),
)
ENDINGS = {"a": "planned", "b": "dropped out", "c": "planned"}


def of(table: pd.DataFrame, row: str, group: str = "all") -> pd.DataFrame:
    return table[(table["row"] == row) & (table["group"] == group)]


def test_course_by_hand_without_practitioners() -> None:
    table = session_course_table(run(*ROWS, endings=ENDINGS))
    assert tuple(table.columns) == SESSION_COURSE_COLUMNS
    means = of(table, "session")
    assert means[["session_number", "n", "n_couples"]].to_numpy().tolist() == [
        [1, 4, 3], [2, 2, 1], [3, 2, 2],
    ]  # fmt: skip
    assert means["mean"].tolist() == pytest.approx([59 / 4, 33 / 2, 16 / 2])
    assert means["mean_at_first"].tolist() == pytest.approx([59 / 4, 38 / 2, 29 / 2])
    [change] = of(table, "first_last").to_dict("records")
    # a 10, b 0, c 3 points lower; d came once.
    assert (change["n"], change["n_couples"], change["n_scores"]) == (3, 2, 7)
    assert change["mean"] == pytest.approx(13 / 3)
    assert pd.isna(change["session_number"])
    [slope] = of(table, "slope").to_dict("records")
    assert (slope["n"], slope["n_scores"]) == (4, 8)


def test_groups_are_by_how_support_ended() -> None:
    table = session_course_table(run(*ROWS, endings=ENDINGS))
    counts = {group: of(table, "first_last", group)["n"].tolist() for group in
              ("all", "completed", "left_early")}  # fmt: skip
    assert counts == {"all": [3], "completed": [2], "left_early": [1]}
    assert set(session_course_table(run(*ROWS))["group"]) == {"all"}


def test_only_sites_and_measures_asked_for() -> None:
    results = run(*ROWS, *sessions("e", 5, 4, site="Essex"), *sessions("f", 5, site="Dorset"))
    assert sites_with_sessions(results) == ["Essex", "Luton"]
    table = session_course_table(results)
    assert table["site"].unique().tolist() == ["Essex", "Luton"]
    assert set(session_course_table(results, ["Essex"])["site"]) == {"Essex"}
    assert session_course_table(results, measure="gad7.total").empty
    assert len(session_course_table(results, measure="phq9.total")) == len(table)


def test_data_without_sessions_give_empty_tables() -> None:
    for results in (programme(), run("Luton,P,,practitioner,session,1,5")):
        assert sites_with_sessions(results) == []
        course, stood_in = session_course_table(results), stand_ins_table(results)
        assert tuple(course.columns) == SESSION_COURSE_COLUMNS and course.empty
        assert tuple(stood_in.columns) == STAND_IN_COLUMNS and stood_in.empty


def test_who_has_a_session_for_an_end_and_the_effect_without_them() -> None:
    results = run(*ROWS, end("a", 8), "Luton,g,,,baseline,,20", end("g", 10))
    # b and c have no end of their own; a and g have one; d has no later score.
    assert stand_in(results, "Luton", "phq9.total", "baseline_end") == 2
    assert stand_in(results, "ALL", "phq9.total", "baseline_end") == 2
    assert stand_in(results, "Luton", "gad7.total", "baseline_end") == 0
    assert stand_in(results, "Luton", "phq9.total", "baseline_3m") == 0
    table = stand_ins_table(results)
    assert tuple(table.columns) == STAND_IN_COLUMNS
    assert table["site"].tolist() == ["ALL", "Luton"]
    row = table.iloc[1]
    assert (row["n"], row["start_stand_ins"], row["end_stand_ins"]) == (4, 3, 2)
    assert row["improvement"] == pytest.approx((12 + 0 + 3 + 10) / 4)
    assert (row["n_without"], row["improvement_without"]) == (2, pytest.approx(11))
    effect = results.effects.query("site == 'Luton' and contrast == 'baseline_end'")
    effect = effect[effect["subgroup"] == ""].iloc[0]
    assert (effect["n"], effect["improvement"]) == (row["n"], row["improvement"])
    assert stand_ins_table(results, ["Luton"])["site"].tolist() == ["Luton"]
    assert stand_ins_table(results, measure="gad7.total").empty


def test_an_end_for_everybody_or_for_nobody() -> None:
    nobody = stand_ins_table(run(*sessions("a", 9, 5), *sessions("b", 7, 4))).iloc[1]
    assert (nobody["end_stand_ins"], nobody["n_without"], nobody["reason"]) == (2, 0, "N0")
    both = run("L,a,,,baseline,,9", "L,a,,,end,,5", *sessions("a", 8, 6, site="L"))
    assert stand_in(both, "L", "phq9.total", "baseline_end") == 0
    assert stand_ins_table(both).empty
    with pytest.raises(ValueError, match="contrast='start_end'"):
        stand_in(both, "L", "phq9.total", "start_end")


# --- release ---------------------------------------------------------------------------------


def near(n: int) -> tuple[int, int]:
    """Two scores that differ from person to person."""
    return 12 + n % 5, 8 + n % 3


def course(n_finished: int, n_left: int, n_coming: int = 0) -> Results:
    endings = {f"f{n}": "planned" for n in range(n_finished)}
    endings |= {f"l{n}": "dropped out" for n in range(n_left)}
    rows = [line for who in endings for line in sessions(who, *near(int(who[1:])))]
    rows += [line for n in range(n_coming) for line in sessions(f"c{n}", *near(n))]
    return run(*rows, endings=endings)


def reasons(results: Results) -> dict[str, set[str]]:
    released = release_session_course(session_course_table(results), RULE)
    assert tuple(released.columns) == SESSION_COURSE_COLUMNS
    assert released["mean_at_first"].isna().all()
    hidden = released[released["reason"] == SUPPRESSED]
    assert hidden[["n", "n_couples", "mean", "low", "high"]].isna().all(axis=None)
    return {str(group): set(rows["reason"]) for group, rows in released.groupby("group")}


def test_large_groups_are_released_with_rounded_counts() -> None:
    found = course(23, 22)
    assert reasons(found) == {"all": {""}, "completed": {""}, "left_early": {""}}
    first = release_session_course(session_course_table(found), RULE).iloc[0]
    assert (first["n"], first["n_couples"]) == (45, 45)
    exact = session_course_table(found).iloc[0]
    assert first["mean"] == round(exact["mean"], 1)


def test_one_thin_group_hides_the_other_too() -> None:
    assert reasons(course(23, 4)) == {
        "all": {""}, "completed": {SUPPRESSED}, "left_early": {SUPPRESSED},
    }  # fmt: skip


def test_few_who_are_still_coming_hide_the_groups() -> None:
    assert reasons(course(23, 22, 3))["completed"] == {SUPPRESSED}
    assert reasons(course(23, 22, 12))["completed"] == {""}


def test_a_small_site_is_hidden() -> None:
    assert reasons(course(4, 0)) == {"all": {SUPPRESSED}, "completed": {SUPPRESSED}}


def stand_ins(stood_in: int, own: int) -> pd.DataFrame:
    rows = [line for n in range(stood_in) for line in sessions(f"s{n}", *near(n))]
    rows += [
        line for n in range(own) for line in (*sessions(f"o{n}", *near(n)), end(f"o{n}", n % 7))
    ]
    made = run(*rows)
    table = stand_ins_table(made)
    return release_stand_ins(table[table["site"] == "Luton"], made.effects, RULE)


def test_few_stand_ins_are_hidden_with_the_effect_without_them() -> None:
    assert stand_ins(4, 20)["reason"].tolist() == [SUPPRESSED]
    assert stand_ins(20, 4)["reason"].tolist() == [SUPPRESSED]
    shown = stand_ins(18, 16).iloc[0]
    assert (shown["reason"], shown["end_stand_ins"], shown["n_without"]) == ("", 20, 15)
    hidden = stand_ins(4, 20)[["n", "end_stand_ins", "improvement", "improvement_without"]]
    assert hidden.isna().all(axis=None)
