"""Probes for gradients that are zero, vanish in the first layers, or explode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.diagnosis.view import share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.probes.layers import LayerOutput
from tuneit.training.probes.look import Look
from tuneit.training.probes.sample import Sample

VANISHED = 1e-3
"""Gradients vanish if the first layer's (per entry) is less than this share of the last layer's.
AutoTrainer (ICSE 2021) uses the same ratio."""

EXPLODED = 1e3
"""Gradients explode if the first layer's is this many times the last one's. Also the limit for the
growth of activations."""

GREW = 100.0
"""Gradients explode if the whole gradient is this many times its median in the run so far."""

DEEPER = (
    "use activation='relu' and kernel_initializer='he_normal' in the hidden layers, batch "
    "normalisation or skip connections"
)
SMALLER = (
    "start from smaller weights (kernel_initializer='he_normal' or the default), clip gradients "
    "(clipnorm=1), or lower the learning rate"
)
SLOWER = "lower the learning rate to a tenth, or clip gradients (clipnorm=1)"
ALIVE = (
    "lower the learning rate to a tenth, scale the inputs, and write activation='leaky_relu' "
    "where a layer outputs only zeros"
)
UNCUT = "remove argmax, rounding, comparisons and NumPy between the weights and the loss"


def vanishing(look: Look) -> Iterable[Finding]:
    """Compare the first kernel's gradient with the last one's.

    Products of many small slopes leave nothing for the first layers (Hochreiter, 1991; Bengio,
    Simard & Frasconi, 1994). The ratio does not depend on the scale of the loss.
    """
    values = list(look.gradients.by_kernel.values())
    if len(values) < 2 or not np.isfinite(values).all() or values[-1] <= 0:
        return
    ratio = values[0] / values[-1]
    confidence = 0.99 if ratio == 0 else log_odds(VANISHED / ratio, 1.0, 1.5)
    if confidence < 0.2:
        return
    yield Finding(
        "vanishing_gradients",
        severity(confidence),
        confidence,
        f"the first layer's gradient is {ratio:.1g} of the last one's: the first layers hardly "
        f"learn; {DEEPER}",
        {
            "ratio": number(ratio),
            "first": number(values[0]),
            "last": number(values[-1]),
            "write": DEEPER,
        },
    )


def no_gradient(look: Look) -> Iterable[Finding]:
    """Look for a gradient of exactly zero while the loss is not zero, and for layers without one.

    One look is enough: the loss does not change with the weights, because there is an argmax, a
    rounding or a conversion to NumPy between them, or because all units are dead.
    """
    gradients = look.gradients
    if gradients.whole == 0 and gradients.loss > 0 and gradients.by_kernel:
        cut = len(gradients.cut) == len(gradients.by_kernel)
        write = UNCUT if cut else ALIVE
        yield Finding(
            "no_gradient",
            Severity.CRITICAL,
            0.97,
            f"the gradient of all layers is exactly zero at a loss of {figures(gradients.loss, 3)}"
            + (", since the loss does not depend on the weights" if cut else "")
            + f": no step changes anything; {write}",
            {"loss": number(gradients.loss), "layer": None, "write": write},
        )
    elif gradients.cut:
        first = gradients.cut[0]
        yield Finding(
            "no_gradient",
            Severity.WARNING,
            0.9,
            f"no gradient reaches '{first}': the loss does not depend on it, or only through an "
            f"operation without a gradient; {UNCUT}, or remove the layer",
            {"loss": number(gradients.loss), "layer": first, "write": f"{UNCUT}, or remove it"},
        )


def exploding(look: Look) -> Iterable[Finding]:
    """Look for gradients that are not finite, or grow from the last layer to the first or over
    epochs.

    Activations that grow from layer to layer are an early sign: weights that are too large multiply
    the signal (He et al., "Delving deep into rectifiers", ICCV 2015; Pascanu,
    Mikolov & Bengio, ICML 2013). All are ratios, free of the scale of loss and targets.
    """
    gradients = look.gradients
    values = [value for value in gradients.by_kernel.values() if value > 0]
    if not np.isfinite([*values, gradients.whole, gradients.loss]).all():
        confidence, said = 0.99, "the gradient is no longer a finite number"
        ratio, write = float("inf"), SLOWER
    else:
        backwards = values[0] / values[-1] if len(values) > 1 else 0.0
        usual = float(np.median(look.norms)) if len(look.norms) >= 2 else 0.0
        grown = share(gradients.whole, usual)
        growth = _growth(look.outputs, look.sample)
        signs = (
            (log_odds(backwards, EXPLODED, 1.5), backwards, "the first layer's gradient is {:.1g}"
             " times the last one's", SMALLER),
            (log_odds(grown, GREW, 1.5), grown, "the gradient has grown {:.1g} times", SLOWER),
            (log_odds(growth, EXPLODED, 1.5), growth, "activations grow {:.1g} times from the input"
             " to the last hidden layer", SMALLER),
        )  # fmt: skip
        confidence, ratio, text, write = max(signs)
        said = text.format(ratio)
    if confidence < 0.2:
        return
    yield Finding(
        "exploding_gradients",
        severity(confidence, Severity.CRITICAL),
        confidence,
        f"{said}: {write}",
        {"ratio": number(ratio), "norm": number(gradients.whole), "write": write},
    )


def _growth(outputs: Sequence[LayerOutput], sample: Sample) -> float:
    """Root mean square of the last hidden layer's output over the input's.

    If the inputs are not one array of real numbers, the first layer's output is used instead.
    """
    sizes = [float(np.sqrt(np.mean(np.square(layer.values)))) for layer in outputs]
    if not isinstance(sample.x, (list, tuple, dict)):
        x = np.asarray(sample.x)
        if x.dtype.kind == "f":
            sizes = [float(np.sqrt(np.mean(np.square(x.astype(np.float64))))), *sizes]
    if len(sizes) < 2 or not np.isfinite(sizes).all() or sizes[0] <= 0:
        return 0.0
    return sizes[-1] / sizes[0]
