"""What the measuring was done on: machine, system, and versions of everything that counts."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from OpenSSL import SSL

from benchmarks.proxies import NODE_MODULES, PROXIES

PACKAGES: Final = {
    "edge": ("edge_twisted", "Twisted", "autobahn", "pyOpenSSL"),
    "edge-before": ("Twisted", "autobahn", "pyOpenSSL"),
    "twisted-plain": ("Twisted", "autobahn", "pyOpenSSL"),
    "websockets": ("websockets",),
}
"""What a proxy is built from."""
NUMBER: Final = re.compile(r"\d+(?:\.\d+)+")


def describe() -> dict[str, str]:
    """The machine, in words that tell nothing about whose it is."""
    cpus = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in cpus.splitlines() if line.startswith("model name")), "")
    virtual = ", virtual" if re.search(r"^flags.*\bhypervisor\b", cpus, re.MULTILINE) else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    release = NUMBER.search(platform.release())
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{model or platform.machine()}, {os.cpu_count()} cores{virtual}, {memory:.0f} GiB",
        "system": f"Linux {release[0] if release else platform.release()}, Python {platform.python_version()}, "
        f"{SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode()} in Python's proxies",
    }


def versions(proxies: Iterable[str]) -> dict[str, str]:
    """The versions of what each proxy is built from, by its name."""
    return {name: ", ".join(_versions(name)) or "version unknown" for name in proxies}


def _versions(name: str) -> list[str]:
    found = []
    for package in PACKAGES.get(name, ()):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(package)
    command = PROXIES[name].version
    if command:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        number = NUMBER.search(told.stdout + told.stderr)
        found.append(f"{command[0]} {number[0] if number else ''}".strip())
    if name == "node-ws":
        found.append("ws " + json.loads((NODE_MODULES / "ws" / "package.json").read_text(encoding="utf-8"))["version"])
    return found


def say(text: str = "") -> None:
    """Tell whoever runs this something."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
