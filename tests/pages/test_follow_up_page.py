"""The page on who was heard from, and who was lost."""

from __future__ import annotations

from evaluation.ingest.pipeline import read_files
from evaluation.model import ALL_SITES
from evaluation.report import charts
from pages.shell.follow_up_pictures import follow_up_rows, load_flow


def test_follow_up_page_has_the_flow_and_leads_to_the_list(sample_store, visit):
    app = visit.check(visit.open_page("follow_up", site="luton"))
    assert [header.value for header in app.header] == [
        "How many were heard from", "From referral to the last follow-up",
        "Were those we lost different?", "Who answered when",
    ]  # fmt: skip
    alternative = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert any(text.startswith("Referred: 390 people.") for text in alternative)
    assert len(app.get("download_button")) == 2
    assert [link.proto.label for link in app.get("page_link")] == ["See who is due at Luton"]


def test_flow_of_all_sites_is_rounded(sample_store, visit):
    app = visit.check(visit.open_page("follow_up", site="luton"))
    visit.check(app.radio[0].set_value("All sites together").run())
    text = next(
        chart.proto.alt
        for chart in app.get("vega_lite_chart")
        if chart.proto.alt.startswith("Referred")
    )
    words = text.replace(";", " ").replace(")", " ").replace(",", "").split()
    counts = [int(word) for word in words if word.isdigit() and word not in ("3", "6")]
    assert len(counts) > 10
    assert all(count % 5 == 0 for count in counts)
    assert not app.get("page_link")


def test_those_lost_are_set_beside_those_heard_from(sample_store, visit):
    app = visit.check(visit.open_page("follow_up", site="luton"))
    assert any(text.startswith("The people we did not hear from") for text in words_of(app))
    pictures = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert any("lost" in text for text in pictures)
    opened = visit.check(open_all(app, "lost_comparisons"))
    table = next(t.value for t in opened.table if "People lost" in t.value.columns)
    assert {"Lost", "Heard from", "People lost"} <= set(table.columns)
    at_end = table[(table["When"] == "End") & (table["What was known"].str.contains("PHQ-9 total"))]
    # As in the box above: 282 people were due at the end and 48 of them did not answer.
    assert at_end["People lost"].astype(int).iloc[0] <= 48


def test_patterns_of_all_sites_are_rounded(sample_store, visit):
    app = visit.check(visit.open_page("follow_up", site="luton"))
    visit.check(app.radio[0].set_value("All sites together").run())
    patterns = next(t.value for t in app.table if "Answered" in t.value.columns)
    shown = [text.replace(",", "") for text in patterns["People"] if text != "–"]
    assert len(shown) > 3
    assert all(int(text) % 5 == 0 for text in shown)


def test_pictures_are_built_once_while_the_data_stay_the_same(tiny_store, visit, monkeypatch):
    built = []
    for name in ("flow_diagram", "attrition_chart"):
        draw = getattr(charts, name)
        monkeypatch.setattr(
            charts, name, lambda table, name=name, draw=draw: built.append(name) or draw(table)
        )
    app = visit.check(visit.open_page("follow_up", site="luton"))
    assert sorted(built) == ["attrition_chart", "flow_diagram", "flow_diagram"]
    visit.check(app.run())
    assert len(built) == 3
    visit.check(app.radio[1].set_value("couple").run())  # another unit is another picture
    assert len(built) == 6
    more = visit.tiny_csv(8, waves=("baseline",))
    tiny_store.commit(read_files([("more.csv", more)], known_sites=tiny_store.known_sites()))
    visit.check(app.run())
    assert len(built) == 9


def test_the_diagram_to_take_along_hides_what_the_page_shows(tiny_store, on_own_computer):
    flow = load_flow("Luton", "person")
    assert "6 people" in flow.shown.finding
    assert "6 people" not in flow.released.finding


def test_couples_leave_a_site_in_no_picture(sample_store, visit):
    app = visit.check(visit.open_page("follow_up", site="luton"))
    visit.check(app.radio[1].set_value("couple_both").run())
    assert any(alt.startswith("Referred: ") for alt in
               (chart.proto.alt for chart in app.get("vega_lite_chart")))  # fmt: skip
    assert not app.get("download_button")
    assert any("Of couples only shares leave a site" in each.value for each in app.caption)


def test_all_sites_show_no_sum_that_their_release_hides(store, visit, on_own_computer):
    """28 and 24 people, shown as 30 and 25; all 52, shown as 50, would tell 23 or 24 at Kent."""
    for site, n in (("Essex", 28), ("Kent", 24)):
        report = read_files([(f"{site}.csv", visit.tiny_csv(n, site=site))])
        store.commit(report)
    rows = follow_up_rows("attrition", ALL_SITES)
    start = rows[(rows["unit"] == "person") & (rows["step"] == "baseline")]
    assert start["done"].isna().all()
    assert "50 people" not in load_flow(ALL_SITES, "person").shown.finding
    assert "30 people" in load_flow("Essex", "person").released.finding


def words_of(app) -> list[str]:
    return [line.lstrip("- ") for text in app.markdown for line in text.value.splitlines()]


def open_all(app, key: str):
    app.session_state[key] = True
    return app.run()
