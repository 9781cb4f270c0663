from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from data_builders import a_csv, load, rows_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tuneit.errors import DataError


def read(folder: Path, text: str, **spec):
    a_csv(folder, text)
    return load(folder, **({"source": "csv", "path": "table.csv", "target": "y"} | spec))


def test_text_columns_become_one_hot_features(tmp_path):
    data = read(tmp_path, rows_of(30))
    assert data.name == "table"
    assert data.feature_names == ("a", "b=p", "b=q", "b=r")
    assert data.task == "classification"
    np.testing.assert_array_equal(data.train.x[:, 1:].sum(axis=1), 1)


def test_columns_are_dropped(tmp_path):
    assert read(tmp_path, rows_of(30), drop=["b"]).feature_names == ("a",)


def test_other_delimiters_and_a_byte_order_mark(tmp_path):
    text = "\ufeff" + rows_of(30).replace(",", ";")
    assert read(tmp_path, text, delimiter=";").feature_names[0] == "a"


def test_booleans_are_numbers(tmp_path):
    data = read(tmp_path, rows_of(30).replace(",p,", ",true,").replace(",q,", ",false,"), drop=[])
    assert "b=r" in data.feature_names  # a mix of texts stays text
    plain = rows_of(30)
    for letter, value in zip("pqr", ("true", "false", "true"), strict=True):
        plain = plain.replace(f",{letter},", f",{value},")
    assert read(tmp_path, plain).feature_names == ("a", "b")


def test_identifiers_and_row_counters_are_left_out(tmp_path):
    text = "\n".join([",name,a,y", *(f"{i},n{i},{i * i % 7},{i % 2}" for i in range(30))])
    data = read(tmp_path, text)
    assert data.feature_names == ("a",)
    assert any("'name' is left out" in note for note in data.notes)
    assert any("numbers the rows" in note for note in data.notes)


def with_gaps(n: int = 40) -> str:
    rows = [
        f"{'' if i % 10 == 0 else i},{'' if i % 8 == 0 else 'pq'[i % 2]},{i % 2}" for i in range(n)
    ]
    return "\n".join(["a,b,y", *rows])


def test_missing_values_are_refused_with_columns_and_counts(tmp_path):
    with pytest.raises(DataError, match=r"'a' \(4\), 'b' \(5\) of 40 rows.*missing"):
        read(tmp_path, with_gaps())


@pytest.mark.parametrize("missing", ["mean", "median", "most_frequent"])
def test_missing_values_are_imputed(tmp_path, missing):
    data = read(tmp_path, with_gaps(), missing=missing)
    assert all(np.isfinite(split.x).all() for split in data.splits.values())
    assert any("9 missing values are imputed" in note for note in data.notes)


def test_means_are_those_of_the_training_rows(tmp_path):
    data = read(tmp_path, with_gaps(), missing="mean", drop=["b"])
    whole = {float(i) for i in range(40)}
    a = data.train.x[:, 0]
    known = np.array([v in whole for v in a.tolist()])
    filled = np.concatenate([s.x[:, 0] for s in data.splits.values()])
    expected = a[known].mean()
    others = [v for v in filled.tolist() if v not in whole]
    # 19.5 and the like could be whole; then the sum still tells.
    assert all(v == pytest.approx(expected, rel=1e-6) for v in others)
    assert len(others) == 4 or expected in whole


def test_rows_with_missing_values_are_dropped(tmp_path):
    data = read(tmp_path, with_gaps() + "\n3,p,\n", missing="drop")
    assert sum(len(s) for s in data.splits.values()) == 32
    assert any("8 of 40 rows are dropped" in note for note in data.notes)
    assert any("1 row without a target" in note for note in data.notes)


def test_rows_without_a_target_are_told_or_left_out(tmp_path):
    rows = with_gaps() + "\n3,p,\n"
    data = read(tmp_path, rows, missing="mean")
    assert sum(len(s) for s in data.splits.values()) == 40
    with pytest.raises(DataError, match="'y' is missing in 1 of 41 rows, the first is data row 41"):
        read(tmp_path, rows)


def test_a_column_of_sentences_can_be_an_input(tmp_path):
    rows = [f"N{i},it is house {i},{i},{i % 2}" for i in range(40)]
    notes = read(tmp_path, "\n".join(["id,note,a,y", *rows])).notes
    assert [note.split("'")[1] for note in notes if "as an input of its own" in note] == ["note"]


def test_dates_get_a_sentence(tmp_path):
    rows = [f"{1 + i % 3}.12.2026,2026-01-{1 + i % 9:02},a.b.c,{i % 2}" for i in range(40)]
    notes = read(tmp_path, "\n".join(["de,iso,no,y", *rows])).notes
    assert [note.split("'")[1] for note in notes if "holds dates" in note] == ["de", "iso"]


def weighted(n: int = 40) -> str:
    """Rows whose weight is 1 + their feature; some cells are empty, as are some targets."""
    rows = [f"{'' if i % 10 == 9 else i},{i + 1},{'' if i % 8 == 7 else i % 2}" for i in range(n)]
    return "\n".join(["a,w,y", *rows])


@pytest.mark.parametrize("more", [{}, {"folds": 3}, {"order": "time"}])
def test_a_weight_column_is_no_feature_and_stays_with_its_rows(tmp_path, more):
    data = read(tmp_path, weighted(), sample_weight="w", missing="drop", **more)
    assert data.feature_names == ("a",)
    assert sum(len(s) for s in data.splits.values()) == 32  # rows 9, 19, 29, 39 and 7, 15, 23, 31
    for split in data.of_execution(1).splits.values():
        np.testing.assert_array_equal(split.weight, split.x[:, 0] + 1)


