"""Networks written as TOML: lists, tables with names, keys in the place of words, graphs, and what is refused."""

from __future__ import annotations

import time

import pytest

from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.networks.toml.form import read_toml
from dlcalc.notation.errors import InputError

COMPACT = """
input = "28x28x1"
layers = [
    "conv 32 3x3 relu",  # the first
    "maxpool 2", "conv 64 3x3 relu", "maxpool 2",
    "flatten", "dense 128 relu", "dense 10 softmax",
]
"""

LINE = (
    "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> conv 64 3x3 relu -> maxpool 2 -> flatten -> dense 128 relu "
    "-> dense 10 softmax"
)


def table(*layers: str, head: str = 'input = "8x8x3"') -> str:
    return head + "".join(f"\n[[layer]]\n{layer}\n" for layer in layers)


def same(one: Network, other: Network) -> bool:
    return one == other and one.sizes == other.sizes


# -- what is read


def test_a_list_is_the_line_with_arrows() -> None:
    assert same(read_toml(COMPACT), read_network(LINE))


def test_the_general_reader_recognises_it() -> None:
    assert same(read_network(COMPACT), read_network(LINE))


def test_keys_say_the_same_as_words() -> None:
    keys = table(
        'kind = "conv"\nfilters = 8\nkernel = [3, 5]\nstride = [1, 2]\npadding = [1, 2]\nbias = false\nactivation = "relu"',
        'kind = "maxpool"\nkernel = 2',
        'kind = "dropout"\nrate = 0.25',
        'kind = "flatten"',
        'kind = "dense"\nunits = 4\nactivation = "softmax"',
    )
    words = "8x8x3 -> conv 8 3x5 stride=1x2 padding=1,2 bias=no relu -> maxpool 2 -> dropout 0.25 -> flatten -> dense 4 softmax"
    assert same(read_toml(keys), read_network(words))


def test_names_make_a_residual_block() -> None:
    text = table(
        'name = "a"\nlayer = "conv 3 3x3 same relu"',
        'layer = "conv 3 3x3 same"',
        'layer = "add relu"\nfrom = ["input", "a"]',
        'kind = "concatenate"\nfrom = ["a", "input"]\nactivation = "tanh"',
    )
    network = read_toml(text)
    assert network.sources == ((0,), (1,), (0, 1), (1, 0))
    assert network.layers[2].label == "add relu"
    assert network.layers[3].label == "concatenate tanh"
    assert network.sizes[-1] == (8, 8, 6)
    assert network.layers[0].name == "a"


def test_a_graph_equals_the_line_with_brackets() -> None:
    text = table(
        'name = "top"\nlayer = "maxpool 2"',
        'name = "one"\nlayer = "conv 4 1x1"\nfrom = "top"',
        'name = "three"\nlayer = "conv 2 1x1 -> conv 4 3x3 same"\nfrom = "top"',
        'layer = "concatenate"\nfrom = ["one", "three"]',
        'layer = "flatten -> dense 5"',
    )
    line = "8x8x3 -> maxpool 2 -> [conv 4 1x1 | conv 2 1x1 -> conv 4 3x3 same] -> flatten -> dense 5"
    assert same(read_toml(text), read_network(line))


def test_brackets_of_the_line_stand_in_a_layer_too() -> None:
    text = 'input = "8x8x3"\nlayers = ["[conv 4 1x1 | conv 4 3x3 same]", "residual(conv 8 3x3 same)"]'
    line = "8x8x3 -> [conv 4 1x1 | conv 4 3x3 same] -> residual(conv 8 3x3 same)"
    assert same(read_toml(text), read_network(line))


def test_repeat_writes_a_layer_several_times() -> None:
    text = table('layer = "conv 3 3x3 same -> relu"\nrepeat = 3', 'layer = "flatten"')
    line = "8x8x3 -> repeat 3 (conv 3 3x3 same -> relu) -> flatten"
    assert same(read_toml(text), read_network(line))


def test_several_inputs_and_outputs() -> None:
    head = 'inputs = {image = "8x8x3", age = "1"}\noutputs = ["kind", "score"]'
    network = read_toml(
        table(
            'layer = "conv 4 3x3 -> global-average"\nfrom = "image"\nname = "seen"',
            'kind = "dense"\nunits = 2\nfrom = "age"\nname = "years"',
            'kind = "concatenate"\nfrom = ["seen", "years"]\nname = "both"',
            'layer = "dense 10"\nname = "kind"',
            'layer = "dense 1"\nfrom = "both"\nname = "score"',
            head=head,
        )
    )
    assert network.inputs == ((8, 8, 3), (1,))
    assert network.sources == ((0,), (1,), (-1,), (2, 3), (4,), (4,))
    assert network.sizes[-3:] == ((6,), (10,), (1,))
    assert network.outputs == (5, 6)


def test_an_array_of_inline_tables() -> None:
    text = 'input = "4"\nlayer = [{kind = "dense", units = 3, name = "a"}, {layer = "dense 2", from = "a"}]'
    assert [layer.label for layer in read_toml(text).layers] == ["dense 3", "dense 2"]


@pytest.mark.parametrize(
    "text",
    [COMPACT, table('layer = "conv 4 3x3"', 'kind = "dense"\nunits = 3'), 'input="4"\nlayers=["dense 3"]'],
)  # fmt: skip
def test_positions_point_to_the_layer(text: str) -> None:
    for layer in read_toml(text).layers:
        written = text[layer.start : layer.end]
        assert written == layer.text or ("kind" in written and layer.kind in written)


