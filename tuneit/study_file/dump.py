"""Write a study as study.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from tuneit.errors.harmless import without_passwords
from tuneit.study import Study
from tuneit.study_file.load import study_from


class _Representer(SafeRepresenter):
    """Quotes texts that begin with `?`: ruamel.yaml writes `?0` unquoted and cannot read it."""

    def represent_text(self, text: str) -> ScalarNode:
        style = '"' if text.startswith("?") else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Representer.add_representer(str, _Representer.represent_text)


def dump_study(study: Study) -> str:
    """Return a study as YAML that `load_study` reads back as the same study.

    Keys that were not set, and a `storage` of null, are left out. Short spellings (`10m`, a
    strategy's name alone) are written in full. The password of `storage` is replaced by `***`.
    """
    values = study.model_dump(exclude_unset=True)
    if study.storage is None:
        values.pop("storage", None)  # it counts as set once relative paths have been made absolute
    elif "storage" in values:
        values["storage"] = without_passwords(study.storage)
    return to_yaml(values)


def parse_study(text: str, overrides: Sequence[str] = ()) -> Study:
    """Read back what `dump_study` wrote; `overrides` (`key.path=value`) replace values of it.

    Raises StudyFileError if it is not a valid study.
    """
    return study_from(YAML(typ="safe", pure=True).load(text), overrides)


def to_yaml(values: Mapping[str, Any]) -> str:
    """Return plain values (mappings, lists, scalars) as YAML 1.2, keys in their order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = 100
    out = StringIO()
    yaml.dump(_plain(values), out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
