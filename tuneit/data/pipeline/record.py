"""The file beside a saved model that holds its pipeline: `best.keras`, `best.pipeline.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from tuneit.data.output import Output
from tuneit.data.pipeline.pipeline import InputForm, Pipeline
from tuneit.data.scale import ArrayScaler, Scaler
from tuneit.data.table import NumberColumn, TableEncoder, TextColumn, WholeColumn
from tuneit.data.target_scale import TargetScaler
from tuneit.errors import DataError
from tuneit.errors.writing import writing
from tuneit.study import DataSpec

VERSION = 1
"""The version of the file's form."""

_COLUMNS = {"number": NumberColumn, "text": TextColumn}


def pipeline_file(model: Path) -> Path:
    """The file beside a model's: `best.pipeline.json` beside `best.keras` or `best.weights.h5`."""
    return model.with_name(f"{model.name.partition('.')[0]}.pipeline.json")


def save_pipeline(pipeline: Pipeline, file: Path) -> None:
    """Write a pipeline as JSON. Raises as `writing` does."""
    scratch = file.with_name(f".{file.name}")
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(_to_dict(pipeline), ensure_ascii=False) + "\n", "utf-8")
        scratch.replace(file)


def load_pipeline(file: Path) -> Pipeline:
    """Read the file of a pipeline. Raises DataError where it is missing or of another form."""
    try:
        return _from_dict(json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        raise DataError(
            f"there is no {file.name} beside the model, which says how raw rows become its inputs: "
            "name the study instead, or copy the file from the study's folder (best.pipeline.json)"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise DataError(
            f"{file} is not a pipeline that this version of tuneit reads: copy it anew from the "
            "study's folder, or write it with `tuneit export STUDY model.keras`"
        ) from None


def _to_dict(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "version": VERSION,
        "form": pipeline.form,
        "inputs": [asdict(one) for one in pipeline.inputs],
        "outputs": [asdict(output) for output in pipeline.outputs],
        "encoders": {name: _encoder(one) for name, one in pipeline.encoders.items()},
        "scaler": None if pipeline.scaler is None else pipeline.scaler.to_dict(),
        "target_scaler": None
        if pipeline.target_scaler is None
        else pipeline.target_scaler.to_dict(),
        "data": pipeline.data.model_dump(mode="json", exclude_unset=True),
    }


def _encoder(encoder: TableEncoder | WholeColumn) -> dict[str, Any]:
    if isinstance(encoder, WholeColumn):
        return {"whole": asdict(encoder)}
    kinds = {kind: name for name, kind in _COLUMNS.items()}
    return {"columns": [{"kind": kinds[type(c)], **asdict(c)} for c in encoder.columns]}


def _from_dict(record: Mapping[str, Any]) -> Pipeline:
    if record["version"] != VERSION:
        raise ValueError(record["version"])
    scaler, of_targets = record["scaler"], record.get("target_scaler")
    return Pipeline(
        inputs=tuple(
            InputForm(one["name"], tuple(one["shape"]), one["is_text"]) for one in record["inputs"]
        ),
        form=record["form"],
        outputs=tuple(_output(one) for one in record["outputs"]),
        data=TypeAdapter(DataSpec).validate_json(json.dumps(record["data"])),
        encoders={name: _read_encoder(one) for name, one in record["encoders"].items()},
        scaler=None if scaler is None else _scaler(scaler),
        target_scaler=None if of_targets is None else TargetScaler.from_dict(of_targets),
    )


def _output(record: Mapping[str, Any]) -> Output:
    lists = ("class_names", "codes", "row_shape")
    return Output(**{**record, **{name: tuple(record[name]) for name in lists}})


def _read_encoder(record: Mapping[str, Any]) -> TableEncoder | WholeColumn:
    if "whole" in record:
        return WholeColumn(**record["whole"])
    return TableEncoder(tuple(map(_column, record["columns"])))


def _column(record: Mapping[str, Any]) -> NumberColumn | TextColumn:
    values = {key: value for key, value in record.items() if key != "kind"}
    if "categories" in values:
        values["categories"] = tuple(values["categories"])
    column: NumberColumn | TextColumn = _COLUMNS[record["kind"]](**values)
    return column


def _scaler(record: Mapping[str, Any]) -> Scaler:
    inputs = {
        name: ArrayScaler(*(np.asarray(one[key], np.float32) for key in ("shift", "factor")))
        for name, one in record["inputs"].items()
    }
    return Scaler(record["kind"], inputs)
