"""From traits to ticked boxes: one answer model for each questionnaire.

An answer is the item's mean plus a share of the person's trait, a lasting leaning of that person
on that item, and noise of the day, cut to the boxes on the form. The keys (which items are
reversed, which scales run the other way) come from the questionnaire's own definition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from instruments.definition import Instrument

# Lasting leaning as a share of what the trait does not explain; the rest is noise of the day.
_LASTING = 0.5
_BLANK = 0.004  # single answers left out
_UNFINISHED = 0.006  # forms of which the last third was left out


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """How people answer one questionnaire, as shares of an item's range in its keyed direction.

    ``mean`` and ``sd`` place the answers, ``spread`` moves the means of the items apart,
    ``loading`` is their correlation with the trait. ``rare`` items are seldom endorsed. Items in
    ``gated`` are skipped by those who answer 0 to item ``gate``.
    """

    trait: str
    mean: float
    sd: float
    loading: float
    spread: float = 0.08
    rare: tuple[int, ...] = ()
    gate: int | None = None
    gated: tuple[int, ...] = ()
    not_asked: tuple[int, ...] = ()


MODELS: dict[str, AnswerModel] = {
    "phq9": AnswerModel("mood", 0.25, 0.36, 0.72, spread=0.12, rare=(9,)),
    "core_om": AnswerModel("mood", 0.34, 0.30, 0.60, rare=(6, 9, 16, 22, 24, 34)),
    "core_10": AnswerModel("mood", 0.37, 0.30, 0.65, rare=(6,)),
    "wemwbs": AnswerModel("mood", 0.54, 0.225, 0.70),
    "swemwbs": AnswerModel("mood", 0.54, 0.24, 0.68),
    "das_32": AnswerModel("relationship", 0.61, 0.23, 0.62),
    "enrich_ems_15": AnswerModel("relationship", 0.48, 0.27, 0.66),
    "enrich_couple_scales_35": AnswerModel("relationship", 0.48, 0.20, 0.90),
    "sdq_parent_4_17": AnswerModel(
        "child", 0.26, 0.39, 0.48, spread=0.10,
        gate=26, gated=(27, 28, 29, 30, 31, 32, 33), not_asked=(34, 35),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """The questions of one questionnaire as arrays; ``better`` is +1 where high is good."""

    columns: tuple[str, ...]
    minimum: np.ndarray
    maximum: np.ndarray
    better: np.ndarray
    reversed: np.ndarray


def make_form(instrument: Instrument) -> Form:
    """The columns that are filled in: items, or scores where the key is not public."""
    supplied = [scale for scale in instrument.scales if scale.needs == "key"]
    if supplied:
        return Form(
            columns=tuple(f"{instrument.id}_{scale.id}" for scale in supplied),
            minimum=np.array([scale.score_range[0] for scale in supplied], dtype=float),
            maximum=np.array([scale.score_range[1] for scale in supplied], dtype=float),
            better=np.array([-1.0 if s.better == "lower" else 1.0 for s in supplied]),
            reversed=np.zeros(len(supplied), dtype=bool),
        )
    items = [i for i in instrument.items if i.number not in MODELS[instrument.id].not_asked]
    keys = [_key(instrument, item.number) for item in items]
    return Form(
        columns=tuple(f"{instrument.id}_{item.number}" for item in items),
        minimum=np.array([item.minimum for item in items], dtype=float),
        maximum=np.array([item.maximum for item in items], dtype=float),
        better=np.array([better for better, _ in keys]),
        reversed=np.array([turned for _, turned in keys]),
    )


def _key(instrument: Instrument, number: int) -> tuple[float, bool]:
    """Whether a high keyed answer is good (+1) or bad (-1), and whether the item is reversed."""
    for scale in instrument.scales:
        if number in scale.items:
            return (-1.0 if scale.better == "lower" else 1.0), number in scale.reversed_items
    scale = instrument.scales[0]
    return (-1.0 if scale.better == "lower" else 1.0), False


class Answerer:
    """Fills in one questionnaire for a site's people; their leanings last from wave to wave."""

    def __init__(self, instrument: Instrument, people: int, rng: np.random.Generator) -> None:
        self.form = make_form(instrument)
        self.model = MODELS[instrument.id]
        self._rng = rng
        self._lasting = rng.standard_normal((people, len(self.form.columns)))
        self._item_means = self._means(instrument)

    def fill(self, people: np.ndarray, trait: np.ndarray) -> pd.DataFrame:
        """Answers of ``people`` (row numbers), one row each, given their trait on the day."""
        model, form = self.model, self.form
        shape = (len(people), len(form.columns))
        unique = np.sqrt(_LASTING) * self._lasting[people]
        unique = unique + np.sqrt(1 - _LASTING) * self._rng.standard_normal(shape)
        leaning = model.loading * np.outer(trait, form.better)
        leaning += np.sqrt(1 - model.loading**2) * unique
        width = form.maximum - form.minimum
        keyed = np.round(form.minimum + width * (self._item_means + model.sd * leaning))
        keyed = np.clip(keyed, form.minimum, form.maximum)
        answers = np.where(form.reversed, form.minimum + form.maximum - keyed, keyed)
        frame = pd.DataFrame(answers, columns=list(form.columns))
        self._skip(frame)
        return self._leave_out(frame)

    def _means(self, instrument: Instrument) -> np.ndarray:
        """Item means: evenly scattered around the model's, low for rare items."""
        count = len(self.form.columns)
        scatter = (np.arange(1, count + 1) * 0.618034) % 1 - 0.5
        good = np.where(self.form.better > 0, 1.0, -1.0)
        # Items of a scale that runs the other way (kindness among difficulties) mirror the mean.
        mirrored = good != np.sign(good.sum() or 1.0)
        means = np.where(mirrored, 1 - self.model.mean + 0.05, self.model.mean)
        means = means + 2 * self.model.spread * scatter
        rare = [
            column in self._columns(instrument, self.model.rare) for column in self.form.columns
        ]
        return np.where(rare, 0.25 * self.model.mean, means)

    @staticmethod
    def _columns(instrument: Instrument, numbers: Iterable[int]) -> set[str]:
        return {f"{instrument.id}_{number}" for number in numbers}

    def _skip(self, frame: pd.DataFrame) -> None:
        if self.model.gate is None or not len(frame):
            return
        stem = self.form.columns[0].rpartition("_")[0]
        gate = f"{stem}_{self.model.gate}"
        skipped = [f"{stem}_{n}" for n in self.model.gated if f"{stem}_{n}" in frame]
        if gate in frame and skipped:
            frame.loc[frame[gate] == 0, skipped] = np.nan

    def _leave_out(self, frame: pd.DataFrame) -> pd.DataFrame:
        blank = self._rng.random(frame.shape) < _BLANK
        unfinished = self._rng.random(len(frame)) < _UNFINISHED
        blank[np.ix_(unfinished, np.arange(frame.shape[1]) >= 2 * frame.shape[1] // 3)] = True
        return frame.mask(blank)
