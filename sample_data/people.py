"""Invented people: families, couples, what describes them, and how they are and will change.

Each person has a level and a gain on three traits (relationship, mood, child). All traits run so
that higher is better, have mean 0 and standard deviation 1 at the start, and are partly shared by
the two partners of a couple.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.plan import CHILD_INSTRUMENT, SitePlan

TRAITS = ("relationship", "mood", "child")
# Correlation of the traits, for levels and for gains alike.
_CORRELATION = np.array([[1.0, 0.50, 0.25], [0.50, 1.0, 0.30], [0.25, 0.30, 1.0]])
# Shares of variance that partners share. Higher than what shows in the scores (about .45 and .25),
# because answers also carry noise that nobody shares.
_LEVEL_SHARED = 0.48
_GAIN_SHARED = 0.42
_MEAN_GAIN = np.array([0.40, 0.54, 0.28])
_GAIN_SD = np.array([0.62, 0.68, 0.50])
_GAIN_PER_LEVEL = -0.12  # those who start worse gain a little more
_FILLED = 0.93  # share of characteristics that were asked for and answered

_AGE_BANDS = (("under 25", 0.14), ("25-34", 0.43), ("35-44", 0.33), ("45 and over", 0.10))
_COUPLE_STATUS = (("married", 0.45), ("living together", 0.42), ("separated", 0.13))
_LONE_STATUS = (("single", 0.45), ("separated", 0.55))
_ETHNICITY = (("white", 0.66), ("Asian", 0.15), ("black", 0.10), ("mixed or other", 0.09))
_ROUTES = (
    ("self", 0.28), ("children's centre", 0.20), ("health visitor", 0.17), ("school", 0.15),
    ("GP", 0.10), ("social care", 0.10),
)  # fmt: skip


def make_people(plan: SitePlan, rng: np.random.Generator) -> pd.DataFrame:
    """One row for each person referred, partners next to each other."""
    frame = _make_families(plan, rng)
    families = int(frame["family"].max()) + 1
    frame = pd.concat([frame, _characteristics(frame, families, rng)], axis=1)
    level, gain = _traits(plan, frame["family"].to_numpy(), families, rng)
    for position, trait in enumerate(TRAITS):
        frame[f"level_{trait}"] = level[:, position]
        frame[f"gain_{trait}"] = gain[:, position]
    # How badly things stand at the start: what drives people away from support and from forms.
    frame["severity"] = -(frame["level_relationship"] + frame["level_mood"]) / np.sqrt(3)
    return frame


def _make_families(plan: SitePlan, rng: np.random.Generator) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    family = couples = children = 0
    shares = np.array([support.share for support in plan.supports])
    while len(rows) < plan.people:
        support = int(rng.choice(len(shares), p=shares))
        kind = str(rng.choice(["both", "one", "lone"], p=[plan.both, plan.one, plan.lone]))
        if kind == "both" and (plan.supports[support].fathers_only or len(rows) + 2 > plan.people):
            kind = "one"
        couple = child = ""
        if kind != "lone":
            couples += 1
            couple = f"{plan.code}-C{couples:02d}"
        if CHILD_INSTRUMENT in plan.supports[support].instruments and rng.random() < 0.75:
            children += 1
            child = f"{plan.code}-K{children:02d}"
        for role in _roles(kind, plan.supports[support].fathers_only, rng):
            rows.append({
                "participant": f"{plan.code}-{len(rows) + 1:03d}", "couple": couple, "role": role,
                "child": child, "family": family, "lone": kind == "lone", "support": support,
            })  # fmt: skip
        family += 1
    return pd.DataFrame(rows)


def _roles(kind: str, fathers_only: bool, rng: np.random.Generator) -> tuple[str, ...]:
    if kind == "both":
        if rng.random() < 0.03:
            return ("mother", "mother") if rng.random() < 0.6 else ("father", "father")
        return ("mother", "father")
    if fathers_only:
        return ("father",)
    return ("mother",) if rng.random() < 0.8 else ("father",)


def _characteristics(frame: pd.DataFrame, families: int, rng: np.random.Generator) -> pd.DataFrame:
    people = len(frame)
    family = frame["family"].to_numpy()
    lone = frame["lone"].to_numpy()
    ages = _draw(_AGE_BANDS, people, rng)
    status = np.where(lone, _draw(_LONE_STATUS, families, rng)[family],
                      _draw(_COUPLE_STATUS, families, rng)[family])  # fmt: skip
    poor = rng.random(families) < 0.38
    first = rng.random(families) < 0.34
    values = {
        "age_band": ages,
        "gender": np.where(frame["role"] == "mother", "female", "male"),
        "relationship_status": status,
        "low_income": np.where(poor[family], "yes", "no"),
        "ethnicity_group": _draw(_ETHNICITY, people, rng),
        "first_time_parent": np.where(first[family], "yes", "no"),
        "referral_route": _draw(_ROUTES, families, rng)[family],
    }
    filled = {name: rng.random(people) < _FILLED for name in values}
    filled["gender"][:] = True
    return pd.DataFrame({name: np.where(filled[name], v, "") for name, v in values.items()})


def _draw(
    choices: tuple[tuple[str, float], ...], size: int, rng: np.random.Generator
) -> np.ndarray:
    labels = np.array([label for label, _ in choices], dtype=object)
    return labels[rng.choice(len(labels), size=size, p=[share for _, share in choices])]


def _traits(
    plan: SitePlan, family: np.ndarray, families: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    level = plan.start + _shared(_LEVEL_SHARED, family, families, rng)
    wander = _shared(_GAIN_SHARED, family, families, rng)
    gain = plan.effect * _MEAN_GAIN + _GAIN_SD * wander + _GAIN_PER_LEVEL * (level - plan.start)
    return level, gain


def _shared(
    share: float, family: np.ndarray, families: int, rng: np.random.Generator
) -> np.ndarray:
    """Correlated standard normal traits of which families have ``share`` in common."""
    root = np.linalg.cholesky(_CORRELATION).T
    together = (rng.standard_normal((families, len(TRAITS))) @ root)[family]
    alone = rng.standard_normal((len(family), len(TRAITS))) @ root
    return np.sqrt(share) * together + np.sqrt(1 - share) * alone
