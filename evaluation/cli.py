"""The whole way without a browser: check, score, analyse, due, import, undo, export, demo.

Messages go to stderr. Errors are one sentence and an exit status: 0 = nothing but notes,
1 = a row or cell was refused or a question is open, 2 = nothing could be done.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from evaluation import __version__
from evaluation.cli_accounts import add_account_command
from evaluation.cli_export import add_export_options
from evaluation.cli_rights import Command, add_rights_commands
from evaluation.config import Settings, SettingsError, load_settings, site_id
from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.columns.mapping_file import (
    MappingFileError,
    mapping_text,
    parse_mapping,
    proposed,
    with_open,
)
from evaluation.ingest.definitions.local_questionnaires import parse_definitions
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.problems import Place, make_problem, sentence
from evaluation.ingest.sentences import lines
from evaluation.model import ImportReport, Problem
from instruments.definition import Instrument
from instruments.registry import all_instruments

LONG_FILES = 2_000_000  # bytes that take over two seconds to read


class RefusedError(Exception):
    """The command cannot be carried out; the text is one sentence."""


class BadDefinitionsError(RefusedError):
    """A file of local questionnaires that cannot be used; the text is a line for each mistake."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{p.file}: {p.message} {p.fix}" for p in problems))
        self.problems = tuple(problems)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (RefusedError, SettingsError) as error:
        _say(options, str(error), always=True)
        return 2
    except OSError as error:
        _say(options, _cannot_open(error), always=True)
        return 2


def _cannot_open(error: OSError) -> str:
    return f"'{error.filename}' cannot be read or written."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation", description="Distance travelled: from spreadsheet to results."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], text: str, *,
        files: bool = False, local: bool = False,
    ) -> argparse.ArgumentParser:  # fmt: skip
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--quiet", action="store_true", help="say nothing but errors")
        if files:
            command.add_argument("files", nargs="+", metavar="FILE", type=Path)
            command.add_argument("--site", default="", help="the site of rows that name none")
            command.add_argument("--settings", type=Path, help="a rule file (YAML)")
            command.add_argument(
                "--mapping", type=Path, metavar="FILE",
                help="how the files are read, as --save-mapping or the upload page wrote it",
            )  # fmt: skip
        if files or local:
            command.add_argument(
                "--instruments-file", type=Path, action="append", default=[], metavar="YAML",
                help="local questionnaires; may be given several times",
            )  # fmt: skip
        return command

    check = add("check", _check, "Read, map and check files; list every problem.", files=True)
    check.add_argument("--json", type=Path, metavar="OUT", help="write the problems as JSON")
    check.add_argument(
        "--save-mapping", type=Path, metavar="FILE",
        help="write how the files would be read, with an answer proposed to every question",
    )  # fmt: skip
    score = add("score", _score, "Score every questionnaire found.", files=True)
    score.add_argument("--out", type=Path, required=True, metavar="scores.csv")
    analyse = add("analyse", _analyse, "The whole way, without a database.", files=True)
    analyse.add_argument("--out", type=Path, required=True, metavar="DIR")
    analyse.add_argument("--data-lock", type=_day, metavar="YYYY-MM-DD")
    analyse.add_argument("--disclosure", choices=("off", "site", "release"), default="off")
    due = add("due", _due, "List who can answer now, soon or a little late.", files=True)
    due.add_argument("--out", type=Path, required=True, metavar="due.csv", help="or due.xlsx")
    due.add_argument("--data-lock", type=_day, metavar="YYYY-MM-DD", help="instead of today")
    template = add("template", _template, "Write a blank workbook.", local=True)
    template.add_argument("--instruments", required=True, metavar="a,b")
    template.add_argument(
        "--layout", default="long", choices=("long", "wide", "sheet_per_wave", "couple")
    )
    template.add_argument("--out", type=Path, required=True, metavar="FILE.xlsx")
    template.add_argument("--indicators", action="store_true", help="with a sheet for counts")
    imported = add("import", _import, "Put files into the store.", files=True)
    imported.add_argument(
        "--accept-partial", action="store_true", help="store the good rows though many are refused"
    )
    add("imports", _imports, "List what was imported.")
    undo = add("undo", _undo, "Take an import back.")
    undo.add_argument("id", type=int, metavar="ID", help="its number in the list of imports")
    add_export_options(add("export", _export, "Write the research export.", local=True), _day)
    add_rights_commands(lambda name, command, text: add(name, _rights(command), text))
    add_account_command(lambda name, command, text: add(name, _rights(command), text))
    demo = add("demo", _demo, "Write the synthetic sample programme.")
    demo.add_argument("--out", type=Path, required=True, metavar="DIR")
    demo.add_argument("--seed", type=int, default=2017)
    add("selfcheck", _selfcheck, "Compare this installation with the reference numbers.")
    return parser


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date like 2018-03-31") from error


