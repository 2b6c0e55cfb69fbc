"""A questionnaire made ready for the scoring engine: index arrays and small tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instruments.definition import ITEM_RULES, SCALE_RULES, Instrument, Scale

STATUSES = ("complete", "prorated", "not_scored", "supplied")
REASONS = (
    "", "own_proration", "no_answers", "missing_answers", "key_needed", "table_needed",
    "component_not_scored", "verification_needed", "counted_as_zero", "supplied_only",
)  # fmt: skip
OWN_PRORATION_SHARE = 0.20

COMPLETE, PRORATED, NOT_SCORED = (STATUSES.index(s) for s in STATUSES[:3])
(
    NO_REASON, OWN_PRORATION, NO_ANSWERS, MISSING_ANSWERS, KEY_NEEDED, TABLE_NEEDED, NO_COMPONENT,
    VERIFICATION_NEEDED, COUNTED_AS_ZERO, SUPPLIED_ONLY,
) = range(len(REASONS))  # fmt: skip
NEEDED = {"key": KEY_NEEDED, "table": TABLE_NEEDED, "verification": VERIFICATION_NEEDED}

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """A scale made ready for a block: tables by number of missing answers, and its bands.

    ``minima`` and ``widths`` are those of what the answers count; ``gate_place`` is the place of
    the question that may settle the score.
    """

    place: int
    scale: Scale
    parts: tuple[int, ...]
    gate_place: int | None
    rows: slice | npt.NDArray[np.intp]
    minima: Floats
    widths: Floats
    divisor: Floats
    status: Codes
    reason: Codes
    band_lows: Floats
    band_codes: Codes


@dataclass(frozen=True, slots=True)
class Plan:
    """A questionnaire made ready.

    Keyed answers form rows, each an item as it is or reversed; most items need only one of the
    two. ``source`` is the place of the item behind each row, ``minima`` and ``maxima`` are its
    allowed answers, ``recoded`` the rows where an answer counts something else than itself.
    """

    instrument: Instrument
    source: npt.NDArray[np.intp]
    minima: Floats
    maxima: Floats
    reversed_rows: npt.NDArray[np.intp]
    recoded: tuple[tuple[int, Floats], ...]
    item_scales: tuple[ScalePlan, ...]
    composites: tuple[ScalePlan, ...]
    supplied: tuple[ScalePlan, ...]


def band_ids_of(instrument: Instrument) -> tuple[str, ...]:
    """The band ids of all scales, each once, after ``""`` for no band."""
    sets = [scale.bands[0] for scale in instrument.scales if scale.bands]
    return tuple(dict.fromkeys(["", *(band.id for bands in sets for band in bands.bands)]))


def make_plan(instrument: Instrument, band_ids: tuple[str, ...], prorate: bool) -> Plan:
    """What the engine needs to know of a questionnaire, worked out once for all blocks."""
    of_items = [scale for scale in instrument.scales if scale.rule in ITEM_RULES]
    pairs = _keyed_pairs(instrument, of_items)
    row_of = {pair: row for row, pair in enumerate(pairs)}
    rows = {s.id: np.array([row_of[n, n in s.reversed_items] for n in s.items]) for s in of_items}
    place_of = {item.number: place for place, item in enumerate(instrument.items)}
    source = np.array([place_of[number] for number, _ in pairs], dtype=np.intp)
    items = [instrument.items[place] for place in source]
    plans = [
        _scale_plan(
            instrument,
            scale,
            rows=rows.get(scale.id, np.empty(0, dtype=np.intp)),
            lowest=np.array([item.lowest for item in items], dtype=np.float64),
            highest=np.array([item.highest for item in items], dtype=np.float64),
            gate_place=place_of[scale.gate.item] if scale.gate else None,
            band_ids=band_ids,
            prorate=prorate,
        )
        for scale in instrument.scales
    ]
    return Plan(
        instrument=instrument,
        source=source,
        minima=np.array([item.minimum for item in items], dtype=np.float64),
        maxima=np.array([item.maximum for item in items], dtype=np.float64),
        reversed_rows=np.flatnonzero([is_reversed for _, is_reversed in pairs]),
        recoded=tuple(
            (row, np.array(item.scores, dtype=np.float64))
            for row, item in enumerate(items)
            if item.scores
        ),
        item_scales=tuple(p for p in plans if p.scale.rule in ITEM_RULES),
        composites=tuple(p for p in plans if p.scale.rule in SCALE_RULES),
        supplied=tuple(p for p in plans if p.scale.rule == "supplied"),
    )


def _keyed_pairs(instrument: Instrument, of_items: list[Scale]) -> list[tuple[int, bool]]:
    """Item numbers with whether they are reversed, in order; an item of no scale is checked too."""
    wanted = {(number, number in s.reversed_items) for s in of_items for number in s.items}
    used = {number for number, _ in wanted}
    idle = {(item.number, False) for item in instrument.items if item.number not in used}
    return sorted(wanted | idle)


def _scale_plan(
    instrument: Instrument,
    scale: Scale,
    *,
    rows: npt.NDArray[np.intp],
    lowest: Floats,
    highest: Floats,
    gate_place: int | None,
    band_ids: tuple[str, ...],
    prorate: bool,
) -> ScalePlan:
    places = {other.id: place for place, other in enumerate(instrument.scales)}
    status, reason = _outcomes(scale, prorate)
    bands = scale.bands[0].bands if scale.bands else ()
    divisor = np.arange(len(rows), -1, -1, dtype=np.float64)
    if scale.missing.method == "count_as_zero":
        divisor[:] = len(rows)
    return ScalePlan(
        place=places[scale.id],
        scale=scale,
        parts=tuple(places[part] for part in scale.components),
        gate_place=gate_place,
        rows=_as_slice(rows),
        minima=lowest[rows],
        widths=(highest - lowest)[rows],
        divisor=np.where(status == NOT_SCORED, np.nan, divisor),
        status=status,
        reason=reason,
        band_lows=np.array([band.low for band in bands], dtype=np.float64)[:, None],
        band_codes=np.array([0, *(band_ids.index(band.id) for band in bands)], dtype=np.int8),
    )


def _as_slice(rows: npt.NDArray[np.intp]) -> slice | npt.NDArray[np.intp]:
    """Neighbouring rows as a slice, which needs no copy."""
    if len(rows) and np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows))):
        return slice(int(rows[0]), int(rows[0]) + len(rows))
    return rows


def _outcomes(scale: Scale, prorate: bool) -> tuple[Codes, Codes]:
    """Status and reason of a scale of items for 0, 1, 2 ... missing answers."""
    n_items = len(scale.items)
    n_missing = np.arange(n_items + 1)
    allowed = scale.missing.max_missing
    own = 0
    if prorate and scale.missing.method == "strict" and scale.rule != "lookup":
        own = int(np.floor(OWN_PRORATION_SHARE * n_items))
    status = np.where(n_missing == 0, COMPLETE, PRORATED)
    status[n_missing > max(allowed, own)] = NOT_SCORED
    reason = np.where(status == NOT_SCORED, MISSING_ANSWERS, NO_REASON)
    if scale.missing.method == "count_as_zero":
        reason[status == PRORATED] = COUNTED_AS_ZERO
    reason[(status == PRORATED) & (n_missing > allowed)] = OWN_PRORATION
    if scale.needs:
        status[:] = NOT_SCORED
        reason[:] = NEEDED[scale.needs]
    status[n_items:] = NOT_SCORED
    reason[n_items:] = NO_ANSWERS
    return status.astype(np.int8), reason.astype(np.int8)
