"""Files that leave, taken apart with the standard library: what a spreadsheet program would see."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MEMBERS = re.compile(
    r".*/(?:externalLinks|embeddings|activeX|queryTables|pivot[A-Za-z]*)/.*", re.I
)
_NAMES = ("creator", "lastModifiedBy", "Manager", "Company")
PROGRAM = "Distance Travelled"


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        assert len(set(names)) == len(names)
        return {name: package.read(name) for name in names}


def unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and whatever is packed in it, however deep."""
    yield name, data
    if data[:2] == b"PK":
        for inner, content in parts(data).items():
            yield from unpacked(f"{name}/{inner}", content)


def sheet_names(data: bytes) -> dict[str, str]:
    """Every sheet and whether it is visible."""
    book = ElementTree.fromstring(parts(data)["xl/workbook.xml"])
    return {s.attrib["name"]: s.attrib.get("state", "visible") for s in book.iter(f"{MAIN}sheet")}


def live_cells(data: bytes) -> list[str]:
    """The formulas in the cells of a workbook, and the links that lead out of it."""
    found = []
    for name, content in parts(data).items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            tree = ElementTree.fromstring(content)
            found += [f"{name}: {cell.text}" for cell in tree.iter(f"{MAIN}f")]
            found += [f"{name}: {c.attrib}" for c in tree.iter(f"{MAIN}ddeLink")]
    return found + leading_out(data)


def leading_out(data: bytes) -> list[str]:
    """Relationships to something outside the file."""
    return [
        f"{name}: {one.attrib['Target']}"
        for name, content in parts(data).items()
        if name.endswith(".rels")
        for one in ElementTree.fromstring(content).iter(_RELATED)
        if one.attrib.get("TargetMode") == "External"
    ]


def people_named(data: bytes) -> set[str]:
    """Whoever the file's own properties name."""
    found = set()
    for name, content in parts(data).items():
        if name.startswith("docProps/") and name.endswith(".xml"):
            for element in ElementTree.fromstring(content).iter():
                if element.tag.rpartition("}")[2] in _NAMES and (element.text or "").strip():
                    found.add(str(element.text))
    return found


def stowaways(data: bytes, *, comments: bool = False) -> list[str]:
    """Parts that have no business in a file made from scratch."""
    return [
        name
        for name in parts(data)
        if _MEMBERS.fullmatch(name)
        or "vbaProject" in name
        or name == "docProps/custom.xml"
        or ("comments" in name and not comments)
    ]
