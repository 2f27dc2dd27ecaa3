"""Keras code of many kinds, each text a whole program; real Keras builds the same texts as the oracle."""

from __future__ import annotations

HEAD = "import keras\nfrom keras import layers, models, Sequential, Model, Input, ops\n"

SAMPLES: dict[str, str] = {
    "xor": """
model = Sequential([Dense(2, activation="sigmoid", input_dim=2), Dense(1, activation="sigmoid")])
""",
    "mlp by add": """
model = keras.models.Sequential()
model.add(layers.Flatten(input_shape=(28, 28)))
for units in [256, 128, 64]:
    model.add(layers.Dense(units))
    model.add(layers.BatchNormalization())
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.2))
model.add(layers.Dense(10, activation="softmax"))
""",
    "mnist cnn": """
num_classes = 10
input_shape = (28, 28, 1)
model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
""",
    "slide classifier": """
NUM_CLASSES = 10
input_layer = layers.Input(shape=(32, 32, 3))
x = input_layer
for filters in (32, 64):
    for strides in (1, 2):
        x = layers.Conv2D(filters=filters, kernel_size=3, strides=strides, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.LeakyReLU()(x)
x = layers.Flatten()(x)
x = layers.Dense(128)(x)
x = layers.LeakyReLU()(x)
x = layers.Dense(NUM_CLASSES)(x)
output_layer = layers.Activation("softmax")(x)
model = models.Model(input_layer, output_layer)
""",
    "lenet": """
model = Sequential([
    Conv2D(6, 5, activation="tanh", input_shape=(32, 32, 1)), AveragePooling2D(2),
    Conv2D(16, 5, activation="tanh"), AvgPool2D(2), Flatten(),
    Dense(120, "tanh"), Dense(84, "tanh"), Dense(10),
])
""",
    "alexnet": """
model = Sequential()
model.add(Input((227, 227, 3)))
model.add(Conv2D(96, 11, 4, activation="relu"))
model.add(MaxPool2D(3, 2))
model.add(Conv2D(256, 5, padding="same", groups=2, activation="relu"))
model.add(MaxPool2D(3, 2))
model.add(Conv2D(384, 3, padding="same", activation="relu"))
model.add(Conv2D(384, 3, padding="same", groups=2, activation="relu"))
model.add(Conv2D(256, 3, padding="same", groups=2, activation="relu"))
model.add(MaxPool2D(3, 2))
model.add(Flatten())
model.add(Dense(4096, activation="relu"))
model.add(Dropout(0.5))
model.add(Dense(4096, activation="relu"))
model.add(Dropout(0.5))
model.add(Dense(1000, activation="softmax"))
""",
    "vgg16": """
def block(model, filters, count):
    for _ in range(count):
        model.add(layers.Conv2D(filters, (3, 3), padding="same", activation="relu"))
    model.add(layers.MaxPooling2D((2, 2), strides=(2, 2)))

model = Sequential([Input(shape=(224, 224, 3))])
for filters, count in zip([64, 128, 256, 512, 512], [2, 2, 3, 3, 3]):
    block(model, filters, count)
model.add(layers.Flatten())
model.add(layers.Dense(4096, activation="relu"))
model.add(layers.Dense(4096, activation="relu"))
model.add(layers.Dense(1000, activation="softmax"))
""",
    "vgg19 from a list": """
cfg = [64, 64, "M", 128, 128, "M"] + [256] * 4 + ["M"] + 2 * ([512] * 4 + ["M"])
model = Sequential(
    [Input((224, 224, 3))]
    + [MaxPooling2D(2) if f == "M" else Conv2D(f, 3, padding="same", activation="relu") for f in cfg]
    + [Flatten(), *[Dense(4096, activation="relu") for _ in range(2)], Dense(1000, activation="softmax")]
)
""",
    "inception 3a": """
inputs = Input((28, 28, 192))
one = Conv2D(64, 1, activation="relu")(inputs)
three = Conv2D(96, 1, activation="relu")(inputs)
three = Conv2D(128, 3, padding="same", activation="relu")(three)
five = Conv2D(16, 1, activation="relu")(inputs)
five = Conv2D(32, 5, padding="same", activation="relu")(five)
pool = MaxPooling2D(3, strides=1, padding="same")(inputs)
pool = Conv2D(32, 1, activation="relu")(pool)
outputs = layers.concatenate([one, three, five, pool], axis=3)
model = Model(inputs, outputs)
""",
    "resnet18": """
def conv_block(x, filters, stride=1):
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.Add()([x, shortcut])
    return layers.ReLU()(x)

def resnet(input_shape=(224, 224, 3), classes=1000):
    inputs = Input(input_shape)
    x = layers.ZeroPadding2D(3)(inputs)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.ZeroPadding2D(((1, 1), (1, 1)))(x)
    x = layers.MaxPooling2D(3, 2)(x)
    for stage, filters in enumerate([64, 128, 256, 512]):
        for unit in range(2):
            x = conv_block(x, filters, 2 if stage > 0 and unit == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(classes, activation="softmax")(x), name="resnet18")

model = resnet()
""",
    "resnet50": """
def bottleneck(x, filters, stride, project):
    y = Conv2D(filters, 1, strides=stride)(x)
    y = BatchNormalization()(y)
    y = Activation("relu")(y)
    y = Conv2D(filters, 3, padding="same")(y)
    y = BatchNormalization()(y)
    y = Activation("relu")(y)
    y = Conv2D(4 * filters, 1)(y)
    y = BatchNormalization()(y)
    if project:
        x = Conv2D(4 * filters, 1, strides=stride)(x)
        x = BatchNormalization()(x)
    return Activation("relu")(x + y)

inputs = Input((224, 224, 3))
x = Conv2D(64, 7, strides=2, padding="same")(inputs)
x = BatchNormalization()(x)
x = Activation("relu")(x)
x = MaxPooling2D(3, 2, padding="same")(x)
for i, (filters, units) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
    for unit in range(units):
        x = bottleneck(x, filters, 2 if i and not unit else 1, unit == 0)
x = GlobalAvgPool2D()(x)
model = Model(inputs=inputs, outputs=Dense(1000, activation="softmax")(x))
""",
    "autoencoder": """
input_img = Input(shape=(784,))
encoded = Dense(128, activation='relu')(input_img)
encoded = Dense(64, activation='relu')(encoded)
encoded = Dense(32, activation='relu')(encoded)
decoded = Dense(64, activation='relu')(encoded)
decoded = Dense(128, activation='relu')(decoded)
decoded = Dense(784, activation='sigmoid')(decoded)
encoder = Model(input_img, encoded)
model = Model(input_img, decoded)
""",
    "convolutional autoencoder": """
model = Sequential([
    Input((28, 28, 1)),
    Conv2D(16, 3, activation="relu", padding="same", strides=2),
    Conv2D(8, 3, activation="relu", padding="same", strides=2),
    Conv2DTranspose(8, kernel_size=3, strides=2, activation="relu", padding="same"),
    Conv2DTranspose(16, kernel_size=3, strides=2, activation="relu", padding="same"),
    Conv2D(1, kernel_size=(3, 3), activation="sigmoid", padding="same"),
])
""",
    "upsampling autoencoder": """
inp = Input((28, 28, 1))
x = Conv2D(16, (3, 3), activation="relu", padding="same")(inp)
x = MaxPooling2D((2, 2), padding="same")(x)
x = Conv2D(8, (3, 3), activation="relu", padding="same")(x)
x = MaxPooling2D((2, 2), padding="same")(x)
x = Conv2D(8, (3, 3), activation="relu", padding="same")(x)
encoded = MaxPooling2D((2, 2), padding="same")(x)
x = Conv2D(8, (3, 3), activation="relu", padding="same")(encoded)
x = UpSampling2D((2, 2))(x)
x = Conv2D(8, (3, 3), activation="relu", padding="same")(x)
x = UpSampling2D((2, 2), interpolation="bilinear")(x)
x = Conv2D(16, (3, 3), activation="relu")(x)
x = UpSampling2D(2)(x)
decoded = Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
model = Model(inp, decoded)
""",
    "variational autoencoder": """
latent_dim = 2
enc_in = Input(shape=(28, 28, 1))
x = Conv2D(32, 3, activation="relu", strides=2, padding="same")(enc_in)
x = Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
x = Flatten()(x)
x = Dense(16, activation="relu")(x)
z_mean = Dense(latent_dim, name="z_mean")(x)
z_log_var = Dense(latent_dim, name="z_log_var")(x)
encoder = Model(enc_in, [z_mean, z_log_var], name="encoder")
latent_inputs = Input(shape=(latent_dim,))
x = Dense(7 * 7 * 64, activation="relu")(latent_inputs)
x = Reshape((7, 7, 64))(x)
x = Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
x = Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
decoder = Model(latent_inputs, Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x), name="decoder")
mean, log_var = encoder(enc_in)
z = mean + ops.exp(0.5 * log_var)
model = Model(enc_in, decoder(z))
""",
    "gan": """
generator = Sequential([
    Input((100,)), Dense(256), LeakyReLU(negative_slope=0.2), BatchNormalization(momentum=0.8),
    Dense(512), LeakyReLU(0.2), BatchNormalization(momentum=0.8), Dense(784, activation="tanh"), Reshape((28, 28, 1)),
])
discriminator = Sequential([
    Input((28, 28, 1)), Flatten(), Dense(512), LeakyReLU(0.2), Dense(256), LeakyReLU(0.2),
    Dense(1, activation="sigmoid"),
])
model = Sequential([generator, discriminator])
""",
    "dcgan generator": """
def make_generator_model():
    model = keras.Sequential()
    model.add(layers.Input((100,)))
    model.add(layers.Dense(7*7*256, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 256)))
    assert model.output_shape == (None, 7, 7, 256)
    model.add(layers.Conv2DTranspose(128, (5, 5), strides=(1, 1), padding='same', use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(64, (5, 5), strides=(2, 2), padding='same', use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding='same', use_bias=False, activation='tanh'))
    return model

model = make_generator_model()
""",
    "conditional gan": """
noise = Input((100,))
label = Input((1,))
embedding = layers.Flatten()(layers.Embedding(10, 50)(label))
joined = layers.Concatenate()([noise, embedding])
x = layers.Dense(256, activation="relu")(joined)
image = layers.Dense(784, activation="tanh")(x)
model = Model([noise, label], image)
""",
    "unet": """
def double_conv(x, n):
    x = layers.Conv2D(n, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(n, 3, padding="same", activation="relu")(x)

inputs = layers.Input(shape=(128, 128, 3))
skips = []
x = inputs
for n in [64, 128, 256, 512]:
    x = double_conv(x, n)
    skips.append(x)
    x = layers.MaxPool2D(2)(x)
    x = layers.Dropout(0.3)(x)
x = double_conv(x, 1024)
for n, skip in zip([512, 256, 128, 64], reversed(skips)):
    x = layers.Conv2DTranspose(n, 3, 2, padding="same")(x)
    x = layers.concatenate([x, skip])
    x = double_conv(x, n)
outputs = layers.Conv2D(3, 1, padding="same", activation="softmax")(x)
model = keras.Model(inputs, outputs, name="U-Net")
""",
    "mobilenet": """
def separable_block(x, filters, strides):
    x = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU(max_value=6)(x)

inputs = Input(shape=(224, 224, 3))
x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(inputs)
x = layers.BatchNormalization()(x)
x = layers.ReLU(6.)(x)
plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
for filters, strides in plan:
    x = separable_block(x, filters, strides)
x = layers.GlobalAveragePooling2D(keepdims=True)(x)
x = layers.Dropout(1e-3)(x)
x = layers.Conv2D(1000, 1)(x)
x = layers.Reshape((1000,))(x)
model = Model(inputs, layers.Softmax()(x))
""",
    "squeezenet fires": """
def fire(x, squeeze, expand):
    s = layers.Conv2D(squeeze, 1, activation="relu")(x)
    return layers.concatenate([
        layers.Conv2D(expand, 1, activation="relu")(s),
        layers.Conv2D(expand, 3, padding="same", activation="relu")(s),
    ])

inputs = Input((224, 224, 3))
x = layers.Conv2D(96, 7, 2, activation="relu")(inputs)
x = layers.MaxPooling2D(3, 2)(x)
for s, e in [(16, 64), (16, 64), (32, 128)]:
    x = fire(x, s, e)
x = layers.MaxPooling2D(3, 2)(x)
for s, e in [(32, 128), (48, 192), (48, 192), (64, 256)]:
    x = fire(x, s, e)
x = layers.MaxPooling2D(3, 2)(x)
x = fire(x, 64, 256)
x = layers.Conv2D(1000, 1, activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
model = Model(inputs, layers.Activation("softmax")(x))
""",
    "dense block": """
def dense_block(x, units, growth):
    for i in range(units):
        y = BatchNormalization(axis=3, epsilon=1.001e-5)(x)
        y = Activation("relu")(y)
        y = Conv2D(4 * growth, 1, use_bias=False)(y)
        y = BatchNormalization(axis=3)(y)
        y = Activation("relu")(y)
        y = Conv2D(growth, 3, padding="same", use_bias=False)(y)
        x = Concatenate(axis=3)([x, y])
    return x

inp = Input((56, 56, 64))
x = dense_block(inp, 6, 32)
x = Conv2D(x.shape[-1] // 2, 1, use_bias=False)(x)
model = Model(inp, AveragePooling2D(2, strides=2)(x))
""",
    "squeeze and excite": """
inp = Input((16, 16, 64))
filters = inp.shape[-1]
se = layers.GlobalAveragePooling2D()(inp)
se = layers.Reshape((1, 1, filters))(se)
se = layers.Conv2D(filters // 16, 1, activation="relu")(se)
se = layers.Conv2D(filters, 1, activation="sigmoid")(se)
model = Model(inp, layers.multiply([inp, se]))
""",
    "rnn": """
model = Sequential([SimpleRNN(64, input_shape=(28, 28)), Dense(10, activation="softmax")])
""",
    "lstm stack": """
model = Sequential()
model.add(Embedding(input_dim=10000, output_dim=64))
model.add(LSTM(64, return_sequences=True, dropout=0.2))
model.add(LSTM(units=32))
model.add(Dense(1, activation="sigmoid"))
model.build(input_shape=(None, 100))
""",
    "gru both kinds": """
inp = Input((20, 8))
a = GRU(16)(inp)
b = GRU(16, reset_after=False)(inp)
c = GRU(16, use_bias=False)(inp)
model = Model(inp, layers.average([a, b, c]))
""",
    "bidirectional": """
model = Sequential([
    Input((50,)), Embedding(5000, 32), Bidirectional(LSTM(24, return_sequences=True)),
    Bidirectional(GRU(12), merge_mode="concat"), Dense(4),
])
""",
    "bidirectional sums": """
inp = Input((12, 6))
a = Bidirectional(LSTM(5), merge_mode="sum")(inp)
b = Bidirectional(SimpleRNN(5), merge_mode="ave")(inp)
c = Bidirectional(GRU(5), merge_mode="mul")(inp)
model = Model(inp, layers.maximum([a, b, c]))
""",
    "seq2seq": """
encoder_inputs = Input(shape=(None, 71))
encoder = LSTM(256, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]
decoder_inputs = Input(shape=(None, 93))
decoder_lstm = LSTM(256, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(93, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)
model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
""",
    "sequence to sequence by repeating": """
model = Sequential([
    Input((7, 12)), LSTM(128), RepeatVector(3), LSTM(128, return_sequences=True),
    TimeDistributed(Dense(12, activation="softmax")),
])
""",
    "transformer encoder": """
def transformer_encoder(inputs, head_size, num_heads, ff_dim, dropout=0.0):
    x = layers.MultiHeadAttention(key_dim=head_size, num_heads=num_heads, dropout=dropout)(inputs, inputs)
    x = layers.Dropout(dropout)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    res = x + inputs
    x = layers.Conv1D(filters=ff_dim, kernel_size=1, activation="relu")(res)
    x = layers.Dropout(dropout)(x)
    x = layers.Conv1D(filters=inputs.shape[-1], kernel_size=1)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return x + res

def build_model(input_shape, head_size, num_heads, ff_dim, num_blocks, mlp_units):
    inputs = keras.Input(shape=input_shape)
    x = inputs
    for _ in range(num_blocks):
        x = transformer_encoder(x, head_size, num_heads, ff_dim)
    x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
    for dim in mlp_units:
        x = layers.Dense(dim, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x))

model = build_model((500, 1), head_size=256, num_heads=4, ff_dim=4, num_blocks=4, mlp_units=[128])
""",
    "attention over a memory": """
query = Input((10, 32))
memory = Input((20, 48))
x = layers.MultiHeadAttention(4, 16)(query, memory)
y = layers.MultiHeadAttention(4, 16, value_dim=8, use_bias=False)(query=query, value=memory, key=memory)
z = layers.MultiHeadAttention(2, 8)(query, memory, layers.Dense(24)(memory))
model = Model([query, memory], layers.Add()([x, y, z]))
""",
    "text cnn": """
words = Input((200,))
x = Embedding(20000, 128)(words)
branches = []
for size in [3, 4, 5]:
    b = Conv1D(100, size, activation="relu")(x)
    branches.append(GlobalMaxPooling1D()(b))
x = concatenate(branches)
model = Model(words, Dense(1, activation="sigmoid")(Dropout(0.5)(x)))
""",
    "wavenet": """
model = Sequential([Input((100, 1))])
for rate in [2 ** i for i in range(4)]:
    model.add(Conv1D(20, 2, padding="causal", activation="relu", dilation_rate=rate))
model.add(Conv1D(10, 1))
""",
    "one dimension": """
model = Sequential([
    Input((101, 3)), Conv1D(8, 5, strides=2, padding="same"), MaxPooling1D(), ZeroPadding1D((1, 2)),
    SeparableConv1D(16, 3), UpSampling1D(3), Cropping1D((2, 1)), AveragePooling1D(3, 2, "same"),
    SpatialDropout1D(0.1), Conv1DTranspose(4, 3, strides=2), Permute((2, 1)), Flatten(), Dense(3),
])
""",
    "three dimensions": """
model = Sequential([
    Input((17, 32, 33, 2)), Conv3D(8, 3, padding="same", activation="elu"), MaxPooling3D((1, 2, 2)),
    Conv3D(16, (3, 3, 2), strides=(2, 1, 1)), BatchNormalization(), ZeroPadding3D(1), AveragePooling3D(2),
    Conv3DTranspose(4, 2, strides=2), Cropping3D(1), GlobalMaxPooling3D(), Dense(5),
])
""",
    "video by 3d": """
model = Sequential([
    Input((10, 64, 64, 3)), Conv3D(4, 3), UpSampling3D((1, 2, 2)), SpatialDropout3D(0.2), GlobalAveragePooling3D(),
])
""",
    "odd windows": """
model = Sequential([
    Input((31, 45, 3)), Conv2D(7, (5, 3), (2, 3), "same", use_bias=False), MaxPooling2D((2, 3), (1, 2)),
    Conv2D(8, (1, 7), padding="same"), SeparableConv2D(9, (3, 2), depth_multiplier=3), AveragePooling2D(2, padding="same"),
    DepthwiseConv2D((2, 3), depth_multiplier=2), Conv2D(12, 1, dilation_rate=(1, 2)),
])
""",
    "transposed in all ways": """
inp = Input((6, 5, 4))
a = Conv2DTranspose(3, 4, 2)(inp)
b = Conv2DTranspose(3, 2, 3)(inp)
c = Conv2DTranspose(3, 3, 2, padding="same")(inp)
d = Conv2DTranspose(3, 3, 2, padding="same", output_padding=1)(inp)
e = Conv2DTranspose(3, (3, 2), (2, 2), output_padding=(1, 1))(inp)
f = Conv2DTranspose(3, 3, dilation_rate=2)(inp)
model = Model(inp, [a, b, c, d, e, f])
""",
    "norms": """
inp = Input((12, 12, 32))
a = LayerNormalization()(inp)
b = LayerNormalization(axis=[1, 2, 3])(inp)
c = GroupNormalization(8)(inp)
d = GroupNormalization(groups=-1, center=False)(inp)
e = BatchNormalization(scale=False)(inp)
f = BatchNormalization(-1, center=False, scale=False)(inp)
g = LayerNormalization(axis=(2, 3), scale=False)(inp)
h = UnitNormalization()(inp)
model = Model(inp, Add()([a, b, c, d, e, f, g, h]))
""",
    "activations": """
inp = Input((8, 8, 4))
x = PReLU()(inp)
x = PReLU(shared_axes=[1, 2])(x)
x = ELU()(x)
x = LeakyReLU()(x)
x = Activation(keras.activations.swish)(x)
x = Activation("gelu")(x)
x = Softmax()(x)
x = GaussianNoise(0.1)(x)
x = GaussianDropout(0.3)(x)
x = AlphaDropout(0.3)(x)
x = keras.activations.relu(x)
x = Dense(3, activation=keras.activations.selu)(Flatten()(x))
model = Model(inp, x)
""",
    "preparation": """
normalizer = layers.Normalization()
model = Sequential([
    Input((32, 32, 3)), Rescaling(1.0 / 255), layers.RandomFlip("horizontal"), layers.RandomRotation(0.1),
    normalizer, Resizing(24, 20), Conv2D(4, 3), Flatten(), Dense(2),
])
""",
    "shared layers": """
left = Input((64,))
right = Input((64,))
tower = Dense(32, activation="relu")
head = Dense(16)
joined = layers.subtract([head(tower(left)), head(tower(right))])
model = Model([left, right], Dense(1, activation="sigmoid")(joined))
""",
    "siamese model": """
def tower():
    i = Input((28, 28, 1))
    x = Conv2D(8, 3, activation="relu")(i)
    x = MaxPooling2D()(x)
    return Model(i, Dense(10)(Flatten()(x)))

base = tower()
a, b = Input((28, 28, 1)), Input((28, 28, 1))
model = Model(inputs=[a, b], outputs=layers.multiply([base(a), base(b)]))
""",
    "models in models": """
stem = Sequential([Conv2D(8, 3), ReLU()])
body = Sequential([stem, MaxPooling2D(), Sequential([Conv2D(16, 3), ReLU()])])
model = Sequential([Input((30, 30, 1)), body, Flatten(), Dense(10)])
""",
    "several outputs": """
inp = Input((10,))
x = Dense(16, activation="relu")(inp)
price = Dense(1, name="price")(x)
kind = Dense(4, activation="softmax", name="kind")(x)
model = Model(inp, {"price": price, "kind": kind})
""",
    "wide and deep": """
inputs = {"wide": Input((5,), name="wide"), "deep": Input((6,), name="deep")}
hidden = Dense(30, activation="relu")(inputs["deep"])
hidden = Dense(30, activation="relu")(hidden)
output = Dense(1)(Concatenate()([inputs["wide"], hidden]))
model = Model([inputs["wide"], inputs["deep"]], output)
""",
    "pooling and adapting": """
inp = Input((15, 13, 6))
a = GlobalMaxPooling2D()(inp)
b = Flatten()(GlobalMaxPooling2D(keepdims=True)(inp))
c = Flatten()(MaxPooling2D((15, 13))(inp))
model = Model(inp, Concatenate(axis=1)([a, b, c]))
""",
    "steps without a number": """
model = Sequential([Input((None, 16)), Conv1D(8, 3), LSTM(4, return_sequences=True), GlobalAveragePooling1D(), Dense(2)])
""",
    "fully convolutional": """
model = Sequential([Input((None, None, 3)), Conv2D(8, 3, padding="same"), MaxPooling2D(), Conv2D(2, 1)])
""",
    "class with a call": """
class ResidualUnit(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Conv2D(filters, 3, padding="same", activation="relu")
        self.second = layers.Conv2D(filters, 3, padding="same")

    def call(self, x, training=False):
        return keras.activations.relu(self.second(self.first(x)) + x)

inp = Input((16, 16, 8))
x = ResidualUnit(8)(inp)
x = ResidualUnit(8, name="again")(x)
model = Model(inp, layers.Flatten()(x))
""",
}
"""Code by what it shows; every text makes ``model``. Names without an import are layers of Keras."""
