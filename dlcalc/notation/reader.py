"""Reads formulas: what users type, and the house's own lines.

Both go through the same small grammar into a :mod:`tree`. Nothing is evaluated while reading, and
only nodes and functions of the closed lists can come out, so text from outside stays harmless.

Two dialects differ in their names only. In a user's **expression** letters stand alone
(``3xy`` is 3·x·y, ``x1`` is x with index 1); in a **formula** of the house a word is one name
(``room``, ``x_hat``) and may carry indices (``w[t+1]``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from dlcalc.notation.errors import DlcalcError, InputError, nearest
from dlcalc.notation.functions import CONSTANTS, FUNCTIONS, OPERATORS, SPOKEN
from dlcalc.notation.letters import GREEK
from dlcalc.notation.tokens import LARGEST_TEN, Token, number_value, plain_signs, tokens_of
from dlcalc.notation.tree import (
    Array,
    BigSum,
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    names_in,
)  # fmt: skip

LARGEST_EXPONENT = 50
"""Of letters: w^50. What is told of a polynomial (its roots, its minimum) needs its degree to be bounded."""
MOST_NODES = 600
DEEPEST = 60

_RELATIONS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "=": "=", "==": "=", "!=": "!="}
_TYPED = {name for name, function in FUNCTIONS.items() if function.typed}


def read_expression(text: str, names: Iterable[str] = ()) -> Tree:
    """A user's expression as a tree, exactly as written.

    ``names`` are words that count as one name (the variables of the problem). Raises
    ``InputError`` with the place for anything that is not in the grammar.

    >>> read_expression("3x") == read_expression("3 x")
    True
    """
    return _Reader(plain_signs(text), words=False, names=frozenset(names)).whole()


@lru_cache(maxsize=4096)
def read_formula(text: str) -> Tree:
    """A formula of the house as a tree; every text is read once and kept."""
    return _Reader(text, words=True, names=frozenset()).whole()


class _Reader:
    def __init__(self, text: str, *, words: bool, names: frozenset[str]) -> None:
        self.text = text
        self.words = words
        self.names = names
        self.tokens = tokens_of(text) if words else _single_letters(text, names)
        self.at = 0
        self.nodes = 0
        self.depth = 0
        self.open_bars = 0

    # -- the stream of tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def take(self) -> Token:
        token = self.token
        self.at += 1
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise InputError("is too long a formula", f"Write at most {MOST_NODES} parts.")
        return token

    def expect(self, sign: str, why: str) -> None:
        if not self.is_sign(sign):
            raise self.trouble(f"is missing a {sign!r} {why}", "Close every bracket that is opened.")
        self.take()

    def trouble(self, what: str, expected: str, token: Token | None = None) -> InputError:
        place = token or self.token
        return InputError(
            what, expected, text=self.text, start=place.start, end=max(place.end, place.start + 1)
        )

    # -- the grammar, from the loosest binding inwards

    def whole(self) -> Tree:
        if self.token.kind == "end":
            raise InputError("is empty", "Write a formula, for example (w-3)^2.")
        tree = self.relation()
        if self.token.kind != "end":
            raise self.trouble(
                f"goes wrong at {self.token.text!r}", "Check the brackets and the signs around it."
            )
        return tree

    def relation(self) -> Tree:
        self.deeper("has brackets nested too deeply", f"Nest at most {DEEPEST} levels.")
        parts, signs = [self.sum()], []
        while self.token.kind == "sign" and self.token.text in _RELATIONS:
            signs.append(_RELATIONS[self.take().text])
            parts.append(self.sum())
        self.depth -= 1
        return Relation(tuple(parts), tuple(signs)) if signs else parts[0]

    def sum(self) -> Tree:
        terms = [(True, self.first_term())]
        while self.is_sign("+", "-"):
            sign = self.take().text
            terms.append((sign == "+", self.product()))
        return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]

    def first_term(self) -> Tree:
        """A leading minus belongs to the whole product: -a*b is -(a*b)."""
        if not self.is_sign("-"):
            return self.product()
        self.deeper("has too many signs in a row", "Write one.")
        self.take()
        body = self.first_term()
        self.depth -= 1
        return Negative(body)

    def product(self) -> Tree:
        factors, marks = [self.signed()], []
        while True:
            if self.is_sign("*"):
                self.take()
                marks.append("*")
                factors.append(self.signed())
            elif self.is_sign("/"):
                self.take()
                below = self.signed()
                factors = [Quotient(_product(factors, marks), below)]
                marks = []
            elif self.token.kind in ("number", "name") or self.is_sign("(", "[") or self.opens_bar():
                if self.token.kind == "number" and self.tokens[self.at - 1].kind == "number":
                    raise self.trouble("has two numbers side by side", "Put a sign between them.")
                marks.append("")
                factors.append(self.raised())
            else:
                return _product(factors, marks)

    def signed(self) -> Tree:
        """A factor with a sign of its own, as in 2*-3."""
        if not self.is_sign("-", "+"):
            return self.raised()
        self.deeper("has too many signs in a row", "Write one.")
        sign = self.take().text
        body = self.signed()
        self.depth -= 1
        return Negative(body) if sign == "-" else body

    def deeper(self, what: str, expected: str) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InputError(what, expected)

    def raised(self) -> Tree:
        base = self.atom()
        if self.is_sign("^", "**"):
            self.take()
            self.deeper("has powers nested too deeply", f"Nest at most {DEEPEST} levels.")
            first = self.token
            exponent = self.signed()
            self.depth -= 1
            if not self.words:
                self.bounded(base, exponent, first)
            elif exponent == Name("T"):
                return Call("transpose", (base,))
            return Power(base, exponent)
        return base

    def bounded(self, base: Tree, exponent: Tree, place: Token) -> None:
        """Refuses a user's power that could only grow beyond every page."""
        from dlcalc.notation.evaluation import value_of

        if names_in(exponent):
            return
        most = LARGEST_EXPONENT if names_in(base) else LARGEST_TEN
        try:
            size = abs(value_of(exponent, {}))
        except (DlcalcError, TypeError):  # told where the value is needed
            return
        if size > most:
            raise self.trouble("has too large an exponent", f"An exponent may be at most {most} here.", place)

    def opens_bar(self) -> bool:
        return self.is_sign("|") and self.open_bars == 0

    def atom(self) -> Tree:
        token = self.token
        if token.kind == "number":
            self.take()
            return Number(token.text, number_value(token.text))
        if token.kind == "name":
            return self.named()
        if self.is_sign("("):
            self.take()
            inside = self.relation()
            self.expect(")", "after a bracket")
            return inside
        if self.is_sign("["):
            return self.array()
        if self.is_sign("|"):
            self.take()
            self.open_bars += 1
            inside = self.sum()
            self.expect("|", "after an absolute value")
            self.open_bars -= 1
            return Call("abs", (inside,))
        if token.kind == "end":
            raise self.trouble("ends too early", "Something is missing at the end.")
        raise self.trouble(
            f"has {token.text!r} where a number or a letter should be", "Check the signs around it."
        )

    def array(self) -> Tree:
        self.take()
        items = [self.relation()]
        while self.is_sign(",", ";"):
            self.take()
            items.append(self.relation())
        self.expect("]", "after a list")
        return Array(tuple(items))

    def named(self) -> Tree:
        token = self.take()
        if self.words:
            return self.house_name(token)
        word = SPOKEN.get(token.text, token.text)
        if word in _TYPED and word not in self.names:
            if self.is_sign("("):
                return self.call(word)
            if word == "sqrt" and self.token.kind == "number":  # the root sign before a number
                return Call("sqrt", (self.atom(),))
            if word not in GREEK:
                raise self.trouble(f"has {token.text} without brackets", f"Write {token.text}(...).", token)
        return _canonical(word)

    def call(self, function: str) -> Tree:
        start = self.token
        self.take()
        arguments = [self.relation()]
        while self.is_sign(","):
            self.take()
            arguments.append(self.relation())
        self.expect(")", f"after {function}")
        known = FUNCTIONS.get(function)
        if known is not None and not known.least <= len(arguments) <= known.most:
            raise self.trouble(
                f"gives {function} {len(arguments)} arguments", f"It takes {known.least}.", start
            )
        return Call(function, tuple(arguments))

    # -- names in the house's own formulas

    def house_name(self, token: Token) -> Tree:
        if self.is_sign("(") and token.text == "sum":
            self.take()
            body = self.relation()
            self.expect(",", "in sum(body, i, low, high)")
            variable = self.take().text
            self.expect(",", "in sum(body, i, low, high)")
            low = self.sum()
            self.expect(",", "in sum(body, i, low, high)")
            high = self.sum()
            self.expect(")", "after sum")
            return BigSum(body, variable, low, high)
        if self.is_sign("(") and (token.text in FUNCTIONS or token.text in OPERATORS):
            return self.call(token.text)
        if self.is_sign("["):
            self.take()
            index = [self.sum()]
            while self.is_sign(","):
                self.take()
                index.append(self.sum())
            self.expect("]", "after an index")
            return Name(token.text, tuple(index))
        return Name(token.text)


