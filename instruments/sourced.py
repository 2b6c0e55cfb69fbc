"""Published numbers, each with its citation and how well it is established: no bare constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["confirmed", "single source", "unverified"]


@dataclass(frozen=True, slots=True)
class Sourced:
    """A number with its citation and the strength of the evidence for it."""

    value: float
    citation: str
    evidence: Evidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A named part of a scale's range, from ``low`` up to the next band's ``low``."""

    id: str
    label: str
    low: float


@dataclass(frozen=True, slots=True)
class BandSet:
    """Bands that cover a scale's range once, in ascending order of score."""

    name: str
    bands: tuple[Band, ...]
    citation: str
    evidence: Evidence
    note: str = ""

    def __post_init__(self) -> None:
        lows = [band.low for band in self.bands]
        if lows != sorted(set(lows)):
            raise ValueError(f"band set {self.name!r}: bands must ascend and not repeat")
        if len({band.id for band in self.bands}) != len(self.bands):
            raise ValueError(f"band set {self.name!r}: a band id is used twice")


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A published boundary of the clinical range: clinical where ``score <comparison> value``.

    ``only`` names the part of the population it is limited to (``boys aged 11 to 13``); such a
    boundary is shown, but never stands for everybody.
    """

    value: float
    comparison: Literal["<=", "<", ">=", ">"]
    citation: str
    evidence: Evidence
    purpose: str = ""
    only: str = ""

    @property
    def text(self) -> str:
        """The boundary as written in a rule file, for example ``<= 97``."""
        return f"{self.comparison} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Norm:
    """Mean and SD of a reference group; ``clinical`` groups are people in difficulty.

    ``only`` names the part of the population it is limited to (``men``, ``girls``); such a norm is
    shown, but never stands in for everybody.
    """

    group: Literal["functional", "clinical"]
    population: str
    n: int | None
    mean: float
    sd: float
    citation: str
    evidence: Evidence
    only: str = ""

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise ValueError(f"norm {self.population!r}: sd={self.sd!r} must be above 0")


@dataclass(frozen=True, slots=True)
class Reliability:
    """A published reliability coefficient between 0 and 1."""

    kind: str
    value: float
    citation: str
    evidence: Evidence
    n: int | None = None


def banded(
    name: str,
    names: tuple[tuple[str, str], ...],
    lows: tuple[float, ...],
    *,
    citation: str,
    evidence: Evidence,
    note: str = "",
) -> BandSet:
    """A band set from (id, label) pairs and the score at which each of them begins."""
    bands = tuple(Band(*pair, low) for pair, low in zip(names, lows, strict=True))
    return BandSet(name, bands, citation, evidence, note)
