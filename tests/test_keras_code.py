"""Keras code read as text: published totals, real Keras on the same texts, what is passed over, what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from keras_samples import HEAD, SAMPLES
from test_networks import answers

from dlcalc.networks.code.framework import read_code
from dlcalc.networks.network import Network
from dlcalc.notation.errors import InputError

# As printed in the course documents; the third one broken only where a page break stands in it.
COURSE_64 = """
model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(32, (3,3), activation='relu', input_shape=(64, 64, 3)),
    tf.keras.layers.MaxPooling2D(2, 2),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(128, activation='relu'),
    tf.keras.layers.Dense(10, activation='softmax')
])
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train_images, train_labels, epochs=10, validation_data=(val_images, val_labels))
"""
COURSE_CIFAR = """
# Import required libraries
import tensorflow as tf
from tensorflow.keras import datasets, layers, models
import matplotlib.pyplot as plt

# Load and normalize the CIFAR-10 dataset
(train_images, train_labels), (test_images, test_labels) = datasets.cifar10.load_data()
train_images, test_images = train_images / 255.0, test_images / 255.0

class_names = ['airplane', 'automobile', 'bird', 'cat', 'deer',
               'dog', 'frog', 'horse', 'ship', 'truck']

plt.figure(figsize=(10, 1))
for i in range(10):
    plt.subplot(1, 10, i+1)


plt.xticks([]); plt.yticks([]); plt.grid(False)
plt.imshow(train_images[i])
plt.xlabel(class_names[train_labels[i][0]])
plt.show()

model = models.Sequential([
    layers.Conv2D(32, (3, 3), activation='relu', input_shape=(32, 32, 3)),
    layers.BatchNormalization(),
    layers.MaxPooling2D((2, 2)),

    layers.Conv2D(64, (3, 3), activation='relu'),
    layers.BatchNormalization(),
    layers.MaxPooling2D((2, 2)),

    layers.Conv2D(64, (3, 3), activation='relu'),
    layers.Flatten(),
    layers.Dense(64, activation='relu'),
    layers.Dense(10)
])

model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])

history = model.fit(train_images, train_labels, epochs=10,
                     validation_data=(test_images, test_labels))

test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)
print(f'Test accuracy: {test_acc:.2f}')

model.save('cnn_cifar10_model.h5')
# loaded_model = tf.keras.models.load_model('cnn_cifar10_model.h5')
"""
COURSE_AUTOENCODER = """
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import mnist
from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, Dense
from tensorflow.keras.optimizers import Adam

(x_train, _), (x_test, _) = mnist.load_data()
x_train = x_train.astype('float32') / 255.0
x_test = x_test.astype('float32') / 255.0
x_train = x_train.reshape((len(x_train), 784))
x_test = x_test.reshape((len(x_test), 784))

input_img = Input(shape=(784,))
encoded = Dense(128, activation='relu')(input_img)
encoded = Dense(64, activation='relu')(encoded)
encoded = Dense(32, activation='relu')(encoded)
decoded = Dense(64, activation='relu')(encoded)
decoded = Dense(128, activation='relu')(decoded)
decoded = Dense(784, activation='sigmoid')(decoded)
autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer=Adam(), loss='mse')
autoencoder.fit(x_train, x_train,
                epochs=20,
                batch_size=256,
                shuffle=True,
                validation_data=(x_test, x_test))
decoded_imgs = autoencoder.predict(x_test)
n = 10 # Number of digits to display
plt.figure(figsize=(20, 4))
for i in range(n):
    ax = plt.subplot(2, n, i + 1)
    plt.imshow(x_test[i].reshape(28, 28), cmap='gray')


