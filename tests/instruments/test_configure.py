"""Keys and tables that a rule file supplies."""

from __future__ import annotations

import pandas as pd
import pytest

from instruments.configure import SUPPLIED_KEY_CITATION, VERIFIED_CITATION, configure
from instruments.definition import Instrument, Table
from instruments.registry import all_instruments, get
from instruments.scoring import score

EMS = get("enrich_ems_15")
COUPLE = get("enrich_couple_scales_35")
RAW_SCALES = ("marital_satisfaction_raw", "idealistic_distortion_raw")


def tables(percentile: float, idealism: float) -> dict[str, Table]:
    """Made-up percentiles: the same for every raw score."""
    return {
        "marital_satisfaction_raw": tuple((float(raw), percentile) for raw in range(10, 51)),
        "idealistic_distortion_raw": tuple((float(raw), idealism) for raw in range(5, 26)),
    }


def answers(instrument: Instrument, value: float | None, **changes: float | None) -> pd.DataFrame:
    given = {str(item.number): value for item in instrument.items}
    return pd.DataFrame([given | {name[1:]: v for name, v in changes.items()}], dtype=float)


def ems_of(instrument: Instrument, given: pd.DataFrame, *, prorate: bool = False) -> pd.Series:
    scored = score(instrument, given, prorate=prorate)
    return scored.set_index("scale").loc["ems"]


@pytest.mark.parametrize(
    ("percentile", "idealism", "expected"),
    [(100, 0, 100), (100, 100, 60), (80, 60, 60.8), (50, 50, 40), (0, 90, 0)],
)
def test_ems_formula(percentile: float, idealism: float, expected: float) -> None:
    instrument = configure(EMS, table=tables(percentile, idealism))
    found = ems_of(instrument, answers(EMS, 3))
    assert found["score"] == pytest.approx(expected)
    assert found["status"] == "complete"
    assert found["reason"] == ""


def test_ems_reads_each_component_in_its_own_table() -> None:
    table = {
        "marital_satisfaction_raw": ((30.0, 40.0), (31.0, 90.0)),
        "idealistic_distortion_raw": ((15.0, 50.0),),
    }
    instrument = configure(EMS, table=table)
    # all 3s: 30 and 15, so 40 - 0.40 x 40 x 50 / 100; item 3 one up: 31
    assert ems_of(instrument, answers(EMS, 3))["score"] == pytest.approx(32)
    assert ems_of(instrument, answers(EMS, 3, _3=4))["score"] == pytest.approx(72)
    unknown = ems_of(instrument, answers(EMS, 3, _3=5))
    assert (unknown["status"], unknown["reason"]) == ("not_scored", "table_needed")


def test_ems_needs_complete_components() -> None:
    instrument = configure(EMS, table=tables(80, 60))
    gap = answers(EMS, 3, _3=None)
    assert ems_of(instrument, gap)["reason"] == "component_not_scored"
    prorated = ems_of(instrument, gap, prorate=True)
    assert (prorated["status"], prorated["reason"]) == ("not_scored", "missing_answers")
    assert ems_of(instrument, answers(EMS, None))["reason"] == "no_answers"


def test_a_supplied_key_lifts_the_doubt_about_the_ems_key() -> None:
    keyed = configure(EMS, reversed_items=(2, 9))
    for scale_id in RAW_SCALES:
        assert keyed.scale(scale_id).evidence == "single source"
        assert keyed.scale(scale_id).citation == SUPPLIED_KEY_CITATION
    assert keyed.scale("marital_satisfaction_raw").reversed_items == (2,)
    assert keyed.scale("idealistic_distortion_raw").reversed_items == (9,)
    assert keyed.primary_scale == "marital_satisfaction_raw"
    assert configure(EMS, keyed=True).scale("marital_satisfaction_raw").reversed_items == ()
    assert configure(EMS, reversed_items=()).scale("idealistic_distortion_raw").evidence == (
        "single source"
    )


