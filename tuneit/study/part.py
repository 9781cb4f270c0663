"""The base class of a study's parts, and types of values that they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from tuneit.study.paths import can_be_a_path

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"MB": 1e6, "GB": 1e9, "MiB": 2.0**20, "GiB": 2.0**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|GB|MiB|GiB)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")

Path = tuple[str | int, ...]
"""The path of a value in a study: `("parameters", "units", "min")`."""


class RuleError(ValueError):
    """Several broken rules, each with the path of its value relative to the part that raises it."""

    def __init__(self, problems: Sequence[tuple[Path, str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in problems))
        self.problems = tuple(problems)


class Part(BaseModel):
    """A part of a study: unknown keys are errors, `'30'` is not 30 and `true` is not 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def study_name(text: str) -> str:
    """Make a study's name, which also names a folder, from the name of a file or function."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("._-")[:100] or "study"


def shorthand(key: str) -> Callable[[object], object]:
    """Return a function that turns a name alone into `{key: name}`."""
    return lambda value: {key: value} if isinstance(value, str) else value


def parse_seconds(value: object) -> object:
    """Read `90`, `90s`, `10m`, `1.5h` or `1h30m` as seconds; return other types unchanged."""
    if not isinstance(value, str):
        return value
    if not _DURATION.search(value) or _DURATION.sub("", value).strip():
        raise ValueError(f"a duration is a number with s, m, h or d, such as 10m, but is '{value}'")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(value))


Seconds = Annotated[
    float,
    Field(gt=0),
    BeforeValidator(
        parse_seconds,
        json_schema_input_type=Annotated[float, Field(gt=0)]
        | Annotated[str, Field(examples=["10m"])],
    ),
]


def parse_bytes(value: object) -> object:
    """Read `4GB`, `1.5 GB`, `512MB` or `2GiB` as bytes; return other types unchanged."""
    if not isinstance(value, str):
        return value
    if (size := _SIZE.fullmatch(value.strip())) is None:
        raise ValueError(f"a size is a number with MB, GB, MiB or GiB, such as 4GB, not '{value}'")
    return round(float(size[1]) * _BYTES[size[2]])


Bytes = Annotated[
    PositiveInt,
    BeforeValidator(
        parse_bytes,
        json_schema_input_type=PositiveInt | Annotated[str, Field(examples=["4GB"])],
    ),
]


def can_be_imported(value: str) -> str:
    """Return `file.py:name` or `package.module:name` as it is; raise ValueError if it is invalid.

    A text without a colon is not a reference and is returned as it is.
    """
    module, colon, name = value.rpartition(":")
    if module.endswith(".py"):
        can_be_a_path(module)
    elif colon and not all(part.isidentifier() for part in module.split(".")):
        raise ValueError(
            f"code must be named as file.py:name or package.module:name, not as {value[:60]!r}: "
            f"{module[:60]!r} is neither a file that ends in .py nor a module"
        )
    else:
        can_be_a_path(f"{module.replace('.', '/')}.py")
    if colon and not name:
        raise ValueError(f"the name after the colon is missing in {value[:60]!r}")
    return value


FilePath = Annotated[str, Field(min_length=1), AfterValidator(can_be_a_path)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1)]
Reference = Annotated[str, Field(min_length=1), AfterValidator(can_be_imported)]
"""`file.py:name` or `package.module:name`."""
