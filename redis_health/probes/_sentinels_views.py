"""What one Sentinel sees, out of its replies; and what most of them see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redis_health.info import count, parse_info
from redis_health.model import ErrorReply, Failure, WatcherAnswer
from redis_health.probes._replies import items, text
from redis_health.probes._sentinel_replies import Quorum, down_flags, fields_of, quorum_of
from redis_health.probes._words import address

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class View:
    """How the primary of a name looks to the Sentinel at ``where``.

    ``failure`` says why it told nothing that we can use, ``unknown`` that it watches no such name.
    ``place`` is where the primary is, ``run_id`` whose that is, empty where the Sentinel has not
    asked it yet. ``down`` are the flags ``s_down`` and ``o_down``, ``total`` counts the Sentinels
    with this one, ``needed`` is their quorum.
    """

    where: str
    failure: Failure | None = None
    refusal: str | None = None
    unknown: bool = False
    tilt: bool = False
    place: Place = ("", 0)
    run_id: str = ""
    down: tuple[str, ...] = ()
    total: int = 0
    needed: int = 0
    quorum: Quorum | None = None

    @property
    def lost(self) -> bool:
        """Whether nothing came that we can use."""
        return self.failure is not None or self.refusal is not None

    @property
    def counts(self) -> bool:
        """Whether what it says of the primary is to be trusted."""
        return not (self.lost or self.unknown or self.tilt)

    @property
    def primary(self) -> str:
        """Where the primary is, for people."""
        host, port = self.place
        return address(host, str(port))


def questions(name: str) -> tuple[tuple[str, ...], ...]:
    """What a Sentinel is asked about the primary of that name."""
    return (
        ("INFO", "sentinel"),
        ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name),
        ("SENTINEL", "MASTER", name),
        ("SENTINEL", "CKQUORUM", name),
    )


def view_of(answer: WatcherAnswer) -> View:
    """The view out of the replies to ``questions``."""
    if answer.failure is not None:
        return View(answer.where, failure=answer.failure)
    info, named, master, ckquorum = answer.replies
    tilt = parse_info(_bytes(info), observed=0.0, seconds=0.0).fields.get("sentinel_tilt") == "1"
    if isinstance(named, ErrorReply):
        return View(answer.where, refusal=named.text, tilt=tilt)
    fields, place = fields_of(master), _place(named)
    if place is None:
        return View(answer.where, unknown=True, tilt=tilt)
    seen = _place((fields.get("ip"), fields.get("port")))
    return View(
        answer.where,
        tilt=tilt,
        place=place,
        # In the middle of a failover the two differ, and the rest is about the one before.
        run_id=fields.get("runid", "") if seen == place else "",
        down=down_flags(fields) if seen == place else (),
        total=1 + count(fields, "num-other-sentinels"),
        needed=count(fields, "quorum"),
        quorum=quorum_of(ckquorum),
    )


def _place(reply: object) -> Place | None:
    match [text(part) for part in items(reply)]:
        case [host, port] if host and port.isdecimal() and len(port) <= 5:
            return host, int(port)
    return None


def _bytes(reply: object) -> bytes:
    return reply if isinstance(reply, bytes) else b""


def names_of(answers: Iterable[WatcherAnswer]) -> Mapping[str, None]:
    """The names of the primaries that the Sentinels watch, in order (SENTINEL MASTERS)."""
    masters = (items(answer.replies[0]) for answer in answers if answer.replies)
    found = (fields_of(each).get("name") for some in masters for each in some)
    return dict.fromkeys(name for name in found if name)


def agreed(views: Sequence[View]) -> View | None:
    """The view of most of those that count, where more than half name one place.

    Of these it is one that knows whose the place is, if any does.
    """
    counting = [view for view in views if view.counts]
    for view in sorted(counting, key=lambda each: not each.run_id):
        if 2 * sum(each.place == view.place for each in counting) > len(counting):
            return view
    return None
