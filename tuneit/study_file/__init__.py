"""Reading and writing study.yaml, its JSON Schema, and the files of `tuneit init`."""

from tuneit.study_file.dump import dump_study, parse_study, to_yaml
from tuneit.study_file.expectations import study_schema
from tuneit.study_file.init import init_study
from tuneit.study_file.load import load_searched_study, load_study, study_from
from tuneit.study_file.placing import placed

__all__ = [
    "dump_study",
    "init_study",
    "load_searched_study",
    "load_study",
    "parse_study",
    "placed",
    "study_from",
    "study_schema",
    "to_yaml",
]
