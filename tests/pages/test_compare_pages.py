"""All sites, Compare and Explore a measure, through app.py."""

from __future__ import annotations

import json

import pyarrow
import pyarrow.ipc
import pytest

from evaluation.ingest.pipeline import read_files
from evaluation.report import comparison_wording as words
from evaluation.report.wording import NOT_CAUSE

PAGES = ("all_sites", "compare", "explore")


def stored(store, *files: bytes) -> None:
    for place, data in enumerate(files):
        store.commit(read_files([(f"{place}.csv", data)], known_sites=store.known_sites()))


def box(app, label: str):
    return next(each for each in app.selectbox if each.label == label)


def choose(app, visit, label: str, start: str):
    options = box(app, label).options
    place = next(place for place, text in enumerate(options) if text.startswith(start))
    return visit.check(box(app, label).select_index(place).run())


def in_the_browser(app) -> str:
    """Everything that charts send: their specification and their data."""
    sent = []
    for chart in app.get("vega_lite_chart"):
        sent.append(chart.proto.spec)
        for data in chart.proto.datasets:
            table = pyarrow.ipc.open_stream(data.data.data).read_all()
            sent.append(json.dumps(table.to_pylist()))
    return "\n".join(sent)


def test_sites_with_average_band_and_funnel(sample_store, visit):
    app = visit.check(visit.open_page("all_sites"))
    text = visit.words(app)
    assert words.GREY_BAND in text and words.NO_LEAGUE_TABLE in text and NOT_CAUSE in text
    assert words.HOW_TO_READ_FUNNEL in text and words.HEARD_FROM in text
    alts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert "The average over sites is" in alts[0] and "funnel" in alts[1]
    table = app.table[0].value
    n = table["Number"].astype(int).tolist()
    assert n == sorted(n, reverse=True) and all(each % 5 == 0 for each in n)
    assert table["Heard from"].str.endswith("%").all()


def test_a_thin_site_is_counted_and_never_drawn(sample_store, visit):
    app = visit.check(visit.open_page("all_sites"))
    choose(app, visit, "Measure", "Psychological distress (CORE-10")
    assert "One site is not shown, to protect the people there" in visit.words(app)
    assert "Lambeth" not in in_the_browser(app)
    assert "Blackburn" in in_the_browser(app)
    row = next(row for row in visit.cells(app).splitlines() if "Lambeth" in row)
    assert row.count("hidden") == 4


def test_a_questionnaire_of_one_site_has_nothing_beside_it(sample_store, visit):
    app = visit.check(visit.open_page("all_sites"))
    choose(app, visit, "Measure", "Psychological distress (CORE-OM")
    text = visit.words(app)
    assert words.ONE_SITE_ONLY in text and "There is no average over sites." in text
    assert "Do sites differ" not in text


def test_one_site_in_the_store(store, visit):
    stored(store, visit.tiny_csv(24))
    app = visit.check(visit.open_page("all_sites"))
    assert words.ONE_SITE_ONLY in visit.words(app)
    assert len(app.get("vega_lite_chart")) == 1


@pytest.mark.parametrize("file", PAGES[:2])
def test_nobody_with_two_scores(store, visit, file):
    stored(store, visit.tiny_csv(12, waves=("baseline",)))
    app = visit.check(visit.open_page(file))
    assert "Nobody has answered a questionnaire twice yet." in visit.words(app)
    assert not app.selectbox and not app.table


def test_explore_with_a_start_alone(store, visit):
    stored(store, visit.tiny_csv(24, waves=("baseline",)))
    app = visit.check(visit.open_page("explore"))
    text = visit.words(app)
    assert "Nobody has answered this questionnaire twice yet." in text
    assert len(app.get("vega_lite_chart")) == 1


