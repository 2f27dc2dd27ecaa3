"""The names of Keras: its layers with their arguments in order, the functions that build, and those that do not.

Source of the order: the signatures of Keras 3.15; names of Keras 1 and 2 that are still met are translated.
"""

from __future__ import annotations

_INIT = "kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer"
_CONSTRAINTS = "kernel_constraint bias_constraint"
_CONV = f"activation use_bias {_INIT} {_CONSTRAINTS}"
_DEPTHWISE = (
    "activation use_bias depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer "
    "activity_regularizer depthwise_constraint bias_constraint"
)
_SEPARABLE = (
    "activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer "
    "pointwise_regularizer bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint bias_constraint"
)
_CELL = "use_bias kernel_initializer recurrent_initializer bias_initializer"
_STATES = (
    "kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint "
    "recurrent_constraint bias_constraint dropout recurrent_dropout"
)
_SCALED = (
    "beta_initializer gamma_initializer {}beta_regularizer gamma_regularizer beta_constraint gamma_constraint"
)
_RANDOM = (
    "factor height_factor width_factor fill_mode interpolation seed fill_value data_format mode value_range"
)
_POOL = "pool_size strides padding data_format"
_ENDS = "return_sequences return_state go_backwards stateful unroll"

_BY_SIDES = {
    "Conv": f"filters kernel_size strides padding data_format dilation_rate groups {_CONV}",
    "SeparableConv": "filters kernel_size strides padding data_format dilation_rate depth_multiplier "
    + _SEPARABLE,
    "DepthwiseConv": f"kernel_size strides padding depth_multiplier data_format dilation_rate {_DEPTHWISE}",
    "MaxPooling": _POOL,
    "AveragePooling": _POOL,
    "GlobalMaxPooling": "data_format keepdims",
    "GlobalAveragePooling": "data_format keepdims",
    "AdaptiveMaxPooling": "output_size data_format",
    "AdaptiveAveragePooling": "output_size data_format",
    "SpatialDropout": "rate data_format seed",
    "UpSampling": "size data_format interpolation",
    "ZeroPadding": "padding data_format",
    "Cropping": "cropping data_format",
}

SIGNATURES: dict[str, str] = {
    **{f"{word}{sides}D": order for word, order in _BY_SIDES.items() for sides in (1, 2, 3)},
    **{
        f"Conv{sides}DTranspose": f"filters kernel_size strides padding {order} dilation_rate {_CONV}"
        for sides, order in (
            (1, "output_padding data_format"),
            (2, "output_padding data_format"),
            (3, "data_format output_padding"),
        )
    },
    "UpSampling1D": "size",
    "Cropping1D": "cropping",
    "Dense": f"units activation use_bias {_INIT} {_CONSTRAINTS} lora_rank",
    "Flatten": "data_format",
    "Reshape": "target_shape",
    "Permute": "dims",
    "RepeatVector": "n",
    "BatchNormalization": f"axis momentum epsilon center scale {_SCALED.format('moving_mean_initializer moving_variance_initializer ')} "
    "renorm renorm_clipping renorm_momentum synchronized fused virtual_batch_size adjustment",
    "LayerNormalization": f"axis epsilon center scale {_SCALED.format('')} rms_scaling",
    "GroupNormalization": f"groups axis epsilon center scale {_SCALED.format('')}",
    "UnitNormalization": "axis",
    "RMSNormalization": "axis epsilon",
    "Normalization": "axis mean variance invert",
    "Dropout": "rate noise_shape seed",
    "AlphaDropout": "rate noise_shape seed",
    "GaussianDropout": "rate seed",
    "GaussianNoise": "stddev seed",
    "ActivityRegularization": "l1 l2",
    "Activation": "activation",
    "ReLU": "max_value negative_slope threshold",
    "LeakyReLU": "negative_slope",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "ELU": "alpha",
    "Softmax": "axis",
    "Embedding": "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero "
    "weights lora_rank input_length activity_regularizer",
    "SimpleRNN": f"units activation {_CELL} {_STATES} {_ENDS} seed",
    "LSTM": f"units activation recurrent_activation {_CELL} unit_forget_bias {_STATES} seed {_ENDS} use_cudnn "
    "implementation time_major",
    "GRU": f"units activation recurrent_activation {_CELL} {_STATES} seed {_ENDS} reset_after use_cudnn "
    "implementation time_major",
    "Bidirectional": "layer merge_mode weights backward_layer",
    "TimeDistributed": "layer",
    "MultiHeadAttention": "num_heads key_dim value_dim dropout use_bias output_shape attention_axes sliding_window "
    f"flash_attention {_INIT} {_CONSTRAINTS} use_gate seed",
    **dict.fromkeys(["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Identity"], ""),
    "Concatenate": "axis",
    "Masking": "mask_value",
    "Lambda": "function output_shape mask arguments",
    "Rescaling": "scale offset",
    "Resizing": "height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias "
    "data_format",
    **dict.fromkeys(
        ["RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomShear", "RandomHue", "RandomSaturation", "RandomGrayscale", "RandomErasing", "RandomInvert", "RandomPosterization", "RandomColorJitter", "RandomSharpness", "RandomGaussianBlur"],
        _RANDOM,
    ),
}  # fmt: skip
"""The arguments of every layer in their order; those of Keras 2 that can only be named stand last."""

