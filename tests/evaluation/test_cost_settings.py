"""What the rule file may say of costs."""

from __future__ import annotations

import pytest

from evaluation.config import SettingsError, parse_settings


def test_a_site_is_named_as_it_is_spelled_or_as_links_name_it() -> None:
    settings = parse_settings("costs: {luton: 50000, Newcastle upon Tyne: 12.5}")
    assert settings.cost_of("Luton") == 50000
    assert settings.cost_of("newcastle-upon-tyne") == 12.5
    assert settings.cost_of("Croydon") is None
    assert parse_settings("").cost_of("Luton") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("costs: 50000", "'costs' must be a list of 'key: value' lines"),
        ("costs: {luton: many}", "pounds above 0"),
        ("costs: {luton: '50,000'}", "pounds above 0"),
        ("costs: {luton: 0}", "pounds above 0"),
        ("costs: {luton: -5}", "pounds above 0"),
        ("costs: {luton: true}", "pounds above 0"),
        ("costs: {luton: .inf}", "pounds above 0"),
        ("costs: {luton: .nan}", "pounds above 0"),
        ("costs: {luton: }", "pounds above 0"),
        ("costs: {luton: 1, Luton: 2}", "twice"),
        ("sites: [Croydon]\ncosts: {luton: 1}", "'luton' is not among 'sites': Croydon"),
    ],
)
def test_a_cost_that_cannot_be_used_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert words in str(caught.value)
