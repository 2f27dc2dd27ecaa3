"""The class words of printed tables: which layer of dlcalc a Conv2D, a LayerNorm or a MaxPoolin... is."""

from __future__ import annotations

import re

from dlcalc.networks.line.vocabulary import ACTIVATIONS, bare

_KINDS: dict[str, str] = {
    "conv": "conv conv1d conv2d conv3d convolution convolutional convolution1d convolution2d lazyconv2d",
    "transposed": "conv1dtranspose conv2dtranspose conv3dtranspose convtranspose1d convtranspose2d convtranspose3d "
    "transposedconvolution deconvolution deconv convolution2dtranspose",
    "depthwise": "depthwiseconv1d depthwiseconv2d depthwiseconvolution",
    "separable": "separableconv1d separableconv2d separableconvolution",
    "maxpool": "maxpooling1d maxpooling2d maxpooling3d maxpool1d maxpool2d maxpool3d maxpool maxpooling pooling pool",
    "avgpool": "averagepooling1d averagepooling2d averagepooling3d avgpool1d avgpool2d avgpool3d avgpool "
    "averagepooling averagepool",
    "global-max": "globalmaxpooling1d globalmaxpooling2d globalmaxpooling3d globalmaxpool1d globalmaxpool2d "
    "globalmaxpooling",
    "global-average": "globalaveragepooling1d globalaveragepooling2d globalaveragepooling3d globalavgpool1d "
    "globalavgpool2d globalaveragepooling globalavgpool gap",
    "adaptive-max": "adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d",
    "adaptive-average": "adaptiveavgpool1d adaptiveavgpool2d adaptiveavgpool3d",
    "dense": "dense linear lazylinear fc fullyconnected nondynamicallyquantizablelinear output",
    "flatten": "flatten",
    "reshape": "reshape unflatten",
    "permute": "permute",
    "repeat": "repeatvector",
    "dropout": "dropout dropout1d",
    "spatial-dropout": "spatialdropout1d spatialdropout2d spatialdropout3d dropout2d dropout3d",
    "alpha-dropout": "alphadropout featurealphadropout",
    "gaussian-dropout": "gaussiandropout",
    "gaussian-noise": "gaussiannoise",
    "batchnorm": "batchnormalization batchnormalizationv1 batchnorm1d batchnorm2d batchnorm3d batchnorm syncbatchnorm",
    "layernorm": "layernormalization layernorm",
    "groupnorm": "groupnormalization groupnorm",
    "instancenorm": "instancenormalization instancenorm1d instancenorm2d instancenorm3d",
    "lrn": "localresponsenorm localresponsenormalization lrn",
    "prelu": "prelu",
    "glu": "glu",
    "embedding": "embedding",
    "rnn": "simplernn rnn",
    "lstm": "lstm cudnnlstm",
    "gru": "gru cudnngru",
    "bidirectional": "bidirectional",
    "time-distributed": "timedistributed",
    "attention": "multiheadattention",
    "upsample": "upsampling1d upsampling2d upsampling3d upsample upsamplingnearest2d upsamplingbilinear2d",
    "resize": "resizing",
    "zeropad": "zeropadding1d zeropadding2d zeropadding3d zeropad1d zeropad2d zeropad3d constantpad2d constantpad1d "
    "reflectionpad2d replicationpad2d",
    "crop": "cropping1d cropping2d cropping3d",
    "add": "add", "multiply": "multiply", "concatenate": "concatenate concat merge",
    "input": "inputlayer input",
    "same": "identity rescaling randomflip randomrotation randomzoom randomcontrast randomtranslation randombrightness "
    "randomcrop activityregularization masking stochasticdepth droppath",
    "activation": "activation nonlinearity",
}  # fmt: skip

KINDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
"""Kinds by every class word, small letters only."""

CHANNELS_FIRST = {
    "conv", "transposed", "maxpool", "avgpool", "adaptive-max", "adaptive-average", "batchnorm", "groupnorm",
    "instancenorm", "lrn", "upsample", "zeropad", "spatial-dropout", "prelu",
}  # fmt: skip
"""Layers of PyTorch whose sequences have their channels in front of the steps."""

FEATURES_LAST = {"dense", "rnn", "lstm", "gru", "embedding", "layernorm", "attention"}
"""Layers of PyTorch whose sequences have their features behind the steps."""

_NUMBER = re.compile(r"[_-]?\d+\Z")


def kind_of(word: str, name: str) -> str:
    """The kind of layer a class word means, or the name where the word is cut off; empty for a class of its own."""
    cut = word.rstrip("…").lower().replace("_", "").replace(" ", "")
    found = KINDS.get(cut) or ("activation" if bare(cut) in ACTIVATIONS else "")
    if found:
        return found
    plain = _NUMBER.sub("", name.rstrip("…")).replace("_", "").replace("-", "").lower()
    if plain.startswith(cut) and plain in KINDS:
        return KINDS[plain]
    begun = {kind for known, kind in KINDS.items() if len(cut) > 3 and known.startswith(cut)}
    if len(begun) > 1 and len(plain) > 3:
        begun = {
            kind for known, kind in KINDS.items() if known.startswith((plain, cut)) and plain[:4] == known[:4]
        }
    return begun.pop() if len(begun) == 1 else ""


def function_of(word: str, name: str) -> str:
    """The activation function a row names with its class or its name; empty where it names none."""
    for text in (word, *re.split(r"[_\d]+", name), name.replace("_", "")):
        found = ACTIVATIONS.get(bare(_NUMBER.sub("", text.lower())))
        if found:
            return found
    return ""
