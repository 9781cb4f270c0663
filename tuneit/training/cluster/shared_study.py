"""What all trials of a study share, as it travels to the nodes of a cluster."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path

from tuneit.data.dataset import Dataset
from tuneit.errors import BuilderError
from tuneit.space import SearchSpace
from tuneit.training.builders.location import BuilderLocation
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe


@dataclass(frozen=True)
class SharedStudy:
    """A recipe without its test split and its search space, which grows.

    Ray pickles it once into its object store; the actors of a node read its arrays from there
    without a copy, so they cannot be written to. `builder_text` is the text of the builder's file.
    `members` executions train together at most; 1 means one after another. With `only_if_faster`
    they train together only where that takes less time.
    """

    builder: BuilderLocation
    builder_text: str | None
    dataset: Dataset
    plan: TrainingPlan
    members: int = 1
    only_if_faster: bool = True

    @classmethod
    def of(cls, recipe: Recipe, members: int, only_if_faster: bool) -> SharedStudy:
        """Return what the trials of a recipe share.

        Raises BuilderError where only this process can reach the builder.
        """
        bare = recipe.without_test()
        location = BuilderLocation.of(bare.builder)
        file = _file_of(location, location.root)
        text = None if file is None else file.read_text(encoding="utf-8")
        return cls(location, text, bare.dataset, bare.plan, members, only_if_faster)

    def recipe(self, folder: Path, travelled: Path, space: SearchSpace) -> Recipe:
        """Load the builder on this node, and return the recipe; models go below `folder`.

        The builder is loaded from its own place where the same file stands there on this node,
        else from `travelled`, the folder with the Python files that came along.
        Raises BuilderError where it cannot be imported.
        """
        location = self._on_this_node(travelled)
        return Recipe(location.load(), space, self.dataset, self.plan, folder / "models")

    def _on_this_node(self, travelled: Path) -> BuilderLocation:
        location, root = self.builder, self.builder.root
        if root is None:
            return location
        file = _file_of(location, root)
        if root.is_dir() if file is None else _has(file, self.builder_text):
            return location
        copy = _file_of(location, travelled)
        if copy is not None and not copy.is_file():
            raise BuilderError(
                f"the builder's file {location.reference.rpartition(':')[0]} is not on the node "
                f"{socket.gethostname()}: keep it below the study's folder, or install the "
                "package that it belongs to on every node and name it as package.module:name"
            )
        return replace(location, root=travelled)


def _file_of(location: BuilderLocation, root: Path | None) -> Path | None:
    """The builder's file; None for a builder of an installed package or of a live object."""
    name = location.reference.rpartition(":")[0]
    return root / name if root is not None and name.endswith(".py") else None


def _has(file: Path, text: str | None) -> bool:
    try:
        return file.read_text(encoding="utf-8") == text
    except OSError:
        return False
