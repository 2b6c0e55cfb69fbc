"""What a report says of answers that may be coded the wrong way round: how many, and no more."""

from __future__ import annotations

import re
from functools import cache

from evaluation.model import ALL_SITES
from evaluation.report import held_back_wording as words
from evaluation.report.export import prepare_export
from evaluation.report.research.readme import readme_text
from evaluation.report.story import Bullets, Paragraph, Picture, Section, Story, build_story
from evaluation.report.story.method import text_of, words_of
from tests.evaluation.report.made_stories import pictures, tables
from tests.evaluation.tables import reversed_answers as made

LOOKED = frozenset({("Luton", made.MOOD)})
CHANGED = re.compile(r"improved by|got (better|worse) by|clearly got|points (better|worse)")


@cache
def luton(looked: frozenset[tuple[str, str]] = frozenset()) -> Story:
    return build_story(made.results(), "Luton", looked=looked)


def section(story: Story, title: str) -> Section:
    found = [s for part in story.sections for s in (part, *part.sections) if s.title == title]
    return next(s for s in found if s.blocks)


def warnings_of(part: Section) -> list[str]:
    return [b.text for b in part.blocks if isinstance(b, Paragraph) and b.kind == "warning"]


def of_mood(story: Story) -> Section:
    return section(story, made.MOOD_LABEL)


def test_the_summary_warns_and_says_nothing_of_the_change():
    short = section(luton(), "In short")
    warning = warnings_of(short)[0]
    assert made.MOOD_LABEL in warning and "check that its answers were coded" in warning
    assert words.WAITS in warning
    items = next(block.items for block in short.blocks if isinstance(block, Bullets))
    assert not [item for item in items if "Low mood" in item]
    assert any(item.startswith("Anxiety") for item in items)
    # That everybody came back is a share of 100 %, which counts as one of few.
    assert not any("40 of 40" in item for item in items)


def test_its_section_keeps_how_many_there_are_and_what_to_do():
    part = of_mood(luton())
    assert warnings_of(part) and "check that its answers were coded" in warnings_of(part)[0]
    text = " ".join(words_of((part,)))
    assert "Start to end: 40 people with both scores." in text
    assert not CHANGED.search(text)
    kinds = {type(block) for block in part.blocks}
    assert kinds == {Paragraph, Bullets}


def test_nothing_anywhere_in_the_report_tells_the_change():
    """Every sentence, picture and table of the report that names the measure."""
    story = luton()
    named = [p for p in pictures(story) if made.MOOD_LABEL in f"{p.title} {p.alt}"]
    named += [t for t in tables(story) if made.MOOD_LABEL in t.caption]
    assert not named
    lines = [line for line in text_of(story).splitlines() if made.MOOD_LABEL in line]
    assert lines and not [line for line in lines if CHANGED.search(line)]
    assert words.CARD_WAITS in text_of(story)


def test_after_a_look_the_report_says_what_the_answers_say():
    story = luton(LOOKED)
    assert not warnings_of(section(story, "In short"))
    text = " ".join(words_of((of_mood(story),)))
    assert "scores got worse by" in text and words.LOOKED_AT in text
    assert [b for b in of_mood(story).blocks if isinstance(b, Picture)]
    assert words.CARD_WAITS not in text_of(story)


def test_a_look_at_another_site_changes_nothing():
    looked = frozenset({("Leeds", made.MOOD), (ALL_SITES, made.MOOD)})
    assert warnings_of(of_mood(luton(looked)))


def test_the_report_of_another_site_is_not_touched():
    story = build_story(made.results(), "Leeds")
    assert not warnings_of(section(story, "In short"))
    text = " ".join(words_of((of_mood(story),)))
    assert "scores improved by" in text and words.LOOKED_AT not in text


def test_the_programme_names_sites_and_measures_in_one_warning():
    # One of three sites is in doubt; all together still fit the other questionnaires.
    story = build_story(made.results(), ALL_SITES)
    short = section(story, "In short")
    assert warnings_of(short) == [words.programme_warning({made.MOOD_LABEL: ("Luton",)})]
    items = next(block.items for block in short.blocks if isinstance(block, Bullets))
    told = [item for item in items if "Low mood" in item and "on average" in item]
    assert told and all(words.included_sentence(["Luton"]) in item for item in told)
    part = of_mood(story)
    assert warnings_of(part) == warnings_of(short)
    by_site = next(t for t in tables(story) if t.caption.startswith(f"{made.MOOD_LABEL}, site by"))
    row = next(row for row in by_site.rows if row[0] == "Luton")
    assert row == ("Luton", "40", *[words.HELD_BACK] * 5)
    assert not [cell for row in by_site.rows if row[0] != "Luton" for cell in row
                if cell == words.HELD_BACK]  # fmt: skip
    forest = next(p for p in pictures(story) if p.title == f"{made.MOOD_LABEL}, site by site")
    assert "at 2 of 2 sites" in forest.alt and "Luton" not in str(forest.chart.spec)
    assert words.left_out_sentence(["Luton"]) in forest.caption
    averages = [item for b in part.blocks if isinstance(b, Bullets) for item in b.items
                if item.startswith("Averaged over")]  # fmt: skip
    assert averages and words.included_sentence(["Luton"]) in averages[0]


def test_the_programme_says_nothing_where_all_together_are_in_doubt():
    names = ("Hull", "Leeds", "Luton")
    results = made.results(turned=names)
    story = build_story(results, ALL_SITES)
    text = " ".join(words_of((of_mood(story),)))
    assert "120 people with both scores" in text and not CHANGED.search(text)
    items = [b.items for b in section(story, "In short").blocks if isinstance(b, Bullets)]
    assert not [item for item in items[0] if "Low mood" in item]
    settled = build_story(results, ALL_SITES, looked={(name, made.MOOD) for name in names})
    assert not warnings_of(section(settled, "In short"))
    assert CHANGED.search(" ".join(words_of((of_mood(settled),))))


def test_files_for_researchers_name_what_is_in_doubt():
    export = prepare_export(made.results(sites=("Luton",)), disclosure="release")
    note = words.export_note({made.MOOD_LABEL: ("Luton",)})
    assert f"{made.MOOD_LABEL} at Luton" in note
    assert note in export.manifest["warnings"]
    assert note in readme_text(export, [])


def test_no_doubt_no_words():
    assert words.export_note({}) == words.programme_warning({}) == words.left_out_sentence([]) == ""
    assert words.included_sentence([]) == ""
