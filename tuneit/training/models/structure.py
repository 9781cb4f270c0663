"""A model's layers, optimizer and compilation as plain values, and how two models differ."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from tuneit.training.user_code.source_digest import digest

Settings = dict[str, str]
Part = tuple[str, Settings]
"""A layer's or optimizer's class, and its settings."""

_UNTOLD = ("name", "seed", "module", "registered_name", "build_config", "jit_compile")
"""Settings that differ between equal models: Keras numbers names, draws seeds, and compiles as the
machine allows."""

_POINTERS = ("keras_history", "input_layers", "output_layers")
_LONG = 60
_MOST = 20_000
"""Characters of a structure that a ledger keeps; beyond them a layer's settings are a digest."""


def structure_of(model: Any) -> dict[str, Any]:
    """A compiled `keras.Model` as JSON-ready values, the same in every process.

    `layers` are pairs of class and settings, in order; `optimizer` such a pair; `compile` the
    loss, metrics and the like; `keras` its version, as another one may have other settings. Names
    of layers, which Keras numbers, are left out, as are seeds.
    """
    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of what it could not load again
        layers, loss = list(_layers(model)), _compiled(model)
    if sum(len(str(settings)) for _, settings in layers) > _MOST:
        layers = [
            (kind, {"settings": digest(sorted(settings.items()))}) for kind, settings in layers
        ]
    optimizer = getattr(model, "optimizer", None)
    return {
        "keras": keras.__version__,
        "layers": [list(layer) for layer in layers],
        "optimizer": [type(optimizer).__name__, _settings(optimizer)],
        "compile": loss,
    }


def structure_change(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List the differences: a layer that is new, gone or of another class, or a changed setting.

    Empty where there is none. Between two versions of Keras only settings that both have count.
    """
    alike = was["keras"] == now["keras"]
    changes = list(_layers_change(was["layers"], now["layers"], alike))
    (before, its), (after, others) = was["optimizer"], now["optimizer"]
    if before != after:
        changes.append(f"the optimizer from {before} to {after}")
    else:
        changes += _settings_change(f"the optimizer {after}", its, others, alike)
    return changes + _settings_change("compile()", was["compile"], now["compile"], alike)


def _layers_change(was: Sequence[Part], now: Sequence[Part], alike: bool) -> Iterator[str]:
    kinds = [kind for kind, _ in was], [kind for kind, _ in now]
    for what, i, j, m, n in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        if what == "equal":
            for index, (kind, settings), (_, others) in zip(
                range(m, n), was[i:j], now[m:n], strict=True
            ):
                # Layers inserted before it change the numbers of a layer's inputs.
                moved = i != m or j - i != n - m
                skip = ("inputs",) if moved else ()
                name = f"layer {index + 1} ({kind})"
                yield from _settings_change(name, settings, others, alike, skip)
        elif what == "replace" and j - i == n - m:
            for index, (old, _), (new, _) in zip(range(m, n), was[i:j], now[m:n], strict=True):
                yield f"layer {index + 1} from {old} to {new}"
        else:
            yield from (f"layer {x + 1} ({was[x][0]}), which is gone" for x in range(i, j))
            yield from (f"layer {x + 1} ({now[x][0]}), which is new" for x in range(m, n))


def _settings_change(
    name: str, was: Settings, now: Settings, alike: bool, skip: Sequence[str] = ()
) -> list[str]:
    keys = {**was, **now} if alike else was.keys() & now.keys()
    return [
        f"{name}: {key} from {was.get(key, 'none')} to {now.get(key, 'none')}"
        for key in sorted(keys)
        if key not in skip and was.get(key) != now.get(key)
    ]


def _layers(model: Any) -> Iterator[Part]:
    """A model's layers in order, from its config where that lists them, else from the model."""
    config: Any = None
    with contextlib.suppress(Exception):  # a class of the user's may have no config
        config = model.get_config()
    listed = config.get("layers") if isinstance(config, Mapping) else None
    if not isinstance(listed, list):
        for layer in model._flatten_layers(include_self=False):
            yield type(layer).__name__, _settings(layer)
        return
    places = {layer["config"].get("name"): str(i + 1) for i, layer in enumerate(listed)}
    for layer in listed:
        settings = dict(_flat(layer["config"]))
        inputs = ", ".join(_pointers(layer.get("inbound_nodes"), places))
        yield layer["class_name"], {**settings, **({"inputs": inputs} if inputs else {})}


def _pointers(nodes: Any, places: Mapping[str, str]) -> Iterator[str]:
    """The layers that a layer's inputs come from, by their places."""
    if isinstance(nodes, Mapping):
        history = nodes.get("keras_history")
        if history is not None:
            yield places.get(history[0], "another")
        for value in nodes.values():
            yield from _pointers(value, places)
    elif isinstance(nodes, (list, tuple)):
        for node in nodes:
            yield from _pointers(node, places)


def _settings(thing: Any) -> Settings:
    config: Any = None
    with contextlib.suppress(Exception):
        config = thing.get_config()
    return dict(_flat(config)) if isinstance(config, Mapping) else {}


def _compiled(model: Any) -> Settings:
    config: Any = None
    with contextlib.suppress(Exception):
        config = model.get_compile_config()
    if not isinstance(config, Mapping):
        config = {"loss": getattr(model, "loss", None)}
    return dict(_flat({key: value for key, value in config.items() if key != "optimizer"}))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Settings by dotted path; those that are None are left out."""
    if isinstance(value, Mapping) and "class_name" in value and "config" in value:
        kind, config = value["class_name"], value["config"]
        if (
            kind == "__lambda__"
        ):  # its bytecode contains its file's name; user code is compared elsewhere
            yield path, "a lambda"
        elif isinstance(config, Mapping) and "DTypePolicy" in str(kind):
            yield path, str(config.get("name"))
        else:
            yield path, str(kind if isinstance(config, Mapping) else config)
            yield from _flat(config, path) if isinstance(config, Mapping) else ()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _UNTOLD and key not in _POINTERS:
                yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)) and any(isinstance(v, (Mapping, list)) for v in value):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}.{index}")
    elif value is not None:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(map(_text, value))}]"
        return text if len(text) <= _LONG else f"{len(value)} values {digest(text)}"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, str)):
        text = str(value)
        return text if len(text) <= _LONG else digest(text)
    try:
        return f"{float(value):.6g}"  # the digits that float32 keeps
    except (TypeError, ValueError):
        return type(value).__name__
