"""evidence.csv: for each site and measure, how much its change can carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.lost_and_kept import lost_or_kept
from evaluation.analysis.selection import selection_bias
from evaluation.evidence import (
    ASPECTS,
    EVIDENCE_COLUMNS,
    EVIDENCE_WORDS,
    LEAST_COMPARED,
    SELECTION_RHO,
    judge,
)
from evaluation.model import ALL_SITES
from evaluation.tables.change import Cell
from instruments.definition import Instrument, Scale

if TYPE_CHECKING:
    from evaluation.programme import Results

CELL = ["site", "instrument", "scale", "contrast"]
PERSON = ["site", "participant"]
LOST_COLUMNS = ("site", "step", "characteristic", "kind", "n_kept", "n_lost", "smd")
JUDGED = ("kept", "lost")


def evidence_table(
    results: Results,
    *,
    lost: pd.DataFrame | None = None,
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row for each site, measure, change since the start and aspect of its evidence.

    Parameters
    ----------
    results : Results
    lost : DataFrame, optional
        ``lost_vs_kept``: site, step, characteristic, kind, n_kept, n_lost, smd. Without it, or
        without a row for a site and wave, those lost and kept count as not compared.
    only : collection of str, optional
        These sites; else all sites and ``ALL``.

    Returns
    -------
    DataFrame
        EVIDENCE_COLUMNS. ``sentence`` stays empty: words are made in the report, from these
        numbers or from released ones. By aspect: ``n`` value = n people; ``n_effective``;
        ``retention`` = kept / (kept + lost) of the wave, any questionnaire, with Wilson's
        interval; ``answered`` = the same of this measure, of those with its score at the start;
        ``selection_bias`` three rows (``detail`` = the correlation), in SDs of change, from
        ``answered``; ``representativeness`` = largest abs(smd) of a measure at the start, of
        those with at least LEAST_COMPARED kept and lost if there are any (``detail`` names it,
        ``n_couples`` = couples of the smaller group);
        ``precision`` = half the interval of g_pre, ``low`` and ``high`` its
        ends; ``instrument``; ``comparison``; ``level``, ``low`` and ``high`` = interval of the
        improvement. ``n`` is whom the row rests on, ``n_lost`` how many of these are lost.

    Raises
    ------
    ValueError
        If ``lost`` lacks a column.

    Notes
    -----
    Where a site has no dates at all, a score that is not there counts as lost as in
    `lost_and_kept.lost_or_kept`; elsewhere ``retention`` is the rate of attrition.csv.
    """
    effects = results.effects
    from_start = effects["contrast"].astype(str).str.startswith("baseline_")
    chosen = (effects["subgroup"] == "") & from_start
    if only is not None:
        chosen &= effects["site"].isin(list(only))
    cells = effects[chosen].reset_index(drop=True)
    if cells.empty:
        return pd.DataFrame(columns=list(EVIDENCE_COLUMNS))
    cells = cells.assign(wave=cells["contrast"].str.removeprefix("baseline_"))
    fates = _fates(results.states)
    answered = _answered_counts(results.pairs, fates)
    parts = [
        _people(cells),
        _effective(cells),
        _retention(cells, fates, level=results.settings.level),
        _answered(cells, answered, fates["wave"], level=results.settings.level),
        *_selection(cells, answered, fates["wave"]),
        _representativeness(cells, _largest_difference(lost, results.instruments)),
        _precision(cells),
        _instrument(cells, results.instruments, results.change_details),
        cells[CELL].assign(aspect="comparison"),
        _level(cells),
    ]
    table = pd.concat(parts, ignore_index=True).reindex(columns=list(EVIDENCE_COLUMNS))
    texts = ["detail", "finding", "threshold", "source", "verified", "sentence", "reason"]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    table = judge(table)
    counts = ["n", "n_couples", "n_lost"]
    table[counts] = table[counts].astype("Int64")
    return _in_order(table, cells)


