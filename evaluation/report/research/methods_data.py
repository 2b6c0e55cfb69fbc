"""What the methods section says of the data: design, numbers, scoring, and who is compared."""

from __future__ import annotations

import pandas as pd

from evaluation.analysis.practitioners import is_practitioner
from evaluation.analysis.wave_states import WAVE_NOT_USED
from evaluation.config import FollowUp
from evaluation.model import ALL_SITES, PRACTITIONER, due_days
from evaluation.programme import Results
from evaluation.report.export import Export
from evaluation.report.research.references import References
from evaluation.report.wording import (
    NOT_CAUSE,
    SYNTHETIC,
    british_date,
    capital,
    count,
    is_hidden,
    is_known,
    joined,
    people,
    step_name,
    wave_name,
)
from evaluation.tables.effects import SESSION_STANDS_IN

_TAKEN_AS_GIVEN = "supplied"


def design(results: Results, export: Export, references: References) -> list[str]:
    """One group, before and after; the day on which the books were closed."""
    sites = _sites(results, export)
    opening = (
        f"These are questionnaires from {people(len(sites), 'site', 'sites')} "
        f"({joined(sites)}), filled in before, during and after support. {NOT_CAUSE}"
    )
    lock = f"The data were closed on {british_date(results.data_lock)}."
    if results.n_after_lock:
        late = results.n_after_lock
        many = (
            "Questionnaires"
            if _released(export)
            else people(late, "questionnaire", "questionnaires")
        )
        lock += f" {capital(many)} dated later {'was' if late == 1 else 'were'} left out."
    return [SYNTHETIC if results.synthetic else "", opening, lock]


def _sites(results: Results, export: Export) -> list[str]:
    named = export.manifest["sites"]
    if named != ALL_SITES:
        return [str(name) for name in named]
    found = {*results.people["site"].unique(), *results.scores["site"].unique()}
    return sorted((str(name) for name in found), key=str.casefold)


def _released(export: Export) -> bool:
    return bool(export.manifest["disclosure"]["level"] == "release")


def numbers(results: Results, export: Export, references: References) -> list[str]:
    """How many came in and how many are in the results, as far as the tables tell."""
    found = [_scores_sentence(export.tables["scores"])] if "scores" in export.tables else []
    found += _steps(export.tables["attrition"])
    found += _pairs_in(results, export.tables["effects"])
    if _released(export) and found:
        found.append("Counts in this text are rounded as in the tables.")
    return [" ".join(found)]


def _scores_sentence(scores: pd.DataFrame) -> str:
    persons = scores[["site", "participant"]].drop_duplicates()
    status = scores["status"].value_counts()
    words = {
        "complete": "with every answer", "prorated": "with some answers missing",
        "supplied": "given without their answers", "not_scored": "that could not be worked out",
    }  # fmt: skip
    parts = [f"{count(status[name])} {text}" for name, text in words.items() if name in status]
    return (
        f"{capital(people(len(persons)))} filled in at least one questionnaire, which makes "
        f"{count(len(scores))} scores: {joined(parts) or 'none'}."
    )


def _steps(attrition: pd.DataFrame) -> list[str]:
    """Persons at each step, of all sites or of each one."""
    rows = attrition[attrition["unit"] == "person"]
    if (rows["site"] == ALL_SITES).any():
        rows = rows[rows["site"] == ALL_SITES]
    rows = rows[rows["reason"] != WAVE_NOT_USED]
    found = []
    for site, steps in rows.groupby("site", sort=False):
        known = [
            row for row in steps.to_dict("records") if is_known(row["done"]) and is_hidden(row)
        ]
        texts = [f"{step_name(row['step']).lower()} {count(row['done'])}" for row in known]
        where = "People of all sites" if site == ALL_SITES else f"People of {site}"
        if texts:
            found.append(f"{where}: {', '.join(texts)}.")
    return found


def _pairs_in(results: Results, effects: pd.DataFrame) -> list[str]:
    """Everybody in and out of the first contrast of each questionnaire's main scale."""
    main = {
        name: instrument.primary_scale
        for name, instrument in results.instruments.items()
        if instrument.primary_scale
    }
    rows = effects[(effects["subgroup"] == "") & (effects["contrast"] == "baseline_end")]
    rows = rows[rows["scale"] == rows["instrument"].map(main)]
    if (rows["site"] == ALL_SITES).any():
        rows = rows[rows["site"] == ALL_SITES]
    found = []
    for row in rows.to_dict("records"):
        if not (is_known(row["n"]) and is_known(row["n_excluded"])):
            continue
        instrument = results.instruments[row["instrument"]]
        what = "reports about children" if instrument.about_child else "people"
        where = "" if row["site"] == ALL_SITES else f", {row['site']}"
        found.append(
            f"{instrument.short_name}, {instrument.scale(row['scale']).label}{where}: "
            f"{count(row['n'])} {what} are compared from start to end, {count(row['n_excluded'])} "
            "have a start score only or one that does not count."
        )
    return found


def scoring(results: Results, export: Export, references: References) -> list[str]:
    """Which questionnaires in which version, and what was done about missing answers."""
    used = [results.instruments[name] for name in export.manifest["instruments"]]
    listed = [
        f"{one.short_name} (version {one.version}){references.cite(one.citation)}" for one in used
    ]
    opening = (
        f"The questionnaires are {joined(listed)}. Their items, reversed items, rules and ranges "
        "are in 'codebook.csv' and 'codebook_items.csv', each with its source and how well that "
        "source is established."
        if listed
        else "No questionnaire was scored."
    )
    return [opening, _missing_answers(results, export), " ".join(_scoring_choices(results, export))]


