"""What has come in, and what is missing; for an empty store, where to begin."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.config import DisclosureRule
from evaluation.disclosure import release_attrition, rounded
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import wording
from pages.shell.loaders import get_store, load_results
from pages.shell.measures import sites_with_data
from pages.shell.navigation import GO, SITE, UPLOAD, page_path
from pages.shell.sample import load_sample
from pages.shell.widgets import plain, say_data_lock, show_table


def welcome() -> None:
    st.markdown(
        "Distance Travelled shows how families fared during relationship support, from the "
        "questionnaires they filled in.\n\n"
        "Nothing has come in yet. Look around with made-up data first, or begin with your own "
        "spreadsheet.\n\n"
        "Everything stays on this computer."
    )
    if st.button("Load the sample programme", type="primary"):
        load_sample(get_store())
        st.rerun()
    if st.button("Upload a spreadsheet"):
        st.switch_page(page_path(UPLOAD))


def show_overview(results: Results) -> None:
    say_data_lock(results)
    rule = results.settings.disclosure
    st.header("Results by site")
    names = sites_with_data(results)
    counts = _people_by_site(results, rule)
    half = (len(names) + 1) // 2
    columns = st.columns(2)
    for place, (site, name) in enumerate(names.items()):
        columns[place >= half].page_link(
            page_path(SITE),
            label=f"{plain(name)}: {wording.people(counts.get(name))}",
            icon=GO,
            query_params={"site": site},
        )
    st.caption(wording.released_text(rule))
    _show_questionnaires(results, rule)
    _show_due(results, rule)
    _show_missing(results, set(names))
    _show_to_fix()


def _people_by_site(results: Results, rule: DisclosureRule) -> pd.Series:
    everybody = pd.concat(
        [results.people[["site", "participant"]], results.scores[["site", "participant"]]]
    )
    return rounded(everybody.drop_duplicates().groupby("site").size(), rule)


def _show_questionnaires(results: Results, rule: DisclosureRule) -> None:
    st.header("Questionnaires in")
    key = ["site", "participant", "child", "informant", "wave", "session_number", "instrument"]
    filled_in = results.scores.drop_duplicates(key)
    counts = rounded(filled_in.groupby("instrument", sort=False).size(), rule)
    sites = filled_in.groupby("instrument")["site"].nunique()
    table = pd.DataFrame(
        [
            {
                "Questionnaire": results.instruments[name].short_name,
                "What it measures": wording.capital(results.instruments[name].construct),
                "Sites": str(sites[name]),
                "Filled in": wording.count(n) if wording.is_known(n) else "few",
            }
            for name, n in counts.items()
        ]
    )
    show_table(table, about="How many questionnaires have come in")


def _show_due(results: Results, rule: DisclosureRule) -> None:
    st.header("Follow-ups that can be asked for now")
    table = results.attrition
    later = ~table["step"].isin(["referred", "took_up", "baseline"])
    mine = table[later & (table["unit"] == "person") & (table["site"] != ALL_SITES)]
    waiting = mine[mine["window_open"].astype(float) > 0]
    if waiting.empty:
        st.markdown("None at the moment.")
        return
    shown = release_attrition(waiting, rule)
    cells = shown["window_open"].map(lambda n: wording.count(n) if wording.is_known(n) else "few")
    table = pd.DataFrame(
        {
            "Site": shown["site"],
            "step": [wording.capital(wording.wave_name(s)) for s in shown["step"]],
            "n": cells,
        }
    )
    steps = list(table["step"].unique())
    wide = table.pivot(index="Site", columns="step", values="n")[steps].fillna("–").reset_index()
    show_table(wide, about="People who can answer a follow-up now, at each site")


def _show_missing(results: Results, known: set[str]) -> None:
    st.header("What is missing")
    effects = results.effects
    ends = effects[(effects["contrast"] == "baseline_end") & (effects["subgroup"] == "")]
    reached = set(ends[ends["n"] > 0]["site"])
    without_end = [name for name in sites_with_data(results).values() if name not in reached]
    silent = [site.name for site in get_store().sites() if site.id not in known]
    lines = []
    if without_end:
        names = plain(wording.joined(without_end))
        lines.append(f"- Nobody has answered both at the start and at the end in: {names}.")
    if silent:
        lines.append(f"- Nothing has come in from: {plain(wording.joined(silent))}.")
    st.markdown("\n".join(lines) or "Every site has questionnaires from the start and the end.")


def _show_to_fix() -> None:
    st.header("Uploads with things to correct")
    to_fix = get_store().to_fix()
    if to_fix.empty:
        st.markdown("None.")
        return
    counts = to_fix.groupby("file", sort=False).size()
    table = pd.DataFrame(
        {"File": [plain(name) for name in counts.index], "Things to correct": counts.map(str)}
    )
    show_table(table, about="Uploaded files with things to correct")
    st.page_link(page_path(UPLOAD), label="Upload a corrected file", icon=GO)


found = load_results()
if found is None:
    welcome()
else:
    show_overview(found)
