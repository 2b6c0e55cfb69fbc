"""What a questionnaire is: items, scales, rules, and where each fact comes from.

Everything here is frozen and checked when it is built, so a questionnaire that exists is a
questionnaire that can be scored. No bare constants: a cut-off, a norm or a reliability carries
its citation and how well it is established.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from instruments.sourced import (
    Band,
    BandSet,
    Cutoff,
    Evidence,
    Norm,
    Reliability,
    Sourced,
    banded,
)

__all__ = [
    "ITEM_RULES", "SCALE_RULES", "Band", "BandSet", "Better", "Cutoff", "Evidence", "Gate",
    "Instrument", "Item", "Missing", "Needs", "Norm", "Reliability", "Rule", "Scale", "Sourced",
    "Table", "banded", "same_items",
]  # fmt: skip

Better = Literal["higher", "lower", "neither"]
Needs = Literal["", "key", "table", "verification"]
Rule = Literal[
    "sum",
    "mean",
    "mean_times_ten",
    "percent",
    "lookup",
    "sum_of_scales",
    "corrected_for_idealism",
    "lookup_of_scales",
    "supplied",
]

ITEM_RULES: frozenset[str] = frozenset({"sum", "mean", "mean_times_ten", "percent", "lookup"})
SCALE_RULES: frozenset[str] = frozenset(
    {"sum_of_scales", "corrected_for_idealism", "lookup_of_scales"}
)

Table = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its number on the form and the answers it allows.

    ``labels`` name the answers from ``minimum`` to ``maximum``; ``hint`` holds the wording only
    where the wording is free to reproduce. ``scores`` say what the answers count, from ``minimum``
    to ``maximum`` and after any reversal, where that is not the answer itself.
    """

    number: int
    minimum: int
    maximum: int
    labels: tuple[str, ...] = ()
    hint: str = ""
    scores: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.minimum >= self.maximum:
            raise ValueError(f"item {self.number}: minimum must lie below maximum")
        n_answers = self.maximum - self.minimum + 1
        if self.labels and len(self.labels) != n_answers:
            raise ValueError(f"item {self.number}: one label is needed for each allowed answer")
        if self.scores and (len(self.scores) != n_answers or len(set(self.scores)) == 1):
            raise ValueError(f"item {self.number}: one score is needed for each allowed answer")

    @property
    def lowest(self) -> int:
        """The lowest score an answer can give."""
        return min(self.scores, default=self.minimum)

    @property
    def highest(self) -> int:
        """The highest score an answer can give."""
        return max(self.scores, default=self.maximum)


@dataclass(frozen=True, slots=True)
class Missing:
    """How many answers of a scale may be missing, and what is done then.

    ``strict`` gives no score when an answer is missing. ``prorate`` takes the mean of the answers
    given, for up to ``max_missing`` missing; ``rounding`` is applied to a prorated sum only.
    ``count_as_zero`` adds nothing for up to ``max_missing`` missing.
    """

    method: Literal["strict", "prorate", "count_as_zero"] = "strict"
    max_missing: int = 0
    rounding: Literal["none", "half_up"] = "none"
    citation: str = "No published rule found; strict is our default."
    evidence: Evidence = "unverified"

    def __post_init__(self) -> None:
        if self.method == "strict" and self.max_missing:
            raise ValueError("a strict missing rule allows no missing answers")


@dataclass(frozen=True, slots=True)
class Gate:
    """A question that settles a scale: whoever gives it this answer has this score."""

    item: int
    answer: int
    score: float


