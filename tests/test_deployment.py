"""What a real site is given: the unit of systemd, the guide, and the wheel, against the program."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.config import Settings, read_settings
from edge_twisted.ctl import main
from edge_twisted.descriptors import needed
from edge_twisted.store.files import DATABASE, KEYS, MASTER_KEY
from edge_twisted.store.vault import CREDENTIAL
from edge_twisted.tap import Options

PROJECT: Final = Path(__file__).resolve().parents[1]
UNIT: Final = PROJECT / "etc" / "edgeproxy.service"
GUIDE: Final = PROJECT / "docs" / "install.md"

HARDENING: Final = {
    "AmbientCapabilities": "CAP_NET_BIND_SERVICE",
    "CapabilityBoundingSet": "CAP_NET_BIND_SERVICE",
    "DevicePolicy": "closed",
    "KeyringMode": "private",
    "LimitCORE": "0",
    "LockPersonality": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RemoveIPC": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "SystemCallFilter": "@system-service ~@privileged @resources",
    "UMask": "0077",
}
"""What keeps a hijacked Edge from the rest of the box."""

HARMFUL: Final = ("MemoryDenyWriteExecute", "PrivateUsers", "ProcSubset", "ProtectHostname")
"""Hardening with which Edge does not start, or does not see what it has to."""


def unit() -> dict[str, dict[str, str]]:
    """The unit's sections; the values of a key that stands there more than once are joined by a space."""
    found: dict[str, dict[str, str]] = {}
    for number, line in enumerate(UNIT.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = found.setdefault(heading[1], {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Z]\w+", key) or not value:
            raise ValueError(f"{UNIT.name}:{number}: {line}")
        section[key] = f"{section[key]} {value}" if key in section else value
    return found


def commands() -> list[str]:
    """The guide's blocks of commands."""
    return re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


class UnitTests(SynchronousTestCase):
    """etc/edgeproxy.service."""

    def setUp(self) -> None:
        self.service = unit()["Service"]

    def test_sections(self) -> None:
        """It has three sections, of keys with values, and is started with the box."""
        found = unit()
        self.assertEqual(list(found), ["Unit", "Service", "Install"])
        self.assertEqual(found["Install"], {"WantedBy": "multi-user.target"})

    def test_command(self) -> None:
        """It runs `twistd` in the foreground, without a file for the process id, with the usual configuration."""
        config = Options()["config"]
        self.assertEqual(self.service["ExecStart"], f"/opt/edge/bin/twistd -n --pidfile= edgeproxy --config {config}")
        self.assertIn(f'"{config}"', (PROJECT / "etc" / "edgeproxy.tac").read_text(encoding="utf-8"))

    def test_hardening(self) -> None:
        """Every line that keeps Edge from what it does not need is there."""
        self.assertEqual({key: self.service.get(key) for key in HARDENING}, HARDENING)
        self.assertEqual((self.service["User"], self.service["Group"]), ("edgeproxy", "edgeproxy"))

    def test_harmful_hardening(self) -> None:
        """What would break Edge is not there, and a comment says of each why."""
        comments = "".join(line for line in UNIT.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
        for key in HARMFUL:
            self.assertNotIn(key, self.service)
            self.assertIn(f"Not {key}", comments)

    def test_state(self) -> None:
        """systemd makes the state directory that the configuration has as its default."""
        self.assertEqual(f"/var/lib/{self.service['StateDirectory']}", str(Settings().state.directory))
        self.assertEqual(self.service["StateDirectoryMode"], "0755")

    def test_key(self) -> None:
        """The lines with which the master key is handed over name the credential that Edge reads, and are off."""
        text = UNIT.read_text(encoding="utf-8")
        for key in ("LoadCredential", "LoadCredentialEncrypted"):
            self.assertRegex(text, rf"(?m)^#{key}={CREDENTIAL}:/")
            self.assertNotIn(key, self.service)

    def test_goes_on(self) -> None:
        """It is started again for ever, has more than the 5 s that a clean end takes, and descriptors for two legs."""
        self.assertEqual((self.service["Restart"], unit()["Unit"]["StartLimitIntervalSec"]), ("always", "0"))
        self.assertGreater(int(self.service["TimeoutStopSec"]), 5)
        self.assertGreater(int(self.service["LimitNOFILE"]), needed(Settings().limits.connections))


class GuideTests(SynchronousTestCase):
    """docs/install.md."""

    def setUp(self) -> None:
        self.text = GUIDE.read_text(encoding="utf-8")
        self.commands = "".join(commands())

    def test_five_steps(self) -> None:
        """There are five steps, and each has commands."""
        steps = re.findall(r"^## (\d)\. [^#]+?\n(.*?)(?=^## |^---)", self.text, flags=re.MULTILINE | re.DOTALL)
        self.assertEqual([number for number, _ in steps], ["1", "2", "3", "4", "5"])
        self.assertEqual([number for number, step in steps if "```sh\n" not in step], [])

    def test_shell(self) -> None:
        """Every block of commands is correct shell."""
        self.assertGreater(len(commands()), 8)
        for block in commands():
            done = subprocess.run(["sh", "-n"], input=block, text=True, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), block)

    def test_files_of_the_repository(self) -> None:
        """Every file of the source that it names is there: those in etc/, and those that it links to."""
        named = set(re.findall(r"(?<![\w/])etc/[\w.-]+", self.text)) - {"etc/edgeproxy"}
        self.assertEqual(named, {"etc/edgeproxy.toml", "etc/edgeproxy.service"})
        for name in named:
            self.assertTrue((PROJECT / name).is_file(), name)
        links = re.findall(r"\]\(([^)#:]+)\)", self.text)
        self.assertTrue(links)
        for link in links:
            self.assertTrue((GUIDE.parent / link).is_file(), link)

    def test_same_places_as_the_unit(self) -> None:
        """Program, configuration, user and state stand where the unit looks for them, and the service has its name."""
        service = unit()["Service"]
        program, config = service["ExecStart"].split()[0], service["ExecStart"].split()[-1]
        self.assertIn(f"python3 -m venv {Path(program).parents[1]}\n", self.commands)
        self.assertIn(f" etc/edgeproxy.toml {config}\n", self.commands)
        self.assertRegex(self.commands, rf"(?m)^useradd .* {service['User']}$")
        self.assertIn(f" --home-dir /var/lib/{service['StateDirectory']} ", self.commands)
        self.assertIn(f" etc/{UNIT.name} /etc/systemd/system/{UNIT.name}\n", self.commands)
        self.assertEqual(set(re.findall(r"systemctl (?:en|dis)able --now (\S+)", self.commands)), {UNIT.stem})

    def test_removed_again(self) -> None:
        """What the steps make, the last section removes."""
        last = commands()[-1]
        for place in ("/opt/edge", "/usr/local/bin/edgectl", "/etc/edgeproxy", "/var/lib/edgeproxy"):
            self.assertRegex(last, rf"(?m)^rm -rf .*(?<!\S){place}(?!\S)")
        self.assertIn(f"/etc/systemd/system/{UNIT.name} ", last)
        self.assertIn("userdel edgeproxy\n", last)

    def test_commands_of_edgectl(self) -> None:
        """Every command of `edgectl` that it names exists."""
        named = set(re.findall(r"\bedgectl ([a-z][a-z-]*)", self.text))
        self.assertLessEqual({"doctor", "chargers", "root-certificate"}, named)
        self.assertLessEqual(named, main.main.commands.keys())

    def test_settings(self) -> None:
        """Every setting that it names stands in etc/edgeproxy.toml."""
        text = (PROJECT / "etc" / "edgeproxy.toml").read_text(encoding="utf-8")
        _, *parts = re.split(r"^\[(\w+)\]$", text, flags=re.MULTILINE)
        known = {
            f"{section}.{key}"
            for section, part in zip(parts[::2], parts[1::2], strict=True)
            for key in re.findall(r"^#(\w+) = ", part, flags=re.MULTILINE)
        }
        named = set(re.findall(r"`((?:listen|uplink|state|admission|limits|manager)\.\w+)`", self.text))
        self.assertTrue(named)
        self.assertLessEqual(named, known)

    def test_files_of_the_state(self) -> None:
        """The files to back up have the names that Edge gives them."""
        for name in (DATABASE, f"{KEYS}/{MASTER_KEY}", f"{KEYS}/root.key", "root.pem"):
            self.assertIn(f"`/var/lib/edgeproxy/{name}`", self.text)
        self.assertIn(f"--name={CREDENTIAL} ", self.commands)

    def test_named_where_people_look(self) -> None:
        """README leads to it."""
        self.assertIn("(docs/install.md)", (PROJECT / "README.md").read_text(encoding="utf-8"))


class ShippedConfigurationTests(SynchronousTestCase):
    """etc/edgeproxy.toml as it is copied."""

    def test_private_only(self) -> None:
        """L4: as shipped, chargers' ports hear private networks only, though they are open on every interface."""
        networks = read_settings(PROJECT / "etc" / "edgeproxy.toml").listen.networks()
        self.assertEqual([networks.admit(address) for address in ("192.168.1.9", "fd00::9", "127.0.0.1")], [True] * 3)
        self.assertEqual([networks.admit(address) for address in ("198.51.100.7", "2001:db8::9")], [False] * 2)


class WheelTests(SynchronousTestCase):
    """The wheel that is installed on a site."""

    def test_content(self) -> None:
        """It holds every file of the package, the plugin and `edgectl`, and neither tests nor a part of Twisted."""
        source = Path(self.mktemp())
        source.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "dropin.cache")
        for folder in ("edge_twisted", "twisted"):
            shutil.copytree(PROJECT / folder, source / folder, ignore=ignored)
        for name in ("setup.cfg", "setup.py", "README.md"):
            shutil.copy(PROJECT / name, source)
        build = "from setuptools import build_meta; build_meta.build_wheel('.')"
        done = subprocess.run(
            [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False, timeout=120
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        [wheel] = source.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
            [entry_points] = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
            scripts = configparser.ConfigParser()
            scripts.read_string(archive.read(entry_points).decode())
        wanted = {
            path.relative_to(source).as_posix()
            for folder in ("edge_twisted", "twisted/plugins")
            for path in (source / folder).rglob("*")
            if path.is_file()
        }
        self.assertEqual(names, wanted)
        self.assertLessEqual({f"twisted/plugins/edge_{name}_plugin.py" for name in ("twisted", "sandbox")}, names)
        self.assertIn("edge_twisted/store/migrations/versions/0001_chargers.py", names)
        self.assertEqual(dict(scripts["console_scripts"]), {"edgectl": "edge_twisted.ctl.main:main"})
