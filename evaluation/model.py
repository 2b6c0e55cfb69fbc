"""The core types, and the columns of the tables that pass between rooms."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from instruments.definition import Item

if TYPE_CHECKING:
    from evaluation.ingest.columns import choices
    from evaluation.ingest.files.cells import Upload

# A programme has thousands of rows, not millions: with texts as Python's own instead of Arrow's
# every step is a fifth quicker and the tables an eighth smaller.
pd.options.mode.string_storage = "python"

Severity = Literal["block_file", "refuse_row", "drop_cell", "ask", "note"]

# One occasion on which one person filled in questionnaires.
KEY_COLUMNS = ("site", "participant", "child", "informant", "wave", "session_number")
CHARACTERISTIC_COLUMNS = (
    "age_band", "gender", "relationship_status", "low_income", "ethnicity_group",
    "first_time_parent", "referral_route", "intervention",
)  # fmt: skip
PARTICIPANT_COLUMNS = ("site", "participant", "couple", "role", *CHARACTERISTIC_COLUMNS)
OCCASION_COLUMNS = ("completed_on", "mode", "administered_by_role")
RECORD_COLUMNS = (*KEY_COLUMNS, *OCCASION_COLUMNS)
SERVICE_USE_COLUMNS = (
    "site", "participant", "couple", "referred_on", "took_up", "started_on", "ended_on", "ending",
    "sessions_offered", "sessions_attended", "sessions_cancelled", "sessions_dna",
    "hours_offered", "hours_used", "satisfied", "met_expectations", "would_recommend",
    "worker_rating_before", "worker_rating_after",
)  # fmt: skip
# One row = one counted or yes/no outcome of a person, or of a child, at one point in time; yes is 1
# and no is 0. ``kind`` is one of INDICATOR_KINDS.
INDICATOR_COLUMNS = ("site", "participant", "child", "wave", "indicator", "kind", "value")
YES_NO, COUNT, NUMBER = "yes_no", "count", "number"
INDICATOR_KINDS = (YES_NO, COUNT, NUMBER)
SCORE_COLUMNS = (
    "site", "participant", "couple", "child", "informant", "wave", "session_number",
    "completed_on", "instrument", "scale", "score", "n_answered", "n_items", "status", "reason",
    "band",
)  # fmt: skip
EFFECT_COLUMNS = (
    "site", "subgroup", "instrument", "scale", "contrast", "n", "n_couples", "n_effective",
    "n_excluded", "mean_before", "sd_before", "mean_after", "sd_after", "r", "raw_change",
    "improvement", "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
    "d_pre", "d_z", "d_z_low", "d_z_high", "g_z", "d_av", "g_av", "d_rm", "t", "df", "p_t",
    "p_cluster", "wilcoxon_w", "p_wilcoxon", "rank_biserial", "share_improved", "display_tier",
    "reason",
)  # fmt: skip
CHANGE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "method", "reliability", "sd_used", "rc_points",
    "cutoff_type", "cutoff", "in_use", "n", "recovered", "improved", "unchanged", "deteriorated",
    "harmed", "crossed_not_reliable", "tied_with_cutoff", "clinical_at_start", "recovery_rate",
    "recovery_low", "recovery_high", "expected_by_chance", "reason",
)  # fmt: skip
# Why an answer is not there: ``part`` is an item's number or a scale's id, as text.
REASON_COLUMNS = ("record", "instrument", "part", "reason")
ATTRITION_COLUMNS = (
    "site", "step", "unit", "n", "not_eligible", "not_yet_due", "window_open", "missed", "done",
    "rate", "low", "high", "rate_if_open_fail", "rate_if_open_succeed", "cumulative_rate",
    "reason",
)  # fmt: skip

# The exact standard errors of the rows of the effects; they stay inside the program.
PRECISION_COLUMNS = (
    "site", "subgroup", "instrument", "scale", "contrast", "sd_change", "improvement_se",
    "g_pre_se",
)  # fmt: skip
SITE_COLUMNS = (
    "instrument", "scale", "contrast", "method", "k", "k_dropped", "estimate", "se", "low",
    "high", "se_hk", "low_hk", "high_hk", "tau2", "i2", "q", "df", "p_q", "prediction_low",
    "prediction_high", "unit", "reason", "tau2_low", "tau2_high",
)  # fmt: skip
SITE_ESTIMATE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "unit", "y", "v", "shrunken", "weight",
    "funnel_position", "n", "n_couples", "reason",
)  # fmt: skip
COUPLE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n_couples", "n_both", "icc_level", "icc_change",
    "deff", "both_better", "discordant", "both_worse", "reason", "both_unchanged", "opposite",
)  # fmt: skip
WAVE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n", "n_couples", "estimate", "se", "low", "high",
    "d_pre", "var_couple", "var_person", "var_residual", "icc_couple", "icc_person", "singular",
    "reason", "n_before", "n_after", "n_both", "n_scores", "df", "sd_pre", "log_likelihood",
)  # fmt: skip
MAINTENANCE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n", "n_couples", "maintained", "gain_lost",
    "late_gain", "worse_at_follow_up", "never", "lost_and_worse", "rc_points", "gain", "gain_low",
    "gain_high", "retained_share", "retained_low", "retained_high", "retained_method", "margin",
    "change", "change_se", "change_low", "change_high", "p_noninferior", "p_equivalent", "held",
    "reason",
)  # fmt: skip
ROBUSTNESS_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n", "n_couples", "improvement",
    "improvement_low", "improvement_high", "improvement_method", "g_pre", "g_pre_low",
    "g_pre_high", "g_pre_method", "n_resamples", "reason",
)  # fmt: skip

ALL_SITES = "ALL"
PRACTITIONER = "practitioner"
CONTRASTS = (
    ("baseline", "end"), ("baseline", "3m"), ("baseline", "6m"), ("end", "3m"), ("end", "6m"),
)  # fmt: skip
NAMED_WAVES = ("baseline", "session", "mid", "end", "post")
_DECISION = re.compile(
    r"(?:(reverse)|(add|subtract) ([1-9]\d*))(?: *\((\d+(?:, *\d+)*)\))?(?: at (.+))?"
)
_MONTH_WAVE = re.compile(r"^([1-9][0-9]?)m$")


def months_of(wave: str) -> int | None:
    """The number of months in a follow-up wave such as ``3m``; ``None`` for any other wave."""
    found = _MONTH_WAVE.match(wave)
    return int(found.group(1)) if found else None


def is_wave(wave: str) -> bool:
    """Whether ``wave`` is a label this program knows."""
    return wave in NAMED_WAVES or months_of(wave) is not None


def due_days(wave: str) -> int:
    """Days after the end of support at which a follow-up wave falls due (3m = 91, 6m = 183)."""
    months = months_of(wave)
    if months is None:
        raise ValueError(f"wave={wave!r}: only follow-up waves such as '3m' have a due date")
    return round(months * 365.25 / 12)


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """What a rule file says about reliable change on one measure; ``None`` = our default.

    ``norm`` and ``clinical`` are (mean, SD) of the functional and the clinical group; ``cutoff``
    is ``a``, ``b``, ``c`` or a printed boundary such as ``<= 97``.
    """

    reliability: float | None = None
    sd: Literal["own", "manual"] | float | None = None
    clinical: Literal["own", "manual"] | tuple[float, float] | None = None
    norm: tuple[float, float] | None = None
    cutoff: str | None = None


@dataclass(frozen=True, slots=True)
class Recoding:
    """A person's decision on how a file's answers to one questionnaire are to be read.

    ``reverse`` turns the answers round within the item's range; ``add`` adds ``amount``, which may
    be negative. No ``items`` means all of them, no ``sites`` all sites.
    """

    action: Literal["reverse", "add"]
    items: tuple[int, ...] = ()
    amount: int = 0
    sites: tuple[str, ...] = ()

    def applies_to(self, site: str) -> bool:
        """Whether the decision is about this site's answers."""
        return not self.sites or site.casefold() in {name.casefold() for name in self.sites}

    def read(self, number: float, item: Item) -> float:
        """The answer that a typed number stands for."""
        if self.items and item.number not in self.items:
            return number
        if self.action == "reverse":
            return item.minimum + item.maximum - number
        return number + self.amount

    @classmethod
    def parse(cls, text: str) -> Recoding:
        """The decision that `text` writes; ``ValueError`` if it is none."""
        found = _DECISION.fullmatch(text.strip())
        if not found:
            raise ValueError(f"text={text!r}: 'subtract 1' or 'reverse (18, 19)' would be allowed")
        items = tuple(int(number) for number in re.findall(r"\d+", found[4] or ""))
        sites = tuple(name.strip() for name in (found[5] or "").split(" and ") if name.strip())
        if found[1]:
            return cls("reverse", items, sites=sites)
        return cls("add", items, int(found[3]) * (1 if found[2] == "add" else -1), sites)

    @property
    def text(self) -> str:
        """As a rule file and the register of imports have it: ``reverse (18, 19) at Luton``."""
        verb = "reverse" if self.action == "reverse" else "add" if self.amount > 0 else "subtract"
        amount = "" if self.action == "reverse" else f" {abs(self.amount)}"
        items = f" ({', '.join(map(str, self.items))})" if self.items else ""
        sites = f" at {' and '.join(self.sites)}" if self.sites else ""
        return f"{verb}{amount}{items}{sites}"


