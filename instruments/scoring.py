"""The one scoring engine: answers in, one score with its status for each person and scale.

Rows are worked through in blocks that fit the processor's cache. Within a block the answers are
reversed and masked once for all scales; what the number of missing answers means for a scale is
read from a small table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.conversion import correct_for_idealism, look_up, read_grid
from instruments.definition import Instrument, Scale
from instruments.plan import (
    COMPLETE,
    MISSING_ANSWERS,
    NEEDED,
    NO_ANSWERS,
    NO_COMPONENT,
    NO_REASON,
    NOT_SCORED,
    OWN_PRORATION,
    PRORATED,
    REASONS,
    STATUSES,
    SUPPLIED_ONLY,
    TABLE_NEEDED,
    Codes,
    Floats,
    Plan,
    ScalePlan,
    band_ids_of,
    make_plan,
)

BLOCK_ROWS = 16_384
READ_FROM_TABLES = {
    "corrected_for_idealism": correct_for_idealism,
    "lookup_of_scales": read_grid,
}


@dataclass(frozen=True, slots=True)
class ScoreArrays:
    """Scores of n persons on s scales; every array has the shape (s, n).

    ``score`` is NaN where there is none. ``status`` and ``reason`` are places in STATUSES and
    REASONS, ``band`` in ``band_ids``, whose first entry ``""`` stands for no band.
    """

    scale_ids: tuple[str, ...]
    band_ids: tuple[str, ...]
    n_items: tuple[int, ...]
    score: Floats
    n_answered: npt.NDArray[np.int16]
    status: Codes
    reason: Codes
    band: Codes


def score(instrument: Instrument, answers: pd.DataFrame, *, prorate: bool = False) -> pd.DataFrame:
    """Score every scale of a questionnaire for every person.

    Reversed answers become minimum + maximum - answer; then an item may count its answers by a
    table of its own. A scale is a sum, a mean, ten times the mean, a percentage of its possible
    range, a sum put through a table, a sum of other scales, the value that a grid gives for two
    other scales, or PCT - 0.40 PCT ID / 100 (PCT and ID being the percentiles of two raw scores).
    One answer to a gate question may settle a score, whatever else is answered or missing.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        One row for each person, one column for each item number (1 or "1"), NaN = missing. Items
        without a column count as missing.
    prorate : bool
        Allow our own proration, which is not published, for scales that otherwise need every
        answer: up to 20 % of the items (rounded down) may be missing, and each takes the mean
        relative position of those answered. Never for scores read from a table.

    Returns
    -------
    DataFrame
        One row for each person and scale, scale after scale: ``row`` (index label of ``answers``),
        ``scale``, ``score`` (in the unit of the scale, unrounded), ``n_answered``, ``n_items``,
        ``status`` (complete, prorated, not_scored), ``reason`` (of REASONS), ``band`` (of the
        first band set, ``""`` = none).

    Raises
    ------
    ValueError
        A column that is no item, or twice the same; an answer that is not a number, not whole or
        outside the item's range.

    References
    ----------
    EMS: Fowers BJ, Olson DH (1993), doi:10.1037/0893-3200.7.2.176. Clinical score of CORE:
    Evans C et al. (2002), doi:10.1192/bjp.180.1.51.

    Examples
    --------
    >>> import pandas as pd
    >>> from instruments.registry import get
    >>> answers = pd.DataFrame([[1] * 9, [3] * 9], columns=range(1, 10), index=["a", "b"])
    >>> score(get("phq9"), answers)[["row", "score", "band"]]
      row  score    band
    0   a    9.0    mild
    1   b   27.0  severe
    """
    arrays = score_arrays(instrument, _item_values(instrument, answers), prorate=prorate)
    return _long_table(arrays, answers.index)


def score_arrays(instrument: Instrument, values: Floats, *, prorate: bool = False) -> ScoreArrays:
    """Score an array of answers; the engine below `score`, whose rules it follows.

    Parameters
    ----------
    instrument : Instrument
    values : array, shape (n, k)
        Answers of n persons to the k items of the questionnaire, in its order; NaN = missing.
    prorate : bool
        As in `score`.

    Returns
    -------
    ScoreArrays

    Raises
    ------
    ValueError
        Another number of columns than items, or an answer that is not allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from instruments.registry import get
    >>> score_arrays(get("core_10"), np.array([[2.0] * 9 + [np.nan]])).score
    array([[20.]])
    """
    items_first = np.asarray(values, dtype=np.float64).T
    if items_first.ndim != 2 or len(items_first) != len(instrument.items):
        raise ValueError(f"values: {instrument.id} needs {len(instrument.items)} columns")
    band_ids = band_ids_of(instrument)
    plan = make_plan(instrument, band_ids, prorate)
    shape = (len(instrument.scales), items_first.shape[1])
    out = ScoreArrays(
        scale_ids=tuple(scale.id for scale in instrument.scales),
        band_ids=band_ids,
        n_items=tuple(len(instrument.item_numbers(scale.id)) for scale in instrument.scales),
        score=np.empty(shape),
        n_answered=np.empty(shape, dtype=np.int16),
        status=np.empty(shape, dtype=np.int8),
        reason=np.empty(shape, dtype=np.int8),
        band=np.empty(shape, dtype=np.int8),
    )
    for start in range(0, shape[1], BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, shape[1]))
        _score_block(plan, items_first[:, rows], out, rows)
    return out


def band_of(scale: Scale, scores: Floats) -> pd.Categorical:
    """The band of each score in the scale's first band set; ``""`` without a score or a set.

    Parameters
    ----------
    scale : Scale
    scores : array, shape (n,)
        Unrounded scores in the unit of the scale; NaN = none.

    Returns
    -------
    Categorical of n band ids

    Examples
    --------
    >>> from instruments.registry import get
    >>> list(band_of(get("das_32").scale("total"), np.array([97.0, 97.5, np.nan])))
    ['distressed', 'non_distressed', '']
    """
    bands = scale.bands[0].bands if scale.bands else ()
    lows = np.array([band.low for band in bands], dtype=np.float64)[:, None]
    return _categorical(_bands_reached(lows, scores), ("", *(band.id for band in bands)))


def _item_values(instrument: Instrument, answers: pd.DataFrame) -> Floats:
    """The answers as floats, one column for each item in the questionnaire's order."""
    numbers = [item.number for item in instrument.items]
    by_label = {label: number for number in numbers for label in (number, str(number))}
    unknown = [str(label) for label in answers.columns if label not in by_label]
    if unknown:
        raise ValueError(
            f"answers: {instrument.id} has no items {', '.join(unknown)} "
            f"(allowed: {numbers[0]} to {numbers[-1]})"
        )
    named = answers.set_axis([by_label[label] for label in answers.columns], axis="columns")
    if not named.columns.is_unique:
        raise ValueError(f"answers: a column of {instrument.id} is given twice")
    ordered = named if list(named.columns) == numbers else named.reindex(columns=numbers)
    objects = {n: "Float64" for n in numbers if pd.api.types.is_object_dtype(ordered[n])}
    try:
        if all(dtype == np.float64 for dtype in ordered.dtypes):
            values: Floats = ordered.to_numpy()
        else:
            values = ordered.astype(objects).to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"answers: {instrument.id} takes numbers or nothing ({error})") from error
    return values


