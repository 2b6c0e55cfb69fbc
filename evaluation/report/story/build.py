"""The report of one site, or of the programme, from its released numbers."""

from __future__ import annotations

import datetime as dt

from evaluation import __version__
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import held_back_wording, wording
from evaluation.report.findings import (
    change_finding,
    conclusion_finding,
    headline_findings,
    last_step,
)
from evaluation.report.measures import rows_of, sites_with_data, unit_of
from evaluation.report.story import method, people
from evaluation.report.story.measures import change_section
from evaluation.report.story.model import Block, Bullets, Paragraph, Section, Story
from evaluation.report.story.released import Released, released_tables
from evaluation.report.wording import Row
from evaluation.tables.contradictions import NOBODY_LOOKED, Looked

PROGRAMME = "The whole programme"
MOST_FOR_SENSITIVITY = 3
FURTHER_MEASURES = 2
THE_CONCLUSION = "'The conclusion' is whether scores changed on average, and which way."
SMALL = (
    "Too few people have answered here for numbers to be shown: a report travels, and small "
    "numbers could tell who is meant. What can be said is below: what was measured, how it would "
    "be worked out, and what such numbers cannot tell. Whoever may see this site's own page finds "
    "its numbers there."
)


def build_story(
    results: Results,
    site: str = ALL_SITES,
    *,
    looked: Looked = NOBODY_LOOKED,
    made_at: dt.datetime | None = None,
    snapshot: int | None = None,
    made_by: str = "",
) -> Story:
    """The report of one site by its name, or of all sites together (``ALL``).

    Parameters
    ----------
    results : Results
    site : str
        Name of a site with data, or ``ALL``.
    looked : collection of (str, str)
        Sites (or ``ALL``) and measures of which somebody has compared the answers with the form.
        Of others that contradict the rest no change is told.
    made_at : datetime, optional
        When it was asked for; now.
    snapshot : int, optional
        The state of the store that the results are of.
    made_by : str
        Who asked for it; blank where there is no sign-in.

    Raises
    ------
    ValueError
        If no data of the site are known; ``ReleaseError`` if a table in it must not leave.
    """
    if site != ALL_SITES and site not in sites_with_data(results).values():
        raise ValueError(f"site={site!r}: a site with data, or {ALL_SITES!r}, is needed")
    released = released_tables(results, site, looked=looked)
    looked_at = _sensitivity(released)
    sections = [
        _in_short(released, looked_at),
        change_section(released),
        people.heard_from_section(released),
        people.lost_section(released),
        people.conclusion_section(released, looked_at),
        people.evidence_section(released, released.headline),
        people.service_section(released),
        method.method_section(released, released.measures),
        method.limits_section(whole=released.whole),
    ]
    body = tuple(section for section in sections if section is not None)
    glossary = method.glossary_section(body)
    where = PROGRAMME if released.whole else site
    return Story(
        title=f"Distance travelled: {where}",
        subtitle=f"Data up to {wording.british_date(results.data_lock)}",
        site=site,
        facts=_facts(results, made_at, snapshot, made_by),
        sections=(*body, glossary) if glossary else body,
        notice=wording.SYNTHETIC if results.synthetic else "",
        decision=released.decision,
    )


def _facts(
    results: Results, made_at: dt.datetime | None, snapshot: int | None, made_by: str
) -> tuple[tuple[str, str], ...]:
    settings = results.settings
    day = made_at or dt.datetime.now(dt.UTC)
    rules = f"rule file {settings.sha256[:12]}" if settings.text else "the program's own defaults"
    facts = [
        ("Data up to", wording.british_date(results.data_lock)),
        ("Made on", f"{wording.british_date(day)}{f' by {made_by}' if made_by else ''}"),
        ("Made with", f"Distance Travelled, version {__version__}; {rules}"),
    ]
    if snapshot is not None:
        facts.append(("State of the data", f"number {snapshot}"))
    facts.append(("Small numbers", wording.released_text(settings.disclosure)))
    return tuple(facts)


