"""A study's folder `reports/<study>/`: the files that a search leaves."""

from tuneit.ledger.study_folder.folder import StudyFolder, trials_csv
from tuneit.ledger.study_folder.texts import to_json, write_text

__all__ = ["StudyFolder", "to_json", "trials_csv", "write_text"]
