"""Words about change: how large it is, how sure, and for how many."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import (
    BECKER,
    COHEN,
    HEDGES,
    JACOBSON_TRUAX,
    LIANG_ZEGER,
    SCHUIRMANN,
)
from evaluation.report.glossary_terms.entry import (
    BARNETT,
    CUMMING,
    EIF,
    FISHER,
    GUIDE,
    HOW_FILES_ARE_READ,
    OWN_RULE,
    Term,
)

CHANGE = (
    Term(
        "baseline", "change",
        "The questionnaire that a person fills in before support begins. Everything later is "
        "compared with it, so nothing can be said about somebody who has none.",
        "Wave 'baseline'. Where a person has none for a questionnaire, session 1 stands in and is "
        "marked as assumed. All scores are compared within the person.",
        (HOW_FILES_ARE_READ,), ("start", "before", "pre"),
    ),
    Term(
        "distance travelled", "change",
        "How far a person has come between two questionnaires, from wherever they began. It says "
        "that something changed during support, not that support was the reason.",
        "Later score minus earlier score, with the sign turned where lower scores are better. "
        "There is no comparison group, so no causal effect is estimated.",
        (GUIDE, EIF), ("change", "improvement", "progress"),
    ),
    Term(
        "average change", "change",
        "The changes of everybody who answered both times, added up and shared out equally. Plus "
        "always means better, whichever way the questionnaire is scored. Some people will have "
        "changed more than the average, some less, some the other way.",
        "mean(x), x = direction (later - earlier), over units with both scores; direction = +1 "
        "where higher is better, -1 where lower is better. Units with dates in the wrong order "
        "are left out and counted.",
        (BECKER,), ("mean", "improvement", "plus is better"),
    ),
    Term(
        "interval", "change",
        "The range in which the true average may well lie. A few families more or fewer would "
        "have given a slightly different average; the interval shows how different. A wide one "
        "means that we know little yet.",
        "95% confidence interval: mean -+ t(G-1) se, with se clustered by couple and G couples. Of "
        "such intervals 95% would hold the true mean if the work were repeated.",
        (CUMMING, LIANG_ZEGER), ("confidence interval", "CI", "fairly sure between", "95%"),
    ),
    Term(
        "effect size", "change",
        "How large the average change is beside how much people differed from one another at the "
        "start. That makes different questionnaires comparable. Below 0.2 is called very small, "
        "from 0.2 small, from 0.5 medium and from 0.8 large, as a rule of thumb.",
        "g_pre = J(n-1) mean(x) / SD before, J = exact small-sample correction; interval from the "
        "influence values, clustered by couple. d_z divides by the SD of the changes instead, and "
        "the two must not be compared with each other.",
        (HEDGES, BECKER, COHEN), ("size", "Hedges' g", "Cohen's d", "standardised change"),
    ),
    Term(
        "spread", "change",
        "How much people's scores differ from one another. Where everybody scores alike the "
        "spread is small; where some do very well and others badly it is large.",
        "Standard deviation with divisor n - 1.",
        (COHEN,), ("standard deviation", "SD"),
    ),
    Term(
        "reliable change", "each",
        "A change so large that the ordinary ups and downs of answers are unlikely to explain it. "
        "Anybody whose change is smaller counts as having no clear change, even if they feel "
        "better. It tells how many people changed, where an average cannot.",
        "|x| > 1.96 sqrt(2) SD sqrt(1 - reliability). About 2.5% of people who have not changed "
        "pass it in each direction by chance. SD and reliability are named beside each result.",
        (JACOBSON_TRUAX,), ("clearly better", "clearly worse", "RCI", "reliable change index"),
    ),
    Term(
        "recovered", "each",
        "Somebody who was in the range of concern at the start, clearly improved, and is in it no "
        "longer. Only people who began in that range can recover, so the number is out of those.",
        "Reliable improvement and a move across the cut-off from its clinical to its functional "
        "side. Where a scale has no cut-off nobody is counted.",
        (JACOBSON_TRUAX,), ("recovery", "clinically significant change"),
    ),
    Term(
        "cut-off", "each",
        "The score that divides the range of concern from the range in which most people live. It "
        "is a line drawn for groups; it is no diagnosis of one person.",
        "The published cut-off where it is better than unverified; else a, b or c: a = clinical "
        "mean -+ 2 SD, b = norm mean -+ 2 SD, c = the point between the two, weighted by their "
        "SDs. Each result names its own.",
        (JACOBSON_TRUAX,), ("range of concern", "threshold", "caseness"),
    ),
    Term(
        "counted by couple", "change",
        "Partners live with each other, so their answers tend to be alike. Two answers from one "
        "couple tell us less than two from strangers, and every interval here allows for that.",
        "se = sqrt(G/(G-1) sum over couples of (sum of deviations)^2) / n, t with G - 1 degrees of "
        "freedom, G couples or families; a person alone counts as one.",
        (LIANG_ZEGER,), ("couple-clustered", "clustered", "effective number", "n effective"),
    ),
    Term(
        "test of chance", "change",
        "A number between 0 and 1 that says how surprising such a change would be if people only "
        "went up and down by chance. A small one does not say that the change is large or that it "
        "matters, so look at the interval first.",
        "p of the clustered t test (p_cluster), of the paired t test (p_t) and of Wilcoxon's "
        "signed ranks (p_wilcoxon), each two-sided.",
        (CUMMING, LIANG_ZEGER), ("p", "p-value", "significance", "Wilcoxon"),
    ),
    Term(
        "benchmark", "care",
        "What another service, or an earlier study, has found with the same questionnaire. It "
        "helps to see whether a change is usual, but those families may have been different from "
        "the ones here.",
        "Published change divided by the SD before; where it was divided by the SD of the changes "
        "it is converted with the printed correlation, else marked 'standardiser unknown'.",
        (BECKER,), ("published result", "comparison", "other services"),
    ),
    Term(
        "moving back to the middle", "care",
        "People often come when things are at their worst, and bad times tend to pass. Part of "
        "any improvement would therefore have come without support, and nobody can say from these "
        "answers how large a part.",
        "Regression to the mean: expected change = (1 - r) (mu - start) for a person with score "
        "'start', r = correlation of two measurements without support, mu = population mean.",
        (BARNETT,), ("regression to the mean", "natural recovery"),
    ),
    Term(
        "kept the gain", "care",
        "How much of the improvement at the end was still there some months later. Only people "
        "who answered all three times can tell us.",
        "mean(follow-up gain) / mean(end gain), same people, BCa interval by couple; 'no worse' "
        "is non-inferiority with a margin in SDs before. Not given where the gain at the end may "
        "be 0.",
        (SCHUIRMANN,), ("maintenance", "retained", "lasting"),
    ),
    Term(
        "held back", "care",
        "A result is held back while something speaks against it. If people who improved on "
        "everything else look worse on one questionnaire, its answers may have been typed in the "
        "wrong way round, and somebody should compare them with the form first.",
        "A scale whose improvement (or start) correlates below 0, with the upper 95% limit below "
        "0, with more than half of the scales it can be compared with; at least 20 people each; "
        "Fisher's transform with the number of couples.",
        (FISHER, OWN_RULE), ("direction guard", "direction check", "contradiction", "reversed"),
    ),
    Term(
        "too few", "care",
        "So few people answered that a number would say more about chance than about them. With "
        "fewer than three there is no average, and with fewer than five no interval.",
        "Display tiers: counts only below 3, mean only below 5, 'imprecise' below 10 units. What "
        "leaves a site follows the stricter release rule.",
        (OWN_RULE,), ("small numbers",),
    ),
)  # fmt: skip
