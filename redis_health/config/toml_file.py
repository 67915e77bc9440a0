"""The TOML file. It is a module of its own so that nobody without a file pays for a parser."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis_health.config.option import Option
from redis_health.config.sources import Given, Layer, did_you_mean, parsed
from redis_health.errors import ConfigError


def file_layer(catalogue: Sequence[Option[Any]], config: Given) -> Layer:
    """What the file that ``config`` names gives.

    Raises ConfigError when it cannot be read, is not TOML, or holds an unknown key or a bad value.
    """
    path = config.value
    known = {option.key: option for option in catalogue if option.in_file}
    layer = {}
    for key, raw in _read(config).items():
        option = known.get(key)
        if option is None:
            raise ConfigError(f"{path}: {key}: no such key{did_you_mean(key, known)}")
        name = f"{path}: {key}"
        layer[option.name] = parsed(option, raw, name=name, origin=f"file {name}")
    return layer


def _read(config: Given) -> dict[str, Any]:
    path = config.value
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{config.name}: {path} cannot be read: {why}") from None