plt.title("Original")
plt.axis('off')
ax = plt.subplot(2, n, i + 1 + n)
plt.imshow(decoded_imgs[i].reshape(28, 28), cmap='gray')
plt.show()
"""
CATS_DOGS = """
from tensorflow.keras import Sequential
from tensorflow.keras.layers import *
model = Sequential([
    Input((64, 64, 3)),
    Conv2D(32, 3, padding="same", activation="relu"), MaxPooling2D(2),
    Conv2D(64, 3, padding="same", activation="relu"), MaxPooling2D(2),
    Flatten(), Dense(128, activation="relu"), Dense(1, activation="sigmoid"),
])
"""
RESNETS = """
def unit(x, filters, stride, wide):
    y = x
    plan = [(1, 1), (3, stride), (1, 1)] if wide else [(3, stride), (3, 1)]
    for at, (k, s) in enumerate(plan):
        last = at == len(plan) - 1
        y = Conv2D(filters * (4 if wide and last else 1), k, s, padding="same", use_bias=False)(y)
        y = BatchNormalization()(y)
        y = y if last else ReLU()(y)
    if x.shape[-1] != y.shape[-1] or stride > 1:
        x = BatchNormalization()(Conv2D(y.shape[-1], 1, stride, use_bias=False)(x))
    return ReLU()(Add()([y, x]))

inputs = Input((224, 224, 3))
x = ReLU()(BatchNormalization()(Conv2D(64, 7, 2, "same", use_bias=False)(inputs)))
x = MaxPooling2D(3, 2, "same")(x)
for stage, count in enumerate({}):
    for at in range(count):
        x = unit(x, 64 * 2 ** stage, 2 if stage and not at else 1, {})
model = Model(inputs, Dense(1000, activation="softmax")(GlobalAveragePooling2D()(x)))
"""
GOOGLENET = """
def conv(x, filters, size, stride=1):
    return Conv2D(filters, size, stride, padding="same", activation="relu")(x)

def inception(x, a, b, c, d, e, f):
    pool = MaxPooling2D(3, 1, padding="same")(x)
    return concatenate([conv(x, a, 1), conv(conv(x, b, 1), c, 3), conv(conv(x, d, 1), e, 5), conv(pool, f, 1)])

inputs = Input((224, 224, 3))
x = MaxPooling2D(3, 2, "same")(conv(inputs, 64, 7, 2))
x = MaxPooling2D(3, 2, "same")(conv(conv(x, 64, 1), 192, 3))
x = inception(x, 64, 96, 128, 16, 32, 32)
x = inception(x, 128, 128, 192, 32, 96, 64)
x = MaxPooling2D(3, 2, "same")(x)
for row in [
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
]:
    x = inception(x, *row)
