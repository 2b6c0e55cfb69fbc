"""The pictures of a site's page: in order, drawn when opened, and honest about few people."""

from __future__ import annotations

import pyarrow
import pytest

from evaluation.ingest.pipeline import read_files
from evaluation.report.site_chart_wording import FEW_FOR_PICTURES
from pages.shell.pictures import Place, load_material

PICTURES = ("distribution", "jacobson", "bands", "course", "partners")


def alts(app) -> list[str]:
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]


def headers(app) -> list[str]:
    return [header.value.replace("\\", "") for header in app.header]


def labels(app) -> list[str]:
    return [expander.label for expander in app.expander]


def put(store, data: bytes) -> None:
    store.commit(read_files([("a.csv", data)], known_sites=store.known_sites()))


def child_csv(n: int = 12) -> bytes:
    lines = ["site,participant,couple,child,informant,wave,completed_on,sdq_parent_4_17_total"]
    for person in range(n):
        for wave, day, less in (("baseline", "2017-01-10", 0), ("end", "2017-07-10", 4)):
            who = f"Luton,P{person},C{person},K{person},parent"
            lines.append(f"{who},{wave},{day},{12 + person - less}")
    return "\n".join(lines).encode()


def test_the_page_goes_from_the_answer_to_its_grounds(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    assert headers(app) == [
        "Luton: Low mood (PHQ-9 total)", "Before and after", "Who clearly changed",
        "All measures", "Who we heard from", "How far to trust this", "The numbers",
    ]  # fmt: skip
    places = [labels(app).index(name) for name in (
        "How scores lay before and after", "Each person's two scores",
        "Published bands: who moved to a better one", "Averages at each time",
        "Both partners side by side", "Could those we lost change the conclusion?",
        "How strong the evidence is, question by question", "More statistics",
        "How this was worked out",
    )]  # fmt: skip
    assert places == sorted(places)


def test_the_headline_is_a_few_sentences(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    lists = [element.value.replace("\\", "") for element in app.markdown]
    first = next(text for text in lists if text.startswith("- Low mood"))
    assert 3 <= len(first.splitlines()) <= 5
    assert "221 people" in first.splitlines()[0]
    assert "clearly got better" in first and "we heard from" in first


def test_pictures_are_drawn_only_when_they_are_opened(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    assert len(alts(app)) == 4
    app = visit.opened(app, *PICTURES)
    assert len(alts(app)) == 4 + 7  # bands and partners have two each
    assert all(alts(app))
    text = " ".join(alts(app))
    assert "the most common scores were" in text
    assert "scores before against scores after" in text
    assert "moved to a better band" in text
    assert "couples with both partners" in text


def test_no_code_of_anybody_goes_to_the_browser_with_a_picture(sample_store, visit):
    app = visit.opened(visit.open_page("site", site="luton"), *PICTURES)
    assert "LUT-" not in " ".join(alts(app))
    for chart in app.get("vega_lite_chart"):
        assert "LUT-" not in chart.proto.spec
        for part in chart.proto.datasets:
            table = pyarrow.ipc.open_stream(part.data.data).read_all().to_pandas()
            assert "LUT-" not in table.to_csv()
            assert not {"participant", "couple"} & set(table.columns)


def test_whether_those_lost_could_change_the_conclusion_is_there_on_demand(sample_store, visit):
    app = visit.opened(visit.open_page("site", site="luton"), "sensitivity", "evidence")
    text = visit.words(app)
    assert "The conclusion survives unless those lost did more than" in text
    assert any("worked out 10 ways" in alt for alt in alts(app))
    assert "Did people come back?" in visit.cells(app)


def test_another_pair_of_times_changes_the_whole_page(sample_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    when = next(box for box in app.selectbox if box.label == "From when to when")
    app = visit.check(when.select("baseline_3m").run())
    text = visit.words(app)
    assert "from the start to 3 months after the end" in text
    assert "Start to 3 months after the end, every measure." in text


@pytest.mark.parametrize("n", [1, 4])
def test_few_people_get_words_and_no_picture_of_themselves(on_own_computer, store, visit, n):
    put(store, visit.tiny_csv(n))
    app = visit.check(visit.open_page("site", site="luton"))
    assert FEW_FOR_PICTURES in visit.words(app)
    assert not {"Each person's two scores", "How scores lay before and after"} & set(labels(app))
    visit.opened(app, "sensitivity", "evidence", "how_far", "workings", "individual", "statistics")
    assert load_material(Place("Luton", "phq9.total", "baseline_end")).points is None


def test_five_people_are_drawn(store, visit):
    put(store, visit.tiny_csv(5))
    app = visit.opened(visit.open_page("site", site="luton"), *PICTURES)
    assert any(alt.startswith("Five people, scores before") for alt in alts(app))
    assert "Both partners side by side" not in labels(app)


def test_without_an_end_there_are_no_pictures_of_change(store, visit):
    put(store, visit.tiny_csv(8, waves=("baseline",)))
    app = visit.check(visit.open_page("site", site="luton"))
    assert "Nobody has answered both at the start and at the end" in visit.words(app)
    assert not alts(app)
    assert headers(app) == ["Luton: Low mood (PHQ-9 total)", "How far to trust this", "The numbers"]
    visit.opened(app, "sensitivity", "evidence", "how_far", "workings")


def test_reports_about_children_have_pictures_and_no_partners(store, visit):
    put(store, child_csv())
    app = visit.opened(visit.open_page("site", site="luton"), *PICTURES)
    assert "Both partners side by side" not in labels(app)
    text = " ".join(alts(app))
    assert "12 reports about children" in text.lower()
    assert "All measures" not in headers(app)


def test_all_equal_scores_are_drawn(store, visit):
    lines = ["site,participant,wave,completed_on,gad7_total"]
    for person in range(6):
        lines += [f"Luton,P{person},baseline,2017-01-10,7", f"Luton,P{person},end,2017-05-10,7"]
    put(store, "\n".join(lines).encode())
    app = visit.opened(visit.open_page("site", site="luton"), *PICTURES, "sensitivity")
    assert any("the average was 7.0" in alt for alt in alts(app))


def test_the_page_says_how_many_were_in_the_range_of_concern_before_and_after(store, visit):
    """The cut-off of the PHQ-9 is 10: six scored 16 to 19 and then 8 to 11."""
    lines = ["site,participant,wave,completed_on,phq9_total"]
    for person in range(6):
        before, after = 16 + person % 4, 8 + person % 4
        lines += [f"Luton,P{person},baseline,2017-01-10,{before}"]
        lines += [f"Luton,P{person},end,2017-05-10,{after}"]
    put(store, "\n".join(lines).encode())
    words = visit.words(visit.check(visit.open_page("site", site="luton")))
    assert "usually offered: 6 at the start and 2 at the end of support, of six people" in words
