"""Which Redis is watched, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSSettings:
    """How to speak TLS to Redis; paths are files in PEM form.

    ``verify`` is ``full`` (chain and name), ``ca`` (chain alone) or ``none``.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    verify: str = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One Redis server: TCP or a unix socket (``path``), and the login.

    ``addresses`` are the IP addresses to dial in the place of those that ``host`` resolves to.
    ``resp`` is the version of the protocol to ask for. ``password`` never shows in a repr;
    ``password_file`` is read at the first login and again when a login is refused.
    """

    host: str = "localhost"
    port: int = 6379
    path: str | None = None
    addresses: tuple[str, ...] = ()
    db: int = 0
    resp: int = 2
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    tls: TLSSettings | None = None

    @property
    def address(self) -> str:
        """The server's address for people: ``host:port``, brackets around IPv6, or the path."""
        if self.path is not None:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as a URL without any secret."""
        if self.path is not None:
            return f"unix://{self.path}"
        return f"{'rediss' if self.tls else 'redis'}://{self.address}"

    @property
    def user(self) -> str:
        """The ACL user that we log in as."""
        return self.username or "default"
