"""The sentences: for each code its severity, what is wrong, and what to do."""

from __future__ import annotations

from evaluation.model import Severity

_ANSWER_IT = "Answer it on the upload page, or in a mapping file (check --save-mapping writes one)."

# code: (severity, what is wrong, what to do)
TEMPLATES: dict[str, tuple[Severity, str, str]] = {
    "no_sheet": (
        "block_file",
        "There is no sheet with answers.",
        "Fill in the sheet 'questionnaires' of the template and upload the file again.",
    ),
    "wrong_template": ("block_file", "{what}.", "{remedy}."),
    "missing_id_column": (
        "block_file",
        "There is no column called 'participant', so nobody's answers can be told apart. "
        "The columns are: {columns}.",
        "Give the column with the pseudonymous codes the name 'participant'.",
    ),
    "missing_wave_column": (
        "block_file",
        "There is no column called 'wave', so before and after cannot be told apart.",
        "Add a column 'wave' with baseline, end, 3m or 6m in each row.",
    ),
    "no_questionnaire": (
        "block_file",
        "No column belongs to a questionnaire that is known here.",
        "Name the answer columns like phq9_1, phq9_2 … or das_32_total; "
        "the template shows every name.",
    ),
    "no_rows": (
        "block_file",
        "There is nothing below the header: no row holds an answer.",
        "Fill in a row for each person and point in time, and upload the file again.",
    ),
    "duplicate_column": (
        "block_file",
        "Two columns are called '{value}', so it is not clear which of them holds the answers.",
        "Rename or remove one of the two columns.",
    ),
    "missing_site": (
        "block_file",
        "There is no site: no column 'site', and none was chosen.",
        "Choose the site for this file, or add a column 'site'.",
    ),
    "personal_data": (
        "drop_cell",
        "{where} looks as if it held personal details ({kind}). It was not read.",
        "Remove it from the file. Only a code that you alone can link to a person belongs here.",
    ),
    "missing_participant": (
        "refuse_row",
        "This row has answers but no participant code.",
        "Enter the participant's code in this cell.",
    ),
    "code_too_long": (
        "refuse_row",
        "The code in the column '{column_name}' is longer than {most} characters.",
        "Use a short pseudonymous code.",
    ),
    "missing_site_in_row": (
        "refuse_row",
        "This row names no site.",
        "Enter the site in this cell, or choose the site for the whole file.",
    ),
    "unknown_site": (
        "refuse_row",
        "'{value}' is not a site of this programme.{hint}",
        "Correct the name of the site, or have the site added.",
    ),
    "reserved_site": (
        "refuse_row",
        "'{value}' cannot be the name of a site: the results use it for all sites together.",
        "Give the site its own name.",
    ),
    "site_differs": (
        "refuse_row",
        "This row says site '{value}', but the file was uploaded for '{expected}'.",
        "Upload the row with its own site, or correct this cell.",
    ),
    "unknown_wave": (
        "refuse_row",
        "'{value}' is not a known point in time.{hint}",
        "Use baseline, session, mid, end, post, or months after the end such as 3m or 6m.",
    ),
    "missing_wave": (
        "refuse_row",
        "This row does not say which point in time it is about.",
        "Enter baseline, session, mid, end, post, or months after the end such as 3m or 6m.",
    ),
    "missing_session_number": (
        "refuse_row",
        "A row of wave 'session' needs the number of the session, and '{value}' is none.",
        "Enter a whole number from 1 in the column 'session_number'.",
    ),
    "answer_not_allowed": (
        "drop_cell",
        "'{value}' is not {an_answer}. Allowed: {allowed}.",
        "Correct the cell, or leave it blank if there was no answer.",
    ),
    "date_not_understood": (
        "drop_cell",
        "'{value}' is not a date that can be read without guessing.",
        "Write the date as year-month-day, for example 2017-06-30, or as a real Excel date.",
    ),
    "date_order_unknown": (
        "ask",
        "'{value}' can be two dates: either number could be the day. It is not read until "
        "somebody has said which comes first.",
        "Say which comes first, or write the date as year-month-day, for example 2017-06-30.",
    ),
    "date_order_seen": (
        "note",
        "Dates such as 03/04/2017 are read with the {what} first, as other dates of this file "
        "prove.",
        "Nothing needs to be done if that is right.",
    ),
    "cells_tidied": (
        "note",
        "{count} cells held odd characters (full-width digits, marks that cannot be seen) and "
        "were read without them.",
        "Nothing needs to be done.",
    ),
    "date_out_of_range": (
        "drop_cell",
        "{value} cannot be right: dates must lie between 1990 and today.",
        "Correct the date, or leave the cell blank if it is not known.",
    ),
    "value_not_understood": (
        "drop_cell",
        "'{value}' cannot be used in the column '{column_name}'. Allowed: {allowed}.",
        "Correct the cell, or leave it blank if it is not known.",
    ),
    "error_cell": (
        "drop_cell",
        "The cell shows the spreadsheet error {value} instead of an answer.",
        "Replace the broken formula with the answer itself.",
    ),
    "formula_without_value": (
        "drop_cell",
        "The cell holds a formula whose result was never saved.",
        "Open the file in Excel, save it, and upload it again; or type the answer itself.",
    ),
    "duplicate_key": (
        "refuse_row",
        "{who} has {count} different rows for {when} with {questionnaire} ({rows}), "
        "and it is not clear which one counts.",
        "Keep the right row and delete the others, or correct the wave or the code.",
    ),
    "repeated_row": (
        "note",
        "This row repeats {questionnaire} of {who} for {when} ({rows}); "
        "the first one was kept.",
        "Nothing needs to be done.",
    ),
    "duplicate_service_row": (
        "refuse_row",
        "{who} has {count} different rows about the service used ({rows}).",
        "Keep the right row and delete the others.",
    ),
    "missing_indicator_column": (
        "block_file",
        "The sheet of indicators has no column called '{value}'.",
        "Give it the columns participant, wave, indicator and value; child and site if you need "
        "them. A file of questionnaires must not have 'indicators' in its name.",
    ),
    "missing_indicator": (
        "refuse_row",
        "This row has a value but does not say of what.",
        "Enter the name of the indicator in this cell, for example school attendance.",
    ),
    "indicator_too_long": (
        "refuse_row",
        "The name of the indicator is longer than {most} characters.",
        "Use a short name such as 'school attendance', the same in every row.",
    ),
    "session_of_indicator": (
        "refuse_row",
        "An indicator belongs to a point in time, and 'session' is none: there are many.",
        "Use baseline, mid, end, post, or months after the end such as 3m or 6m.",
    ),
    "duplicate_indicator": (
        "refuse_row",
        "{who} has {count} different values of '{value}' for '{when}' ({rows}), and it is not "
        "clear which one counts.",
        "Keep the right row and delete the others, or correct the wave or the code.",
    ),
    "mixed_indicator": (
        "refuse_row",
        "'{value}' does not go with the other values of '{indicator}', {most}: an indicator is "
        "either yes or no, or a number.",
        "Write this value as the others are written, or give it an indicator of its own.",
    ),
    "negative_count": (
        "refuse_row",
        "'{value}' cannot be a count of '{indicator}': a count is 0 or more.",
        "Correct the cell, or leave it blank if it is not known.",
    ),
    "indicator_without_value": (
        "note",
        "{rows} no value, so nothing is known of them.",
        "Nothing needs to be done.",
    ),
    "service_contradiction": (
        "note",
        "In {rows}, {what}. The values are kept as they are.",
        "Check these rows with whoever kept the record, and upload the sheet again if a value was "
        "wrong.",
    ),
    "indicators_read_as": (
        "note",
        "Indicators were read as {value}.",
        "Nothing needs to be done if that is right.",
    ),
    "indicator_zero_one": (
        "note",
        "'{value}' at {site} holds nothing but 0 and 1 and was read as a count.",
        "If 1 means yes and 0 means no, write yes and no.",
    ),
    "indicator_shares": (
        "note",
        "The values of '{value}' at {site} all lie between 0 and 1. If they are percentages, 0.93 "
        "stands for 93%.",
        "Nothing needs to be done, or write 93 in place of 0.93 in every row.",
    ),
    "indicator_scales_differ": (
        "ask",
        "'{value}' at {site} has values below 1 and others as large as {largest}. A cell that "
        "shows 93% may hold 0.93 where another holds 93.",
        "Write percentages in one way in every row, for example 93.",
    ),
    "couple_differs": (
        "ask",
        "{who} is given more than one couple code; the first one found is used.",
        "Check the column 'couple' in every row of this person.",
    ),
    "total_differs": (
        "note",
        "{what}: the score given here ({value}) differs from the one worked out from the answers "
        "({expected}); the answers count.",
        "Check the answers of this row if the given score is the right one.",
    ),
    "unknown_column": (
        "note",
        "The column '{value}' is not known here and was not read.",
        "Nothing needs to be done, unless it holds answers: then use the name in the template.",
    ),
    "hidden_sheet": (
        "note",
        "The sheet '{value}' is hidden and was not read.",
        "Unhide it and upload the file again if it holds answers.",
    ),
    "sheet_not_read": (
        "note",
        "The sheet '{value}' has no column 'participant' and was not read.",
        "Nothing needs to be done, unless it holds answers.",
    ),
    "after_data_lock": (
        "note",
        "{count} records are dated after the data lock ({value}) and were left out.",
        "Nothing needs to be done; choose a later data lock to include them.",
    ),
    "dates_out_of_order": (
        "ask",
        "{who}: {what}. They are not compared until this is cleared up.",
        "Check the dates and the points in time against the forms, and correct what is wrong.",
    ),
    "dates_out_of_order_often": (
        "ask",
        "{at}{people} have a later questionnaire that is dated before an earlier one ({rows}). "
        "These are not compared until this is cleared up.",
        "So many have one cause: see whether day and month, or two points in time, were mixed up "
        "when the file was made, and correct it there.",
    ),
    "outside_window": (
        "note",
        "{at}{forms} outside the time meant for it, {low} to {high} days after the end of support: "
        "{split} ({rows}).",
        "Check the date and the point in time of these rows. If both are right, nothing needs to "
        "be done.",
    ),
    "no_baseline": (
        "note",
        "{at}{people} a later questionnaire but no baseline in these files ({waves}; {rows}), and "
        "so no comparison with the start.",
        "Nothing needs to be done if the baselines were uploaded before, or never filled in. "
        "Otherwise check the codes and the points in time of these rows.",
    ),
    "person_differs": (
        "ask",
        "The rows of {who} contradict each other in {what} ({rows}); the first entry is used.",
        "If two people share this code, give one of them another. Otherwise correct the entries.",
    ),
    "people_differ": (
        "ask",
        "{at}{people} people have rows that contradict each other in {what} ({rows}); the first "
        "entry of each is used.",
        "So many have one cause: see whether codes were given out twice, or a column was moved, "
        "and correct it.",
    ),
    "couple_too_large": (
        "ask",
        "The couple code '{value}' is used for {count} adults ({rows}).",
        "Correct the couple codes, or enter the role of those who are not partners (child, "
        "practitioner).",
    ),
    "couples_too_large": (
        "ask",
        "{at}{count} couple codes are used for more than two adults each ({codes}).",
        "See whether the column 'couple' holds something else, such as a group or a worker. A code "
        "in it belongs to the two partners of one couple.",
    ),
    "one_partner_only": (
        "note",
        "{at}{couples} only one partner in these files{codes}. That is allowed.",
        "Nothing needs to be done, unless the other partner did take part: then check how the "
        "couple codes are spelled.",
    ),
    "too_many_sites": (
        "ask",
        "{count} different sites are named, more than a programme has. The rows were not compared "
        "with one another.",
        "Check that the column 'site' holds the name of the site and nothing else.",
    ),
    "code_at_several_sites": (
        "note",
        "{count} used at more than one site ({sites}): {codes}. A code counts within its site, so "
        "these are read as different people.",
        "Nothing needs to be done, unless somebody moved to another site: then enter all rows of "
        "that person under one site.",
    ),
    "identical_answers": (
        "note",
        "{at}{forms} hold exactly the same {questionnaire} answers as another person's at the same "
        "point in time: {rows}. This can be chance.",
        "See whether one row was copied from the other, and correct it if so.",
    ),
    "same_answer_throughout": (
        "note",
        "{at}{forms} the same answer to every question, although some are worded the other way "
        "round ({rows}).",
        "Nothing needs to be done if the forms were filled in like this; they count. Otherwise "
        "correct the rows.",
    ),
    "unnamed_site": (
        "note",
        "The file names no site; it is called 'unnamed' in the results.",
        "Add a column 'site', or give the site when you start the program.",
    ),
    "coding": (
        "ask",
        "{value}",
        "Decide, and have it recorded: on the upload page, or in a rule file under scoring, recode "
        "({decision}, or [] to leave the answers as typed).",
    ),
    "coding_seen": ("note", "{value}", "Look at the form and at these answers once more."),
    "question_columns": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_wave": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_word": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_reading": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_dates": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_codes": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "question_unit": (
        "ask",
        "{value}",
        _ANSWER_IT,
    ),
    "read_columns_as": (
        "note",
        "The columns were understood by what they are called: {value}.",
        "Nothing needs to be done if this is right; otherwise change it before anything is stored.",
    ),
    "tool_columns": (
        "note",
        "Columns that {tool} adds of itself were left out: {value}.",
        "Nothing needs to be done.",
    ),
    "partner_columns": (
        "note",
        "Columns that repeat the other partner's own answers were left out: {value}.",
        "Nothing needs to be done: each person's answers are read from their own row.",
    ),
    "copied_columns": (
        "note",
        "Columns that say the same answers in other words were left out: {value}.",
        "Nothing needs to be done.",
    ),
    "new_columns": (
        "note",
        "Since this kind of file was last read there are new columns: {value}.",
        "Check how they are read before anything is stored.",
    ),
    "mapped_column_gone": (
        "ask",
        "The column '{value}', which was read as {meaning}, is no longer there.",
        "Say which column holds it now, or that it is no longer asked.",
    ),
    "rows_without_answers": (
        "note",
        "{rows} a code and a point in time but no answer ({listed}). Nothing is read from them.",
        "Nothing needs to be done if the questionnaire was not filled in.",
    ),
    "incomplete_questionnaire": (
        "note",
        "{value} is not complete: there is no column for {columns}. Scores that need them cannot "
        "be worked out.",
        "Nothing needs to be done if they were never asked. Otherwise add the columns.",
    ),
    "column_without_name": (
        "ask",
        "Column {letter} holds numbers but has no name. It was not read.",
        "Give the column its name (for example phq9_5), or empty it if it holds nothing to read.",
    ),
    "code_is_date": (
        "refuse_row",
        "There is a date where the code in the column '{column_name}' should be.",
        "Excel turns codes such as 1-2 into dates. Format the column as text and enter the codes "
        "again.",
    ),
    "code_rounded": (
        "refuse_row",
        "The code '{value}' in the column '{column_name}' is a number that the spreadsheet "
        "program has rounded or shortened, so other people may have the same.",
        "Format the column as text and enter the whole codes again.",
    ),
    "merged_cells": (
        "note",
        "Cells are merged in the data (rows {value}). Only the first cell of each holds a value; "
        "the others count as blank.",
        "Unmerge them (Home, Merge and Centre) and fill in each row, if one value is meant for "
        "all of them.",
    ),
    "hidden_rows": (
        "note",
        "Hidden rows were read like all others: {value}.",
        "Delete them from the file if they are not meant.",
    ),
    "hidden_columns": (
        "note",
        "Hidden columns were read like all others: {value}.",
        "Delete them from the file if they are not meant.",
    ),
    "coloured_rows": (
        "note",
        "Rows are coloured: {value}. Colours are not read.",
        "If a colour means something, for example that somebody withdrew, say so in a column.",
    ),
    "summary_rows": (
        "note",
        "Rows that look like totals or averages were left out: {value}.",
        "Nothing needs to be done, unless one of them is a person: then give the row a code.",
    ),
    "commented_cells": (
        "note",
        "There are comments in rows {value}. Comments are not read.",
        "If a comment holds the real answer, type it into the cell.",
    ),
    "more_of_the_same": (
        "drop_cell",
        "The column '{value}' has {count} more cells with the same mistake.",
        "Correct them like those that are listed.",
    ),
    "read_as": ("note", "{value}", "Nothing needs to be done if the text looks right."),
}  # fmt: skip