x = MaxPooling2D(3, 2, "same")(x)
x = inception(x, 256, 160, 320, 32, 128, 128)
x = inception(x, 384, 192, 384, 48, 128, 128)
x = Dropout(0.4)(GlobalAveragePooling2D()(x))
model = Model(inputs, Dense(1000, activation="softmax")(x))
"""

# Text, all parameters, those trained; None where the source gives only one of them.
PUBLISHED: dict[str, tuple[str, int | None, int | None]] = {
    "course 64x64x3": (COURSE_64, 3_938_570, 3_938_570),
    "course cifar": (COURSE_CIFAR, 122_954, 122_762),
    "course autoencoder": (COURSE_AUTOENCODER, 222_384, 222_384),
    "course cats and dogs": (CATS_DOGS, 2_116_801, None),
    "xor": (SAMPLES["xor"], 9, 9),
    "mnist cnn": (SAMPLES["mnist cnn"], 225_034, None),
    "slide classifier": (SAMPLES["slide classifier"], 592_042, None),
    "lenet": (SAMPLES["lenet"], 61_706, None),
    "alexnet": (SAMPLES["alexnet"], 60_965_224, None),
    "vgg16": (SAMPLES["vgg16"], 138_357_544, None),
    "vgg19": (SAMPLES["vgg19 from a list"], 143_667_240, None),
    "inception 3a": (SAMPLES["inception 3a"], 163_696, None),
    "googlenet": (GOOGLENET, 6_998_552, None),
    "resnet18": (SAMPLES["resnet18"], None, 11_689_512),
    "resnet34": (RESNETS.format("[3, 4, 6, 3]", False), None, 21_797_672),
    "resnet50 with biases, Keras": (SAMPLES["resnet50"], 25_636_712, None),
    "resnet50": (RESNETS.format("[3, 4, 6, 3]", True), None, 25_557_032),
    "resnet101": (RESNETS.format("[3, 4, 23, 3]", True), None, 44_549_160),
    "resnet152": (RESNETS.format("[3, 8, 36, 3]", True), None, 60_192_808),
    "mobilenet": (SAMPLES["mobilenet"], 4_253_864, None),
    "squeezenet": (SAMPLES["squeezenet fires"], 1_248_424, None),
    "lstm 64": ("model = Sequential([LSTM(64, input_shape=(28, 28))])", 23_808, None),
    "rnn 64": ("model = Sequential([SimpleRNN(64, input_shape=(28, 28))])", 5_952, None),
    "gru 64, two biases": ("model = Sequential([GRU(64, input_shape=(28, 28))])", 18_048, None),
    "gru 64": ("model = Sequential([GRU(64, reset_after=False, input_shape=(28, 28))])", 17_856, None),
}


def counted(text: str) -> tuple[int, int]:
    """All parameters and those trained, as the topic answers."""
    found = answers("params", network=text)
    return int(found["total"]), int(found["trainable"])


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals(name: str) -> None:
    text, total, trained = PUBLISHED[name]
    found = counted(text)
    assert total in (None, found[0])
    assert trained in (None, found[1])


# -- real Keras on the same texts


@pytest.fixture(scope="module")
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="Keras is not installed: nothing to compare with")


def leaves(model: Any) -> list[Any]:
    """The layers of a model of real Keras, those of models inside it too."""
    found = []
    for layer in model.layers:
        if type(layer).__name__ != "InputLayer":
            found += leaves(layer) if hasattr(layer, "layers") and hasattr(layer, "summary") else [layer]
    return found


def first_shape(layer: Any) -> tuple[int | None, ...]:
    output = layer.output
    return tuple((output[0] if isinstance(output, (list, tuple)) else output).shape[1:])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_real_keras_agrees(keras: Any, name: str) -> None:
    names: dict[str, Any] = {
        word: getattr(keras.layers, word) for word in dir(keras.layers) if word[0] != "_"
    }
    exec(HEAD + SAMPLES[name], names)  # the oracle: our own text, never a user's
    model = names["model"]
    network = read_code(HEAD + SAMPLES[name])
    trained = sum(int(weight.value.numel()) for weight in model.trainable_weights)
    assert counted(HEAD + SAMPLES[name]) == (model.count_params(), trained)
    outputs = Counter(tuple(output.shape[1:]) for output in model.outputs)
    assert Counter(network.sizes[number] for number in network.outputs) == outputs
    rows = leaves(model)
    if len(rows) == len(network.layers):
        weights = [
            sum(weight.size for weight in weights_of(network, number))
            for number in range(1, len(network.layers) + 1)
        ]
        own = Counter(zip(weights, network.sizes[1:], strict=True))
        assert own == Counter((layer.count_params(), first_shape(layer)) for layer in rows)


class Weight:
    """How many numbers a tensor of a layer holds."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.size = 1
        for side in shape:
            self.size *= side


def weights_of(network: Network, number: int) -> list[Weight]:
    layer = network.layers[number - 1]
    return [Weight(weights.shape) for weights in layer.weights_of(network.sizes_into(number))]


def test_enough_samples_are_compared_layer_by_layer() -> None:
    """The comparison above would be empty where no text had as many layers as Keras sees."""
    assert len(SAMPLES) >= 50


# -- ways of writing

