"""Whether one questionnaire's answers arrived in the coding that its definition expects.

Nothing is changed here. Each finding says what the answers show, in numbers, and proposes what
would put it right; a person decides. A scale that is turned round as a whole cannot be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from evaluation.analysis.answer_coding import (
    RangeGroup,
    constant_items,
    find_shift,
    may_be_shifted,
    n_explained,
    range_groups,
    unused_end,
)
from evaluation.analysis.item_answers import (
    is_sum_of_items,
    item_table,
    keyed_items,
    reversed_items,
)
from evaluation.analysis.item_signs import ItemSigns, item_signs
from evaluation.analysis.reliability import cronbach_alpha
from evaluation.model import Recoding
from instruments.definition import Instrument, Scale

Kind = Literal[
    "not_reversed", "already_reversed", "two_groups", "shifted_coding", "outside_range",
    "end_not_used", "all_alike",
]  # fmt: skip
Action = Literal["reverse", "ask which to reverse", "add", "look"]

# Up to this share of the loadings the weaker side counts as the one that is wrong; above it either
# side may be, and a person is asked.
CLEAR_MINORITY = 1 / 3
# A first component of fewer items says nothing of their direction.
SMALLEST_PART = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would put a finding right, in terms of the answers as uploaded.

    ``reverse``: the answers to ``items`` become minimum + maximum - answer. ``ask which to
    reverse``: likewise, for ``items`` or for ``other_items``. ``add``: ``amount``, which may be
    negative, is added to each answer that this makes an allowed one. ``look``: a person has to
    look at the file.
    """

    action: Action
    items: tuple[int, ...]
    other_items: tuple[int, ...] = ()
    amount: int = 0

    @property
    def choices(self) -> tuple[Recoding, ...]:
        """The decisions that a person can take, beside leaving the answers as they are."""
        if self.action == "add":
            return (Recoding("add", self.items, self.amount),)
        if self.action == "look":
            return ()
        groups = (self.items, self.other_items) if self.other_items else (self.items,)
        return tuple(Recoding("reverse", group) for group in groups)

    @property
    def text(self) -> str:
        """The proposal as it is recorded, for example ``reverse (18, 19)`` or ``subtract 1``."""
        if self.action == "add":
            return f"{'add' if self.amount > 0 else 'subtract'} {abs(self.amount)}"
        numbers = f"({', '.join(map(str, self.items))})"
        if self.action == "ask which to reverse":
            return f"reverse {numbers} or ({', '.join(map(str, self.other_items))})"
        return f"{self.action} {numbers}"


@dataclass(frozen=True, slots=True)
class KeyingFinding:
    """One thing about the coding of a questionnaire that a person should decide on.

    ``questionnaire`` is its name for a reader. ``scale`` is ``""`` where the finding is about the
    range of the answers. ``facts`` are numbers only: ``n`` complete questionnaires or answers,
    and those that the kind calls for (see `check_keying`). No ``sites`` means all of them.
    """

    kind: Kind
    instrument: str
    questionnaire: str
    scale: str
    items: tuple[int, ...]
    proposal: Proposal
    facts: Mapping[str, float] = field(default_factory=dict, hash=False)
    sites: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[Recoding, ...]:
        """The decisions that a person can take, for the sites that this is about."""
        return tuple(replace(choice, sites=self.sites) for choice in self.proposal.choices)


