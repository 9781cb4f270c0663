from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from broken_studies import CASES, GOOD, MODEL, Broken
from builders import a_study, study_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tuneit
from tuneit.errors import (
    BuilderError,
    CallbackError,
    DataError,
    InputError,
    ObjectiveError,
    PruningError,
    SpaceError,
    StrategyError,
    StudyFileError,
)
from tuneit.study import Study
from tuneit.study_file import (
    dump_study,
    init_study,
    load_study,
    study_from,
    study_schema,
    to_yaml,
)
from tuneit.study_file.document import Document
from tuneit.study_file.placing import placed
from tuneit.study_file.problem import Problem
from tuneit.study_file.syntax import compose
from tuneit.study_file.yaml_values import read_values


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study's folder, with everything that the studies of these tests name, as the cwd."""
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "broken.py").write_text("def build_model(hp):\n    return (\n")
    (tmp_path / "elsewhere.py").write_text("def imported(n):\n    return n\n")
    (tmp_path / "imports.py").write_text(
        "import keras\nimport elsewhere\n\ntry:\n    import fancier\nexcept ImportError:\n"
        "    pass\nfrom kears.layers import Dense\n\ndef build_model(hp): ...\n"
    )
    (tmp_path / "rows.csv").write_text("x,y\n")
    (tmp_path / "rows.npz").touch()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "mine.keras").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str, *overrides: str) -> Study:
    Path("study.yaml").write_text(text)
    return load_study(Path("study.yaml"), overrides)


def complaints(text: str, *overrides: str) -> list[str]:
    with pytest.raises(StudyFileError) as caught:
        load(text, *overrides)
    assert caught.value.exit_code == 2
    return str(caught.value).splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_study_is_told_what_to_change(case: Broken, folder: Path) -> None:
    assert complaints(case.text) == list(case.lines)


def test_a_good_study_loads(folder: Path) -> None:
    study = load(GOOD)
    assert (study.name, study.budget.trials, study.strategy.name) == ("digits", 30, "bayesian")


def test_the_designs_example_loads(folder: Path) -> None:
    study = load("""\
version: 1
name: digits
seed: 42
model: model.py:build_model
data:
  source: sklearn
  name: digits
  task: classification
  split: {validation: 0.2, test: 0.2, stratify: true}
objective: {metric: val_accuracy, goal: maximize}
strategy: {name: optuna, sampler: tpe}
parameters:
  learning_rate: {min: 1e-4, max: 1e-1, log: true}
  units: {min: 16, max: 256, step: 16}
  optimizer: {values: [adam, sgd]}
  momentum: {min: 0.0, max: 0.99, when: {optimizer: sgd}}
  batch_size: {value: 32}
budget: {trials: 30, epochs: 40, time: 10m, executions: 1}
pruning: hyperband
early_stopping: {monitor: val_loss, patience: 8, min_delta: 0.001}
workers: 2
trainer: auto
storage: null
diagnosis: {target: 0.98, human_error: 0.01, reference_models: true, reference_time: 20s}
report: {theme: light, beta: 2, costs: {false_positive: 1, false_negative: 20}}
""")
    assert study.parameters["learning_rate"].min == 1e-4
    assert study.budget.time == 600
    assert study.diagnosis.reference_time == 20
    assert study.storage is None
    assert study.report.costs is not None
    assert study.report.costs.false_negative == 20
    assert [spec.to_parameter(name).kind for name, spec in study.parameters.items()] == [
        "float",
        "int",
        "choice",
        "float",
        "fixed",
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("off", "off"),
        ("1e-4", 1e-4),
        ("true", True),
        ("2024-01-31", "2024-01-31"),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("-3", -3),
        ("'3'", "3"),
        ("~", None),
        ("!!str 3", "3"),
    ],
)
def test_scalars_are_read_as_yaml_1_2(written: str, value: object, folder: Path) -> None:
    read = load(GOOD + f"parameters: {{p: {{value: {written}}}}}\n").parameters["p"].value
    assert read == value
    assert type(read) is type(value)


def test_the_name_defaults_to_the_files(folder: Path) -> None:
    path = Path("my digits (2).yaml")
    path.write_text(GOOD.replace("name: digits\nmodel", "model"))
    assert load_study(path).name == "my-digits-2"