def _long_table(arrays: ScoreArrays, index: pd.Index) -> pd.DataFrame:
    n_scales, n_rows = arrays.score.shape
    labels = index.to_flat_index()
    columns = {
        "row": labels.append([labels] * (n_scales - 1)),
        "scale": _categorical(
            np.repeat(np.arange(n_scales, dtype=np.int8), n_rows), arrays.scale_ids
        ),
        "score": arrays.score.ravel(),
        "n_answered": arrays.n_answered.ravel(),
        "n_items": np.repeat(np.array(arrays.n_items, dtype=np.int16), n_rows),
        "status": _categorical(arrays.status.ravel(), STATUSES),
        "reason": _categorical(arrays.reason.ravel(), REASONS),
        "band": _categorical(arrays.band.ravel(), arrays.band_ids),
    }
    return pd.DataFrame(columns, copy=False)


def _categorical(codes: Codes, categories: tuple[str, ...]) -> pd.Categorical:
    dtype = pd.CategoricalDtype(list(categories))
    return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)


def _score_block(plan: Plan, raw: Floats, out: ScoreArrays, rows: slice) -> None:
    keyed = raw[plan.source]
    missing = np.isnan(keyed)
    np.copyto(keyed, plan.minima[:, None], where=missing)
    if not _all_allowed(plan, keyed):
        raise ValueError(_first_refused(plan.instrument, raw))
    turned = plan.reversed_rows
    keyed[turned] = (plan.minima + plan.maxima)[turned, None] - keyed[turned]
    for row, counts in plan.recoded:
        keyed[row] = counts[(keyed[row] - plan.minima[row]).astype(np.intp)]
    np.copyto(keyed, 0.0, where=missing)
    missing_counts = missing.view(np.int8)
    for of_items in plan.item_scales:
        # Sums of whole numbers are exact, and quicker here than one matrix product for all scales.
        sums = np.add.reduce(keyed[of_items.rows], axis=0)
        n_missing = np.add.reduce(missing_counts[of_items.rows], axis=0, dtype=np.int16)
        _write_item_scale(of_items, sums, n_missing, out, rows)
        _write_own_proration(of_items, keyed, missing, out, rows)
        _write_gate(of_items, raw, out, rows)
    for composite in plan.composites:
        _write_composite(composite, out, rows)
    for supplied in plan.supplied:
        _write_supplied(supplied, out, rows)
    for each in (*plan.item_scales, *plan.composites, *plan.supplied):
        _write_band(each, out, rows)


