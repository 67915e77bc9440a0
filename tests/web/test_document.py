"""What docs/web.md shows works as it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from redis_health.config.web_config import read_web_config
from redis_health.web import connection, crowd, passwords, reload, server
from tests.certificates import Certificates
from tests.web.guarded import guarded, login
from tests.web.test_tls import client

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
CONFIGURATION, PROMETHEUS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PASSWORD = "correct horse battery staple"


async def test_the_file_is_taken_and_does_what_is_said(
    tmp_path: Path, certificates: Certificates
) -> None:
    shutil.copy(certificates.server.cert, tmp_path / "tls.crt")
    shutil.copy(certificates.server.key, tmp_path / "tls.key")
    file = tmp_path / "web.yml"
    file.write_text(CONFIGURATION)
    assert read_web_config(file, name="test").warnings == ()
    tls = client(certificates)
    async with guarded(file) as served:
        answer = await served.get("/metrics", login("prometheus", PASSWORD), tls=tls)
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert (await served.get("/metrics", login("prometheus", "other"), tls=tls)).status == 401


def test_prometheus_takes_what_it_is_told(tmp_path: Path, certificates: Certificates) -> None:
    shutil.copy(certificates.ca, tmp_path / "ca.crt")
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS)
    done = subprocess.run(
        ["promtool", "check", "config", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_numbers_are_those_of_the_code() -> None:
    words = " ".join(TEXT.split())
    assert f"every {reload.INTERVAL:g} s, and on SIGHUP" in words
    assert f"| {crowd.MOST}, with TLS {crowd.MOST_WITH_TLS}, never" in words
    assert f"reading an answer | {server.PATIENCE:g} s each |" in words
    assert f"idle connection | {connection.KEEPALIVE:g} s |" in words
    assert f"for more than {connection.LINGER:g} s is cut off" in words
    assert f"({passwords._PENDING} at a time, {passwords._PENDING_OF_ONE} from one" in words
