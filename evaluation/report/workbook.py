"""The result workbook: a fresh file, one visible sheet for each table, nothing hidden in it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pandas as pd
import xlsxwriter

from evaluation.report.tables import tidy
from instruments.definition import Instrument

COLUMN_MEANINGS = {
    "effects": "Average change for each site, questionnaire and pair of points in time. "
    "Positive improvement always means better.",
    "reliable_change": "How many people changed by more than measurement error "
    "(Jacobson & Truax 1991), for each cut-off; 'in_use' marks the one that is reported. GLN, EN, "
    "NK and HA are other rules, for comparison.",
    "sites": "The average over sites, which may differ: estimate, interval (low_hk and high_hk are "
    "the ones to quote), how much sites differ (tau2, i2), and where a new site would lie "
    "(prediction). 'k' is sites, 'k_dropped' sites without a usable estimate. Rows in standard "
    "deviations (g_pre) and in points.",
    "site_estimates": "Every site beside that average, by size, not by result. 'shrunken' draws "
    "the site's own estimate (y, with variance v) towards the average as far as it is uncertain; "
    "'weight' is its share in the average; beyond_95 and beyond_998 are further from the average "
    "than chance alone takes 5 % and 0.2 % of sites.",
    "couples": "How alike partners are at the start (icc_level) and in how they changed "
    "(icc_change), what that costs (deff), and couples in which both, one or neither clearly "
    "changed. 'n_both' is couples in which both answered both times.",
    "waves": "Average change from everybody with at least one score (mixed model, couples and "
    "persons as random effects). It allows for scores that are missing in a way that depends on "
    "the scores that are there. 'd_pre' is in standard deviations of all start scores.",
    "maintenance": "Whether gains lasted, among people with start, end and follow-up: who kept a "
    "clear gain, the share of the average gain kept, and whether the follow-up is at most 0.2 "
    "standard deviations below the end ('held'; a 'no' is no proof of a loss).",
    "robustness": "The intervals of 'effects' worked out again by drawing couples at random "
    "(bias-corrected and accelerated bootstrap), which assumes no shape of the scores.",
    "subgroups": "Who benefits: 'level' rows are each group of people, 'difference' rows how much "
    "more a group improved than the largest one ('reference'), in points; 'adjusted' compares "
    "people who started alike. q allows for how many differences were looked at (n_family). "
    "Groups by severity differ by chance alone: who starts worse improves more.",
    "periods": "Change by the half-year in which support began. A period that is still running is "
    "only counted, and nothing is set against it.",
    "early_help": "People who started outside the range of concern ('n_outside'): who stayed "
    "there, who crossed, and whether they are at most 0.2 standard deviations below their start "
    "('not_worse'; a 'no' is no proof of a loss).",
    "meaningful_change": "Who changed by at least a published number of points, or by 30 % or 50 % "
    "of where they started (only on scales that begin at 0 and where less is better).",
    "payment_by_results": "Outcomes on the site's primary measure, once for each person or couple "
    "(one partner is enough), at the first time that qualifies. 'rate' counts a missing score as "
    "no outcome. 'expected' is what chance alone would yield, 'net' what is left without it; "
    "'expected_any' allows for every further score that gives another chance.",
    "attrition": "Who was asked and who answered at each step. A follow-up that is not yet due "
    "does not count as missed.",
    "nhs_tt": "Outcomes as NHS Talking Therapies counts them, for people with PHQ-9 and GAD-7 both "
    "times. Thresholds (10 and 8, change of 6 and 4) are confirmed; that neither may get reliably "
    "worse when one improves, and the mirror image, is not verified.",
    "lost_vs_kept": "Those who did not answer beside those who did, among people whose time had "
    "come: by what was known of them before. 'smd' is lost minus kept, in standard deviations; "
    "above 0.25 either way is a clear difference ('flag'). Not yet due is neither.",
    "sensitivity": "The average change of everybody with the earlier score, by ten ways to allow "
    "for those lost. If they agree, who was lost does not change the conclusion; 'tipping_points' "
    "is how much worse those lost would have to have done. 'n_waiting' are not yet due.",
    "dropout": "What went together with not answering, taken together (logistic model, errors by "
    "couple). 'odds_ratio' above 1: more often lost. 'auc' 0.5: cannot be foretold.",
    "missing_at_random": "Little's test, a footnote: it has little power, and a large p is no "
    "licence to look only at those who answered everything.",
    "differential_attrition": "Where more were lost: each group against all others, with the "
    "difference of the two shares and its interval (Newcombe).",
    "missing_patterns": "At which points in time people have a score, and how many have each "
    "pattern. What is not yet due is no gap.",
    "reporter_gap": "Couples of whom both, one or neither answered, how far mothers' and fathers' "
    "scores lie apart (points, mother minus father), and how couples differ of whom one answered.",
    "evidence": "How far each result carries: numbers, who was heard from, precision, the "
    "questionnaire, and what no design without a comparison group can show.",
    "service_use": "Referrals, take-up, hours, sessions, endings and opinions. 'n_unknown' is "
    "people of whom it was not noted; blank is never nought.",
    "dose": "Change beside the number of sessions attended. It is no proof that more sessions "
    "bring more change: who comes more often may differ from the start.",
    "indicators": "Counted outcomes and yes/no facts before and after: pairs of the same people. "
    "'difference' is after minus before, whichever is better.",
    "training": "Practitioners: how many were trained, and how many answered after it and later, "
    "among those whose time had come.",
    "training_change": "Reliable change of practitioners; as 'reliable_change'.",
    "session_course": "Averages session by session ('session'), each person's change from first "
    "to last ('first_last') and change from one session to the next ('slope'; both + better). "
    "Later sessions hold only those who stayed.",
    "stand_ins": "Effects in which a session stands in for a missing start or end questionnaire, "
    "with and without those people.",
    "costs": "What a site says that it spent, for each person who took up support and for each who "
    "reliably improved among those measured.",
    "spread_used": "Reliable change with the spread of these scores and with the manual's, side by "
    "side: who changes class.",
    "formulas": "How every number is worked out, when it cannot be, and where the method was "
    "published.",
    "pairs": "The people behind each estimate, those left out and why. Person-level: keep within "
    "the site.",
    "scores": "One row for each score. Person-level: keep within the site.",
    "questionnaires": "Direction, range, missing rule and source of every scale used here.",
}
_ONE_ROW_TEXT = 90
_LONGEST_TEXT = 32_767  # characters of a cell; the library leaves a longer one out without a word


def build_workbook(
    tables: dict[str, pd.DataFrame], manifest: dict, instruments: dict[str, Instrument]
) -> bytes:
    """Write the tables, the codebook and a first sheet that says what the workbook is."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    workbook.set_properties(
        {"title": "Distance travelled: results", "author": "Distance Travelled"}
    )
    head = workbook.add_format({"bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF"})
    title = workbook.add_format({"bold": True, "font_size": 14})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    codebook = _codebook(manifest["instruments"], instruments)
    sheets = {**tables, "questionnaires": codebook}
    _write_read_me(workbook, manifest, sheets, title=title, wrap=wrap, head=head)
    for name, table in sheets.items():
        _write_table(workbook, name, table, head)
    workbook.close()
    return buffer.getvalue()


