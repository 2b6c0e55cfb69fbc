"""The rule file: every key, and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.config import FollowUp, Settings, SettingsError, load_settings, parse_settings
from evaluation.model import ChangeRule, Recoding

FULL = """
measures:
  das_32.total:
    {reliability: 0.95, sd: manual, clinical: own, norm: {mean: 114.8, sd: 17.8}, cutoff: "<= 97"}
  phq9.total: {sd: 5.5, clinical: {mean: 15, sd: 5}, cutoff: c}
primary: {"*": das_32.total, Luton: phq9.total}
sites: [Luton, Croydon]
end: {else: last_session, expected_weeks: 12}
follow_up:
  {3m: {days: 91, window: 30}, 6m: {window: 45, sites: [Luton]}, exclude_outside_window: true}
scoring:
  {prorate: true, keyed: [enrich_couple_scales_35], keys: {enrich_ems_15: [2, 5]}}
subgroups: [role, intervention]
alpha: 0.1
disclosure: {hide_below: 10, round_to: 5, min_n: 20}
"""


def test_every_key_is_read() -> None:
    settings = parse_settings(FULL)
    assert settings.measures == {
        "das_32.total": ChangeRule(0.95, "manual", "own", (114.8, 17.8), "<= 97"),
        "phq9.total": ChangeRule(None, 5.5, (15, 5), None, "c"),
    }
    assert settings.primary_measure("luton") == "phq9.total"
    assert settings.primary_measure("Dorset") == "das_32.total"
    assert settings.follow_up == {"3m": FollowUp(91), "6m": FollowUp(183, 45, ("Luton",))}
    assert settings.exclude_outside_window
    assert settings.expected_weeks == 12
    assert settings.scoring.prorate
    assert settings.scoring.keys == {"enrich_ems_15": (2, 5)}
    assert settings.level == pytest.approx(0.9)
    assert (settings.disclosure.hide_below, settings.disclosure.min_n) == (10, 20)


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("", encoding="utf-8")
    assert load_settings(None) == load_settings(path) == Settings()


PUBLISHED = """published:
- measure: core_om.total
  source: Smith (2016)
  setting: UK
  n: 80
  mean_before: 18
  sd_before: 6
  mean_after: 12.5
  read_in_source: yes
"""


def test_a_researcher_adds_a_published_result() -> None:
    text = PUBLISHED + '  citation: "Smith A (2016). A report."\n'
    (row,) = parse_settings(text).published
    assert (row.measure, row.source, row.n) == ("core_om.total", "Smith (2016)", 80)
    assert (row.mean_before, row.sd_before, row.mean_after) == (18, 6, 12.5)
    assert (row.citation, row.doi) == ("Smith A (2016). A report.", "")
    assert row.r != row.r  # what is not printed is not made up
    assert Settings().published == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("measure: {}", "'measure' is not a known key"),
        ("measures: {das_32: {sd: own}}", "'questionnaire.scale'"),
        ("measures: {das_32.total: {cutoff: about 97}}", "must be a, b, c"),
        ("measures: {das_32.total: {reliability: 1.5}}", "from 0 to 1"),
        ("measures: {das_32.total: {norm: {mean: 1}}}", "a mean and an sd"),
        ("measures: {das_32.total: {sd: -1}}", "das_32.total sd"),
        ("follow_up: {later: {days: 3}}", "no follow-up wave"),
        ("scoring: {keys: {enrich_ems_15: two}}", "numbers of the reversed items"),
        ("scoring: {tables: {enrich_ems_15: absent.csv}}", "only be used at the command line"),
        ("disclosure: {hide_below: 2}", "from 8 to"),
        ("alpha: many", "'alpha' must be a number"),
        ("sites: Luton", "'sites' must be a list"),
        ("- a\n- b", "'key: value'"),
        ("a: [1", "not valid YAML (line"),
        ("end: {else: first_session}", "last_session"),
        ("alpha: 2017-13-45", "not valid YAML"),
        ("sites: [2017-02-31]", "not valid YAML"),
        ("measures: {1: {reliability: 0.9}}", "'questionnaire.scale'"),
        ("subgroups: [shoe_size]", "'shoe_size' is not among 'subgroups'"),
        ("scoring: {prorate: 'no'}", "true or false"),
        ("follow_up: {exclude_outside_window: 'no'}", "true or false"),
        ("alpha: 0.05\nalpha: 0.1", "(line 2): 'alpha' stands there twice"),
        ("sites: [Luton]\nprimary: {Lutn: das_32.total}", "'Lutn' is not among 'sites'"),
        ("sites: [Luton]\nfollow_up: {3m: {sites: [Dorset]}}", "'Dorset' is not among"),
        ("scoring: {recode: {phq9: [double]}}", "'subtract 1'"),
        ("scoring: {recode: {phq9: [add 0]}}", "'subtract 1'"),
        ("scoring: {recode: {phq9: ['subtract 1 (, ,)']}}", "'subtract 1'"),
        ("scoring: {recode: {phq9: }}", "must be a list"),
        ("published: {measure: phq9.total}", "'published' must be a list"),
        ("published: [phq9.total]", "row 1: a row is written as"),
        (PUBLISHED, "row 1: 'citation' is empty, and every result needs one"),
        (PUBLISHED + "  mean: 3", "row 1: 'mean' is not a known key"),
        (PUBLISHED + "  citation: Smith (2016)\n  n: 2", "'n' stands there twice"),
        (PUBLISHED + "  citation: Smith (2016)\n  r: 2", "row 1: 'r' must lie"),
        ("scoring: {recode: {phq9: [subtract 1, subtract 1]}}", "the same thing twice"),
    ],
)
def test_each_mistake_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_percentile_table_beside_the_rule_file(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("scale,raw,percentile\nx,11,20\nx,10,10\n", encoding="utf-8")
    rules = tmp_path / "rules.yaml"
    rules.write_text("scoring: {tables: {enrich_ems_15: p.csv}}", encoding="utf-8")
    assert load_settings(rules).scoring.tables == {"enrich_ems_15": {"x": ((10, 10), (11, 20))}}
    (tmp_path / "p.csv").unlink()
    with pytest.raises(SettingsError, match=r"'p\.csv' cannot be read"):
        load_settings(rules)


def test_decisions_on_coding() -> None:
    text = """scoring: {recode: {phq9: [subtract 1 at Luton and Newcastle upon Tyne],
      das_32: ['reverse (18, 19)'], hads: []}}"""
    assert parse_settings(text).scoring.recode == {
        "phq9": (Recoding("add", (), -1, ("Luton", "Newcastle upon Tyne")),),
        "das_32": (Recoding("reverse", (18, 19)),),
        "hads": (),
    }
