"""Pictures of keras.datasets, or of a file with the same arrays, as numbers from 0 to 1."""

from pathlib import Path

import keras
import numpy as np

CLASSES = {
    "mnist": list("0123456789"),
    "cifar10": [
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ],
}


def load(name, rows, path=None):
    """The first `rows` pictures of a data set, and a quarter as many to test on.

    `path` is an .npz file with x_train, y_train, x_test and y_test, or with x and y alone; without
    it keras.datasets downloads the set once.
    """
    arrays = _read(path) if path else _download(name)
    if "x" in arrays:
        known, unseen = slice(rows), slice(rows, rows + rows // 4)
        pairs = [(arrays["x"][part], arrays["y"][part]) for part in (known, unseen)]
    else:
        pairs = [(arrays["x_train"][:rows], arrays["y_train"][:rows])]
        pairs += [(arrays["x_test"][: rows // 4], arrays["y_test"][: rows // 4])]
    names = np.array(CLASSES[name])
    return tuple((_scaled(x), names[y.reshape(-1)]) for x, y in pairs)


def _scaled(pixels):
    pictures = pixels.astype("float32") / 255
    return pictures if pictures.ndim == 4 else pictures[..., None]


def _read(path):
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"{path} does not exist: give the path of a file with the arrays, from the folder "
            "that you work in, or none to let keras.datasets download the pictures"
        )
    with np.load(path) as file:
        return dict(file)


def _download(name):
    try:
        pairs = getattr(keras.datasets, name).load_data()
    except Exception as error:
        raise OSError(
            f"keras.datasets.{name} could not be downloaded ({error}): connect to the network "
            "once, or name a file with the arrays: --set data.arguments.path=FILE.npz"
        ) from None
    return dict(
        zip(("x_train", "y_train", "x_test", "y_test"), [*pairs[0], *pairs[1]], strict=True)
    )