def check_keying(instrument: Instrument, answers: pd.DataFrame) -> list[KeyingFinding]:
    """What the answers say about how they are coded and keyed.

    First the range of the answers, then the direction of the items, scale by scale with the longest
    first. What a finding proposes is taken as done for the checks after it, so that nothing is
    reported twice. Of scales whose key is not established only the range is checked.

    Parameters
    ----------
    instrument : Instrument
        As it will be scored, with any key that the rule file supplies.
    answers : DataFrame
        One row for each questionnaire, columns item numbers (1 or "1"), NaN = missing. Numbers as
        uploaded: those that are not allowed are the best evidence of a shifted coding.

    Returns
    -------
    list of KeyingFinding
        ``shifted_coding`` (facts ``n``, ``shift``, ``minimum``, ``maximum``, ``n_beyond``),
        ``outside_range`` (``n``, ``n_outside``, ``lowest``, ``highest``, ``minimum``, ``maximum``),
        ``end_not_used`` (``n``, ``end``, ``n_next``, ``minimum``, ``maximum``), ``all_alike``
        (``n``, ``answer``); ``not_reversed``, ``already_reversed`` (the definition reverses the
        items, and they seem to have been reversed before) and ``two_groups`` (either group may be
        the one to reverse), each with ``n``, ``component_share``, ``weakest_loading``, ``alpha``
        and ``alpha_after``.

    Raises
    ------
    ValueError
        A column that is no item, or twice the same; something that is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> from instruments.registry import get
    >>> rng = np.random.default_rng(1)
    >>> mood = rng.standard_normal((100, 1)) + rng.standard_normal((100, 9))
    >>> answers = pd.DataFrame(np.clip(np.round(mood + 1), 0, 3), columns=range(1, 10))
    >>> check_keying(get("phq9"), answers)
    []
    >>> [found.proposal.text for found in check_keying(get("phq9"), answers + 1)]
    ['subtract 1']
    >>> turned = answers.copy()
    >>> turned[[4, 5]] = 3 - turned[[4, 5]]
    >>> [(found.kind, found.proposal.text) for found in check_keying(get("phq9"), turned)]
    [('not_reversed', 'reverse (4, 5)')]
    """
    table = item_table(instrument, answers)
    findings = _shifts(instrument, table)
    shifted = {number for finding in findings for number in finding.items}
    for finding in findings:
        table = with_proposal(instrument, table, finding.proposal)
    for group in range_groups(instrument, table):
        # A shifted coding has an unused end by its nature.
        check_ends = not shifted & set(group.items)
        findings += _range_findings(instrument, group, check_ends=check_ends)
        table[list(group.items)] = group.answers.where(group.allowed)
    for scale in _scales_to_check(instrument):
        for finding in _direction_findings(instrument, scale, table):
            findings.append(finding)
            if finding.proposal.action == "reverse":
                table = with_proposal(instrument, table, finding.proposal)
    return findings


def with_proposal(
    instrument: Instrument, answers: pd.DataFrame, proposal: Proposal
) -> pd.DataFrame:
    """The answers as a proposal would have them; the answers given stay as they are.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        As for `check_keying`.
    proposal : Proposal
        Of a question which of two groups to reverse, the first is taken; ``look`` changes nothing.

    Returns
    -------
    DataFrame
        A new table with a column for every item.

    Raises
    ------
    ValueError
        As for `check_keying`, or the proposal names an item that there is not.

    Examples
    --------
    >>> from instruments.registry import get
    >>> answers = pd.DataFrame({1: [0, 3]})
    >>> list(with_proposal(get("phq9"), answers, Proposal("reverse", (1,)))[1])
    [3.0, 0.0]
    """
    table = item_table(instrument, answers).copy()
    for number in proposal.items:
        item = instrument.item(number)
        if proposal.action in ("reverse", "ask which to reverse"):
            table[number] = item.minimum + item.maximum - table[number]
        elif proposal.action == "add":
            moved = table[number] + proposal.amount
            table[number] = moved.where(moved.between(item.minimum, item.maximum), table[number])
    return table


def _shifts(instrument: Instrument, table: pd.DataFrame) -> list[KeyingFinding]:
    """One finding for each shift; items of different ranges that share it go together."""
    every = range_groups(instrument, table)
    by_shift: dict[int, list[RangeGroup]] = {}
    for group in every:
        if shift := find_shift(group):
            by_shift.setdefault(shift, []).append(group)
    if len(by_shift) == 1:
        # A file has one coding: what is too little for a verdict of its own goes with most items.
        ((shift, sure),) = by_shift.items()
        others = [group for group in every if group not in sure]
        if _n_items(sure) > _n_items(others):
            by_shift[shift] = sure + [group for group in others if may_be_shifted(group, shift)]
    findings = []
    for shift, groups in by_shift.items():
        items = tuple(sorted(number for group in groups for number in group.items))
        widest = max(groups, key=lambda group: len(group.items))
        facts = {
            "n": sum(len(group.values) for group in groups),
            "shift": shift,
            "minimum": widest.minimum,
            "maximum": widest.maximum,
            "n_beyond": sum(n_explained(group, shift) for group in groups),
        }
        proposal = Proposal("add", items, amount=-shift)
        findings.append(_finding("shifted_coding", instrument, "", items, proposal, facts))
    return findings


