"""Anki decks: the question on the front; answers, worked solution and typical slips on the back.

The guid of a note comes from the kind of problem, its givens and the deck, so a corrected wording
updates the card and keeps its history. Equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence

from dlcalc.exports import cloze
from dlcalc.exports.fragment import answers, clean, solution, step, words
from dlcalc.exports.questions import ExportQuestion
from dlcalc.notation.errors import InputError

MODEL_ID = 1_705_338_264
"""Made once; another number would make a second note type beside the first in every collection."""
MOMENT = 1_700_000_000.0
"""The time all notes bear, so that the same problems give the same bytes."""

_FIRST_ID = 1 << 30
_FRONT = '<div class="topic">{{Topic}}</div>{{Question}}'
_BACK = (
    "{{FrontSide}}<hr id=answer>{{Answers}}<details><summary>Worked solution</summary>{{Solution}}</details>"
    "{{#Warnings}}<details><summary>Typical slips</summary>{{Warnings}}</details>{{/Warnings}}"
)
_STYLE = (
    ".card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 46em; margin: auto; }"
    " .topic { color: #777; font-size: 13px; } table { border-collapse: collapse; }"
    " td, th { padding: 2px 10px; text-align: left; } summary { margin-top: 1em; cursor: pointer; }"
)
_FIELDS = ("Id", "Topic", "Question", "Answers", "Solution", "Warnings")


def export(questions: Sequence[ExportQuestion], title: str) -> bytes:
    """The deck as an ``.apkg`` package. Raises ``InputError`` where genanki is not installed."""
    try:
        import genanki
    except ImportError:
        raise InputError(
            "needs a package that is not installed", 'Install it: pip install "dlcalc[anki]"', where="anki"
        ) from None
    name = clean(title).strip() or "dlcalc"
    model = genanki.Model(
        MODEL_ID,
        "dlcalc problem",
        fields=[{"name": field} for field in _FIELDS],
        templates=[{"name": "Problem", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )
    deck = genanki.Deck(deck_id(name), name)
    seen: dict[str, int] = {}
    for question in questions:
        key = identity(question)
        seen[key] = seen.get(key, 0) + 1
        note = genanki.Note(
            model=model,
            fields=fields(question),
            guid=genanki.guid_for(key, name, seen[key]),
            tags=["dlcalc", question.topic],
            sort_field=clean(question.identity),
        )
        deck.add_note(note)
    packed = io.BytesIO()
    genanki.Package(deck).write_to_file(packed, timestamp=MOMENT)
    return _with_fixed_dates(packed.getvalue())


def deck_id(name: str) -> int:
    """A number for a deck of this name, always the same, in the range Anki keeps for them."""
    digest = hashlib.sha256(f"dlcalc deck {name}".encode("utf-8", "replace")).digest()
    return _FIRST_ID + int.from_bytes(digest[:4], "big") % _FIRST_ID


def identity(question: ExportQuestion) -> str:
    """What makes a problem this one and no other: its topic, its givens, what is asked; no words."""
    asked = [part.answer.name for part in question.parts]
    return json.dumps([question.topic, question.derivation.echo, asked], sort_keys=True, default=str)


def fields(question: ExportQuestion) -> list[str]:
    """The fields of a note as HTML."""
    heading = f"<p><strong>{words(question.heading)}</strong></p>"
    asked = "".join(cloze.asked(part) for part in question.parts)
    return [
        words(question.identity),
        words(question.task.topic.title),
        heading + step(question.given) + asked,
        answers(question.derivation, [part.answer.name for part in question.parts]),
        solution(question.derivation),
        _warnings(question),
    ]


def _warnings(question: ExportQuestion) -> str:
    items = []
    for where, option in question.warnings:
        shown = cloze.shown(option)
        items.append(f"<li>{words(where)} {shown}: {words(option.feedback)}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _with_fixed_dates(package: bytes) -> bytes:
    """The same package with one date on all its members."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(fixed, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            new.writestr(member, old.read(name))
    return fixed.getvalue()
