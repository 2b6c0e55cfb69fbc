"""Published conversion tables, one CSV file each."""

from __future__ import annotations

import csv
from pathlib import Path

from instruments.definition import Table


def read_table(name: str) -> Table:
    """The (raw, converted) pairs of the table with that name, in the order of the file.

    Raises
    ------
    ValueError
        There is no table of that name.

    Examples
    --------
    >>> read_table("swemwbs_metric")[:2]
    ((7.0, 7.0), (8.0, 9.51))
    """
    path = Path(__file__).with_name(f"{name}.csv")
    if not path.is_file():
        names = ", ".join(sorted(other.stem for other in path.parent.glob("*.csv")))
        raise ValueError(f"name={name!r}: the tables are {names}")
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return tuple((float(raw), float(converted)) for raw, converted in rows)
