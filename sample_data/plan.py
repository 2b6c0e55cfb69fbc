"""The synthetic programme as data: what each site offers, to whom, and what it asks.

The sites and their kinds of support follow the published descriptions of the Local Family Offer
(Innovation Unit and OnePlusOne, 2017; Callanan et al., EIF, 2017). Sizes, effects, dates and, where
a site used a measure that is not supported here, the measure are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

DEFAULT_SEED = 2017
DATA_LOCK = date(2018, 3, 31)
# Questionnaires about the relationship with the present partner: not given to lone parents.
CHILD_INSTRUMENT = "sdq_parent_4_17"
COUPLE_INSTRUMENTS = frozenset({"das_32", "enrich_ems_15", "enrich_couple_scales_35"})


@dataclass(frozen=True, slots=True)
class Support:
    """One kind of support: its planned length, and the questionnaires that go with it.

    With ``every_session`` the adult questionnaires are filled in at each session and there is no
    separate baseline: session 1 is it.
    """

    name: str
    weeks: int
    sessions: int
    hours_per_session: float
    instruments: tuple[str, ...]
    share: float
    every_session: bool = False
    fathers_only: bool = False


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One pilot site.

    ``people`` are those referred. ``effect`` multiplies the programme's mean gain: 0 is a site
    where nothing changes. ``start`` moves everybody's starting point, in standard deviations.
    ``both``, ``one`` and ``lone`` are the shares of families in which both partners come, one
    partner comes alone, and there is only one parent.
    """

    name: str
    code: str
    people: int
    supports: tuple[Support, ...]
    follow_ups: tuple[str, ...]
    first_referral: date
    last_referral: date
    effect: float
    start: float = 0.0
    both: float = 0.60
    one: float = 0.22
    lone: float = 0.18
    mid_wave: bool = False
    worker_ratings: bool = False

    def __post_init__(self) -> None:
        if abs(self.both + self.one + self.lone - 1) > 1e-9:
            raise ValueError(f"{self.name}: both, one and lone must add up to 1")
        if abs(sum(support.share for support in self.supports) - 1) > 1e-9:
            raise ValueError(f"{self.name}: the shares of the kinds of support must add up to 1")
        for support in self.supports:
            if self.lone and set(support.instruments) <= COUPLE_INSTRUMENTS:
                raise ValueError(f"{self.name}: {support.name} asks lone parents nothing")

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every questionnaire the site uses, in the order first named."""
        named = [name for support in self.supports for name in support.instruments]
        return tuple(dict.fromkeys(named))


SITES: tuple[SitePlan, ...] = (
    SitePlan(
        name="Blackburn with Darwen", code="BLB", people=110, effect=0.8, start=0.1,
        supports=(
            Support("Co-parenting group", 8, 8, 2.0, ("core_10", "swemwbs"), 0.6),
            Support("Couple counselling", 10, 8, 1.0, ("core_10", "swemwbs"), 0.4),
        ),
        follow_ups=("3m",), mid_wave=True, worker_ratings=True,
        first_referral=date(2016, 3, 1), last_referral=date(2018, 3, 16),
    ),
    SitePlan(
        name="Blackpool", code="BLP", people=90, effect=0.0, start=-0.1,
        supports=(
            Support("Family champion", 6, 5, 1.0, ("swemwbs",), 0.7),
            Support("Group for fathers", 8, 8, 2.0, ("swemwbs",), 0.3, fathers_only=True),
        ),
        follow_ups=("3m",), both=0.45, one=0.25, lone=0.30,
        first_referral=date(2016, 5, 2), last_referral=date(2018, 1, 31),
    ),
    SitePlan(
        name="Croydon", code="CRO", people=190, effect=1.0, start=-0.2,
        supports=(
            Support("Gateway relationship support", 8, 6, 1.0, ("das_32", "phq9"), 0.55),
            Support("Parents as Partners", 16, 16, 2.5, ("das_32", "phq9"), 0.45),
        ),
        follow_ups=("6m",),
        first_referral=date(2016, 2, 1), last_referral=date(2017, 12, 15),
    ),
    SitePlan(
        name="Dorset", code="DOR", people=150, effect=0.9, start=0.1,
        supports=(
            Support("Relationship navigator", 8, 5, 1.0, ("das_32", "swemwbs"), 0.4),
            Support("School drop-in", 6, 4, 1.0, ("swemwbs", "sdq_parent_4_17"), 0.3),
            Support(
                "Couple counselling", 12, 10, 1.0, ("das_32", "swemwbs", "sdq_parent_4_17"), 0.3,
            ),
        ),
        follow_ups=("3m",),
        first_referral=date(2016, 4, 4), last_referral=date(2018, 2, 9),
    ),
    SitePlan(
        name="Essex", code="ESS", people=130, effect=0.7, start=0.15,
        supports=(
            Support("Couple coaching", 8, 6, 1.0, ("core_10", "swemwbs"), 0.6),
            Support("Group for parents of under-fives", 10, 10, 2.0, ("swemwbs",), 0.4),
        ),
        follow_ups=("3m",),
        first_referral=date(2016, 3, 14), last_referral=date(2018, 2, 23),
    ),
    SitePlan(
        name="Gateshead", code="GAT", people=120, effect=1.1, start=0.0,
        supports=(
            Support("Relationship counselling", 10, 8, 1.0, ("das_32",), 0.6),
            Support("Parents as Partners", 16, 16, 2.5, ("das_32",), 0.4),
        ),
        follow_ups=("6m",), both=0.75, one=0.25, lone=0.0,
        first_referral=date(2016, 2, 15), last_referral=date(2018, 1, 12),
    ),
    SitePlan(
        name="Hertfordshire", code="HRT", people=120, effect=0.6, start=0.1,
        supports=(
            Support("Conflict mediation", 6, 4, 1.5, ("core_10", "swemwbs"), 0.6),
            Support("Brief Encounters", 4, 3, 1.0, ("swemwbs",), 0.4),
        ),
        follow_ups=("3m", "6m"),
        first_referral=date(2016, 5, 16), last_referral=date(2018, 3, 26),
    ),
    SitePlan(
        name="Lambeth", code="LAM", people=8, effect=0.8, start=-0.4,
        supports=(Support("Caring Dads", 17, 17, 2.0, ("core_10",), 1.0, fathers_only=True),),
        follow_ups=("3m",), both=0.0, one=0.5, lone=0.5, worker_ratings=True,
        first_referral=date(2016, 9, 5), last_referral=date(2017, 9, 4),
    ),
    SitePlan(
        name="Luton", code="LUT", people=390, effect=1.0, start=-0.05,
        supports=(
            Support(
                "Relate counselling", 9, 7, 1.0,
                ("enrich_couple_scales_35", "phq9", "sdq_parent_4_17"), 0.5, every_session=True,
            ),
            Support("Me, You and Baby Too", 6, 6, 1.5, ("enrich_couple_scales_35", "phq9"), 0.25),
            Support(
                "Parents as Partners", 16, 16, 2.5,
                ("enrich_couple_scales_35", "phq9", "sdq_parent_4_17"), 0.25,
            ),
        ),
        follow_ups=("3m", "6m"), both=0.66, one=0.20, lone=0.14, worker_ratings=True,
        first_referral=date(2016, 2, 1), last_referral=date(2018, 3, 23),
    ),
    SitePlan(
        name="Manchester", code="MAN", people=260, effect=1.15, start=0.0,
        supports=(
            Support(
                "Parents as Partners", 16, 16, 2.5, ("das_32", "wemwbs", "sdq_parent_4_17"), 0.8,
            ),
            Support("Couple counselling", 10, 8, 1.0, ("das_32", "wemwbs"), 0.2),
        ),
        follow_ups=("6m",), both=0.66, one=0.20, lone=0.14,
        first_referral=date(2016, 2, 8), last_referral=date(2018, 1, 19),
    ),
    SitePlan(
        name="Newcastle upon Tyne", code="NEW", people=180, effect=1.0, start=-0.1,
        supports=(
            Support("Relate fast track", 10, 8, 1.0, ("core_om",), 0.6),
            Support("Parenting group", 10, 10, 2.0, ("wemwbs", "sdq_parent_4_17"), 0.4),
        ),
        follow_ups=("3m",), worker_ratings=True,
        first_referral=date(2016, 2, 22), last_referral=date(2018, 2, 12),
    ),
    SitePlan(
        name="Westminster", code="WES", people=80, effect=1.25, start=0.05,
        supports=(
            Support("Parents as Partners", 16, 16, 2.5, ("enrich_ems_15", "wemwbs"), 0.75),
            Support("Engaging absent parents", 8, 6, 1.0, ("wemwbs",), 0.25),
        ),
        follow_ups=("6m",),
        first_referral=date(2016, 4, 18), last_referral=date(2018, 1, 26),
    ),
)  # fmt: skip
