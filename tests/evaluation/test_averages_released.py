"""Averages beside those of scores: whoever is added, left out or corrected is seen in them too."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evaluation.averages_released import OF_PRACTITIONERS, other_averages
from evaluation.config import Settings
from evaluation.disclosure.differencing import NO_DIFFERENCE, Cell, Difference
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.release_guard import behind_release, hashes_of, since_last
from evaluation.store.release_basis import Basis
from evaluation.tables.dose import dose_table
from evaluation.tables.on_demand import indicators_table
from evaluation.tables.reporter_gap import reporter_gap_table
from evaluation.tables.service_use import service_use_table

KEY = b"a secret of the store"
LOCK = dt.date(2018, 6, 30)
DORSET = 24
Person = dict[str, object]


def person(site: str, number: int, **other: object) -> Person:
    """Partners have numbers one after the other; every third tells how satisfied they are."""
    said = {
        "site": site, "code": f"P{number:03}", "couple": f"C{number // 2}",
        "role": "father" if number % 2 else "mother", "before": 7 * number % 27,
        "after": 11 * number % 27, "sessions": 3 * (number % 12) + (40 if site == "Dorset" else 0),
        "satisfied": 5 * number % 11 if number % 3 == 1 else "", "attendance": 50.5 + number,
        "attendance_after": 90 - 3 * number % 40, "calls": 7 * number % 40,
        "job": "yes" if number % 2 else "no",
    }  # fmt: skip
    return said | other


def programme(luton: int = 36, **changed: Person) -> list[Person]:
    """``P003={...}`` says what is other for that person of Luton."""
    people = [
        person("Luton", number, **changed.get(f"P{number:03}", {})) for number in range(luton)
    ]
    return people + [person("Dorset", number) for number in range(DORSET)]


def results_of(people: list[Person]) -> Results:
    forms = ["site,participant,couple,role,wave,completed_on,phq9_total"]
    used = ["site,participant,couple,referred_on,took_up,ended_on,sessions_attended,satisfied"]
    counted = ["site,participant,wave,indicator,value"]
    for one in people:
        who = f"{one['site']},{one['code']}"
        named = f"{who},{one['couple']}"
        for wave, day, score in (
            ("baseline", "2017-02-01", "before"),
            ("end", "2017-06-01", "after"),
        ):
            if one[score] != "":
                forms.append(f"{named},{one['role']},{wave},{day},{one[score]}")
        if one["role"] != "practitioner":
            rest = f"2017-01-10,yes,2017-06-01,{one['sessions']},{one['satisfied']}"
            used.append(f"{named},{rest}")
        counted += [
            f"{who},baseline,attendance,{one['attendance']}",
            f"{who},end,attendance,{one['attendance_after']}",
            f"{who},baseline,calls,{one['calls']}",
            f"{who},end,calls,0",
            f"{who},baseline,job,{one['job']}",
            f"{who},end,job,yes",
        ]
    files = {"a.csv": forms, "service_use.csv": used, "indicators.csv": counted}
    report = read_files([(name, "\n".join(lines).encode()) for name, lines in files.items()])
    assert not report.blocked, report.problems
    return analyse(report.dataset, Settings(), data_lock=LOCK)


@cache
def first() -> Results:
    return results_of(programme())


def kept(results: Results) -> Basis:
    behind = other_averages(results, None, key=KEY)
    return Basis("workbook", hashes_of(behind), frozenset())


@cache
def first_kept() -> Basis:
    return kept(first())


def told(new: Results, last: Basis) -> Difference:
    return since_last(other_averages(new, None, key=KEY), [last], new.settings.disclosure)


def seen_at_luton(new: Results, last: Basis | None = None) -> set[Cell]:
    found = told(new, last or first_kept())
    assert found.decision == "review"
    assert "at Luton" in found.reasons[0]
    assert {cell[0] for cell in found.cells} <= {"Luton", "ALL"}
    return {cell[1:] for cell in found.cells if cell[0] == "Luton"}


def corrected(table: str, column: str, value: object, **which: str) -> Results:
    """The first programme with another value for P007 of Luton."""
    rows = getattr(first(), table).copy()
    here = (rows["site"] == "Luton") & (rows["participant"] == "P007")
    for name, wanted in which.items():
        here &= rows[name] == wanted
    assert here.sum() == 1
    rows.loc[here, column] = value
    return replace(first(), **{table: rows})


RATINGS = ("service_use", "satisfied", "use of support", "")
ATTENDANCE = ("indicator", "attendance", "baseline_end", "")
CALLS = ("indicator", "calls", "baseline_end", "")
LINE = ("phq9", "total", "baseline_end by sessions", "")
GAP = ("phq9", "total", "end gap of partners", "")
COUPLES = ("phq9", "total", "baseline average of couples")


def test_the_same_data_again_tell_nothing() -> None:
    assert told(results_of(programme()), first_kept()) == NO_DIFFERENCE


def test_one_more_couple_is_seen_in_each_average_of_the_release() -> None:
    last = Basis("workbook", hashes_of(behind_release(first(), None, key=KEY)), frozenset())
    new = results_of(programme(38))
    found = since_last(behind_release(new, None, key=KEY), [last], first().settings.disclosure)
    assert found.decision == "review" and "at Luton" in found.reasons[0]
    luton = {cell[1:] for cell in found.cells if cell[0] == "Luton"}
    assert {RATINGS, ATTENDANCE, CALLS, LINE, GAP, (*COUPLES, "")} <= luton
    assert any(cell[:3] == LINE[:3] and cell[3].startswith("sessions=") for cell in luton)
    assert "Dorset" not in {cell[0] for cell in found.cells}


def test_one_couple_left_out_is_seen_as_well() -> None:
    found = seen_at_luton(results_of(programme(34)))
    assert {RATINGS, ATTENDANCE, CALLS, LINE, GAP, (*COUPLES, "")} <= found


@pytest.mark.parametrize("value", [10, np.nan])
def test_another_rating_or_none_is_seen_in_that_average_alone(value: float) -> None:
    assert seen_at_luton(corrected("service_use", "satisfied", value)) == {RATINGS}


@pytest.mark.parametrize("wave", ["baseline", "end"])
@pytest.mark.parametrize("cell", [("attendance", 99.0), ("calls", 3.0)])
def test_a_corrected_amount_is_seen_in_that_indicator_alone(wave: str, cell) -> None:
    name, value = cell
    new = corrected("indicators", "value", value, indicator=name, wave=wave)
    assert seen_at_luton(new) == {("indicator", name, "baseline_end", "")}


def test_shares_of_yes_are_made_of_rounded_counts_and_not_compared() -> None:
    new = corrected("indicators", "value", 1.0, indicator="job", wave="baseline")
    assert told(new, first_kept()) == NO_DIFFERENCE


@pytest.mark.parametrize("sessions", [4.0, np.nan])
def test_corrected_sessions_are_seen_beside_the_improvement(sessions: float) -> None:
    found = seen_at_luton(corrected("service_use", "sessions_attended", sessions))
    assert LINE in found
    for measure in ("sessions_per_person", "sessions_attended"):
        assert ("service_use", measure, "use of support", "") in found
    assert {cell[2] for cell in found} == {"baseline_end by sessions", "use of support"}


def test_who_moves_from_one_third_to_another_is_seen_in_both() -> None:
    """Somebody with 21 sessions had none; the thirds of all sites lie elsewhere."""
    found = seen_at_luton(corrected("service_use", "sessions_attended", 0.0))
    thirds = {cell[3] for cell in found if cell[:3] == LINE[:3]}
    assert {"sessions=fewest", "sessions=some"} <= thirds


def test_a_corrected_partner_is_another_couple() -> None:
    found = seen_at_luton(corrected("scores", "score", 3.0, wave="baseline"))
    assert {(*COUPLES, ""), ("phq9", "total", "baseline gap of partners", ""), LINE} <= found
    assert GAP not in found
    found = seen_at_luton(corrected("scores", "score", 27.0, wave="end"))
    assert found & {GAP, (*COUPLES, "")} == {GAP}


def test_couples_are_seen_by_who_of_them_came_back() -> None:
    """Of 12 couples only the mother came back; then also of a thirteenth."""
    alone = {f"P{number:03}": {"after": ""} for number in range(1, 48, 4)}
    last = kept(results_of(programme(50, **alone)))
    new = results_of(programme(50, **alone, P003={"after": ""}))
    found = {cell for cell in seen_at_luton(new, last) if cell[:3] == COUPLES}
    assert found == {(*COUPLES, f"back_at_end={who}") for who in ("both", "one")}


def test_practitioners_are_apart_and_have_no_average_of_all_sites() -> None:
    def with_staff(n: int) -> Results:
        known = {"role": "practitioner", "couple": ""}
        staff = [person("Luton", number, code=f"S{number:03}", **known) for number in range(n)]
        return results_of(programme() + staff)

    last = kept(with_staff(12))
    apart = {("Luton", "indicator", name, f"baseline_end {OF_PRACTITIONERS}", "") for name in
             ("attendance", "calls")}  # fmt: skip
    assert {cell for cell in last.people if cell[3].endswith(OF_PRACTITIONERS)} == apart
    assert seen_at_luton(with_staff(13), last) == {cell[1:] for cell in apart}


def test_few_people_have_nobody_behind_any_of_them() -> None:
    results = results_of(programme(9))
    assert behind_release(results, "Luton", key=KEY) == {}
    assert {cell[0] for cell in other_averages(results, None, key=KEY)} == {"ALL", "Dorset"}


def test_without_anything_there_is_nobody() -> None:
    results = first().of_sites([])
    assert other_averages(results, None, key=KEY) == {}
    assert other_averages(first(), "Kent", key=KEY) == {}


def test_yes_no_at_one_site_has_no_average_of_all_sites() -> None:
    indicators = first().indicators
    luton = indicators["site"] == "Luton"
    attendance = indicators[indicators["indicator"] == "attendance"]
    mixed = attendance.assign(kind=attendance["kind"].mask(luton, "yes_no"))
    cells = other_averages(replace(first(), indicators=mixed), None, key=KEY)
    assert {cell[0] for cell in cells if cell[1] == "indicator"} == {"Dorset"}


# --- as many as the tables say ----------------------------------------------------------------


@cache
def sizes() -> dict[Cell, int]:
    found = other_averages(larger(), None, key=KEY)
    return {cell: len(one.people) for cell, one in found.items()}


@cache
def larger() -> Results:
    """Both, one and neither of couples came back, and some did not say how often they came."""
    alone = {f"P{number:03}": {"after": ""} for number in range(1, 24, 2)}
    unknown = {f"P{number:03}": {"sessions": ""} for number in range(26, 30)}
    return results_of(programme(66, **alone, **unknown))


def test_as_many_are_behind_service_use_and_indicators_as_the_tables_say() -> None:
    used = service_use_table(larger())
    used = used[used["kind"].isin(["mean", "change", "total"]) & (used["n"] >= 10)]
    expected = {
        (site, "service_use", measure, "use of support", ""): n
        for site, measure, n in used[["site", "measure", "n"]].itertuples(index=False)
    }
    counted = indicators_table(larger())
    counted = counted[counted["kind"].isin(["number", "count"]) & (counted["n"] >= 10)]
    expected |= {
        (site, "indicator", name, contrast, ""): n
        for site, name, contrast, n in counted[["site", "indicator", "contrast", "n"]].itertuples(
            index=False
        )
    }
    assert len(expected) == 14
    assert {c: n for c, n in sizes().items() if c[1] in ("service_use", "indicator")} == expected


def test_as_many_are_in_each_third_as_the_table_says_by_site_and_of_all() -> None:
    table = dose_table(larger())
    found = {cell: n for cell, n in sizes().items() if cell[3].endswith("by sessions")}
    thirds = {cell for cell in found if cell[4]}
    for site, rows in table.groupby("site"):
        line = rows[rows["row"] == "slope"]["n"].item()
        bands = rows[rows["row"] != "slope"]["n"].tolist()
        place = (site, "phq9", "total", "baseline_end by sessions")
        assert found[(*place, "")] == line
        names = ["fewest", "some", "most"]
        shown = {(*place, f"sessions={name}"): n for name, n in zip(names, bands, strict=True)}
        enough = {cell: n for cell, n in shown.items() if n >= 10}
        assert {cell: n for cell, n in found.items() if cell[0] == site and cell[4]} == enough
        thirds -= set(enough)
    assert not thirds
    assert sum(cell[0] == "ALL" for cell in found) == 4


def test_as_many_couples_are_behind_as_the_table_says() -> None:
    table = reporter_gap_table(larger()).set_index(["site", "wave"])
    one = table[["only_mother", "only_father", "only_one"]].sum(axis=1)
    checked = 0
    for site, wave in table.index:
        place = (site, "phq9", "total")
        row = table.loc[(site, wave)]
        expected = {(*place, f"{wave} gap of partners", ""): row["n_gap"]}
        if wave == "end":
            for name in ("baseline average of couples", "baseline gap of partners"):
                expected[(*place, name, "back_at_end=both")] = row["both"]
                expected[(*place, name, "back_at_end=one")] = one[(site, wave)]
        for cell, n in expected.items():
            assert sizes().get(cell, 0) == (n if n >= 10 else 0), cell
            checked += n >= 10
    assert checked >= 14


def test_a_site_has_the_same_people_behind_it_in_its_own_file() -> None:
    everything = other_averages(larger(), None, key=KEY)
    own = other_averages(larger(), "Luton", key=KEY)
    luton = {cell: one for cell, one in own.items() if cell[0] == "Luton"}
    assert luton == {cell: one for cell, one in everything.items() if cell[0] == "Luton"}
    assert luton
