"""Which reliability, SD, norms and cut-offs the individual change of a scale is worked out with.

A rule file may say so; what it leaves open comes from the questionnaire's definition or from the
sample itself. Every number keeps its origin, so that a page can print it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from evaluation.model import ChangeRule
from instruments.definition import Better, Cutoff, Scale

Origin = Literal["rule file", "manual", "published", "own", "computed"]
ComputedType = Literal["a", "b", "c"]
MeanAndSd = tuple[float, float]
AnyCutoff = Cutoff | float | None

PREFERENCE = ("published", "c", "b", "a")
_PRINTED_CUTOFF = re.compile(r"^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True, slots=True)
class Source:
    """One number, or a mean with its SD, that went into a result, and where it came from.

    ``own`` is the sample itself. ``text`` says more of it: the kind of a reliability, or a printed
    boundary with its comparison.
    """

    values: tuple[float, ...]
    origin: Origin
    citation: str = ""
    evidence: str = ""
    text: str = ""


def direction_of(better: Better) -> int:
    """1 where higher scores are better, -1 where lower scores are; improvement is then positive."""
    if better not in ("higher", "lower"):
        raise ValueError(f"better={better!r}: allowed are 'higher' and 'lower'")
    return 1 if better == "higher" else -1


def compute_cutoffs(
    *, better: Better, clinical: MeanAndSd | None = None, functional: MeanAndSd | None = None
) -> dict[ComputedType, float]:
    r"""The cut-offs a, b and c of Jacobson and Truax, as far as they are defined.

    Parameters
    ----------
    better : {"higher", "lower"}
        Which end of the scale is better.
    clinical, functional : (mean, sd), optional
        People in difficulty, and people in general. ``a`` needs the first, ``b`` the second,
        ``c`` both, and at least one of their SDs above 0.

    Returns
    -------
    dict
        The cut-off in points for each of ``a``, ``b``, ``c`` that is defined.

    Raises
    ------
    ValueError
        If ``better`` is not a direction.

    Notes
    -----
    With direction :math:`k = \pm 1`:

    .. math:: a = M_c + 2 k s_c, \quad b = M_f - 2 k s_f, \quad
              c = \frac{s_c M_f + s_f M_c}{s_c + s_f}

    ``b`` takes the SD of the functional population; at least one R package takes the clinical
    one there, and so differs.

    References
    ----------
    Jacobson & Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> compute_cutoffs(better="higher", clinical=(80.0, 10.0), functional=(110.0, 20.0))
    {'a': 100.0, 'b': 70.0, 'c': 90.0}
    """
    direction = direction_of(better)
    found: dict[ComputedType, float] = {}
    if clinical is not None:
        found["a"] = clinical[0] + direction * 2 * clinical[1]
    if functional is not None:
        found["b"] = functional[0] - direction * 2 * functional[1]
    if clinical is not None and functional is not None and clinical[1] + functional[1] > 0:
        weighted = clinical[1] * functional[0] + functional[1] * clinical[0]
        found["c"] = weighted / (clinical[1] + functional[1])
    return found


def find_sources(
    before: NDArray[np.float64], *, scale: Scale, rule: ChangeRule
) -> dict[str, Source]:
    """The numbers the formulas need, each with its origin; what is not to be had is not there."""
    own = _own_mean_and_sd(before)
    functional = _published_norm(scale, "functional")
    if rule.norm is not None:
        functional = Source(rule.norm, "rule file")
    clinical = own
    if rule.clinical == "manual":
        clinical = _published_norm(scale, "clinical")
    elif isinstance(rule.clinical, tuple):
        clinical = Source(rule.clinical, "rule file")
    found = {
        "reliability": _reliability(scale, rule),
        "sd": _sd(scale, rule, own=own, functional=functional),
        "clinical": clinical,
        "functional": functional,
    }
    return {name: source for name, source in found.items() if source is not None}


def find_cutoffs(
    used: Mapping[str, Source], *, scale: Scale, rule: ChangeRule
) -> dict[str, AnyCutoff]:
    """Every cut-off that is to be had; a boundary in the rule file stands for the published one."""
    found: dict[str, AnyCutoff] = {}
    published = scale.published_cutoff
    if rule.cutoff is not None and rule.cutoff not in ("a", "b", "c"):
        published = _printed_cutoff(rule.cutoff)
    if published is not None:
        found["published"] = published
    return found | compute_cutoffs(
        better=scale.better,
        clinical=_pair(used.get("clinical")),
        functional=_pair(used.get("functional")),
    )


def choose_cutoff(rule: ChangeRule, there: Mapping[str, AnyCutoff]) -> str:
    """The cut-off in use: what the rule file says even if it is not to be had, else the best."""
    if rule.cutoff in ("a", "b", "c"):
        return rule.cutoff
    return next((kind for kind in PREFERENCE if kind in there), "")


def explain_missing_cutoff(kind: str, used: Mapping[str, Source], *, rule: ChangeRule) -> str:
    """Why a cut-off cannot be worked out: too few people, no norm, or no spread at all."""
    if kind in ("a", "c") and "clinical" not in used and rule.clinical != "manual":
        return "N1"
    if kind == "c" and {"clinical", "functional"} <= set(used):
        return "SD0"
    return "NORM_MISSING"


def describe_cutoff(cutoff: Cutoff | float, *, rule: ChangeRule) -> Source:
    """Where the cut-off in use came from."""
    if not isinstance(cutoff, Cutoff):
        return Source((cutoff,), "computed")
    if rule.cutoff is not None:
        return Source((cutoff.value,), "rule file", text=cutoff.text)
    return Source((cutoff.value,), "published", cutoff.citation, cutoff.evidence, cutoff.text)


def list_warnings(used: Mapping[str, Source]) -> tuple[str, ...]:
    """Codes for what was used although it is only known from memory."""
    codes = {"reliability": "REL_UNVERIFIED", "sd": "SD_UNVERIFIED"}
    unverified = {name for name, source in used.items() if source.evidence == "unverified"}
    return tuple(code for name, code in codes.items() if name in unverified)


def _own_mean_and_sd(scores: NDArray[np.float64]) -> Source | None:
    if len(scores) < 2:
        return None
    # Equal scores have no spread, also where rounding of their mean would leave a trace of one.
    sd = 0.0 if np.ptp(scores) == 0 else float(np.std(scores, ddof=1))
    return Source((float(np.mean(scores)), sd), "own")


def _published_norm(scale: Scale, group: Literal["functional", "clinical"]) -> Source | None:
    found = scale.norm(group)
    if found is None:
        return None
    return Source((found.mean, found.sd), "published", found.citation, found.evidence)


def _reliability(scale: Scale, rule: ChangeRule) -> Source | None:
    if rule.reliability is not None:
        return Source((rule.reliability,), "rule file")
    if not scale.reliability:
        return None
    graded = [entry for entry in scale.reliability if entry.evidence != "unverified"]
    best = (graded or scale.reliability)[0]
    return Source((best.value,), "published", best.citation, best.evidence, best.kind)


def _sd(
    scale: Scale, rule: ChangeRule, *, own: Source | None, functional: Source | None
) -> Source | None:
    """The SD of the formula; one that was asked for is never replaced by another kind."""
    if isinstance(rule.sd, int | float):
        return Source((float(rule.sd),), "rule file")
    manual = _manual_sd(scale, rule, functional=functional)
    if rule.sd == "manual":
        return manual
    if rule.sd is None and scale.manual_sd is not None:
        return manual
    return None if own is None else replace(own, values=own.values[1:])


def _manual_sd(scale: Scale, rule: ChangeRule, *, functional: Source | None) -> Source | None:
    """The manual's SD; a rule file that asks for it and gives a norm means the norm's SD."""
    given = rule.sd == "manual" and rule.norm is not None
    if scale.manual_sd is not None and not given:
        there = scale.manual_sd
        return Source((there.value,), "manual", there.citation, there.evidence)
    return None if functional is None else replace(functional, values=functional.values[1:])


def _pair(source: Source | None) -> MeanAndSd | None:
    return None if source is None else (source.values[0], source.values[1])


def _printed_cutoff(text: str) -> Cutoff:
    found = _PRINTED_CUTOFF.match(text)
    if not found:
        raise ValueError(f"cutoff={text!r}: allowed are a, b, c or a boundary such as '<= 97'")
    comparison = cast(Literal["<=", "<", ">=", ">"], found.group(1))
    return Cutoff(float(found.group(2)), comparison, "rule file", "confirmed")
