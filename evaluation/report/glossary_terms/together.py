"""Words about sites together, about what is hidden, and about questionnaires."""

from __future__ import annotations

from evaluation.config import DisclosureRule
from evaluation.report.formula_texts.entry import (
    GOLDSTEIN,
    HIGGINS_2002,
    HIGGINS_2009,
    INTHOUT,
    SPIEGELHALTER,
    VIECHTBAUER_2005,
)
from evaluation.report.glossary_terms.entry import (
    CRONBACH,
    FELDT,
    FORD,
    GUIDE,
    HOW_FILES_ARE_READ,
    NHS_ENGLAND,
    OPENSAFELY,
    OWN_RULE,
    Term,
)
from evaluation.report.wording import released_text

_RELEASED = f"{released_text(DisclosureRule())} A rule file can change these numbers."

SITES = (
    Term(
        "average over sites", "sites",
        "All sites put together, each counting by how sure its own result is. Sites may truly "
        "differ, and the average allows for that.",
        "Random-effects mean by REML, w = 1 / (v + tau2), with the Hartung-Knapp interval; "
        "DL and PM beside it.",
        (VIECHTBAUER_2005, INTHOUT), ("pooling", "random effects", "meta-analysis"),
    ),
    Term(
        "prediction interval", "sites",
        "Where the result of one more site of this kind may well lie. It is wider than the "
        "interval of the average, because sites truly differ.",
        "mu -+ t(k-1) sqrt(tau2 + se_hk^2), k sites.",
        (HIGGINS_2009,), ("new site", "next site"),
    ),
    Term(
        "differences between sites", "sites",
        "Part of what sets sites apart is chance, since each has its own few families. This "
        "number says how much is more than chance: none at 0%, all of it at 100%.",
        "I2 = tau2 / (tau2 + s2), s2 = typical sampling variance; Cochran's Q tests tau2 = 0.",
        (HIGGINS_2002,), ("heterogeneity", "I2", "tau", "Q"),
    ),
    Term(
        "funnel", "sites",
        "A chart that shows how far a site of each size may stray from the average by chance "
        "alone. A site inside the funnel is not different from the others as far as we can tell. "
        "One outside deserves a closer look, not blame.",
        "y against its precision with limits mu -+ z sqrt(v) at 95% and 99.8%.",
        (SPIEGELHALTER,), ("funnel plot", "control limits"),
    ),
    Term(
        "drawn towards the average", "sites",
        "A small site's result leaps about by chance, so the best guess of its true value lies "
        "nearer to the average of all sites. Large sites move little.",
        "Shrunken estimate (tau2 y + v mu) / (tau2 + v).",
        (GOLDSTEIN,), ("shrunken", "shrinkage", "empirical Bayes", "BLUP"),
    ),
)  # fmt: skip

PRIVACY = (
    Term(
        "hidden", "privacy",
        "A number so small that somebody might recognise a family in it. It is kept back wherever "
        "results of several sites stand together, and in every file. A site sees its own numbers.",
        f"Reason SUPPRESSED. {_RELEASED} What would give a hidden cell away is emptied with it.",
        (OPENSAFELY, NHS_ENGLAND), ("suppressed", "few", "disclosure control", "small numbers"),
    ),
    Term(
        "rounded", "privacy",
        "Counts that may be seen outside a site go up or down to the nearest five. Two such "
        "counts do not tell how many people one of them has more than the other.",
        f"{_RELEASED} Shares are worked out from rounded parts; totals are rounded on their own.",
        (OPENSAFELY, NHS_ENGLAND), ("rounding", "nearest 5"),
    ),
    Term(
        "code", "privacy",
        "What stands in place of a name, such as LUT-014. The site alone keeps the list that says "
        "who it is; names never come in here.",
        "Column 'participant'. Columns that look like names, addresses, birth dates or contact "
        "details are not read.",
        (HOW_FILES_ARE_READ,), ("participant", "pseudonym", "anonymous"),
    ),
    Term(
        "made-up data", "privacy",
        "The sample programme comes from a program, not from people. It is there to look around "
        "with, and every page and file that holds it says so.",
        "Drawn with a fixed seed; files are marked SYNTHETIC. Nothing about a real site can be "
        "learned from it.",
        (GUIDE, OWN_RULE), ("synthetic", "sample programme"),
    ),
)  # fmt: skip

QUESTIONNAIRES = (
    Term(
        "SDQ added value", "questionnaires",
        "Children's difficulties often ease on their own. This score compares how a child is "
        "doing with what would be expected without help, and above 0 is better than expected. It "
        "holds for groups of children whose parents sought help, never for one child.",
        "2.3 + 0.8 total + 0.2 impact - 0.3 emotional (all at the start) - total later; parent "
        "version for ages 4 to 17, about 6 months apart. Divided by 5 it is an effect size.",
        (FORD,), ("added value", "SDQ", "children"),
    ),
    Term(
        "going together", "questionnaires",
        "Whether the questions of a questionnaire seem to be about the same thing. If they are, "
        "people who say yes to one tend to say yes to the others, and the score is steadier.",
        "Cronbach's alpha with Feldt's interval, and omega of one factor; at one time only.",
        (CRONBACH, FELDT), ("alpha", "omega", "internal consistency", "reliability"),
    ),
    Term(
        "scoring key", "questionnaires",
        "It says which answers count how many points, and which questions run the other way. A "
        "key that nobody could check against the printed form may be wrong, so such a score never "
        "stands at the top of a page.",
        "Evidence: confirmed, single source or unverified. Where a scale needs verification it "
        "is scored only after 'verified' in the rule file; one without a public key takes "
        "supplied scores, or 'keys' and 'tables' from the rule file.",
        (OWN_RULE,), ("key", "verified", "unverified", "reversed item"),
    ),
    Term(
        "filled gap", "questionnaires",
        "Somebody left out one or two questions. Where the questionnaire's own rule allows it, "
        "the answers they gave stand in for the ones they did not; otherwise there is no score.",
        "Prorating: mean of the answers given times the number of items, up to the published "
        "number of missing ones. Without a published rule none is filled unless 'prorate' is set.",
        (OWN_RULE,), ("prorated", "missing answers", "skipped questions"),
    ),
    Term(
        "own questionnaire", "questionnaires",
        "A questionnaire that a site has written itself. It can be counted and compared over "
        "time. Usually there is no other group to compare it with, and nobody knows how steady its "
        "scores are.",
        "Defined in a file, in versions. Reliability, cut-off and norm only where the definition "
        "gives them with a source; without them there is no reliable change.",
        (HOW_FILES_ARE_READ,), ("local questionnaire",),
    ),
)  # fmt: skip