def test_a_size_that_does_not_fit_names_the_line() -> None:
    network = read_toml(table('layer = "conv 4 3x3"', 'layer = "conv 4 9x9"'))
    with pytest.raises(
        InputError, match=r"layer 2, conv 4 9x9 \(line 6\): it has a window larger than its input"
    ):
        _ = network.sizes


# -- what is refused


@pytest.mark.parametrize(
    ("text", "what", "expected"),
    [
        (table('layer = "convv 3 3x3"'), r"a layer dlcalc does not know: convv \(line 3\)", "conv"),
        (table('kind = "conv"\nfilters = 3\nkernal = 3'), r"does not take: kernal \(line 5\)", "kernel"),
        (table('kind = "conv"\nfilters = 3\nkernel = 3\nstride = 1.5'), r"1\.5 \(line 6\)", "whole number"),
        (table('kind = "conv"\nfilters = -3\nkernel = 3'), r"\(line 4\)", ""),
        (table('layer = "flatten"\nfrom = "inptu"'), r"from an unknown name: inptu \(line 4\)", "input"),
        (table('name = "a"\nlayer = "flatten"', 'name = "a"\nlayer = "relu"'), r"names two layers a, the first at line 3 \(line 7\)", "its own"),
        (table('name = "input"\nlayer = "flatten"'), r"names a layer like an input: input \(line 3\)", "another"),
        (table('layer = "flatten"\nfrom = "b"', 'name = "b"\nfrom = "input"\nlayer = "relu"'), r"uses b before it is there: it is made at line 6 \(line 4\)", "above"),
        (table('name = "a"\nlayer = "flatten"\nfrom = "b"', 'name = "b"\nlayer = "relu"'), r"runs in a circle: .* \(line 5\)", "from its inputs"),
        (table('name = "a"\nlayer = "flatten"\nfrom = "a"'), r"runs in a circle: .* which is this layer \(line 5\)", "from its inputs"),
        (table('layer = "flatten"\nfrom = 3'), r"a from that is not a name \(line 4\)", "from ="),
        (table('layer = "flatten"\nrepeat = 0'), r"repeats a layer 0 times \(line 4\)", "1 to 2,000"),
        (table('layer = "flatten"\nrepeat = 1000000000'), r"repeats a layer 1000000000 times \(line 4\)", "1 to 2,000"),
        (table('name = "a"'), r"a table without a layer \(line 2\)", "kind"),
        (table('layer = "flatten"\nkind = "relu"'), r"both layer and kind \(line 2\)", "kind"),
        (table('layer = "dense 3"\nunits = 3'), r"gives units beside layer \(line 4\)", "words"),
        (table('kind = "add"\nfrom = ["input", "input"]\nunits = 3'), r"gives add something it does not take: units \(line 5\)", "axis"),
        ('input = "4"\nlayers = ["dense 3", 7]', r"neither words nor a table \(line 2\)", "conv"),
        ('input = "4"\nlayers = ["dense 3 ->"]', r"an arrow has nothing behind it \(line 2\)", "arrow"),
        ('input = "4"\nlayers = ["[dense 3 | dense 3"]', r"not closed \(line 2\)", "Close"),
        ('input = "4"\nlayers = ["dense 3"]\nlyer = 3', r"a key that means nothing: lyer \(line 3\)", "layer"),
        ('layers = ["dense 3"]', "does not say what comes in", "input ="),
        ('input = "4"', "has no layers", "layers ="),
        ('input = "4"\nlayers = []', "has no list of layers", "layers ="),
        ('input = "4x"\nlayers = ["dense 3"]', r"\(line 1\)", "28x28x1"),
        ('input = true\nlayers = ["dense 3"]', r"not a size \(line 1\)", "28x28x1"),
        ('inputs = {a = "4"}\ninput = "4"\nlayers = ["dense 3"]', "both input and inputs", "inputs ="),
        ('input = "4"\noutputs = ["b"]\nlayers = ["dense 3"]', r"an output nobody knows: b \(line 2\)", ""),
        ('input = "4"\nlayers = ["dense 3"', r"is not TOML: .* \(line 2\)", "quotes"),
        ('input = "4"\nlayers = ["""dense 3"""]', r"a string over several lines \(line 2\)", "of its own"),
        ('input = "4"\nlayers = ["dense\\u0020 3"]', r"a backslash in it \(line 2\)", "plain"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, what: str, expected: str) -> None:
    with pytest.raises(InputError, match=what) as trouble:
        read_toml(text)
    assert expected in trouble.value.expected


@pytest.mark.parametrize(
    "text",
    [
        "input = " + "[" * 300_000,
        "a." * 150_000 + "b = 1",
        "[" + "a." * 150_000 + "b]",
        "input = " + "9" * 5_000,
        'input = "3"\n' + '[[layer]]\nlayer = "dense 3"\n' * 9_000,
        'input = "3"\nlayers = ["' + "a" * 390_000 + '"]',
        'input = "3"\n[[layer]]\nlayer = "repeat 1000 (dense 3)"\nrepeat = 1000\n',
        "inputs = {" + ", ".join(f'a{number} = "3"' for number in range(9_000)) + "}\nlayers = ['dense 3']",
        'input = "3"\n' + "".join(f'[[layer]]\nname = "n{i}"\nfrom = "n{i + 1}"\nlayer = "relu"\n' for i in range(1_500)),
    ],
    ids=["deep", "dots", "dotted head", "digits", "many", "long word", "repeat", "inputs", "chain"],
)  # fmt: skip
def test_hostile_text_is_refused_at_once(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(InputError):
        read_toml(text)
    assert time.perf_counter() - begun < 5
