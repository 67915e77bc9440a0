"""A YAML file with the line of everything in it. Who has no such file pays for no parser."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import yaml

from redis_health.config.sources import did_you_mean
from redis_health.errors import ConfigError

_TAG = "tag:yaml.org,2002:"
_SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
#: Keys that may be shown: what is none of these may be a secret that slipped into a key's place.
_PLAIN_KEY = re.compile(r"[A-Za-z][\w.-]{0,60}")
#: What a parser's error quotes of the file; its own words for kinds of tokens have angle brackets.
_QUOTED = re.compile(r"'[^'<][^']+'")
#: An escape can write half a character, and no encoding has one.
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Branch:
    """A value in the file. ``name`` is its keys with colons between, empty for the whole."""

    path: str
    name: str
    node: yaml.Node = field(repr=False)

    def wrong(self, problem: str) -> ConfigError:
        """The error that names file, line and key; the value, which may be secret, it does not."""
        line = self.node.start_mark.line + 1
        key = f"{self.name}: " if self.name else ""
        return ConfigError(f"{self.path}: line {line}: {key}{problem}")

    def branches(self, known: Collection[str]) -> dict[str, Branch]:
        """The values by key.

        Raises ConfigError where this is no mapping, or has a key twice or one that is not known.
        """
        found: dict[str, Branch] = {}
        for key, branch in self.pairs():
            if key not in known:
                shown = f"{key}: " if _PLAIN_KEY.fullmatch(key) else ""
                raise branch.wrong(f"{shown}no such key{did_you_mean(key, known)}")
            below = f"{self.name}: {key}" if self.name else key
            found[key] = Branch(self.path, below, branch.node)
        return found

    def pairs(self) -> Iterable[tuple[str, Branch]]:
        """Keys that are no secret, each once, with their values, which keep this one's name."""
        if self._is_empty():
            return
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("expected keys with values")
        seen = set()
        for key, value in self.node.value:
            at = Branch(self.path, self.name, key)
            if not isinstance(key, yaml.ScalarNode):
                raise at.wrong("expected a text as key")
            at.text()
            if key.value in seen:
                raise at.wrong("a key stands there twice")
            seen.add(key.value)
            # The line of the key, should the value be on the next one or missing.
            value.start_mark = key.start_mark
            yield key.value, Branch(self.path, self.name, value)

    def items(self) -> list[Branch]:
        """The values of a list."""
        if self._is_empty():
            return []
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("expected a list")
        return [Branch(self.path, self.name, node) for node in self.node.value]

    def text(self) -> str:
        """A text, also one that looks like a number; empty where there is none."""
        if self._is_empty():
            return ""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.wrong("expected a text")
        if _NO_TEXT.search(self.node.value):
            raise self.wrong("expected a text without a zero byte or half a character")
        return str(self.node.value)

    def switch(self) -> bool:
        """A yes or no."""
        value = _SWITCH.get(self.text().lower())
        if value is None or self.node.tag != f"{_TAG}bool":
            raise self.wrong("expected true or false")
        return value

    def choice(self, words: Collection[str]) -> str:
        """One of the words, as it is written there."""
        word = self.text()
        if word not in words:
            raise self.wrong(f"expected one of {', '.join(words)}")
        return word

    def _is_empty(self) -> bool:
        return self.node.tag == f"{_TAG}null"


def parsed_yaml(text: str, path: str) -> Branch | None:
    """The whole of the text, None when it holds nothing; ConfigError when it is not YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # str(error) would show the line itself, which may hold a secret.
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        problem = _QUOTED.sub("…", error.problem or "")
        raise ConfigError(f"{path}: {line}not YAML: {problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        raise ConfigError(f"{path}: not YAML: a character or a depth that is not allowed") from None
    return None if root is None else Branch(path, "", root)
