"""The help pages: commands in chapters, and for every topic its examples first."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from dlcalc.catalogue import chapters
from dlcalc.topic import Asked, Topic

COMMON = (
    ("-a, --answer [NAME=]VALUE", "check this answer instead of showing the solution; may be repeated"),
    ("--show", "show the solution beside the marks"),
    ("-f, --format NAME", "terminal, plain, markdown, latex, html, pdf or json; --json is short for -f json"),
    ("-o, --output FILE", "write to a file, in the format of its ending"),
    ("--digits N", "significant digits of rounded numbers (4)"),
    ("--round N", "work as by hand: round every line to N decimals"),
    ("--brief", "the answers only"),
    ("--all", "write long work out in full"),
    ("--verify", "answer again by another road and say whether both agree"),
    ("--plot", "add pictures: drawn with signs in the terminal, as SVG in HTML, PDF and Markdown files"),
)


def main_help(others: Mapping[str, str]) -> str:
    """What ``dlcalc --help`` says: topics by chapter, then the other commands."""
    lines = [
        "dlcalc: worked exam problems in deep learning, solved step by step and checked",
        "",
        '  dlcalc gd "(w-3)^2" --start 6 --rate 0.1 --steps 3',
        '  dlcalc gd "(w-3)^2" --start 6 --rate 0.1 --steps 3 -a iterates="6, 5.4, 4.86, 4.488"',
        "",
    ]
    for chapter, entries in chapters():
        lines.append(chapter.rstrip("."))
        lines += [f"  {entry.name:<16} {entry.title}" for entry in entries]
        lines.append("")
    lines.append("Problem files and more")
    lines += [f"  {name:<16} {summary}" for name, summary in others.items()]
    lines += ["", "dlcalc COMMAND --help shows examples and options of a command.", ""]
    return "\n".join(lines)


def topic_help(topic: Topic) -> str:
    """What ``dlcalc TOPIC --help`` says: two runnable examples, the givens, the answers, the options."""
    lines = [f"dlcalc {topic.name}: {topic.title}", ""]
    lines += [f"  {command_line(topic, example)}" for example in topic.examples[:2]]
    lines += ["", *topic.summary.splitlines(), "", "Givens"]
    asked = list(topic.problem.asked())
    names = [_option_text(one) for one in asked]
    column = min(max(map(len, names)) + 2, 24)
    for name, one in zip(names, asked, strict=True):
        lines.append(f"  {name.ljust(column)}{one.question}{_default_text(one)}")
        lines += [f"  {'':<{column}}{one.kind.form.replace('`', '')}"] if one.kind.form else []
    lines += ["", "Answers"]
    column = max(map(len, topic.answers)) + 2
    lines += [f"  {name.ljust(column)}{about}" for name, about in topic.answers.items()]
    lines += ["", "Options of every topic"]
    lines += [f"  {name.ljust(28)}{about}" for name, about in COMMON]
    return "\n".join(lines) + "\n"


def _option_text(asked: Asked) -> str:
    if asked.positional:
        return asked.name.upper()
    if asked.kind.is_flag and asked.default is True:
        return f"--no-{asked.option}"
    return f"--{asked.option}"


def _default_text(asked: Asked) -> str:
    if asked.required:
        return " (needed)"
    if asked.default in (None, ()) or isinstance(asked.default, bool):
        return ""
    return f" ({asked.kind.write(asked.default)})"


def command_line(topic: Topic, givens: Mapping[str, Any], answers: Iterable[str] = ()) -> str:
    """Givens as the command a user would type."""
    words = ["dlcalc", topic.name]
    for asked in topic.problem.asked():
        if asked.name not in givens:
            continue
        raw = givens[asked.name]
        if asked.kind.is_flag:
            if asked.kind.read(raw) != bool(asked.default):
                words.append(_option_text(asked))
        elif asked.positional:
            words.append(quoted(raw))
        else:
            for item in raw if asked.repeated and isinstance(raw, (list, tuple)) else [raw]:
                words += [f"--{asked.option}", quoted(item)]
    for answer in answers:
        words += ["-a", quoted(answer)]
    return " ".join(words)


def quoted(raw: Any) -> str:
    """A value quoted for a shell, with double quotes where they do no harm."""
    text = str(raw)
    if shlex.quote(text) == text:
        return text
    return f'"{text}"' if not set(text) & set('"$`\\!') else shlex.quote(text)
