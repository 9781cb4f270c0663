"""A study: everything that a study.yaml, version 1, can say, as frozen pydantic models.

Positions, duplicate keys and "did you mean" belong to `study_file`; the rules between values
belong here, so that a study written in Python meets the same ones.
"""

from tuneit.study.catalogue import PRUNERS, SAMPLERS, STRATEGIES
from tuneit.study.data import (
    CsvData,
    DataSpec,
    ImagesData,
    KerasData,
    NpzData,
    PythonData,
    SklearnData,
    Split,
)
from tuneit.study.parameters import RESERVED, ParameterSpec
from tuneit.study.part import RuleError, parse_seconds
from tuneit.study.search import (
    Budget,
    ConstraintsSpec,
    EarlyStopping,
    ObjectiveSpec,
    PruningSpec,
    StoppingSpec,
    StrategySpec,
    WarmStart,
)
from tuneit.study.study import DiagnosisSpec, ReportSpec, Study

__all__ = [
    "PRUNERS",
    "RESERVED",
    "SAMPLERS",
    "STRATEGIES",
    "Budget",
    "ConstraintsSpec",
    "CsvData",
    "DataSpec",
    "DiagnosisSpec",
    "EarlyStopping",
    "ImagesData",
    "KerasData",
    "NpzData",
    "ObjectiveSpec",
    "ParameterSpec",
    "PruningSpec",
    "PythonData",
    "ReportSpec",
    "RuleError",
    "SklearnData",
    "Split",
    "StoppingSpec",
    "StrategySpec",
    "Study",
    "WarmStart",
    "parse_seconds",
]
