from __future__ import annotations

import textwrap

import numpy as np
import pytest
from data_builders import blobs, load
from PIL import Image

from tuneit.errors import DataError

# ---------------------------------------------------------------------------- sklearn


@pytest.mark.parametrize(
    ("name", "task", "shape"),
    [
        ("digits", "classification", (64,)),
        ("load_iris", "classification", (4,)),
        ("wine", "classification", (13,)),
        ("breast_cancer", "classification", (30,)),
        ("diabetes", "regression", (10,)),
        ("linnerud", "regression", (3,)),
        ("make_moons", "classification", (2,)),
        ("make_friedman1", "regression", (10,)),
    ],
)
def test_scikit_learns_sets(tmp_path, name, task, shape):
    data = load(tmp_path, source="sklearn", name=name)
    assert (data.task, data.input_shape) == (task, shape)
    assert len(data.feature_names) in (0, shape[0])


def test_generators_take_arguments_and_the_studys_seed(tmp_path):
    spec = {"source": "sklearn", "name": "make_moons", "arguments": {"n_samples": 50, "noise": 0.1}}
    one, again, other = (load(tmp_path, seed=s, **spec).fingerprint() for s in (0, 0, 1))
    assert one == again != other


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("digit", {}, "did you mean 'digits'"),
        ("fetch_openml", {}, "download it once"),
        ("make_biclusters", {}, "no set"),
        ("make_moons", {"nois": 1}, "did you mean 'noise'"),
        ("make_moons", {"noise": "x"}, "refuses its arguments"),
        ("iris", {"return_X_y": True}, "takes no argument"),
    ],
)
def test_scikit_learns_refusals(tmp_path, name, arguments, words):
    with pytest.raises(DataError) as caught:
        load(tmp_path, source="sklearn", name=name, arguments=arguments)
    assert words in str(caught.value)


def test_a_download_that_fails(tmp_path, monkeypatch):
    from sklearn import datasets

    def fetch_covtype(*, n_retries=3):
        raise OSError("no network")

    monkeypatch.setattr(datasets, "fetch_covtype", fetch_covtype)
    with pytest.raises(DataError, match=r"downloaded once.*no network"):
        load(tmp_path, source="sklearn", name="covtype")


# ---------------------------------------------------------------------------- npz


def test_npz_whole_and_split(tmp_path):
    x, y = blobs(60)
    np.savez(tmp_path / "whole.npz", x=x, y=y)
    np.savez(tmp_path / "split.npz", X_train=x, y_train=y, x_val=x[:9], y_val=y[:9])
    np.savez(tmp_path / "named.npz", pixels=x, digit=y)
    assert len(load(tmp_path, source="npz", path="whole.npz").train) == 36
    split = load(tmp_path, source="npz", path="split.npz")
    assert [len(s) for s in split.splits.values()] == [48, 9, 12]
    assert load(tmp_path, source="npz", path="named.npz", x="pixels", y="digit").input_shape == (4,)


def test_npz_weights(tmp_path):
    x, y = blobs(60)
    x[:, 0] = w = np.arange(60) + 1
    np.savez(tmp_path / "whole.npz", x=x, y=y, w=w)
    np.savez(tmp_path / "split.npz", X_train=x, y_train=y, W_train=w, x_test=x, y_test=y)
    for path in ("whole.npz", "split.npz"):
        data = load(tmp_path, source="npz", path=path, sample_weight="w")
        np.testing.assert_array_equal(data.train.weight, data.train.x[:, 0])
        np.testing.assert_array_equal(data.validation.weight, data.validation.x[:, 0])
    assert data.test.weight is None
    assert load(tmp_path, source="npz", path="whole.npz").train.weight is None
    np.savez(tmp_path / "bare.npz", x_train=x, y_train=y, w=w)
    for path, name, words in (
        ("whole.npz", "v", "no 'v' (the weights of the training rows): it holds x, y, w"),
        ("bare.npz", "w", "no 'w_train' (the weights of the training rows)"),
    ):
        with pytest.raises(DataError) as caught:
            load(tmp_path, source="npz", path=path, sample_weight=name)
        assert words in str(caught.value)