def _all_allowed(plan: Plan, filled: Floats) -> bool:
    in_range = (filled.min(axis=1) >= plan.minima) & (filled.max(axis=1) <= plan.maxima)
    return bool(in_range.all()) and bool((np.rint(filled) == filled).all())


def _first_refused(instrument: Instrument, raw: Floats) -> str:
    minima = np.array([[item.minimum] for item in instrument.items])
    maxima = np.array([[item.maximum] for item in instrument.items])
    allowed = (raw >= minima) & (raw <= maxima) & (np.rint(raw) == raw)
    place, person = np.argwhere(~allowed & ~np.isnan(raw))[0]
    item = instrument.items[place]
    return (
        f"answers: {instrument.id} item {item.number} is {raw[place, person]:g}; allowed are the "
        f"whole numbers {item.minimum} to {item.maximum}"
    )


def _write_item_scale(
    plan: ScalePlan,
    sums: Floats,
    n_missing: npt.NDArray[np.int16],
    out: ScoreArrays,
    rows: slice,
) -> None:
    """Score from the answers given: their mean, times the number of items for a sum."""
    n_items = len(plan.scale.items)
    times = {"mean": 1.0, "mean_times_ten": 10.0}.get(plan.scale.rule, float(n_items))
    value = sums * times
    value /= plan.divisor[n_missing]
    if plan.scale.missing.rounding == "half_up":
        value = np.floor(value + 0.5)
    out.score[plan.place, rows] = _finish(plan, value)
    out.n_answered[plan.place, rows] = n_items - n_missing
    out.status[plan.place, rows] = plan.status[n_missing]
    out.reason[plan.place, rows] = plan.reason[n_missing]


def _finish(plan: ScalePlan, value: Floats) -> Floats:
    """What the rules ``percent`` and ``lookup`` make of a sum."""
    if plan.scale.rule == "percent":
        value = 100.0 * (value - plan.minima.sum()) / plan.widths.sum()
    elif plan.scale.rule == "lookup":
        value = look_up(plan.scale.table, value)
    return value


