"""README.md's pictures, drawn from the files that searches leave in reports/."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

COLOURS = ("#3a6ea5", "#b8570f", "#12715b", "#b3362b", "#5d6774", "#8a5a00")
STYLES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)))
INK, MUTED = "#1f2731", "#5d6774"


def draw(lesson: str, reports: Path, folder: Path) -> Path:
    """Draw a lesson's picture as `folder/LESSON.png`; return its path."""
    style = {
        "font.size": 9, "axes.titlesize": 9.5, "axes.titlelocation": "left",
        "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
        "axes.prop_cycle": mpl.cycler(color=COLOURS),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lesson}.png"
    with mpl.rc_context(style):
        panels = PICTURES[lesson](reports)
        figure = Figure(figsize=(3.9 * len(panels), 2.9), dpi=96, layout="constrained")
        for ax, panel in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            panel(ax)
        figure.savefig(path, metadata={"Software": None})
    return path


Panel = Callable[[Axes], None]


def trials(study: Path) -> pd.DataFrame:
    """The trials of a study, with hyperparameters by their own names."""
    table = pd.read_csv(study / "trials.csv", keep_default_na=False, na_values=[""])
    return table.rename(columns=lambda name: name.removeprefix("params."))


def by_rate(ax: Axes) -> None:
    """Give an axis of learning rates a logarithmic scale, with labels that do not overlap."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("learning rate")


def summary(study: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((study / "summary.json").read_text(encoding="utf-8"))
    return found


def curve(study: Path, number: int) -> pd.DataFrame:
    return pd.read_csv(study / "curves" / f"{number:04d}.csv")


def lines(
    ax: Axes, named: Mapping[str, pd.Series], title: str, across: str = "epoch", **drawn: Any
) -> None:
    """A line for each series."""
    for index, (name, series) in enumerate(named.items()):
        style = STYLES[index % len(STYLES)]
        ax.plot(series.index, series.to_numpy(), lw=1.6, ls=style, label=name, **drawn)
    ax.set_title(title)
    ax.set_xlabel(across)
    ax.legend(fontsize=8)


def dots(
    ax: Axes,
    rows: pd.DataFrame,
    names: Sequence[str],
    title: str,
    reference: tuple[float, str] | None = None,
) -> None:
    """A row for each trial: a dot for each execution, and a line at their mean."""
    scores = rows.filter(like="scores.")
    scores = rows[["score"]] if scores.empty else scores
    for place, (_, values) in enumerate(scores.iterrows()):
        found = values.dropna().to_numpy(dtype=float)
        ax.plot(found, [place] * len(found), "o", ms=4, alpha=0.7, color=COLOURS[0])
        if len(found) > 1:
            ax.plot(found.mean(), place, "|", ms=12, color=INK)
    if reference is not None:
        ax.axvline(reference[0], color=COLOURS[1], lw=1.2, ls="--", label=reference[1])
        ax.legend(fontsize=8)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_title(title)


def cereals(reports: Path) -> list[Panel]:
    def errors(ax: Axes) -> None:
        best = {n: summary(reports / n)["best_trial"] for n in ("cereals", "cereals_sugars")}
        found = {
            "always the same": best["cereals"]["trivial"]["score"],
            "sugars alone": best["cereals_sugars"]["score"],
            "sugars, fibre, protein": best["cereals"]["score"],
        }
        drawn = ax.barh(list(found), list(found.values()), color=COLOURS[0], height=0.5)
        ax.bar_label(drawn, fmt=" %.1f")
        ax.invert_yaxis()
        ax.set_title("Validation MAE in calories")

    return [errors]


def red_wine(reports: Path) -> list[Panel]:
    def epochs(ax: Axes) -> None:
        study = reports / "red_wine_epochs"
        found = {
            f"{row.epochs_asked} epochs at most": curve(study, row.number).set_index("epoch")[
                "val_loss"
            ]
            for row in trials(study).pipe(_asked).itertuples()
        }
        lines(ax, found, "val_loss, first seed")
        ax.axhline(0.0977, color=MUTED, lw=1, ls=":", label="the course: 0.0977")
        ax.set_xscale("log")
        ax.legend(fontsize=8)

    def parts(ax: Axes) -> None:
        rows = trials(reports / "red_wine").sort_values(
            ["layers", "units", "batch_normalisation", "dropout"]
        )
        names = [
            f"{row.layers} × {row.units}"
            f"{' bn' if row.batch_normalisation else ''}{' dropout' if row.dropout else ''}"
            for row in rows.itertuples()
        ]
        dots(ax, rows, names, "val_mae in grades of quality")
        ax.tick_params(axis="y", labelsize=6)

    return [epochs, parts]


def _asked(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(epochs_asked=table["epochs"].iloc[:, -1])


def learning_rate(reports: Path) -> list[Panel]:
    study = reports / "learning_rate"
    rows = trials(study)

    def of(chosen: pd.DataFrame, by: str) -> dict[str, pd.Series]:
        return {
            f"{row[by]:g}": curve(study, row["number"]).set_index("epoch")["val_loss"]
            for _, row in chosen.iterrows()
        }

    def rates(ax: Axes) -> None:
        lines(ax, of(rows[rows["batch_size"] == 32], "learning_rate"), "val_loss by learning rate")
        ax.set_yscale("log")
        ax.set_ylim(0.8, 1e4)  # 0.99 goes on to 1e15

    def batches(ax: Axes) -> None:
        lines(ax, of(rows[rows["learning_rate"] == 0.3], "batch_size"), "val_loss by batch size")
        ax.set_yscale("log")

    return [rates, batches]


def clinical_trial(reports: Path) -> list[Panel]:
    study = reports / "clinical_trial"
    rows = trials(study)

    def of(metric: str) -> dict[str, pd.Series]:
        return {
            f"{row['learning_rate']:g}": curve(study, row["number"]).set_index("epoch")[metric]
            for _, row in rows.iterrows()
        }

    def accuracy(ax: Axes) -> None:
        lines(ax, of("val_accuracy"), "val_accuracy")
        ax.axhline(0.95, color=MUTED, lw=1, ls=":")

    return [lambda ax: lines(ax, of("loss"), "loss by learning rate"), accuracy]


def mnist(reports: Path) -> list[Panel]:
    def dense(ax: Axes) -> None:
        rows = trials(reports / "mnist_dense")
        dots(ax, rows, [f"dropout {d:g}" for d in rows["dropout"]], "Dense layer: val_accuracy")

    def strategies(ax: Axes) -> None:
        found = {}
        for study in sorted(reports.glob("mnist_*")):
            if study.name == "mnist_dense" or not (study / "trials.csv").exists():
                continue
            rows = trials(study)
            best = rows["score"].cummax()
            found[study.name.removeprefix("mnist_")] = pd.Series(
                best.to_numpy(), rows["epochs"].cumsum()
            )
        lines(ax, found, "Convolutions: best val_accuracy so far", "epochs", drawstyle="steps-post")

    return [dense, strategies]


def blobs(reports: Path) -> list[Panel]:
    def networks(ax: Axes) -> None:
        rows = trials(reports / "blobs")
        names = [f"{row.layers} × {row.units}" for row in rows.itertuples()]
        dots(ax, rows, names, "val_accuracy by layers × units", (1 - 0.178, "best possible rule"))
        ax.set_xlim(0.75, 0.9)

    return [networks]


def rare_disease(reports: Path) -> list[Panel]:
    found = summary(reports / "rare_disease")["evaluation"]["cost_threshold"]["decisions"]

    def costs(ax: Axes) -> None:
        names = [one["name"].replace(" on validation rows", "") for one in found]
        drawn = ax.barh(names, [one["cost"] for one in found], color=COLOURS[0], height=0.5)
        ax.bar_label(drawn, fmt=" %.2f")
        ax.invert_yaxis()
        ax.set_title("Cost of a person, on test rows")

    def errors(ax: Axes) -> None:
        names = ["lowest cost", "own answer", "always healthy"]
        for place, one in enumerate(found):
            ax.barh(place, one["false_negatives"], color=COLOURS[3], height=0.35)
            ax.barh(place + 0.35, one["false_positives"], color=COLOURS[4], height=0.35)
        ax.set_yticks([0.2, 1.2, 2.2], names)
        ax.invert_yaxis()
        ax.set_title("Missed (red), false alarms (grey)")

    return [costs, errors]


def ingredients(reports: Path) -> list[Panel]:
    def panel(name: str, by: str, ax: Axes) -> None:
        rows = trials(reports / name).sort_values("score", ascending=False)
        dots(ax, rows, rows[by].astype(str).tolist(), f"{name}: val_accuracy")

    def best_rates(ax: Axes) -> None:
        rows = trials(reports / "optimizers").sort_values("score", ascending=False)
        rows = rows.drop_duplicates("optimizer")
        names = [f"{row.optimizer}, {row.learning_rate:g}" for row in rows.itertuples()]
        dots(ax, rows, names, "optimizers at their best rate")

    return [
        partial(panel, "activations", "activation"),
        best_rates,
        partial(panel, "regularisers", "regulariser"),
    ]


def cifar10(reports: Path) -> list[Panel]:
    def small(ax: Axes) -> None:
        log = curve(reports / "cifar10", 0).set_index("epoch")
        lines(ax, {n: log[n] for n in ("accuracy", "val_accuracy")}, "Two convolutions")

    def without(ax: Axes) -> None:
        rows = trials(reports / "cifar10_deep")
        dots(
            ax,
            rows,
            [_left_out(row) for _, row in rows.iterrows()],
            "Six convolutions: val_accuracy",
        )

    return [small, without]


def _left_out(row: pd.Series) -> str:
    off = [name for name in ("batch_normalisation", "dropout", "l2", "augment") if not row[name]]
    return " and ".join(f"no {name.replace('_', ' ')}" for name in off) or "the whole recipe"


def transfer(reports: Path) -> list[Panel]:
    def accuracy(ax: Axes) -> None:
        found = {}
        for kind, name in (("", "from the base"), ("_scratch", "from scratch")):
            by_rows = {
                rows: summary(reports / f"transfer{kind}_{rows}")["evaluation"]["accuracy"]
                for rows in (10, 30, 100)
            }
            found[name] = pd.Series(by_rows)
        lines(ax, found, "Accuracy on test rows", "pictures of each digit", marker="o")
        ax.set_xscale("log")
        ax.set_xticks([10, 30, 100], ["10", "30", "100"])
        ax.minorticks_off()

    return [accuracy]


def alexnet(reports: Path) -> list[Panel]:
    study = reports / "alexnet"

    def all_trials(ax: Axes) -> None:
        rows = trials(study)
        for normalised, marker in ((True, "o"), (False, "s")):
            part = rows[rows["batch_normalisation"] == normalised]
            name = "batch normalisation" if normalised else "none"
            ax.plot(part["learning_rate"], part["score"], marker, label=name)
        by_rate(ax)
        ax.set_title("val_accuracy of each trial")
        ax.legend(fontsize=8, loc="lower left")

    def best(ax: Axes) -> None:
        log = curve(study, summary(study)["best_trial"]["number"]).set_index("epoch")
        lines(ax, {n: log[n] for n in ("accuracy", "val_accuracy")}, "The best trial")

    return [all_trials, best]


PICTURES: dict[str, Callable[[Path], Iterable[Panel]]] = {
    one.__name__: one
    for one in (
        cereals, red_wine, learning_rate, clinical_trial, mnist, blobs, rare_disease, ingredients,
        cifar10, transfer, alexnet,
    )
}  # fmt: skip
"""What draws a lesson's panels."""
