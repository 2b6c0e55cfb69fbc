"""What an entry of the register of formulas is, and the sources that several of them cite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """A source; ``doi`` is empty where none is held."""

    text: str
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """How one or more columns of a result table are worked out.

    ``formula`` is plain text, ``meaning`` a sentence for anybody, ``undefined`` the reason codes
    with which the cells are empty.
    """

    table: str
    columns: tuple[str, ...]
    name: str
    formula: str
    meaning: str
    undefined: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


# What a formula's letters stand for, said once for all tables.
NOTATION = (
    "x = improvement of one person = later minus earlier score, with the sign turned where lower "
    "scores are better; mean = average; s1, s2 = standard deviation before and after (divisor "
    "n - 1), sD = that of x; r = correlation of before and after; n = people, G = couples (a "
    "person alone counts as one); t(df) = quantile of Student's t at the level of the interval; "
    "z = quantile of the normal distribution (1.959964 at 95%); se = standard error; direction = "
    "+1 where higher is better, -1 where lower is better."
)

JACOBSON_TRUAX = Citation(
    "Jacobson & Truax (1991), Clinical significance: a statistical approach to defining "
    "meaningful change in psychotherapy research",
    "10.1037/0022-006X.59.1.12",
)
BONETT = Citation(
    "Bonett (2008), Confidence intervals for standardized linear contrasts of means",
    "10.1037/1082-989X.13.2.99",
)
LAKENS = Citation("Lakens (2013), on effect sizes", "10.3389/fpsyg.2013.00863")
BECKER = Citation(
    "Becker (1988), Synthesizing standardized mean-change measures",
    "10.1111/j.2044-8317.1988.tb00901.x",
)
HEDGES = Citation(
    "Hedges (1981), Distribution theory for Glass's estimator of effect size",
    "10.3102/10769986006002107",
)
MORRIS_DESHON = Citation(
    "Morris & DeShon (2002), Combining effect size estimates", "10.1037/1082-989X.7.1.105"
)
COHEN = Citation("Cohen (1988), Statistical power analysis for the behavioral sciences")
LIANG_ZEGER = Citation("Liang & Zeger (1986)", "10.1093/biomet/73.1.13")
WILCOXON = Citation("Wilcoxon (1945), Individual comparisons by ranking methods")
KERBY = Citation("Kerby (2014), The simple difference formula")
WILSON = Citation("Wilson (1927), Probable inference, the law of succession, and inference")
EFRON = Citation("Efron (1987), on BCa intervals")
BATES = Citation("Bates and others (2015), on lme4", "10.18637/jss.v067.i01")
PATTERSON_THOMPSON = Citation("Patterson & Thompson (1971), on REML", "10.1093/biomet/58.3.545")
SCHUIRMANN = Citation("Schuirmann (1987), A comparison of the two one-sided tests procedure")
BENJAMINI_HOCHBERG = Citation(
    "Benjamini & Hochberg (1995), Controlling the false discovery rate",
    "10.1111/j.2517-6161.1995.tb02031.x",
)
VICKERS_ALTMAN = Citation("Vickers & Altman (2001)", "10.1136/bmj.323.7321.1123")
HSU = Citation("Hsu (1995)", "10.1037/0022-006x.63.1.141")
SPEER = Citation("Speer (1992)", "10.1037/0022-006X.60.3.402")
NUNNALLY_KOTSCH = Citation("Nunnally & Kotsch (1983), Studies of individual subjects")
HAGEMAN_ARRINDELL = Citation("Hageman & Arrindell (1999)", "10.1016/S0005-7967(99)00032-7")
VIECHTBAUER_2005 = Citation(
    "Viechtbauer (2005), Bias and efficiency of meta-analytic variance estimators",
    "10.3102/10769986030003261",
)
VIECHTBAUER_2007 = Citation(
    "Viechtbauer (2007), Confidence intervals for the amount of heterogeneity in meta-analysis",
    "10.1002/sim.2514",
)
DERSIMONIAN_LAIRD = Citation("DerSimonian & Laird (1986), Meta-analysis in clinical trials")
PAULE_MANDEL = Citation("Paule & Mandel (1982), Consensus values and weighting factors")
INTHOUT = Citation("IntHout, Ioannidis & Borm (2014)", "10.1186/1471-2288-14-25")
ROEVER = Citation("Röver, Knapp & Friede (2015)", "10.1186/s12874-015-0091-1")
HIGGINS_2009 = Citation(
    "Higgins, Thompson & Spiegelhalter (2009)", "10.1111/j.1467-985X.2008.00552.x"
)
HIGGINS_2002 = Citation(
    "Higgins & Thompson (2002), Quantifying heterogeneity in a meta-analysis", "10.1002/sim.1186"
)
GOLDSTEIN = Citation(
    "Goldstein & Spiegelhalter (1996), League tables and their limitations", "10.2307/2983325"
)
SPIEGELHALTER = Citation(
    "Spiegelhalter (2005), Funnel plots for comparing institutional performance",
    "10.1002/sim.1970",
)
TALKING_THERAPIES = Citation("Trial registration NCT05134103 (NHS Talking Therapies definitions)")
AUSTIN = Citation("Austin (2009), on balance by standardised differences", "10.1002/sim.3697")
COX = Citation("Cox (1970), Analysis of binary data")
FISHER = Citation("Fisher (1935), The logic of inductive inference")
FIRTH = Citation("Firth (1993), Bias reduction of maximum likelihood", "10.1093/biomet/80.1.27")
HEINZE_SCHEMPER = Citation("Heinze & Schemper (2002), on separation", "10.1002/sim.1047")
PEDUZZI = Citation(
    "Peduzzi and others (1996), on events per coefficient", "10.1016/S0895-4356(96)00236-3"
)
LITTLE = Citation("Little (1988)", "10.1080/01621459.1988.10478722")
NEWCOMBE = Citation(
    "Newcombe (1998), Interval estimation for the difference between independent proportions"
)
NEWCOMBE_PAIRED = Citation(
    "Newcombe (1998), Improved confidence intervals for the difference between binomial "
    "proportions based on paired data"
)
WELCH = Citation(
    'Welch (1947), The generalization of "Student\'s" problem when several different population '
    "variances are involved"
)
HECKMAN = Citation(
    "Heckman (1979), Sample selection bias as a specification error", "10.2307/1912352"
)
SEAMAN_WHITE = Citation(
    "Seaman & White (2013), Review of inverse probability weighting for dealing with missing data"
)
MICE = Citation(
    "van Buuren & Groothuis-Oudshoorn (2011), mice: multivariate imputation by chained equations"
)
BARNARD_RUBIN = Citation(
    "Barnard & Rubin (1999), Small-sample degrees of freedom with multiple imputation"
)
MCNEMAR = Citation("McNemar (1947)", "10.1007/BF02295996")
DURKALSKI = Citation(
    "Durkalski and others (2003), Analysis of clustered matched-pair data", "10.1002/sim.1438"
)
LAJEUNESSE = Citation("Lajeunesse (2011), On the meta-analysis of response ratios")
PRZYBOROWSKI = Citation(
    "Przyborowski & Wilenski (1940), Homogeneity of results in testing samples from Poisson series"
)
KORN_GRAUBARD = Citation("Korn & Graubard (1998), on the effective number of persons")
COCHRAN = Citation("Cochran (1977), Sampling techniques, chapter 6")
DEAN_PAGANO = Citation(
    "Dean & Pagano (2015), Evaluating confidence interval methods for binomial proportions in "
    "clustered surveys"
)
