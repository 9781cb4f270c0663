"""A training that fails since a label is beyond the model's units, in a sentence."""

from __future__ import annotations

import re

_OUTSIDE = re.compile(
    r"label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)", re.IGNORECASE
)
"""What TensorFlow's sparse cross-entropy says on a CPU."""


def label_outside(error: BaseException) -> str | None:
    """Say which label ended a training; None for other errors.

    Labels are compared with the units before training. Of a large stream only the first gigabyte is
    read then, so that later labels are found out here.
    """
    found = _OUTSIDE.search(str(error))
    if found is None:
        return None
    label, units = int(found[1]), int(found[2])
    ways = f", or give the last layer {label + 1} units" if label > 0 else ""
    return (
        f"a batch holds the label {label}, but the loss over {units} units takes the labels 0 to "
        f"{units - 1}; batches before it had no such label: mend the labels{ways}"
    )
