"""Every questionnaire against cases worked by hand (tests/vectors)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from instruments.configure import configure
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


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda i: i.id)
def test_vectors_meet_every_band(instrument: Any) -> None:
    content = yaml.safe_load((VECTORS / f"{instrument.id}.yaml").read_text(encoding="utf-8"))
    met = {
        (scale_id, wanted.get("band"))
        for case in content["cases"]
        for scale_id, wanted in case["expected"].items()
        if isinstance(wanted, dict)
    }
    for scale in instrument.scales:
        for band in scale.bands[0].bands if scale.bands else ():
            assert (scale.id, band.id) in met
