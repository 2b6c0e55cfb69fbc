"""Results of other services that can stand beside a site's: only numbers read in their source.

Two changes can be compared only where both are divided by the same spread. We divide by the
standard deviation before support; a published result that was divided by another one is converted
where its correlation of before and after is printed, and otherwise says so.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import pandas as pd

from evaluation.analysis.change_inputs import direction_of
from evaluation.analysis.effect import hedges_correction
from evaluation.analysis.intervals import critical_normal
from instruments.definition import Better

PUBLISHED_FILE = Path(__file__).resolve().parent / "reference" / "published_results.csv"
Standardiser = Literal["sd_before", "sd_change", "unknown"]
REQUIRED_COLUMNS = (
    "measure", "source", "citation", "doi", "setting", "n", "mean_before", "sd_before",
    "mean_after", "sd_after", "r", "standardiser", "read_in_source",
)  # fmt: skip
COMPARISON_COLUMNS = (
    "who", "setting", "n", "g_pre", "g_pre_low", "g_pre_high", "label", "citation", "doi",
)  # fmt: skip
SAME_STANDARDISER = "change divided by the spread before"
CONVERTED = "converted with the published correlation"
STANDARDISER_UNKNOWN = "standardiser unknown"
NAN = float("nan")


class PublishedFileError(ValueError):
    """A file of published results that cannot be used; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One published change from before to after; what was not printed is NaN.

    ``d`` is a printed standardised improvement (positive = better) for sources that give no means;
    ``standardiser`` says what it was divided by.
    """

    measure: str
    source: str
    citation: str
    doi: str
    setting: str
    n: int
    mean_before: float = NAN
    sd_before: float = NAN
    mean_after: float = NAN
    sd_after: float = NAN
    r: float = NAN
    d: float = NAN
    standardiser: Standardiser = "unknown"


@dataclass(frozen=True, slots=True)
class PublishedEffect:
    """A published improvement in our unit, g_pre; NaN where it cannot be had.

    ``label`` says how it was put into that unit. The interval needs the correlation of before and
    after.
    """

    g_pre: float
    low: float
    high: float
    label: str


def read_published(path: Path | None = None) -> tuple[PublishedResult, ...]:
    """Published results from a CSV file, by default those that come with the program.

    Parameters
    ----------
    path : Path, optional
        REQUIRED_COLUMNS in any order, optionally ``d``. A cell that the source does not print
        stays empty. ``read_in_source`` must be ``yes``: somebody has seen the numbers in print.

    Returns
    -------
    tuple of PublishedResult

    Raises
    ------
    PublishedFileError
        If the file cannot be read, a column or a citation is missing, or a number is impossible;
        it names the line.

    Examples
    --------
    >>> [(one.measure, one.n) for one in read_published()]
    [('das_32.total', 30)]
    """
    chosen = path or PUBLISHED_FILE
    try:
        with chosen.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            names = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PublishedFileError(
            f"The file of published results '{chosen.name}' cannot be read as CSV."
        ) from error
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise PublishedFileError(
            f"'{chosen.name}' has no column '{missing[0]}'. It needs these columns: "
            f"{', '.join(REQUIRED_COLUMNS)}."
        )
    return tuple(
        _result(row, f"'{chosen.name}', line {line}") for line, row in enumerate(rows, start=2)
    )


def published_from_rows(rows: Sequence[object]) -> tuple[PublishedResult, ...]:
    """Published results as a rule file lists them, one mapping for each.

    Parameters
    ----------
    rows : sequence of mapping
        Keys as in REQUIRED_COLUMNS and ``d``; what the source does not print may be left out, but
        for ``measure``, ``source``, ``citation``, ``n`` and ``read_in_source: yes``.

    Returns
    -------
    tuple of PublishedResult

    Raises
    ------
    PublishedFileError
        If a row is no mapping, a key is unknown, a citation is missing, or a number is impossible;
        it names the row.

    Examples
    --------
    >>> row = {"measure": "core_om.total", "source": "Smith (2016)", "read_in_source": True,
    ...        "citation": "Smith A (2016). A report.", "n": 80, "mean_before": 18, "sd_before": 6}
    >>> published_from_rows([row])[0].sd_before
    6.0
    """
    return tuple(
        _result(_as_cells(row, where), where)
        for number, row in enumerate(rows, start=1)
        for where in [f"'published', row {number}"]
    )


def all_published(added: Sequence[PublishedResult] = ()) -> tuple[PublishedResult, ...]:
    """The results that come with the program, and those that a rule file adds."""
    return (*read_published(), *added)


def _as_cells(row: object, where: str) -> dict[str, str]:
    """A row of a rule file as the cells of a line; YAML reads ``yes`` as true."""
    if not isinstance(row, Mapping):
        raise PublishedFileError(f"{where}: a row is written as 'key: value' lines.")
    unknown = [str(name) for name in row if name not in (*REQUIRED_COLUMNS, "d")]
    if unknown:
        raise PublishedFileError(
            f"{where}: '{unknown[0]}' is not a known key; known are "
            f"{', '.join((*REQUIRED_COLUMNS, 'd'))}."
        )
    cells = {name: "" if value is None else str(value) for name, value in row.items()}
    if row.get("read_in_source") is True:
        cells["read_in_source"] = "yes"
    return dict.fromkeys(REQUIRED_COLUMNS, "") | cells


def published_effect(
    result: PublishedResult, *, better: Better, level: float = 0.95
) -> PublishedEffect:
    """A published improvement as g_pre: divided by the SD before, corrected for small samples.

    With means: ``d = direction (mean_after - mean_before) / sd_before``, ``g = J(n-1) d``, and
    where r is printed the normal interval around g with the variance
    ``sD**2 / (sd_before**2 (n-1)) + d**2 / (2 (n-1))``, ``sD**2 = s1**2 + s2**2 - 2 r s1 s2``.
    Without means a printed d is taken as it is where it was divided by the SD before, and turned
    into ``d sqrt(2 (1 - r))`` where it was divided by the SD of change and r is printed (exact if
    both SDs are equal).

    Parameters
    ----------
    result : PublishedResult
    better : {"higher", "lower"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PublishedEffect

    Raises
    ------
    ValueError
        If ``better`` or ``level`` is not allowed.

    References
    ----------
    Bonett (2008), https://doi.org/10.1037/1082-989X.13.2.99. Morris & DeShon (2002), Combining
    effect size estimates.

    Examples
    --------
    >>> found = published_effect(read_published()[0], better="higher")
    >>> round(found.g_pre, 6), found.label
    (1.356074, 'change divided by the spread before')
    """
    direction, z = direction_of(better), critical_normal(level)
    j = float(hedges_correction(result.n - 1))
    change = direction * (result.mean_after - result.mean_before)
    d = change / result.sd_before
    if math.isfinite(d):
        reach = z * _standard_error(result, d)
        return PublishedEffect(j * d, j * d - reach, j * d + reach, SAME_STANDARDISER)
    if math.isfinite(result.d) and result.standardiser == "sd_before":
        return PublishedEffect(j * result.d, NAN, NAN, SAME_STANDARDISER)
    if math.isfinite(result.d) and math.isfinite(result.r) and result.standardiser == "sd_change":
        g = j * result.d * math.sqrt(2 * (1 - result.r))
        return PublishedEffect(g, NAN, NAN, CONVERTED)
    return PublishedEffect(NAN, NAN, NAN, STANDARDISER_UNKNOWN)


def compare_published(
    effect: Mapping[str, Any],
    published: Sequence[PublishedResult],
    *,
    better: Better,
    level: float = 0.95,
) -> pd.DataFrame:
    """A site's improvement beside the published ones of the same measure; no test between them.

    Parameters
    ----------
    effect : mapping
        A row of effects: ``site``, ``instrument``, ``scale``, ``n``, ``g_pre``, ``g_pre_low``,
        ``g_pre_high``.
    published : sequence of PublishedResult
        Results of other measures are left out.
    better : {"higher", "lower"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level of the published intervals.

    Returns
    -------
    DataFrame
        COMPARISON_COLUMNS, the site first.

    Examples
    --------
    >>> row = {"site": "Luton", "instrument": "das_32", "scale": "total", "n": 40, "g_pre": 0.4,
    ...        "g_pre_low": 0.1, "g_pre_high": 0.7}
    >>> compare_published(row, read_published(), better="higher")["who"].tolist()
    ['Luton', 'Jacobson & Truax (1991)']
    """
    measure = f"{effect['instrument']}.{effect['scale']}"
    own = {name: effect[name] for name in ("n", "g_pre", "g_pre_low", "g_pre_high")}
    rows: list[dict[str, Any]] = [
        {
            "who": effect["site"],
            "setting": "",
            "label": SAME_STANDARDISER,
            "citation": "",
            "doi": "",
        }
        | own
    ]
    for result in published:
        if result.measure != measure:
            continue
        found = published_effect(result, better=better, level=level)
        rows.append(
            {
                "who": result.source,
                "setting": result.setting,
                "n": result.n,
                "g_pre": found.g_pre,
                "g_pre_low": found.low,
                "g_pre_high": found.high,
                "label": found.label,
                "citation": result.citation,
                "doi": result.doi,
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


def _standard_error(result: PublishedResult, d: float) -> float:
    """NaN without the SD after or the correlation."""
    s1, s2 = result.sd_before, result.sd_after
    of_change = s1**2 + s2**2 - 2 * result.r * s1 * s2
    return math.sqrt(of_change / (s1**2 * (result.n - 1)) + d**2 / (2 * (result.n - 1)))


def _result(row: Mapping[str, str | None], where: str) -> PublishedResult:
    cells = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    for name in ("measure", "source", "citation"):
        if not cells[name]:
            raise PublishedFileError(f"{where}: '{name}' is empty, and every result needs one.")
    if cells["measure"].count(".") != 1:
        raise PublishedFileError(
            f"{where}: a measure is written as 'questionnaire.scale', not '{cells['measure']}'."
        )
    if cells["read_in_source"].casefold() != "yes":
        raise PublishedFileError(
            f"{where}: 'read_in_source' is not 'yes', and only numbers that somebody has read in "
            "the source itself can stand beside a site's."
        )
    standardiser = cells["standardiser"] or "unknown"
    if standardiser not in get_args(Standardiser):
        raise PublishedFileError(
            f"{where}: 'standardiser' can be {', '.join(get_args(Standardiser))}, "
            f"not '{standardiser}'."
        )
    numbers = {
        name: _number(cells.get(name, ""), name, where)
        for name in ("n", "mean_before", "sd_before", "mean_after", "sd_after", "r", "d")
    }
    _check_numbers(numbers, where)
    return PublishedResult(
        measure=cells["measure"],
        source=cells["source"],
        citation=cells["citation"],
        doi=cells["doi"],
        setting=cells["setting"],
        n=int(numbers["n"]),
        mean_before=numbers["mean_before"],
        sd_before=numbers["sd_before"],
        mean_after=numbers["mean_after"],
        sd_after=numbers["sd_after"],
        r=numbers["r"],
        d=numbers["d"],
        standardiser=cast(Standardiser, standardiser),
    )


def _number(text: str, name: str, where: str) -> float:
    if not text:
        return NAN
    try:
        value = float(text)
    except ValueError as error:
        raise PublishedFileError(f"{where}: '{name}' is '{text}', which is no number.") from error
    if not math.isfinite(value):
        raise PublishedFileError(f"{where}: '{name}' is '{text}', which is no number.")
    return value


def _check_numbers(numbers: Mapping[str, float], where: str) -> None:
    n = numbers["n"]
    if not (n >= 3 and n == int(n)):
        raise PublishedFileError(f"{where}: 'n' must be a whole number of at least 3 people.")
    for name in ("sd_before", "sd_after"):
        if numbers[name] <= 0:
            raise PublishedFileError(f"{where}: '{name}' must be above 0.")
    if abs(numbers["r"]) > 1:
        raise PublishedFileError(f"{where}: 'r' must lie between -1 and 1.")
