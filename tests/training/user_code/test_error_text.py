"""Errors as one line, without the tails that Keras and TensorFlow add."""

from __future__ import annotations

import pytest

from tuneit.training.user_code.error_text import describe

FRAME = '  File "/packages/keras/src/layers/layer.py", line 1002, in __call__\n\n'
OF_GRAPH = (
    "Graph execution error:\n\nDetected at node net/Gather defined at (most recent call last):\n"
    "{stack}indices[0,0] = 9 is not in [0, 4)\n\t [[{{{{node net/Gather}}}}]] [Op:__inference_414]"
)


class SilentError(Exception):
    def __str__(self) -> str:
        raise TypeError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("first\nsecond\n\nArguments received by x"), "ValueError: first second"),
        (
            ValueError("Exception encountered when calling Dense.call().\n\nno such shape\n\nmore"),
            "ValueError: no such shape",
        ),
        (ValueError(OF_GRAPH.format(stack=FRAME)), "ValueError: indices[0,0] = 9 is not in [0, 4)"),
        (
            ValueError(OF_GRAPH.format(stack=FRAME * 900)),
            "ValueError: indices[0,0] = 9 is not in [0, 4)",
        ),
        (ValueError("x" * 400), "ValueError: " + "x" * 297 + "..."),
        (SilentError(), "SilentError"),
    ],
)
def test_an_error_is_one_line_with_its_reason(error: Exception, said: str) -> None:
    assert describe(error) == said