def _sensitivity(released: Released) -> list[tuple[str, list[Row]]]:
    """The measures that are looked at for those lost, the headline measure first.

    None whose answers are in doubt. For the programme that is one: every site has to be worked
    out for it.
    """
    headline = released.headline
    others = [m for m in released.measures if m != headline and released.is_shown(m)]
    chosen = [m for m in (headline, *others) if m is not None and not released.doubt(m)]
    found = []
    for measure in chosen[: 1 if released.whole else MOST_FOR_SENSITIVITY]:
        main = released.main_row(measure)
        rows = released.sensitivity(main) if main is not None else []
        if rows:
            found.append((measure, rows))
    return found


def _in_short(released: Released, looked_at: list[tuple[str, list[Row]]]) -> Section:
    """The headline findings; for the programme the change on a few measures, by their sites."""
    headline = released.headline
    rows = next((rows for measure, rows in looked_at if measure == headline), [])
    texts = _headline_texts(released, rows)
    blocks: list[Block] = [Paragraph(text, "warning") for text in _warnings(released)]
    if headline is None or not released.is_shown(headline):
        blocks.append(Paragraph(SMALL, "warning"))
    if texts:
        blocks.append(Bullets(tuple(texts)))
    if conclusion_finding(rows):
        blocks.append(Paragraph(THE_CONCLUSION, "note"))
    blocks.append(Paragraph(wording.NOT_CAUSE))
    return Section("In short", tuple(blocks))


def _warnings(released: Released) -> list[str]:
    """What is held back: the headline measure's change, and sites that the programme includes."""
    doubt = released.doubt(released.headline) if released.headline else ""
    own = [f"{doubt} {held_back_wording.WAITS}"] if doubt else []
    sites = held_back_wording.programme_warning(released.sites_in_doubt())
    return [*own, sites] if sites else own


def _headline_texts(released: Released, rows: list[Row]) -> list[str]:
    """The findings as sentences; of answers that are in doubt no change and no conclusion."""
    headline = released.headline
    told = headline is not None and not released.doubt(headline)
    main = released.main_row(headline) if headline and told else None
    instrument, scale = released.scale(headline) if headline and told else (None, None)
    found = headline_findings(
        effect=main,
        scale=scale,
        change=None if main is None else released.change_row(main),
        cascade=released.cascade,
        sensitivity=rows,
        lost=people.lost_sentence_of(released, last_step(released.cascade)),
        level=released.results.settings.level,
        unit=unit_of(instrument) if instrument else wording.PERSON,
    )
    texts = [finding.text for finding in found]
    if headline is None or not (released.whole or released.doubt(headline)):
        return texts
    if not told:
        return [*_further(released), *texts]
    texts = [_with_sites(released, headline, texts[0]), *_further(released), *texts[1:]]
    return _named(texts, scale.label if scale else "", conclusion_finding(rows))


def _further(released: Released) -> list[str]:
    """The change on the next measures by how many answered them."""
    shown = [
        (released.main_row(measure), measure)
        for measure in released.measures
        if measure != released.headline
        and released.is_shown(measure)
        and not released.doubt(measure)
        and released.scale(measure)[1].may_be_headline
    ]
    largest = sorted(shown, key=lambda one: -float(one[0]["n"] or 0) if one[0] else 0.0)
    level = released.results.settings.level
    found = []
    for row, measure in largest[:FURTHER_MEASURES]:
        instrument, scale = released.scale(measure)
        if row is not None:
            text = change_finding(row, scale, level=level, unit=unit_of(instrument))
            found.append(_with_sites(released, measure, text))
    return found


def _with_sites(released: Released, measure: str, text: str) -> str:
    """At how many sites it was measured, hidden ones included, and at which it is in doubt."""
    n = rows_of(released.beside, measure)["site"].nunique()
    used = f"It was used at {wording.people(n, 'site', 'sites')}." if n else ""
    doubted = held_back_wording.included_sentence(released.held.sites_of(measure))
    return " ".join(part for part in (text, used, doubted) if part)


def _named(texts: list[str], label: str, conclusion: str) -> list[str]:
    """Which measure the sentences are about that follow those on other measures."""
    starts = ("Of ", conclusion or "\0")
    return [
        f"{label}: {text[:1].lower()}{text[1:]}" if text.startswith(starts) else text
        for text in texts
    ]
