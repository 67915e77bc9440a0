"""What a server wrote, made fit for a line of ours."""

from __future__ import annotations

#: Characters of a message: what people read at once.
LONGEST = 400


def one_line(text: str, *, longest: int = LONGEST) -> str:
    """The text in one printable line of at most ``longest`` characters.

    ``?`` stands for what would end the line, steer a terminal or is no character; ``…`` for the
    rest.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
