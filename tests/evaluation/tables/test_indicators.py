"""indicators.csv, and what of it may be released."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.config import DisclosureRule, SettingsError, parse_settings
from evaluation.disclosure import SUPPRESSED, release_indicators
from evaluation.model import INDICATOR_COLUMNS, PARTICIPANT_COLUMNS
from evaluation.tables.indicators import INDICATOR_RESULT_COLUMNS, indicators_table

Values = list[tuple[float, float]]


def rows(site: str, name: str, kind: str, values: Values, **said: str) -> list[dict]:
    """Before and after of one person each; a missing value is None."""
    return [
        {"site": site, "participant": f"{said.get('code', 'P')}{number}", "child": "",
         "wave": wave, "indicator": name, "kind": kind, "value": value}
        for number, pair in enumerate(values)
        for wave, value in zip(("baseline", "end"), pair, strict=True)
        if value is not None
    ]  # fmt: skip


def table_of(*parts: list[dict], couples: dict | None = None, role: str = "mother", **options):
    indicators = pd.DataFrame([r for part in parts for r in part], columns=list(INDICATOR_COLUMNS))
    people = indicators[["site", "participant"]].drop_duplicates()
    named = people.assign(couple=people["participant"].map(couples or {}), role=role)
    participants = named.astype(object).reindex(columns=list(PARTICIPANT_COLUMNS)).astype(object)
    participants = participants.where(participants.notna(), "")
    table = indicators_table(indicators, participants, **options)
    return table[table["contrast"] == "baseline_end"].reset_index(drop=True)


def test_one_row_for_each_site_and_all_together():
    values: Values = [(1, 1), (1, 0), (0, 1), (0, 0), (1, None), (None, 1)]
    table = table_of(rows("Luton", "job", "yes_no", values), rows("Kent", "job", "yes_no", values))
    assert tuple(table.columns) == INDICATOR_RESULT_COLUMNS
    assert table["site"].tolist() == ["ALL", "Kent", "Luton"]
    assert table["n"].tolist() == [8, 4, 4]
    assert table["n_excluded"].tolist() == [2, 1, 1]
    own = table.iloc[2]
    assert (own["only_before"], own["only_after"], own["both"], own["neither"]) == (1, 1, 1, 1)
    assert (own["before"], own["after"], own["difference"]) == (0.5, 0.5, 0.0)
    assert (own["method"], own["reason"]) == ("newcombe", "")


def test_partners_are_one_couple_and_children_are_units_of_their_own():
    values: Values = [(1, 0), (1, 0), (0, 0)]
    together = table_of(rows("Luton", "job", "yes_no", values), couples={"P0": "C1", "P1": "C1"})
    assert together["n_couples"].tolist() == [2, 2]
    entries = rows("Luton", "attendance", "number", [(90.5, 92.0), (80.0, 85.0)])
    siblings = [r | {"participant": "P0", "child": f"K{i // 2}"} for i, r in enumerate(entries)]
    children = table_of(siblings)
    assert children["n"].tolist() == [2, 2] and children["n_couples"].tolist() == [1, 1]
    assert children["difference"].tolist() == pytest.approx([3.25, 3.25])
    assert set(children["reason"]) == {"G1"}


def test_yes_no_at_one_site_and_numbers_at_another_are_not_put_together():
    table = table_of(
        rows("Luton", "contact", "yes_no", [(1, 1), (0, 1)]),
        rows("Kent", "contact", "count", [(3, 1), (2, 2)]),
    )
    everybody = table.iloc[0]
    assert (everybody["kind"], everybody["reason"]) == ("mixed", "MIXED_KINDS")
    assert everybody["n"] == 4 and pd.isna(everybody["difference"])
    assert table["kind"].tolist() == ["mixed", "count", "yes_no"]


def test_counts_beside_other_numbers_are_numbers_together():
    table = table_of(
        rows("Luton", "attendance", "number", [(90.5, 91.0), (80.0, 81.0)]),
        rows("Kent", "attendance", "count", [(90, 91), (80, 82)]),
    )
    assert table["kind"].tolist() == ["number", "count", "number"]
    assert table.iloc[0]["difference"] == pytest.approx(1.125)
    assert pd.isna(table.iloc[0]["ratio"])
    assert table.iloc[1]["ratio"] == pytest.approx(173 / 170)


def test_practitioners_stand_apart():
    table = table_of(rows("Luton", "audit", "yes_no", [(0, 1), (0, 1)]), role="practitioner")
    assert table[["site", "subgroup"]].to_numpy().tolist() == [["Luton", "role=practitioner"]]


def test_without_anybody_at_both_times_there_is_a_reason():
    table = table_of(rows("Luton", "job", "yes_no", [(1, None)]))
    assert (table["n"].tolist(), set(table["reason"])) == ([0, 0], {"N0"})
    assert table_of([]).empty
    assert tuple(table_of([]).columns) == INDICATOR_RESULT_COLUMNS


def test_only_the_sites_asked_for():
    parts = [rows(site, "job", "yes_no", [(1, 1), (0, 1)]) for site in ("Luton", "Kent")]
    assert table_of(*parts, sites=["Kent"])["site"].tolist() == ["Kent"]


RULE = DisclosureRule()


def cells(site: str, *, both: int, gone: int, new: int, neither: int) -> list[dict]:
    pairs: Values = [(1, 1)] * both + [(1, 0)] * gone + [(0, 1)] * new + [(0, 0)] * neither
    return rows(site, "job", "yes_no", pairs)


def test_a_row_with_one_small_cell_is_hidden_whole():
    table = table_of(cells("Luton", both=30, gone=3, new=12, neither=20), sites=["Luton"])
    row = release_indicators(table, RULE).iloc[0]
    assert row["reason"] == SUPPRESSED
    kept = {"site", "indicator", "kind", "contrast", "subgroup", "reason"}
    assert row.drop(list(kept)).isna().all()


def test_shares_that_may_be_shown_come_from_rounded_cells():
    table = table_of(cells("Luton", both=31, gone=8, new=12, neither=19), sites=["Luton"])
    row = release_indicators(table, RULE).iloc[0]
    assert [row[name] for name in ("n", "both", "only_before", "only_after", "neither")] == [
        70, 30, 10, 10, 20,
    ]  # fmt: skip
    assert (row["before"], row["after"], row["difference"]) == (0.57, 0.57, 0.0)
    assert row[["low", "high", "p", "method"]].isna().all()


def test_all_sites_are_hidden_beside_a_single_hidden_one():
    shown = cells("Luton", both=30, gone=10, new=10, neither=20)
    also = cells("Kent", both=20, gone=10, new=10, neither=20)
    hidden = cells("Dover", both=20, gone=10, new=2, neither=20)
    released = release_indicators(table_of(shown, also, hidden), RULE).set_index("site")
    assert (released["reason"] == SUPPRESSED).to_dict() == {
        "ALL": True, "Dover": True, "Kent": False, "Luton": False,
    }  # fmt: skip
    # Another indicator with a hidden site of its own changes nothing for this one.
    other = rows("Kent", "housing", "yes_no", [(1, 1)] * 3)
    both = release_indicators(table_of(shown, also, other), RULE)
    job = both[both["indicator"] == "job"].set_index("site")["reason"]
    assert (job == SUPPRESSED).to_dict() == {"ALL": False, "Kent": False, "Luton": False}


def test_averages_keep_one_decimal_and_counts_of_few_people_are_hidden():
    pairs: Values = [(80.123 + n, 81.456 + 1.5 * n) for n in range(12)]
    table = table_of(rows("Luton", "attendance", "number", pairs), sites=["Luton"])
    row = release_indicators(table, RULE).iloc[0]
    assert row["before"] == 85.6 and pd.isna(row["p"]) and row["n"] == 10
    events: Values = [(1, 0)] * 5 + [(0, 0)] * 40
    table = table_of(rows("Luton", "incidents", "count", events), sites=["Luton"])
    assert release_indicators(table, RULE).iloc[0]["reason"] == SUPPRESSED


def test_a_rule_file_says_which_end_is_better():
    settings = parse_settings("indicators: {School attendance: higher, contact: neither}")
    assert settings.indicators == {"school_attendance": "higher", "contact": "neither"}
    for wrong in ("indicators: {contact: up}", "indicators: {a b: higher, a_b: lower}"):
        with pytest.raises(SettingsError, match="indicators"):
            parse_settings(wrong)
