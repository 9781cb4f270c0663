"""Reword messages for callers in Python, who give arguments instead of a study file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tuneit.errors import TuneitError

_REWRITTEN = (
    (re.compile(r"\bbudget\.(trials|time|epochs|executions)\b"), r"\1"),
    (
        re.compile(r"\b(constraints|early_stopping|pruning|stopping)\.(?!py\b)([a-z_]+)\b"),
        r"\1['\2']",
    ),
    (
        re.compile(r"add `goal: maximize` or `goal: minimize` to the objective"),
        "give objective={'metric': …, 'goal': 'maximize'}, or 'minimize'",
    ),
    (
        re.compile(r"(call model\.compile\(.*?\)) before returning it"),
        r"\1 before returning it, or give tuneit.search optimizer=, loss= and metrics=",
    ),
    (re.compile(r" \(in Python[^)]*\)|, in Python output=…"), ""),
    (re.compile(r"--(fresh|keep)\b"), r"\1=True"),
    (re.compile(r"--output\b"), "output=…"),
    (re.compile(r"\bdata\.split\.validation\b"), "validation_split"),
    (re.compile(r"\bdata\.split\.test\b"), "test"),
    (re.compile(r"\bdata\.split\.stratify\b"), "split['stratify']"),
    (
        re.compile(r"\bdata\.(task|positive|scale|folds|order|one_hot|class_weight|split)\b"),
        r"\1",
    ),
    (re.compile(r"`stratify: (\w+)`"), r"split={'stratify': \1}"),
    (re.compile(r"`(\w+): ([\d.]+|true|false)`"), r"`\1=\2`"),
    (re.compile(r"`(\w+): (\w+)`"), r"`\1='\2'`"),
    (re.compile(r"`(\w+):`"), r"`\1`"),
    (re.compile(r"=true\b|: true\}"), lambda found: found[0].replace("true", "True")),
    (re.compile(r"=false\b|: false\}"), lambda found: found[0].replace("false", "False")),
    (re.compile(r"the study's `parameters`"), "`parameters`"),
    (re.compile(r"\bthe study says\b"), "`parameters` says"),
)
"""How messages name keys of a study file, and the argument of `tuneit.search` for each."""


_OWN_SENTENCE = re.compile(
    r"(?:\braised [A-Za-z_]\w*|^[A-Z]\w*|\b[A-Z]\w*(?:Error|Exception|Warning)): "
)
"""Comes before the message of an exception that the user's own code has raised."""


def in_python(message: str) -> str:
    """The message with names of arguments in place of a study file's keys.

    What an exception of the user's own code says stays as it is.
    """
    found = _OWN_SENTENCE.search(message)
    end = len(message) if found is None else found.end()
    ours = message[:end]
    for pattern, text in _REWRITTEN:
        ours = pattern.sub(text, ours)
    return ours + message[end:]


@contextmanager
def python_words() -> Iterator[None]:
    """Within the block, errors name arguments instead of a study file's keys."""
    try:
        yield
    except TuneitError as error:
        if error.args and isinstance(error.args[0], str):
            error.args = (in_python(error.args[0]), *error.args[1:])
        raise
