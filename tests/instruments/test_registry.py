"""What must hold for every questionnaire, and how spreadsheet headers are read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from instruments.configure import configure
from instruments.definition import (
    BandSet,
    Cutoff,
    Instrument,
    Missing,
    Norm,
    Reliability,
    Scale,
    Sourced,
)
from instruments.registry import all_instruments, get, match_column, readiness
from instruments.sdq import SDQ_ADDED_VALUE
from instruments.tables import read_table

INSTRUMENTS = all_instruments()
EVERYTHING = (*INSTRUMENTS, SDQ_ADDED_VALUE)
SCALES = [
    pytest.param(instrument, scale, id=f"{instrument.id}.{scale.id}")
    for instrument in EVERYTHING
    for scale in instrument.scales
]
# Scored only once somebody has compared the form; their numbers come from no document.
FROM_MEMORY = (
    "das_7", "das_4", "rq_9", "crs_35", "ahrons_qccs_10", "ops_10", "ppc_16",
)  # fmt: skip
LISTED_ONLY = ("enrich_couple_scales_35", "cpic_48", "acrimony_25", "core_5")
NEVER_A_HEADLINE = ("pam_20", "crs_brief_14")
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
    if scale.rule == "lookup_of_scales":
        values = [value for row in scale.grid for value in row]
        return min(values), max(values)
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
    if scale.rule != "supplied":
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


@pytest.mark.parametrize("instrument", EVERYTHING, ids=lambda i: i.id)
def test_citations_are_fit_for_a_screen(instrument: Instrument) -> None:
    texts = [instrument.citation, str(instrument.licence), *instrument.notes]
    for scale in instrument.scales:
        texts += [scale.citation, *(fact.citation for fact in sourced(scale))]
    for text in texts:
        assert not [note for note in WORKING_NOTES if note in text.casefold()], text


@pytest.mark.parametrize("instrument", EVERYTHING, ids=lambda i: i.id)
def test_questionnaire_says_what_it_is(instrument: Instrument) -> None:
    for text in (
        instrument.version, instrument.name, instrument.short_name, instrument.construct,
        instrument.respondent, instrument.citation, instrument.licence, instrument.recall_period,
        instrument.population,
    ):  # fmt: skip
        assert str(text).strip()
    assert instrument.notes


def test_items_are_numbered_as_on_the_form() -> None:
    # The CORE-6D keeps the numbers of the CORE-OM; the teacher's SDQ has no items 29 and 32.
    expected = {
        "core_6d": [1, 8, 15, 16, 21, 33],
        "sdq_teacher_4_17": [n for n in range(1, 36) if n not in (29, 32)],
    }
    for instrument in INSTRUMENTS:
        plain = list(range(1, len(instrument.items) + 1))
        numbers = [item.number for item in instrument.items]
        assert numbers == expected.get(instrument.id, plain), instrument.id


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.id)
def test_no_item_wording_but_what_is_free(instrument: Instrument) -> None:
    worded = [item.number for item in instrument.items if item.hint or item.labels]
    free = {"phq9": list(range(1, 10)), "gad7": list(range(1, 8))}
    assert worded == free.get(instrument.id, [])


@pytest.mark.parametrize("instrument", EVERYTHING, ids=lambda i: i.id)
def test_licence_says_whether_it_may_be_used(instrument: Instrument) -> None:
    words = ("licence", "permission", "free", "request", "authorisation", "CC BY")
    assert any(word.casefold() in str(instrument.licence).casefold() for word in words)


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_no_two_scores_have_the_same_label(instrument: Instrument, scale: Scale) -> None:
    labels = [s.label for other in EVERYTHING for s in other.scales]
    assert labels.count(scale.label) == 1


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


def test_cutoff_for_one_group_never_stands_for_everybody() -> None:
    young = get("yp_core").scale("total")
    assert [cutoff.value for cutoff in young.cutoffs] == [10.3, 14.1, 14.4, 15.9]
    assert all(cutoff.only and cutoff.evidence == "confirmed" for cutoff in young.cutoffs)
    assert young.published_cutoff is None
    revised = get("rdas_14").scale("total").published_cutoff
    assert revised is not None
    assert revised.text == "<= 47"


def test_primary_scales() -> None:
    others = {
        "enrich_ems_15": "ems",
        "enrich_couple_scales_35": "couple_satisfaction",
        "hads": "anxiety",
        **dict.fromkeys(
            ("sdq_parent_4_17", "sdq_teacher_4_17", "sdq_self_11_17", "sdq_2_4"),
            "total_difficulties",
        ),
        **dict.fromkeys((*FROM_MEMORY, *NEVER_A_HEADLINE, *LISTED_ONLY[1:]), None),
    }
    for instrument in INSTRUMENTS:
        assert instrument.primary_scale == others.get(instrument.id, "total"), instrument.id


def test_what_was_never_seen_waits_for_somebody_to_check_the_form() -> None:
    waiting = {i.id for i in INSTRUMENTS if any(s.needs == "verification" for s in i.scales)}
    assert waiting == set(FROM_MEMORY)
    for name in FROM_MEMORY:
        instrument = get(name)
        assert {s.needs for s in instrument.scales if s.rule != "supplied"} == {"verification"}
        assert {s.evidence for s in instrument.scales} == {"unverified"}
        assert f"Then name {name} under 'verified'" in readiness(instrument)
        checked = configure(instrument, verified=True)
        assert readiness(checked) == "Scored from answers."
        assert checked.primary_scale is not None


def test_what_has_no_public_key_is_listed_with_the_reason() -> None:
    keyless = {i.id for i in INSTRUMENTS if {s.needs for s in i.scales} == {"key"}}
    assert keyless == set(LISTED_ONLY)
    assert all(readiness(get(name)).startswith("Listed, but not scored") for name in LISTED_ONLY)


def test_readiness_of_the_others() -> None:
    for instrument in INSTRUMENTS:
        if instrument.id in NEVER_A_HEADLINE:
            assert readiness(instrument).endswith("never stands at the top of a page.")
        elif instrument.id == "enrich_ems_15":
            assert "waits for it" in readiness(instrument)
        elif instrument.id not in (*FROM_MEMORY, *LISTED_ONLY):
            assert readiness(instrument) == "Scored from answers."


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
        ("sdq_parent_4_17_26", ("sdq_parent_4_17", 26)),
        ("sdq_parent_4_17_33", ("sdq_parent_4_17", 33)),
        ("sdq_parent_4_17_impact", ("sdq_parent_4_17", "impact")),
        ("sdq_teacher_4_17_29", None),
        ("sdq_2_4_4", ("sdq_2_4", 4)),
        ("csi_4_4", ("csi_4", 4)),
        ("csi_4_17", None),
        ("core_5_1", ("core_5", 1)),
        ("core_6d_21", ("core_6d", 21)),
        ("core_6d_2", None),
        ("core_sf_a_18", ("core_sf_a", 18)),
        ("hads_anxiety", ("hads", "anxiety")),
        ("das_7_7", ("das_7", 7)),
        ("cpic_48_self_blame", ("cpic_48", "self_blame")),
        ("ppc_16_intensity", ("ppc_16", "intensity")),
        ("sdq_added_value_total", None),
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
