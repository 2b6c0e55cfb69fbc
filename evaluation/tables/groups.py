"""Whom the rows of a table are about: everybody, each site, and the subgroups of both."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.pairing import contrasts_in, number_units, pair
from evaluation.model import ALL_SITES, PRACTITIONER
from instruments.definition import Instrument, Scale

PRACTITIONER_SUBGROUP = f"role={PRACTITIONER}"
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The people of one row: those with both scores, and how many more have the earlier one.

    ``cluster`` numbers the couples; the numbers are those of one contrast. ``assumed``: for
    somebody a session stands in for the start or the end.
    """

    site: str
    subgroup: str
    instrument: str
    scale: Scale
    contrast: str
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    cluster: NDArray[np.intp]
    n_excluded: int
    assumed: bool

    @property
    def place(self) -> dict[str, str]:
        """The first columns of its rows."""
        return {
            "site": self.site,
            "instrument": self.instrument,
            "scale": self.scale.id,
            "contrast": self.contrast,
        }

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Site, instrument, scale and contrast."""
        return (self.site, self.instrument, self.scale.id, self.contrast)

    @property
    def measure(self) -> str:
        """How a rule file names it."""
        return f"{self.instrument}.{self.scale.id}"


def paired_contrasts(waves: pd.DataFrame, participants: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The pairs of each contrast, made once: every table shares them."""
    if waves.empty:
        return {}
    roles = participants[["site", "participant", "role"]]
    numbered = number_units(waves)
    return {
        f"{before}_{after}": pair(numbered, roles, before=before, after=after)
        for before, after in contrasts_in(waves["wave"])
    }


def find_groups(
    pairs: Mapping[str, pd.DataFrame],
    participants: pd.DataFrame,
    instruments: Mapping[str, Instrument],
    subgroups: Sequence[str] = (),
) -> list[Group]:
    """Every group of every contrast and scale for which somebody has the earlier score.

    All parents together, each site's parents, practitioners apart, then the subgroups named.
    """
    found: list[Group] = []
    for contrast, table in pairs.items():
        people = _People.of(table, participants, subgroups)
        measures = table.groupby(["instrument", "scale"], sort=False).indices
        # In the order in which they occur, as everything else.
        for (instrument, scale_id), rows in sorted(measures.items(), key=lambda item: item[1][0]):
            scale = instruments[str(instrument)].scale(str(scale_id))
            found += [
                people.group(site, subgroup, str(instrument), scale, contrast, chosen)
                for site, subgroup, chosen in people.split(rows)
            ]
    return found


def whole_groups(groups: Iterable[Group], sites: Collection[str] | None = None) -> list[Group]:
    """Those that are no subgroup; of these sites only, unless ``sites`` is None."""
    return [
        group for group in groups if not group.subgroup and (sites is None or group.site in sites)
    ]


def ordered(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows by site (all sites first), measure and contrast, in the order they were found."""
    table = pd.DataFrame(rows).reindex(columns=list(columns))
    if table.empty:
        return table
    first = np.where(table["site"] == ALL_SITES, 0, 1)
    return (
        table.assign(first=first)
        .sort_values(["first", "site"], kind="stable")
        .drop(columns="first")
        .reset_index(drop=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """The columns of one contrast's pairs as arrays."""

    site: NDArray[np.object_]
    site_codes: Places
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    cluster: Places
    used: NDArray[np.bool_]
    assumed: NDArray[np.bool_]
    practitioner: NDArray[np.bool_]
    traits: dict[str, NDArray[np.object_]]

    @classmethod
    def of(
        cls, table: pd.DataFrame, participants: pd.DataFrame, subgroups: Sequence[str]
    ) -> _People:
        traits: dict[str, NDArray[np.object_]] = {}
        if subgroups:
            keys = ["site", "participant"]
            known = table[keys].merge(participants[[*keys, *subgroups]], on=keys, how="left")
            traits = {name: known[name].to_numpy(object) for name in subgroups}
        site = table["site"].to_numpy(object)
        return cls(
            site=site,
            site_codes=pd.factorize(site)[0],
            before=table["before"].to_numpy(float),
            after=table["after"].to_numpy(float),
            cluster=pd.factorize(table["cluster"].to_numpy(object), sort=True)[0],
            used=(table["excluded"] == "").to_numpy(bool),
            assumed=table["assumed"].to_numpy(bool),
            practitioner=table["practitioner"].to_numpy(bool),
            traits=traits,
        )

    def split(self, rows: Places) -> list[tuple[str, str, Places]]:
        parents, staff = rows[~self.practitioner[rows]], rows[self.practitioner[rows]]
        whole = [(ALL_SITES, "", parents)] if parents.size else []
        whole += [(site, "", chosen) for site, chosen in self._by_site(parents)]
        apart = [(site, PRACTITIONER_SUBGROUP, chosen) for site, chosen in self._by_site(staff)]
        return [
            *whole,
            *apart,
            *(
                (site, f"{name}={value}", chosen[known == value])
                for site, _, chosen in whole
                for name, values in self.traits.items()
                for known in [values[chosen]]
                for value in sorted({v for v in known if isinstance(v, str) and v})
            ),
        ]

    def _by_site(self, rows: Places) -> list[tuple[str, Places]]:
        codes = self.site_codes[rows]
        return [(str(self.site[rows[codes == c][0]]), rows[codes == c]) for c in pd.unique(codes)]

    def group(
        self, site: str, subgroup: str, instrument: str, scale: Scale, contrast: str, rows: Places
    ) -> Group:
        used = rows[self.used[rows]]
        return Group(
            site=site,
            subgroup=subgroup,
            instrument=instrument,
            scale=scale,
            contrast=contrast,
            before=self.before[used],
            after=self.after[used],
            cluster=self.cluster[used],
            n_excluded=rows.size - used.size,
            assumed=bool(self.assumed[used].any()),
        )
