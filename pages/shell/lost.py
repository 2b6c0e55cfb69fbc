"""Those we did not hear from beside those we did: words first, a picture, then the numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.programme import Results
from evaluation.report import due_wording, lost_wording, wording
from evaluation.report.measures import headline_measure, split
from evaluation.report.reasons import reason_text
from evaluation.report.wording import Row, count, interval, is_known, number, percent
from pages.shell.follow_up_pictures import follow_up_rows, load_lost
from pages.shell.widgets import deeper, plain, show_chart, show_table

# The commonest patterns; of the others each is one or two people.
MOST_PATTERNS = 8


def show_lost(results: Results, site: str) -> None:
    """Whether those lost differ from those kept, at the end and at each follow-up."""
    rows, found = follow_up_rows("lost_vs_kept", site), load_lost(site)
    if rows.empty:
        return
    st.header("Were those we lost different?")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in found.sentences))
    if found.picture is not None:
        show_chart(found.picture)
        st.caption(
            "Each mark sets those we lost against those we heard from, by what was known of them "
            "before. Left of the middle: lower, or less often. Beyond the outer lines (a quarter "
            "of a standard deviation) a difference is worth a thought."
        )
    deeper("Every comparison", "lost_comparisons", lambda: _show_comparisons(rows, results))
    deeper(
        "What goes together with not answering", "lost_models", lambda: _show_models(results, site)
    )


def show_gaps(results: Results, site: str) -> None:
    """At which times people answered, and couples of whom one answered."""
    measure = headline_measure(results, site)
    if measure is None:
        return
    instrument, scale = split(measure, results.instruments)

    def mine(name: str) -> pd.DataFrame:
        rows = follow_up_rows(name, site)
        here = (rows["instrument"] == instrument.id) & (rows["scale"] == scale.id)
        return rows[here] if len(rows) else rows

    patterns = mine("missing_patterns")
    partners = mine("reporter_gap")
    if patterns.empty and partners.empty:
        return
    st.header("Who answered when")
    st.caption(f"On {plain(scale.label)}. What is not due yet is no gap.")
    if len(patterns):
        _show_patterns(patterns)
    if len(partners):
        deeper("Couples: did both partners answer?", "partners", lambda: _show_partners(partners))


def _show_patterns(patterns: pd.DataFrame) -> None:
    """The commonest patterns at once, the others below them."""
    table = pd.DataFrame([_pattern(row) for row in patterns.to_dict("records")])
    show_table(table.head(MOST_PATTERNS), about="Patterns of answers")
    rest = table.iloc[MOST_PATTERNS:]
    if len(rest):
        with st.expander(f"{len(rest)} more"):
            show_table(rest, about="Less common patterns of answers")


def _show_comparisons(rows: pd.DataFrame, results: Results) -> None:
    lines = [_comparison(row, results) for row in rows.to_dict("records")]
    show_table(pd.DataFrame(lines), about="Those lost beside those heard from")


def _show_models(results: Results, site: str) -> None:
    _show_dropout(site)
    _show_groups(site)
    _show_little(results, site)


def _show_partners(rows: pd.DataFrame) -> None:
    show_table(
        pd.DataFrame([_partners(row) for row in rows.to_dict("records")]),
        about="Couples of whom both, one or neither answered",
    )


def _comparison(row: Row, results: Results) -> Row:
    shown = percent if row["kind"] == "share" else number
    return {
        "When": wording.wave_title(row["step"]),
        "What was known": plain(
            lost_wording.characteristic_label(row["characteristic"], results.instruments)
        ),
        "Lost": shown(row["lost"]),
        "Heard from": shown(row["kept"]),
        "People lost": count(row["n_lost"]),
        "People heard from": count(row["n_kept"]),
        "Difference (SD)": number(row["smd"], 2),
        "Note": reason_text(row["reason"]) if row["reason"] else "",
    }


def _show_dropout(site: str) -> None:
    rows = follow_up_rows("dropout", site)
    for step, part in rows.groupby("step", sort=False):
        st.markdown(plain(lost_wording.dropout_sentence(part, step=str(step))))
    fitted = rows[rows["odds_ratio"].notna()] if len(rows) else rows
    if len(fitted):
        table = [
            {
                "When": wording.wave_title(row["step"]),
                "What": plain(wording.capital(lost_wording.term_label(row["term"]))),
                "Odds ratio": number(row["odds_ratio"], 2),
                "Fairly sure between": f"{number(row['low'], 2)} to {number(row['high'], 2)}",
            }
            for row in fitted.to_dict("records")
        ]
        show_table(pd.DataFrame(table), about="What goes together with not answering")


def _show_groups(site: str) -> None:
    rows = follow_up_rows("differential_attrition", site)
    known = rows[rows["difference"].notna()] if len(rows) else rows
    told = [lost_wording.differential_sentence(row) for row in known.to_dict("records")]
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in dict.fromkeys(told)))


def _show_little(results: Results, site: str) -> None:
    rows = follow_up_rows("missing_at_random", site)
    measure = headline_measure(results, site)
    if measure is None or rows.empty:
        return
    name, _, scale = measure.partition(".")
    mine = rows[(rows["instrument"] == name) & (rows["scale"] == scale)]
    for row in mine.to_dict("records"):
        if is_known(row["p"]):
            st.caption(plain(lost_wording.missing_at_random_sentence(row)))


def _waves(text: object) -> str:
    codes = [code for code in str(text or "").split("+") if code and code != "nan"]
    return wording.capital(wording.joined([_short(code) for code in codes])) or "–"


def _short(code: str) -> str:
    """A point in time as it reads in a list in a narrow column."""
    name = due_wording.short_wave(code)
    return name[:1].lower() + name[1:]


def _pattern(row: Row) -> Row:
    if str(row["pattern"]).startswith("other"):
        answered = "Other patterns"
    else:
        answered = _waves(row["present"])
    return {
        "Answered": answered,
        "Did not answer": _waves(row["missing"]),
        "Not due yet": _waves(row["not_yet_due"]),
        "Not asked": _waves(row["not_asked"]),
        "People": count(row["n"]),
        "Share": percent(row["share"]),
    }


def _partners(row: Row) -> Row:
    return {
        "When": wording.wave_title(row["wave"]),
        "Couples": count(row["n_couples"]),
        "Both": count(row["both"]),
        "Only the mother": count(row["only_mother"]),
        "Only the father": count(row["only_father"]),
        "Only one": count(row["only_one"]),
        "Neither": count(row["neither"]),
        "Not due yet or not asked": count(row["not_judged"]),
        "Mother minus father": number(row["gap_mean"]),
        "Fairly sure between": interval(row["gap_low"], row["gap_high"]),
    }
