"""A loss that measures distances, on labels of classes."""

from __future__ import annotations

from tuneit.data.head import ERRORS
from tuneit.findings import Finding
from tuneit.training.wiring.finding import warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_distance_of_classes(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a regression loss on one-hot rows, on labels 0 and 1, or on class numbers.

    Numbers of more than two classes may be counts or grades: only the metric accuracy or softmax
    says that they are classes.
    """
    head = wiring.head
    if head is None or head.loss not in ERRORS or not rows.classes:
        return None
    says_classes = wiring.reports_accuracy() or head.activation == "softmax"
    if rows.is_one_hot:
        write = "write activation='softmax' and loss='categorical_crossentropy'"
    elif rows.column is not None and rows.classes == 2:
        write = "write activation='sigmoid' and loss='binary_crossentropy'"
    elif rows.column is not None and says_classes:
        write = f"write Dense({rows.classes}, activation='softmax')"
        write += " and loss='sparse_categorical_crossentropy'"
    else:
        return None
    return warning(
        "regression_loss_on_classes",
        f"the loss {head.loss} measures distances, but the targets of {wiring.output_title} are "
        f"{'one-hot rows' if rows.is_one_hot else 'labels'} of {rows.classes} classes",
        write,
        layer=wiring.last_name,
        loss=head.loss,
    )
