"""How large a file and its parts may be, and the sentences for a file that cannot be used.

Every limit has been set between what honest files need and what harms: 100,000 people with 60
columns are 19 MB, 240 MB unpacked and 6 million cells; a formatted column may end in row 1,048,576.
"""

from __future__ import annotations

from evaluation.ingest.files.cells import UnreadableFileError

MAX_WORKBOOK_BYTES = 20_000_000
MAX_TEXT_BYTES = 50_000_000
MAX_PARTS = 500
MAX_SHEETS = 60
MAX_UNPACKED_BYTES = 400_000_000
MAX_PART_BYTES = 300_000_000
MAX_RATIO = 200  # unpacked to packed, of a part larger than RATIO_FROM_BYTES
RATIO_FROM_BYTES = 5_000_000
MAX_ROWS = 200_000  # the last row and column with a value, not the last one that is formatted
MAX_COLUMNS = 1_000
MAX_CELLS = 8_000_000
MAX_AREA = 20_000_000  # rows x columns from the first to the last value: the reader keeps each one
MAX_TEXT_LENGTH = 32_767  # of one cell; Excel's own limit
MAX_SHARED_TEXT_BYTES = 60_000_000
MAX_CELL_TEXT_BYTES = 400_000_000  # a text that stands in many cells counts in each of them
MAX_RANGE_CELLS = 200_000  # of one merged range or one link
MAX_NAMES = 2_000
MAX_ELEMENTS = 2_000_000  # of a part beside the sheets
MAX_ODD_ELEMENTS = 1_500_000  # of a sheet written as few programs do: it is slow to scan
MAX_REMEMBERED = 10_000  # merged ranges and comments of a sheet
LARGEST_ROW = 60_000_000  # bytes of one row


def too_large(file_name: str, what: str, limit: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_large",
        f"'{file_name}' is too large ({what}; the limit is {limit}).",
        "Keep only the sheets with answers, delete stray cells and empty formatted rows and "
        "columns, and save it again.",
    )


def too_slow(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_large",
        f"'{file_name}' is too large for the unusual way in which it is written.",
        "Open it in Excel, choose Save As, 'Excel Workbook (.xlsx)', and upload that.",
    )


def text_too_long(file_name: str) -> UnreadableFileError:
    return too_large(
        file_name, "the text of one cell is too long", f"{MAX_TEXT_LENGTH:,} characters"
    )


def damaged(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "not_a_spreadsheet",
        f"'{file_name}' is not a workbook that can be opened; it may be damaged.",
        "Open it in Excel, save it as 'Excel Workbook (.xlsx)' or as CSV, and upload that.",
    )


def other_kind(file_name: str, kind: str, fix: str) -> UnreadableFileError:
    return UnreadableFileError(
        "not_a_spreadsheet", f"'{file_name}' is {kind}, which cannot be read here.", fix
    )


def unsafe(file_name: str, what: str, fix: str) -> UnreadableFileError:
    return UnreadableFileError(
        "unsafe_file", f"'{file_name}' {what}, and such files are not opened here.", fix
    )


def password(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "password",
        f"'{file_name}' is protected by a password.",
        "In Excel choose File, Info, Protect Workbook, remove the password, save, "
        "and upload it again.",
    )
