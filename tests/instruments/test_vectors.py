"""Every questionnaire against cases worked by hand (tests/vectors)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from instruments.configure import configure
from instruments.definition import Instrument, Scale
from instruments.registry import all_instruments, get
from instruments.scoring import score

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
FILES = sorted(VECTORS.glob("*.yaml"))


def cases() -> list[Any]:
    found = []
    for path in FILES:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [
            pytest.param(content["instrument"], case, id=f"{content['instrument']}-{case['id']}")
            for case in content["cases"]
        ]
    return found


@pytest.mark.parametrize(("instrument_id", "case"), cases())
def test_case(instrument_id: str, case: dict[str, Any]) -> None:
    setting = dict(case.get("configure", {}))
    if "reversed_items" in setting:
        setting["reversed_items"] = tuple(setting["reversed_items"])
    instrument = configure(get(instrument_id), **setting)
    given = {item.number: case.get("fill") for item in instrument.items} | case.get("answers", {})
    assert set(given) == {item.number for item in instrument.items}
    answers = pd.DataFrame([given], dtype=float)
    scored = score(instrument, answers, prorate=case.get("prorate", False)).set_index("scale")
    for scale_id, wanted in case["expected"].items():
        wanted = wanted if isinstance(wanted, dict) else {"score": wanted}
        for column, value in wanted.items():
            found = scored.loc[scale_id, column]
            where = f"{scale_id}.{column}"
            if value is None:
                assert pd.isna(found), where
            elif column == "score":
                assert found == pytest.approx(value, rel=1e-14, abs=0), where
            else:
                assert found == value, where


def test_every_questionnaire_has_vectors() -> None:
    assert {path.stem for path in FILES} == {instrument.id for instrument in all_instruments()}


def expectations(instrument: Instrument, scale: Scale) -> list[dict[str, Any]]:
    """What the vectors say of one scale, case by case."""
    content = yaml.safe_load((VECTORS / f"{instrument.id}.yaml").read_text(encoding="utf-8"))
    wanted = [case["expected"].get(scale.id) for case in content["cases"]]
    named = [w if isinstance(w, dict) else {"score": w} for w in wanted if w is not None]
    return [expected for expected in named if expected]


def possible_scores(instrument: Instrument, scale: Scale) -> list[float]:
    """Every score that complete answers can give, in ascending order."""
    if scale.rule == "lookup":
        return [converted for _, converted in scale.table]
    low, high = instrument.sum_range(scale.id)
    unit = {"mean": 1, "mean_times_ten": 10}.get(scale.rule, len(scale.items) or 1)
    return [total * unit / (len(scale.items) or 1) for total in range(low, high + 1)]


SCALES = [
    pytest.param(instrument, scale, id=f"{instrument.id}.{scale.id}")
    for instrument in all_instruments()
    for scale in instrument.scales
]
BANDED = [
    pytest.param(*parameters.values, id=parameters.id)
    for parameters in SCALES
    if parameters.values[1].bands  # type: ignore[union-attr]
]


@pytest.mark.parametrize(("instrument", "scale"), BANDED)
def test_vectors_meet_both_sides_of_every_band(instrument: Instrument, scale: Scale) -> None:
    met = {(e["score"], e["band"]) for e in expectations(instrument, scale) if e.get("band")}
    assert {band for _, band in met} == {band.id for band in scale.bands[0].bands}
    possible = possible_scores(instrument, scale)
    for lower, upper in pairwise(scale.bands[0].bands):
        last = max(score for score in possible if score < upper.low)
        first = min(score for score in possible if score >= upper.low)
        assert any(band == lower.id and score == pytest.approx(last) for score, band in met)
        assert any(band == upper.id and score == pytest.approx(first) for score, band in met)


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_vectors_meet_floor_ceiling_and_what_lies_between(
    instrument: Instrument, scale: Scale
) -> None:
    expected = expectations(instrument, scale)
    scores = [e["score"] for e in expected if e.get("score") is not None]
    if scale.rule == "supplied":
        assert not scores
    elif scale.rule != "corrected_for_idealism":
        assert {min(scores), max(scores)} == set(scale.score_range)
        assert len(set(scores)) > 2


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda i: i.id)
def test_vectors_meet_missing_answers_and_what_a_questionnaire_waits_for(
    instrument: Instrument,
) -> None:
    found = [e for scale in instrument.scales for e in expectations(instrument, scale)]
    reasons = {e["reason"] for e in found if "reason" in e and e.get("score", 0) is None}
    assert "missing_answers" in reasons or {s.rule for s in instrument.scales} == {"supplied"}
    for needs in {scale.needs for scale in instrument.scales} - {""}:
        assert f"{needs}_needed" in reasons
