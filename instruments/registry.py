"""The questionnaires this program knows, and how a spreadsheet names their items and scores."""

from __future__ import annotations

import re

from instruments import core, das, enrich, phq, sdq, wemwbs
from instruments.definition import Instrument

_INSTRUMENTS: tuple[Instrument, ...] = (
    das.DAS_32,
    enrich.ENRICH_EMS_15,
    enrich.ENRICH_COUPLE_SCALES_35,
    phq.PHQ9,
    core.CORE_OM,
    core.CORE_10,
    wemwbs.WEMWBS,
    wemwbs.SWEMWBS,
    sdq.SDQ_PARENT_4_17,
)
_ITEM_NUMBER = re.compile(r"[0-9]{1,4}")


def all_instruments() -> tuple[Instrument, ...]:
    """Every built-in questionnaire, in the order in which screens list them."""
    return _INSTRUMENTS


def get(instrument_id: str) -> Instrument:
    """The built-in questionnaire with that id.

    Raises
    ------
    ValueError
        There is none; the message lists the ids there are.

    Examples
    --------
    >>> get("phq9").short_name
    'PHQ-9'
    """
    for instrument in _INSTRUMENTS:
        if instrument.id == instrument_id:
            return instrument
    allowed = ", ".join(instrument.id for instrument in _INSTRUMENTS)
    raise ValueError(f"instrument_id={instrument_id!r}: the questionnaires are {allowed}")


def match_column(
    header: str, extra: tuple[Instrument, ...] = ()
) -> tuple[Instrument, int | str] | None:
    """The questionnaire and the item number or scale id that a spreadsheet header names.

    Case and outer blanks are ignored. The longest questionnaire id that fits wins. Questionnaires
    in ``extra`` are known besides the built-in ones, and stand in for one of the same id.

    Returns
    -------
    (Instrument, int or str) or None
        ``None`` where the header names no item and no scale.

    Examples
    --------
    >>> instrument, item = match_column(" CORE_10_1 ")
    >>> instrument.id, item
    ('core_10', 1)
    >>> match_column("sdq_parent_4_17_total")[1]
    'total_difficulties'
    >>> match_column("phq9_10") is None
    True
    """
    name = header.strip().casefold()
    by_id = {instrument.id.casefold(): instrument for instrument in (*_INSTRUMENTS, *extra)}
    fitting = [id_ for id_ in by_id if name.startswith(f"{id_}_")]
    if not fitting:
        return None
    longest = max(fitting, key=len)
    part = _part(by_id[longest], name[len(longest) + 1 :])
    return None if part is None else (by_id[longest], part)


def _part(instrument: Instrument, name: str) -> int | str | None:
    if _ITEM_NUMBER.fullmatch(name):
        numbers = {item.number for item in instrument.items}
        return int(name) if int(name) in numbers else None
    for scale in instrument.scales:
        if name in (scale.id.casefold(), *scale.aliases):
            return scale.id
    return None