def _write_read_me(
    workbook: Any,
    manifest: dict,
    sheets: dict[str, pd.DataFrame],
    *,
    title: Any,
    wrap: Any,
    head: Any,
) -> None:
    sheet = workbook.add_worksheet("Read me")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _ONE_ROW_TEXT, wrap)
    row = 0
    for warning in manifest["warnings"]:
        sheet.write_string(row, 0, warning, title)
        row += 1
    sheet.write_string(row, 0, "Distance travelled: results", title)
    sites = manifest["sites"]
    facts = [
        ("Made", f"{manifest['made_at']} (UTC), program version {manifest['version']}"),
        ("Data lock", manifest["data_lock"]),
        ("Sites", sites if isinstance(sites, str) else ", ".join(sites)),
        ("Small counts", manifest["disclosure_note"]),
        ("Rule file (SHA-256)", manifest["settings_sha256"]),
        ("How to read it", "These are changes during support, not changes caused by it: there is "
         "no comparison group. n is people; partners of one couple are not independent, and the "
         "intervals allow for that."),
        ("Empty cells", "Not estimable; the column 'reason' says why."),
    ]  # fmt: skip
    facts += [(f"Sheet '{name}'", COLUMN_MEANINGS[name]) for name in sheets]
    for offset, (name, text) in enumerate(facts, start=row + 2):
        sheet.write_string(offset, 0, name)
        sheet.write_string(offset, 1, text)


def _write_table(workbook: Any, name: str, table: pd.DataFrame, head: Any) -> None:
    """Row by row from plain values; writing by column loses data in the library's lean mode."""
    sheet = workbook.add_worksheet(name)
    for column, header in enumerate(table.columns):
        sheet.write_string(0, column, header, head)
    for number, values in enumerate(_plain_rows(table), start=1):
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(number, column, value[:_LONGEST_TEXT])
            else:
                sheet.write_number(number, column, value)
    sheet.freeze_panes(1, 0)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
    sheet.set_column(0, len(table.columns) - 1, 16)


def _plain_rows(table: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    clean = tidy(table).astype(object)
    return clean.where(clean.notna(), None).itertuples(index=False, name=None)


def _codebook(used: Iterable[str], instruments: dict[str, Instrument]) -> pd.DataFrame:
    """One row for each scale of the questionnaires that were used."""
    rows = []
    for instrument in (instruments[name] for name in used):
        for scale in instrument.scales:
            reliability = scale.reliability[0] if scale.reliability else None
            cutoff = scale.published_cutoff
            rows.append(
                {
                    "instrument": instrument.id,
                    "name": instrument.name,
                    "version": instrument.version,
                    "scale": scale.id,
                    "label": scale.label,
                    "items": ", ".join(str(number) for number in scale.items),
                    "reversed_items": ", ".join(str(number) for number in scale.reversed_items),
                    "rule": scale.rule,
                    "lowest": scale.score_range[0],
                    "highest": scale.score_range[1],
                    "better": scale.better,
                    "missing_rule": scale.missing.method,
                    "max_missing": scale.missing.max_missing,
                    "key_evidence": scale.evidence,
                    "key_source": scale.citation,
                    "cutoff": cutoff.text if cutoff else None,
                    "cutoff_source": cutoff.citation if cutoff else None,
                    "reliability": reliability.value if reliability else None,
                    "reliability_kind": reliability.kind if reliability else None,
                    "reliability_evidence": reliability.evidence if reliability else None,
                    "reliability_source": reliability.citation if reliability else None,
                    "citation": instrument.citation,
                    "notes": " ".join(instrument.notes),
                }
            )
    return pd.DataFrame(rows)