def test_npz_refusals(tmp_path):
    x, y = blobs(30)
    np.savez(tmp_path / "keys.npz", data=x, y=y)
    np.savez(tmp_path / "half.npz", x_train=x, y_train=y, x_test=x)
    np.savez(tmp_path / "objects.npz", x=np.array([{}, []], dtype=object), y=y)
    np.save(tmp_path / "single.npy", x)
    (tmp_path / "broken.npz").write_bytes((tmp_path / "keys.npz").read_bytes()[:200])
    (tmp_path / "empty.npz").write_bytes(b"")
    for path, words in {
        "keys.npz": "it holds data, y",
        "half.npz": "no 'y_test'",
        "objects.npz": "run code",
        "single.npy": "np.savez",
        "broken.npz": "not a readable npz",
        "empty.npz": "not a readable npz",
        "key.npz": "did you mean 'keys.npz'",
    }.items():
        with pytest.raises(DataError) as caught:
            load(tmp_path, source="npz", path=path)
        assert words in str(caught.value)


def test_an_npz_array_that_memory_cannot_hold_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr("tuneit.training.machine.free_host_memory", lambda: 50_000)
    x, y = blobs(30)
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros((10_000, 100)), y=y)
    with pytest.raises(DataError, match=r"'x' of bomb\.npz unpacks to 0\.0 GiB, but"):
        load(tmp_path, source="npz", path="bomb.npz")
    np.savez_compressed(tmp_path / "beside.npz", x=x, y=y, other=np.zeros((10_000, 100)))
    assert load(tmp_path, source="npz", path="beside.npz").input_shape == (4,)


@pytest.mark.parametrize("size", [(10_000_000, 10_000_000), (1, 10**18)])
def test_images_that_memory_cannot_hold_are_refused_unread(tmp_path, size):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (2, 2)).save(tmp_path / name / "1.png")
    with pytest.raises(DataError, match=r"2 images of .* pixels take .* choose a smaller `size`"):
        load(tmp_path, source="images", path=".", size=size)


# ---------------------------------------------------------------------------- images


def an_image(path, colour, mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (10, 6), colour).save(path)


def test_images_by_class_folder(tmp_path):
    for i in range(10):
        an_image(tmp_path / "pets" / "cat" / f"{i}.png", (255, 0, 0))
        an_image(tmp_path / "pets" / "dog" / f"{i}.jpg", (0, 0, 255))
    (tmp_path / "pets" / "dog" / "notes.txt").write_text("no image")
    data = load(tmp_path, source="images", path="pets", size=[8, 12])
    assert data.class_names == ("cat", "dog")
    assert data.input_shape == (8, 12, 3)
    assert any("1 files" in note for note in data.notes)
    assert not any("inferred" in note for note in data.notes)  # the folders say it
    cats = data.train.x[data.train.y == 0]
    assert cats.dtype == np.float32
    np.testing.assert_allclose(cats[:, :, :, 0], 1.0)
    np.testing.assert_allclose(cats[:, :, :, 2], 0.0)
    grey = load(tmp_path, source="images", path="pets", size=[8, 12], grayscale=True)
    assert grey.input_shape == (8, 12, 1)


def test_image_splits_are_respected_and_sixteen_bits_kept(tmp_path):
    for split, n in {"train": 6, "val": 2, "test": 3}.items():
        for i in range(n):
            an_image(tmp_path / split / "a" / f"{i}.png", 32768, "I;16")
            an_image(tmp_path / split / "b" / f"{i}.png", 0, "L")
    data = load(tmp_path, source="images", path=".", size=[4, 4], grayscale=True)
    assert [len(s) for s in data.splits.values()] == [12, 4, 6]
    np.testing.assert_allclose(data.test.x[data.test.y == 0], 0.5, atol=0.01)