def test_treat_auto_stands_for_its_defaults(folder: Path) -> None:
    assert load(GOOD).treat is None
    found = load(GOOD + "treat: auto\n").treat
    assert found is not None
    assert (found.actions, found.top, found.seeds) == (None, 3, None)
    chosen = load(GOOD + "treat: {actions: [l2], time: 10m}\n").treat
    assert chosen is not None
    assert (chosen.actions, chosen.time) == (("l2",), 600)


def test_null_switches_early_stopping_off(folder: Path) -> None:
    assert load(GOOD).early_stopping is not None
    assert load(GOOD + "early_stopping: null\n").early_stopping is None


def test_aliases_are_read_and_bombs_are_not(folder: Path) -> None:
    study = load(GOOD + "parameters:\n  a: &range {min: 1, max: 2}\n  b: *range\n")
    assert study.parameters["a"] == study.parameters["b"]
    bomb = GOOD + "report:\n  a0: &a0 [x]\n"
    for level in range(1, 30):
        bomb += f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n"
    assert len(complaints(bomb)) == 1
    assert "aliases make this more than 100000 values" in complaints(bomb)[0]


def test_of_thousands_of_problems_the_first_are_told(folder: Path) -> None:
    told = complaints(GOOD + "".join(f"k{i}: {i}\n" for i in range(5000)))
    assert len(told) == 21
    assert (
        told[-1]
        == "study.yaml:27:1: and 4980 more problems from here on: correct those above first"
    )
    long = complaints(GOOD + f"parameters: {{a: {{values: [{'1, ' * 9000}]}}}}\n")
    assert len(long[0]) < 700


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_told(opening: str, folder: Path) -> None:
    assert len(complaints(opening * 5000)) == 1


def test_a_problem_is_one_line_and_escapes_what_steers_a_terminal() -> None:
    assert str(Problem(None, "no '\x1b[2J\n\u202e'")) == r"no '\u001b[2J\n\u202e'"


def test_bytes_that_are_not_utf8_have_a_place(folder: Path) -> None:
    Path("study.yaml").write_bytes(b"version: 1\nname: caf\xe9\n")
    with pytest.raises(StudyFileError) as caught:
        load_study(Path("study.yaml"))
    expected = "study.yaml:2:10: byte 0xe9 is not UTF-8: save the file as UTF-8"
    assert str(caught.value) == expected