def _range_findings(
    instrument: Instrument, group: RangeGroup, *, check_ends: bool
) -> list[KeyingFinding]:
    """Answers outside the range, an end that nobody uses, items that everybody answers alike."""
    findings = []
    values = group.values
    limits: dict[str, float] = {"minimum": group.minimum, "maximum": group.maximum}
    if n_outside := _n_outside(group):
        refused = group.answers.notna() & ~group.allowed
        items = tuple(number for number in group.items if refused[number].any())
        outside = group.answers.where(refused)
        facts = {
            "n": len(values), "n_outside": n_outside,
            "lowest": float(outside.min().min()), "highest": float(outside.max().max()),
        } | limits  # fmt: skip
        look = Proposal("look", items)
        findings.append(_finding("outside_range", instrument, "", items, look, facts))
    elif check_ends and (end := unused_end(group)) is not None:
        neighbour = end + 1 if end == group.minimum else end - 1
        facts = {"n": len(values), "end": end, "n_next": int((values == neighbour).sum())} | limits
        look = Proposal("look", group.items)
        findings.append(_finding("end_not_used", instrument, "", group.items, look, facts))
    alike: dict[float, list[int]] = {}
    for number in constant_items(group):
        alike.setdefault(float(group.answers[number].dropna().iloc[0]), []).append(number)
    for answer, numbers in alike.items():
        facts = {"n": int(group.answers[numbers].notna().sum().min()), "answer": answer}
        items = tuple(numbers)
        look = Proposal("look", items)
        findings.append(_finding("all_alike", instrument, "", items, look, facts))
    return findings


def _direction_findings(
    instrument: Instrument, scale: Scale, table: pd.DataFrame
) -> list[KeyingFinding]:
    """Items that point against the others once they are keyed as the definition says."""
    keyed = keyed_items(instrument, scale.id, table)
    signs = item_signs(keyed)
    if signs is None or not signs.opposite:
        return []
    turned = set(reversed_items(instrument, scale.id)) & set(signs.loadings)
    proposals = _direction_proposals(signs, turned)
    return [
        _finding(kind, instrument, scale.id, items, proposal, _direction_facts(keyed, signs, items))
        for kind, items, proposal in proposals
    ]


def _direction_proposals(
    signs: ItemSigns, turned: set[int]
) -> list[tuple[Kind, tuple[int, ...], Proposal]]:
    """What to propose, given the items that the definition reverses (of those that vary)."""
    for group, sign in ((signs.opposite, -1), (signs.main, 1)):
        same_side = all(signs.loadings[number] * sign > 0 for number in turned)
        if turned and same_side and set(group) <= turned:
            everything = tuple(sorted(turned))
            return [("already_reversed", everything, Proposal("reverse", everything))]
    if signs.opposite_weight > CLEAR_MINORITY:
        proposal = Proposal("ask which to reverse", signs.opposite, signs.main)
        return [("two_groups", signs.opposite, proposal)]
    before = tuple(number for number in signs.opposite if number in turned)
    never = tuple(number for number in signs.opposite if number not in turned)
    kinds: list[tuple[Kind, tuple[int, ...]]] = [
        ("not_reversed", never), ("already_reversed", before),
    ]  # fmt: skip
    return [(kind, items, Proposal("reverse", items)) for kind, items in kinds if items]


def _direction_facts(
    keyed: pd.DataFrame, signs: ItemSigns, items: tuple[int, ...]
) -> dict[str, float]:
    """Alpha before and after turning these items round; reflection at 0 serves for alpha."""
    columns = list(signs.loadings)
    after = keyed[columns].mul([-1 if number in items else 1 for number in columns], axis="columns")
    return {
        "n": signs.n,
        "component_share": signs.component_share,
        "weakest_loading": min(abs(signs.loadings[number]) for number in items),
        "alpha": cronbach_alpha(keyed[columns]).value,
        "alpha_after": cronbach_alpha(after).value,
    }


def _scales_to_check(instrument: Instrument) -> list[Scale]:
    """Scales that are sums of items and whose key is established, the longest first.

    A scale that is made of other scales is left out: its parts may well run against each other
    though every item is keyed rightly, and a wrong item shows in its own part.
    """
    items = {
        scale.id: set(instrument.item_numbers(scale.id))
        for scale in instrument.scales
        if scale.needs in ("", "table") and is_sum_of_items(scale)
    }
    parts = [numbers for numbers in items.values() if len(numbers) >= SMALLEST_PART]
    sums = [
        scale
        for scale in instrument.scales
        if scale.id in items and not any(part < items[scale.id] for part in parts)
    ]
    return sorted(sums, key=lambda scale: -len(items[scale.id]))


def _n_items(groups: list[RangeGroup]) -> int:
    return sum(len(group.items) for group in groups)


def _n_outside(group: RangeGroup) -> int:
    return int((group.answers.notna() & ~group.allowed).to_numpy().sum())


def _finding(
    kind: Kind,
    instrument: Instrument,
    scale: str,
    items: tuple[int, ...],
    proposal: Proposal,
    facts: Mapping[str, float],
) -> KeyingFinding:
    name = instrument.short_name
    return KeyingFinding(kind, instrument.id, name, scale, items, proposal, facts)
