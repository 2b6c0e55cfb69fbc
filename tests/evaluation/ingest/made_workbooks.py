"""Workbooks made by hand in memory, part by part, so that they can say what no library would."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

ONE_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def worksheet(rows: str, *, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def shared_texts(items: str) -> str:
    return f'<sst xmlns="{MAIN}">{items}</sst>'


def relations(*kinds_and_targets: tuple[str, str]) -> str:
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(kinds_and_targets, start=1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{found}</Relationships>'


def parts_of(
    *sheets: str, states: Mapping[int, str] | None = None, kinds: Mapping[int, str] | None = None,
    before: str = "", names: str = "",
) -> dict[str, str | bytes]:  # fmt: skip
    """The parts of a workbook with these sheet parts, called S1, S2, …"""
    states, kinds = states or {}, kinds or {}
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"'
        + (f' state="{states[n]}"' if n in states else "")
        + "/>"
        for n in range(1, len(sheets) + 1)
    )
    places = [
        (kinds.get(n, "worksheet"), f"{kinds.get(n, 'worksheet')}s/sheet{n}.xml")
        for n in range(1, len(sheets) + 1)
    ]
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}'
        f"<sheets>{listed}</sheets>{names}</workbook>",
        "xl/_rels/workbook.xml.rels": relations(*places),
    }
    return parts | {f"xl/{place}": sheet for (_, place), sheet in zip(places, sheets, strict=True)}


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A package of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def workbook(
    rows: str = ONE_ROW, *, texts: str = "", styles: str = "", before: str = "", after: str = "",
    about: str = "", names: str = "", more: Mapping[str, str | bytes] | None = None,
) -> bytes:  # fmt: skip
    """A workbook with one sheet; ``before`` and ``after`` stand around its rows."""
    parts = parts_of(worksheet(rows, before=before, after=after), before=about, names=names)
    if texts:
        parts["xl/sharedStrings.xml"] = shared_texts(texts)
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return packed(parts | dict(more or {}))


def with_sheet(sheet: str | bytes) -> bytes:
    """A workbook whose one sheet is exactly this part."""
    return packed(parts_of("") | {"xl/worksheets/sheet1.xml": sheet})


def changed(part: str, before: str, after: str, data: bytes | None = None) -> bytes:
    """A workbook with some text of one part replaced."""
    with zipfile.ZipFile(io.BytesIO(data or workbook())) as package:
        parts: dict[str, str | bytes] = {name: package.read(name) for name in package.namelist()}
    old = parts[part]
    assert isinstance(old, bytes)
    assert before.encode() in old
    return packed(parts | {part: old.replace(before.encode(), after.encode())})


# --- packages written by hand -----------------------------------------------------------------


@dataclass(frozen=True)
class RawPart:
    """A part with what the package says of it, true or not."""

    name: str
    packed: bytes
    size: int
    checksum: int
    flags: int = 0


def raw_part(name: str, content: str | bytes, **said: int) -> RawPart:
    data = content.encode() if isinstance(content, str) else content
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    told = {"size": len(data), "checksum": zlib.crc32(data)} | said
    return RawPart(name, packer.compress(data) + packer.flush(), **told)


def repeated_part(name: str, start: str, block: str, times: int, end: str) -> RawPart:
    """A part that repeats one block, packed without ever being built."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(block.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(end.encode()) + packer.flush()
    checksum = zlib.crc32(start.encode())
    for _ in range(times):
        checksum = zlib.crc32(block.encode(), checksum)
    size = len(start.encode()) + times * len(block.encode()) + len(end.encode())
    return RawPart(name, first + middle * times + last, size, zlib.crc32(end.encode(), checksum))


def raw_package(*parts: RawPart) -> bytes:
    body, contents = b"", b""
    for part in parts:
        name = part.name.encode()
        told = struct.pack(
            "<HHHHHIIIHH", 20, part.flags, 8, 0, 33, part.checksum, len(part.packed), part.size,
            len(name), 0,
        )  # fmt: skip
        contents += b"PK\x01\x02\x14\0" + told + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + told + name + part.packed
    end = struct.pack("<HHHHIIH", 0, 0, len(parts), len(parts), len(contents), len(body), 0)
    return body + contents + b"PK\x05\x06" + end


def raw_workbook(*replaced: RawPart, names: dict[str, str | bytes] | None = None) -> bytes:
    """A workbook with these parts as they are told, beside the others of an ordinary one."""
    own = {part.name for part in replaced}
    others = [raw_part(n, c) for n, c in (names or parts_of(worksheet(ONE_ROW))).items()]
    return raw_package(*(part for part in others if part.name not in own), *replaced)
