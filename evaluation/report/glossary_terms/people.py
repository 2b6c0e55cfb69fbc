"""Words about who answered, and about those who were not heard from again."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import BATES, WILSON
from evaluation.report.glossary_terms.entry import (
    BARNARD_RUBIN,
    EIF,
    HOW_FILES_ARE_READ,
    MICE,
    OWN_RULE,
    SEAMAN_WHITE,
    Term,
)

PEOPLE = (
    Term(
        "heard from", "people",
        "People who answered, out of those whose questionnaire has come due. Who is not due yet "
        "has not been lost, so they are left out of this share until their time has come.",
        "done / (done + missed), with Wilson's interval; couples are counted beside people. "
        "'window_open', 'not_yet_due' and 'not_eligible' are in neither part.",
        (WILSON, EIF), ("attrition", "retention", "response rate", "drop-out", "lost"),
    ),
    Term(
        "not yet due", "people",
        "It is too early to ask: the day for this questionnaire has not come. Such a person has "
        "missed nothing and does not count as lost.",
        "Due day minus window lies after the data lock, or the end of support is not known. Due "
        "at the end of support, 91 days after it (3m) and 183 days after it (6m).",
        (OWN_RULE,), ("not due yet", "waiting"),
    ),
    Term(
        "can still answer", "people",
        "The time for this questionnaire has begun and is not over. Asking now is worth while, "
        "and nobody here counts as lost.",
        "'window_open': due day - w <= data lock <= due day + w, w = 30 days unless the rule file "
        "says otherwise.",
        (OWN_RULE,), ("window", "window open", "can answer now"),
    ),
    Term(
        "missed", "people",
        "The time for this questionnaire is over and no answer has come in. We do not know how "
        "these people are; they may be doing better or worse than the others. A late answer "
        "still counts.",
        "Due day + w lies before the data lock and there is no score. Not asked: no baseline, "
        "consent withdrawn, closed for safeguarding reasons, or a wave that the site does not use.",
        (OWN_RULE,), ("lost to follow-up", "no answer"),
    ),
    Term(
        "follow-up", "people",
        "A questionnaire some months after support has ended. It tells whether a change lasted.",
        "Waves '3m', '6m' and so on, counted in months from the end of support.",
        (HOW_FILES_ARE_READ, EIF), ("3 months", "6 months", "wave"),
    ),
    Term(
        "stand-in session", "people",
        "Some people answer at every session but not at the very start or end. For them the first "
        "session stands in for the start, and the last one for the end. Results say where this "
        "was done.",
        "For each questionnaire: no 'baseline' -> session 1; no 'end' -> the last session, unless "
        "it is the stand-in for the start. Marked 'assumed' and with the reason SESSION_STANDS_IN.",
        (OWN_RULE,), ("session stands in", "last session"),
    ),
    Term(
        "data up to", "people",
        "The day on which the books were closed. Whatever is dated later is not in the results.",
        "Data lock: the latest date there is, unless another is given.",
        (OWN_RULE,), ("data lock", "cut-off date"),
    ),
)  # fmt: skip

LOST = (
    Term(
        "sensitivity check", "lost",
        "The result worked out again, supposing other things about the people who did not answer. "
        "If it stays the same whatever is supposed, it can be trusted more. If it turns round, it "
        "hangs on people we know nothing about.",
        "One row for each method: completers, likelihood, ipw, mi, bocf, locf, delta, worst, "
        "best, lost_worsen_by_rc. LOCF is shown for comparison only.",
        (MICE, SEAMAN_WHITE), ("sensitivity", "robustness", "assumptions"),
    ),
    Term(
        "those who came back", "lost",
        "Only people who answered both times are counted. That is plain and easy to check, but if "
        "people who fared badly stayed away, it looks better than it was.",
        "Completers' analysis: mean(x) over units with both scores.",
        (EIF,), ("completers", "complete cases"),
    ),
    Term(
        "did like others like them", "lost",
        "For each person who did not answer, a likely score is drawn from people whose earlier "
        "scores were alike. This is done many times, so that the result also shows how unsure "
        "the guess is.",
        "Multiple imputation ('mi') from the scores and characteristics known, pooled by Rubin's "
        "rules with "
        "small-sample degrees of freedom. Assumes that, given these, answering does not "
        "depend on the missing one.",
        (MICE, BARNARD_RUBIN), ("imputation", "multiple imputation", "MI", "missing at random"),
    ),
    Term(
        "counted for others", "lost",
        "Somebody who came back although people like them mostly did not counts for more than "
        "one. Then those who came back stand for everybody who began.",
        "Inverse probability weighting ('ipw'): weights 1 / p from a logistic regression of "
        "having answered on the earlier score and the characteristics known.",
        (SEAMAN_WHITE,), ("weighting", "inverse probability weighting", "IPW"),
    ),
    Term(
        "everybody by all their scores", "lost",
        "All questionnaires that anybody has filled in are used together, also those of people "
        "who answered only once. Nobody has to be left out.",
        "Likelihood of all waves ('likelihood'): score = mean(wave) + couple + person + residual, "
        "fitted by REML. Valid if answers are missing at random.",
        (BATES,), ("likelihood", "mixed model", "multilevel model"),
    ),
    Term(
        "tipping point", "lost",
        "How much worse those who did not answer must have fared for the conclusion to fall. If "
        "that is more than anybody would believe, the conclusion is safe.",
        "Smallest delta, subtracted from every imputed change, at which the interval of the "
        "pooled mean touches 0; also for a mean of 0 and for a small effect.",
        (MICE, OWN_RULE), ("delta", "breaking point"),
    ),
    Term(
        "worst and best case", "lost",
        "What the average would be if everybody who did not answer had the worst score there is, "
        "or the best. The truth lies between the two, which are often far apart.",
        "Bounds: missing later scores set to either end of the scale's range.",
        (OWN_RULE,), ("bounds", "extreme case"),
    ),
    Term(
        "nothing changed for those lost", "lost",
        "Everybody who did not answer is taken to be just as they were at the start. That is a "
        "cautious guess where people get better, and too kind where they get worse.",
        "Baseline observation carried forward ('bocf'): change = 0 for those lost.",
        (OWN_RULE,), ("BOCF", "carried forward", "LOCF"),
    ),
)  # fmt: skip