WAYS = [
    "import keras\nmodel = keras.Sequential([keras.layers.Dense(4, input_shape=(3,)), keras.layers.Dense(2)])",
    "from keras.models import Sequential\nfrom keras.layers import Dense\nm = Sequential()\nm.add(Dense(4, input_dim=3))\nm.add(Dense(2))",
    "from tensorflow.keras.layers import Dense as D, Input as I\nfrom tensorflow.keras import Model\ni = I(3)\n".replace("I(3)", "I((3,))")
    + "Model(i, D(2)(D(4)(i)))",
    "import tensorflow.keras as k\nL = k.layers\nm = k.Sequential([L.InputLayer(shape=(3,)), L.Dense(4), L.Dense(2)])",
    "from tensorflow import keras as K\nm = K.models.Sequential(layers=[K.Input(batch_shape=(None, 3)), K.layers.Dense(4), K.layers.Dense(2)])",
    "from tensorflow.python.keras.layers import Dense\nm = Sequential([Dense(4, batch_input_shape=(32, 3)), Dense(2)])",
    "model = Sequential([Dense(units=n, **more) for n, more in [(4, {'input_shape': (3,)}), (2, {})]])",
    ">>> model = Sequential()\n>>> for n in (4, 2):\n...     model.add(Dense(n))\n...\n>>> model.build((None, 3))",
    "    model = Sequential([Dense(4, input_shape=[3]),\n        Dense(2)])",
    "!pip install keras\n%matplotlib inline\n```python\nmodel = Sequential([Dense(4, input_shape=(3,)), Dense(2)])\n```",
    ("def make(inputs=(3,), hidden=(4,), out=2):\n    m = Sequential([Input(inputs)])\n    for n in hidden:\n"
    "        m.add(Dense(n))\n    m.add(Dense(out))\n    return m\n\nif __name__ == '__main__':\n    net = make()"),
    "def make(n=3):\n    return Sequential([Dense(n + 1, input_dim=n), Dense(n - 1)])",
    "i = Input((3,))\nx = i\nk = 1\nwhile k < 3:\n    x = Dense([0, 4, 2][k])(x)\n    k += 1\nm = Model(i, x)",
    ("class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.a = layers.Dense(4)\n"
    "        self.b = layers.Dense(2)\n    def call(self, x):\n        return self.b(self.a(x))\n\nnet = Net()\nnet.build((None, 3))"),
    "i = Input((3,))\no = Dense(2)(Dense(4)(i))",
    "a = Sequential([Dense(9, input_dim=3)])\nb = Sequential([Dense(4, input_dim=3), Dense(2)])\nb.summary()",
    "a = Sequential([Dense(9, input_dim=3)])\na = Sequential([Dense(4, input_dim=3), Dense(2)])",
]  # fmt: skip


@pytest.mark.parametrize("text", WAYS)
def test_ways_of_writing_the_same(text: str) -> None:
    network = read_code(text)
    assert network.sizes == ((3,), (4,), (2,))
    assert counted(text) == (26, 26)


def test_names_and_places_are_kept() -> None:
    text = (
        "model = Sequential([\n    Input((8, 8, 1)),\n    Conv2D(4, 3, name='first'),\n    Flatten(),\n])\n"
    )
    network = read_code(text)
    first = network.layers[0]
    assert (first.name, text[first.start : first.end]) == ("first", "Conv2D(4, 3, name='first')")


def test_a_shared_layer_counts_once() -> None:
    network = read_code("d = Dense(5)\ni = Input((5,))\nm = Model(i, d(d(i)))")
    assert len(network.layers) == 2
    assert network.twin(2) == 1
    assert counted(network.text) == (30, 30)


def test_notes_say_what_was_taken_for_granted() -> None:
    text = "m = Sequential([GRU(4, input_shape=(5, 3))])\nm.compile('adam')\nm.fit(x, y)"
    notes = dict(read_code(text).notes)
    assert "two bias vectors" in notes["biases"]
    assert notes["passed over"].startswith("compile, fit:")


def test_frozen_layers_are_counted_and_not_trained() -> None:
    whole = "m = Sequential([Dense(4, input_dim=3), BatchNormalization()])\nm.trainable = False"
    assert counted(whole) == (32, 0)
    assert counted("m = Sequential([Dense(4, input_dim=3, trainable=False), Dense(2)])") == (26, 10)
    trunk = "b = Sequential([Dense(4, input_dim=3), Dense(4)])\nfor layer in b.layers[:1]:\n    layer.trainable = False\n"
    assert counted(trunk + "m = Sequential([b, Dense(2)])") == (46, 30)


def test_the_size_of_the_input_may_come_later() -> None:
    text = "model = keras.Sequential([layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])"
    assert read_code(text).input == (None, None, None)
    assert read_code(text).with_input((12, 12, 3)).sizes[-1] == (10,)


# -- what cannot change the network is passed over

