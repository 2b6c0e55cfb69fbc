"""An intruder who has every released table, and works out what was hidden.

Counts are whole numbers that lie in their rounding intervals (a hidden one from 1 to
``hide_below`` - 1, or where several parts of one whole are blank one of them), parts add up to
their total, sites to all sites together, and the same people are in several tables and in several
views. Averages of whole-number scores allow only some numbers of people. What is left for each
hidden count is found by integer programming.

The intruder is helped: an identity that holds in the programme is taken as known, also where a
reader could only guess that it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.model import ALL_SITES
from tests.evaluation.disclosure_averages import numbers_that_fit
from tests.evaluation.disclosure_knowledge import Knowledge, Range, widths
from tests.evaluation.disclosure_links import LINKS, Link, Term
from tests.evaluation.disclosure_tables import (
    AT_MOST,
    COUNTS,
    MAY_BE_NOUGHT,
    NAMES,
    PARTS,
    SOMEBODY,
    names_of,
    prepared,
)

Tables = Mapping[str, pd.DataFrame]
# A table, the names of its row, and a column of counts.
Key = tuple[str, tuple[str, ...], str]
# More than anybody counts in these programmes; the solver errs with very wide ranges.
MOST = 1_000.0
ONE: Key = ("", (), "one")


@dataclass
class Intruder:
    """What is known of the counts of one programme, and which of them are hidden."""

    rule: DisclosureRule
    known: Knowledge
    exact: dict[str, pd.DataFrame]
    rows: dict[str, list[tuple[str, ...]]]
    truth: dict[Key, float]
    hidden: dict[Key, None]
    sure: bool = False

    @classmethod
    def of(
        cls, exact: Tables, views: Sequence[Tables], rule: DisclosureRule, *, sure: bool = False
    ) -> Intruder:
        """Somebody who has these views of one programme.

        ``exact`` serves to say which identities hold, and which blank cells are hidden counts.
        ``sure``: knows also which of several blanks is the small one, though nothing shows it.
        """
        self = cls(rule, Knowledge(), {}, {}, {}, {}, sure)
        self.known.add(ONE, 1, 1)
        self.truth[ONE] = 1.0
        for released in views:
            for name in COUNTS:
                if name in released and len(exact[name]):
                    whole = exact[name]
                    if "site" in released[name]:
                        whole = whole[whole["site"].isin(released[name]["site"])]
                    self._learn_counts(name, *prepared(name, whole, released[name]))
        for name, table in self.exact.items():
            self._learn_sums(name, table)
        for link in LINKS:
            self._learn_link(link)
        return self

    def learn_averages(self, effects: pd.DataFrame) -> None:
        """What the released averages say of how many people they are of."""
        exact = effects.reset_index(drop=True)
        names = names_of(exact)
        for place, fits in numbers_that_fit(effects, self.rule).items():
            key = ("effects", _name(exact.loc[place, names]), "n")
            if fits and key in self.known.place:
                self.known.narrow(key, min(fits), max(fits))

    def misled(self) -> list[Key]:
        """What is taken as known and does not hold: must be nothing."""
        low, high, place = self.known.low, self.known.high, self.known.place
        found = [k for k, v in self.truth.items() if not low[place[k]] <= v <= high[place[k]]]
        value = {place[key]: v for key, v in self.truth.items()}
        key_of: dict[int, Any] = {at: key for key, at in place.items()}
        found += [key_of[a] for a, b in self.known.same if value[a] != value[b]]
        for terms, exactly in self.known.sums:
            total = sum(sign * value[at] for at, sign in terms.items())
            if total > 0 or (exactly and total < 0):
                found.append(key_of[next(iter(terms))])
        return found

    def _learn_counts(self, name: str, exact: pd.DataFrame, shown: pd.DataFrame) -> None:
        half = (self.rule.round_to - 1) // 2
        names = names_of(exact)
        columns = [column for column in COUNTS[name] if column in exact and column in shown]
        rows = [_name(row) for row in exact[names].itertuples(index=False, name=None)]
        if len(set(rows)) < len(rows):
            raise ValueError(f"{name}: two rows have the same names")
        numbers = shown[columns].apply(pd.to_numeric).to_numpy(float)
        truth = exact[columns].apply(pd.to_numeric).to_numpy(float)
        hide = self.rule.hide_below
        for row, seen, real in zip(rows, numbers, truth, strict=True):
            whole_row = bool(np.isnan(seen).all())
            true_of = {c: true for c, true in zip(columns, real, strict=True) if not np.isnan(true)}
            blank = [c for c, value in zip(columns, seen, strict=True)
                     if np.isnan(value) and c in true_of]  # fmt: skip
            groups = [] if whole_row or self.sure else _side_by_side(name, blank)
            unsure = {column for group in groups for column in group}
            for column, value in zip(columns, seen, strict=True):
                if column not in true_of:
                    continue
                key, true = (name, row, column), true_of[column]
                self.truth[key] = true
                if value == 0:
                    self.known.add(key, 0, 0)
                elif not np.isnan(value):
                    self.known.add(key, max(value - half, hide), value + half)
                elif whole_row or true >= hide:
                    self.known.add(key, 0, MOST)
                else:
                    nought = column in MAY_BE_NOUGHT.get(name, ())
                    free = column in unsure or (true == 0 and not nought)
                    least = 0 if nought or true == 0 else 1
                    self.known.add(key, least, MOST if free else hide - 1)
                if np.isnan(value) and 0 < true < hide:
                    self.hidden[key] = None
            for group in groups:
                self._learn_one_is_small([(name, row, column) for column in group])
            if name in SOMEBODY and not whole_row:
                keys = [(name, row, column) for column in blank if column in MAY_BE_NOUGHT[name]]
                if any(self.truth[key] for key in keys):
                    self.known.weigh([(1.0, ONE), *((-1.0, key) for key in keys)], exactly=False)
        if name not in self.exact:
            self.exact[name], self.rows[name] = exact, rows

    def _learn_one_is_small(self, keys: list[Key]) -> None:
        """Of these blanks one is a small count; which of them it is nobody can see."""
        hide = self.rule.hide_below
        if not any(0 < self.truth[key] < hide for key in keys):
            return
        chosen = []
        for key in keys:
            is_small: Key = (f"{key[0]}: small", key[1], key[2])
            self.known.add(is_small, 0, 1)
            self.truth[is_small] = float(0 < self.truth[key] < hide)
            # At least one, and no more than a small count, if it is the one.
            self.known.weigh([(1.0, is_small), (-1.0, key)], exactly=False)
            self.known.weigh(
                [(1.0, key), (MOST, is_small), (-(MOST + hide - 1), ONE)], exactly=False
            )
            chosen.append((-1.0, is_small))
        self.known.weigh([(1.0, ONE), *chosen], exactly=False)

    def _key(self, name: str, row: int, column: str) -> Key | None:
        key = (name, self.rows[name][row], column)
        return key if key in self.known.place else None

    def _learn_sums(self, name: str, table: pd.DataFrame) -> None:
        """Parts of a row, what can be no more than what, and the sites of all sites."""
        for total, parts in PARTS.get(name, ()):
            there = [part for part in parts if part in table]
            sums = table[there].apply(pd.to_numeric).fillna(0).sum(axis=1)
            for row in np.flatnonzero(sums.to_numpy(float) == _numbers(table, total)):
                whole = self._key(name, int(row), total)
                keys = [key for part in there if (key := self._key(name, int(row), part))]
                if whole:
                    self.known.add_up(whole, keys)
        for least, most, times in AT_MOST.get(name, ()):
            if least in table and most in table:
                holds = _numbers(table, least) <= times * _numbers(table, most)
                for row in np.flatnonzero(holds):
                    first, second = (
                        self._key(name, int(row), least),
                        self._key(name, int(row), most),
                    )
                    if first and second:
                        self.known.weigh([(1.0, first), (-float(times), second)], exactly=False)
        if "site" in table and (table["site"] == ALL_SITES).any():
            self._learn_sites(name, table)

    def _learn_sites(self, name: str, table: pd.DataFrame) -> None:
        fixed = [n for n in names_of(table) if n not in ("site", "cost")]
        is_total = (table["site"] == ALL_SITES).to_numpy(bool)
        groups = table.groupby(fixed, dropna=False, sort=False) if fixed else [((), table)]
        for _, group in groups:
            here = group.index.to_numpy(int)
            total, sites = here[is_total[here]], here[~is_total[here]]
            if total.size != 1 or not sites.size:
                continue
            for column in COUNTS[name]:
                values = _numbers(table, column) if column in table else np.array([np.nan])
                if column in table and np.nansum(values[sites]) == values[total[0]]:
                    whole = self._key(name, int(total[0]), column)
                    keys = [key for i in sites if (key := self._key(name, int(i), column))]
                    if whole:
                        self.known.add_up(whole, keys)

    def _learn_link(self, link: Link) -> None:
        """Terms that do add up, in every place that all of them have."""
        if any(term.table not in self.exact for term in link.terms):
            return
        *first, last = link.terms
        places = [self._places(term, link.on) for term in first]
        names = (*link.on, *link.by, *(("",) if link.each else ()))
        for place, (value, keys) in self._places(last, names).items():
            found = [table.get(place[: len(link.on)]) for table in places]
            if not all(found):
                continue
            total = value + sum(f[0] for f in found if f)
            if total == 0 or (total < 0 and not link.exactly):
                parts = [part for f in found if f for part in f[1]]
                self.known.weigh([*parts, *keys], exactly=link.exactly)

    def _places(
        self, term: Term, names: Sequence[str]
    ) -> dict[tuple[str, ...], tuple[float, list[tuple[float, Key]]]]:
        """For each place of a term its signed sum and its counts; row by row with the name ''."""
        table = self.exact[term.table]
        if any(name and name not in table for name in names) or term.column not in table:
            return {}
        chosen = np.ones(len(table), bool) if term.where is None else np.asarray(term.where(table))
        values = _numbers(table, term.column)
        found: dict[tuple[str, ...], tuple[float, list[tuple[float, Key]]]] = {}
        columns = [
            table[name].astype(str).to_numpy(object) if name else np.arange(len(table)).astype(str)
            for name in names
        ]
        for row in np.flatnonzero(chosen & ~np.isnan(values)):
            key = self._key(term.table, int(row), term.column)
            if key is None:
                continue
            place = tuple(str(column[row]) for column in columns)
            value, keys = found.get(place, (0.0, []))
            found[place] = (value + term.sign * values[row], [*keys, (float(term.sign), key)])
        return found


def _side_by_side(name: str, blank: Sequence[str]) -> list[list[str]]:
    """Blank parts of one whole, of which some may be hidden only because another is small."""
    groups = [[part for part in parts if part in blank] for _, parts in PARTS.get(name, ())]
    return [group for group in groups if len(group) > 1]


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    return np.asarray(pd.to_numeric(table[column]), dtype=float)


def _name(row: Sequence[Any]) -> tuple[str, ...]:
    return tuple("" if pd.isna(value) else str(value) for value in row)


# --- the whole attack -----------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """How many counts were hidden, and what is left possible for each.

    ``two_values`` are those of one to five people. ``six_or_seven`` is what rounding to five says
    of a hidden count where two rounded counts are ten apart. ``contradictions`` fit nothing.
    """

    hidden: int
    ranges: Mapping[Any, Range]
    most_values: int
    six: float

    def _narrow(self, values: int) -> dict[Any, Range]:
        return {k: r for k, r in self.ranges.items() if r[1] - r[0] + 1 == values}

    @property
    def determined(self) -> dict[Key, Range]:
        return self._narrow(1)

    @property
    def two_values(self) -> dict[Key, Range]:
        return {k: r for k, r in self._narrow(2).items() if r[0] < self.six}

    @property
    def six_or_seven(self) -> dict[Key, Range]:
        return {k: r for k, r in self._narrow(2).items() if r[0] >= self.six}

    @property
    def contradictions(self) -> dict[Key, Range]:
        return {k: r for k, r in self.ranges.items() if r[0] > r[1]}

    @property
    def widths(self) -> dict[int, int]:
        """How many hidden counts have so many possible values; the last is that many or more."""
        counted: dict[int, int] = {}
        for values, count in widths(self.ranges).items():
            least = min(values, self.most_values)
            counted[least] = counted.get(least, 0) + count
        return counted


def attack(
    exact: Tables, released: Tables, rule: DisclosureRule, *, beside: Sequence[Tables] = (),
    values: int | None = None, sure: bool = False,
) -> Found:  # fmt: skip
    """Work out every hidden count from all that is released together.

    ``beside``: more views of the same tables, such as what each site is given of its own.
    ``values``: so many are looked for; without it as many as a hidden count can have.
    ``sure``: by somebody who knows also which of several blanks is the small one.
    """
    intruder = Intruder.of(exact, [released, *beside], rule, sure=sure)
    intruder.learn_averages(released["effects"])
    values = values or rule.hide_below - 1
    hidden = list(intruder.hidden)
    ranges = intruder.known.ranges(hidden, values=values)
    return Found(len(hidden), ranges, values, float(rule.hide_below - 2))


__all__ = ["NAMES", "Found", "Intruder", "attack"]
