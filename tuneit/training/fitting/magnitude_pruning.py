"""Magnitude pruning: the smallest weights become zero while the model trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402


class MagnitudePruning(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the smallest weights of each kernel to zero, after each epoch more of them.

    At the end of epoch `epochs` (from 1), `share` (above 0, below 1) of each kernel's weights is
    zero, and stays so. Before, the share grows as 1 - (1 - t)³ with the part t of these epochs that
    is over (Zhu and Gupta, "To prune, or not to prune", 2017). Kernels are all trainable weights
    with two axes or more. tuneit does not choose an epoch before the last weights are pruned as the
    best one.
    """

    def __init__(self, share: float, epochs: int) -> None:
        super().__init__()
        self.share, self.epochs = share, epochs
        self._masks: list[tuple[Any, Any]] = []
        self._next = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Let the optimizer multiply each kernel by a mask after each step."""
        if self._masks:  # a `fit` of the user's own trains in stages
            return
        for kernel in self.model.trainable_weights:
            if len(kernel.shape) > 1:
                mask = keras.Variable(np.ones(kernel.shape), dtype=kernel.dtype, trainable=False)
                kernel.constraint = _masked(mask, kernel.constraint)
                self._masks.append((kernel, mask))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Find the zeros of a training that goes on from a checkpoint."""
        if epoch > self._next:
            for kernel, mask in self._masks:
                mask.assign(np.asarray(kernel) != 0)
        self._next = epoch + 1

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Prune more weights, until the share is reached."""
        if epoch >= self.epochs:
            return
        left = 1 - (epoch + 1) / self.epochs
        share = self.share * (1 - left**3)
        for kernel, mask in self._masks:
            mask.assign(_largest(np.asarray(kernel), share))
            kernel.assign(kernel * mask)


def _masked(mask: Any, before: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """A constraint that multiplies by a mask, after the one that the layer has."""
    return lambda kernel: (kernel if before is None else before(kernel)) * mask


def _largest(kernel: Any, share: float) -> Any:
    """Where the weights are that stay: all but `share` of them, the smallest. Of the shape of
    `kernel`."""
    order = np.argsort(np.abs(kernel), axis=None, kind="stable")
    mask = np.ones(kernel.size, bool)
    mask[order[: int(share * kernel.size)]] = False
    return mask.reshape(kernel.shape)