MODEL = "model = Sequential([Dense(4, input_dim=3)])\n"
PASSED_OVER = [
    "for images, labels in train_ds.take(1):\n    plt.imshow(images[0])\n".replace("train_ds", "tf.data.Dataset.load('x')"),
    "for epoch in range(10**9):\n    for i in range(10**9):\n        model.train_on_batch(x, y)\n",
    ("losses = []\nfor batch in np.load('x'):\n    with tf.GradientTape() as tape:\n        out = model(batch, training=True)\n"
    "    losses.append(float(out))\n"),
    "def train_step(x):\n    yield model(x)\n\ntrain_step(np.ones(3))\n",
    "with open('log.txt', 'w') as f:\n    f.write(str(model.count_params()))\n",
    "try:\n    import google.colab\n    drive.mount('/content')\nexcept ImportError:\n    pass\n".replace("drive", "google.colab.drive"),
    "os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\nos.makedirs('out', exist_ok=True)\n",
    "if np.random.rand() > 0.5:\n    print('heads')\nelse:\n    print('tails')\n",
    "words = {w: i for i, w in enumerate(sorted(set(open('x').read())))}\nlong = [w for w in open('y') if len(w) > 3]\n",
    "best = max(model.fit(x, y).history['accuracy'])\nprint(f'{best:.3f}', 'a %s' % best, '{}'.format(best))\n",
    "f = lambda z: z ** 2\nvalues = list(map(f, [1, 2]))\n",
    ("class Log(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n        print(epoch)\n\n"
    "model.fit(x, callbacks=[Log()])\n"),
    "y = model.predict(np.zeros((1, 3)))[0]\ny += 1\nassert y.shape == (4,)\ndel y\n",
]  # fmt: skip


@pytest.mark.parametrize("text", PASSED_OVER)
def test_what_cannot_change_the_network_is_passed_over(text: str) -> None:
    assert read_code(MODEL + text).sizes == ((3,), (4,))


def test_nothing_is_run(tmp_path: Path) -> None:
    target = tmp_path / "written"
    text = f"{MODEL}open({str(target)!r}, 'w').write('x')\nPath({str(target)!r}).touch()\n"
    read_code("from pathlib import Path\n" + text)
    assert not target.exists()