def test_windows_line_ends_and_a_byte_order_mark_are_read(folder: Path) -> None:
    Path("study.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_study(Path("study.yaml")).name == "digits"


def test_the_file_is_named_as_it_was_typed(folder: Path) -> None:
    nested = Path("deep/er")
    nested.mkdir(parents=True)
    (nested / "s.yaml").write_text(GOOD)
    with pytest.raises(StudyFileError) as caught:
        load_study(Path("deep/er/s.yaml"))
    expected = (
        "deep/er/s.yaml:3:8: the model's file deep/er/model.py does not exist; "
        "paths are relative to the study file"
    )
    assert str(caught.value) == expected


def test_a_path_that_is_no_study_is_told(folder: Path) -> None:
    Path("study.yaml").write_text(GOOD)
    for typed, message in (
        ("studdy.yaml", "studdy.yaml does not exist - did you mean 'study.yaml'?"),
        ("no/study.yaml", "no/study.yaml does not exist: there is no folder no"),
        (".", ". is a folder: name a study file, such as study.yaml"),
    ):
        with pytest.raises(StudyFileError) as caught:
            load_study(Path(typed))
        assert str(caught.value) == message


def test_a_huge_file_is_refused_unread(folder: Path) -> None:
    Path("study.yaml").write_text("# " + "x" * 1_000_000)
    with pytest.raises(StudyFileError, match="has 1,000,002 bytes"):
        load_study(Path("study.yaml"))


class TestOverrides:
    def test_values_are_yaml(self, folder: Path) -> None:
        study = load(
            GOOD,
            "budget.trials=5",
            "strategy=random",
            "parameters.lr={min: 1e-4, max: 0.1, log: true}",
            "early_stopping=null",
            "seed=7",
            "budget.time=10m",
        )
        assert (study.budget.trials, study.budget.time, study.seed) == (5, 600, 7)
        assert (study.strategy.name, study.early_stopping) == ("random", None)
        assert study.parameters["lr"].log is True

    def test_a_lone_name_opens_into_a_mapping(self, folder: Path) -> None:
        study = load(GOOD + "strategy: optuna\n", "strategy.sampler=tpe")
        assert (study.strategy.name, study.strategy.sampler) == ("optuna", "tpe")

    def test_an_override_mends_the_file(self, folder: Path) -> None:
        assert load(GOOD.replace("30", "none"), "budget.trials=3").budget.trials == 3

    def test_an_alias_elsewhere_keeps_its_value(self, folder: Path) -> None:
        text = GOOD + "parameters:\n  a: &r {min: 1, max: 2}\n  b: *r\n"
        study = load(text, "parameters.a.max=9")
        assert (study.parameters["a"].max, study.parameters["b"].max) == (9, 2)

    def test_an_option_of_the_command_line_goes_by_its_own_name(self, folder: Path) -> None:
        assert load(GOOD, "--trials=7").budget.trials == 7
        [said] = complaints(GOOD, "--trials=0")
        assert said.startswith("--trials=0: budget.trials must be a whole number of at least 1")

    @pytest.mark.parametrize(
        ("override", "message"),
        [
            ("budget.trails=3", "unknown key 'trails' - did you mean 'trials'?"),
            ("budgte.trials=3", "unknown key 'budgte' - did you mean 'budget'?"),
            ("strategy=byesian", "unknown strategy 'byesian' - did you mean 'bayesian'?"),
            (
                "budget.trials=many",
                "budget.trials must be a whole number of at least 1, but is 'many'",
            ),
            ("budget.trials", "write key.path=value, such as budget.trials=30"),
            ("=3", "write key.path=value, such as budget.trials=30"),
            ("budget.trials.x=3", "'budget.trials' is 30 and has no keys below it"),
            ("seed=[1", "the file ends before ',' or ']' closes the list or mapping"),
            ("budget={trails: 3, time: 1m}", "unknown key 'trails' - did you mean 'trials'?"),
            (
                "parameters.p={min: 2, max: 1}",
                "parameters.p: min <= max must hold, but min is 2 and max is 1",
            ),
            (
                "model=xyz.py:build",
                "the model's file xyz.py does not exist; paths are relative to the study file",
            ),
        ],
    )
    def test_a_problem_names_its_override(self, override: str, message: str, folder: Path) -> None:
        assert complaints(GOOD, override) == [f"--set {override}: {message}"]

    def test_an_override_is_short(self, folder: Path) -> None:
        [told] = complaints(GOOD, "parameters.units.values=[" + "1," * 6_000 + "1]")
        assert told.startswith("--set parameters.units.values=[1,1,")
        assert told.endswith(
            "it has at most 10,000 characters: write longer values into the study file"
        )
        assert len(told) < 300


class TestBuilders:
    @pytest.mark.parametrize(
        "name", ["build_model", "Hyper", "assigned", "imported", "Hyper.build", "keras"]
    )
    def test_what_the_source_cannot_refute_is_left_to_the_run(
        self, name: str, folder: Path
    ) -> None:
        assert load(GOOD.replace("build_model", name)).model == f"model.py:{name}"

    @pytest.mark.parametrize(
        ("signature", "parameters"),
        [
            ("hp", "{units: {min: 1, max: 2}}"),
            ("hyper_parameters, width=3", "{}"),
            ("h", "{}"),
            ("units, rate=0.1", "{units: {value: 1}, batch_size: {values: [8, 16]}}"),
            ("*, units", "{units: {value: 1}, epochs: {value: 3}}"),
            ("units, **others", "{units: {value: 1}, anything: {value: 3}}"),
            ("*args", "{}"),
            ("units, batch_size", "{units: {value: 1}, batch_size: {value: 8}}"),
        ],
    )
    def test_signatures_that_fit(self, signature: str, parameters: str, folder: Path) -> None:
        Path("model.py").write_text(f"def build_model({signature}):\n    return 1\n")
        load(GOOD + f"parameters: {parameters}\n")

    def test_names_defined_in_branches_are_found(self, folder: Path) -> None:
        Path("model.py").write_text(
            "try:\n    import x\nexcept ImportError:\n    def build_model(hp): ...\n"
        )
        load(GOOD)

    def test_star_imports_are_left_to_the_run(self, folder: Path) -> None:
        Path("model.py").write_text("from elsewhere import *\n")
        load(GOOD)

    def test_a_module_beside_the_study_is_read(self, folder: Path) -> None:
        shutil.copy("model.py", "package_less.py")
        load(GOOD.replace("model.py:", "package_less:"))
        [line] = complaints(GOOD.replace("model.py:build_model", "package_less:build"))
        assert "package_less defines no function or class 'build'" in line


def test_data_files_that_are_there_are_accepted(folder: Path) -> None:
    for data in (
        "{source: csv, path: rows.csv, target: y}",
        "{source: npz, path: rows.npz}",
        "{source: images, path: pictures}",
        "{source: python, function: 'model.py:nothing'}",
    ):
        load(re.sub("data: .*", f"data: {data}", GOOD))


def test_a_study_from_plain_values_meets_the_same_rules() -> None:
    assert study_from(study_values()) == a_study()
    with pytest.raises(StudyFileError) as caught:
        study_from(study_values(stratgy="grid", budget={"trials": 0}))
    assert str(caught.value).splitlines() == [
        "budget.trials must be a whole number of at least 1, but is 0",
        "unknown key 'stratgy' - did you mean 'strategy'?",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"budget": {"time": "1h30m"}, "strategy": "grid", "early_stopping": None},
        {"parameters": {"a": {"values": [True, False, None, "off", "1"]}, "b": {"value": 1e-5}}},
        {"data": {"source": "csv", "path": "ä.csv", "target": "y", "drop": ["a", "b"]}},
        {"parameters": {"a": {"values": ["x"]}, "b": {"value": 1, "when": {"a": ["x"]}}}},
        {"data": {"source": "sklearn", "name": "a", "class_weight": {"0": 2, "no": 0.5}}},
        {"data": {"source": "keras", "name": "mnist", "class_weight": "balanced"}},
    ],
)
def test_a_dumped_study_loads_as_the_same_study(fields: dict[str, Any], tmp_path: Path) -> None:
    study = a_study(**fields, model="json:loads")
    if study.data.source == "csv":
        (tmp_path / study.data.path).touch()
    path = tmp_path / "study.yaml"
    path.write_text(dump_study(study), encoding="utf-8")
    assert load_study(path) == study