EVERYWHERE = frozenset(
    ["name", "dtype", "trainable", "input_shape", "input_dim", "batch_input_shape", "batch_size", "autocast"]
)
"""Arguments that every layer takes."""

ALIASES: dict[str, str] = {
    **{f"MaxPool{sides}D": f"MaxPooling{sides}D" for sides in (1, 2, 3)},
    **{f"AvgPool{sides}D": f"AveragePooling{sides}D" for sides in (1, 2, 3)},
    **{f"GlobalMaxPool{sides}D": f"GlobalMaxPooling{sides}D" for sides in (1, 2, 3)},
    **{f"GlobalAvgPool{sides}D": f"GlobalAveragePooling{sides}D" for sides in (1, 2, 3)},
    **{f"Convolution{sides}D": f"Conv{sides}D" for sides in (1, 2, 3)},
    **{f"Convolution{sides}DTranspose": f"Conv{sides}DTranspose" for sides in (1, 2, 3)},
    **{f"SeparableConvolution{sides}D": f"SeparableConv{sides}D" for sides in (1, 2)},
    "BatchNorm": "BatchNormalization",
    "Deconvolution2D": "Conv2DTranspose",
}
"""Layers by their other names."""

OTHER_ARGUMENTS: dict[tuple[str, str], str] = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("ReLU", "alpha"): "negative_slope",
    ("Dropout", "p"): "rate",
    ("RepeatVector", "repeat"): "n",
    ("UpSampling2D", "factors"): "size",
}
"""Arguments by the names they had in Keras 1 and 2."""

UNREAD = frozenset(
    ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "EinsumDense", "Attention", "AdditiveAttention", "GroupQueryAttention", "RNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "CuDNNLSTM", "CuDNNGRU", "CenterCrop", "RandomCrop", "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "StringLookup", "IntegerLookup", "TextVectorization", "Dot", "dot", "SpectralNormalization", "LocallyConnected1D", "LocallyConnected2D", "ThresholdedReLU", "MixUp", "CutMix", "RandAugment", "AugMix", "TFSMLayer", "TorchModuleWrapper", "Solarization", "Equalization", "AutoContrast", "STFTSpectrogram", "MelSpectrogram", "Pipeline", "FlaxLayer", "JaxLayer"]
)  # fmt: skip
"""Layers of Keras that are known by name only."""

OTHER_NETWORKS = frozenset(
    ["load_model", "model_from_json", "model_from_yaml", "model_from_config", "clone_model", "from_config"]
)
"""Functions that make a network of something that is not in the code, or of another one."""

