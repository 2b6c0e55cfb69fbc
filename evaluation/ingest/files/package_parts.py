"""The parts of a zip package, unpacked piece by piece and never further than they declare.

The table of contents is read with the standard library; the parts are unpacked here, because what
a part says of its own size must be checked against what it gives while it gives it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from evaluation.ingest.files.cells import UnreadableFileError
from evaluation.ingest.files.limits import (
    MAX_PART_BYTES,
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    MAX_WORKBOOK_BYTES,
    RATIO_FROM_BYTES,
    damaged,
    password,
    too_large,
    unsafe,
)

_PIECE = 1 << 20
_PACKED_PIECE = 1 << 17
_OVERLAP = 40
_END_MARK = b"PK\x05\x06"
_LONGEST_END = 22 + 65_535
_LOCAL_HEADER = 30
_DECLARATION = re.compile(rb"<![ \t\r\n]*(?:doctype|entity)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([^\"']*)[\"']")
_KNOWN_ENCODINGS = (b"utf-8", b"us-ascii", b"ascii")
_SAVE_AGAIN = "Open it in Excel, choose Save As, 'Excel Workbook (.xlsx)', and upload that."

# Where in a package something is kept that can act, or another file.
_FORBIDDEN = (
    (
        re.compile(r"vbaproject|(^|/)macrosheets/"),
        "holds macros",
        "In Excel choose Save As, 'Excel Workbook (.xlsx)', which drops macros, and upload that.",
    ),
    (
        re.compile(r"(^|/)activex/|(^|/)embeddings/|oleobject"),
        "holds embedded objects or controls",
        "In Excel delete the embedded objects and controls, or copy the answers into a new "
        "workbook, and upload that.",
    ),
)


class PackageParts:
    """The parts of one package by their name in lower case, with ``/`` between folders."""

    def __init__(self, file_name: str, data: bytes) -> None:
        self.file_name = file_name
        self._data = data
        if len(data) > MAX_WORKBOOK_BYTES:
            raise too_large(
                file_name, f"{len(data) / 1e6:.0f} MB", f"{MAX_WORKBOOK_BYTES / 1e6:.0f} MB"
            )
        self._entries = self._contents()
        self._check_sizes()

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def check_names(self) -> None:
        """Refuse packages that hold macros, controls or other files."""
        for name in self._entries:
            for pattern, what, fix in _FORBIDDEN:
                if pattern.search(name):
                    raise unsafe(self.file_name, what, fix)

    def read(self, name: str) -> bytes:
        """The whole part; only for parts that are small or needed whole."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The part, piece by piece, checked on the way."""
        name = name.casefold()
        if name not in self._entries:
            raise damaged(self.file_name)
        checked = not name.startswith("xl/media/")  # pictures are neither read nor parsed
        end = b""
        first = True
        for piece in self._unpacked(self._entries[name]):
            if first and name.endswith((".xml", ".rels", ".vml")):
                self._check_encoding(piece)
            first = False
            if checked:
                self._refuse_declarations(end + piece[:_OVERLAP])  # a mark may lie across pieces
                if b"!" in piece and b"<!" in piece:
                    self._refuse_declarations(piece)
                end = piece[-_OVERLAP:]
            yield piece

    def _contents(self) -> dict[str, zipfile.ZipInfo]:
        data = self._data
        if data.count(_END_MARK, max(0, len(data) - _LONGEST_END)) != 1:
            raise damaged(self.file_name)  # two tables of contents: readers might differ
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                entries = package.infolist()
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            ValueError,
            OSError,
            struct.error,
        ) as error:
            raise damaged(self.file_name) from error
        if len(entries) > MAX_PARTS:
            raise too_large(self.file_name, f"{len(entries):,} parts", f"{MAX_PARTS} parts")
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.filename.replace("\\", "/").casefold()
            if name.startswith("/") or ":" in name or ".." in name.split("/"):
                raise unsafe(self.file_name, "holds a part with a path outside itself", _SAVE_AGAIN)
            if name in found:
                raise unsafe(self.file_name, "holds one part twice", _SAVE_AGAIN)
            if entry.flag_bits & 0x41:
                raise password(self.file_name)
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise damaged(self.file_name)
            found[name] = entry
        return found

    def _check_sizes(self) -> None:
        entries = self._entries.values()
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED_BYTES:
            raise self._unpacked_too_large(unpacked, MAX_UNPACKED_BYTES)
        for entry in entries:
            if entry.file_size > MAX_PART_BYTES:
                raise self._unpacked_too_large(entry.file_size, MAX_PART_BYTES)
            packed = max(entry.compress_size, 1)
            if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * packed:
                raise too_large(
                    self.file_name,
                    f"a part of it grows {entry.file_size / packed:,.0f} times when unpacked",
                    f"{MAX_RATIO} times",
                )

    def _unpacked_too_large(self, size: int, limit: int) -> UnreadableFileError:
        return too_large(
            self.file_name, f"{size / 1e6:,.0f} MB when unpacked", f"{limit / 1e6:,.0f} MB"
        )

    def _packed(self, entry: zipfile.ZipInfo) -> memoryview:
        start = entry.header_offset
        header = self._data[start : start + _LOCAL_HEADER]
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise damaged(self.file_name)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start += _LOCAL_HEADER + name_length + extra_length
        packed = memoryview(self._data)[start : start + entry.compress_size]
        if len(packed) != entry.compress_size:
            raise damaged(self.file_name)
        return packed

    def _unpacked(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        size = checksum = 0
        for piece in self._raw(entry):
            size += len(piece)
            if size > entry.file_size:
                raise damaged(self.file_name)  # more than it declares
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if size != entry.file_size or checksum != entry.CRC:
            raise damaged(self.file_name)

    def _raw(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        packed = self._packed(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            for start in range(0, len(packed), _PIECE):
                yield bytes(packed[start : start + _PIECE])
            return
        unpacker = zlib.decompressobj(-15)
        waiting = packed
        try:
            while not unpacker.eof:
                piece = unpacker.decompress(waiting[:_PACKED_PIECE], _PIECE)
                used = min(len(waiting), _PACKED_PIECE) - len(unpacker.unconsumed_tail)
                waiting = waiting[used:]
                if piece:
                    yield piece
                elif not unpacker.eof and not used:
                    raise damaged(self.file_name)  # cut off
        except zlib.error as error:
            raise damaged(self.file_name) from error

    def _check_encoding(self, start: bytes) -> None:
        """Only text whose signs can be looked for byte by byte."""
        named = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf")[:200])
        if named and named.group(1).lower() in _KNOWN_ENCODINGS:
            return
        if named or b"\0" in start[:4] or start.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise unsafe(self.file_name, "is written in an unusual encoding", _SAVE_AGAIN)

    def _refuse_declarations(self, text: bytes) -> None:
        if _DECLARATION.search(text):
            raise unsafe(
                self.file_name, "holds definitions that no spreadsheet program writes", _SAVE_AGAIN
            )