def _say(options: argparse.Namespace, text: str, *, always: bool = False) -> None:
    if always or not options.quiet:
        sys.stderr.write(text + "\n")


# --- reading --------------------------------------------------------------------------------


def _local_questionnaires(options: argparse.Namespace) -> tuple[Instrument, ...]:
    """The questionnaires of every ``--instruments-file``."""
    found: list[Instrument] = []
    problems: list[Problem] = []
    for path in options.instruments_file:
        known = {instrument.id for instrument in (*all_instruments(), *found)}
        some, wrong = parse_definitions(path.read_bytes(), known_ids=known, file=path.name)
        found += some
        problems += wrong
    if problems:
        raise BadDefinitionsError(problems)
    return tuple(found)


def _read(
    options: argparse.Namespace, settings: Settings, local: Sequence[Instrument], *,
    known: dict[str, str] | None = None, site_required: bool = False,
    saved: Callable[[str], Mapping] = lambda site: Mapping(),
) -> ImportReport:  # fmt: skip
    """Read the files; without ``--mapping`` as ``saved`` says that the site's files are read."""
    if known is None and settings.sites:
        known = {key: name for name in settings.sites for key in (name.casefold(), site_id(name))}
    site = options.site.strip()
    if site and known is not None:
        if site.casefold() not in known:
            names = ", ".join(dict.fromkeys(known.values()))
            raise RefusedError(f"'{site}' is not a site of this programme. The sites are: {names}.")
        site = known[site.casefold()]
    files = [(path.name, path.read_bytes()) for path in options.files]
    report = read_files(
        files,
        site=site,
        known_sites=known,
        extra_instruments=local,
        site_required=site_required,
        recodings=settings.scoring.recode,
        mapping=_mapping(options) or saved(site),
        progress=_progress(options, sum(len(data) for _, data in files)),
    )
    return _review(report, settings, local)


def _mapping(options: argparse.Namespace) -> Mapping | None:
    if options.mapping is None:
        return None
    try:
        return parse_mapping(options.mapping.read_bytes())
    except MappingFileError as error:
        raise RefusedError(f"{options.mapping.name}: {error}") from error


def _progress(options: argparse.Namespace, n_bytes: int) -> Callable[[float], None] | None:
    """A bar for files that take a while."""
    if options.quiet or n_bytes < LONG_FILES or not sys.stderr.isatty():
        return None

    def draw(share: float) -> None:
        done = round(30 * share)
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\rReading [{'#' * done}{'.' * (30 - done)}] {share:4.0%}{end}")
        sys.stderr.flush()

    return draw


def _review(report: ImportReport, settings: Settings, local: Sequence[Instrument]) -> ImportReport:
    """The report with what shows only when the answers are looked at together."""
    from evaluation.review import review, with_doubts
    from evaluation.scores import effective_instruments

    instruments = effective_instruments(settings.scoring, local)
    coding = {} if report.mapping is None else report.mapping.coding
    return with_doubts(*review(report, instruments, decided={*settings.scoring.recode, *coding}))


def _tell(options: argparse.Namespace, report: ImportReport) -> None:
    for line in report.understood:
        _say(options, line)
    for text, blocks in lines(report.problems):
        _say(options, text, always=blocks)
    for file in report.files:
        _say(
            options,
            f"{file.name}: {file.records} records"
            f" ({file.rows_accepted} of {file.rows_read} rows accepted)",
        )


def _status(report: ImportReport) -> int:
    return 2 if report.blocked else int(report.needs_attention)


# --- commands -------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    settings = load_settings(options.settings)
    try:
        local = _local_questionnaires(options)
    except BadDefinitionsError as error:
        _write_problems(options, error.problems)
        raise
    try:
        report = _read(options, settings, local)
    except (RefusedError, OSError) as error:
        text = str(error) if isinstance(error, RefusedError) else _cannot_open(error)
        fix = "Correct the command and run it again."
        _write_problems(options, [Problem("cannot_start", "block_file", text, fix, file="")])
        raise
    _tell(options, report)
    _write_problems(options, report.problems)
    if options.save_mapping and report.mapping is not None:
        chosen = with_open(proposed(report.mapping, report.questions), report.questions)
        options.save_mapping.write_text(mapping_text(chosen), "utf-8")
    return _status(report)


def _write_problems(options: argparse.Namespace, problems: Sequence[Problem]) -> None:
    if options.json:
        rows = [asdict(problem) for problem in problems]
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), "utf-8")


def _score(options: argparse.Namespace) -> int:
    from evaluation.report.tables import write_csv
    from evaluation.scores import effective_instruments, score_dataset

    settings = load_settings(options.settings)
    local = _local_questionnaires(options)
    report = _read(options, settings, local)
    _tell(options, report)
    if report.blocked:
        return 2
    instruments = effective_instruments(settings.scoring, local)
    scores = score_dataset(report.dataset, instruments, prorate=settings.scoring.prorate)
    write_csv(scores, options.out)
    return _status(report)


