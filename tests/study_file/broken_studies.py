"""Broken study files, and exactly what their author is told."""

# ruff: noqa: E501 - a message is one line

from __future__ import annotations

from typing import NamedTuple

GOOD = """\
version: 1
name: digits
model: model.py:build_model
data: {source: sklearn, name: digits}
objective: val_accuracy
budget: {trials: 30}
"""

MODEL = """\
import keras
from elsewhere import imported

def build_model(hp):
    return keras.Sequential()

def keywords(units, rate=0.1):
    return keras.Sequential()

def nothing():
    return keras.Sequential()

async def later(hp):
    return keras.Sequential()

class Hyper(keras_tuner.HyperModel):
    def build(self, hp):
        return keras.Sequential()

class Empty:
    pass

assigned = imported(3)
"""


class Broken(NamedTuple):
    """A study's text (or lines that replace those of `GOOD`) and the lines of its error."""

    name: str
    text: str
    lines: tuple[str, ...]


def _with(**lines: str) -> str:
    kept = [line for line in GOOD.splitlines() if line.partition(":")[0] not in lines]
    return "\n".join([*kept, *lines.values(), ""])


def _and(text: str) -> str:
    return GOOD + text


# fmt: off
CASES = (
    Broken(
        "costs of nothing",
        _and("report: {costs: {false_positive: 0, false_negative: 0}}\n"),
        ("study.yaml:7:10: report.costs: some error must cost something: give one a number above 0",),
    ),
    Broken(
        "a negative cost, and a beta of zero",
        _and("report: {beta: 0, costs: {false_positive: -1}}\n"),
        (
            "study.yaml:7:16: report.beta must be a number above 0, but is 0",
            "study.yaml:7:43: report.costs.false_positive must be a number of at least 0, but is -1",
        ),
    ),
    Broken(
        "empty",
        "",
        (
            "study.yaml:1:1: the file is empty; `tuneit init` writes a study to begin with",
        ),
    ),
    Broken(
        "comment only",
        "# nothing yet\n",
        (
            "study.yaml:1:1: the file is empty; `tuneit init` writes a study to begin with",
        ),
    ),
    Broken(
        "a list",
        "- model\n- data\n",
        (
            "study.yaml:1:1: a study is a mapping of keys such as model, data, budget, not a list",
        ),
    ),
    Broken(
        "a text",
        "model\n",
        (
            "study.yaml:1:1: a study is a mapping of keys such as model, data, budget, not 'model'",
        ),
    ),
    Broken(
        "everything missing",
        "version: 1\n",
        (
            "study.yaml:1:1: 'model' is missing: name the builder, such as `model: model.py:build_model`",
            "study.yaml:1:1: 'data' is missing: say where the data come from, such as `data: {source: sklearn, name: digits}`",
            "study.yaml:1:1: 'objective' is missing: name the metric to optimise, such as `objective: val_accuracy`",
            "study.yaml:1:1: 'budget' is missing: say when the search ends, such as `budget: {trials: 30}`",
        ),
    ),
    Broken(
        "unknown key",
        _and("stratgy: grid\n"),
        (
            "study.yaml:7:1: unknown key 'stratgy' - did you mean 'strategy'?",
        ),
    ),
    Broken(
        "unknown key like none",
        _and("texture: red\n"),
        (
            "study.yaml:7:1: unknown key 'texture'; a study takes batch_size, budget, callbacks, checks, cluster, constraints, data, deterministic, diagnosis, early_stopping, enqueue, keep_models, max_memory, model, name, objective, parameters, pruning, report, seed, steps_per_epoch, stopping, storage, strategy, trainer, transfer, treat, trial_timeout, validation_steps, version, warm_start or workers",
        ),
    ),
    Broken(
        "unknown key inside",
        _with(budget="budget: {trails: 3, time: 1m}"),
        (
            "study.yaml:6:10: unknown key 'trails' - did you mean 'trials'?",
        ),
    ),
    Broken(
        "unknown key inside like none",
        _with(budget="budget: {trials: 3, texture: red}"),
        (
            "study.yaml:6:21: unknown key 'texture'; 'budget' takes epochs, executions, time or trials",
        ),
    ),
    Broken(
        "misspelt required key",
        _with(objective="objetive: val_accuracy"),
        (
            "study.yaml:6:1: unknown key 'objetive' - did you mean 'objective'?",
        ),
    ),
    Broken(
        "key of another source",
        _with(data="data: {source: npz, path: rows.npz, target: y}"),
        (
            "study.yaml:6:37: unknown key 'target'; 'data' takes augment, class_weight, folds, groups, one_hot, order, path, positive, sample_weight, scale, scale_target, source, split, task, times, x or y",
        ),
    ),
    Broken(
        "duplicate key",
        _and("seed: 1\nworkers: 2\nseed: 2\n"),
        (
            "study.yaml:9:1: 'seed' stands twice, first in line 7: remove one",
        ),
    ),
    Broken(
        "tab",
        _with(budget="budget:\n\ttrials: 3"),
        (
            "study.yaml:7:1: a tab cannot indent YAML: use spaces",
        ),
    ),
    Broken(
        "indent",
        _with(budget="budget:\n  trials: 3\n   epochs: 4"),
        (
            "study.yaml:8:10: this ':' cannot stand here: indent the line like its neighbours, or put quotes around a text that contains ': '",
        ),
    ),
    Broken(
        "outdent",
        _with(budget="budget:\n    trials: 3\n  epochs: 4"),
        (
            "study.yaml:8:3: this line's indent fits no line above: align it with its neighbours",
        ),
    ),
    Broken(
        "unclosed bracket",
        _with(budget="budget: {trials: 3"),
        (
            "study.yaml:7:1: the file ends before ',' or '}' closes the list or mapping",
        ),
    ),
    Broken(
        "unclosed quote",
        _and("storage: 'abc\n"),
        (
            "study.yaml:8:1: the file ends before the quotes are closed",
        ),
    ),
    Broken(
        "two documents",
        _and("---\na: 1\n"),
        (
            "study.yaml:7:1: a study file holds one document: remove this '---'",
        ),
    ),
    Broken(
        "at sign",
        _and("storage: @home\n"),
        (
            "study.yaml:7:10: a text cannot begin with @: put quotes around it",
        ),
    ),
    Broken(
        "unknown alias",
        _and("report: *look\n"),
        (
            "study.yaml:7:9: there is no anchor '&look' above for this alias '*look'",
        ),
    ),
    Broken(
        "recursive alias",
        _and("report: &r {theme: *r}\n"),
        (
            "study.yaml:7:9: this anchor contains itself: remove the alias inside it",
        ),
    ),
    Broken(
        "python tag",
        _and("storage: !!python/object/apply:os.system [ls]\n"),
        (
            "study.yaml:7:10: a study file has no tags: remove '!!python/object/apply:os.system'",
        ),
    ),
    Broken(
        "own tag",
        _and("storage: !env HOME\n"),
        (
            "study.yaml:7:10: a study file has no tags: remove '!env'",
        ),
    ),
    Broken(
        "control character",
        _and("storage: a\x07b\n"),
        (
            "study.yaml:7:11: the character U+0007 cannot be printed: remove it",
        ),
    ),
    Broken(
        "number as key",
        _and("parameters: {1: {value: 2}}\n"),
        (
            "study.yaml:7:14: a key must be text: put quotes around 1",
        ),
    ),
    Broken(
        "list as key",
        _and("parameters: {[a]: {value: 2}}\n"),
        (
            "study.yaml:7:14: a key must be text, but this is a list or mapping",
        ),
    ),
    Broken(
        "word for a number",
        _with(budget="budget: {trials: thirty}"),
        (
            "study.yaml:6:18: budget.trials must be a whole number of at least 1, but is 'thirty'",
        ),
    ),
    Broken(
        "quoted number",
        _with(budget='budget: {trials: "30"}'),
        (
            "study.yaml:6:18: budget.trials must be a whole number of at least 1, but is '30'",
        ),
    ),
    Broken(
        "fraction for a whole number",
        _with(budget="budget: {trials: 2.5}"),
        (
            "study.yaml:6:18: budget.trials must be a whole number of at least 1, but is 2.5",
        ),
    ),
    Broken(
        "true for a number",
        _with(budget="budget: {trials: true}"),
        (
            "study.yaml:6:18: budget.trials must be a whole number of at least 1, but is true",
        ),
    ),
    Broken(
        "zero trials",
        _with(budget="budget: {trials: 0}"),
        (
            "study.yaml:6:18: budget.trials must be a whole number of at least 1, but is 0",
        ),
    ),
    Broken(
        "huge number",
        _with(budget="budget: {trials: 99999999999999999999}"),
        (
            "study.yaml:6:18: a whole number must fit into 64 bits: '99999999999999999999'",
        ),
    ),
    Broken(
        "no limit",
        _with(budget="budget: {epochs: 3}"),
        (
            "study.yaml:6:1: budget: a search must end: give `trials: 30` or `time: 10m` (or both)",
        ),
    ),
    Broken(
        "nothing below a key",
        _with(budget="budget:"),
        (
            "study.yaml:6:1: budget must be a mapping (of keys such as trials), but is empty",
        ),
    ),
    Broken(
        "bad duration",
        _with(budget="budget: {time: 10x}"),
        (
            "study.yaml:6:16: budget.time: a duration is a number with s, m, h or d, such as 10m, but is '10x'",
        ),
    ),
    Broken(
        "list for a duration",
        _with(budget="budget: {time: [10]}"),
        (
            "study.yaml:6:10: budget.time must be a number above 0 or text such as 10m, but is [10]",
        ),
    ),
    Broken(
        "negative seed",
        _and("seed: -1\n"),
        (
            "study.yaml:7:7: seed must be a whole number of at least 0 and below 4294967296, but is -1",
        ),
    ),
    Broken(
        "a decimal mark of two characters",
        _with(data='data: {source: csv, path: model.py, target: y, decimal: ",,"}'),
        ("study.yaml:6:57: unknown data.decimal ',,' - did you mean ','?",),
    ),
    Broken(
        "yes is text",
        _with(data="data: {source: sklearn, name: digits, split: {stratify: yes}}"),
        (
            "study.yaml:6:57: data.split.stratify must be true or false, but is 'yes'",
        ),
    ),
    Broken(
        "share above one",
        _with(data="data: {source: sklearn, name: digits, split: {test: 1.5}}"),
        (
            "study.yaml:6:53: data.split.test must be a number of at least 0 and below 1, but is 1.5",
        ),
    ),
    Broken(
        "no rows to train on",
        _with(data="data: {source: sklearn, name: digits, split: {test: 0.5, validation: 0.5}}"),
        (
            "study.yaml:6:39: data.split: validation + test < 1 must hold, so that rows are left to train on, but they are 0.5 + 0.5",
        ),
    ),
    Broken(
        "unknown strategy",
        _and("strategy: byesian\n"),
        (
            "study.yaml:7:11: unknown strategy 'byesian' - did you mean 'bayesian'?",
        ),
    ),
    Broken(
        "unknown strategy like none",
        _and("strategy: {name: xyz}\n"),
        (
            "study.yaml:7:18: unknown strategy 'xyz'; choose from bayesian, grid, guided, hyperband, one_epoch, optuna or random",
        ),
    ),
    Broken(
        "sampler of another strategy",
        _and("strategy: {name: grid, sampler: tpe}\n"),
        (
            "study.yaml:7:1: strategy: 'sampler' belongs to strategy optuna, but the strategy is grid; remove it or write `name: optuna`",
        ),
    ),
    Broken(
        "unknown sampler",
        _and("strategy: {name: optuna, sampler: tpee}\n"),
        (
            "study.yaml:7:35: strategy.sampler: there is no sampler 'tpee' - did you mean 'tpe'?",
        ),
    ),
    Broken(
        "unknown sampler like none",
        _and("strategy: {name: optuna, sampler: magic}\n"),
        (
            "study.yaml:7:35: strategy.sampler: there is no sampler 'magic'; choose from brute_force, cmaes, gp, nsga2, nsga3, qmc, random or tpe, or package.module:Class",
        ),
    ),
    Broken(
        "misspelt objective",
        _with(objective="objective: val_acuracy"),
        (
            "study.yaml:6:12: objective: whether more 'val_acuracy' is better is not known - did you mean 'val_accuracy'? Otherwise add `goal: maximize` or `goal: minimize` to the objective",
        ),
    ),
    Broken(
        "builder's import missing",
        _with(model="model: imports.py:build_model"),
        (
            "imports.py:8:1: no module 'kears' is installed or stands beside the file",
        ),
    ),
    Broken(
        "unknown pruner",
        _and("pruning: medain\n"),
        (
            "study.yaml:7:10: unknown pruner 'medain' - did you mean 'median'?",
        ),
    ),
    Broken(
        "unknown source",
        _with(data="data: {source: sklern, name: digits}"),
        (
            "study.yaml:6:16: unknown data source 'sklern' - did you mean 'sklearn'?",
        ),
    ),
    Broken(
        "no source",
        _with(data="data: {name: digits}"),
        (
            "study.yaml:6:1: 'data.source' is missing: choose from csv, images, keras, npz, python or sklearn",
        ),
    ),
    Broken(
        "data as text",
        _with(data="data: digits"),
        (
            "study.yaml:6:7: data must be a mapping (of keys such as task), but is 'digits'",
        ),
    ),
    Broken(
        "data without name",
        _with(data="data: {source: sklearn}"),
        (
            "study.yaml:6:1: 'data.name' is missing: it must be text of at least one character",
        ),
    ),
    Broken(
        "unknown goal",
        _with(objective="objective: {metric: val_accuracy, goal: maximise}"),
        (
            "study.yaml:6:41: unknown goal 'maximise' - did you mean 'maximize'?",
        ),
    ),
    Broken(
        "no known goal",
        _with(objective="objective: my_metric"),
        (
            "study.yaml:6:12: objective: whether more 'my_metric' is better is not known: add `goal: maximize` or `goal: minimize` to the objective",
        ),
    ),
    Broken(
        "early stopping off",
        _and("early_stopping: off\n"),
        (
            "study.yaml:7:17: early_stopping must be a mapping (of keys such as monitor) or null, but is 'off'",
        ),
    ),
    Broken(
        "not a number",
        _and("diagnosis: {target: .nan}\n"),
        (
            "study.yaml:7:21: diagnosis.target must be a number, but is nan",
        ),
    ),
    Broken(
        "reference models that are neither on nor off",
        _and("diagnosis: {reference_models: maybe, reference_time: 0}\n"),
        (
            "study.yaml:7:31: diagnosis.reference_models must be true or false, but is 'maybe'",
            "study.yaml:7:54: diagnosis.reference_time must be a number above 0 or text such as 10m, but is 0",
        ),
    ),
    Broken(
        "version 2",
        _with(version="version: 2"),
        (
            "study.yaml:6:10: version must be 1, but is 2",
        ),
    ),
    Broken(
        "name with a slash",
        _with(name="name: a/b"),
        (
            "study.yaml:6:7: name: it also names a folder: use letters, digits, '.', '_' and '-', beginning with a letter or digit, not 'a/b'",
        ),
    ),
    Broken(
        "empty range",
        _and("parameters:\n  units: {min: 9, max: 3}\n"),
        (
            "study.yaml:8:3: parameters.units: min <= max must hold, but min is 9 and max is 3",
        ),
    ),
    Broken(
        "log from zero",
        _and("parameters:\n  rate: {min: 0, max: 1, log: true}\n"),
        (
            "study.yaml:8:3: parameters.rate: a log range needs min > 0, but min is 0; raise min or use a linear range",
        ),
    ),
    Broken(
        "half a word",
        _and("parameters:\n  rate: {min: a, max: 1}\n"),
        (
            "study.yaml:8:15: parameters.rate.min must be a number, but is 'a'",
        ),
    ),
    Broken(
        "step zero",
        _and("parameters:\n  rate: {min: 1, max: 2, step: 0}\n"),
        (
            "study.yaml:8:32: parameters.rate.step must be a number above 0, but is 0",
        ),
    ),
    Broken(
        "no values",
        _and("parameters:\n  act: {values: []}\n"),
        (
            "study.yaml:8:9: parameters.act.values must be a list of at least one value, but is []",
        ),
    ),
    Broken(
        "values as text",
        _and("parameters:\n  act: {values: relu}\n"),
        (
            "study.yaml:8:17: parameters.act.values must be a list of at least one value, but is 'relu'",
        ),
    ),
    Broken(
        "values twice",
        _and("parameters:\n  act: {values: [relu, relu]}\n"),
        (
            "study.yaml:8:3: parameters.act: values must differ, but 'relu' is there twice in ['relu', 'relu']",
        ),
    ),
    Broken(
        "nested value",
        _and("parameters:\n  act: {values: [relu, [tanh]]}\n"),
        (
            "study.yaml:8:24: parameters.act.values[1] must be text, a number or true or false, but is ['tanh']",
        ),
    ),
    Broken(
        "two forms",
        _and("parameters:\n  act: {min: 1, max: 2, values: [1]}\n"),
        (
            "study.yaml:8:3: parameters.act: give min and max or values, not both",
        ),
    ),
    Broken(
        "no form",
        _and("parameters:\n  act: {}\n"),
        (
            "study.yaml:8:3: parameters.act: a hyperparameter needs min and max, values, or value",
        ),
    ),
    Broken(
        "log of values",
        _and("parameters:\n  act: {values: [1, 2], log: true}\n"),
        (
            "study.yaml:8:3: parameters.act: 'log' belongs to a range (min and max), not to values",
        ),
    ),
    Broken(
        "default outside",
        _and("parameters:\n  act: {min: 1, max: 2, default: 5}\n"),
        (
            "study.yaml:8:3: parameters.act: default must be a value that the hyperparameter can take, but is 5",
        ),
    ),
    Broken(
        "parameter as number",
        _and("parameters:\n  units: 32\n"),
        (
            "study.yaml:8:10: parameters.units must be a mapping (of keys such as min), but is 32",
        ),
    ),
    Broken(
        "fraction of an int",
        _and("parameters:\n  units: {min: 0.5, max: 2, type: int}\n"),
        (
            "study.yaml:8:3: parameters.units: min of an integer range must be a whole number (to 2^53), but is 0.5",
        ),
    ),
    Broken(
        "unknown parent",
        _and("parameters:\n  optimizer: {values: [adam, sgd]}\n" "  momentum: {min: 0, max: 1, when: {optimzer: sgd}}\n"),
        (
            "study.yaml:9:47: hyperparameter 'momentum' depends on 'optimzer', which is not among `parameters` - did you mean 'optimizer'?",
        ),
    ),
    Broken(
        "parent behind",
        _and("parameters:\n  momentum: {min: 0, max: 1, when: {optimizer: sgd}}\n" "  optimizer: {values: [adam, sgd]}\n"),
        (
            "study.yaml:8:48: hyperparameter 'momentum' depends on 'optimizer', which must come before it",
        ),
    ),
    Broken(
        "value that the parent never has",
        _and("parameters:\n  optimizer: {values: [adam, sgd]}\n" "  momentum: {min: 0, max: 1, when: {optimizer: sdg}}\n"),
        (
            "study.yaml:9:48: hyperparameter 'momentum' can never exist: 'optimizer' is never 'sdg' - did you mean 'sgd'?",
        ),
    ),
    Broken(
        "model without a name",
        _with(model="model: model.py"),
        (
            "study.yaml:6:8: model: a model must be named as file.py:build_model or package.module:build_model, not as 'model.py'",
        ),
    ),
    Broken(
        "model's file missing",
        _with(model="model: modle.py:build_model"),
        (
            "study.yaml:6:8: the model's file modle.py does not exist - did you mean 'model.py'?",
        ),
    ),
    Broken(
        "model's module missing",
        _with(model="model: no_such_package.models:build_model"),
        (
            "study.yaml:6:8: no module 'no_such_package.models' is installed or stands beside the study file; name a file as file.py:name",
        ),
    ),
    Broken(
        "model's module is a file",
        _with(model="model: model:nobody"),
        (
            "study.yaml:6:8: model defines no function or class 'nobody'; it defines Empty, Hyper, build_model, keywords or nothing",
        ),
    ),
    Broken(
        "builder missing",
        _with(model="model: model.py:build_modle"),
        (
            "study.yaml:6:8: model.py defines no function or class 'build_modle' - did you mean 'build_model'?",
        ),
    ),
    Broken(
        "builder without parameters",
        _with(model="model: model.py:nothing"),
        (
            "study.yaml:6:8: nothing() takes no hyperparameters: write it as nothing(hp), or give it one keyword for each of the study's `parameters`",
        ),
    ),
    Broken(
        "async builder",
        _with(model="model: model.py:later"),
        (
            "study.yaml:6:8: later is an async function: a builder is an ordinary one",
        ),
    ),
    Broken(
        "class without build",
        _with(model="model: model.py:Empty"),
        (
            "study.yaml:6:8: class Empty has no method build(self, hp): derive it from keras_tuner.HyperModel and define build, or name a function",
        ),
    ),
    Broken(
        "keyword builder, nothing defined",
        _with(model="model: model.py:keywords") + "parameters:\n  rate: {value: 1}\n",
        (
            "study.yaml:7:1: keywords needs 'units', which `parameters` does not define: add it there, give it a default, or write keywords(hp)",
        ),
    ),
    Broken(
        "keyword builder, misspelt",
        _with(model="model: model.py:keywords") + "parameters:\n  unit: {value: 1}\n",
        (
            "study.yaml:8:3: keywords takes no hyperparameter 'unit' - did you mean 'units'?",
        ),
    ),
    Broken(
        "keyword builder, half a range",
        _with(model="model: model.py:keywords") + "parameters:\n  units: {min: 1}\n",
        (
            "study.yaml:8:3: hyperparameter 'units' needs min and max, values, or value: keywords takes keywords, so the study defines the whole space",
        ),
    ),
    Broken(
        "builder's syntax",
        _with(model="model: broken.py:build_model"),
        (
            "broken.py:2:12: this is not valid Python: '(' was never closed",
        ),
    ),
    Broken(
        "table missing",
        _with(data="data: {source: csv, path: row.csv, target: y}"),
        (
            "study.yaml:6:27: the data's file row.csv does not exist - did you mean 'rows.csv'?",
        ),
    ),
    Broken(
        "table is a folder",
        _with(data="data: {source: csv, path: pictures, target: y}"),
        (
            "study.yaml:6:27: the data's file pictures is a folder: name a file in it",
        ),
    ),
    Broken(
        "images are a file",
        _with(data="data: {source: images, path: rows.csv}"),
        (
            "study.yaml:6:30: the images' folder rows.csv is a file: name the folder with one folder a class",
        ),
    ),
    Broken(
        "images missing",
        _with(data="data: {source: images, path: picture}"),
        (
            "study.yaml:6:30: the images' folder picture does not exist - did you mean 'pictures'?",
        ),
    ),
    Broken(
        "data's function missing",
        _with(data="data: {source: python, function: model.py:lod}"),
        (
            "study.yaml:6:34: model.py defines no function or class 'lod'; it defines Empty, Hyper, build_model, keywords or nothing",
        ),
    ),
    Broken(
        "stopping",
        _and("stopping: {targt: 0.98, patience: 0, regret: 0}\n"),
        (
            "study.yaml:7:12: unknown key 'targt' - did you mean 'target'?",
            "study.yaml:7:35: stopping.patience must be a whole number of at least 1, but is 0",
            "study.yaml:7:46: stopping.regret must be a number above 0, but is 0",
        ),
    ),
    Broken(
        "target of no form",
        _with(data="data: {source: csv, path: rows.csv, target: {price: {name: []}}}"),
        (
            "study.yaml:6:46: data.target.price must be text of at least one character or a list of at least one value, but is a mapping",
        ),
    ),
    Broken(
        "size",
        _and("max_memory: 4G\n"),
        (
            "study.yaml:7:13: max_memory: a size is a number with MB, GB, MiB or GiB, such as 4GB, not '4G'",
        ),
    ),
    Broken(
        "size of nothing",
        _and("max_memory: [4]\n"),
        (
            "study.yaml:7:1: max_memory must be a whole number of at least 1 or text such as 4GB, but is [4]",
        ),
    ),
    Broken(
        "constraints",
        _and("constraints: {max_parameters: 1e6, max_seconds: soon}\n"),
        (
            "study.yaml:7:31: constraints.max_parameters must be a whole number of at least 1, but is 1000000.0",
            "study.yaml:7:49: constraints.max_seconds: a duration is a number with s, m, h or d, such as 10m, but is 'soon'",
        ),
    ),
    Broken(
        "callbacks",
        _and("callbacks: [tensorboard]\n"),
        (
            "study.yaml:7:13: a callback must be named as file.py:name or package.module:name, not as 'tensorboard'",
        ),
    ),
    Broken(
        "callback missing",
        _and("callbacks:\n  - model.py:tensorbord\n  - call.py:tensorboard\n"),
        (
            "study.yaml:8:5: model.py defines no function or class 'tensorbord'; it defines Empty, Hyper, build_model, keywords or nothing",
            "study.yaml:9:5: the callbacks' file call.py does not exist; paths are relative to the study file",
        ),
    ),
    Broken(
        "warm start from nowhere",
        _and("warm_start: {study: picture, trials: 0}\n"),
        (
            "study.yaml:7:38: warm_start.trials must be a whole number of at least 1, but is 0",
        ),
    ),
    Broken(
        "treatment of another kind",
        _and("treat: now\n"),
        (
            "study.yaml:7:8: unknown treat 'now'; choose from auto",
        ),
    ),
    Broken(
        "treatment without pairs",
        _and("treat: {seeds: 0, action: [l2]}\n"),
        (
            "study.yaml:7:16: treat.seeds must be a whole number of at least 1, but is 0",
            "study.yaml:7:19: unknown key 'action' - did you mean 'actions'?",
        ),
    ),
    Broken(
        "other study missing",
        _and("warm_start: picture\n"),
        (
            "study.yaml:7:13: the other study picture does not exist - did you mean 'pictures'?",
        ),
    ),
    Broken(
        "other study by its name",
        _and("warm_start: study\n"),
        (
            "study.yaml:7:13: the other study study does not exist - did you mean 'study.yaml'?",
        ),
    ),
    Broken(
        "one fold, in a strange order",
        _with(data="data: {source: sklearn, name: digits, folds: 1, order: size}"),
        (
            "study.yaml:6:46: data.folds must be a whole number of at least 2, but is 1",
            "study.yaml:6:56: unknown data.order 'size'; choose from time",
        ),
    ),
    Broken(
        "groups in order of time",
        _with(data="data: {source: csv, path: rows.csv, target: y, groups: x, order: time}"),
        (
            "study.yaml:6:1: data: give groups or order: time, not both: one of them decides the splits",
        ),
    ),
    Broken(
        "inputs of no form",
        _with(data="data: {source: csv, path: rows.csv, target: [], inputs: {a: 3, b: [c, 4]}}"),
        (
            "study.yaml:6:37: data.target must be text of at least one character, a list of at least one value or a mapping, but is []",
            "study.yaml:6:61: data.inputs.a must be text of at least one character or a list of at least one value, but is 3",
            "study.yaml:6:71: data.inputs.b[1] must be text of at least one character, but is 4",
        ),
    ),
    Broken(
        "a target among the inputs",
        _with(data="data: {source: csv, path: rows.csv, target: [a, b], inputs: [b, c]}"),
        (
            "study.yaml:6:1: data: the target 'b' is among the inputs, where it would be known: take it out "
            "(only an autoencoder's targets are its inputs, all of them)",
        ),
    ),
    Broken(
        "groups and times",
        _with(data="data: {source: npz, path: rows.npz, groups: g, times: t}"),
        (
            "study.yaml:6:1: data: give groups or times, not both: one of them decides the splits",
        ),
    ),
    Broken(
        "class weights of another rule",
        _with(data="data: {source: sklearn, name: digits, class_weight: blanced}"),
        (
            "study.yaml:6:53: unknown data.class_weight 'blanced' - did you mean 'balanced'?",
        ),
    ),
    Broken(
        "one class weight for all",
        _with(data="data: {source: sklearn, name: digits, class_weight: 3}"),
        (
            "study.yaml:6:53: data.class_weight must be balanced, a mapping of names to numbers or null, but is 3",
        ),
    ),
    Broken(
        "class weights below zero and no numbers",
        _with(data='data: {source: sklearn, name: digits, class_weight: {"0": -1, "1": high, "2": 2}}'),
        (
            "study.yaml:6:59: data.class_weight.0 must be a number of at least 0, balanced or a mapping of names to numbers, but is -1",
            "study.yaml:6:68: data.class_weight.1 must be a number of at least 0, balanced or a mapping of names to numbers, but is 'high'",
        ),
    ),
    Broken(
        "a class named by a number",
        _with(data="data: {source: sklearn, name: digits, class_weight: {1: 2}}"),
        (
            "study.yaml:6:54: a key must be text: put quotes around 1",
        ),
    ),
    Broken(
        "scaled classes",
        _with(data="data: {source: sklearn, name: digits, task: classification, scale_target: minmax}"),
        (
            "study.yaml:6:75: scale_target scales numbers to predict, but the task is classification: remove it",
        ),
    ),
    Broken(
        "class weights in regression",
        _with(data="data: {source: sklearn, name: diabetes, task: regression, class_weight: balanced}"),
        (
            "study.yaml:6:73: class_weight weighs classes, but the task is regression: remove it, or set `task: classification`",
        ),
    ),
    Broken(
        "a transfer without a base",
        _with(model="model: tuneit:transfer"),
        (
            "study.yaml:6:8: tuneit:transfer needs a pretrained base: name it as `transfer: {base: mine.keras}` (in Python tuneit.models.transfer('mine.keras')), or by a name of keras.applications",
        ),
    ),
    Broken(
        "a base for another model",
        _and("transfer: mine.keras"),
        (
            "study.yaml:7:11: `transfer` is for model: tuneit:transfer, but the model is model.py:build_model",
        ),
    ),
    Broken(
        "weights for a base that has its own",
        _with(model="model: tuneit:transfer\ntransfer: {base: mine.keras, weights: imagenet}"),
        ("study.yaml:7:39: mine.keras has its own weights: remove `weights`",),
    ),
    Broken(
        "a base that is neither a file nor a name",
        _with(model="model: tuneit:transfer\ntransfer: mine.h5"),
        (
            "study.yaml:7:1: a base is a .keras file or the name of a model of keras.applications, such as MobileNetV2, but not 'mine.h5'",
        ),
    ),
    Broken(
        "weights of rows in a source without any",
        _with(data="data: {source: sklearn, name: digits, sample_weight: w}"),
        (
            "study.yaml:6:39: unknown key 'sample_weight'; 'data' takes arguments, augment, class_weight, folds, name, one_hot, order, positive, scale, scale_target, source, split or task",
        ),
    ),
    Broken(
        "a pruner that begins after the last epoch",
        _with(budget="budget: {trials: 30, epochs: 10}\npruning:\n  name: asha\n  min_epochs: 10\n  options: {min_resource: 12}"),
        (
            "study.yaml:9:15: with min_epochs 10 pruning asha can stop a trial after epoch 10 at the earliest, but a trial ends with epoch 10: lower min_epochs, or give `budget.epochs` at least 11",
            "study.yaml:10:27: with min_resource 12 pruning asha can stop a trial after epoch 12 at the earliest, but a trial ends with epoch 10: lower min_resource, or give `budget.epochs` at least 13",
        ),
    ),
    Broken(
        "a pruner that is silent until the last epoch",
        _with(budget="budget: {trials: 30, epochs: 10}\npruning: {name: median, options: {n_warmup_steps: 9}}"),
        (
            "study.yaml:7:51: with n_warmup_steps 9 pruning median can stop a trial after epoch 10 at the earliest, but a trial ends with epoch 10: lower n_warmup_steps, or give `budget.epochs` at least 11",
        ),
    ),
    Broken(
        "batch sizes that are no numbers",
        _and("parameters:\n  batch_size: {values: [a, true, 0, 1.5, 32]}\n"),
        (
            "study.yaml:8:25: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is 'a'",
            "study.yaml:8:28: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is True",
            "study.yaml:8:34: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is 0",
            "study.yaml:8:37: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is 1.5",
        ),
    ),
    Broken(
        "a range of batch sizes that are no whole numbers",
        _and("parameters:\n  batch_size: {min: 0.5, max: 3}\n  epochs: {value: -2}\n"),
        (
            "study.yaml:8:21: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is 0.5",
            "study.yaml:9:19: hyperparameter 'epochs' goes to fit() and must be a whole number of at least 1, but is -2",
        ),
    ),
    Broken(
        "a range of fractions of batch sizes",
        _and("parameters:\n  batch_size: {min: 8, max: 32, type: float}\n"),
        (
            "study.yaml:8:3: hyperparameter 'batch_size' goes to fit() and must be a whole number of at least 1, but is a range of fractions: write `type: int`, or whole min, max and step",
        ),
    ),
    Broken(
        "the class weight's values",
        _and("parameters:\n  class_weight: {values: [none, balancd, given, 2]}\n"),
        (
            "study.yaml:8:33: hyperparameter 'class_weight' goes to fit() and may be balanced, given or none, but is 'balancd' - did you mean 'balanced'?",
            "study.yaml:8:42: hyperparameter 'class_weight' can be 'given' only if `data.class_weight` is set: set it, or remove 'given'",
            "study.yaml:8:49: hyperparameter 'class_weight' goes to fit() and may be balanced, given or none, but is 2",
        ),
    ),
    Broken(
        "the class weight's value",
        _and("parameters:\n  class_weight: {value: heavy}\n"),
        (
            "study.yaml:8:25: hyperparameter 'class_weight' goes to fit() and may be balanced, given or none, but is 'heavy'",
        ),
    ),
    Broken(
        "a range of class weights",
        _and("parameters:\n  class_weight: {min: 1, max: 10}\n"),
        (
            "study.yaml:8:3: hyperparameter 'class_weight' goes to fit() and may be balanced, given or none, but is a range",
        ),
    ),
    Broken(
        "the class weight in regression",
        _with(data="data: {source: sklearn, name: diabetes, task: regression}\nparameters: {class_weight: {value: none}}"),
        (
            "study.yaml:7:14: hyperparameter 'class_weight' weighs classes, but the task is regression: remove it, or set `data.task: classification`",
        ),
    ),
    Broken(
        "an objective twice",
        _with(objective="objective: [val_accuracy, {metric: parameters}, val_accuracy]"),
        (
            "study.yaml:6:49: 'val_accuracy' is an objective already: name it once",
        ),
    ),
    Broken(
        "one of several objectives without a direction",
        _with(objective="objective:\n  - val_accuracy\n  - my_metric\n  - {metric: speed, goal: up}"),
        (
            "study.yaml:8:5: objective[1]: whether more 'my_metric' is better is not known: add `goal: maximize` or `goal: minimize` to the objective",
            "study.yaml:9:27: unknown objective[2].goal 'up'; choose from maximize or minimize",
        ),
    ),
    Broken(
        "no objective in the list",
        _with(objective="objective: []"),
        (
            "study.yaml:6:1: objective: the list is empty: name the metric to optimise, such as val_accuracy",
        ),
    ),
    Broken(
        "too many objectives",
        _with(objective="objective: [val_accuracy, loss, seconds, parameters, latency_ms, model_bytes, val_loss]"),
        (
            "study.yaml:6:1: objective: a study has at most 6 objectives (with more, hardly any trial is worse than another in all of them), but these are 7",
        ),
    ),
    Broken(
        "a name that no file can have",
        _with(model=f"model: {'x' * 300}.py:build"),
        ("study.yaml:6:8: model: a file's name has at most 255 bytes, but this one 303",),
    ),
    Broken(
        "a module that no file can have",
        _with(model=f"model: {'x' * 300}:build"),
        ("study.yaml:6:8: model: a file's name has at most 255 bytes, but this one 303",),
    ),
    Broken(
        "a folder for a module",
        _with(model="model: '/:x'"),
        (
            "study.yaml:6:8: model: code must be named as file.py:name or package.module:name, not as '/:x': '/' is neither a file that ends in .py nor a module",
        ),
    ),
    Broken(
        "paths that no file system holds",
        _and(
            f"warm_start: {'y' * 300}\n" 'callbacks: ["..:b", "a\\0b.py:c"]\nstrategy: "a/b:c"\n'
        ),
        (
            "study.yaml:7:13: warm_start: a file's name has at most 255 bytes, but this one 300",
            "study.yaml:8:13: callbacks[0]: code must be named as file.py:name or package.module:name, not as '..:b': '..' is neither a file that ends in .py nor a module",
            "study.yaml:8:21: callbacks[1]: a path cannot hold the character U+0000",
            "study.yaml:9:11: strategy: code must be named as file.py:name or package.module:name, not as 'a/b:c': 'a/b' is neither a file that ends in .py nor a module",
        ),
    ),
    Broken(
        "a path to data that is too long",
        _with(data=f"data: {{source: csv, target: y, path: {'z/' * 1500}}}"),
        ("study.yaml:6:38: data.path: a path has at most 2000 bytes, but this one 3000",),
    ),
    Broken(
        "half a character",
        _with(model='model: "\\ud83d.py:b"\n"\\ude42": 1'),
        (
            "study.yaml:6:8: this text has half of a surrogate pair (\\ud800 to \\udfff): write the character itself",
            "study.yaml:7:1: this text has half of a surrogate pair (\\ud800 to \\udfff): write the character itself",
        ),
    ),
    Broken(
        "two halves of a character",
        _with(model='model: "\\ud83d\\ude42.py:b"'),
        ("study.yaml:6:8: the model's file 🙂.py does not exist; paths are relative to the study file",),
    ),
    Broken(
        "a name that is too long",
        _with(name=f"name: {'n' * 101}"),
        (
            "study.yaml:6:7: name must be text of at most 100 characters, but is 'nnnnnnnnnnnnnnnnnnnnnnnnnnn...nnnnnnnnnnnnnnnnnnnnnnnnnnnn'",
        ),
    ),
    Broken(
        "a measure first",
        _with(objective="objective: [parameters, val_accuracy]"),
        (
            "study.yaml:6:13: 'parameters' cannot be the first objective, by which the best epoch is found: put a metric that training reports before it, as in [val_accuracy, parameters]",
        ),
    ),
    Broken(
        "a measure alone",
        _with(objective="objective: latency_ms"),
        (
            "study.yaml:6:12: objective: 'latency_ms' cannot be the first objective, by which the best epoch is found: put a metric that training reports before it, as in [val_accuracy, latency_ms]",
        ),
    ),
    Broken(
        "pruning with several objectives",
        _with(objective="objective: [val_accuracy, seconds]\npruning: median\nstrategy: {name: optuna, sampler: cmaes}"),
        (
            "study.yaml:7:10: pruning median compares trials by one objective, but there are 2, and a trial that is behind in one may lead in another: remove it, or all objectives but the first",
            "study.yaml:8:35: sampler cmaes searches for one objective, but there are 2: choose bayesian, grid or random, or optuna with sampler brute_force, gp, nsga2, nsga3, qmc, random or tpe",
        ),
    ),
    Broken(
        "a strategy of one objective with several",
        _with(objective="objective: [val_accuracy, seconds]\nstrategy: hyperband"),
        (
            "study.yaml:7:11: strategy hyperband searches for one objective, but there are 2: choose bayesian, grid or random, or optuna with sampler brute_force, gp, nsga2, nsga3, qmc, random or tpe",
        ),
    ),
    Broken(
        "many at once",
        "version: 1\nmodel: model.py:build_modle\ndata: {source: csv, path: row.csv}\n" "objective: val_accuracy\nbudget: {trials: none}\nstratgy: grid\n",
        (
            "study.yaml:2:8: model.py defines no function or class 'build_modle' - did you mean 'build_model'?",
            "study.yaml:3:1: 'data.target' is missing: it must be text of at least one character, a list of at least one value or a mapping",
            "study.yaml:3:27: the data's file row.csv does not exist - did you mean 'rows.csv'?",
            "study.yaml:5:18: budget.trials must be a whole number of at least 1, but is 'none'",
            "study.yaml:6:1: unknown key 'stratgy' - did you mean 'strategy'?",
        ),
    ),
)
