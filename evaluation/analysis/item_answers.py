"""The answers of one questionnaire as a table of items, as given and as keyed.

Unlike the scoring engine this lets any number through: what is not allowed is evidence here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from instruments.definition import ITEM_RULES, Instrument, Scale


def item_table(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    """Answers as numbers, one column for each item of the questionnaire in its order.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        Columns item numbers (1 or "1"), NaN = missing; any number is let through.

    Returns
    -------
    DataFrame
        Columns item numbers (int); an item that has no column is missing throughout.

    Raises
    ------
    ValueError
        A column that is no item, or twice the same; something that is not a number.

    Examples
    --------
    >>> from instruments.registry import get
    >>> item_table(get("phq9"), pd.DataFrame({"2": [1, None]}))[[1, 2]]
        1    2
    0 NaN  1.0
    1 NaN  NaN
    """
    numbers = [item.number for item in instrument.items]
    by_label = {label: number for number in numbers for label in (number, str(number))}
    unknown = [str(label) for label in answers.columns if label not in by_label]
    if unknown:
        raise ValueError(f"answers: {instrument.id} has no items {', '.join(unknown)}")
    named = answers.set_axis([by_label[label] for label in answers.columns], axis="columns")
    if not named.columns.is_unique:
        raise ValueError(f"answers: a column of {instrument.id} is given twice")
    if list(named.columns) == numbers and (named.dtypes == np.float64).all():
        return named
    try:
        values = named.astype("Float64").to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"answers: {instrument.id} takes numbers or nothing ({error})") from error
    return pd.DataFrame(values, answers.index, named.columns).reindex(columns=numbers)


def reversed_items(instrument: Instrument, scale_id: str) -> tuple[int, ...]:
    """The items that the definition reverses for a scale, directly or through its components.

    Parameters
    ----------
    instrument : Instrument
    scale_id : str

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        There is no such scale.

    Examples
    --------
    >>> from instruments.registry import get
    >>> reversed_items(get("core_10"), "total")
    (2, 3)
    """
    scale = instrument.scale(scale_id)
    parts = [instrument.scale(part) for part in scale.components] or [scale]
    return tuple(number for part in parts for number in part.reversed_items)


def keyed_items(instrument: Instrument, scale_id: str, answers: pd.DataFrame) -> pd.DataFrame:
    """What the answers to the items of one scale count, as its definition keys them.

    Parameters
    ----------
    instrument : Instrument
    scale_id : str
    answers : DataFrame
        As for `item_table`; answers outside an item's range are turned like any other.

    Returns
    -------
    DataFrame
        One column for each item of the scale; a reversed item is minimum + maximum - answer. Where
        the definition has an item's answers count something else, they do, and those that are not
        allowed count as missing.

    Raises
    ------
    ValueError
        There is no such scale, or as for `item_table`.

    Examples
    --------
    >>> from instruments.registry import get
    >>> keyed_items(get("core_10"), "total", pd.DataFrame({1: [4.0], 2: [4.0]}))[[1, 2]]
         1    2
    0  4.0  0.0
    """
    keyed = item_table(instrument, answers)[list(instrument.item_numbers(scale_id))]
    for number in reversed_items(instrument, scale_id):
        item = instrument.item(number)
        keyed[number] = item.minimum + item.maximum - keyed[number]
    for item in (instrument.item(number) for number in keyed.columns):
        if item.scores:
            answers_allowed = range(item.minimum, item.maximum + 1)
            keyed[item.number] = keyed[item.number].map(
                dict(zip(answers_allowed, map(float, item.scores), strict=True))
            )
    return keyed


def is_sum_of_items(scale: Scale) -> bool:
    """Whether a score is, in the end, a sum or mean of its items.

    Parameters
    ----------
    scale : Scale

    Returns
    -------
    bool

    Examples
    --------
    >>> from instruments.registry import get
    >>> [is_sum_of_items(scale) for scale in get("enrich_ems_15").scales]
    [False, True, True]
    """
    return scale.rule in ITEM_RULES or scale.rule == "sum_of_scales"
