"""A starting text for a data protection impact assessment, with the facts of this store.

It says what the program does and does not do, and leaves to people what only they can decide.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from evaluation import __version__
from evaluation.config import DisclosureRule
from evaluation.model import ALL_SITES
from evaluation.report.story import Bullets, Paragraph, Section, Story, TableBlock
from evaluation.report.wording import british_date, released_text
from evaluation.store.visits import IDLE, LONGEST

TITLE = "Data protection impact assessment: a text to start from"
NOT_ADVICE = (
    "This is a starting text, no assessment and no legal advice. It was written by the program "
    "about itself. Your data protection officer has to check, complete and sign it, and the law "
    "may have changed since."
)
TO_DECIDE = "TO DECIDE: "
DATABASES = {
    "sqlite": "one SQLite file on the computer on which the program runs; the program does not "
    "encrypt it",
    "postgresql": "a PostgreSQL server; whether it and the way to it are encrypted is settled by "
    "whoever runs it",
}


@dataclass(frozen=True, slots=True)
class DpiaFacts:
    """What the text says about this store.

    ``database``: its kind alone (``sqlite``, ``postgresql``), never where it is;
    ``retention_months``: what was agreed, if anybody has said so; ``last_retention``: the day on
    which people whose time was over were last erased.
    """

    disclosure: DisclosureRule
    database: str
    signs_in: bool
    made_on: dt.date
    retention_months: int | None = None
    last_retention: dt.date | None = None
    rule_sha256: str = ""


def dpia_story(facts: DpiaFacts) -> Story:
    """The text as a document, to be written as Word or Markdown."""
    return Story(
        title=TITLE,
        subtitle="Distance Travelled: evaluation of relationship support",
        site=ALL_SITES,
        facts=_facts(facts),
        sections=(
            Section("What this text is", (Paragraph(NOT_ADVICE, "warning"), _why_needed())),
            Section("Purpose", (_purpose(),)),
            Section("The data", _data()),
            Section("Where the data flow", (data_flow(facts),)),
            Section("Necessity and lawful basis", (_lawfulness(),)),
            Section("Risks and measures", (_risks(facts),)),
            Section("What the program does not do", (_limits(facts),)),
            Section("What people can ask for", (_rights(facts),)),
            Section("What has to be decided", (_decisions(facts), _sign_off())),
        ),
    )


def _facts(facts: DpiaFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("Written on", f"{british_date(facts.made_on)}, by version {__version__} of the program"),
        ("Database", DATABASES.get(facts.database, "a kind this text does not know")),
        ("Sign-in", sign_in_text(facts.signs_in)),
        ("Small numbers", released_text(facts.disclosure)),
        ("Keeping data", retention_text(facts)),
        ("Fingerprint of the rules", facts.rule_sha256 or "the defaults"),
    )


def sign_in_text(signs_in: bool) -> str:
    """Whether people sign in, and what that means."""
    if not signs_in:
        return (
            "off: the program can be reached from its own computer only, and whoever uses that "
            "computer sees everything"
        )
    idle, longest = int(IDLE.total_seconds() // 60), int(LONGEST.total_seconds() // 3600)
    return (
        "on, by the organisation's identity provider; accounts here say who sees what. People are "
        f"signed out after {idle} minutes without a click and after {longest} hours"
    )


def retention_text(facts: DpiaFacts) -> str:
    """How long data are kept, as far as anybody has said so."""
    agreed = (
        f"{facts.retention_months} months after a person's last record, as entered when this text "
        "was made"
        if facts.retention_months
        else "no time has been entered"
    )
    last = (
        f"last done on {british_date(facts.last_retention)}"
        if facts.last_retention
        else "it has not been done yet, as far as the log shows"
    )
    return f"{agreed}; nothing is erased by itself, somebody has to do it; {last}"


def _why_needed() -> Paragraph:
    return Paragraph(
        "An assessment is needed before real data go in (UK GDPR, Article 35): the answers are "
        "about health and family life, among them children's; the people are in a difficult time; "
        "and answers are matched over time and between partners."
    )


def _purpose() -> Bullets:
    return Bullets(
        (
            "To find out how far families who get relationship support have come, how sure that "
            "is, and who was not heard from again.",
            "To show a site its own results, and the programme released results of all sites.",
            "Not for decisions about a single person or family, not for alerts, and not to rank "
            "sites.",
            f"{TO_DECIDE}the purposes of your programme, in the words that families are told.",
        )
    )


def _data() -> tuple[TableBlock, Bullets]:
    held = TableBlock(
        "What is held",
        ("Kind", "What", "About whom"),
        (
            ("Codes", "participant, couple, child; the list of who is who stays at the site",
             "parents, children, practitioners"),
            ("Characteristics", "age band, gender, relationship status, low income, ethnic group, "
             "first-time parent, how they were referred, kind of support; each may be left out",
             "parents"),
            ("Answers and scores", "questionnaires on the relationship, conflict, mental health "
             "and wellbeing, parenting and children's difficulties, with dates",
             "parents, their children, practitioners"),
            ("Use of support", "dates, sessions, hours, how it ended, opinions", "parents"),
            ("Counted outcomes", "what a site counts, such as school attendance",
             "parents, children"),
            ("The work itself", "accounts (e-mail address, role, sites), the audit log, names and "
             "fingerprints of files, values that could not be used", "staff; now and then parents"),
        ),
    )  # fmt: skip
    left_out = Bullets(
        (
            "Not read at all: columns that look like names, addresses, dates of birth, contact "
            "details, official numbers or free text. This finds what looks like it; it cannot "
            "promise to find everything.",
            "Codes with dates and characteristics are still personal data (pseudonymised), and a "
            "site can tell who somebody is. Health and ethnic group are special categories.",
        )
    )
    return held, left_out


def data_flow(facts: DpiaFacts) -> TableBlock:
    """From the spreadsheet to the published number, step by step."""
    return TableBlock(
        "The way of the data",
        ("Step", "What happens", "What stays"),
        (
            ("1. The site", "collects answers, gives codes, fills in a spreadsheet",
             "the spreadsheet and the list of codes, at the site"),
            ("2. Upload", "a file is checked in memory; what looks personal is left out",
             "its name and fingerprint, not the file"),
            ("3. The store", "answers and dates under codes: "
             f"{DATABASES.get(facts.database, 'in a database')}",
             "until it is erased; what a correction replaced stays beside it"),
            ("4. Working out", "scores and results, in memory", "nothing on disk"),
            ("5. A site's pages", "exact numbers, and codes where somebody has to be asked again",
             "a note in the log of who looked, where people sign in"),
            ("6. All sites, and files", "small numbers hidden, others rounded",
             "a note of who took what, by which rules"),
            ("7. Copies", "made by whoever runs the program", "until they delete them"),
        ),
    )  # fmt: skip


def _lawfulness() -> Bullets:
    return Bullets(
        (
            f"{TO_DECIDE}who is the controller (each local authority, the commissioner, or both "
            "together), and who only processes for them (Article 28 contract).",
            f"{TO_DECIDE}the lawful basis. Often a public task (Article 6(1)(e)), and for health "
            "and ethnic group Article 9(2)(h) or (j) with the conditions of Schedule 1 of the Data "
            "Protection Act 2018. Consent to take part in support is something else.",
            f"{TO_DECIDE}what changes by the Data (Use and Access) Act 2025.",
            "Necessary: answers of the same person at two times, or no change can be seen; the "
            "couple's code, because partners change alike. Characteristics are not needed for "
            "that: leave out those that you will not use.",
        )
    )


def _risks(facts: DpiaFacts) -> TableBlock:
    rule = facts.disclosure
    entry = (
        "sign-in by your identity provider; each role sees only what it needs; each opened site is "
        "noted"
        if facts.signs_in
        else "none by the program: sign-in is off, and it answers only its own computer"
    )
    return TableBlock(
        "Risks, what the program does, and what is left",
        ("Risk", "What the program does", "What is left to you"),
        (
            ("Somebody sees data who should not", entry,
             "who has an account or the computer; leavers; locked screens; encryption and TLS"),
            ("A person is recognised in results",
             f"counts from 1 to {rule.hide_below - 1} hidden, others rounded to {rule.round_to}, "
             f"averages from {rule.min_n} people and {rule.min_couples} couples; nothing about "
             "single people across sites",
             "what readers know already; results published elsewhere"),
            ("Two releases, one after the other, tell of the few who changed between",
             "who was behind the averages of the last release is kept as keyed hashes, compared "
             "with the next, and forgotten when somebody is erased",
             "waiting when it asks for a look; a release after a change of rules is not compared"),
            ("One partner learns of the other's answers",
             "no page about a couple; couples are counted as well as people",
             "who at the site looks at whose codes"),
            ("Names come in by mistake", "columns and cells that look personal are not read",
             "free text that looks like nothing special; teaching those who fill in"),
            ("A code list is lost", "the program never has one", "where the site keeps it"),
            ("Data are kept too long", "people whose time is over are found and erased on request "
             "of the data manager", "agreeing on a time, and doing it; old copies"),
            ("Somebody erased comes back", "a keyed hash refuses old files, undos and copies",
             "the key is in the same database: who has all of it could try codes"),
            ("Nobody knows who did what", "a log of which each row vouches for the one before",
             "noting its last fingerprint elsewhere; reading it"),
            ("A wrong conclusion harms families", "how sure, who is missing and what cannot be "
             "said stand beside every result", "how results are used"),
            ("The database is lost or damaged", "copies that can be checked and restored",
             "making them, encrypting them, deleting them in time, trying one out"),
        ),
    )  # fmt: skip


def _limits(facts: DpiaFacts) -> Bullets:
    lines = [
        "It does not encrypt the database or its copies.",
        "It is no alert system: nobody watches answers about self-harm or risk as they come in.",
        "It cannot take back what has left: files, printed pages and published totals.",
        "It does not erase by itself when a time is over.",
        "Hiding small numbers makes it hard, not impossible, to find a person, above all for "
        "somebody who knows a family.",
        "It has not been tested by an outside security company, unless you have had that done.",
    ]
    if not facts.signs_in:
        lines.insert(0, "Sign-in is off, so it does not tell people apart or note who looked.")
    return Bullets(tuple(lines))


def _rights(facts: DpiaFacts) -> Bullets:
    return Bullets(
        (
            "Erasure: one person by site and code, on the page 'Data protection' or at the command "
            "line. Their partner's answers and published totals stay.",
            "Access: the site finds a person's answers by the code in its own spreadsheets; the "
            "program has no page about one person.",
            "Correction: the corrected spreadsheet is uploaded; what it replaced is kept until "
            "the person is erased.",
            "Objection: a person can be erased in advance, so that they never come in.",
            f"Time limits: {retention_text(facts)}.",
            "Breach: 'Who saw which site' on the page 'Data protection' tells who opened or took "
            "what between two days"
            + ("." if facts.signs_in else ", but not while sign-in is off.")
            + " The Information Commissioner has to be told within 72 hours where there is a risk "
            "to people.",
        )
    )


def _decisions(facts: DpiaFacts) -> TableBlock:
    questions = [
        "Who is the controller, who the processor, and is there a contract with each site?",
        "Which lawful basis and which condition for special categories?",
        "What are families told, when, and how can they object? What are children told?",
        "Which characteristics are really needed?",
        "How long are data kept, and who erases them?"
        + (f" (Entered: {facts.retention_months} months.)" if facts.retention_months else ""),
        "How long are copies and the log kept? Who can read them? Are they encrypted?",
        "Who may be let in, who checks the accounts, and how often?",
        "Are the thresholds for small numbers high enough for these sites?",
        "Who acts on answers about risk, on the day they are given?",
        "Who reads the log, and where is its last fingerprint noted?",
        "What is left of each risk, and is that acceptable? If not, the Information Commissioner "
        "has to be asked before you begin.",
    ]
    return TableBlock(
        "Questions for the data protection officer",
        ("Question", "Decision", "By whom, when"),
        tuple((question, "", "") for question in questions),
    )


def _sign_off() -> TableBlock:
    roles = ("Data protection officer", "Controller", "Next look at this text")
    return TableBlock(
        "Signed",
        ("Who", "Name", "Date"),
        tuple((role, "", "") for role in roles),
    )
