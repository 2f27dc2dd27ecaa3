"""A topic's command, made from its problem when it is called."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.core import TyperCommand

from dlcalc.catalogue import find
from dlcalc.cli import output
from dlcalc.cli.help import command_line, quoted, topic_help
from dlcalc.cli.sources import value_from
from dlcalc.cli.trouble import RIGHT, UNREADABLE, WRONG, complain, exit_code, guarded, told
from dlcalc.derivation import Derivation
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.renderers import Document, Page, format_named, format_of_file, rendered
from dlcalc.topic import MOST_DIGITS, Problem, Topic

_VALUE_OPTIONS = ("-a", "--answer", "-f", "--format", "-o", "--output", "--digits", "--round")


def taking_values(topic: Topic) -> set[str]:
    """The options of a topic's command that are followed by a value."""
    own = {
        f"--{asked.option}"
        for asked in topic.problem.asked()
        if not asked.kind.is_flag and not asked.positional
    }
    return own | set(_VALUE_OPTIONS)


def topic_command(name: str) -> TyperCommand:
    """The command of a topic: its parameters are the givens, plus the options every topic has."""
    topic = find(name)

    class Command(TyperCommand):
        def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
            formatter.write(topic_help(topic))

    def run(**options: Any) -> None:
        debug = os.environ.get("DLCALC_DEBUG") == "1"
        code = guarded(f"dlcalc {name}", lambda: _Call(topic, options).run(), debug)
        raise typer.Exit(code)

    parameters = [_parameter(asked.name, *_declared(asked)) for asked in topic.problem.asked()]
    parameters += [_parameter(*common) for common in _common()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__ = name
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=Command, help=topic.title, short_help=topic.title)(run)
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _declared(asked: Any) -> tuple[Any, Any]:
    if asked.kind.is_flag:
        declared = f"--no-{asked.option}" if asked.default is True else f"--{asked.option}"
        return bool, typer.Option(False, declared, help=asked.question)
    if asked.positional:
        return str | None, typer.Argument(None, help=asked.question, show_default=False)
    if asked.repeated:
        return list[str] | None, typer.Option(
            None, f"--{asked.option}", help=asked.question, show_default=False
        )
    completion = (lambda options: lambda: list(options))(asked.kind.options) if asked.kind.options else None
    return str | None, typer.Option(
        None, f"--{asked.option}", help=asked.question, show_default=False, autocompletion=completion
    )


def _common() -> list[tuple[str, Any, Any]]:
    def option(*names: str) -> Any:
        return typer.Option(None, *names, show_default=False)

    return [
        ("answer_", list[str] | None, option("--answer", "-a")),
        ("show_", bool, typer.Option(False, "--show")),
        ("format_", str | None, option("--format", "-f")),
        ("json_", bool, typer.Option(False, "--json")),
        ("output_", str | None, option("--output", "-o")),
        ("digits_", str | None, option("--digits")),
        ("round_", str | None, option("--round")),
        ("brief_", bool, typer.Option(False, "--brief")),
        ("all_", bool, typer.Option(False, "--all")),
        ("verify_", bool, typer.Option(False, "--verify")),
        ("plot_", bool, typer.Option(False, "--plot", "--pictures")),
    ]