def _missing_answers(results: Results, export: Export) -> str:
    scores = _scores(results, export)
    used = {results.instruments[name] for name in scores["instrument"].unique()}
    published = sorted(
        f"{one.short_name}"
        for one in used
        if any(scale.missing.method != "strict" for scale in one.scales)
    )
    text = "A score needs all its answers"
    if published:
        text += (
            f", except where a published rule lets some be missing ({joined(published)}; see "
            "'missing_method' and 'max_missing' in 'codebook.csv')"
        )
    if results.settings.scoring.prorate:
        return (
            f"{text}. By choice of the rule file our own rule, which is not published, was used "
            "as well: where a scale needs every answer, up to 20 % of them may be missing, and "
            "each missing one takes the average relative position of those given."
        )
    return f"{text}. No other score with missing answers was worked out."


def _scores(results: Results, export: Export) -> pd.DataFrame:
    """The scores of the sites of this export; only their kinds are told, no number of them."""
    named = export.manifest["sites"]
    scores = results.scores
    return scores if named == ALL_SITES else scores[scores["site"].isin(list(named))]


def _scoring_choices(results: Results, export: Export) -> list[str]:
    """What the rule file decided, and what was taken as it came."""
    rule, found = results.settings.scoring, []
    scores = _scores(results, export)

    def names(ids: object) -> str:
        return joined([results.instruments[str(name)].short_name for name in ids])  # type: ignore[attr-defined]

    if (scores["status"] == _TAKEN_AS_GIVEN).any():
        given = scores.loc[scores["status"] == _TAKEN_AS_GIVEN, "instrument"].unique()
        found.append(
            f"Scores that came without answers were taken as they are ({names(given)}); where "
            "answers are held, the score is worked out from them."
        )
    if rule.keys:
        found.append(f"The reversed items of {names(rule.keys)} are those of the rule file.")
    if rule.keyed:
        found.append(f"The answers to {names(rule.keyed)} came already keyed; none was reversed.")
    if rule.verified:
        found.append(
            f"The scoring key of {names(rule.verified)} was compared with the form by the "
            "programme, as the rule file says."
        )
    if rule.tables:
        found.append(f"The conversion table of {names(rule.tables)} is that of the rule file.")
    for name, decided in rule.recode.items():
        what = "; ".join(one.text for one in decided) or "left as typed"
        found.append(f"Answers to {names([name])} were read as the rule file decided: {what}.")
    return found


def pairing(results: Results, export: Export, references: References) -> list[str]:
    """The pairing rule, sessions that stand in, the days that count."""
    found = [
        "People are compared with themselves: a person is in a comparison if both scores are "
        "there and the later one is not dated before the earlier one. All tables share these "
        "pairs. How many have the earlier score and are left out all the same stands beside each "
        "estimate ('n_excluded').",
        _stand_ins(export),
        _windows(results),
    ]
    if is_practitioner(results.participants).any():
        found.append(
            "Practitioners are never counted with parents; their rows have the subgroup "
            f"'role={PRACTITIONER}'."
        )
    used = [results.instruments[name] for name in export.manifest["instruments"]]
    about = [one.short_name for one in used if one.about_child]
    if about:
        found.append(
            f"With questionnaires about a child ({joined(about)}) one pair is a child as seen by "
            "one informant, and the family is the cluster."
        )
    return found


def _stand_ins(export: Export) -> str:
    reasons = export.tables["effects"]["reason"].fillna("").astype(str)
    rule = (
        "Where somebody has no start questionnaire that of session 1 counts as the start, and "
        "where there is no end questionnaire the last session's counts as the end"
    )
    if reasons.str.contains(SESSION_STANDS_IN, regex=False).any():
        return f"{rule}; such estimates carry the code {SESSION_STANDS_IN} in the column 'reason'."
    if _released(export) and reasons.str.contains("SUPPRESSED", regex=False).any():
        return f"{rule}; no estimate that is shown rests on such a session."
    return f"{rule}. In these data no session had to stand in."


def _windows(results: Results) -> str:
    """When each wave is due, how many days either side count, and what becomes of the others."""
    settings = results.settings
    waves = [str(wave) for wave in results.states["wave"].unique()]
    parts = []
    for wave in waves:
        timing = settings.follow_up.get(wave) or FollowUp(0 if wave == "end" else due_days(wave))
        when = "at" if timing.days == 0 else f"{timing.days} days after"
        text = f"{wave_name(wave)}: due {when} the end of support, {timing.window} days either side"
        if timing.sites:
            text += f" (asked at {joined(timing.sites)})"
        parts.append(text)
    found = [f"{capital('; '.join(parts))}."] if parts else []
    if settings.exclude_outside_window:
        found.append("Scores given outside these days were left out, as the rule file says.")
    else:
        found.append("Scores given outside these days count all the same.")
    end = (
        "The end of support is the day noted for it, else the last attended session or the end "
        "questionnaire"
    )
    if settings.expected_weeks is not None:
        end += (
            f", else {settings.expected_weeks:g} weeks after the start, the planned length that "
            "the rule file gives"
        )
    found.append(f"{end}. Without such a day nothing counts as due.")
    if (results.states["reason"] == WAVE_NOT_USED).any():
        found.append("Sites that do not use a follow-up wave are not asked at it.")
    return " ".join(found)


def program(results: Results, export: Export, references: References) -> list[str]:
    """What it was made with, so that it can be made again."""
    manifest = export.manifest
    settings = results.settings
    rules = (
        f"a rule file (SHA-256 {settings.sha256}; its text is in 'manifest.json')"
        if settings.text.strip()
        else "no rule file, so with its defaults throughout"
    )
    return [
        f"The results were worked out by {manifest['program']}, version {manifest['version']}, "
        f"with {rules}. Random numbers start from fixed seeds, so the same data give the same "
        "numbers."
    ]