def test_a_storages_password_is_in_no_text_of_a_study() -> None:
    url = "postgresql+psycopg://me:pw%401@host/db?sslmode=require"
    study = Study.model_validate(study_values(storage=f"{url}&password=pw2"))
    text = dump_study(study)
    assert "storage: postgresql+psycopg://me:***@host/db?sslmode=require&password=***" in text
    assert not {"pw%401", "pw2"} & set(re.split(r"[^\w%]", text + repr(study) + str(study)))


@pytest.mark.parametrize(
    "override",
    [
        "storage=[{url}]",
        "storage={{at: {url}}}",
        "storge={url}",
        "budget.trials={url}",
        "data={url}",
        "{url}",
        "strategy={url}",
    ],
)
@pytest.mark.parametrize("password", ["pw1", "pw1" * 40])
def test_no_message_on_a_study_tells_a_password(folder: Path, override: str, password: str) -> None:
    long_place = f"{'host' * 20}/db"
    url = f"postgresql://me:{password}@{long_place}"
    (folder / "study.yaml").write_text(to_yaml(study_values()))
    with pytest.raises(StudyFileError) as caught:
        load_study(folder / "study.yaml", [override.format(url=url)])
    assert "pw1" not in str(caught.value)
    assert "***" in str(caught.value)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=9),
)


@given(st.dictionaries(st.text("abcé-", min_size=1, max_size=5), scalars, max_size=5))
def test_any_values_return_from_yaml(values: dict[str, Any]) -> None:
    node = compose(to_yaml(values), "values.yaml")
    assert not isinstance(node, Problem)
    assert node is not None
    assert read_values(node, "values.yaml", Document(None, {})) == (values, [])


PIECES = st.sampled_from(
    [
        *GOOD.splitlines(keepends=True),
        *("parameters:\n", "  units: ", "{min: ", "max: 3", "}", "[", "]", "&a ", "*a", "!!int "),
        *("!x ", "\t", "- ", "? ", ": ", "'", '"', "|\n", ">\n", "---\n", "...\n", "%YAML 1.1\n"),
        *("%TAG ! !\n", "<<: ", "1e999", "0x", ".nan", "\x00", "\ud7ff", "é", "#", "=", ",", "-"),
        *("when: ", "values: ", "log: true", "null", "name: ", "strategy: ", "when: {units: {}}"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join)))
