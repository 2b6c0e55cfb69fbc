"""What must hold for every questionnaire, and how spreadsheet headers are read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from instruments.definition import (
    Band,
    BandSet,
    Cutoff,
    Instrument,
    Item,
    Missing,
    Norm,
    Reliability,
    Scale,
    Sourced,
)
from instruments.registry import all_instruments, get, match_column
from instruments.tables import read_table

INSTRUMENTS = all_instruments()
SCALES = [
    pytest.param(instrument, scale, id=f"{instrument.id}.{scale.id}")
    for instrument in INSTRUMENTS
    for scale in instrument.scales
]
WORKING_NOTES = (
    "camcops", "awell", "github", "index id", "stored", "http", "memory", "socas", "novo",
    "scribd", "dashandout", "computed", "derived",
)  # fmt: skip


def reachable(instrument: Instrument, scale: Scale) -> tuple[float, float]:
    low, high = instrument.sum_range(scale.id)
    n_items = len(instrument.item_numbers(scale.id))
    if scale.rule == "lookup":
        converted = [value for _, value in scale.table]
        return min(converted), max(converted)
    if scale.rule in ("percent", "corrected_for_idealism"):
        return 0, 100
    factor = {"mean": 1 / n_items, "mean_times_ten": 10 / n_items}.get(scale.rule, 1)
    return low * factor, high * factor


def sourced(scale: Scale) -> list[Sourced | Cutoff | Norm | Reliability | BandSet | Missing]:
    manual = [scale.manual_sd] if scale.manual_sd else []
    return [
        *scale.bands, *scale.cutoffs, *scale.norms, *scale.reliability, *scale.reliable_change,
        *manual, scale.missing,
    ]  # fmt: skip


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_range_is_what_the_items_can_reach(instrument: Instrument, scale: Scale) -> None:
    assert scale.score_range == pytest.approx(reachable(instrument, scale))


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_scale_has_label_direction_and_sources(instrument: Instrument, scale: Scale) -> None:
    assert scale.label
    assert scale.better in ("higher", "lower", "neither")
    assert scale.citation
    assert scale.missing.citation
    for fact in sourced(scale):
        assert fact.citation.strip()
        assert fact.evidence in ("confirmed", "single source", "unverified")


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_bands_cover_the_range_once(instrument: Instrument, scale: Scale) -> None:
    for band_set in scale.bands:
        lows = [band.low for band in band_set.bands]
        assert lows[0] == scale.score_range[0]
        assert all(a < b for a, b in pairwise(lows))
        assert lows[-1] < scale.score_range[1]
        assert all(band.label for band in band_set.bands)


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_cutoffs_and_thresholds_lie_in_the_range(instrument: Instrument, scale: Scale) -> None:
    low, high = scale.score_range
    assert all(low < cutoff.value < high for cutoff in scale.cutoffs)
    assert all(low <= norm.mean <= high for norm in scale.norms)
    assert all(0 < threshold.value < high - low for threshold in scale.reliable_change)
    assert all(0 < reliability.value < 1 for reliability in scale.reliability)
    towards = {"higher": ("<=", "<"), "lower": (">=", ">"), "neither": ()}[scale.better]
    assert all(cutoff.comparison in towards for cutoff in scale.cutoffs)


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_an_unverified_fact_never_comes_first(instrument: Instrument, scale: Scale) -> None:
    for facts in (scale.cutoffs, scale.reliability, scale.reliable_change):
        grades = [fact.evidence == "unverified" for fact in facts]
        assert grades == sorted(grades)
    assert scale.manual_sd is None or scale.manual_sd.evidence != "unverified"


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.id)
def test_citations_are_fit_for_a_screen(instrument: Instrument) -> None:
    texts = [instrument.citation, str(instrument.licence), *instrument.notes]
    for scale in instrument.scales:
        texts += [scale.citation, *(fact.citation for fact in sourced(scale))]
    for text in texts:
        assert not [note for note in WORKING_NOTES if note in text.casefold()], text


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.id)
def test_questionnaire_says_what_it_is(instrument: Instrument) -> None:
    for text in (
        instrument.version, instrument.name, instrument.short_name, instrument.construct,
        instrument.respondent, instrument.citation, instrument.licence, instrument.recall_period,
        instrument.population,
    ):  # fmt: skip
        assert str(text).strip()
    assert [item.number for item in instrument.items] == list(range(1, len(instrument.items) + 1))


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.id)
def test_no_item_wording_but_that_of_phq9(instrument: Instrument) -> None:
    worded = [item.number for item in instrument.items if item.hint or item.labels]
    assert worded == (list(range(1, 10)) if instrument.id == "phq9" else [])


def test_norm_for_one_sex_never_stands_for_everybody() -> None:
    core = get("core_om").scale("total")
    assert core.norm("functional") is None
    assert {norm.only for norm in core.norms if norm.evidence == "single source"} == {
        "men",
        "women",
    }
    assert get("sdq_parent_4_17").scale("total_difficulties").norm("functional") is None
    norm = get("das_32").scale("total").norm("functional")
    assert norm is not None
    assert (norm.mean, norm.sd) == (114.8, 17.8)


def test_primary_scales() -> None:
    assert {instrument.id: instrument.primary_scale for instrument in INSTRUMENTS} == {
        "das_32": "total",
        "enrich_ems_15": "ems",
        "enrich_couple_scales_35": "couple_satisfaction",
        "phq9": "total",
        "core_om": "total",
        "core_10": "total",
        "wemwbs": "total",
        "swemwbs": "total",
        "sdq_parent_4_17": "total_difficulties",
    }


def test_unverified_or_undirected_scales_are_never_headlines() -> None:
    ems = get("enrich_ems_15")
    assert not ems.scale("marital_satisfaction_raw").may_be_headline
    assert not ems.scale("idealistic_distortion_raw").may_be_headline
    assert not get("enrich_couple_scales_35").scale("idealistic_distortion").may_be_headline


def test_get_names_the_ids_there_are() -> None:
    with pytest.raises(ValueError, match=r"'phq8'.*das_32.*phq9"):
        get("phq8")
    with pytest.raises(ValueError, match=r"'sum'.*total"):
        get("phq9").scale("sum")
    with pytest.raises(ValueError, match="items 1 to 9"):
        get("phq9").item(10)
    with pytest.raises(ValueError, match="swemwbs_metric"):
        read_table("no_such_table")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("phq9_1", ("phq9", 1)),
        ("  PHQ9_9 ", ("phq9", 9)),
        ("phq9_09", ("phq9", 9)),
        ("phq9_10", None),
        ("phq9_0", None),
        ("phq9_", None),
        ("phq9", None),
        ("phq9_1_old", None),
        ("phq9_²", None),
        ("core_10_1", ("core_10", 1)),
        ("core_10_total", ("core_10", "total")),
        ("core_om_12", ("core_om", 12)),
        ("CORE_OM_Non_Risk", ("core_om", "non_risk")),
        ("das_32_total", ("das_32", "total")),
        ("das_32_32", ("das_32", 32)),
        ("sdq_parent_4_17_total", ("sdq_parent_4_17", "total_difficulties")),
        ("sdq_parent_4_17_total_difficulties", ("sdq_parent_4_17", "total_difficulties")),
        ("sdq_parent_4_17_emotional", ("sdq_parent_4_17", "emotional")),
        ("enrich_couple_scales_35_communication", ("enrich_couple_scales_35", "communication")),
        ("enrich_couple_scales_35_35", ("enrich_couple_scales_35", 35)),
        ("enrich_ems_15_ems", ("enrich_ems_15", "ems")),
        ("swemwbs_raw", ("swemwbs", "raw")),
        ("wemwbs_7", ("wemwbs", 7)),
        ("site", None),
        ("", None),
    ],
)
def test_match_column(header: str, expected: tuple[str, int | str] | None) -> None:
    found = match_column(header)
    assert (found and (found[0].id, found[1])) == expected


def test_longest_id_wins_and_extra_questionnaires_are_known() -> None:
    short = replace(get("phq9"), id="core")
    upper = replace(get("phq9"), id="Local_LFO")
    found = match_column("core_10_1", extra=(short, upper))
    assert found is not None
    assert found[0].id == "core_10"
    assert match_column("core_9", extra=(short,)) == (short, 9)
    assert match_column("local_lfo_9", extra=(upper,)) == (upper, 9)
    assert match_column("local_lfo_9") is None
    mine = replace(get("phq9"), version="local")
    assert match_column("phq9_1", extra=(mine,)) == (mine, 1)


def scale(**changes: object) -> Scale:
    plain = Scale("total", "Total", (1, 2), "sum", (0, 6), "higher", "confirmed", "Nobody (2020)")
    return replace(plain, **changes)


def instrument(*scales: Scale, items: tuple[Item, ...] = (Item(1, 0, 3), Item(2, 0, 3))) -> object:
    return replace(get("phq9"), items=items, scales=scales)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Item(1, 3, 3), "minimum must lie below maximum"),
        (lambda: Item(1, 0, 3, ("a", "b")), "one label"),
        (lambda: Missing("strict", 1), "strict"),
        (
            lambda: BandSet("b", (Band("x", "X", 0), Band("y", "Y", 0)), "c", "confirmed"),
            "ascend",
        ),
        (
            lambda: BandSet("b", (Band("x", "X", 0), Band("x", "Y", 1)), "c", "confirmed"),
            "used twice",
        ),
        (lambda: Norm("clinical", "p", 1, 1.0, 0.0, "c", "confirmed"), "above 0"),
        (lambda: scale(items=()), "needs items"),
        (lambda: scale(rule="sum_of_scales"), "needs components"),
        (lambda: scale(reversed_items=(3,)), "among its items"),
        (lambda: scale(items=(1, 1)), "listed twice"),
        (lambda: scale(rule="lookup"), "needs a table"),
        (
            lambda: scale(rule="lookup", table=((0, 0),), missing=Missing("prorate", 1)),
            "allows no missing",
        ),
        (lambda: scale(score_range=(6, 0)), "must ascend"),
        (
            lambda: scale(bands=(BandSet("b", (Band("x", "X", 1),), "c", "confirmed"),)),
            "miss low scores",
        ),
        (lambda: instrument(), "at least one"),
        (lambda: instrument(scale(), items=(Item(2, 0, 3), Item(1, 0, 3))), "ascending order"),
        (lambda: instrument(scale(), scale()), "used twice"),
        (lambda: instrument(scale(items=(1, 4))), r"no such items: \[4\]"),
        (
            lambda: instrument(scale(rule="sum_of_scales", items=(), components=("x",))),
            "components must be item scales",
        ),
        (
            lambda: instrument(scale(rule="lookup", table=((0, 0.0), (1, 1.0)))),
            "each sum 0 to 6",
        ),
    ],
)
def test_a_questionnaire_that_cannot_be_scored_cannot_be_built(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]
