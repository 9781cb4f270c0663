"""`tuneit schema`: print the JSON Schema of a study.yaml."""

from __future__ import annotations

from tuneit.cli.json_output import print_json


def command() -> None:
    """Print the JSON Schema of a study.yaml, for editor completion."""
    from tuneit.study_file import study_schema

    print_json(study_schema())
