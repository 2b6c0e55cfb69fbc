"""What shows only when an upload's answers are looked at together, before anything is stored.

Do the answers look as if they were coded as the form expects? Does a given score agree with its
answers? The review asks and tells; it changes nothing. A person's decision travels with the
import.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from evaluation.analysis.keying import KeyingFinding, check_keying
from evaluation.ingest.problems import Place, make_problem
from evaluation.model import ImportReport, Problem
from evaluation.report.keying_wording import describe
from evaluation.scores import differing_totals
from instruments.definition import Instrument

# A site with this many questionnaires and nothing odd in them is taken to be coded rightly.
ENOUGH_TO_JUDGE = 50
# With more sites than a programme has, the column of sites holds something else.
MOST_SITES_JUDGED = 150


def review(
    report: ImportReport, instruments: dict[str, Instrument], *, decided: Collection[str] = ()
) -> tuple[ImportReport, list[KeyingFinding]]:
    """The report with what there is to know, and the doubts on which a person can decide.

    Questionnaires already ``decided`` raise no doubt. A screen asks the doubts itself;
    `with_doubts` writes them into the report for those who only read it.
    """
    if report.blocked:
        return report, []
    found = [
        finding
        for name, typed in report.typed.items()
        if name not in decided
        for finding in _findings_of(instruments[name], typed, report.typed_sites)
    ]
    # Answers outside the range have been told one by one.
    seen = [
        make_problem("coding_seen", _place(report), value=describe(f))
        for f in found
        if not f.choices and f.kind != "outside_range"
    ]
    notes = _differing_scores(report, instruments)
    told = replace(report, problems=(*report.problems, *notes, *seen))
    return told, [f for f in found if f.choices]


def with_doubts(report: ImportReport, doubts: list[KeyingFinding]) -> ImportReport:
    """The report with a question for each doubt about coding."""
    asked = tuple(
        make_problem("coding", _place(report), value=describe(f), decision=_as_rule(f))
        for f in doubts
    )
    return replace(report, problems=(*report.problems, *asked))


def _place(report: ImportReport) -> Place:
    return Place(report.files[0].name if len(report.files) == 1 else "")


def _as_rule(finding: KeyingFinding) -> str:
    return f"{finding.instrument}: [{finding.choices[0].text}]"


def _findings_of(
    instrument: Instrument, typed: pd.DataFrame, sites: pd.Series
) -> list[KeyingFinding]:
    """Of all sites together where they agree, else of each site on its own.

    One site's coding neither hides another's nor is put right for it.
    """
    typed = typed.dropna(how="all")
    own = sites.reindex(typed.index)
    together = check_keying(instrument, typed)
    if not 1 < own.nunique() <= MOST_SITES_JUDGED:
        return together
    by_site = {
        str(site): (len(rows), check_keying(instrument, rows))
        for site, rows in typed.groupby(own, sort=False)
    }
    sound = [site for site, (n, found) in by_site.items() if n >= ENOUGH_TO_JUDGE and not found]
    if together and not sound:
        return together
    return [
        replace(finding, sites=(site,)) for site, (_, found) in by_site.items() for finding in found
    ]


def _differing_scores(report: ImportReport, instruments: dict[str, Instrument]) -> list[Problem]:
    notes = []
    for record, instrument_id, scale_id, given, computed in differing_totals(
        report.dataset, instruments
    ):
        source = report.sources.loc[record]
        place = Place(source["file"], source["sheet"], int(source["row"]))
        label = instruments[instrument_id].scale(scale_id).label
        notes.append(
            make_problem("total_differs", place, value=given, expected=f"{computed:g}", what=label)
        )
    return notes