def test_no_heavy_package_is_loaded() -> None:
    program = (
        "import sys\nfrom dlcalc.networks.code.framework import read_code\n"
        f"read_code({COURSE_64!r})\n"
        "print([one for one in ('numpy', 'sympy', 'torch', 'keras', 'tensorflow') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- refusals: text behind the head, line, words of the message, the place that is marked

I8 = "model = Sequential([\n    Input((8, 8, 4)),\n"
REFUSED: dict[str, tuple[str, int, str, str]] = {
    "open bracket": ("model = Sequential([\n  Dense(1)\n", 3, "was never closed", "["),
    "system": ("import os\nos.system('echo hacked')\n" + MODEL, 4, "calls os.system", "os.system('echo hacked')"),
    "system in an argument": (f"import os\n{MODEL}print(os.system('ls'))", 5, "calls os.system", "os.system('ls')"),
    "system in a loop": (f"import os\n{MODEL}for f in os.listdir():\n    os.system(f)", 5, "repeats a loop", "os.listdir()"),
    "subprocess": (f"import subprocess as s\n{MODEL}x = s.run(['ls'])", 5, "subprocess.run", "s.run(['ls'])"),
    "eval": (MODEL + "eval('1')", 4, "eval, which is never run", "eval"),
    "import trick": (MODEL + "__import__('os').system('ls')", 4, "__import__, which", "__import__"),
    "endless": (MODEL + "while True:\n    model.add(Dense(3))", 4, "never ends", "while True:"),
    "endless, empty": (MODEL + "while 1:\n    pass", 4, "never ends", "while 1:"),
    "counts without end": (MODEL + "k = 1\nwhile k:\n    model.add(Dense(k))\n    k += 1", 6, "more than 2,000 layers", "model.add(Dense(k))"),
    "million layers": ("m = Sequential([Dense(2) for _ in range(1000000)])", 3, "1,000,000 values", "range(1000000)"),
    "million by times": ("m = Sequential([Dense(2)] * 1000000)", 3, "more than 20,000", "[Dense(2)] * 1000000"),
    "power": ("n = 10**10**10\nm = Sequential([Dense(n)])", 3, "too large", "10**10**10"),
    "recursion": ("def f(x):\n    return f(Dense(3)(x))\nf(Input((3,)))", 4, "inside itself", "f(Dense(3)(x))"),
    "recursion of a class": (
        "class A(keras.Model):\n    def __init__(self):\n        self.a = A()\nA()", 5, "inside itself", "A()"),
    "model in itself": (MODEL + "model.add(model)", 3, "a model into itself", "Sequential([Dense(4, input_dim=3)])"),
    "before assignment": ("i = Input((3,))\nhidden = Dense(3)(i)\nm = Model(i, Dense(2)(hiden))", 5, "uses hiden", "hiden"),
    "stride": (I8 + "    Conv2D(8, 3, strides=1.5)])", 5, "strides=1.5, which is not a whole", "1.5"),
    "negative units": (I8 + "    Dense(-5)])", 5, "units=-5", "-5"),
    "units of a division": (I8 + "    Dense(128 / 2)])", 5, "units=64.0", "128 / 2"),
    "units as text": (I8 + "    Dense('128')])", 5, "units='128'", "'128'"),
    "units missing": (I8 + "    Dense(activation='relu')])", 5, "leaves out units", "Dense(activation='relu')"),
    "unknown layer": (I8 + "    layers.Conv2d(8, 3)])", 5, "not known: Conv2d", "layers.Conv2d(8, 3)"),
    "unknown bare layer": (I8 + "    MaxPoling2D()])", 5, "uses MaxPoling2D", "MaxPoling2D"),
    "unknown argument": (I8 + "    Conv2D(8, kernal_size=3)])", 5, "kernal_size it does not take", "Conv2D(8, kernal_size=3)"),
    "too many arguments": (I8 + "    Flatten(1, 2)])", 5, "2 arguments, and it takes 1", "Flatten(1, 2)"),
    "twice": (I8 + "    Dense(3, units=4)])", 5, "units twice", "Dense(3, units=4)"),
    "activation": (I8 + "    Dense(8, 'rellu')])", 5, "not known: rellu", "'rellu'"),
    "padding": (I8 + "    Conv2D(8, 3, padding='smae')])", 5, "padding='smae'", "'smae'"),
    "channels first": (I8 + "    Conv2D(8, 3, data_format='channels_first')])", 5, "channels first", "'channels_first'"),
    "dropout": (I8 + "    Dropout(50)])", 5, "rate=50", "50"),
    "axis": (I8 + "    BatchNormalization(axis=1)])", 5, "another axis", "1"),
    "kernel of three": (I8 + "    Conv2D(8, (3, 3, 3))])", 5, "3 numbers for kernel_size", "(3, 3, 3)"),
    "groups": (I8 + "    Conv2D(9, 3, groups=3)])", 5, "4 channels into 3 groups", "Conv2D(9, 3, groups=3)"),
    "shrinks": (I8 + "    MaxPooling2D(3),\n    Conv2D(8, 5)])", 6, "window larger than its input", "Conv2D(8, 5)"),
    "reshape": (I8 + "    Reshape((5, 5))])", 5, "256 numbers come in", "Reshape((5, 5))"),
    "no brackets": (I8 + "    Flatten])", 5, "is no layer", "Flatten"),
    "shape without a comma": ("m = Sequential([Dense(3, input_shape=(784))])", 3, "input_shape=784, which is no tuple", "784"),
    "unlike sizes": (
        "i = Input((8, 8, 1))\nm = Model(i, Conv2D(4, 3)(i) + Conv2D(4, 5)(i))", 4, "unlike sizes: 6×6×4 and 4×4×4",
        "Conv2D(4, 3)(i) + Conv2D(4, 5)(i)"),
    "unlike sizes side by side": (
        "i = Input((8, 8, 1))\nx = layers.concatenate([i, Conv2D(4, 5)(i)])", 4, "unlike sizes",
        "layers.concatenate([i, Conv2D(4, 5)(i)])"),
    "one to add": ("i = Input((8,))\nx = layers.Add()([i])", 4, "Add one tensor", "layers.Add()([i])"),
    "two into dense": ("i = Input((8,))\nx = Dense(3)([i, i])", 4, "2 inputs, and it takes one", "Dense(3)([i, i])"),
    "input forgotten": (
        "a = Input((3,))\nb = Input((3,))\nm = Model(a, layers.add([a, b]))", 5, "input of line 4", "Model(a, layers.add([a, b]))"),
    "layer on a layer": ("x = Dense(3)\ny = Dense(4)(x)", 4, "no tensor", "Dense(4)(x)"),
    "data decides units": (
        "import numpy as np\nn = len(np.unique(np.load('y')))\nm = Sequential([Dense(n, input_dim=3)])", 5,
        "np.unique(np.load('y')) on line 4", "n"),
    "data decides a loop": ("for r in np.load('x'):\n    model.add(Dense(3))", 3, "repeats a loop", "np.load('x')"),
    "data decides a branch": (MODEL + "if np.random.rand() > 0:\n    model.add(Dense(3))", 4, "decides by a condition", "np.random.rand() > 0"),
    "an operation that is not read": (
        "i = Input((3,))\nm = Model(i, Dense(2)(tf.linalg.inv(i)))", 4, "not read: tf.linalg.inv", "tf.linalg.inv(i)"),
    "weights of its own": (
        ("class A(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = self.add_weight(shape=(3,))\nA()"), 6, "calls self.add_weight", "self.add_weight(shape=(3,))"),
    "a build of its own": (
        "class A(layers.Layer):\n    def build(self, s):\n        pass\nA()", 4, "build of its own", "def build(self, s):"),
    "finished network": (
        "base = keras.applications.VGG16()", 3, "finished network", "keras.applications.VGG16()"),
    "two networks": ("a = Sequential([Dense(2, input_dim=3)])\nb = Sequential([Dense(5, input_dim=3)])", 4, "a (line 3), b (line 4)", "b = Sequential([Dense(5, input_dim=3)])"),
    "never called": ("def build(n):\n    return Sequential([Dense(2, input_dim=n)])", 3, "never calls it", "def build(n):"),
    "a time of anything": (I8 + "    TimeDistributed(Conv2D(3, 3))])", 5, "TimeDistributed around", "Conv2D(3, 3)"),
    "no layer at all": ("x = 1", 3, "makes no network", "x = 1"),
    "not a function": ("n = 3\nn(4)\n" + MODEL, 4, "calls n, which is no function", "n(4)"),
    "wrong number of names": ("a, b = 1, 2, 3\n" + MODEL, 3, "3 values into 2 names", "a, b"),
    "raises": ("raise ValueError('no')\n" + MODEL, 3, "an error of its own", "raise ValueError('no')"),
    "match": ("match 3:\n    case _:\n        model = Sequential([Dense(1)])", 3, "not read here: match 3", "match 3:"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_line_and_place(name: str) -> None:
    text, line, words, place = REFUSED[name]
    started = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read_code("import keras\nfrom keras import layers\n" + text)
    assert time.perf_counter() - started < 3
    trouble = caught.value
    assert f"(line {line}" in trouble.what
    assert words in trouble.what
    assert trouble.text[trouble.start : trouble.end] == place
    assert trouble.text.count("\n", 0, trouble.start) + 1 == line


def test_a_wrong_layer_is_given_its_nearest_name() -> None:
    for text, hint in [
        ("layers.Conv2d(3, 3)", "Conv2D"),
        ("layers.Dens(3)", "Dense"),
        ("Bidirektional(1)", "Bidirectional"),
    ]:
        with pytest.raises(InputError, match=f"Did you mean {hint}"):
            read_code("import keras\n" + text)


# -- code that wants to keep the reader busy

DOUBLED = "for i in range(60):\n    {0} = [{0}, {0}]\n"
BUSY = {
    "brackets": "x = " + "(" * 5000 + "1" + ")" * 5000,
    "sum": "x = " + "+".join(["1"] * 50_000),
    "signs": "x = " + "-" * 50_000 + "1",
    "dots": "x = a" + ".b" * 50_000,
    "calls": "x = f" + "()" * 50_000,
    "branches": "if x == 0:\n    pass\n" + "".join(f"elif x == {n}:\n    pass\n" for n in range(5000)),
    "models in models": MODEL + "for i in range(1000):\n    model = Sequential([model])",
    "models doubled": MODEL + "for i in range(60):\n    model = Sequential([model, model])",
    "layers made and thrown away": "for i in range(20000):\n    for j in range(20000):\n        x = Dense(3)",
    "layers in one list": "x = Input((3,))\nfor i in range(20000):\n    x = Dense(3)(x)",
    "a file of additions": MODEL + "model.add(Dense(3))\n" * 19_000,
    "doubled lists compared": "a = [1]\nb = [1]\n" + DOUBLED.format("a") + DOUBLED.format("b") + "x = a == b\nDense(x)(x)",
    "doubled text": "s = 'aaaaaaaaaa'\nfor i in range(60):\n    s = s + s\nDense(s)(s)",
    "list in itself": "a = []\na.append(a)\nDense(len(str(a)))(a)",
    "shift": "m = Sequential([Dense(1 << 10**9)])",
    "text times": "m = Sequential([Dense(len('a' * 10**9))])",
    "range as a list": "m = Sequential([Dense(len(list(range(10**12))))])",
    "sum of a range": "m = Sequential([Dense(sum(range(10**12)))])",
    "rounding": "m = Sequential([Dense(round(5, -10**9))])",
    "mutual recursion": "def f(n):\n    Dense(3)\n    return g(n)\ndef g(n):\n    return f(n)\nf(1)",
    "functions calling functions": "def f0():\n    return Dense(3)\n"
    + "".join(f"def f{n}():\n    return f{n - 1}()\n" for n in range(1, 3000)) + "f2999()",
    "huge units": "m = Sequential([Dense(10**12, input_dim=3)])",
    "null": "x = 1\0",
}  # fmt: skip


@pytest.mark.parametrize("name", BUSY)
def test_busy_code_ends_at_once(name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(InputError, match=r"line \d"):
        read_code("import keras\n" + BUSY[name])
    assert time.perf_counter() - started < 4


HARMLESS_BUSY = {
    "loops": "for i in range(20000):\n    for j in range(20000):\n        t = i * j\n",
    "many loops": "".join(f"for i in range(100000):\n    x{n} = i\n" for n in range(1500)),
    "long list": "x = [" + "1, " * 100_000 + "]\n",
    "lines": "x = 1\n" * 50_000,
    "recursion without layers": "def f(x):\n    return f(x)\ny = f(3)\n",
    "wide formats": "x = f'{1:>1000000000}'\ny = '%1000000000d' % 1\nz = '{:>1000000000}'.format(1)\n",
    "deep lists": "x = " + "[" * 90 + "1" + "]" * 90 + "\n",
}


@pytest.mark.parametrize("name", HARMLESS_BUSY)
def test_busy_code_without_layers_is_passed_over_at_once(name: str) -> None:
    started = time.perf_counter()
    assert read_code(HARMLESS_BUSY[name] + MODEL).sizes == ((3,), (4,))
    assert time.perf_counter() - started < 4


def test_random_damage_never_ends_in_a_fault() -> None:
    """Pieces of code cut, doubled and exchanged: a network or an error that names its line, never anything else."""
    import random

    rng = random.Random(4)
    texts = [HEAD + text for text in SAMPLES.values()]
    for _ in range(400):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 3)):
            start = rng.randrange(len(text))
            end = min(len(text), start + rng.randint(1, 12))
            other = rng.choice(texts)
            at = rng.randrange(len(other))
            text = (
                text[:start]
                + rng.choice(["", text[start:end] * 2, other[at : at + 8], "-1", "None", "[]"])
                + text[end:]
            )
        try:
            network = read_code(text)
            assert network.layers
        except InputError as trouble:
            assert "line" in trouble.what
            assert 0 <= trouble.start <= trouble.end <= len(trouble.text) + 1
