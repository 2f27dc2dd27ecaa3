"""``dlcalc quiz``: one problem after another, answered in the terminal and marked at once."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from dlcalc.catalogue import find
from dlcalc.cli import output
from dlcalc.cli.trouble import INTERRUPTED, RIGHT, complain, guarded
from dlcalc.cli.work_options import whole_option
from dlcalc.marks import Mark
from dlcalc.notation.errors import InputError
from dlcalc.practice.drawing import practice_set
from dlcalc.practice.hints import Hint, hints
from dlcalc.practice.slips import mark_of

LARGEST_SEED = 10**12
MOST_QUESTIONS = 200
LONGEST_ANSWER = 20_000
MOST_TYPED = 12
"""Entries a person is asked to type in one answer."""

_GOOD = ("right", "rounded", "convention")

HELP = """One problem after another in the terminal, marked at once.

\b
  dlcalc quiz gd
  dlcalc quiz conv pool --level easy -n 5 --seed 7

Type the answer as for -a. ? gives a hint (the next formula, not its value), ! shows the solution, Enter
skips, q ends. The score comes at the end.
"""


def command() -> TyperCommand:
    """The ``quiz`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("quiz", help=HELP)
    def quiz(
        names: list[str] | None = typer.Argument(  # noqa: B008
            None, metavar="TOPICS...", help="what to be asked about", show_default=False
        ),
        count: str = typer.Option("5", "--count", "-n", metavar="N", help="how many questions"),
        level: str = typer.Option("exam", "--level", help="easy, exam or hard"),
        seed: str | None = typer.Option(None, "--seed", metavar="N", help="the same seed asks the same"),
        ask: str | None = typer.Option(None, "--ask", metavar="ANSWER", help="the answer to ask for"),
    ) -> None:
        def run() -> int:
            if not names:
                raise InputError("no topic is named", "Name one: dlcalc quiz gd.")
            number = whole_option("count", count, 1, MOST_QUESTIONS)
            drawn = random.SystemRandom().randint(1, 999_999)
            chosen = drawn if seed is None else whole_option("seed", seed, 0, LARGEST_SEED)
            try:
                problems, told = practice_set(names, number, level, chosen)
            except InputError as error:
                error.where = "--level" if error.where == "level" else error.where
                raise
            for sentence in told:
                complain(f"dlcalc quiz: {sentence}")
            return _Quiz(problems, ask, chosen).run()

        raise typer.Exit(guarded("dlcalc quiz", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


class _End(Exception):  # noqa: N818 (a signal, nothing is wrong)
    """The person has had enough."""


class _Quiz:
    """One run of questions, and the score so far."""

    def __init__(self, problems: Sequence[Mapping[str, Any]], ask: str | None, seed: int) -> None:
        self.problems = problems
        self.ask = ask
        self.seed = seed
        self.score: Counter[str] = Counter()
        self.slips: Counter[str] = Counter()

    def run(self) -> int:
        code = RIGHT
        try:
            for number, problem in enumerate(self.problems, 1):
                output.put(f"Question {number} of {len(self.problems)}: {problem['title']}\n\n")
                self.score[_Question(problem, self.ask).run(self.slips)] += 1
        except _End:
            pass
        except KeyboardInterrupt:
            output.put("\n")
            code = INTERRUPTED
        output.put(self.summary())
        return code

    def summary(self) -> str:
        """The score in a few lines."""
        right, helped = self.score["right"], self.score["helped"]
        asked = sum(self.score.values())
        if not asked:
            return "No question was answered.\n"
        lines = [f"{right + helped} of {asked} right{f' ({helped} with a hint)' if helped else ''}."]
        others = [
            (self.score["wrong"], "wrong"),
            (self.score["shown"], "shown"),
            (self.score["skipped"], "skipped"),
        ]
        if any(count for count, _ in others):
            lines.append(", ".join(f"{count} {word}" for count, word in others if count) + ".")
        lines += [f"  {count}x {name}" for name, count in self.slips.most_common()]
        left = len(self.problems) - asked
        if left:
            lines.append(f"{left} not asked.")
        return "\n".join([*lines, f"The same questions again: --seed {self.seed}", ""])


class _Question:
    """One problem: stated, then answered, hinted at, shown or skipped."""

    def __init__(self, problem: Mapping[str, Any], ask: str | None) -> None:
        from dlcalc.checking import Marker

        self.topic = find(problem["topic"])
        self.problem = self.topic.problem.read(problem["given"])
        self.marker = Marker(self.topic, self.problem)
        self.derivation = self.topic.derive(self.problem).derivation
        self.asked = self.choose(ask)

    def choose(self, wanted: str | None) -> str:
        """The answer asked for: the wanted one, else of those an exam asks the one most slips show in."""
        from dlcalc.checking.names import known_name
        from dlcalc.checking.runs import answer_value
        from dlcalc.notation.arrays import entries
        from dlcalc.statements import statement

        answers = self.marker.answers
        if wanted is not None:
            return known_name(wanted, answers)
        usual = [part.answer for part in statement(self.topic, self.problem, known=answers).parts]
        names = [name for name in usual if name in answers] or list(answers)[:1]
        runs = self.marker.runs
        best, most = names[0], -1
        for name in names:
            values = [mark_of(answer_value(runs.slip(mistake), name)) for mistake in runs.mistakes()]
            different = len({value for value in values if value not in (None, mark_of(answers[name].value))})
            size = len(list(entries(answers[name].value)))
            if different > most and size <= MOST_TYPED:
                best, most = name, different
        return best

    def run(self, slips: Counter[str]) -> str:
        """Asks until it is answered; how it went."""
        output.put(self.stated())
        waiting = hints(self.derivation, self.asked)
        helped = False
        while True:
            typed = _read(f"{self.asked} (? hint, ! solution, Enter skips, q ends): ")
            if typed == "q":
                raise _End
            if typed == "":
                output.put("skipped\n\n")
                return "skipped"
            if typed == "!":
                output.put(self.solution())
                return "shown"
            if typed == "?":
                output.put(_hinted(waiting.pop(0)) if waiting else "No further hint: ! shows the solution.\n")
                helped = True
                continue
            mark = self.marker.mark({self.asked: typed}, show=True)[0]
            output.put(_told(mark))
            if mark.verdict == "unreadable":
                continue
            output.put("\n")
            if mark.verdict in _GOOD:
                return "helped" if helped else "right"
            slips.update(slip.name for slip in mark.mistakes)
            return "wrong"

    def stated(self) -> str:
        """The problem as an exam states it, asking for one answer."""
        from dlcalc.renderers import Document, Page, rendered_text
        from dlcalc.statements import statement

        question = statement(self.topic, self.problem, [self.asked], known=self.marker.answers)
        page = Page(self.derivation, solution=False, sections=[question.step()])
        return rendered_text(Document([page]), "plain") + "\n"

    def solution(self) -> str:
        from dlcalc.renderers import Document, Page, rendered_text

        return rendered_text(Document([Page(self.derivation)]), "plain") + "\n"


def _read(prompt: str) -> str:
    """One answer; the end of the input ends the quiz. What comes through a pipe is written down again."""
    output.put(prompt)
    line = sys.stdin.readline(LONGEST_ANSWER)
    if not line:
        output.put("\n")
        raise _End
    typed = "".join(sign if sign.isprintable() else " " for sign in line).strip()
    if not sys.stdin.isatty():
        output.put(f"{typed}\n")
    return typed


def _hinted(hint: Hint) -> str:
    from dlcalc.renderers.formula.unicode import text

    step = f"{hint.step}: " if hint.step and hint.formula is not None else hint.step
    formula = text(hint.formula) if hint.formula is not None else ""
    return f"     {step}{formula}{f'   ({hint.why})' if hint.why else ''}\n"


def _told(mark: Mark) -> str:
    """A mark in words: the headline, the entries that differ, and why."""
    from dlcalc.renderers.formula.unicode import text
    from dlcalc.renderers.marking import MarkText

    told = MarkText(mark)
    lines = [f"{told.answer}: {told.headline}"]
    for label, given, verdict, note in told.entries:
        lines.append(f"     {text(label)} = {given}   {verdict}{f': {note}' if note else ''}")
    for sentence in told.sentences:
        lines.append("     " + "".join(part if isinstance(part, str) else text(part) for part in sentence))
    return "\n".join(lines) + "\n"
