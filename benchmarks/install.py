"""Installs what the measuring needs beside the project itself, where that is possible; says what is absent."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.machine import say
from benchmarks.proxies import PROXIES

PROGRAMS: Final[Mapping[str, str]] = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "cc": "gcc",
    "/usr/include/openssl/ssl.h": "libssl-dev",
    "/usr/include/stdio.h": "libc6-dev",
}
"""Programs and files that must be there, and the Debian package that has them."""
POLICY: Final = Path("/usr/sbin/policy-rc.d")
"""Debian asks it whether a package may start its service: nginx must not take port 80 because somebody measures."""


def missing() -> list[str]:
    """The Debian packages of all that is not there."""
    return [package for name, package in PROGRAMS.items() if not shutil.which(name) and not Path(name).exists()]


def install() -> None:
    """Install them where we are root on Debian, and tell what is absent afterwards."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {', '.join(wanted)} from Debian; no service is started.")
        _apt(wanted)
    if absent := missing():
        say(f"Absent: {', '.join(absent)}. As root on Debian: apt-get install {' '.join(absent)}")
    for proxy in PROXIES.values():
        if not proxy.present:
            say(f"Not measured, for want of {proxy.needs}: {proxy.name} ({proxy.words}).")


def _apt(packages: list[str]) -> None:
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                check=False,
            )
    finally:
        if ours:
            POLICY.unlink()