def test_any_text_loads_or_is_explained(folder: Path, text: str) -> None:
    path = folder / "fuzz.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_study(path)
    except StudyFileError as error:
        lines = str(error).splitlines()
    else:
        lines = ["fine"]
    assert all(lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary())
def test_any_bytes_load_or_are_explained(folder: Path, data: bytes) -> None:
    path = folder / "fuzz.yaml"
    path.write_bytes(data)
    with pytest.raises(StudyFileError):
        load_study(path)


anything = st.recursive(
    scalars | st.just(float("nan")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["min", "max", "name", "source", "values", "x"]), inner)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(values=st.dictionaries(st.sampled_from([*Study.model_fields, "other"]), anything))
def test_any_values_under_known_keys_load_or_are_explained(
    folder: Path, values: dict[str, Any]
) -> None:
    path = folder / "fuzz.yaml"
    path.write_text(to_yaml({**study_values(model="model.py:build_model"), **values}), "utf-8")
    try:
        load_study(path)
    except StudyFileError as error:
        for line in str(error).splitlines():
            assert re.match(rf"{re.escape(str(path))}:\d+:\d+: \S", line)
            assert "Input should" not in line


class TestInit:
    def test_it_writes_a_study_that_loads(self, tmp_path: Path) -> None:
        written = init_study(tmp_path / "new" / "study")
        assert [path.name for path in written] == ["study.yaml", "model.py"]
        study = load_study(written[0])
        assert (study.budget.trials, study.pruner.name) == (16, "asha")

    def test_it_overwrites_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "model.py").write_text("mine")
        with pytest.raises(InputError) as caught:
            init_study(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path / 'model.py'} exists and is not overwritten; "
            "name another folder, such as `tuneit init my-study`"
        )
        assert (tmp_path / "model.py").read_text() == "mine"
        assert not (tmp_path / "study.yaml").exists()

    def test_its_templates_are_part_of_the_package(self) -> None:
        # hatchling packs every file below the package's folder that git does not ignore.
        template = Path(tuneit.__file__).parent / "study_file" / "template"
        assert sorted(p.name for p in template.iterdir()) == ["model.py.txt", "study.yaml"]


class TestSchema:
    def test_it_is_json_and_names_no_place(self) -> None:
        schema = json.loads(json.dumps(study_schema()))
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert "$id" not in json.dumps(schema)
        assert schema["required"] == ["model", "data", "objective", "budget"]

    def test_every_key_is_described(self) -> None:
        schema = study_schema()
        parts = {"Study": schema, **schema["$defs"]}
        bare = [
            f"{name}.{key}"
            for name, part in parts.items()
            for key, node in part.get("properties", {}).items()
            if "description" not in node and "const" not in node
        ]
        assert bare == []

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"strategy": "grid", "pruning": "median", "early_stopping": None},
            {"strategy": {"name": "optuna", "sampler": "tpe"}, "budget": {"time": "10m"}},
            {"objective": {"metric": "val_loss", "goal": "minimize"}},
            {"parameters": {"a": {"min": 1e-4, "max": 1, "log": True}, "b": {"values": [1, "a"]}}},
            {"data": {"source": "images", "path": "p", "size": [8, 8]}},
            {"data": {"source": "images", "path": "p", "class_weight": "balanced"}},
            {
                "data": {
                    "source": "npz",
                    "path": "p",
                    "class_weight": {"a": 2},
                    "sample_weight": "w",
                }
            },
        ],
    )
    def test_it_accepts_what_the_study_accepts(self, fields: dict[str, Any]) -> None:
        values = study_values(**fields)
        Study.model_validate(values)
        assert accepts(study_schema(), values)

    @pytest.mark.parametrize(
        "fields",
        [
            {"stratgy": "grid"},
            {"strategy": "byesian"},
            {"budget": {"trials": 0}},
            {"data": {"source": "sklern", "name": "digits"}},
            {"seed": -1},
            {"data": {"source": "npz", "path": "p", "class_weight": {"a": -2}}},
            {"data": {"source": "npz", "path": "p", "class_weight": "even"}},
            {"early_stopping": "off"},
        ],
    )
    def test_it_refuses_what_the_study_refuses(self, fields: dict[str, Any]) -> None:
        assert not accepts(study_schema(), study_values(**fields))