def test_ems_is_no_better_established_than_its_components() -> None:
    assert configure(EMS, table=tables(1, 1)).scale("ems").evidence == "unverified"
    both = configure(EMS, table=tables(1, 1), reversed_items=(2, 5, 8, 9, 12, 14))
    assert both.scale("ems").evidence == "single source"
    assert both.primary_scale == "ems"
    checked = configure(EMS, table=tables(1, 1), verified=True)
    assert checked.scale("ems").evidence == "single source"
    assert checked.scale("marital_satisfaction_raw").reversed_items == (2, 5, 8, 12, 14)


def test_a_key_or_keyed_answers_lift_the_need_of_the_couple_scales() -> None:
    for setting in ({"keyed": True}, {"reversed_items": (1, 11, 31)}, {"reversed_items": ()}):
        instrument = configure(COUPLE, **setting)
        assert all(not scale.needs for scale in instrument.scales)
        assert instrument.scale("communication").citation == COUPLE.scale("communication").citation
    keyed = configure(COUPLE, reversed_items=(1, 11, 31))
    assert [scale.reversed_items for scale in keyed.scales] == [(1,), (11,), (), (31,)]


def test_checking_the_form_opens_what_waited_for_it() -> None:
    raw = get("das_7")
    given = answers(raw, 3)
    assert score(raw, given).loc[0, "reason"] == "verification_needed"
    checked = configure(raw, verified=True)
    assert checked.scale("total").evidence == "single source"
    assert checked.scale("total").citation == VERIFIED_CITATION
    assert score(checked, given).loc[0, ["score", "reason"]].tolist() == [21, ""]


def test_a_key_alone_does_not_open_it() -> None:
    for setting in ({"reversed_items": (9,)}, {"keyed": True}):
        keyed = configure(get("rq_9"), **setting).scale("total")
        assert (keyed.needs, keyed.evidence) == ("verification", "unverified")
    both = configure(get("rq_9"), reversed_items=(9,), verified=True).scale("total")
    assert (both.needs, both.reversed_items) == ("", (9,))


def test_checking_the_form_supplies_no_key() -> None:
    for name in ("acrimony_25", "core_5", "cpic_48"):
        checked = configure(get(name), verified=True)
        assert {scale.needs for scale in checked.scales} == {"key"}
    opened = configure(get("cpic_48"), keyed=True, verified=True)
    assert {scale.needs for scale in opened.scales} == {"key"}


def test_checking_the_form_lifts_the_doubt_about_the_pam() -> None:
    assert configure(get("pam_20"), verified=True).primary_scale == "total"


def test_a_supplied_key_replaces_the_published_one() -> None:
    assert configure(get("core_10"), reversed_items=(1,)).scale("total").reversed_items == (1,)
    assert configure(get("core_10"), keyed=True).scale("total").evidence == "confirmed"


def test_nothing_asked_nothing_changed() -> None:
    for instrument in all_instruments():
        assert configure(instrument) == instrument
        assert configure(instrument, table={}) == instrument


@pytest.mark.parametrize(
    ("instrument", "setting", "message"),
    [
        (EMS, {"keyed": True, "reversed_items": (2,)}, "keyed=True"),
        (EMS, {"reversed_items": (16,)}, "items 1 to 15"),
        (EMS, {"table": {"ems": ((1, 1),)}}, "takes idealistic_distortion_raw, marital"),
        (EMS, {"table": {RAW_SCALES[0]: ((10, 1),)}}, "also needs idealistic_distortion_raw"),
        (EMS, {"table": tables(101, 1)}, "between 0 and 100"),
        (EMS, {"table": {RAW_SCALES[0]: ((10, 1), (10, 2))}}, "listed twice"),
        (get("phq9"), {"table": {"total": ((1, 1),)}}, "takes no table"),
    ],
)
def test_refuses_what_does_not_fit(instrument: Instrument, setting: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        configure(instrument, **setting)


def test_a_supplied_table_replaces_that_of_a_looked_up_scale() -> None:
    table = {"total": tuple((raw, float(raw)) for raw in range(7, 36))}
    instrument = configure(get("swemwbs"), table=table)
    found = score(instrument, answers(instrument, 3)).set_index("scale")["score"]
    assert found["total"] == found["raw"] == 21