@dataclass(frozen=True, slots=True)
class Scale:
    """One score of a questionnaire.

    ``items`` feed the score directly; ``components`` are other scales of the same questionnaire
    for the rules of SCALE_RULES. ``grid`` belongs to ``lookup_of_scales``: one row for each score
    of the first component, one column for each score of the second. A ``supplied`` scale is never
    worked out here, only taken as it is given. ``gate`` is a question that may settle the score.
    ``needs`` says what must be there before the scale can be scored: a ``key`` or a ``table`` that
    is not public, or ``verification``: somebody has to check against the form what was put down
    from memory. ``evidence`` grades the scoring key itself: a scale whose key is unverified is
    never a headline. ``reliability``, ``cutoffs`` and ``reliable_change`` list the preferred entry
    first; ``manual_sd`` is the SD that goes with the published reliability when the smallest
    reliable change is worked out. ``aliases`` are other names of the score in a spreadsheet header.
    """

    id: str
    label: str
    items: tuple[int, ...]
    rule: Rule
    score_range: tuple[float, float]
    better: Better
    evidence: Evidence
    citation: str
    reversed_items: tuple[int, ...] = ()
    components: tuple[str, ...] = ()
    table: Table = ()
    tables: tuple[Table, ...] = ()
    grid: tuple[tuple[float, ...], ...] = ()
    gate: Gate | None = None
    needs: Needs = ""
    missing: Missing = field(default_factory=Missing)
    bands: tuple[BandSet, ...] = ()
    cutoffs: tuple[Cutoff, ...] = ()
    norms: tuple[Norm, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    manual_sd: Sourced | None = None
    reliable_change: tuple[Sourced, ...] = ()
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rule in ITEM_RULES and not self.items:
            raise ValueError(f"scale {self.id!r}: rule {self.rule!r} needs items")
        if self.rule in SCALE_RULES and not self.components:
            raise ValueError(f"scale {self.id!r}: rule {self.rule!r} needs components")
        if self.rule == "supplied" and (self.items or self.components):
            raise ValueError(f"scale {self.id!r}: rule 'supplied' takes no items or components")
        if (self.rule == "lookup_of_scales") != bool(self.grid):
            raise ValueError(f"scale {self.id!r}: rule 'lookup_of_scales' and a grid go together")
        if self.gate and self.rule not in ITEM_RULES:
            raise ValueError(f"scale {self.id!r}: only a scale of items takes a gate")
        if not set(self.reversed_items) <= set(self.items):
            raise ValueError(f"scale {self.id!r}: reversed items must be among its items")
        if len(set(self.items)) != len(self.items):
            raise ValueError(f"scale {self.id!r}: an item is listed twice")
        if self.rule == "lookup" and not self.table and self.needs != "table":
            raise ValueError(f"scale {self.id!r}: rule 'lookup' needs a table")
        if self.rule == "lookup" and self.missing.max_missing:
            raise ValueError(f"scale {self.id!r}: rule 'lookup' allows no missing answers")
        if self.score_range[0] >= self.score_range[1]:
            raise ValueError(f"scale {self.id!r}: score_range must ascend")
        for band_set in self.bands:
            if band_set.bands[0].low > self.score_range[0]:
                raise ValueError(f"scale {self.id!r}: bands {band_set.name!r} miss low scores")

    @property
    def may_be_headline(self) -> bool:
        """Whether results of this scale may stand at the top of a page."""
        return self.better != "neither" and self.evidence != "unverified"

    def norm(self, group: Literal["functional", "clinical"]) -> Norm | None:
        """The first norm for everybody in that group that is better than unverified, if any."""
        for norm in self.norms:
            if norm.group == group and norm.evidence != "unverified" and not norm.only:
                return norm
        return None

    @property
    def published_cutoff(self) -> Cutoff | None:
        """The recommended published cut-off for everybody that is better than unverified."""
        found = (c for c in self.cutoffs if c.evidence != "unverified" and not c.only)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire: what it asks, how it is scored, who owns it.

    ``risk_items`` ask about harm to oneself or others; any answer above the lowest is looked at on
    its own, whatever the total.
    """

    id: str
    version: str
    name: str
    short_name: str
    construct: str
    respondent: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    citation: str
    licence: Sourced | str
    recall_period: str
    population: str
    about_child: bool = False
    notes: tuple[str, ...] = ()
    risk_items: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        asks = any(scale.rule != "supplied" for scale in self.scales)
        if not self.scales or (asks and not self.items):
            raise ValueError(f"{self.id}: at least one item and one scale are needed")
        numbers = [item.number for item in self.items]
        if numbers != sorted(set(numbers)):
            raise ValueError(f"{self.id}: items must be in ascending order, each once")
        ids = [scale.id for scale in self.scales]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{self.id}: a scale id is used twice")
        for scale in self.scales:
            self._check_scale(scale)
        if not set(self.risk_items) <= set(numbers):
            raise ValueError(f"{self.id}: risk_items must be among the items")

    def _check_scale(self, scale: Scale) -> None:
        unknown = set(scale.items) - {item.number for item in self.items}
        if unknown:
            raise ValueError(f"{self.id}.{scale.id}: no such items: {sorted(unknown)}")
        of_items = {other.id for other in self.scales if other.rule in ITEM_RULES}
        if not set(scale.components) <= of_items:
            raise ValueError(f"{self.id}.{scale.id}: components must be item scales of {self.id}")
        if scale.rule == "lookup" and scale.table:
            low, high = self.sum_range(scale.id)
            if [raw for raw, _ in scale.table] != list(range(low, high + 1)):
                raise ValueError(f"{self.id}.{scale.id}: table must list each sum {low} to {high}")
        if scale.grid:
            self._check_grid(scale)
        if scale.gate:
            self._check_gate(scale, scale.gate)
        if scale.missing.method == "count_as_zero":
            lowest = {self.item(number).lowest for number in self.item_numbers(scale.id)}
            if lowest != {0} or scale.rule != "sum":
                raise ValueError(f"{self.id}.{scale.id}: only sums of items from 0 count as zero")

    def _check_grid(self, scale: Scale) -> None:
        """A grid needs one row and one column for each sum that its two components can reach."""
        rules = {self.scale(part).rule for part in scale.components}
        if len(scale.components) != 2 or rules != {"sum"}:
            raise ValueError(f"{self.id}.{scale.id}: a grid takes two components that are sums")
        ranges = [self.sum_range(part) for part in scale.components]
        rows, width = (highest + 1 for _, highest in ranges)
        if {lowest for lowest, _ in ranges} != {0}:
            raise ValueError(f"{self.id}.{scale.id}: the components of a grid must begin at 0")
        if len(scale.grid) != rows or {len(row) for row in scale.grid} != {width}:
            raise ValueError(f"{self.id}.{scale.id}: the grid must have {rows} rows of {width}")

    def _check_gate(self, scale: Scale, gate: Gate) -> None:
        item = self.item(gate.item)
        allowed = item.minimum <= gate.answer <= item.maximum
        if not allowed or not scale.score_range[0] <= gate.score <= scale.score_range[1]:
            raise ValueError(f"{self.id}.{scale.id}: the gate's answer or score is out of range")

    @property
    def primary_scale(self) -> str | None:
        """The id of the scale to show first: one that may be a headline, scorable if possible."""
        headlines = [scale for scale in self.scales if scale.may_be_headline]
        scorable = [scale for scale in headlines if not scale.needs]
        return next((scale.id for scale in (*scorable, *headlines)), None)

    def item_numbers(self, scale_id: str) -> tuple[int, ...]:
        """The items that feed a scale, directly or through its components."""
        scale = self.scale(scale_id)
        through = (number for part in scale.components for number in self.scale(part).items)
        return scale.items or tuple(through)

    def sum_range(self, scale_id: str) -> tuple[int, int]:
        """The lowest and the highest sum that the items of a scale can reach."""
        items = [self.item(number) for number in self.item_numbers(scale_id)]
        return sum(item.lowest for item in items), sum(item.highest for item in items)

    def scale(self, scale_id: str) -> Scale:
        """The scale with that id; ``ValueError`` names the ids there are."""
        for scale in self.scales:
            if scale.id == scale_id:
                return scale
        allowed = ", ".join(scale.id for scale in self.scales)
        raise ValueError(f"scale_id={scale_id!r}: {self.id} has {allowed}")

    def item(self, number: int) -> Item:
        """The item with that number; ``ValueError`` names the numbers there are."""
        for item in self.items:
            if item.number == number:
                return item
        numbers = f"{self.items[0].number} to {self.items[-1].number}"
        raise ValueError(f"number={number!r}: {self.id} has items {numbers}")


def same_items(
    count: int, minimum: int, maximum: int, labels: tuple[str, ...] = ()
) -> tuple[Item, ...]:
    """Items 1 to ``count`` that all allow the same answers."""
    return tuple(Item(number, minimum, maximum, labels) for number in range(1, count + 1))
