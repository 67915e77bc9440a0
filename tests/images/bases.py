"""The images that ours are built from: the real ones, or stand-ins from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

#: What a stand-in gets besides a minimal Debian 12, and where programs have to be.
_PACKAGES = {
    "python": ("python3", "python3-venv", "ca-certificates"),
    "redis": ("redis-server",),
}
_MOVED = {
    "python": {"/usr/bin/python3": "/usr/local/bin/python3"},
    "redis": {
        "/usr/bin/redis-server": "/usr/local/bin/redis-server",
        "/usr/bin/redis-cli": "/usr/local/bin/redis-cli",
    },
}
_SUITE = "bookworm"


def provide(image: str, call: Callable[..., str], cache: Path) -> None:
    """Make an image available under its name: as it is there, pulled, or a stand-in.

    A stand-in has Debian's Python 3.11 or Redis 7.0 under the name of another version: what is
    proven with it is the Dockerfile and the service, not the versions.
    """
    name = f"docker.io/library/{image}"
    if call("podman", "images", "--quiet", name):
        return
    call("podman", "pull", "--quiet", name, check=False, within=120)
    if call("podman", "images", "--quiet", name):
        return
    kind = image.split(":", maxsplit=1)[0]
    tree = cache / f"{kind}-tree"
    shutil.rmtree(tree, ignore_errors=True)
    packages = list(_PACKAGES[kind])
    if kind == "python":
        # Debian's redis-server is linked to libraries that the real one has inside.
        packages += ["libatomic1", "libjemalloc2", "liblua5.1-0", "liblzf1", "libhiredis0.14"]
        packages += ["lua-bitop", "lua-cjson"]
    include = f"--include={','.join(packages)}"
    # In a mount namespace of its own: what it mounts in the tree goes with it, however it ends.
    call(
        "unshare",
        "--mount",
        "debootstrap",
        "--variant=minbase",
        include,
        _SUITE,
        str(tree),
        within=600,
    )
    for source, target in _MOVED[kind].items():
        # A link of the package itself is looked through; a program is found by either name.
        shutil.copyfile((tree / source.lstrip("/")).resolve(), tree / target.lstrip("/"))
        (tree / target.lstrip("/")).chmod(0o755)
    changes = []
    if kind == "redis":
        data = tree / "data"
        data.mkdir()
        os.chown(data, 999, 999)
        changes = ["--change", "WORKDIR /data", "--change", "VOLUME /data"]
    for waste in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(tree / waste, ignore_errors=True)
    packed = cache / f"{kind}.tar"
    subprocess.run(["tar", "-C", str(tree), "-cf", str(packed), "."], check=True)
    call("podman", "import", "--quiet", *changes, str(packed), name)
    packed.unlink()
    shutil.rmtree(tree)