MERGES: dict[str, str] = {
    "add": "add", "Add": "add", "multiply": "multiply", "Multiply": "multiply", "concatenate": "concatenate",
    "Concatenate": "concatenate", "average": "average", "Average": "average", "subtract": "subtract",
    "Subtract": "subtract", "maximum": "maximum", "Maximum": "maximum", "minimum": "minimum", "Minimum": "minimum",
}  # fmt: skip
"""Layers and functions that take a list of tensors."""

PREFIXES = (
    "tensorflow.compat.v1.keras.", "tensorflow.compat.v2.keras.", "tensorflow.python.keras.", "tensorflow.keras.",
    "tensorflow.contrib.keras.", "tf_keras.", "keras.src.", "keras.",
)  # fmt: skip
"""What stands in front of a name of Keras."""

HARMLESS_METHODS = frozenset(
    [
        "compile",
        "fit",
        "fit_generator",
        "evaluate",
        "evaluate_generator",
        "predict",
        "predict_generator",
        "predict_classes",
        "predict_proba",
        "predict_on_batch",
        "train_on_batch",
        "test_on_batch",
        "train_step",
        "test_step",
        "summary",
        "save",
        "save_weights",
        "load_weights",
        "get_weights",
        "set_weights",
        "count_params",
        "get_config",
        "to_json",
        "to_yaml",
        "export",
        "reset_states",
        "reset_metrics",
        "adapt",
        "make_predict_function",
        "compute_output_shape",
        "get_build_config",
        "stop_training",
        "compute_loss",
        "add_metric",
        "compute_metrics",
        "get_metrics_result",
        "add_loss",
    ]
)
"""Methods of models and layers that leave the network as it is."""

HARMLESS_ATTRIBUTES = frozenset(["name", "_name", "optimizer", "loss", "metrics", "stop_training", "history"])
"""Attributes of models and layers that may be set without a change of the network."""

UNASSIGNED: dict[str, str] = {
    "tf": "tensorflow", "np": "numpy", "plt": "matplotlib.pyplot", "pd": "pandas", "sns": "seaborn",
    **{
        name: name
        for name in ["tensorflow", "keras", "numpy", "os", "math", "random", "sys", "time", "json", "glob", "cv2", "pickle", "datetime"]
    },
    **{
        name: f"keras.{name}"
        for name in ["layers", "models", "Input", "Sequential", "Model", "optimizers", "losses", "metrics", "callbacks", "datasets", "utils", "regularizers", "initializers", "applications", "activations", "ops", "preprocessing", "constraints", "backend"]
    },
    "K": "keras.backend",
    "InputLayer": "keras.layers.InputLayer",
    **{
        name: f"keras.utils.{name}"
        for name in ["Adam", "SGD", "RMSprop", "Adagrad", "Adadelta", "AdamW", "Nadam", "to_categorical", "ImageDataGenerator", "EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau", "TensorBoard", "plot_model", "mnist", "cifar10", "cifar100", "fashion_mnist", "imdb", "pad_sequences", "Tokenizer", "load_model", "l1", "l2"]
    },
    "train_test_split": "sklearn.model_selection.train_test_split",
}  # fmt: skip
"""What a name means in code that was pasted without its imports."""

UNCHANGED_FUNCTIONS = frozenset(
    ["exp", "log", "sqrt", "square", "abs", "negative", "sign", "sin", "cos", "stop_gradient", "cast", "clip"]
)
"""Functions of TensorFlow, keras.backend and keras.ops that work on each number of a tensor."""


def plain_path(path: str) -> str:
    """A full name without what stands in front of it in Keras: layers.Conv2D. Other names stay as they are."""
    for prefix in PREFIXES:
        if path.startswith(prefix):
            return path.removeprefix(prefix)
    return path


def is_of_keras(path: str) -> bool:
    """Whether a full name is one of Keras or TensorFlow."""
    return path.partition(".")[0] in ("keras", "tensorflow", "tf_keras")


def layer_named(path: str) -> str:
    """The layer a full name stands for, or an empty string: any module of Keras that ends in it."""
    if not is_of_keras(path):
        return ""
    word = path.rpartition(".")[2]
    word = ALIASES.get(word, word)
    return word if word in SIGNATURES else ""