_IS = {
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "null": lambda v: v is None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def accepts(node: dict[str, Any], value: Any) -> bool:
    """A JSON Schema validator of the few words that the study's schema uses."""
    if "$ref" in node:
        return accepts(study_schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]], value)
    choice = node.get("anyOf") or node.get("oneOf")
    if choice:
        return any(accepts(member, value) for member in choice)
    if "const" in node or "enum" in node:
        return value in node.get("enum", [node.get("const")])
    if not _IS[node.get("type", "object")](value):
        return "type" not in node
    if isinstance(value, dict):
        properties, rest = node.get("properties", {}), node.get("additionalProperties", True)
        below = {key: properties.get(key, rest) for key in value}
        return set(node.get("required", ())) <= set(value) and all(
            inner is True or (inner is not False and accepts(inner, value[key]))
            for key, inner in below.items()
        )
    if isinstance(value, list):
        return all(accepts(node.get("items", {}), item) for item in value)
    if isinstance(value, str):
        return re.search(node.get("pattern", ""), value) is not None
    if isinstance(value, (int, float)):
        return (
            value >= node.get("minimum", value)
            and value <= node.get("maximum", value)
            and ("exclusiveMinimum" not in node or value > node["exclusiveMinimum"])
            and ("exclusiveMaximum" not in node or value < node["exclusiveMaximum"])
        )
    return True


def test_loading_a_study_imports_nothing_heavy(folder: Path) -> None:
    Path("study.yaml").write_text(GOOD)
    code = (
        "import sys; from pathlib import Path; from tuneit.study_file import load_study; "
        "load_study(Path('study.yaml')); print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(tuneit.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, stdout=subprocess.PIPE, text=True
    )
    heavy = {"tensorflow", "keras", "pandas", "sklearn", "optuna", "matplotlib", "scipy"}
    assert not heavy & set(run.stdout.split())


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            DataError("there is no set 'digts'", at=("data", "name")),
            "study.yaml:3:31: there is no set 'digts'",
        ),
        (BuilderError("model.py:3: no"), "study.yaml:2:8: model.py:3: no"),
        (
            SpaceError("'lr' is not asked for", at=("parameters", "lr")),
            "study.yaml:6:14: 'lr' is not asked for",
        ),
        (
            ObjectiveError("no 'auc' here", at=("objective", "auc")),
            "study.yaml:4:12: no 'auc' here",
        ),
        (
            DataError("'class_weight' names the class 'spma'", at=("data", "class_weight", "spma")),
            "study.yaml:3:59: 'class_weight' names the class 'spma'",
        ),
        (
            StrategyError(
                "strategy bayesian: option 'initial' must be a whole number",
                at=("strategy", "options", "initial"),
            ),
            "study.yaml:7:47: strategy bayesian: option 'initial' must be a whole number",
        ),
        (
            PruningError("no 'interval'", at=("pruning", "options", "interval")),
            "study.yaml:8:45: no 'interval'",
        ),
        (
            CallbackError("callback 'own.py:b' broke", at=("callbacks", "own.py:b")),
            "study.yaml:9:23: callback 'own.py:b' broke",
        ),
        (DataError("no 'digts'"), "study.yaml:3:1: no 'digts'"),
        (DataError("no 'x'", at=("data", "target")), "study.yaml:3:1: no 'x'"),
        (StrategyError("x", at=("strategy", "options", "gone")), "study.yaml:7:28: x"),
        (InputError("elsewhere"), "elsewhere"),
    ],
)
def test_what_only_a_run_can_find_gets_its_place_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: InputError, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(
        "version: 1\n"
        "model: model.py:build\n"
        "data: {source: sklearn, name: digts, class_weight: {spma: 2}}\n"
        "objective: auc\n"
        "budget: {trials: 3}\n"
        "parameters: {lr: {value: 1}}\n"
        "strategy: {name: bayesian, options: {initial: few}}\n"
        "pruning: {name: median, options: {interval: 2}}\n"
        "callbacks: [own.py:a, own.py:b]\n"
    )
    assert str(placed(error, Path("study.yaml"))) == line
    assert placed(error, Path("study.yaml")).exit_code == 2
