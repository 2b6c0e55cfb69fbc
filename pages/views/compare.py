"""Groups of people on one measure: when support began, which kind it was, who they are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.disclosure import SUPPRESSED
from evaluation.programme import Results
from evaluation.report import benefit_wording, charts, comparison_wording, wording
from evaluation.report.measures import measures_of, rows_of, split
from evaluation.tables.periods import PERIOD, RUNNING
from evaluation.tables.subgroups import DIFFERENCE, LEVEL
from instruments.definition import Scale
from pages.shell.held_back import say_held_back
from pages.shell.loaders import load_groups
from pages.shell.navigation import ALL_SITES, link_to
from pages.shell.widgets import need_results, plain, say_data_lock, show_chart, show_table


def choose_rows(groups: pd.DataFrame, results: Results) -> tuple[pd.DataFrame, Scale, str]:
    """All groups of people on one measure and pair of times, and what divides them."""
    levels = groups[groups["row"] == LEVEL]
    sizes = levels.assign(n=pd.to_numeric(levels["n"]).fillna(0))
    measure = st.selectbox(
        "Measure",
        measures_of(sizes),
        format_func=lambda m: split(m, results.instruments)[1].label,
    )
    rows = rows_of(groups, measure)
    contrasts = [c for c in groups["contrast"].unique() if (rows["contrast"] == c).any()]
    contrast = st.selectbox("From when to when", contrasts, format_func=wording.contrast_name)
    rows = rows[rows["contrast"] == contrast]
    there = set(rows.loc[rows["row"] == LEVEL, "trait"])
    trait = st.selectbox(
        "Compare by",
        [name for name in comparison_wording.TRAIT_TITLES if name in there],
        format_func=comparison_wording.TRAIT_TITLES.__getitem__,
    )
    return rows, split(measure, results.instruments)[1], trait


def show_groups(rows: pd.DataFrame, scale: Scale, trait: str, results: Results) -> None:
    """The change of each group, then how far each is from the largest."""
    mine = rows[rows["trait"] == trait]
    levels = mine[mine["row"] == LEVEL]
    title = comparison_wording.TRAIT_TITLES[trait]
    st.header(plain(f"{scale.label}: {title.lower()}"))
    hidden = int((levels["reason"] == SUPPRESSED).sum())
    said = comparison_wording.hidden_groups_sentence(hidden, results.settings.disclosure)
    if levels["improvement"].notna().any():
        show_chart(charts.groups_chart(levels, scale, trait))
    else:
        st.info("No group is large enough to be shown here.")
    if said:
        st.markdown(said)
    lines = [comparison_wording.group_line(row) for row in levels.to_dict("records")]
    show_table(pd.DataFrame(lines).map(plain), about=f"{scale.label}, change of each group")
    if trait == PERIOD and levels["reason"].astype(str).str.contains(RUNNING).any():
        st.caption(comparison_wording.PERIODS_RUNNING)
    if len(levels) == 1:
        st.info("Everybody is in one group here, so there is nothing to set beside it.")
    else:
        show_differences(mine[mine["row"] == DIFFERENCE], scale, trait)


def show_differences(differences: pd.DataFrame, scale: Scale, trait: str) -> None:
    """Each group beside the largest one, as it stands and as if both had started alike."""
    st.header("How far groups differ")
    st.markdown(comparison_wording.GROUPS_DIFFER)
    if trait == "severity":
        st.markdown(comparison_wording.STARTED_WORSE)
    known = differences[differences["difference"].notna()]
    if known.empty:
        st.info("No two groups are large enough to be compared: each needs 20 people.")
        return
    lines = [
        comparison_wording.difference_line(as_it_stands, alike)
        for as_it_stands, alike in pairs_of(known)
    ]
    show_table(pd.DataFrame(lines).map(plain), about=f"{scale.label}, how far groups differ")
    st.caption(
        "Difference in points, with where we can be fairly sure it lies; + means the group "
        f"improved more. {comparison_wording.ABOUT_Q}"
    )


def pairs_of(differences: pd.DataFrame) -> list[tuple[dict, dict]]:
    """The plain difference of each group with the one as if both had started alike."""
    found: dict[str, dict[str, dict]] = {}
    for row in differences.to_dict("records"):
        found.setdefault(str(row["level"]), {})[str(row["adjusted"])] = row
    nothing = {"difference": None, "q": None, "reason": ""}
    return [(both["no"], both.get("yes", nothing)) for both in found.values() if "no" in both]


def show_who_benefits(rows: pd.DataFrame) -> None:
    """Everything that can be compared on this measure; what may be chance only on demand."""
    st.header("Who benefits?")
    of_people = rows[(rows["row"] == DIFFERENCE) & (rows["trait"] != PERIOD)]
    clear, others = benefit_wording.who_benefits_sentences(of_people.to_dict("records"))
    if not clear and not others:
        st.info("No two groups are large enough to be compared on this measure.")
        return
    show_list(clear or [benefit_wording.NO_GROUP_STANDS_OUT])
    if others:
        with st.expander(benefit_wording.may_be_chance_label(len(others))):
            show_list(others)
    st.caption(
        "People who started alike are compared here. With so many comparisons some will stand out "
        "by chance; q allows for how many there are."
    )


def show_list(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))


found = need_results()
say_data_lock(found)
groups = load_groups()
if groups.empty:
    st.info("Nobody has answered a questionnaire twice yet.")
    st.stop()
chosen, of_scale, divided_by = choose_rows(groups, found)
if of_scale.better == "neither":
    st.info(wording.reason_text("NO_DIRECTION"))
    st.stop()
say_held_back(found, f"{chosen['instrument'].iloc[0]}.{of_scale.id}")
show_groups(chosen, of_scale, divided_by, found)
show_who_benefits(chosen)
link_to(ALL_SITES, "The same measure, site by site")
st.caption(
    f"All sites together. {wording.released_text(found.settings.disclosure)} {wording.NOT_CAUSE}"
)