def _in_order(table: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Measure by measure as in the effects, each with its aspects in one order."""
    place = {cell: i for i, cell in enumerate(cells[CELL].itertuples(index=False, name=None))}
    of_cell = [place[cell] for cell in table[CELL].itertuples(index=False, name=None)]
    of_aspect = table["aspect"].map({name: i for i, name in enumerate(ASPECTS)})
    chosen = np.lexsort([of_aspect.to_numpy(), of_cell])
    table = table.iloc[chosen]
    first = (table["site"] != ALL_SITES).to_numpy()
    names = pd.factorize(table["site"], sort=True)[0]
    return table.iloc[np.lexsort([names, first])].reset_index(drop=True)


# --- how many ---------------------------------------------------------------------------------


def _people(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[[*CELL, "n", "n_couples"]].assign(aspect="n", value=cells["n"].astype(float))


def _effective(cells: pd.DataFrame) -> pd.DataFrame:
    value = cells["n_effective"].astype(float)
    return cells[[*CELL, "n", "n_couples", "reason"]].assign(
        aspect="n_effective", value=value, reason=_first(cells["reason"]).where(value.isna(), "")
    )


def _first(reasons: pd.Series) -> pd.Series:
    """The first of several reasons; that a session stands in explains no gap."""
    codes = reasons.astype(object).fillna("").str.split(";").str[0]
    return codes.where(codes != "SESSION_STANDS_IN", "")


# --- who came back ----------------------------------------------------------------------------


def _fates(states: pd.DataFrame) -> pd.DataFrame:
    """Whether each person is kept, lost, waiting or not asked at each wave."""
    if states.empty:
        return pd.DataFrame(columns=[*PERSON, "wave", "fate", "not_used"])
    return states[[*PERSON, "wave"]].assign(
        fate=lost_or_kept(states).astype(object), not_used=states["reason"] == "wave_not_used"
    )


def _retention(cells: pd.DataFrame, fates: pd.DataFrame, *, level: float) -> pd.DataFrame:
    kept, gone = fates["fate"] == "kept", fates["fate"] == "lost"
    counted = fates.assign(kept=kept.astype(float), lost=gone.astype(float))
    unused = fates["not_used"].astype(bool) if len(fates) else pd.Series(dtype=bool)
    counted["used"] = (~unused).astype(float)
    names = ["kept", "lost", "used"]
    of_site = counted.groupby(["site", "wave"], sort=False)[names].sum()
    of_all = counted.groupby("wave", sort=False)[names].sum()
    of_all.index = pd.MultiIndex.from_product([[ALL_SITES], of_all.index], names=["site", "wave"])
    found = pd.concat([of_site, of_all]).reindex(pd.MultiIndex.from_frame(cells[["site", "wave"]]))
    found = found.fillna(0.0).reset_index(drop=True)
    nobody = _why_nobody(cells, fates["wave"])
    nobody = np.where((found["used"] == 0) & (nobody == "NOT_YET_DUE"), "wave_not_used", nobody)
    return _share(cells, "retention", found, nobody=nobody, level=level)


def _answered_counts(pairs: Mapping[str, pd.DataFrame], fates: pd.DataFrame) -> pd.DataFrame:
    """Of each cell: who has this measure's score at the start and at the wave, and who lacks it.

    Who answered something else at the wave lacks it too; who is waiting or not asked is no loss.
    """
    tables = []
    for contrast, pair in pairs.items():
        before, wave = contrast.split("_", 1)
        if before != "baseline":
            continue
        people = pair[~pair["practitioner"]]
        of_wave = fates[fates["wave"] == wave].set_index(PERSON)["fate"]
        fate = of_wave.reindex(pd.MultiIndex.from_frame(people[PERSON])).to_numpy(object)
        kept = (people["excluded"] == "").to_numpy()
        gone = ~kept & np.isin(fate, JUDGED)
        # Where nobody knows when the wave was due, nobody is late: it has no share at all.
        kept = kept & (of_wave.size > 0)
        numbers = {"kept": kept.astype(float), "lost": gone.astype(float)}
        tables.append(people[CELL[:3]].assign(contrast=contrast, **numbers))
    if not tables:
        return pd.DataFrame(columns=["kept", "lost"], dtype=float)
    rows = pd.concat([*tables, *(table.assign(site=ALL_SITES) for table in tables)])
    return rows.groupby(CELL, sort=False)[["kept", "lost"]].sum()


def _of_cells(cells: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    if counts.empty:
        return pd.DataFrame(0.0, index=cells.index, columns=["kept", "lost"])
    found = counts.reindex(pd.MultiIndex.from_frame(cells[CELL]))
    return found.fillna(0.0).reset_index(drop=True)


def _answered(
    cells: pd.DataFrame, counts: pd.DataFrame, dated: pd.Series, *, level: float
) -> pd.DataFrame:
    nobody = _why_nobody(cells, dated)
    return _share(cells, "answered", _of_cells(cells, counts), nobody=nobody, level=level)


def _why_nobody(cells: pd.DataFrame, dated: pd.Series) -> np.ndarray:
    return np.where(cells["wave"].isin(dated), "NOT_YET_DUE", "WAVE_UNDATED")


def _share(
    cells: pd.DataFrame, aspect: str, found: pd.DataFrame, *, nobody: np.ndarray, level: float
) -> pd.DataFrame:
    kept, judged = found["kept"], found["kept"] + found["lost"]
    low, high = wilson_interval(kept, judged, level=level)
    return cells[CELL].assign(
        aspect=aspect,
        value=kept / judged.where(judged > 0),
        low=low,
        high=high,
        n=judged,
        n_lost=found["lost"],
        reason=np.where(judged > 0, "", nobody),
    )


def _selection(cells: pd.DataFrame, counts: pd.DataFrame, dated: pd.Series) -> list[pd.DataFrame]:
    """What the loss could do to the change if staying and changing went together."""
    found = _of_cells(cells, counts)
    judged = found["kept"] + found["lost"]
    share = (found["kept"] / judged.where(judged > 0)).to_numpy(float)
    known = np.isfinite(share)
    nobody = _why_nobody(cells, dated)
    tables = []
    for rho in SELECTION_RHO.values:
        value = np.full(share.size, np.nan)
        value[known] = selection_bias(share[known], rho)
        reason = np.where(np.isfinite(value), "", np.where(known, "NONE_OBSERVED", nobody))
        tables.append(
            cells[CELL].assign(
                aspect="selection_bias", value=value, n=judged, n_lost=found["lost"],
                detail=f"{rho:.2f}", reason=reason,
            )
        )  # fmt: skip
    return tables


# --- who was lost -----------------------------------------------------------------------------


def _largest_difference(
    lost: pd.DataFrame | None, instruments: Mapping[str, Instrument]
) -> pd.DataFrame:
    """For each site and step the measure on which lost and kept differed most at the start."""
    names = ["value", "n", "n_couples", "n_lost", "detail"]
    if lost is None or lost.empty:
        return pd.DataFrame(columns=["site", "step", *names]).set_index(["site", "step"])
    missing = [name for name in LOST_COLUMNS if name not in lost]
    if missing:
        raise ValueError(f"lost: column {missing[0]!r} is missing")
    labels = {
        str(name): _measure_label(str(name), instruments)
        for name in lost["characteristic"].unique()
    }
    detail = lost["characteristic"].map(labels)
    measures = lost.assign(detail=detail)[(lost["kind"] == "mean") & (detail != "")]
    n_kept, n_lost = measures["n_kept"].astype(float), measures["n_lost"].astype(float)
    rows = measures[["site", "step", "detail"]].assign(
        value=measures["smd"].astype(float).abs(),
        n=n_kept + n_lost,
        n_lost=n_lost,
        n_couples=_fewer_couples(measures),
        enough=(n_kept >= LEAST_COMPARED) & (n_lost >= LEAST_COMPARED),
    )
    # Among many scales of a few people the largest difference is chance: those of more go first.
    rows = rows.assign(enough=rows["enough"] & rows["value"].notna())
    rows = rows.sort_values(
        ["enough", "value"], ascending=[False, False], kind="stable", na_position="last"
    )
    return rows.drop_duplicates(["site", "step"]).set_index(["site", "step"])


def _fewer_couples(measures: pd.DataFrame) -> pd.Series:
    """Couples of those kept or of those lost, whichever are fewer, where that is told."""
    names = [name for name in ("couples_kept", "couples_lost") if name in measures]
    return measures[names].astype(float).min(axis=1)


def _measure_label(characteristic: str, instruments: Mapping[str, Instrument]) -> str:
    """The label of a score at the start; ``""`` for anything that was not known at the start."""
    measure, _, wave = characteristic.partition(" at ")
    name, _, scale_id = measure.partition(".")
    known = instruments.get(name)
    if known is None or wave not in ("", "baseline"):
        return ""
    return next((scale.label for scale in known.scales if scale.id == scale_id), "")


def _representativeness(cells: pd.DataFrame, largest: pd.DataFrame) -> pd.DataFrame:
    found = largest.reindex(pd.MultiIndex.from_frame(cells[["site", "wave"]]))
    found = found.reset_index(drop=True)
    return cells[CELL].assign(
        aspect="representativeness",
        value=found["value"].astype(float),
        n=found["n"].astype(float),
        n_couples=found["n_couples"].astype(float),
        n_lost=found["n_lost"].astype(float),
        detail=found["detail"].astype(object).where(found["detail"].notna(), ""),
    )


# --- how exact, and with what -----------------------------------------------------------------


def _precision(cells: pd.DataFrame) -> pd.DataFrame:
    low, high = cells["g_pre_low"].astype(float), cells["g_pre_high"].astype(float)
    value = (high - low) / 2
    return cells[[*CELL, "n", "n_couples"]].assign(
        aspect="precision", value=value, low=low, high=high,
        reason=_first(cells["reason"]).where(value.isna(), ""),
    )  # fmt: skip


def _level(cells: pd.DataFrame) -> pd.DataFrame:
    low = cells["improvement_low"].astype(float)
    return cells[[*CELL, "n", "n_couples"]].assign(
        aspect="level", low=low, high=cells["improvement_high"].astype(float),
        reason=_first(cells["reason"]).where(low.isna(), ""),
    )  # fmt: skip


def _instrument(
    cells: pd.DataFrame,
    instruments: Mapping[str, Instrument],
    details: Mapping[Cell, ReliableChange],
) -> pd.DataFrame:
    """How well the key, the reliability in use and the cut-off in use are established."""
    rows = []
    for cell in cells[CELL].itertuples(index=False, name=None):
        scale = instruments[cell[1]].scale(cell[2])
        rows.append(dict(zip(CELL, cell, strict=True)) | _grades(scale, details.get(cell)))
    return pd.DataFrame(rows).assign(aspect="instrument")


def _grades(scale: Scale, used: ReliableChange | None) -> dict[str, str]:
    grades: dict[str, str] = {"scoring": scale.evidence}
    for name in ("reliability", "cutoff"):
        source = used.used.get(name) if used is not None else None
        # What this group's own scores or a rule file gave has no evidence grade.
        grades[name] = (source.evidence or source.origin) if source is not None else "none"
    return {
        "detail": "; ".join(f"{name}: {grade}" for name, grade in grades.items()),
        "finding": EVIDENCE_WORDS[scale.evidence],
        "threshold": "how well scoring, reliability and cut-off are established",
        "source": scale.citation,
        "verified": "no" if scale.evidence == "unverified" else "yes",
    }
