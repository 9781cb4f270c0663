"""Where a study trains, if not on this machine alone."""

from __future__ import annotations

from pydantic import Field, field_validator

from tuneit.study.part import Part


class ResourcesSpec(Part):
    """What each trial, or each cohort of trials, gets of a node."""

    cpus: float = Field(default=1, gt=0, description="CPU cores; TensorFlow uses as many threads.")
    gpus: float = Field(
        default=0, ge=0, description="GPUs; 0.25 lets four trials share one, which grows as needed."
    )

    def __str__(self) -> str:
        return f"{self.cpus:g} CPUs and {self.gpus:g} GPUs" if self.gpus else f"{self.cpus:g} CPUs"

    @field_validator("gpus")
    @classmethod
    def _is_a_share_or_whole(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError(f"Ray gives a share of one GPU or whole GPUs, not {value:g}")
        return value


class ClusterSpec(Part):
    """A Ray cluster that trains the trials."""

    address: str = Field(
        default="auto",
        description="auto: the running cluster, else one on this machine; or ray://host:10001.",
    )
    resources: ResourcesSpec = Field(
        default=ResourcesSpec(), description="What each trial gets of a node."
    )

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host, _, port = value.removeprefix("ray://").rpartition(":")
        if value == "auto" or (value.startswith("ray://") and host and port.isdigit()):
            return value
        raise ValueError(f"a cluster is `auto` or ray://host:port (often 10001), not '{value}'")