def test_weights_of_dropped_rows_may_be_missing(tmp_path):
    text = weighted().replace("\n,10,", "\n,,")
    data = read(tmp_path, text, sample_weight="w", missing="drop")
    assert np.isfinite(data.train.weight).all()


def test_classes_are_weighted_by_name(tmp_path):
    text = rows_of(30, line="{i},{c},t{y}")
    assert read(tmp_path, text, class_weight={"t1": 3}).class_weight == (1.0, 3.0)
    assert read(tmp_path, text, class_weight="balanced").class_weight == (1.0, 1.0)
    assert read(tmp_path, rows_of(30), class_weight={"0": 0.5}).class_weight == (0.5, 1.0)


@pytest.mark.parametrize(
    ("text", "spec", "words"),
    [
        (rows_of(30), {"target": "Y"}, "no target column 'Y'"),
        (rows_of(30, header="alpha,beta,gamma"), {"target": "gama"}, "did you mean 'gamma'?"),
        (rows_of(30, header="1,2,3"), {}, "looks like data"),
        (rows_of(30), {"drop": ["bb"]}, "'bb'"),
        (rows_of(30), {"drop": ["y"]}, "cannot be dropped"),
        (rows_of(30), {"drop": ["a", "b"]}, "no feature column is left"),
        (
            rows_of(30),
            {"sample_weight": "aa"},
            "'sample_weight' names the column 'aa', which table.csv does not have - did you mean",
        ),
        (rows_of(30), {"sample_weight": "y"}, "the target 'y' cannot be the weights as well"),
        (
            rows_of(30),
            {"sample_weight": "a", "groups": "a"},
            "the groups 'a' cannot be the weights",
        ),
        (rows_of(30), {"sample_weight": "b"}, "weights must be numbers, but those of the train"),
        (
            weighted().replace("\n0,1,", "\n0,,"),
            {"sample_weight": "w", "missing": "drop"},
            "1 of 32 of the train split are not, such as nan",
        ),
        (
            rows_of(30),
            {"class_weight": {"2": 1}},
            "class '2', which the data lack; they have 0 or 1",
        ),
        (rows_of(30), {"class_weight": "balanced", "target": "a"}, "but this is regression"),
        (rows_of(30).replace(",", ";"), {}, "did you mean delimiter ';'?"),
        (rows_of(30).replace(",", "\t"), {}, "(tab)"),
        (rows_of(30), {"delimiter": ";"}, "did you mean delimiter ','?"),
        (rows_of(30), {"delimiter": '"'}, "one character"),
        ("", {}, "empty"),
        ("a,b,y\n", {}, "no rows"),
        (rows_of(30) + "1,2,3,4\n", {}, "every row must have as many values"),
        ("a,b,y\n" + "1,2,3,4\n" * 30, {}, "every row must have as many values"),
        (rows_of(30).replace("\n7,", "\n?,"), {}, "'?' in data row 8"),
        (rows_of(30, "1;{i},5;{y}", "a;b;y").replace("1;", "x;"), {"delimiter": ";"}, "comma"),
        (rows_of(30) + "1,p,\n", {}, "missing in 1 of 31 rows"),
        (rows_of(30, line="{i},{c},k"), {}, "at least two classes"),
    ],
)
def test_bad_tables_have_their_own_sentence(tmp_path, text, spec, words):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text, **spec)
    assert words in str(caught.value)


def test_too_many_categories_are_refused(tmp_path):
    text = "\n".join(["a,b,y", *(f"{i},w{i % 1500},{i % 2}" for i in range(3000))])
    with pytest.raises(DataError, match="1500"):
        read(tmp_path, text)


def test_files_that_are_not_there_or_no_text(tmp_path):
    a_csv(tmp_path, "x", "wine.csv")
    with pytest.raises(DataError, match=r"did you mean 'wine\.csv'"):
        load(tmp_path, source="csv", path="wines.csv", target="y")
    with pytest.raises(DataError, match="is a folder"):
        load(tmp_path, source="csv", path=".", target="y")
    (tmp_path / "latin.csv").write_bytes("a,y\ncaf\xe9,1\n".encode("latin-1"))
    np.savez(tmp_path / "arrays.npz", x=np.zeros(3))
    for path in ("latin.csv", "arrays.npz"):
        with pytest.raises(DataError, match="UTF-8"):
            load(tmp_path, source="csv", path=path, target="y")


cells = st.one_of(
    st.sampled_from(
        ["", "nan", "1", "2", "x", "1e999", "-0", "true", '"', "a\nb", "\x00", "?", "é"]
    ),
    st.text(max_size=4),
)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12).map(
    lambda rows: "\n".join(["a,b,y", *(",".join(row) for row in rows)]).encode("utf-8", "replace")
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.one_of(tables, st.binary(max_size=200)),
    missing=st.sampled_from(["refuse", "drop", "mean", "most_frequent"]),
)
@example(content=b"a,b,y\n" + b"1,2,0\n1,3,1\n" * 9, missing="refuse")
@example(content=b"\xff\xfe\x00\x00", missing="drop")
def test_whatever_the_bytes_only_a_data_error(content, missing):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "table.csv").write_bytes(content)
        with contextlib.suppress(DataError):
            load(Path(folder), source="csv", path="table.csv", target="y", missing=missing)
