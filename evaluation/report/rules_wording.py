"""A rule file in plain words: what is counted how, and what another one would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from evaluation.config import FollowUp, Settings
from evaluation.model import ChangeRule, due_days
from evaluation.report.wording import british_date, is_known, number, released_text
from evaluation.store.rule_files import SavedRuleFile
from instruments.definition import Instrument

DEFAULTS = "No rule file has been saved, so the defaults hold."
RESULTS_CHANGE = (
    "All results are worked out anew by the new rules when somebody next opens them. Answers stay "
    "as they are, and files that were taken before keep the fingerprint of the rules they were "
    "made by."
)
NOTHING_CHANGES = "This says the same as the rule file in use; only its text differs."
CHANGE_COLUMNS = ("In the rule file", "Now", "From then on")
EXAMPLE = """\
# Every key is optional. Lines that begin with # are notes.
measures:                 # clear change, for each questionnaire and scale
  phq9.total: {reliability: 0.84, cutoff: ">= 10"}
primary: {"*": phq9.total}
end: {expected_weeks: 12} # how long support takes where no end is known
follow_up: {3m: {days: 91, window: 30}, 6m: {days: 183, window: 30}}
scoring: {prorate: false}
alpha: 0.05               # 0.05 gives 95% intervals
disclosure: {hide_below: 8, round_to: 5, min_n: 10, min_couples: 10}
"""
_USUAL_FOLLOW_UPS = ("3m", "6m")
_NOTHING = "–"

# A heading with its sentences.
Part = tuple[str, list[str]]


def rules_in_words(settings: Settings, instruments: Mapping[str, Instrument]) -> list[Part]:
    """What is counted how, under headings."""
    return [
        ("Clear change", _clear_change(settings, instruments)),
        ("The questionnaire that counts most", _primary(settings, instruments)),
        ("Follow-up", _follow_up(settings)),
        ("How sure a result is", _certainty(settings)),
        ("Missing answers and scoring", _scoring(settings, instruments)),
        ("Small numbers", [released_text(settings.disclosure)]),
        ("Other", _other(settings)),
    ]


def _clear_change(settings: Settings, instruments: Mapping[str, Instrument]) -> list[str]:
    lines = [
        "A person's change counts as clear when it is more than the ordinary ups and downs of "
        "answers: more than 1.96 × √2 × spread × √(1 − reliability) points.",
        "Unless a line below says otherwise, the reliability is the published one; the spread is "
        "the manual's, else that of the same people at the start; and the cut-off is the published "
        "one, else the best that can be worked out.",
    ]
    for measure, rule in settings.measures.items():
        said = [text for text in _change_rule(rule) if text]
        lines.append(f"{measure_name(measure, instruments)}: {'; '.join(said) or 'as usual'}.")
    return lines


def _change_rule(rule: ChangeRule) -> list[str]:
    return [
        f"reliability {number(rule.reliability, 2)}" if rule.reliability is not None else "",
        _spread(rule),
        _group("the range of concern is that of", rule.clinical),
        f"the general population has {_mean_and_sd(rule.norm)}" if rule.norm else "",
        _cutoff(rule.cutoff),
    ]


def _spread(rule: ChangeRule) -> str:
    if rule.sd is None:
        return ""
    words = {"own": "that of the same people at the start", "manual": "the manual's"}
    return f"spread {words.get(str(rule.sd)) or number(rule.sd)}"


def _group(opening: str, group: Any) -> str:
    if group is None:
        return ""
    words = {"own": "the same people at the start", "manual": "the published group"}
    if isinstance(group, str):
        return f"{opening} {words[group]}"
    return f"{opening} a group with {_mean_and_sd(group)}"


def _mean_and_sd(pair: tuple[float, float]) -> str:
    return f"average {number(pair[0])} and spread {number(pair[1])}"


def _cutoff(cutoff: str | None) -> str:
    if cutoff is None:
        return ""
    if cutoff in ("a", "b", "c"):
        return f"cut-off {cutoff} of Jacobson and Truax"
    signs = {"<=": "at or below", ">=": "at or above", "<": "below", ">": "above"}
    sign = cutoff.rstrip("0123456789. -")
    return f"the range of concern is {signs[sign]} {cutoff[len(sign) :].strip()}"


def _primary(settings: Settings, instruments: Mapping[str, Instrument]) -> list[str]:
    if not settings.primary:
        return [
            "None is named. The one with most answers comes first, and whoever has answered any "
            "of them counts as heard from."
        ]
    named = [
        f"{'Every other site' if site == '*' else site}: {measure_name(measure, instruments)}."
        for site, measure in settings.primary.items()
    ]
    return [*named, "It comes first, and only who has answered it counts as heard from."]


def _follow_up(settings: Settings) -> list[str]:
    usual = {wave: FollowUp(due_days(wave)) for wave in _USUAL_FOLLOW_UPS}
    timings = usual | settings.follow_up
    lines = [_wave(wave, rule) for wave, rule in timings.items()]
    if settings.exclude_outside_window:
        lines.append("Answers given outside these days are left out of the results.")
    else:
        lines.append("Answers given outside these days count all the same, and are marked.")
    weeks = settings.expected_weeks
    if weeks is not None:
        lines.append(
            f"Where nobody has said when support ended, it is taken to last {weeks:g} weeks."
        )
    return lines


def _wave(wave: str, rule: FollowUp) -> str:
    when = "at the end of support" if rule.days == 0 else f"{rule.days} days after the end"
    where = f" (only {', '.join(rule.sites)})" if rule.sites else ""
    return f"{wave}: due {when}; {rule.window} days earlier or later are in time{where}."


def _certainty(settings: Settings) -> list[str]:
    return [
        f"Intervals hold with {100 * settings.level:g}% confidence (alpha {settings.alpha:g}), "
        "and count couples as groups."
    ]


def _scoring(settings: Settings, instruments: Mapping[str, Instrument]) -> list[str]:
    rule = settings.scoring
    lines = [
        "Missing answers are filled with the average of the person's others, as far as a "
        "questionnaire's own rule allows."
        if rule.prorate
        else "Missing answers are not filled in, unless a questionnaire's own rule says so."
    ]
    lines += [
        f"{_short_name(name, instruments)}: the answers come turned round already."
        for name in rule.keyed
    ]
    for name, items in rule.keys.items():
        turned = ", ".join(map(str, items)) or "none"
        lines.append(f"{_short_name(name, instruments)}: turned round are questions {turned}.")
    lines += [
        f"{_short_name(name, instruments)}: somebody has compared it with the form."
        for name in rule.verified
    ]
    for name, decided in rule.recode.items():
        said = "; ".join(decision.text for decision in decided) or "answers stay as typed"
        lines.append(f"{_short_name(name, instruments)}: {said}.")
    return lines


def _other(settings: Settings) -> list[str]:
    lines = [f"{site}: the support cost £{cost:,.0f}." for site, cost in settings.costs.items()]
    if settings.subgroups:
        lines.append(f"Groups shown apart: {', '.join(settings.subgroups)}.")
    ends = {"higher": "more is better", "lower": "less is better", "neither": "neither is better"}
    lines += [f"{name}: {ends[better]}." for name, better in settings.indicators.items()]
    lines += [
        f"Beside the results stand those of {result.source} ({result.measure})."
        for result in settings.published
    ]
    return lines or ["Nothing else is set."]


def measure_name(measure: str, instruments: Mapping[str, Instrument]) -> str:
    """A questionnaire and its scale as people know them; as written where nobody knows them."""
    name, _, scale_id = measure.partition(".")
    instrument = instruments.get(name)
    if instrument is None or scale_id not in [scale.id for scale in instrument.scales]:
        return measure
    return f"{instrument.short_name}, {instrument.scale(scale_id).label}"


def _short_name(name: str, instruments: Mapping[str, Instrument]) -> str:
    return instruments[name].short_name if name in instruments else name


# --- what would change ------------------------------------------------------------------------


def changed_rules(old: Settings, new: Settings) -> pd.DataFrame:
    """Each key whose meaning changes (CHANGE_COLUMNS); notes and order in the text do not count."""
    before, after = _flat(old), _flat(new)
    keys = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    rows = [(key, before.get(key, _NOTHING), after.get(key, _NOTHING)) for key in sorted(keys)]
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))


def _flat(settings: Settings) -> dict[str, str]:
    """Every value with its place in the rule file."""
    content = asdict(settings)
    content.pop("text")
    content["end"] = {"expected_weeks": content.pop("expected_weeks")}
    content["follow_up"]["exclude_outside_window"] = content.pop("exclude_outside_window")
    content["published"] = {
        f"{one.source}, {one.measure}": asdict(one) for one in settings.published
    }
    content["scoring"]["recode"] = {
        name: [decision.text for decision in decided]
        for name, decided in settings.scoring.recode.items()
    }
    return {key: text for key, text in _leaves(content, ()) if text}


def _leaves(value: Any, path: tuple[str, ...]) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, (*path, str(key)))]
    return [(": ".join(path), _written(value))]


def _written(value: Any) -> str:
    if not is_known(value) or value in ((), []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_written(part) for part in value)
    return str(value)


# --- versions ---------------------------------------------------------------------------------


def saved_sentence(saved: SavedRuleFile | None) -> str:
    """Which rule file is in use, since when and by whom."""
    if saved is None:
        return DEFAULTS
    by = f" by {saved.by}" if saved.by else ""
    return f"In use is version {saved.version}, saved{by} on {british_date(saved.saved_at)}."


def version_rows(saved: list[SavedRuleFile]) -> pd.DataFrame:
    """Every version, the newest first."""
    return pd.DataFrame(
        {
            "Version": [str(one.version) for one in saved],
            "Saved on (UTC)": [
                f"{british_date(one.saved_at)}, {one.saved_at:%H:%M}" for one in saved
            ],
            "By": [one.by or "not known" for one in saved],
            "Fingerprint": [one.sha256[:12] for one in saved],
        }
    )