def test_images_that_a_table_lists(tmp_path):
    lines = ["photo,kind,age"]
    for i in range(12):
        an_image(tmp_path / "photos" / f"{i % 2}" / f"{i}.png", 255 * (i % 2), "L")
        lines.append(f"{i % 2}/{i}.png,{('cat', 'dog')[i % 2]},{i / 8}")
    (tmp_path / "photos.csv").write_text("\n".join(lines))
    (tmp_path / "bad.csv").write_text("photo,kind\n0/0.png,cat\n0/none.png,dog\n")
    spec = {"source": "images", "path": "photos", "size": [4, 4], "grayscale": True}
    listed = spec | {"labels": "photos.csv", "file": "photo"}
    data = load(tmp_path, **listed, target="kind")
    assert (data.task, data.class_names) == ("classification", ("cat", "dog"))
    np.testing.assert_allclose(data.train.x.mean(axis=(1, 2, 3)), data.train.y)
    aged = load(tmp_path, **listed, target="age")
    assert aged.task == "regression"
    refused = (
        (listed | {"target": "sort"}, "has no column 'sort', which `target` names; it has photo"),
        (listed | {"labels": "photo.csv"}, "no file .* - did you mean 'photos.csv'"),
        (listed | {"labels": "bad.csv", "target": "kind"}, "row 2 of bad.csv names 0/none.png"),
    )
    for given, said in refused:
        with pytest.raises(DataError, match=said):
            load(tmp_path, **given)
    with pytest.raises(ValueError, match="target is a column of `labels`"):
        load(tmp_path, **spec, target="kind")


def test_image_refusals(tmp_path):
    for i in range(5):
        an_image(tmp_path / "ok" / "a" / f"{i}.png", 0, "L")
        an_image(tmp_path / "ok" / "b" / f"{i}.png", 0, "L")
    with pytest.raises(DataError, match="did you mean 'ok'"):
        load(tmp_path, source="images", path="okk")
    with pytest.raises(DataError, match="at least two"):
        load(tmp_path, source="images", path="ok/a")
    broken = tmp_path / "ok" / "b" / "9.png"
    broken.write_bytes(b"\x89PNG no more")
    with pytest.raises(DataError, match=r"9\.png cannot be read"):
        load(tmp_path, source="images", path="ok")
    broken.unlink()
    (tmp_path / "ok" / "c").mkdir()
    with pytest.raises(DataError, match="holds no image"):
        load(tmp_path, source="images", path="ok")
    an_image(tmp_path / "s" / "train" / "a" / "1.png", 0, "L")
    an_image(tmp_path / "s" / "train" / "b" / "1.png", 0, "L")
    an_image(tmp_path / "s" / "test" / "A" / "1.png", 0, "L")
    with pytest.raises(DataError, match="which the training images lack"):
        load(tmp_path, source="images", path="s")
    an_image(tmp_path / "s" / "tests" / "a" / "1.png", 0, "L")
    with pytest.raises(DataError, match="did you mean 'test'"):
        load(tmp_path, source="images", path="s")


# ---------------------------------------------------------------------------- python

LOADERS = """
    import numpy as np
    from helper import N

    def arrays(n=N):
        print("loading")
        return np.arange(2 * n).reshape(n, 2), np.arange(n) % 2

    def keras_like():
        return arrays(40), arrays(10)

    def three():
        return arrays(40), arrays(10), arrays(6)

    def named():
        x, y = arrays(40)
        return {"x_train": x, "y_train": y, "x_test": x[:8], "y_test": y[:8]}

    def weighted():
        x, y = arrays(40)
        return {"x": x, "y": y, "sample_weight": x[:, 0] + 1}

    def weighted_triple():
        x, y = arrays(40)
        return x, y, x[:, 0] + 1

    def weighted_triples():
        return weighted_triple(), arrays(8)

    def weighted_splits():
        x, y = arrays(40)
        whole = {"x_train": x, "y_train": y, "x_test": x, "y_test": y}
        return {**whole, "sample_weight_train": x[:, 0] + 1, "sample_weight_test": None}

    def weighted_dataset():
        from tuneit.data.load import dataset_from_arrays
        x, y = arrays(50)
        weights = {"sample_weight": x[:, 0] + 1, "class_weight": {1: 3}}
        return dataset_from_arrays(x, y, **weights)

    def weights_misnamed():
        return {**weighted_splits(), "sample_weight_train": None, "sample_weight": 1}

    def weights_misspelt():
        x, y = arrays(40)
        return {"x": x, "y": y, "sample_weights": y}

    def no_weights():
        x, y = arrays(40)
        return {"x": x, "y": y, "sample_weight": None}

    def four():
        return 1, 2, 3, 4

    def broken():
        return 1 / 0

    def a_dataset():
        from tuneit.data.load import dataset_from_arrays
        return dataset_from_arrays(*arrays(50), name="mine")

    VALUE = 3
"""