def test_few_people_are_shown_nowhere(tiny_store, visit):
    said = {
        "all_sites": "Every site is too small to be shown here.",
        "compare": "No group is large enough to be shown here.",
        "explore": "Too few people answered at the start for this to be shown.",
    }
    for file in PAGES:
        app = visit.check(visit.open_page(file))
        assert said[file] in visit.words(app)
        assert not app.get("vega_lite_chart")


def test_periods_with_the_running_one_left_out(sample_store, visit):
    app = visit.check(visit.open_page("compare"))
    choose(app, visit, "Compare by", "When support began")
    text, cells = visit.words(app), visit.cells(app)
    assert words.PERIODS_RUNNING in text and words.GROUPS_DIFFER in text
    rows = [row.split(",")[1] for row in app.table[0].value.to_csv().splitlines()[1:]]
    assert rows[0] == "January to June 2016" and rows[-1] == "January to June 2018"
    assert "January to June 2018,15,still running" in cells
    beside = app.table[1].value
    assert "January to June 2018" not in set(beside["Group"]) | set(beside["Set beside"])


def test_every_trait_of_every_measure(sample_store, visit):
    app = visit.check(visit.open_page("compare"))
    for measure in range(len(box(app, "Measure").options)):
        visit.check(box(app, "Measure").select_index(measure).run())
        for trait in range(len(box(app, "Compare by").options)):
            visit.check(box(app, "Compare by").select_index(trait).run())
            tables = [table.value for table in app.table]
            assert tables
            n = [text for text in tables[0]["Number"] if text not in ("hidden", "few")]
            assert all(int(text) % 5 == 0 and int(text) >= 10 for text in n)
            assert "Who benefits?" in visit.words(app)


def test_what_may_be_chance_is_folded_away(sample_store, visit):
    app = visit.check(visit.open_page("compare"))
    box_of_others = next(e for e in app.expander if "may be chance" in e.label)
    folded = [text.value for text in box_of_others.markdown]
    assert folded and all("may be chance" in line for line in folded[0].splitlines())
    open_lines = [line for text in app.markdown if text.value not in folded
                  for line in text.value.splitlines()]  # fmt: skip
    assert not [line for line in open_lines if "which may be chance" in line]
    heads = [column for table in app.table for column in table.value.columns]
    assert "q" not in heads and words.CHANCE in heads


def test_hidden_groups_are_named_last_and_never_drawn(sample_store, visit):
    app = visit.check(visit.open_page("compare"))
    choose(app, visit, "Measure", "Mental wellbeing (SWEMWBS")
    choose(app, visit, "Compare by", "Kind of support")
    changes = app.table[0].value["Change (+ is better)"].tolist()
    n_hidden = changes.count("hidden")
    assert n_hidden and changes[-n_hidden:] == ["hidden"] * n_hidden
    hidden = app.table[0].value["Group"].tolist()[-n_hidden:]
    assert not any(name in in_the_browser(app) for name in hidden)
    assert "not shown, to protect the people in small groups" in visit.words(app)


def test_explore_says_what_a_questionnaire_measures_and_what_changed(sample_store, visit):
    app = visit.check(visit.open_page("explore"))
    choose(app, visit, "Questionnaire", "PHQ-9")
    text = visit.words(app)
    assert "low mood. Answered by" in text and "from 0 to 27; lower scores are better" in text
    assert "scores improved by" in text and NOT_CAUSE in text
    alts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert len(alts) == 2 and alts[0].startswith("Low mood (PHQ-9 total) at the start: of every")
    when = app.table[2].value["When"].tolist()
    assert when[0] == "Start to end" and len(when) == len(set(when))


def test_every_questionnaire_can_be_explored(sample_store, visit):
    app = visit.check(visit.open_page("explore"))
    for place in range(len(box(app, "Questionnaire").options)):
        visit.check(box(app, "Questionnaire").select_index(place).run())
        for table in (table.value for table in app.table):
            for column in ("Number", "People", "Reports about children"):
                counts = [text for text in table.get(column, []) if text not in ("few", "hidden")]
                assert all(int(text.replace(",", "")) % 5 == 0 for text in counts)
