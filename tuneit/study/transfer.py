"""The pretrained base of a `tuneit:transfer` model."""

from __future__ import annotations

from pydantic import Field, model_validator

from tuneit.study.part import FilePath, Part, RuleError


class TransferSpec(Part):
    """A base that was trained before: a model file, or a network of `keras.applications`."""

    base: FilePath = Field(
        description="A .keras file, relative to the study file, which is cut at its last hidden "
        "layer; or the name of a model of keras.applications, such as MobileNetV2."
    )
    weights: FilePath | None = Field(
        default=None,
        description="Of keras.applications: imagenet (the default; downloaded once), none, or a "
        "weights file of the model without its top, relative to the study file.",
    )

    @property
    def is_file(self) -> bool:
        """Whether the base is a model file rather than a network of keras.applications."""
        return self.base.endswith(".keras")

    @model_validator(mode="after")
    def _names_a_base(self) -> TransferSpec:
        if not self.is_file and not self.base.isidentifier():
            said = (
                f"a base is a .keras file or the name of a model of keras.applications, such as "
                f"MobileNetV2, but not '{self.base}'"
            )
            raise RuleError([(("base",), said)])
        if self.is_file and self.weights is not None:
            said = f"{self.base} has its own weights: remove `weights`"
            raise RuleError([(("weights",), said)])
        return self
