"""Makes the pages of ``docs/topics`` from the topics themselves.

``python docs/build.py`` writes them, ``--check`` only says which are out of date (a test does that).
"""

from __future__ import annotations

import sys
from pathlib import Path

from dlcalc.catalogue import chapters, find
from dlcalc.cli.help import command_line
from dlcalc.renderers import Document, Page, rendered
from dlcalc.topic import Topic

FOLDER = Path(__file__).parent / "topics"
NOTE = "<!-- Made by docs/build.py from the topic's file. Change it there. -->"
START, END = "<!-- made by docs/build.py: from here -->", "<!-- to here -->"
CONVENTIONS = Path(__file__).parent / "conventions.md"
LONGEST = 120  # lines of the worked example that are shown


def topic_page(topic: Topic) -> str:
    """One topic: example, givens, answers, mistakes."""
    problem = topic.problem.read(topic.examples[0])
    lines = (
        rendered(Document([Page(topic.derive(problem).derivation)]), "plain", width=100).rstrip().splitlines()
    )
    shown = (
        lines
        if len(lines) <= LONGEST
        else [*lines[: LONGEST - 1], f"... {len(lines) - LONGEST + 1} lines more"]
    )
    parts = [
        NOTE,
        "",
        f"# {topic.name}: {topic.title}",
        "",
        topic.summary,
        "",
        "```",
        f"$ {command_line(topic, topic.examples[0])}",
        *shown,
        "```",
    ]
    if len(topic.examples) > 1:
        parts += ["", "More examples:", "", "```"]
        parts += [command_line(topic, example) for example in topic.examples[1:]]
        parts += ["```"]
    parts += [
        "",
        "## Givens",
        "",
        "| given | what it is | how it is written | default |",
        "| --- | --- | --- | --- |",
    ]
    for asked in topic.problem.asked():
        name = asked.name if asked.positional else f"--{asked.option}"
        if asked.kind.is_flag:
            name, default = f"--no-{asked.option}" if asked.default is True else f"--{asked.option}", ""
        else:
            default = (
                "needed"
                if asked.required
                else ""
                if asked.default is None
                else f"`{asked.kind.write(asked.default)}`"
            )
        parts.append(f"| `{name}` | {_cell(asked.question)} | {_cell(asked.kind.form)} | {_cell(default)} |")
    parts += ["", "## Answers", "", "| answer | what it is |", "| --- | --- |"]
    parts += [f"| `{name}` | {_cell(about)} |" for name, about in topic.answers.items()]
    slips = [mistake for mistake in topic.mistakes if not mistake.convention]
    others = [mistake for mistake in topic.mistakes if mistake.convention]
    parts += ["", "## Slips it names", "", "| slip | what is said |", "| --- | --- |"]
    parts += [f"| `{mistake.name}` | {_cell(mistake.why)} |" for mistake in slips]
    if others:
        parts += ["", "## Other conventions it recognises", "", "| name | convention |", "| --- | --- |"]
        parts += [f"| `{mistake.name}` | {_cell(mistake.convention)} |" for mistake in others]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def index_page() -> str:
    """All topics by chapter."""
    parts = [NOTE, "", "# Topics", ""]
    for chapter, entries in chapters():
        parts += [f"## {chapter.rstrip('.')}", ""]
        parts += [f"- [{entry.name}]({entry.name}.md): {entry.title}" for entry in entries]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    found = {"README.md": index_page()}
    for _, entries in chapters():
        for entry in entries:
            found[f"{entry.name}.md"] = topic_page(find(entry.name))
    return found


def with_conventions(text: str) -> str:
    """The page on conventions with its table made anew."""
    rows = ["| topic | other convention | its name |", "| --- | --- | --- |"]
    for _, entries in chapters():
        for entry in entries:
            rows += [
                f"| {entry.name} | {_cell(mistake.convention)} | `{mistake.name}` |"
                for mistake in find(entry.name).mistakes
                if mistake.convention
            ]
    head, _, rest = text.partition(START)
    return f"{head}{START}\n" + "\n".join(rows) + f"\n{END}{rest.partition(END)[2]}"


def main() -> None:
    made = pages()
    present = {path.name for path in FOLDER.glob("*.md")}
    stale = [
        name
        for name, text in made.items()
        if name not in present or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    stale += sorted(present - set(made))
    conventions = with_conventions(CONVENTIONS.read_text(encoding="utf-8"))
    if conventions != CONVENTIONS.read_text(encoding="utf-8"):
        stale.append("../conventions.md")
    if "--check" in sys.argv[1:]:
        sys.stdout.write("".join(f"out of date: docs/topics/{name}\n" for name in stale))
        raise SystemExit(1 if stale else 0)
    FOLDER.mkdir(exist_ok=True)
    CONVENTIONS.write_text(conventions, encoding="utf-8")
    for name in present - set(made):
        (FOLDER / name).unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