def _write_own_proration(
    plan: ScalePlan, keyed: Floats, missing: npt.NDArray[np.bool_], out: ScoreArrays, rows: slice
) -> None:
    """Put the mean relative position of the answers given in the place of those missing."""
    if OWN_PRORATION not in plan.reason:
        return
    persons = np.flatnonzero(out.reason[plan.place, rows] == OWN_PRORATION)
    gaps = missing[plan.rows][:, persons]
    minima, widths = plan.minima[:, None], plan.widths[:, None]
    answers = np.where(gaps, minima, keyed[plan.rows][:, persons])
    # In units of the least common multiple of the widths relative positions are whole, so that a
    # total which is whole comes out whole and falls into its own band.
    unit = np.lcm.reduce(plan.widths.astype(np.int64))
    positions = ((answers - minima) * (unit // widths)).sum(axis=0)
    open_width = (widths * gaps).sum(axis=0)
    total = answers.sum(axis=0) + open_width * positions / (unit * (~gaps).sum(axis=0))
    if plan.scale.rule in ("mean", "mean_times_ten"):
        total = total * (10.0 if plan.scale.rule == "mean_times_ten" else 1.0) / len(gaps)
    out.score[plan.place, rows][persons] = _finish(plan, total)


def _write_gate(plan: ScalePlan, raw: Floats, out: ScoreArrays, rows: slice) -> None:
    """Settle the score of those who gave the gate question its answer."""
    gate = plan.scale.gate
    if gate is None or plan.gate_place is None or plan.scale.needs:
        return
    settled = raw[plan.gate_place] == gate.answer
    out.score[plan.place, rows][settled] = gate.score
    out.status[plan.place, rows][settled] = COMPLETE
    out.reason[plan.place, rows][settled] = NO_REASON


def _write_supplied(plan: ScalePlan, out: ScoreArrays, rows: slice) -> None:
    """A scale that is only taken as it is given has no score here, and says why."""
    out.score[plan.place, rows] = np.nan
    out.n_answered[plan.place, rows] = 0
    out.status[plan.place, rows] = NOT_SCORED
    out.reason[plan.place, rows] = NEEDED.get(plan.scale.needs, SUPPLIED_ONLY)


def _write_composite(plan: ScalePlan, out: ScoreArrays, rows: slice) -> None:
    parts = list(plan.parts)
    scores = out.score[parts, rows]
    status = out.status[parts, rows].max(axis=0)
    reason = out.reason[parts, rows].max(axis=0)
    n_answered = out.n_answered[parts, rows].sum(axis=0, dtype=np.int16)
    reason[status == NOT_SCORED] = NO_COMPONENT
    value = scores.sum(axis=0)
    if plan.scale.rule in READ_FROM_TABLES:
        value = READ_FROM_TABLES[plan.scale.rule](plan.scale, scores)
        reason[status == PRORATED] = MISSING_ANSWERS
        value[status == PRORATED] = np.nan
        reason[np.isnan(value) & (status == COMPLETE)] = TABLE_NEEDED
        status[np.isnan(value)] = NOT_SCORED
    if plan.scale.needs:
        value[:], status[:], reason[:] = np.nan, NOT_SCORED, NEEDED[plan.scale.needs]
    reason[n_answered == 0] = NO_ANSWERS
    out.score[plan.place, rows] = value
    out.status[plan.place, rows] = status
    out.reason[plan.place, rows] = reason
    out.n_answered[plan.place, rows] = n_answered


def _write_band(plan: ScalePlan, out: ScoreArrays, rows: slice) -> None:
    reached = _bands_reached(plan.band_lows, out.score[plan.place, rows])
    out.band[plan.place, rows] = plan.band_codes[reached]


def _bands_reached(lows: Floats, scores: Floats) -> Codes:
    """How many bands begin at or below each unrounded score; NaN reaches none."""
    return np.add.reduce(np.asarray(scores) >= lows, axis=0, dtype=np.int8)
