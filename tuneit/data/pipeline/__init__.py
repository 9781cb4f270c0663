"""All that turns raw rows into a model's inputs, and its outputs into classes and values."""

from tuneit.data.pipeline.pipeline import InputForm, Pipeline
from tuneit.data.pipeline.record import load_pipeline, pipeline_file, save_pipeline
from tuneit.data.pipeline.rows import RawRows, read_rows

__all__ = [
    "InputForm",
    "Pipeline",
    "RawRows",
    "load_pipeline",
    "pipeline_file",
    "read_rows",
    "save_pipeline",
]
