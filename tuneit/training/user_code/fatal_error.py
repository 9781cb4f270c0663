"""keras-tuner's FatalError, with which a user's code ends the search and not only the trial."""

from __future__ import annotations

from pathlib import Path

from tuneit.errors import FatalTrialError
from tuneit.training.keras_loader import load_keras
from tuneit.training.user_code.error_text import describe, user_frame

load_keras()
import keras_tuner  # noqa: E402


class SearchEndedError(FatalTrialError, keras_tuner.errors.FatalError):  # type: ignore[misc]
    """Also a keras-tuner FatalError, so that code which catches that one catches this."""


def raise_if_fatal(error: BaseException, whose: str, folder: Path | None) -> None:
    """Raise SearchEndedError where `error` is keras-tuner's FatalError; `whose` code raised it."""
    if isinstance(error, keras_tuner.errors.FatalError):
        raise SearchEndedError(
            f"{whose} raised {describe(error)}{user_frame(error, folder)}, which ends the search; "
            "once its cause is removed, the same command continues the search"
        ) from error
