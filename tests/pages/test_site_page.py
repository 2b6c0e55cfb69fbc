"""One site's results: the right site, honest about small numbers."""

from __future__ import annotations

from evaluation.ingest.pipeline import read_files
from evaluation.report.wording import NOT_CAUSE


def test_a_site_is_two_clicks_away(sample_store, visit):
    home = visit.check(visit.open_page())
    links = [link for link in home.get("page_link") if "Luton" in link.proto.label]
    assert [link.proto.query_string for link in links] == ["site=luton"]


def test_results_of_the_site_in_the_link(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    assert app.selectbox[0].value == "luton"
    text = visit.words(app)
    assert "Luton: Low mood (PHQ-9 total)" in text
    assert "got better by 2.0 points on average from the start to the end of support (95%" in text
    assert NOT_CAUSE in text
    alts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert len(alts) == 4 and all(alts)


def test_an_unknown_site_shows_no_other(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luto"))
    assert len(app.error) == 1
    assert "luto" in app.error[0].value
    assert not app.table
    assert not app.get("vega_lite_chart")
    assert "points" not in visit.words(app)


def test_a_site_without_data_shows_no_other(tiny_store, visit):
    app = visit.check(visit.open_page("site", site="croydon"))
    assert "Nothing has come in from Croydon" in visit.words(app)
    assert not app.table


def test_a_value_in_the_link_is_never_markup(sample_store, visit):
    app = visit.check(visit.open_page("site", site="![x](http://example.org/x.png)"))
    assert "![x](http" not in app.error[0].value


def test_no_site_is_chosen_for_the_reader(sample_store, visit):
    app = visit.check(visit.open_page("site"))
    assert app.selectbox[0].value is None
    assert not app.table


def test_another_site_can_be_chosen(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    visit.check(app.selectbox[0].select("croydon").run())
    assert "Croydon:" in visit.words(app)
    assert "Luton:" not in visit.words(app)


def test_every_site_can_be_opened(sample_store, visit):
    app = visit.check(visit.open_page("site", site="lambeth"))
    for site in app.selectbox[0].options:
        index = app.selectbox[0].options.index(site)
        visit.check(app.selectbox[0].select_index(index).run())
        assert not app.error


def test_six_people_get_a_rough_picture(tiny_store, visit):
    text = visit.words(visit.check(visit.open_page("site", site="luton")))
    assert "six people" in text
    assert "rough picture" in text
    assert "out of every 100" not in text


def test_two_people_get_no_average(store, visit):
    data = [("two.csv", visit.tiny_csv(2))]
    store.commit(read_files(data, known_sites=store.known_sites()))
    app = visit.check(visit.open_page("site", site="luton"))
    assert "too few for an average" in visit.words(app)
    assert "too few" in visit.cells(app)
    assert not [c for c in app.get("vega_lite_chart") if "points" in c.proto.alt]


def test_people_without_an_end_are_said_to_be_waiting(store, visit):
    data = [("start.csv", visit.tiny_csv(5, waves=("baseline",)))]
    store.commit(read_files(data, known_sites=store.known_sites()))
    assert "Nobody has answered both" in visit.words(
        visit.check(visit.open_page("site", site="luton"))
    )
    assert "Luton" in visit.words(visit.check(visit.open_page()))


BOTH = (
    "site,participant,couple,child,informant,wave,completed_on,phq9_total,gad7_total,"
    + ",".join(f"sdq_parent_4_17_{scale}" for scale in ("total", "impact", "emotional"))
)


def test_outcomes_of_two_questionnaires_come_last_with_their_conditions(store, visit):
    rows = [
        f"Luton,P{n},C{n},K{n},parent,{wave},{day},{scores}"
        for n in range(12)
        for wave, day, scores in (
            ("baseline", "2017-01-10", "16,14,20,4,6"), ("end", "2017-07-10", f"{n},3,15,3,5"),
        )
    ]  # fmt: skip
    data = "\n".join([BOTH, *rows]).encode()
    store.commit(read_files([("both.csv", data)], known_sites=store.known_sites()))
    app = visit.check(visit.open_page("site", site="luton"))
    text = visit.words(app)
    # GAD-7 falls below 8 for everybody; PHQ-9 ends below 10 for ten of the twelve.
    assert "12 people filled in PHQ-9 and GAD-7" in text
    assert "Of those 12, 10 ended below both thresholds" in text
    assert "not looked up - not verified" in text
    # 2.3 + 0.8 x 20 + 0.2 x 4 - 0.3 x 6 - 15 for everybody
    assert "improved by 2.3 points more than expected" in text
    assert "whose parents sought help" in text
    options = " ".join(app.selectbox[1].options)
    assert "PHQ-9" in options and "added value" not in options
    labels = [e.label for e in app.expander]
    assert labels.index("More statistics") < next(
        place for place, label in enumerate(labels) if "NHS Talking Therapies" in label
    )
    visit.check(visit.open_page())  # the overview knows no such questionnaire


def test_a_site_without_both_questionnaires_has_no_such_outcomes(sample_store, visit):
    app = visit.check(visit.open_page("site", site="gateshead"))
    labels = " ".join(e.label for e in app.expander)
    assert "NHS Talking Therapies" not in labels
    assert "added value" not in labels


def test_more_statistics_begin_with_alpha_beside_the_published_value(sample_store, visit):
    app = visit.opened(visit.open_page("site", site="luton"), "statistics")
    assert "At the start, Low mood (PHQ-9 total): alpha 0." in visit.words(app)
    assert "Published: 0.89 (not verified)" in visit.words(app)


def contradicting_csv() -> bytes:
    """Thirty people who gain more or less on three measures, and the less low mood the worse."""
    lines = ["site,participant,wave,das_32_total,wemwbs_total,gad7_total,phq9_total"]
    for person in range(30):
        start, gain = person % 7, person % 10
        lines.append(f"Luton,P{person},baseline,{70 + start},{30 + start},{20 - start},{5 + start}")
        end = (80 + start + gain, 35 + start + gain, 18 - start - gain, 6 + start + gain)
        lines.append(f"Luton,P{person},end,{','.join(map(str, end))}")
    return "\n".join(lines).encode()


def test_a_measure_that_contradicts_the_others_waits_until_somebody_has_looked(store, visit):
    store.commit(read_files([("a.csv", contradicting_csv())], known_sites=store.known_sites()))
    app = visit.check(visit.open_page("site", site="luton"))
    measure = next(box for box in app.selectbox if box.label == "Measure")
    mood = next(option for option in measure.options if "PHQ-9" in option)
    app = visit.check(measure.select(mood).run())
    assert any("form" in box.label for box in app.checkbox)
    assert "worsened" not in visit.words(app)
    assert not app.get("vega_lite_chart") or "Before and after" not in visit.words(app)
    app = visit.check(app.checkbox[0].check().run())
    assert "Before and after" in visit.words(app)