@pytest.fixture
def loaders(tmp_path):
    (tmp_path / "loaders.py").write_text(textwrap.dedent(LOADERS))
    (tmp_path / "helper.py").write_text("N = 50\n")
    (tmp_path / "syntax.py").write_text("def load(:\n")
    return tmp_path


@pytest.mark.parametrize(
    ("function", "rows"),
    [
        ("arrays", [30, 10, 10]),
        ("keras_like", [32, 8, 10]),
        ("three", [40, 10, 6]),
        ("named", [32, 8, 8]),
        ("a_dataset", [30, 10, 10]),
    ],
)
def test_what_a_function_may_return(loaders, capsys, function, rows):
    data = load(loaders, source="python", function=f"loaders.py:{function}")
    assert [len(s) for s in data.splits.values()] == rows
    assert data.input_shape == (2,)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "function",
    ["weighted", "weighted_triple", "weighted_triples", "weighted_splits", "weighted_dataset"],
)
def test_functions_may_return_weights(loaders, function):
    data = load(loaders, source="python", function=f"loaders.py:{function}")
    np.testing.assert_array_equal(data.train.weight, data.train.x[:, 0] + 1)
    assert data.class_weight == ((1.0, 3.0) if function == "weighted_dataset" else None)


def test_the_studys_class_weights_overrule_a_datasets_own(loaders):
    spec = {"source": "python", "function": "loaders.py:weighted_dataset"}
    assert load(loaders, class_weight={"0": 2}, **spec).class_weight == (2.0, 1.0)
    no_weights = load(loaders, source="python", function="loaders.py:no_weights")
    assert no_weights.train.weight is None


def test_functions_take_arguments(loaders):
    data = load(loaders, source="python", function="loaders.py:arrays", arguments={"n": 20})
    assert len(data.train) == 12


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("loaders.py:array", "did you mean 'arrays'"),
        ("loader.py:arrays", "did you mean 'loaders.py'"),
        ("loaders.py", "is named file.py:load"),
        ("loaders.py:VALUE", "must be a function"),
        ("loaders.py:four", "returned tuple of 4"),
        ("loaders.py:weights_misnamed", "no 'sample_weight_train' (the weights of the training"),
        ("loaders.py:weights_misspelt", "did you mean 'sample_weights'?"),
        ("loaders.py:broken", "ZeroDivisionError: division by zero"),
        ("loaders.py:broken", "loaders.py:56"),
        ("syntax.py:load", "SyntaxError"),
        ("no_such_package.module:load", "ModuleNotFoundError"),
    ],
)
def test_function_refusals(loaders, function, words):
    with pytest.raises(DataError) as caught:
        load(loaders, source="python", function=function)
    assert words in str(caught.value)


def test_wrong_arguments_are_blamed_on_the_call(loaders):
    with pytest.raises(DataError, match="unexpected keyword argument 'm'"):
        load(loaders, source="python", function="loaders.py:arrays", arguments={"m": 1})


# ---------------------------------------------------------------------------- keras


def test_keras_sets_go_through_the_training_package(tmp_path, monkeypatch):
    from tuneit.training import keras_datasets

    x, y = blobs(60)

    def pretend(name, arguments):
        return keras_datasets.KerasDataset((x, y[:, None]), (x[:12], y[:12, None]), ("a", "b", "c"))

    monkeypatch.setattr(keras_datasets, "load_keras_dataset", pretend)
    data = load(tmp_path, source="keras", name="mnist")
    assert [len(s) for s in data.splits.values()] == [48, 12, 12]
    assert data.class_names == ("a", "b", "c")
    assert data.train.y.shape == (48, 1)


def test_unknown_keras_sets_are_refused_before_keras_is_imported(tmp_path):
    with pytest.raises(DataError, match="did you mean 'mnist'"):
        load(tmp_path, source="keras", name="mnits")
