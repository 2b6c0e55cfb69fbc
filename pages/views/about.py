"""The accessibility statement, what is not promised, where the data are, and licences."""

from __future__ import annotations

import streamlit as st

from evaluation import __version__
from evaluation.config import DisclosureRule
from evaluation.report.due_wording import NO_ALERT
from evaluation.report.wording import NOT_CAUSE, released_text
from pages.shell.navigation import EXPORT, HELP, INSTRUMENTS, link_to

PREPARED = "22 November 2026"

ACCESSIBILITY = f"""
This statement is about Distance Travelled {__version__}. It was prepared on {PREPARED}. We want as
many people as possible to be able to use it, and aim at the Web Content Accessibility Guidelines
2.2, level AA. It meets them in part; what it does not meet is listed below.

What you can do:

- use everything but the exceptions below with a keyboard; the place where you are is outlined
- zoom in, or use a narrow screen, without sideways scrolling of the page
- choose light or dark colours in the menu at the top right; no meaning depends on colour alone
- hear or read each chart's finding in words; the numbers stand in tables and files
- print any page: result tables are ordinary tables
"""

NOT_ACCESSIBLE = """
- **Wide tables on a phone** scroll inside their own box. That box cannot be reached with the
  keyboard alone. Turn the phone, use a wider window, or take the table away as a file.
- **The table in which columns are chosen** (Add data, 'How the columns are read') is drawn as a
  picture of cells. Its header menus need a pointer, and a screen reader hears only the rows in
  view. A mapping file says the same on the command line.
- **Charts** show more when a pointer rests on them, and that cannot be had with a keyboard. The
  table on the same page holds these values. The buttons that enlarge a chart are poorly named.
- **Choosing a date:** the parts of the date are small to point at. They can be typed instead.
- **After a choice** the page is drawn again. The place where you are stays, but a screen reader is
  not told about everything that is new.
- **The button that chooses files** has a fault in how it is announced; it can be used.
- **The language** of the program cannot be changed from English.

Most of these come from Streamlit, with which the program is built, and cannot be mended here.
"""

TESTED = """
Every page is looked at with an automatic checker (axe) in Chromium, with all its parts open, in
light and dark, and on a wide and a narrow screen. What it finds is in the list above, and nothing
else may be found. Automatic checks see only some faults. People who use assistive technology
have not tested it yet.

**If something does not work for you,** tell the person or team who gave you the address of this
page. They have to answer you, and can give you the same results as a file. If you are not content
with their answer in England, Scotland or Wales, the Equality Advisory and Support Service can help;
in Northern Ireland it is the Equality Commission.

**For the organisation that runs it:** in the public sector you need a statement of your own, with
your contact address. You may take this one as its beginning.
"""

NOT_PROMISED = f"""
- {NO_ALERT} Only where a site's protocol asks for it, and the
  rule file says so, a dated list of such answers stands on 'Who is due'.
- **Change is not caused.** {NOT_CAUSE}
- **It does not judge one family.** Cut-offs and bands are for groups, and are no diagnosis.
- **It does not rank sites.** They worked with different families in different ways.
- **It does not know who stayed away, or why.** It can only show how much that might matter.
- **Made-up data show nothing.** The sample programme is there to look around with.
"""

WHERE = f"""
- **Where.** In one database, at first a file on the computer on which the program runs. Nothing is
  sent anywhere, and no internet is needed. Whoever runs the program decides who can reach that
  computer and how it is backed up and encrypted; the program itself does not encrypt.
- **Who sees them.** On one's own computer nobody signs in, the server answers that computer alone,
  and whoever sits there sees everything. Where a sign-in is set up, a site sees its own results,
  a researcher released results of all sites, and a data manager accounts and people's rights but no
  results. After 20 minutes without a click, or 8 hours, everybody is signed out.
- **What is kept.** Codes, roles and a few characteristics, dates, answers, scores, the use of
  support; a fingerprint and the name of each file; values that could not be used, so that they can
  be corrected. The files themselves are not kept.
- **What is never read.** Columns that look like names, addresses, dates of birth, contact details
  or free text. Use codes, and keep the list of who is who at the site.
- **How long.** Until somebody removes it. An import can be taken back on 'Add data'. What a later
  upload corrected is kept beside it, so that the correction can be taken back too. One person, or
  everybody whose time is over, is erased on the page 'Data protection', for good.
- **What is noted.** Who did what and when, in a log that shows when it was tampered with. It never
  holds an answer or a code.
- **What leaves.** Small numbers are hidden in files of results.
  {released_text(DisclosureRule())}
  The list of who is due holds codes and dates, and the marked copy of an upload holds what was in
  it; both are for the site alone.

The organisation that collects the answers is responsible for them. Before real data go in it has to
see to its data protection impact assessment, its agreement with each site, and what families are
told.
"""

LICENCES = """
The program is free software under the MIT licence, and comes without any warranty.

Questionnaires belong to their owners. The program holds how they are scored, not their questions;
only those of PHQ-9 and GAD-7 are shown, because they may be reproduced freely. Some owners
ask for a licence, a fee or a registration: check before you use one.
"""


def main() -> None:
    st.markdown(
        "Distance Travelled reads questionnaires from relationship support and shows how far "
        "families have come, how sure that is, and who was not heard from again."
    )
    st.header("Accessibility")
    st.markdown(ACCESSIBILITY)
    st.subheader("What does not work for everybody")
    st.markdown(NOT_ACCESSIBLE)
    st.subheader("How it was tested, and whom to tell")
    st.markdown(TESTED)
    st.header("What is not promised")
    st.markdown(NOT_PROMISED)
    st.header("Data protection")
    st.markdown(WHERE)
    link_to(EXPORT, "Files, with small numbers hidden")
    st.header("Licences")
    st.markdown(LICENCES)
    link_to(INSTRUMENTS, "Terms of each questionnaire")
    link_to(HELP, "First steps, and what every word means")


main()