class _Call:
    """One call of a topic's command."""

    def __init__(self, topic: Topic, options: Mapping[str, Any]) -> None:
        self.topic = topic
        self.options = options

    def run(self) -> int:
        try:
            style = self.format()
            target = self.options["output_"]
            output.check_format(style, target)
        except InputError as error:
            return self.complain(error, "plain")
        try:
            page, code = self.page(self.problem())
            document = Document([page])
            files = self.picture_files(document, style)
            made = rendered(document, style, width=output.width(), colour=output.colour())
        except DlcalcError as error:
            return self.complain(error, style)
        try:
            for name, text in files.items():
                output.write_file(name, text)
            if target and target != "-":
                output.write_file(target, made)
            else:
                output.put(made)
        except InputError as error:
            return self.complain(error, "plain")
        return code

    def complain(self, error: DlcalcError, style: str) -> int:
        asked = {one.name: one for one in self.topic.problem.asked()}
        where, example = error.where, ""
        if error.where in asked:
            one = asked[error.where]
            where = one.name.upper() if one.positional else f"--{one.option}"
            # Advice on a line of code needs no other way of writing the whole.
            in_code = "\n" in error.text
            example = self.example_of(one.name) if isinstance(error, InputError) and not in_code else ""
        elif error.where in ("format", "output", "digits", "round"):
            where = f"--{error.where}"
        if style == "json":
            shown = InputError(error.what, error.expected, where=where)
            output.put(rendered(Document([Page(None, error=shown)]), "json"))
        complain(told(error, f"dlcalc {self.topic.name}", where, example))
        return exit_code(error)

    def example_of(self, name: str) -> str:
        """The given as the first example writes it."""
        for example in self.topic.examples:
            if name in example:
                raw = example[name][0] if isinstance(example[name], (list, tuple)) else example[name]
                one = next(asked for asked in self.topic.problem.asked() if asked.name == name)
                return quoted(raw) if one.positional else f"--{one.option} {quoted(raw)}"
        return ""

    def format(self) -> str:
        if self.options["json_"]:
            return "json"
        if self.options["format_"]:
            return format_named(self.options["format_"])
        target = self.options["output_"]
        if target and target != "-":
            return format_of_file(target)
        return "terminal" if output.is_terminal() else "plain"

    def number(self, name: str, least: int, most: int) -> int | None:
        from dlcalc.notation.values import read_whole

        raw = self.options[f"{name}_"]
        try:
            return None if raw is None else read_whole(raw, least, most)
        except InputError as error:
            error.where = name
            raise

    def problem(self) -> Problem:
        givens: dict[str, Any] = {}
        for asked in self.topic.problem.asked():
            raw = self.options[asked.name]
            if asked.kind.is_flag:
                if raw:
                    givens[asked.name] = asked.default is not True
            elif raw:
                try:
                    files = asked.kind.files
                    values = (
                        [value_from(item, files) for item in raw]
                        if asked.repeated
                        else value_from(raw, files)
                    )
                except InputError as error:
                    error.where = asked.name
                    raise
                givens[asked.name] = values[0] if asked.repeated and len(values) == 1 else values
            elif raw == "":
                raise InputError("is empty", "Write a value", where=asked.name)
        return self.topic.problem.read(givens)

    def page(self, problem: Problem) -> tuple[Page, int]:
        digits = self.number("digits", 1, MOST_DIGITS) or 4
        places = self.number("round", 0, 30)
        everything, brief = self.options["all_"], self.options["brief_"]
        typed = self.options["answer_"] or []
        show = self.options["show_"] or not typed
        work = self.topic.derive(problem, digits=digits, places=places, everything=everything, telling=show)
        derivation = work.derivation
        if not show:
            derivation.echo = problem.echo()
        if self.options["verify_"]:
            from dlcalc.verification import verified

            derivation.verification = verified(self.topic, problem, derivation)
        if self.options["plot_"]:
            self.illustrate(problem, derivation if show else None)
        if not typed:
            return Page(derivation, brief=brief), RIGHT
        from dlcalc.checking import Marker

        marks = Marker(self.topic, problem, digits).mark(
            self.answers(typed, list(derivation.answers)), show=show
        )
        verdicts = {mark.verdict for mark in marks}
        code = WRONG if "wrong" in verdicts else UNREADABLE if "unreadable" in verdicts else RIGHT
        return Page(derivation, marks, solution=show, brief=brief), code

    def illustrate(self, problem: Problem, derivation: Derivation | None) -> None:
        """Adds the pictures, or says why there are none."""
        from dlcalc.pictures import illustrate

        why = "pictures belong to the solution, which --show adds"
        if derivation is not None:
            why = illustrate(self.topic, problem, derivation)
        if why:
            complain(f"dlcalc {self.topic.name}: --plot: {why}.")

    def picture_files(self, document: Document, style: str) -> dict[str, str]:
        """The files of the pictures, where the format keeps them apart."""
        if not self.options["plot_"]:
            return {}
        from dlcalc.cli.picture_files import picture_files

        return picture_files(document, style, self.options["output_"])

    def answers(self, typed: list[str], names: list[str]) -> dict[str, Any]:
        """The longest known answer name followed by = is the name; without one it is the main answer."""
        from dlcalc.checking.names import divided

        found: dict[str, Any] = {}
        for text in typed:
            name, raw = divided(text, [*names, *self.topic.answers], names_vary=self.topic.names_vary)
            found[name or names[0]] = value_from(raw)
        return found


def example_commands(topic: Topic) -> list[str]:
    """The topic's examples as commands."""
    return [command_line(topic, example) for example in topic.examples]


Maker = Callable[[str], TyperCommand]
