"""What needs doing, for each role; for an empty store, where to begin."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.access import DATA_MANAGER, RESEARCHER, SEE_PROGRAMME, SEE_SITE
from evaluation.access import LOCAL as LOCAL_ROLE
from evaluation.access import SITE as SITE_ROLE
from evaluation.config import DisclosureRule
from evaluation.disclosure import rounded
from evaluation.programme import Results
from evaluation.report import due_wording, wording
from evaluation.report.measures import sites_with_data
from evaluation.tables.due import LATE, NO_END_DATE, OPEN, SOON
from pages.shell.due import site_due, site_next_due
from pages.shell.explain import help_text
from pages.shell.loaders import get_store, load_results
from pages.shell.navigation import (
    ABOUT,
    ACCOUNTS,
    ALL_SITES,
    DUE,
    EXPORT,
    FOLLOW_UP,
    HELP,
    INSTRUMENTS,
    LOCAL,
    PROTECTION,
    QUALITY,
    REPORT,
    RULES,
    SITE,
    TRAINING,
    UPLOAD,
    can_open,
    link_to,
    page_path,
)
from pages.shell.sample import load_sample
from pages.shell.sign_in import current_scope
from pages.shell.to_do import ToDo, load_to_do
from pages.shell.widgets import CHOSEN_SITE, plain, say_data_lock, show_table

EVERY_SITE = ""
COLUMNS = {
    OPEN: "Can answer now",
    LATE: "A little late",
    SOON: "Within 30 days",
    NO_END_DATE: "End not noted",
}
# The role, for whom, what they come for, and the pages.
WAYS = (
    (LOCAL_ROLE, "For evaluators", "Check what came in, and how far it can be trusted.",
     ((UPLOAD, "Add data"), (QUALITY, "Quality of answers"), (EXPORT, "Downloads"))),
    (SITE_ROLE, "For site leads", "Whom to ask now, and how your families fared.",
     ((DUE, "Who is due"), (SITE, "Results of one site"), (TRAINING, "Training"))),
    (RESEARCHER, "For researchers", "Sites side by side, who was lost, and the files.",
     ((ALL_SITES, "All sites"), (FOLLOW_UP, "Follow-up"), (INSTRUMENTS, "Questionnaires"),
      (LOCAL, "Own questionnaires"))),
    (DATA_MANAGER, "For data managers", "Who may enter, people's rights, and what is counted how.",
     ((ACCOUNTS, "Accounts"), (PROTECTION, "Data protection"), (RULES, "Rules"))),
)  # fmt: skip
PURPOSE = "Distance Travelled shows how families fared during relationship support."
NO_RESULTS = "Your account is for looking after the data; results are not part of it."
NOTHING_YET = "Nothing has come in yet."


def welcome() -> None:
    st.markdown(
        "Distance Travelled shows how families fared during relationship support, from the "
        "questionnaires they filled in. Nothing has come in yet."
    )
    # The made-up sites would stand among the real ones of a shared programme.
    if current_scope().role == LOCAL_ROLE:
        st.header("Look around first")
        st.markdown("Twelve made-up sites with made-up people. It takes about ten seconds.")
        if st.button("Load the sample programme", type="primary"):
            load_sample(get_store())
            st.rerun()
    st.header("Or begin with your own")
    st.markdown(
        "Any spreadsheet of answers will do; it is checked, and nothing is stored until you say "
        "so. If you have none yet, get a blank one for the questionnaires you use."
    )
    with st.container(horizontal=True):
        if st.button("Upload a spreadsheet"):
            st.switch_page(page_path(UPLOAD))
        if st.button("Get a blank spreadsheet", help="It is at the end of the page 'Add data'."):
            st.switch_page(page_path(UPLOAD))
    st.caption("Use codes, never names.")
    link_to(HELP, "First steps, and what every word means")


def show_overview(results: Results) -> None:
    to_do, names = load_to_do(results), sites_with_data(results)
    say_data_lock(results)
    chosen = _choose_site(names)
    if not chosen:
        st.caption(_hidden_and_rounded(results.settings.disclosure))
    st.header("What needs doing")
    asked_for = _show_due(results, to_do, chosen)
    if not (_show_other_work(to_do, chosen) or asked_for):
        st.markdown("Nothing at the moment.")
    st.header("Results by site")
    _show_sites(to_do, names)
    if chosen:
        st.caption(_hidden_and_rounded(results.settings.disclosure))
    _show_ways()
    with st.expander("Questionnaires in so far"):
        _show_questionnaires(results, to_do)


def _choose_site(names: dict[str, str]) -> str:
    """The name of the site that the work is shown for; empty for all of them."""
    scope = current_scope()
    options = [EVERY_SITE] if scope.may(SEE_PROGRAMME) else []
    options += list(names) if scope.may(SEE_SITE) else []
    if len(options) < 2:
        return names.get("".join(options), "")
    before = st.session_state.get(CHOSEN_SITE, options[0])
    picked = st.selectbox(
        "Show the work of",
        options,
        index=options.index(before) if before in options else 0,
        format_func=lambda site: names.get(site, "All sites"),
        help="For one site the numbers are exact.",
        key="home_site",
    )
    if picked:
        st.session_state[CHOSEN_SITE] = picked
    return names.get(picked, "")


def _show_due(results: Results, to_do: ToDo, site: str) -> bool:
    """Whom to ask; whether there is anybody."""
    due = to_do.due
    if site:
        due = due[due.index == site]
    if due.empty:
        return False
    st.subheader("Ask for follow-ups", help=help_text("follow-up"))
    if site:
        everybody = site_due(results, site, to_do.day)
        late_counts = not results.settings.exclude_outside_window
        lines = due_wording.due_sentences(everybody, late_counts=late_counts)
        if not due[OPEN].any():
            lines.insert(0, due_wording.nobody_sentence(site_next_due(results, site, to_do.day)))
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    else:
        _show_due_by_site(due, results.settings.disclosure)
    when = wording.british_date(to_do.day)
    st.caption(f"People who can be asked, as of {when}.")
    link_to(DUE, "See who is due, by code", site=site)
    return True


def _show_due_by_site(due: pd.DataFrame, rule: DisclosureRule) -> None:
    shown = rounded(due, rule).map(_cell)
    table = shown[list(COLUMNS)].rename(columns=COLUMNS)
    table.insert(0, "Site", [plain(name) for name in due.index])
    show_table(table, about="Follow-ups to ask for, at each site")


def _hidden_and_rounded(rule: DisclosureRule) -> str:
    return (
        f"Over several sites, counts from 1 to {rule.hide_below - 1} are hidden ('few') and the "
        f"others rounded to the nearest {rule.round_to}."
    )


def _cell(n: float) -> str:
    if not wording.is_known(n):
        return "few"
    return wording.count(n) if n else "–"


def _show_other_work(to_do: ToDo, site: str) -> bool:
    """Everything besides follow-ups; whether there is anything."""
    return any(
        [
            _show_to_fix(to_do.to_fix),
            _show_without_end(to_do, site),
            _show_held_back(to_do.held_back, site),
            _show_unchecked(to_do.unchecked),
        ]
    )


def _show_to_fix(to_fix: pd.Series) -> bool:
    if to_fix.empty:
        return False
    st.subheader("Correct what could not be read")
    things = wording.people(int(to_fix.sum()), "thing", "things")
    files = wording.people(len(to_fix), "uploaded file", "uploaded files")
    st.markdown(f"{wording.capital(things)} in {files} could not be used.")
    with st.expander("Which files"):
        table = pd.DataFrame(
            {"File": [plain(name) for name in to_fix.index], "To correct": to_fix.map(str)}
        )
        show_table(table, about="Uploaded files with things to correct")
    link_to(UPLOAD, "See each with its cell, and upload again")
    return True


def _show_without_end(to_do: ToDo, site: str) -> bool:
    waiting = [name for name, due in to_do.without_end if not due and site in ("", name)]
    overdue = [name for name, due in to_do.without_end if due and site in ("", name)]
    lines = []
    if overdue:
        lines.append(f"No questionnaire from the end of support: {wording.joined(overdue)}.")
    if waiting:
        lines.append(f"None yet, and none is due or its day known: {wording.joined(waiting)}.")
    if to_do.silent and not site:
        lines.append(f"Nothing has come in at all: {wording.joined(to_do.silent)}.")
    if not lines:
        return False
    st.subheader("Chase what is missing")
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    link_to(UPLOAD, "Add data")
    return True


def _show_held_back(held_back: tuple[tuple[str, str], ...], site: str) -> bool:
    mine = [(name, label) for name, label in held_back if site in ("", name)]
    if not mine:
        return False
    st.subheader("Compare answers with the form", help=help_text("held back"))
    st.markdown("These results are held back: the answers may be coded the wrong way round.")
    for name, label in mine:
        link_to(SITE, f"{plain(name)}: {plain(label)}", site=name)
    return True


def _show_unchecked(unchecked: tuple[tuple[str, str], ...]) -> bool:
    if not unchecked:
        return False
    st.subheader("Settle how questionnaires are scored", help=help_text("scoring key"))
    st.markdown("\n".join(f"- {plain(f'{name}: {why}.')}" for name, why in unchecked))
    link_to(INSTRUMENTS, "See what each needs")
    return True


def _show_sites(to_do: ToDo, names: dict[str, str]) -> None:
    half = (len(names) + 1) // 2
    columns = st.columns(2)
    for place, name in enumerate(names.values()):
        with columns[place >= half]:
            label = f"{plain(name)}: {wording.people(to_do.people.get(name))}"
            link_to(SITE if can_open(SITE) else REPORT, label, site=name)


def _show_ways() -> None:
    st.header("Where to go")
    role = current_scope().role
    ways = [way for way in WAYS if role in (LOCAL_ROLE, way[0])]
    for column, (_, whom, why, pages) in zip(st.columns(len(ways)), ways, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{whom}**")
            st.caption(why)
            for file, label in pages:
                link_to(file, label)
    link_to(HELP, "First steps, and what every word means")
    link_to(ABOUT, "Accessibility, and where the data are")


def _show_questionnaires(results: Results, to_do: ToDo) -> None:
    table = pd.DataFrame(
        [
            {
                "Questionnaire": plain(results.instruments[row["instrument"]].short_name),
                "What it measures": plain(
                    wording.capital(results.instruments[row["instrument"]].construct)
                ),
                "Sites": str(row["sites"]),
                "Filled in": wording.count(row["n"]) if wording.is_known(row["n"]) else "few",
            }
            for row in to_do.questionnaires.to_dict("records")
        ]
    )
    show_table(table, about="How many questionnaires have come in")


found = load_results()
if found is not None:
    show_overview(found)
elif can_open(UPLOAD):
    welcome()
else:
    sees = current_scope().may(SEE_PROGRAMME)
    st.markdown(f"{PURPOSE} {NOTHING_YET if sees else NO_RESULTS}")
    _show_ways()
