"""Whom a real Edge believes to be the central system: certificates, versions of TLS, client certificates."""

from collections.abc import Callable
from datetime import timedelta

from attrs import evolve
from OpenSSL import SSL
from twisted.trial.unittest import TestCase

from edge_twisted.core.endpoint import Trust, parse_endpoint
from edge_twisted.words import en
from tests.certificates import Root, self_signed
from tests.real.harness import EdgeProcess, start_central, start_charger, start_edge
from tests.real.neighbours import Forwarder, Listener, server_context
from tests.real.peer import write
from tests.real.steps import PASSWORD, come, header, lines, remember, remembered, secure_central, seen

DAY = timedelta(days=1)


class UplinkTlsTests(TestCase):
    """One Edge; each charger has an endpoint of its own where something is wrong."""

    timeout = 120

    async def aim(self, edge: EdgeProcess, identity: str, endpoint: str, trust: Trust | None = None) -> None:
        """Set a charger's endpoint by hand; while Edge is stopped."""
        where = parse_endpoint(endpoint)
        await remember(edge, identity, lambda record: evolve(record, endpoint=where, trust=trust))

    async def refused(self, edge: EdgeProcess, identity: str, cause: str, remedy: str) -> None:
        """A charger with a password gets 502, and one line of the log says why and what helps."""
        charger = start_charger(self, "py", edge.endpoint(), identity, password=PASSWORD, wait=True)
        met = await come(charger)
        self.assertEqual(met.get("status"), 502, identity)
        self.assertGreaterEqual(int(header(met, "Retry-After")), 1)
        self.assertEqual(met["body"], "")
        said = en.CAUSES[cause].partition("[")[0]
        texts = f"Charger {identity[:2]}", said
        assert edge.child is not None
        [line] = await edge.child.until(lambda: lines(edge, *texts) or None, f"{cause} in the log")
        self.assertIn(en.REMEDIES[remedy], line)

    async def test_bad_certificates(self) -> None:
        """J1, J2, T-31: whatever is wrong with it: 502, one line with cause and remedy, no octet of the request."""
        root = Root()
        bad = {
            "AA-unknown": (Root().issue(names=["localhost"]), "uplink-root-unknown", "upload-root"),
            "BB-expired": (
                root.issue(names=["localhost"], starts=-9 * DAY, ends=-DAY),
                "uplink-expired",
                "ask-operator-certificate",
            ),
            "CC-too-early": (
                root.issue(names=["localhost"], starts=DAY, ends=9 * DAY),
                "uplink-not-yet-valid",
                "check-box-clock",
            ),
            "DD-other-name": (root.issue(names=["wss.example.com"]), "uplink-name", "check-endpoint"),
            "EE-self-signed": (self_signed(names=["localhost"]), "uplink-self-signed", "upload-root"),
            "FF-cn-only": (root.issue(common_names=["localhost"]), "uplink-no-name", "allow-common-name"),
            "GG-asterisk": (root.issue(names=["*"]), "uplink-name", "check-endpoint"),
            "HH-mail-only": (root.issue(emails=["me@localhost"]), "uplink-no-name", "allow-common-name"),
            "II-client": (
                root.issue(names=["localhost"], usages=["client"]),
                "uplink-purpose",
                "ask-operator-certificate",
            ),
        }
        plain = await start_central(self)
        edge = EdgeProcess(self, {"uplink": {"ws": plain.endpoint, "roots": [write(self, root.pem)]}})
        listeners: dict[str, Listener] = {}
        for identity, (leaf, _cause, _remedy) in bad.items():
            listeners[identity] = Listener(self, server_context(leaf))
            await self.aim(edge, identity, f"wss://localhost:{listeners[identity].port}")
        await edge.start()
        for identity, (_leaf, cause, remedy) in bad.items():
            await self.refused(edge, identity, cause, remedy)
            self.assertEqual(listeners[identity].count, 1)
            self.assertEqual(listeners[identity].heard, b"")
        self.assertEqual(await seen(plain, "request"), [])
        await edge.stop()
        record = await remembered(edge, "AA-unknown")
        assert record is not None
        self.assertFalse(record.was_served)

    async def test_no_fall_back(self) -> None:
        """J1, T-34: a charger on wss never reaches uplink.ws because uplink.wss can't be verified, nor a known one."""
        plain, (secure, _root) = await start_central(self), await secure_central(self)
        for always in ("detect", "always"):
            edge = await start_edge(
                self, ws=plain.endpoint, wss=secure.endpoint, settings={"uplink": {"secure": always}}
            )
            legs = ("wss",) if always == "detect" else ("ws", "wss")
            for leg in legs:
                charger = start_charger(
                    self, "rpc", edge.endpoint(leg, "localhost"), f"CP-{leg}", root=edge.root, wait=True
                )
                self.assertIn((await come(charger))["status"], (502, 503))
                self.assertEqual(charger.events("connected"), [])
            await edge.says(en.CAUSES["uplink-root-unknown"].encode())
            await edge.stop()
        self.assertEqual(await seen(plain, "request") + await seen(secure, "request"), [])

    async def test_root_of_one_uplink(self) -> None:
        """J4: a root given to one charger's uplink counts there; the same central system is unknown to the others."""
        root = Root()
        secure, _path = await secure_central(self, root=root)
        edge = EdgeProcess(self, {})
        await self.aim(edge, "AA-known", secure.endpoint, Trust(True, (root.pem,)))
        await self.aim(edge, "BB-unknown", secure.endpoint)
        await edge.start()
        await self.refused(edge, "BB-unknown", "uplink-root-unknown", "upload-root")
        charger = start_charger(self, "rpc", edge.endpoint(), "AA-known", password=PASSWORD, wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("session")
        self.assertEqual([request["identity"] for request in await seen(secure, "request")], ["AA-known"])

    async def test_common_name(self) -> None:
        """J2: a certificate with a CN only is accepted where that was allowed, with an uploaded root alone."""
        root = Root()
        secure = await start_central(self, leaf=root.issue(common_names=["localhost"]))
        roots = write(self, root.pem)
        uplink = {"roots": [roots], "system_roots": False, "cn_fallback": True, "secure": "always"}
        edge = await start_edge(self, wss=secure.endpoint, settings={"uplink": uplink})
        charger = start_charger(self, "py", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["event"], "connected")

    async def test_addresses(self) -> None:
        """J3: an endpoint that is an address, IPv4 or IPv6, is held against the addresses in the certificate."""
        root = Root()
        leaf = root.issue(names=["localhost"], addresses=["127.0.0.1", "::1"])
        secure = await start_central(self, "rpc", leaf=leaf)
        other = await start_central(self, leaf=root.issue(names=["localhost", "127.0.0.1"]))
        way = Forwarder(self, secure.port, "::1")
        edge = EdgeProcess(self, {"uplink": {"roots": [write(self, root.pem)]}})
        await self.aim(edge, "AA-IPv4-address", f"wss://127.0.0.1:{secure.port}")
        await self.aim(edge, "BB-IPv6-address", f"wss://[::1]:{way.entry}")
        await self.aim(edge, "CC-naming", f"wss://127.0.0.1:{other.port}")
        await edge.start()
        for identity in ("AA-IPv4-address", "BB-IPv6-address"):
            charger = start_charger(self, "py", edge.endpoint(), identity, password=PASSWORD, wait=True)
            self.assertEqual((await come(charger))["event"], "connected")
        await self.refused(edge, "CC-naming", "uplink-name", "check-endpoint")
        self.assertEqual(await seen(other, "request"), [])

    async def guarded(self, change: Callable[[SSL.Context], None], cause: str, remedy: str) -> Listener:
        """A central system that is verified well, and does something else that Edge can't serve."""
        root = Root()
        context = server_context(root.issue(names=["localhost"]))
        change(context)
        listener = Listener(self, context)
        edge = EdgeProcess(self, {"uplink": {"roots": [write(self, root.pem)]}})
        await self.aim(edge, "CP-guarded", f"wss://localhost:{listener.port}")
        await edge.start()
        await self.refused(edge, "CP-guarded", cause, remedy)
        self.assertEqual(listener.count, 1)
        return listener

    async def test_old_tls(self) -> None:
        """J9, S-11: a central system with TLS 1.1 at most is refused."""

        def old(context: SSL.Context) -> None:
            context.set_min_proto_version(SSL.TLS1_VERSION)
            context.set_max_proto_version(SSL.TLS1_1_VERSION)
            context.set_cipher_list(b"ALL:@SECLEVEL=0")

        listener = await self.guarded(old, "uplink-tls-version", "ask-operator-tls")
        self.assertEqual(listener.heard, b"")

    async def test_client_certificate(self) -> None:
        """J5, J6: a central system that demands a client certificate is told from others, by its alert in TLS 1.3."""

        def demanding(context: SSL.Context) -> None:
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

        await self.guarded(demanding, "uplink-wants-certificate", "ask-operator-password")

    async def test_client_certificate_before_tls13(self) -> None:
        """J5: the same in TLS 1.2, where the alert says no more than that the handshake failed."""

        def demanding(context: SSL.Context) -> None:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

        listener = await self.guarded(demanding, "uplink-alert", "ask-operator-tls")
        self.assertEqual(listener.heard, b"")