# What was decided for each questionnaire; an empty tuple = the answers stay as typed.
Recodings = Mapping[str, tuple[Recoding, ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a file that a person should know of, with its place and what to do."""

    code: str
    severity: Severity
    message: str
    fix: str
    file: str
    sheet: str = ""
    cell: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Dataset:
    """Answers as given, ready to be scored.

    ``participants``: one row for each person (PARTICIPANT_COLUMNS). ``records``: one row for each
    occasion (RECORD_COLUMNS), numbered by its index. ``answers``: for each instrument id a float
    table, index = record number, columns = item numbers (int). ``supplied``: likewise, columns =
    scale ids, for scores that came without items. ``service_use``: SERVICE_USE_COLUMNS, one row
    for each person. ``reasons``: REASON_COLUMNS, one row for each answer or score that a file says
    is missing and why; an occasion may have nothing but reasons. ``indicators``:
    INDICATOR_COLUMNS, one row for each value. Blank texts are ``""``, blank numbers NaN, blank
    dates NaT.
    """

    participants: pd.DataFrame
    records: pd.DataFrame
    answers: dict[str, pd.DataFrame] = field(default_factory=dict)
    supplied: dict[str, pd.DataFrame] = field(default_factory=dict)
    service_use: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(SERVICE_USE_COLUMNS))
    )
    reasons: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(REASON_COLUMNS))
    )
    synthetic: bool = False
    indicators: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    )

    @property
    def answered(self) -> pd.DataFrame:
        """The records without those that hold nothing but reasons why there is no answer."""
        if self.reasons.empty:
            return self.records
        given: set[int] = set()
        for table in (*self.answers.values(), *self.supplied.values()):
            given.update(table.index[table.notna().any(axis=1)])
        silent = set(self.reasons["record"]) - given
        return self.records[~self.records.index.isin(silent)]

    def of_records(self, records: pd.DataFrame) -> Dataset:
        """These records with their answers; the people and everything else as they are."""

        def kept(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
            chosen = {name: t[t.index.isin(records.index)] for name, t in tables.items()}
            return {name: table for name, table in chosen.items() if len(table)}

        return replace(
            self,
            records=records,
            answers=kept(self.answers),
            supplied=kept(self.supplied),
            reasons=self.reasons[self.reasons["record"].isin(records.index)],
        )

    def of_sites(self, sites: Collection[str]) -> Dataset:
        """Everything about these sites (by name), and nothing about any other."""
        chosen = self.of_records(rows_of_sites(self.records, sites))
        return replace(
            chosen,
            participants=rows_of_sites(self.participants, sites),
            service_use=rows_of_sites(self.service_use, sites),
            indicators=rows_of_sites(self.indicators, sites),
        )


def rows_of_sites(table: pd.DataFrame, sites: Collection[str]) -> pd.DataFrame:
    """Rows whose ``site`` is one of these (by name); names of others do not stay behind."""
    chosen = table[table["site"].isin(list(sites))]
    if isinstance(chosen["site"].dtype, pd.CategoricalDtype):
        chosen = chosen.assign(site=chosen["site"].cat.remove_unused_categories())
    return chosen


@dataclass(frozen=True, slots=True)
class CellCount:
    """Cells that hold anything: ``read`` = ``used`` + ``refused`` + ``left_out``."""

    read: int = 0
    used: int = 0
    refused: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One uploaded file: its name, its fingerprint, and how much of it could be used."""

    name: str
    sha256: str
    rows_read: int
    rows_accepted: int
    records: int
    cells: CellCount = CellCount()


@dataclass(frozen=True)
class ImportReport:
    """What was understood of one upload (one or more files): the good rows, every problem.

    ``typed`` holds the numbers of the accepted rows as typed, also those that are no answers: what
    tells how a questionnaire was coded; ``typed_sites`` whose they are. ``sources``: file, sheet
    and row of each record. ``decisions`` says in words what a person decided on the coding.
    ``questions`` are open; ``mapping`` is how the files were read; ``understood`` says it in a
    sentence for each table that is not the canonical spreadsheet. ``uploads``: the files as typed.
    """

    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    dataset: Dataset
    typed: dict[str, pd.DataFrame] = field(default_factory=dict)
    typed_sites: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    decisions: tuple[str, ...] = ()
    questions: tuple[choices.Question, ...] = ()
    mapping: choices.Mapping | None = None
    understood: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a file cannot be used at all, so that nothing may be stored or written."""
        return any(p.severity == "block_file" for p in self.problems)

    @property
    def needs_attention(self) -> bool:
        """Whether a person has something to correct or to answer."""
        return any(p.severity != "note" for p in self.problems)
