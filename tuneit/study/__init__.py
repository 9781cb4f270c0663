"""A study: everything that a study.yaml, version 1, can say, as frozen pydantic models.

`study_file` adds lines and columns, duplicate keys and "did you mean". The rules between values
are here, so that they also apply to a study written in Python.
"""

from tuneit.study.catalogue import PRUNERS, SAMPLERS, STRATEGIES
from tuneit.study.cluster import ClusterSpec
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
from tuneit.study.reporting import ErrorCosts, ReportSpec
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
from tuneit.study.study import DiagnosisSpec, Study
from tuneit.study.transfer import TransferSpec

__all__ = [
    "PRUNERS",
    "RESERVED",
    "SAMPLERS",
    "STRATEGIES",
    "Budget",
    "ClusterSpec",
    "ConstraintsSpec",
    "CsvData",
    "DataSpec",
    "DiagnosisSpec",
    "EarlyStopping",
    "ErrorCosts",
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
    "TransferSpec",
    "WarmStart",
    "parse_seconds",
]
