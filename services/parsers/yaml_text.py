"""YAML as nodes that still know their line, every scalar as it was written.

Values are not turned into numbers or dates: "as written" is what a source must keep. What a
hand-typed file gets wrong is named with its line, for the steward who reads the refusal.
"""

import re

import yaml

from services.errors import Unreadable


class _Loader(yaml.SafeLoader):
    """Aliases are refused: no list needs them, and nested ones grow without bound when walked."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise Unreadable("The YAML refers back to another part of itself (an alias, *name).")
        return super().compose_node(parent, index)


def place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}" if mark is not None else "an unknown line"


def compose(text: str) -> yaml.Node | None:
    """The root node of ``text``, None where it holds nothing.

    Raises Unreadable, naming the line, where it is no YAML, holds several documents, refers back
    to itself, or gives one key of a mapping twice (the first would silently be lost).
    """
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise Unreadable(
            f"The file is not well-formed YAML: {place(mark)}, {wrong.problem or wrong.context}.",
            "It may have been saved half-typed; the next version is read as usual.",
        ) from wrong
    except RecursionError as wrong:
        raise Unreadable("The YAML is nested deeper than any list.") from wrong
    except ValueError as wrong:  # an escape beyond Unicode ("\\UFFFFFFFF")
        raise Unreadable(f"The YAML escapes what is no character: {wrong}.") from wrong
    except yaml.YAMLError as wrong:
        raise Unreadable(f"The file is not well-formed YAML: {wrong}.") from wrong
    if root is not None:
        _refuse_faults(root)
    return root


# what an escape can say and nothing can store: NUL, and a half of a surrogate pair
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def _refuse_faults(node: yaml.Node) -> None:
    """Keys that stand twice or are no words, and scalars that hold no text."""
    if isinstance(node, yaml.ScalarNode):
        if _UNWRITABLE.search(node.value):
            raise Unreadable(f"The YAML holds what is no character, {place(node.start_mark)}.")
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_faults(child)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable(f"A key of the YAML is no word, {place(key.start_mark)}.")
            _refuse_faults(key)
            words = str(key.value)
            if words in seen:
                raise Unreadable(
                    f"The YAML gives the key {words!r} twice in one entry,"
                    f" {place(key.start_mark)}: one of the two would be lost.",
                    "A dash before a new entry is probably missing.",
                )
            seen.add(words)
            _refuse_faults(value)
