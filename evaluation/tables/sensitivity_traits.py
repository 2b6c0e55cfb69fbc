"""What is known of people beside their scores, as numbers that loss may depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.model import CHARACTERISTIC_COLUMNS

if TYPE_CHECKING:
    from evaluation.programme import Results

Floats = NDArray[np.float64]
PERSON = ["site", "participant"]
GROUPINGS = ("role", *CHARACTERISTIC_COLUMNS)
LEAST_WITH_LEVEL = 5
MOST_LEVELS = {"role": 3}
MOST_LEVELS_ELSE = 5
# A characteristic that would need more columns than this allows is left out.
PEOPLE_FOR_COLUMN = 20
LEAST_KNOWN = 0.5  # share of whom the sessions are known, for them to be used


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """Sessions attended (NaN = not known) and, for each of GROUPINGS, the number of its level.

    One row for each respondent. Levels are numbered by their name, so the order of an upload does
    not matter.
    """

    sessions: Floats
    levels: NDArray[np.intp]

    @classmethod
    def of(cls, respondents: pd.DataFrame, known: pd.DataFrame) -> Traits:
        """``known``: from `known_traits`."""
        mine = known.reindex(pd.MultiIndex.from_frame(respondents[PERSON].astype(object)))
        sessions = pd.to_numeric(mine["sessions_attended"]).to_numpy(float)
        texts = (mine[name].fillna("").astype(str).str.strip() for name in GROUPINGS)
        levels = [pd.factorize(text.to_numpy(object), sort=True)[0] for text in texts]
        return cls(sessions, np.column_stack(levels))

    def take(self, rows: NDArray[np.intp]) -> Traits:
        """Of these respondents, in this order."""
        return Traits(self.sessions[rows], self.levels[rows])

    @property
    def table(self) -> Floats:
        """Everything, to put people in order by."""
        return np.column_stack([self.sessions, self.levels])

    def columns(self) -> Floats:
        """Sessions attended, role, then the characteristics: a column for each level but one.

        The commonest level and the rare ones have none. Sessions that are not known are average,
        and left out where they are known of few; so is a characteristic whose levels are too many
        for so few people.
        """
        columns = self._sessions()
        for name, codes in zip(GROUPINGS, self.levels.T, strict=True):
            counts = np.bincount(codes)
            common = np.argsort(-counts, kind="stable")
            common = common[counts[common] >= LEAST_WITH_LEVEL]
            shown = common[1 : MOST_LEVELS.get(name, MOST_LEVELS_ELSE)]
            room = len(codes) // PEOPLE_FOR_COLUMN - len(columns)
            if name == "role" or len(shown) <= room:
                columns += [(codes == level).astype(float) for level in shown]
        return np.column_stack(columns) if columns else np.zeros((len(self.sessions), 0))

    def _sessions(self) -> list[Floats]:
        there = np.isfinite(self.sessions)
        if not there.any() or there.mean() < LEAST_KNOWN:
            return []
        return [np.where(there, self.sessions, self.sessions[there].mean())]


def known_traits(results: Results) -> pd.DataFrame:
    """Role, characteristics and sessions attended of everybody, by site and code."""
    people = results.participants[[*PERSON, *GROUPINGS]].astype(object)
    service = results.service_use[[*PERSON, "sessions_attended"]].astype(object)
    known = people.merge(service.drop_duplicates(PERSON), on=PERSON, how="left")
    return known.drop_duplicates(PERSON).set_index(PERSON)
