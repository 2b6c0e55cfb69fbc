"""The report as a document: what stands in it, what is hidden, and what is never said."""

from __future__ import annotations

import re

import pytest

from evaluation.model import ALL_SITES
from evaluation.report.story import TableBlock, build_story
from evaluation.report.story.method import text_of
from evaluation.report.wording import NOT_CAUSE, SYNTHETIC
from tests.evaluation.report import made_stories
from tests.evaluation.tables.synthetic_programme import programme

HEADS = [
    "In short", "What changed", "Who we heard from", "Those we did not hear from",
    "Could those we lost change the conclusion?", "How much this result can carry",
]  # fmt: skip


def test_sections_stand_in_the_order_of_a_readers_questions():
    titles = [section.title for section in made_stories.story().sections]
    assert titles[:6] == HEADS
    assert titles[-3:] == ["How this was worked out", "What this cannot tell", "Words used here"]


def test_the_report_says_what_it_is():
    story = made_stories.story()
    facts = dict(story.facts)
    assert story.title == "Distance travelled: Luton"
    assert facts["Data up to"] == "31 January 2018"
    assert facts["State of the data"] == "number 7"
    assert "1 to 7 are hidden" in facts["Small numbers"]


def test_numbers_counted_by_hand():
    """40 start at 15 to 19 (mean 17), 30 come back at 8 to 10 (mean 9): 8 points better."""
    text = text_of(made_stories.story())
    assert "got better by 8.0 points on average" in text
    assert "from 17.0 at the start to 9.0 at the end of support (30 people" in text
    assert "we heard from 30 of 40" in text


def test_made_up_data_are_named_at_the_top_and_under_every_chart():
    story = made_stories.story()
    assert story.notice == SYNTHETIC
    drawn = made_stories.pictures(story)
    assert len(drawn) >= 3
    assert all(SYNTHETIC in picture.caption for picture in drawn)
    real = made_stories.story(made_up=False)
    assert SYNTHETIC not in text_of(real)


def test_every_chart_says_what_it_shows():
    assert all(picture.alt and picture.title for picture in made_stories.pictures(
        made_stories.story()))  # fmt: skip


def test_cause_is_never_claimed_and_that_is_said():
    text = text_of(made_stories.story())
    assert NOT_CAUSE in text
    assert not re.search(r"thanks to the support|because of the support|effect of the", text)


@pytest.mark.parametrize(("n", "back"), [(1, 0), (1, 1), (2, 2), (6, 4), (9, 9)])
def test_a_small_site_gets_an_honest_small_report(n, back):
    """No average, no score and no count from 1 to 7 leaves a site of so few."""
    story = made_stories.story(n=n, back=back)
    text = text_of(story)
    assert "Too few people have answered here for numbers to be shown" in text
    assert not made_stories.pictures(story)
    assert "points" not in text.split("How this was worked out")[0].split("Words used here")[-1]
    assert not re.search(r"\b(?:[1-7]|one|two|three|four|five|six|seven) (?:people|person)\b", text)
    assert "What this cannot tell" in text


@pytest.mark.parametrize(("n", "back"), [(40, 0), (40, 40), (12, 11), (40, 3)])
def test_nobody_lost_and_everybody_lost(n, back):
    text = text_of(made_stories.story(n=n, back=back))
    assert "In short" in text and "nan" not in text.casefold()


def test_counts_are_rounded_as_released():
    """Of 43 people 33 come back: no exact count is in the report."""
    story = made_stories.story(n=43, back=33)
    cells = [cell for table in made_stories.tables(story) for row in table.rows for cell in row]
    assert "45" in cells and "35" in cells
    assert not re.search(r"\b(43|33)\b (of|people|from)|n = (43|33)\b|of (43|33)\b", text_of(story))


def test_the_programme_is_in_alphabetical_order_and_ranks_nobody():
    story = build_story(programme(renamed=True), ALL_SITES)
    by_site = [table for table in made_stories.tables(story) if table.header[0] == "Site"]
    assert by_site
    for table in by_site:
        sites = [row[0] for row in table.rows]
        assert sites == sorted(sites, key=str.casefold)
    text = text_of(story)
    assert "alphabetical order" in text
    assert not re.search(r"\b(best|worst) sites?\b|\branks?\b|league", text.casefold())


def test_the_programme_of_one_site_has_no_list_of_sites():
    story = made_stories.programme_story()
    assert story.title == "Distance travelled: The whole programme"
    assert not [table for table in made_stories.tables(story) if table.header[0] == "Site"]


def test_each_number_of_a_change_comes_with_n_and_interval():
    tables = [t for t in made_stories.tables(made_stories.story()) if "Change (+ is better)" in
              t.header]  # fmt: skip
    assert tables
    for table in tables:
        assert {"Number", "95% interval"} <= set(table.header)
        for row in table.rows:
            cells = dict(zip(table.header, row, strict=True))
            assert re.fullmatch(r"[+\N{MINUS SIGN}]?[\d.]+ to [+\N{MINUS SIGN}]?[\d.]+|hidden|–",
                                cells["95% interval"])  # fmt: skip


def test_a_site_without_data_has_no_report():
    with pytest.raises(ValueError, match="site='Leeds'"):
        build_story(made_stories.results(), "Leeds")


def test_a_table_with_a_missing_cell_is_a_mistake():
    with pytest.raises(ValueError, match="header"):
        TableBlock("x", ("a", "b"), (("1",),))


def test_a_number_of_people_that_would_tell_of_few_others_is_said_to_be_hidden():
    """Of 34 people 27 came back; shown as 35 and 25 they would say that six or seven did not."""
    text = text_of(made_stories.story(n=34, back=27))
    assert "got better by 7.9 points on average from the start to the end of support" in text
    assert "number of people hidden" in text and "nobody has answered both" not in text
    assert "27 people" not in text and "25 people answered" not in text
    lines = [row for table in made_stories.tables(made_stories.story(n=34, back=27))
             for row in table.rows if row[0] == "Start to end"]  # fmt: skip
    assert lines and {row[1] for row in lines} == {"hidden"}
    assert "How many clearly got better or worse is hidden" in text
