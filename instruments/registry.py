"""The questionnaires this program knows, and how a spreadsheet names their items and scores."""

from __future__ import annotations

import re

from instruments import (
    coparenting,
    core,
    core_short,
    core_special,
    crs,
    csi,
    das,
    enrich,
    hads,
    pam,
    parenting,
    phq,
    relationship,
    sdq,
    wemwbs,
)
from instruments.definition import Instrument

_INSTRUMENTS: tuple[Instrument, ...] = (
    das.DAS_32,
    das.RDAS_14,
    das.DAS_7,
    das.DAS_4,
    enrich.ENRICH_EMS_15,
    enrich.ENRICH_COUPLE_SCALES_35,
    csi.CSI_32,
    csi.CSI_16,
    csi.CSI_4,
    relationship.QMI_6,
    relationship.RDS_8,
    relationship.RAS_7,
    relationship.RQ_9,
    pam.PAM_20,
    crs.CRS_35,
    crs.CRS_BRIEF_14,
    coparenting.AHRONS_QCCS_10,
    coparenting.OPS_10,
    coparenting.PPC_16,
    coparenting.CPIC_48,
    coparenting.ACRIMONY_25,
    parenting.PARENTAL_STRESS_SCALE_18,
    parenting.PARENTING_SCALE_30,
    phq.PHQ9,
    phq.GAD7,
    core.CORE_OM,
    core.CORE_10,
    core_short.CORE_5,
    core_special.CORE_6D,
    core_short.CORE_SF_A,
    core_short.CORE_SF_B,
    core_special.GP_CORE,
    core_special.YP_CORE,
    hads.HADS,
    wemwbs.WEMWBS,
    wemwbs.SWEMWBS,
    sdq.SDQ_PARENT_4_17,
    sdq.SDQ_TEACHER_4_17,
    sdq.SDQ_SELF_11_17,
    sdq.SDQ_2_4,
)
_ITEM_NUMBER = re.compile(r"[0-9]{1,4}")


def all_instruments() -> tuple[Instrument, ...]:
    """Every questionnaire that a spreadsheet may name, in the order in which screens list them.

    Those that cannot be scored yet are among them, so that their answers are kept and the reason
    is told; `readiness` says which. The SDQ added value has no columns of its own and is not here.
    """
    return _INSTRUMENTS


def readiness(instrument: Instrument) -> str:
    """Whether a questionnaire is scored from answers, and what it waits for if it is not.

    Parameters
    ----------
    instrument : Instrument
        As built in, or as a rule file configures it.

    Returns
    -------
    str
        One or two sentences for a screen.

    Examples
    --------
    >>> readiness(get("phq9"))
    'Scored from answers.'
    >>> readiness(get("das_7")).partition(":")[0]
    'Not scored until somebody has compared the form with the definition here'
    """
    needs = {scale.needs for scale in instrument.scales}
    if "verification" in needs:
        return (
            "Not scored until somebody has compared the form with the definition here: its key or "
            f"its answers were not found in print. Then name {instrument.id} under 'verified' in "
            "the rule file."
        )
    if needs == {"key"}:
        return (
            "Listed, but not scored from answers: its key is not public. Scores that were worked "
            "out elsewhere are taken as they are."
        )
    sentences = ["Scored from answers."]
    if "table" in needs:
        sentences.append("A score that is read from a table which is not public waits for it.")
    if not any(scale.may_be_headline and not scale.needs for scale in instrument.scales):
        sentences.append("Its key is not verified, so it never stands at the top of a page.")
    return " ".join(sentences)


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
