"""Our definitions against the collected facts, number by number, where those are at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from instruments.definition import ITEM_RULES, Instrument, Scale
from instruments.registry import all_instruments, get

FACTS = Path(__file__).resolve().parents[3] / "shared" / "instruments"
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="the collected facts are not here")

GRADE = {"CONFIRMED": "confirmed", "SINGLE": "single source", "MEMORY": "unverified"}
TOTAL_NAMES = {"total", "all_items", "clinical (all items)", "clinical", "metric", "all_items mean"}
IDS = [instrument.id for instrument in all_instruments()]


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("relationship", "wellbeing"):
        found |= yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def numbers_in(node: Any) -> set[float]:
    if isinstance(node, dict):
        return set().union(*(numbers_in(value) for value in [*node.keys(), *node.values()]), set())
    if isinstance(node, list):
        return set().union(*(numbers_in(value) for value in node), set())
    return {float(node)} if isinstance(node, int | float) and not isinstance(node, bool) else set()


def scale_named(instrument: Instrument, name: str) -> Scale | None:
    name = name.removesuffix(" mean")
    if name in TOTAL_NAMES:
        name = str(instrument.primary_scale)
    return next((scale for scale in instrument.scales if scale.id == name), None)


def published_scales(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    listed = entry["subscales"]
    named = {s["name"]: s for s in listed} if isinstance(listed, list) else dict(listed)
    if "aggregation" in entry["total"]:
        named[entry["total"].get("name", "total")] = entry["total"]
    return named


@pytest.mark.parametrize("instrument_id", IDS)
def test_items_and_their_ranges(facts: dict[str, Any], instrument_id: str) -> None:
    entry, instrument = facts[instrument_id], get(instrument_id)
    assert len(instrument.items) == entry["n_items"]
    default, special = entry["response"]["default"], entry["response"].get("items", {})
    for item in instrument.items:
        allowed = default | special.get(item.number, {})
        assert (item.minimum, item.maximum) == (allowed["min"], allowed["max"])


@pytest.mark.parametrize("instrument_id", IDS)
def test_scales_items_and_reversals(facts: dict[str, Any], instrument_id: str) -> None:
    entry, instrument = facts[instrument_id], get(instrument_id)
    published = published_scales(entry)
    assert set(published) <= {scale.id for scale in instrument.scales}
    for name, facts_of_scale in published.items():
        scale = instrument.scale(name)
        if scale.rule in ITEM_RULES and facts_of_scale.get("items"):
            assert scale.items == tuple(facts_of_scale["items"])
            reversed_here = set(entry["reverse_items"] or ()) & set(scale.items)
            assert set(scale.reversed_items) == reversed_here
        if "components" in facts_of_scale:
            assert scale.components == tuple(facts_of_scale["components"])
        limits = facts_of_scale["range"]
        if isinstance(limits, dict):
            limits = limits.get("clinical") or limits["metric"]
        assert scale.score_range == tuple(limits)
        direction = facts_of_scale["direction"]
        wanted = {"higher_better": "higher", "higher_worse": "lower"}.get(direction, "neither")
        assert scale.better == wanted


@pytest.mark.parametrize("instrument_id", [i for i in IDS if i != "das_32"])
def test_bands(facts: dict[str, Any], instrument_id: str) -> None:
    entry, instrument = facts[instrument_id], get(instrument_id)
    published = []
    for band_set in entry["bands"]:
        scale = scale_named(instrument, band_set["scale"])
        if scale is not None:
            bands = sorted((band["min"], band["label"]) for band in band_set["bands"])
            published.append((scale.id, bands, GRADE[band_set["confidence"]]))
    for scale in instrument.scales:
        for band_set in scale.bands:
            bands = [(band.low, band.id) for band in band_set.bands]
            assert (scale.id, bands, band_set.evidence) in published
        if scale.bands and instrument_id != "sdq_parent_4_17":
            first = next(bands for scale_id, bands, _ in published if scale_id == scale.id)
            assert [(band.low, band.id) for band in scale.bands[0].bands] == first


def test_sdq_uses_the_four_bands_first() -> None:
    for scale in get("sdq_parent_4_17").scales:
        names = [band_set.name for band_set in scale.bands]
        assert names in ([], ["four-band", "three-band"])


@pytest.mark.parametrize("instrument_id", IDS)
def test_every_number_we_hold_was_collected(facts: dict[str, Any], instrument_id: str) -> None:
    entry, instrument = facts[instrument_id], get(instrument_id)
    numbers = numbers_in(entry)
    # CORE norms and thresholds are collected on the mean of 0 to 4 and held on 0 to 40; the
    # general population norm of the CORE-OM is collected in a note.
    if instrument_id == "core_om":
        numbers |= {round(10 * number, 6) for number in numbers} | {4.8, 4.3}
    for scale in instrument.scales:
        held = [c.value for c in scale.cutoffs] + [r.value for r in scale.reliability]
        held += [change.value for change in scale.reliable_change]
        held += [number for n in scale.norms for number in (n.n, n.mean, n.sd) if number]
        held += [scale.manual_sd.value] if scale.manual_sd else []
        # The retest of the CORE-OM risk scale is collected in a note.
        assert set(held) - {0.64} <= numbers, scale.id


@pytest.mark.parametrize("instrument_id", [i for i in IDS if "core" in i])
def test_core_prorates_a_tenth(facts: dict[str, Any], instrument_id: str) -> None:
    allowed = facts[instrument_id]["missing_rule"]["max_missing"]
    allowed = allowed if isinstance(allowed, dict) else {"total": allowed}
    for name, limit in allowed.items():
        scale = scale_named(get(instrument_id), name)
        assert scale is not None
        assert scale.missing.method == "prorate"
        assert scale.missing.max_missing == limit == len(scale.items) // 10
        assert scale.missing.evidence == "confirmed"


def test_missing_rules_of_the_others(facts: dict[str, Any]) -> None:
    for instrument_id in ("das_32", "enrich_ems_15", "phq9", "wemwbs", "swemwbs"):
        for scale in get(instrument_id).scales:
            assert (scale.missing.method, scale.missing.max_missing) == ("strict", 0)
    limit = facts["sdq_parent_4_17"]["missing_rule"]["max_missing_per_subscale"]
    for scale in get("sdq_parent_4_17").scales:
        assert (scale.missing.max_missing, scale.missing.rounding) == (limit, "half_up")


@pytest.mark.parametrize("instrument_id", [i for i in IDS if not i.startswith("das")])
def test_norms_carry_the_grade_they_were_collected_with(
    facts: dict[str, Any], instrument_id: str
) -> None:
    instrument = get(instrument_id)
    factor = 10 if instrument_id == "core_om" else 1
    for norm in facts[instrument_id]["norms"]:
        scale = scale_named(instrument, norm.get("scale", ""))
        if scale is None or norm["sd"] is None:
            continue
        held = [
            own
            for own in scale.norms
            if (own.n, own.mean, own.sd)
            == (norm["n"], round(norm["mean"] * factor, 6), round(norm["sd"] * factor, 6))
        ]
        grade = norm["confidence"] if "SINGLE" not in norm.get("note", "") else "SINGLE"
        assert [own.evidence for own in held] in ([], [GRADE[grade]])
        assert held or grade == "MEMORY"


def test_swemwbs_conversion(facts: dict[str, Any]) -> None:
    table = facts["swemwbs"]["conversion_table"]["raw_to_metric"]
    assert dict(get("swemwbs").scale("total").table) == table
    assert len(table) == 29


def test_collected_vectors(facts: dict[str, Any]) -> None:
    """The best possible answers give the best possible scores."""
    import pandas as pd

    from instruments.scoring import score

    for instrument_id in IDS:
        instrument = get(instrument_id)
        for case in facts[instrument_id]["test_vectors"]:
            if "responses" not in case:
                continue
            given = case["responses"]
            given = dict(enumerate(given, start=1)) if isinstance(given, list) else given
            found = score(instrument, pd.DataFrame([given])).set_index("scale")
            for scale in instrument.scales:
                if scale.better == "neither" or scale.needs:
                    continue
                best = scale.score_range[1 if scale.better == "higher" else 0]
                assert found.loc[scale.id, "score"] == best, (instrument_id, scale.id)
            primary = found.loc[str(instrument.primary_scale)]
            expected = case.get("expected", case)
            band = case.get("band") or expected.get("band") or expected.get("band_population")
            assert band is None or primary["band"] == band
