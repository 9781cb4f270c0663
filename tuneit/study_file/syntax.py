"""YAML syntax errors in plain words."""

from __future__ import annotations

import re
import warnings

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node
from ruamel.yaml.reader import ReaderError

from tuneit.errors import Location
from tuneit.study_file.problem import Problem

# What ruamel.yaml reports, and what it means to someone who writes YAML by hand.
_WORDS = (
    (r"mapping values are not allowed", "this ':' cannot stand here: indent the line like its "
     "neighbours, or put quotes around a text that contains ': '"),
    (r"character '\\t' that cannot start", "a tab cannot indent YAML: use spaces"),
    (r"character '(.+)' that cannot start", r"a text cannot begin with {0}: put quotes around it"),
    (r"undefined alias '(.*)'", "there is no anchor '&{0}' above for this alias '*{0}'"),
    (r"found another document", "a study file holds one document: remove this '---'"),
    (r"expected ('.' or '.'), but got '<stream end>'", "the file ends before {0} closes the list "
     "or mapping"),
    (r"expected ('.' or '.'), but got", "{0} is missing before this"),
    (r"expected the node content, but found '<stream end>'", "the file ends where a value should "
     "stand: close the brackets"),
    (r"expected the node content, but found (.*)", "a value should stand here, but there is {0}"),
    (r"expected <block end>", "this line's indent fits no line above: align it with its "
     "neighbours"),
    (r"unexpected end of stream", "the file ends before the quotes are closed"),
    (r"unknown escape character (.*)", "in double quotes a backslash begins an escape, and {0} is "
     "none: use single quotes or a double backslash"),
    (r"could not find expected ':'", "a ':' is missing after this key"),
    (r"incompatible YAML document", "this YAML version is not known: remove the %YAML line"),
    (r"undefined tag handle '(.*)'", "a study file has no tags: remove '{0}'"),
)  # fmt: skip


def compose(text: str, file: str) -> Node | Problem | None:
    """Return the tree of nodes of a YAML 1.2 text, None where it is empty, or what is wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
            return node
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        return Problem(
            Location(file, line, column),
            f"the character U+{ord(text[error.position]):04X} cannot be printed: remove it",
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file, 1, 1)
        return Problem(place, _reworded(str(error.problem), error.context))
    except RecursionError:
        return Problem(Location(file, 1, 1), "the file nests too deeply: a study needs few levels")
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, AssertionError) as error:
        # Malformed directives and tags raise other errors inside ruamel.yaml.
        return Problem(Location(file, 1, 1), f"this is not valid YAML ({error})")


def _reworded(problem: str, context: str | None) -> str:
    for pattern, words in _WORDS:
        found = re.search(pattern, problem)
        if found:
            return words.format(*found.groups())
    return f"this is not valid YAML: {f'{context}, ' if context else ''}{problem}"
