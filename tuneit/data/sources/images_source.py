"""A folder of images: a sub-folder for each class, or a table that lists them."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.memory import require_memory
from tuneit.data.raw import SPLIT_ALIASES, RawData, RawSplit, SplitName
from tuneit.data.sources.csv_source import read_table
from tuneit.errors import DataError, did_you_mean
from tuneit.errors.wording import listing
from tuneit.study import ImagesData

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp")


def read(spec: ImagesData, root: Path, seed: int) -> RawData:
    """Read every image, resized (bilinear) to `size` = (height, width), values in [0, 1].

    x is float32 of shape (rows, height, width, 3), or 1 channel for `grayscale`. Sub-folders
    `train`, `validation` (or `val`, `valid`) and `test` are splits; without `train` every
    sub-folder is a class. With `labels`, that table lists the images.
    """
    folder = root / spec.path
    if not folder.is_dir():
        near = [p.name for p in folder.parent.glob("*")] if folder.parent.is_dir() else []
        raise DataError(
            f"there is no folder {folder}{did_you_mean(folder.name, near)}", at=("data", "path")
        )
    if spec.labels is not None:
        return _listed(spec, folder, root / spec.labels)
    folders = _split_folders(folder)
    classes = _class_names(folders["train"])
    skipped = 0
    splits: dict[SplitName, RawSplit] = {}
    for name, place in folders.items():
        files, labels, others = _list_images(place, classes)
        splits[name] = RawSplit(read_pictures(files, spec), labels)
        skipped += others
    notes = (f"{skipped} files that are no images are left out",) if skipped else ()
    return RawData(
        name=folder.resolve().name,
        class_names=classes,
        notes=notes,
        splits=splits,
        task="classification",
    )


def _listed(spec: ImagesData, folder: Path, table: Path) -> RawData:
    """The images that a table lists, in its order, with their targets."""
    rows, files = listed_files(spec, folder, table)
    pictures = read_pictures(files, spec)
    return RawData(name=table.stem, splits={"train": RawSplit(pictures, rows[spec.target])})


def listed_files(
    spec: ImagesData, folder: Path, table: Path, *, with_targets: bool = True
) -> tuple[pd.DataFrame, list[Path]]:
    """A table that lists images, and the file of each row.

    Raises DataError where it lacks a column, or a file does not exist.
    """
    if not table.is_file():
        near = [p.name for p in table.parent.glob("*")] if table.parent.is_dir() else []
        raise DataError(
            f"there is no file {table}{did_you_mean(table.name, near)}", at=("data", "labels")
        )
    rows = read_table(table, ",", fewest_columns=2 if with_targets else 1)
    for key in ("file", "target") if with_targets else ("file",):
        column = getattr(spec, key)
        if column not in rows.columns:
            names = [str(name) for name in rows.columns]
            raise DataError(
                f"{table.name} has no column '{column}', which `{key}` names; it has "
                f"{listing(names[:12])}{did_you_mean(column, names)}",
                at=("data", key),
            )
    files = [folder / str(name) for name in rows[spec.file]]
    for index, file in enumerate(files):
        if not file.is_file():
            raise DataError(
                f"row {index + 1} of {table.name} names {rows[spec.file].iloc[index]}, but there "
                f"is no file {file}",
                at=("data", "labels"),
            )
    return rows, files


def _folders(place: Path) -> list[Path]:
    return sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def _split_folders(folder: Path) -> dict[SplitName, Path]:
    named = {SPLIT_ALIASES.get(p.name.lower()): p for p in _folders(folder)}
    if "train" not in named:
        return {"train": folder}
    strangers = [p.name for p in _folders(folder) if p.name.lower() not in SPLIT_ALIASES]
    if strangers:
        raise DataError(
            f"beside train/ there may only be validation/ and test/, but {folder} has also "
            f"'{strangers[0]}'{did_you_mean(strangers[0], SPLIT_ALIASES)}"
        )
    return {name: place for name, place in named.items() if name is not None}


def _class_names(place: Path) -> tuple[str, ...]:
    names = tuple(p.name for p in _folders(place))
    if len(names) < 2:
        raise DataError(
            f"{place} must hold a folder of images for each class, at least two, but holds "
            f"{len(names)}"
        )
    return names


def _list_images(place: Path, classes: tuple[str, ...]) -> tuple[list[Path], Array, int]:
    """Return image files in a fixed order, their class indices, and the count of other files."""
    files: list[Path] = []
    labels: list[int] = []
    others = 0
    for folder in _folders(place):
        if folder.name not in classes:
            raise DataError(
                f"{place} has the class '{folder.name}', which the training images lack"
                f"{did_you_mean(folder.name, classes)}"
            )
        inside = _files(folder)
        images = _images(inside)
        if not images:
            raise DataError(f"the class folder {folder} holds no image ({', '.join(SUFFIXES)})")
        files += images
        labels += [classes.index(folder.name)] * len(images)
        others += len(inside) - len(images)
    if not files:
        raise DataError(f"{place} holds no class folders")
    return files, np.array(labels, dtype=np.int64), others


def _files(folder: Path) -> list[Path]:
    found = (p for p in folder.rglob("*") if p.is_file())
    return sorted(p for p in found if not p.name.startswith((".", "Thumbs")))


def _images(files: list[Path]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def pictures_in(place: Path) -> list[Path]:
    """The picture files of a folder and its sub-folders, in a fixed order; a file is itself.

    Raises DataError where there is none.
    """
    if place.is_file():
        return [place]
    found = _images(_files(place))
    if not found:
        raise DataError(f"{place} holds no image ({', '.join(SUFFIXES)})")
    return found


def labelled_pictures(place: Path, classes: tuple[str, ...]) -> tuple[list[Path], list[str]]:
    """The picture files of a folder with a sub-folder for each class, and the class of each.

    Raises DataError for sub-folders that are no class.
    """
    if not place.is_dir():
        raise DataError(
            f"{place} is no folder: to evaluate, give a folder with a sub-folder of pictures for "
            "each class"
        )
    files, labels, _ = _list_images(place, classes)
    return files, [classes[label] for label in labels]


def read_pictures(files: list[Path], spec: ImagesData) -> Array:
    """Read pictures as `read` does, float32 of shape (files, height, width, channels)."""
    height, width = spec.size
    shape = (len(files), height, width, 1 if spec.grayscale else 3)
    require_memory(
        4 * math.prod(shape),
        f"{len(files)} images of {height} x {width} pixels take",
        "choose a smaller `size`",
    )
    pictures = np.empty(shape, dtype=np.float32)
    for index, file in enumerate(files):
        pictures[index] = _read_one(file, spec)
    return pictures


def _read_one(file: Path, spec: ImagesData) -> Array:
    from PIL import Image, ImageOps

    height, width = spec.size
    try:
        with warnings.catch_warnings():
            # Damaged metadata, palettes with transparency: the pixels decide, not the warning.
            warnings.simplefilter("ignore")
            with Image.open(file) as image:
                upright = ImageOps.exif_transpose(image)
                plain = _eight_bit(upright).convert("L" if spec.grayscale else "RGB")
                small = plain.resize((width, height), Image.Resampling.BILINEAR)
    except Exception as error:
        # Pillow's decoders raise whatever a damaged file leads them to.
        raise DataError(
            f"the image {file} cannot be read ({type(error).__name__}): mend or remove it"
        ) from None
    pixels = np.asarray(small, dtype=np.float32) / 255
    return pixels[:, :, None] if spec.grayscale else pixels


def _eight_bit(image: Image.Image) -> Image.Image:
    """Map 16-bit grey values to 8 bits; Pillow's own conversion would clip them to white."""
    if not image.mode.startswith("I"):
        return image
    from PIL import Image as Pillow

    values: Any = np.asarray(image, dtype=np.float64)
    return Pillow.fromarray((np.clip(values, 0, 65535) / 257).round().astype(np.uint8))