def _analyse(options: argparse.Namespace) -> int:
    from evaluation.cli_release import refused, say_decision
    from evaluation.disclosure import ReleaseError
    from evaluation.programme import analyse
    from evaluation.report.export import write_results

    settings = load_settings(options.settings)
    local = _local_questionnaires(options)
    report = _read(options, settings, local)
    _tell(options, report)
    if report.blocked:
        return 2
    results = analyse(
        report.dataset, settings, data_lock=options.data_lock, extra_instruments=local
    )
    try:
        decision = write_results(results, report, options.out, disclosure=options.disclosure)
    except ReleaseError as error:
        raise RefusedError(refused(error)) from error
    if decision is not None:
        say_decision(decision.as_record(), lambda text: _say(options, text))
    if results.n_after_lock:
        late = make_problem(
            "after_data_lock",
            Place("All files"),
            value=results.data_lock,
            count=results.n_after_lock,
        )
        _say(options, sentence(late))
    _say(options, f"Written to {options.out} (data lock {results.data_lock.isoformat()}).")
    return _status(report)


def _due(options: argparse.Namespace) -> int:
    from evaluation.cli_due import write_due

    settings = load_settings(options.settings)
    local = _local_questionnaires(options)
    report = _read(options, settings, local)
    _tell(options, report)
    if report.blocked:
        return 2
    written = write_due(report.dataset, settings, local, options.out, data_lock=options.data_lock)
    _say(options, written)
    return _status(report)


def _template(options: argparse.Namespace) -> int:
    from evaluation.ingest.templates.template import write_template

    names = [name.strip() for name in options.instruments.split(",") if name.strip()]
    local = _local_questionnaires(options)
    known = {instrument.id: instrument for instrument in (*all_instruments(), *local)}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        wrong = f"'{unknown[0]}' is not a questionnaire known here" if unknown else "None was named"
        raise RefusedError(f"{wrong}. Known: {', '.join(known)}.")
    try:
        write_template(
            options.out,
            [known[name] for name in names],
            layout=options.layout,
            indicators=options.indicators,
        )
    except ValueError as error:
        raise RefusedError(
            "These questionnaires need more columns than a sheet has in this layout. Name fewer, "
            "or choose another layout."
        ) from error
    _say(options, f"Written to {options.out}.")
    return 0


def _import(options: argparse.Namespace) -> int:
    from evaluation import cli_store

    given = _local_questionnaires(options)
    try:
        store = cli_store.open_store()
        settings = load_settings(options.settings)
        new = {instrument.id for instrument in given}
        local = (*(i for i in store.local_questionnaires() if i.id not in new), *given)
        report = _read(
            options, settings, local, known=store.known_sites(), site_required=True,
            saved=lambda site: cli_store.saved_mapping(store, site),
        )  # fmt: skip
        report = store.screen(report)
        _tell(options, report)
        if report.blocked:
            return 2
        cli_store.store_report(store, report, options, lambda text: _say(options, text))
    except cli_store.NotStoredError as error:
        raise RefusedError(str(error)) from error
    return _status(report)


def _imports(options: argparse.Namespace) -> int:
    from evaluation import cli_store

    return _with_store(cli_store.list_imports, options)


def _undo(options: argparse.Namespace) -> int:
    from evaluation import cli_store

    return _with_store(
        lambda given: cli_store.undo_import(given, lambda text: _say(options, text)), options
    )


def _rights(command: Command) -> Callable[[argparse.Namespace], int]:
    return lambda options: _with_store(
        lambda given: command(given, lambda text: _say(options, text)), options
    )


def _with_store(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from evaluation.cli_store import NotStoredError

    try:
        return run(options)
    except NotStoredError as error:
        raise RefusedError(str(error)) from error


def _export(options: argparse.Namespace) -> int:
    from evaluation.cli_export import export

    settings = load_settings(options.settings)
    local = _local_questionnaires(options)
    return _with_store(
        lambda given: export(given, settings, local, lambda text: _say(options, text)), options
    )


def _demo(options: argparse.Namespace) -> int:
    from sample_data.generate import write_programme
    from sample_data.training import write_training

    paths = write_programme(options.out, seed=options.seed)
    # Apart, since its questionnaire is known only beside the definition that is written with it.
    apart = write_training(options.out / "training", seed=options.seed)
    books = [path for path in (*paths, *apart) if path.suffix == ".xlsx"]
    _say(options, f"Wrote {len(books)} workbooks of synthetic data to {options.out}.")
    return 0


def _selfcheck(options: argparse.Namespace) -> int:
    from evaluation.selfcheck import selfcheck

    blocks = selfcheck()
    for block in blocks:
        if not (options.quiet and block.passed):
            sys.stdout.write(block.text + "\n")
    return 0 if all(block.passed for block in blocks) else 1
