"""YAML that a person has typed, as lists, keys and texts that remember their lines.

Nothing is interpreted: ``no`` stays a word, and what is a number is decided by whoever asks for
one. References and tags, the parts of YAML that can do harm, are refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

LARGEST_BYTES = 200_000
DEEPEST = 10
LONGEST_TEXT = 300
DECIMAL = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,15})?|\.[0-9]{1,15})")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Text:
    """A single value as typed; ``""`` where there is none."""

    line: int
    value: str


@dataclass(slots=True)
class Listing:
    """Several values in order."""

    line: int
    entries: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Values by key, and the line of each key."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Text | Listing | Table


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a line, and what may stand there instead."""

    line: int
    message: str
    fix: str
    value: str = ""


def read_marked(text: str | bytes) -> tuple[Node | None, list[Mistake]]:
    """The tree of a text, and every mistake in it; no tree where it could not be read at all."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(data) > LARGEST_BYTES:
        fix = f"Up to {LARGEST_BYTES // 1000} KB can be read; divide it into several files."
        return None, [Mistake(1, f"The file is too large ({len(data) // 1000} KB).", fix)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [_unreadable(line, "a character is not UTF-8", "Save the file as UTF-8.")]
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
            if builder.too_deep:
                return None, builder.mistakes
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        fix = "Delete the invisible character, or type the line again."
        return None, [*builder.mistakes, _unreadable(line, "a character is not allowed", fix)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fix = (
            "Indent with blanks, not tabs, leave a blank after each colon, and put a text that "
            "holds a colon or begins with a sign such as > in quotation marks."
        )
        line = mark.line + 1 if mark else 1
        return None, [*builder.mistakes, _unreadable(line, error.problem or "", fix)]
    return builder.root, builder.mistakes


def plain(node: Node) -> Any:
    """A tree as ordinary lists and dictionaries of texts."""
    if isinstance(node, Table):
        return {key: plain(value) for key, value in node.entries.items()}
    return [plain(n) for n in node.entries] if isinstance(node, Listing) else node.value


def write_yaml(content: Any) -> str:
    """Lists and dictionaries of texts as YAML that reads back as the same."""
    return yaml.safe_dump(
        _with_numbers(content), sort_keys=False, allow_unicode=True, default_flow_style=None,
        width=100,
    )  # fmt: skip


def _with_numbers(content: Any) -> Any:
    """Numbers as numbers, so that they are written without quotation marks."""
    if isinstance(content, dict):
        return {key: _with_numbers(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_with_numbers(value) for value in content]
    if _NUMBER.fullmatch(content):
        number = float(content) if "." in content else int(content)
        return number if str(number) == content else content
    return content or None


def _unreadable(line: int, what: str, fix: str) -> Mistake:
    return Mistake(line, f"The text cannot be read as YAML ({what}).", fix)


class _Builder:
    """Builds the tree as the text is read, so that nothing is ever expanded."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self.too_deep = False
        self._open: list[Listing | Table] = []
        self._keys: list[Text | None] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(line, "A second document begins here.", "Delete the line '---'.")
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(
                line, f"'*{event.anchor}' refers to another place.", "Write the value here again."
            )
            self._add(Text(line, ""))
        elif isinstance(event, yaml.NodeEvent):
            self._check_harmless(event, line)
            self._begin(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _check_harmless(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._refuse(line, f"'&{event.anchor}' names a place to refer to.", "Leave it out.")
        if event.tag is not None:
            self._refuse(line, f"'{event.tag}' is a tag, which is not allowed.", "Leave it out.")

    def _begin(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.style is None and event.value in _NOTHING
            self._add(Text(line, "" if nothing else event.value.strip()))
            return
        node = Listing(line) if isinstance(event, yaml.SequenceStartEvent) else Table(line)
        self._add(node)
        self._open.append(node)
        self._keys.append(None)
        if len(self._open) > DEEPEST:
            self.too_deep = True
            self._refuse(line, "Lists lie too deep in one another.", "Close the brackets.")

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = self.root or node
            return
        parent = self._open[-1]
        if isinstance(parent, Listing):
            parent.entries.append(node)
            return
        key = self._keys[-1]
        if key is not None:
            parent.entries[key.value] = node
            parent.lines[key.value] = key.line
            self._keys[-1] = None
            return
        new = node if isinstance(node, Text) else Text(node.line, "")
        self._keys[-1] = new
        name = new.value
        if not name:
            self._refuse(node.line, "A value has no key.", "Write it as 'key: value'.")
        elif name in parent.entries:
            first = parent.lines[name]
            self._refuse(
                node.line, f"'{name}' is given twice (first in line {first}).", "Keep one of them."
            )

    def _refuse(self, line: int, message: str, fix: str) -> None:
        self.mistakes.append(Mistake(line, message, fix))


class Checker:
    """Takes values of a wanted kind out of a tree; what is wrong with them is collected.

    A key that is not there gives the default without complaint; `check_keys` says which must be.
    """

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes

    def refuse(self, line: int, message: str, fix: str, *, value: str = "") -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(line, message, fix, value))

    def check_keys(
        self, table: Table, known: Sequence[str], *, required: Mapping[str, str], where: str
    ) -> None:
        """Keys that mean nothing, and those absent that are needed (each with an example)."""
        for key, line in table.lines.items():
            if key and key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f" Did you mean '{close[0]}'?" if close else ""
                allowed = f"Allowed: {', '.join(known)}."
                self.refuse(line, f"'{key}' means nothing in {where}.{hint}", allowed, value=key)
        for key, example in required.items():
            if key not in table.entries:
                message = f"{_capital(where)} has no '{key}'."
                self.refuse(table.line, message, f"Add '{key}: {example}'.")

    def text(self, table: Table, key: str, default: str = "") -> str:
        """Words; numbers and yes/no count as words here."""
        node = table.entries.get(key)
        if node is None:
            return default
        line = table.lines[key]
        if not isinstance(node, Text) or not node.value:
            self.refuse(line, f"'{key}' has no text.", f"Write '{key}: some words', or delete it.")
        elif len(node.value) > LONGEST_TEXT:
            limit = f"Allowed: up to {LONGEST_TEXT} characters."
            self.refuse(line, f"'{key}' is {len(node.value)} characters long.", limit)
        else:
            return " ".join(node.value.split())
        return default

    def choice(self, table: Table, key: str, choices: Sequence[str], default: str = "") -> str:
        """One of a few words."""
        word = self._word(table, key)
        if word is None or word in choices:
            return default if word is None else word
        self.refuse(
            table.lines[key], f"'{key}: {word}' is not allowed.",
            f"Allowed: {', '.join(choices)}.", value=word,
        )  # fmt: skip
        return default

    def whole(self, table: Table, key: str, *, low: int, high: int) -> int | None:
        """A whole number within limits."""
        word = self._word(table, key)
        if word is None:
            return None
        return self._whole(word, table.lines[key], f"{key}: {word}", low=low, high=high)

    def number(
        self, table: Table, key: str, *, low: float, high: float, between: bool = False
    ) -> float | None:
        """A number within limits, or strictly between them."""
        word = self._word(table, key)
        if word is None:
            return None
        value = float(word) if DECIMAL.fullmatch(word) else None
        if value is not None and (low < value < high or (not between and low <= value <= high)):
            return value
        limits = f"between {low:g} and {high:g}" if between else f"from {low:g} to {high:g}"
        self.refuse(
            table.lines[key], f"'{key}: {word}' is not possible.", f"Allowed: a number {limits}.",
            value=word,
        )  # fmt: skip
        return None

    def words(self, table: Table, key: str, *, may_be_empty: bool = False) -> list[Text]:
        """A list of single values, each with its line."""
        node = table.entries.get(key)
        if node is None:
            return []
        entries = node.entries if isinstance(node, Listing) else None
        words = [n for n in entries or [] if isinstance(n, Text) and n.value]
        if entries is None or len(words) < len(entries) or not (words or may_be_empty):
            message = f"'{key}' is not a list of single values."
            self.refuse(table.lines[key], message, f"Write '{key}: [a, b, c]'.")
            return []
        return words

    def wholes(
        self, table: Table, key: str, *, low: int, high: int, may_be_empty: bool = False
    ) -> list[tuple[int, int]]:
        """A list of whole numbers, each with its line."""
        found = []
        for word in self.words(table, key, may_be_empty=may_be_empty):
            shown = f"{word.value} in {key}"
            number = self._whole(word.value, word.line, shown, low=low, high=high)
            if number is not None:
                found.append((number, word.line))
        return found

    def tables(self, table: Table, key: str, *, example: str) -> list[Table]:
        """A list of tables."""
        node = table.entries.get(key)
        if node is None:
            return []
        entries = node.entries if isinstance(node, Listing) else []
        fix = f"Begin each entry with a dash, as in '- {example}'."
        if not entries:
            self.refuse(table.lines[key], f"'{key}' is not a list with entries.", fix)
        for entry in entries:
            if not isinstance(entry, Table):
                self.refuse(entry.line, f"An entry of '{key}' has no keys.", fix)
        return [entry for entry in entries if isinstance(entry, Table)]

    def table(self, table: Table, key: str, *, example: str) -> Table | None:
        """A table under a key."""
        node = table.entries.get(key)
        if node is None or isinstance(node, Table):
            return node
        self.refuse(table.lines[key], f"'{key}' has no keys.", f"Write '{key}: {{{example}}}'.")
        return None

    def _word(self, table: Table, key: str) -> str | None:
        node = table.entries.get(key)
        if node is None:
            return None
        if isinstance(node, Text) and node.value:
            return node.value
        self.refuse(table.lines[key], f"'{key}' has no single value.", f"Write '{key}: value'.")
        return None

    def _whole(self, word: str, line: int, shown: str, *, low: int, high: int) -> int | None:
        if _WHOLE.fullmatch(word) and low <= int(word) <= high:
            return int(word)
        self.refuse(
            line, f"'{shown}' is not possible.", f"Allowed: a whole number from {low} to {high}.",
            value=word,
        )  # fmt: skip
        return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