def _product(factors: list[Tree], marks: list[str]) -> Tree:
    return Product(tuple(factors), tuple(marks)) if len(factors) > 1 else factors[0]


def _single_letters(text: str, names: frozenset[str]) -> list[Token]:
    """The tokens of a user's expression, runs of letters cut into words and single letters.

    ``3xy`` has x and y side by side, ``xexp(-x)`` an x before exp; a run of letters before a
    bracket that does not end in a known function is an unknown function.
    """
    found: list[Token] = []
    tokens = tokens_of(text)
    for token, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.kind != "name":
            found.append(token)
            continue
        pieces = list(_pieces(token, names))
        called = following.text == "(" and following.start == token.end
        last = pieces[-1].text
        if called and len(token.text) > 1 and not _is_word(last, names) and not _is_letter(token.text):
            hint = nearest(token.text, sorted(_TYPED)) or f"Known are {', '.join(sorted(_TYPED))}."
            raise InputError(
                f"has an unknown function: {token.text}", hint, text=text, start=token.start, end=token.end
            )
        found.extend(pieces)
    return found


def _pieces(token: Token, names: frozenset[str]) -> Iterator[Token]:
    word, start = token.text, token.start
    while word:
        size = next((n for n in range(len(word), 1, -1) if _is_word(word[:n], names)), 0)
        if not size:
            size = 1
            while size < len(word) and (word[size].isdigit() or word[size] in "_'"):
                size += 1
            if not _is_letter(word[:size]):
                raise InputError(
                    f"has a name that cannot be read: {token.text}",
                    "Use single letters, with a number where needed: x, w1, b_2.",
                    text=token.text,
                )
        yield Token("name", word[:size], start, start + size)
        word, start = word[size:], start + size


def _is_word(text: str, names: frozenset[str]) -> bool:
    return text in names or text in _TYPED or text in GREEK or text in CONSTANTS or text in SPOKEN


def _is_letter(word: str) -> bool:
    """Whether this is one letter, perhaps numbered (x, x1, x_12, w')."""
    rest = word[1:].rstrip("'").lstrip("_")
    return not rest or rest.isdigit()


def _canonical(word: str) -> Name:
    """x1 and x_1 are the same name."""
    letter = word.rstrip("'")
    stem = letter.rstrip("0123456789")
    if stem != letter and not stem.endswith("_"):
        return Name(f"{stem}_{letter[len(stem) :]}{word[len(letter) :]}")
    return Name(word)
