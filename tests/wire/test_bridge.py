"""One session through the real wire and desk, in memory: checklist sections A to E, G and H."""

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from tests.wire import frames
from tests.wire.memory import Central, Charger, Site, basic, request


class SiteTestCase(SynchronousTestCase):
    """A site that is stopped after each test."""

    def site(self, **kwargs: object) -> Site:
        """A new site."""
        site = Site(**kwargs)  # type: ignore[arg-type]  # as the test needs it
        self.addCleanup(self._finish, site)
        return site

    def _finish(self, site: Site) -> None:
        site.end()
        self.assertEqual(0, len(site.line))
        self.assertEqual(0, len(site.desk.hall))
        self.assertEqual(len(site.told("session-opened")), len(site.told("session-ended")))
        self.assertEqual([], [c for c in site.clock.getDelayedCalls() if c.active()])


class PathTests(SiteTestCase):
    """Section A, as the central system sees it."""

    def seen(self, target: bytes) -> bytes:
        """The path upstream for a request target."""
        site = self.site()
        site.ask(target)
        return site.centrals[-1].path if site.centrals else b""

    def test_plain(self) -> None:
        """A1: the uplink's path ends with the charger's own last segment."""
        self.assertEqual(b"/CP001", self.seen(b"/CP001"))

    def test_encoded(self) -> None:
        """A2: an encoded identity goes up as it came; the charger's own prefix does not."""
        self.assertEqual(b"/RDAM%20123", self.seen(b"/ocpp/RDAM%20123"))

    def test_encoded_slash(self) -> None:
        """A3: an encoded slash stays one."""
        self.assertEqual(b"/A%2FB", self.seen(b"/ocpp/A%2FB"))

    def test_deep_prefix(self) -> None:
        """A4: any prefix is accepted."""
        self.assertEqual(b"/CP001", self.seen(b"/a/b/c/CP001"))

    def test_raw_bytes(self) -> None:
        """A5: raw UTF-8 bytes go up percent-encoded."""
        self.assertEqual(b"/L%C3%A4den", self.seen("/ocpp/Läden".encode()))

    def test_colon(self) -> None:
        """A6: a colon in an identity without Basic authentication is accepted."""
        self.assertEqual(b"/A:B", self.seen(b"/A:B"))

    def test_long(self) -> None:
        """A7: 64 characters are accepted."""
        self.assertEqual(b"/" + b"x" * 64, self.seen(b"/" + b"x" * 64))

    def test_none(self) -> None:
        """A8: an empty identity, NUL and control characters dial nothing."""
        for target in (b"/", b"/ocpp/", b"/%00", b"/CP%0A1", b"/.."):
            site = self.site()
            charger = site.ask(target)
            self.assertIn(charger.status, (400, 404), target)
            self.assertEqual([], site.centrals)

    def test_query(self) -> None:
        """A11: the query is dropped."""
        self.assertEqual(b"/CP001", self.seen(b"/CP001?x=1"))

    def test_tricks(self) -> None:
        """A12: no path tricks go up."""
        self.assertEqual(b"/CP001", self.seen(b"//a/%2e%2e//CP001"))

    def test_literal_space(self) -> None:
        """Q16: a literal space in the path goes up encoded."""
        self.assertEqual(b"/RDAM%20123", self.seen(b"/ocpp/RDAM 123"))


class SubprotocolTests(SiteTestCase):
    """Section B."""

    def test_agreed(self) -> None:
        """B1: ocpp1.6 on both legs."""
        charger, central = self.site().open()
        self.assertEqual(b"ocpp1.6", central.header(b"sec-websocket-protocol"))
        self.assertEqual(b"ocpp1.6", charger.header(b"sec-websocket-protocol"))

    def test_newer_offered_too(self) -> None:
        """B2: ocpp2.0.1 is left out on both legs."""
        charger, central = self.site().open(protocols=b"ocpp2.0.1, ocpp1.6")
        self.assertEqual(b"ocpp1.6", central.header(b"sec-websocket-protocol"))
        self.assertEqual(b"ocpp1.6", charger.header(b"sec-websocket-protocol"))

    def test_central_chooses(self) -> None:
        """B3: the charger gets what the central system chose."""
        site = self.site()
        site.answer = lambda central: central.accept("ocpp1.5")
        charger = site.ask(protocols=b"ocpp1.6, ocpp1.5")
        self.assertEqual(b"ocpp1.5", charger.header(b"sec-websocket-protocol"))

    def test_unsupported(self) -> None:
        """B4, B5: 101 without the header, an immediate close, and nothing dialled."""
        for offer in (b"ocpp2.0.1", b"OCPP1.6"):
            site = self.site()
            charger = site.ask(protocols=offer)
            self.assertEqual(101, charger.status)
            self.assertIsNone(charger.header(b"sec-websocket-protocol"))
            self.assertEqual([1002], [code for code, _ in charger.closes])
            self.assertEqual([], site.centrals)

    def test_none_offered(self) -> None:
        """B7: served as ocpp1.6, answered without the header."""
        charger, central = self.site().open(protocols=None)
        self.assertEqual(b"ocpp1.6", central.header(b"sec-websocket-protocol"))
        self.assertIsNone(charger.header(b"sec-websocket-protocol"))
        charger.say(b"[2,1]")
        self.assertEqual([b"[2,1]"], central.texts)

    def test_central_chooses_none_and_closes(self) -> None:
        """B8: 101 without the header down, then the close."""
        site = self.site()
        site.answer = lambda central: central.accept(None, frames.close(1002, b"", masked=False))
        charger = site.ask()
        self.assertEqual(101, charger.status)
        self.assertIsNone(charger.header(b"sec-websocket-protocol"))
        self.assertEqual([(1002, b"")], charger.closes)

    def test_central_invents(self) -> None:
        """B10: a name that was not offered fails the uplink: 502."""
        site = self.site()
        site.answer = lambda central: central.accept("ocpp2.0.1")
        self.assertEqual(502, site.ask().status)


class AnswerTests(SiteTestCase):
    """Section C, behind the head."""

    def refused(
        self, status: int, headers: tuple[bytes, ...] = (), authorization: bytes | None = None
    ) -> tuple[Site, Charger]:
        """What a charger sees where the central system refuses."""
        site = self.site()
        site.answer = lambda central: central.refuse(status, headers)
        return site, site.ask(authorization=authorization)

    def test_404(self) -> None:
        """C1: 404 is passed on."""
        _, charger = self.refused(404)
        self.assertEqual(404, charger.status)

    def test_401(self) -> None:
        """C2: 401 is passed on, with a challenge."""
        _, charger = self.refused(401, authorization=basic(b"CP001", b"wrong"))
        self.assertEqual(401, charger.status)
        self.assertEqual(b'Basic realm="OCPP"', charger.header(b"www-authenticate"))

    def test_unreachable(self) -> None:
        """C4: no TCP, no DNS: 502 with Retry-After, and the next attempt is held off without a dial."""
        for trouble in (ConnectionRefusedError(), DNSLookupError()):
            site = self.site()
            site.trouble = trouble
            charger = site.ask()
            self.assertEqual(502, charger.status)
            self.assertIsNotNone(charger.header(b"retry-after"))
            site.trouble = None
            self.assertEqual(503, site.ask().status)
            self.assertEqual([], site.centrals)
            site.advance(2)
            self.assertEqual(101, site.ask().status)

    def test_silent(self) -> None:
        """C5: a central system that says nothing for 10 s: 504."""
        site = self.site()
        site.answer = lambda central: None
        charger = site.ask()
        site.advance(9.5)
        self.assertEqual(0, charger.status)
        site.advance(1)
        self.assertEqual(504, charger.status)
        self.assertIsNotNone(site.centrals[-1].lost)

    def test_silent_connect(self) -> None:
        """C5: the 10 s count from DNS on."""
        site = self.site()
        site.trouble = Deferred()
        charger = site.ask()
        site.advance(10.5)
        self.assertEqual(504, charger.status)

    def test_redirect(self) -> None:
        """C6: a redirect is not followed."""
        site, charger = self.refused(302, (b"Location: http://elsewhere.example/",))
        self.assertEqual(502, charger.status)
        self.assertEqual(1, len(site.centrals))
        self.assertEqual(["302 http://elsewhere.example"], [event.detail for event in site.told("turned-away")])

    def test_retry_after(self) -> None:
        """C7: 503 with Retry-After: 120 is mirrored, and nothing dialled for 120 s."""
        site, charger = self.refused(503, (b"Retry-After: 120",))
        self.assertEqual(503, charger.status)
        self.assertEqual(b"120", charger.header(b"retry-after"))
        site.advance(110, step=5)
        self.assertEqual(503, site.ask().status)
        self.assertEqual(1, len(site.centrals))
        site.answer = lambda central: central.accept()
        site.advance(11, step=1)
        self.assertEqual(101, site.ask().status)

    def test_version(self) -> None:
        """C8: another WebSocket version is told the right one."""
        site = self.site()
        charger = site.connect()
        charger.raw(request().replace(b"Version: 13", b"Version: 99"))
        self.assertEqual(426, charger.status)
        self.assertEqual(b"13", charger.header(b"sec-websocket-version"))

    def test_plain_get(self) -> None:
        """C9: a GET without an upgrade gets 426, and no name of any software."""
        site = self.site()
        charger = site.connect()
        charger.raw(b"GET / HTTP/1.1\r\nHost: edge.lan\r\n\r\n")
        self.assertEqual(426, charger.status)
        self.assertIsNone(charger.header(b"server"))

    def test_own_fault(self) -> None:
        """C10: an exception inside Edge gives an answer without its text, and an event."""
        site = self.site()

        class Broken:
            def __getattr__(self, name: str) -> object:
                raise RuntimeError("the secret inside")

        site.desk.brakes.throttle = Broken()  # type: ignore[assignment]  # the test's own
        with capturedLogs() as logged:
            charger = site.ask()
        self.assertEqual(503, charger.status)
        self.assertNotIn(b"secret", charger.head + charger.received)
        self.assertEqual(1, len(logged))
        self.assertNotIn("secret", "".join(formatEvent(event) or "" for event in logged))
        self.assertEqual(["admit"], [event.place for event in site.told("internal")])

    def test_two_authorizations(self) -> None:
        """C11: two `Authorization` headers are a 400."""
        site = self.site()
        charger = site.connect()
        twice = b"Authorization: " + basic(b"CP001", b"x") + b"\r\n"
        charger.raw(request().replace(b"Host:", twice + twice + b"Host:"))
        self.assertEqual(400, charger.status)

    def test_long_head(self) -> None:
        """C13: a head over 16 KiB is refused, and the connection is gone 2 s later."""
        site = self.site()
        charger = site.connect()
        charger.raw(b"GET /CP001 HTTP/1.1\r\nX: " + b"x" * 17000)
        self.assertEqual(400, charger.status)
        site.advance(2.5)
        self.assertIsNotNone(charger.lost)

    def test_slow_head(self) -> None:
        """C13: a head that is not complete 30 s after the accept ends the connection."""
        site = self.site()
        charger = site.connect()
        charger.raw(b"GET /CP001 HTTP/1.1\r\n")
        site.advance(29, step=1)
        self.assertIsNone(charger.lost)
        site.advance(4, step=1)
        self.assertIsNotNone(charger.lost)
        self.assertEqual(["handshake-timeout"], [event.cause for event in site.told("handshake-failed")])

    def test_refused_are_gone(self) -> None:
        """Every refusal ends in `abortConnection` after 2 s, also where the peer does not leave."""
        _, charger = self.refused(404)
        site = charger.site
        end = site.net.ends[0]
        self.assertEqual(404, charger.status)
        site.advance(2.1)
        self.assertTrue(end.lost)

    def test_early_data_is_kept(self) -> None:
        """Data that arrives before the 101 reaches the central system behind it."""
        site = self.site()
        answers: list[Central] = []
        site.answer = answers.append
        charger = site.ask(more=frames.frame(frames.TEXT, b"[2,1]", masked=True))
        self.assertEqual(0, charger.status)
        answers[0].accept()
        self.assertEqual([b"[2,1]"], answers[0].texts)

    def test_early_data_is_bounded(self) -> None:
        """Data that arrives before the 101 is counted and bounded, not paused."""
        site = self.site()
        site.answer = lambda central: None
        charger = site.ask()
        charger.raw(b"x" * 70_000)
        self.assertEqual(400, charger.status)
        self.assertIsNotNone(site.centrals[-1].lost)

    def test_charger_leaves_before_the_answer(self) -> None:
        """A charger that gives up takes its dial with it."""
        site = self.site()
        site.answer = lambda central: None
        charger = site.ask()
        charger.vanish()
        self.assertIsNotNone(site.centrals[-1].lost)
        self.assertEqual([], site.told("session-opened"))


class RelayTests(SiteTestCase):
    """Section E: octets, opcodes, order."""

    def test_octets(self) -> None:
        """E2: numbers, escapes, duplicate keys and white space survive."""
        text = b'[2, "1","X",{"a":1.00,"a":1e3,\t"b":"\\u00e9"} ]'
        charger, central = self.site().open()
        charger.say(text)
        central.say(text)
        self.assertEqual([text], central.texts)
        self.assertEqual([text], charger.texts)

    def test_anything_goes(self) -> None:
        """E3, E4, E5, E6, E7, E12, E19, E20: what is odd is relayed as it is."""
        odd = [b'[2,"1","X",null]', b"[9,1]", b'[4,"1","OccurenceConstraintViolation","",{}]', b"{broken", b"[3]"]
        odd += [b'[2,"%s","X",{}]' % (b"i" * 40), b'[2,"2","BootNotification-Signed",{}]']
        charger, central = self.site().open()
        for text in odd:
            charger.say(text)
        self.assertEqual(odd, central.texts)

    def test_crossing(self) -> None:
        """E10, E11, E13: calls cross, ids repeat, nothing is swapped or serialised."""
        charger, central = self.site().open()
        central.say(b'[2,"1","A",{}]')
        central.say(b'[2,"2","B",{}]')
        charger.say(b'[2,"1","C",{}]')
        charger.say(b'[3,"1",{}]')
        self.assertEqual([b'[2,"1","A",{}]', b'[2,"2","B",{}]'], charger.texts)
        self.assertEqual([b'[2,"1","C",{}]', b'[3,"1",{}]'], central.texts)

    def test_bad_utf8(self) -> None:
        """E8: invalid UTF-8 in a text frame: 1007 on that leg, 1001 on the other."""
        charger, central = self.site().open()
        charger.say(b"\xff\xfe")
        self.assertEqual([(1007, b"")], charger.closes)
        self.assertEqual([(1001, b"")], central.closes)

    def test_binary(self) -> None:
        """E9: the opcode is preserved."""
        charger, central = self.site().open()
        charger.say(b"\x00\xff", frames.BINARY)
        self.assertEqual([(frames.BINARY, b"\x00\xff")], [(one.opcode, one.payload) for one in central.seen])

    def test_large(self) -> None:
        """E14: 10,000 characters, and a whole MiB, are relayed."""
        charger, central = self.site(chunk=7000).open()
        for size in (10_000, 1048576):
            central.say(b"x" * size)
            self.assertEqual(b"x" * size, charger.texts[-1])

    def test_too_large(self) -> None:
        """E15: one byte over the limit: 1009 on that leg, 1001 on the other; others go on."""
        site = self.site()
        charger, central = site.open()
        other, other_central = site.open(b"/CP002")
        charger.say(b"x" * 1048577)
        self.assertEqual([(1009, b"")], charger.closes)
        self.assertEqual([(1001, b"")], central.closes)
        other.say(b"[2]")
        self.assertEqual([b"[2]"], other_central.texts)

    def test_fragments(self) -> None:
        """E16: a fragmented message with a ping in between: the whole message is relayed, the ping answered."""
        charger, central = self.site().open()
        charger.raw(frames.frame(frames.TEXT, b"[2,", masked=True, final=False))
        charger.say(b"are you there", frames.PING)
        charger.raw(frames.frame(frames.CONTINUATION, b"1]", masked=True))
        self.assertEqual([b"[2,1]"], central.texts)
        self.assertIn((frames.PONG, b"are you there"), [(one.opcode, one.payload) for one in charger.seen])

    def test_no_compression(self) -> None:
        """E17, Q32: compression is not negotiated, offered or not."""
        site = self.site()
        charger = site.connect()
        offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\nHost:"
        charger.raw(request().replace(b"Host:", offer))
        self.assertEqual(101, charger.status)
        self.assertIsNone(charger.header(b"sec-websocket-extensions"))
        self.assertIsNone(site.centrals[-1].header(b"sec-websocket-extensions"))

    def test_rsv(self) -> None:
        """Q32: reserved bits are a breach of the protocol: 1002."""
        charger, central = self.site().open()
        charger.raw(frames.frame(frames.TEXT, b"[2]", masked=True, rsv=4))
        self.assertEqual([(1002, b"")], charger.closes)
        self.assertEqual([(1001, b"")], central.closes)
        self.assertEqual([], central.texts)

    def test_unmasked(self) -> None:
        """W-02: an unmasked frame of a charger is a breach of the protocol."""
        charger, central = self.site().open()
        charger.raw(frames.frame(frames.TEXT, b"[2]", masked=False))
        self.assertEqual([(1002, b"")], charger.closes)
        self.assertEqual([], central.texts)

    def test_cuts(self) -> None:
        """Frames may come in pieces of any size."""
        for chunk in (1, 3, 1000):
            charger, central = self.site(chunk=chunk).open()
            texts = [b"x" * size for size in (0, 1, 125, 126, 300)]
            for text in texts:
                charger.say(text)
            self.assertEqual(texts, central.texts)


class ClosingTests(SiteTestCase):
    """Section G: what ends one leg ends the other."""

    def test_ping_is_per_leg(self) -> None:
        """G1: a ping is answered on its leg and not forwarded."""
        charger, central = self.site().open()
        charger.say(b"a", frames.PING)
        central.say(b"b", frames.PING)
        self.assertEqual([(frames.PONG, b"a")], [one[:2] for one in charger.seen])
        self.assertEqual([(frames.PONG, b"b")], [one[:2] for one in central.seen])

    def test_codes(self) -> None:
        """G3: a close code and its reason reach the other leg, in both directions."""
        for code in (1000, 1001, 1008, 1011, 1012, 3000, 4001):
            charger, central = self.site().open()
            central.close(code, b"why")
            self.assertEqual([(code, b"why")], charger.closes)
            charger, central = self.site().open()
            charger.close(code, b"why")
            self.assertEqual([(code, b"why")], central.closes)

    def test_empty(self) -> None:
        """G4: an empty close stays empty."""
        charger, central = self.site().open()
        central.close(None)
        self.assertEqual([(None, b"")], charger.closes)

    def test_reset(self) -> None:
        """G5, H1: a reset of one leg closes the other with 1001 within a second."""
        site = self.site()
        charger, central = site.open()
        central.vanish()
        self.assertEqual([(1001, b"")], charger.closes)
        charger, central = site.open()
        charger.vanish()
        self.assertEqual([(1001, b"")], central.closes)

    def test_1014(self) -> None:
        """G6: 1014 does no harm; the charger sees a legal code."""
        charger, central = self.site().open()
        central.close(1014)
        self.assertEqual(1, len(charger.closes))
        self.assertIn(charger.closes[0][0], (1001, 1014))

    def test_long_reason(self) -> None:
        """G7: a reason of 123 bytes arrives whole, multi-byte end included."""
        reason = b"x" * 121 + "é".encode()
        charger, central = self.site().open()
        central.close(1000, reason)
        self.assertEqual([(1000, reason)], charger.closes)

    def test_no_reply(self) -> None:
        """G8: a charger that never answers our close is gone after 2 s."""
        site = self.site()
        charger, central = site.open()
        central.vanish()
        self.assertIsNone(charger.lost)
        site.advance(2.1)
        self.assertIsNotNone(charger.lost)

    def test_heartbeat(self) -> None:
        """G10: a Heartbeat is for the central system; Edge answers nothing."""
        charger, central = self.site().open()
        charger.say(b'[2,"1","Heartbeat",{}]')
        self.assertEqual([b'[2,"1","Heartbeat",{}]'], central.texts)
        self.assertEqual([], charger.texts)

    def test_last_words(self) -> None:
        """A message right before a close arrives before it."""
        charger, central = self.site().open()
        central.raw(frames.frame(frames.TEXT, b"[2]", masked=False) + frames.close(1000, masked=False))
        self.assertEqual([b"[2]"], charger.texts)
        self.assertEqual([(1000, b"")], charger.closes)

    def test_stop(self) -> None:
        """SIGTERM closes both legs with 1001."""
        site = self.site()
        charger, central = site.open()
        site.line.stop()
        site.net.flush()
        self.assertEqual([(1001, b"")], charger.closes)
        self.assertEqual([(1001, b"")], central.closes)
        self.assertEqual(["stopping"], [event.outcome for event in site.told("session-ended")])


class LivenessTests(SiteTestCase):
    """Sections G2, G9 and H10 on Edge's clock."""

    def test_silent(self) -> None:
        """G2: a charger that has ponged before and falls silent loses both legs."""
        site = self.site()
        charger, central = site.open()
        site.advance(20.5, step=1)
        self.assertIn(frames.PING, [one.opcode for one in charger.seen])
        charger.say(b"", frames.PONG)
        central.say(b"", frames.PONG)
        for _ in range(5):
            site.advance(15, step=1)
            central.say(b"", frames.PONG)
        self.assertIsNotNone(charger.lost)
        self.assertEqual([1001], [code for code, _ in central.closes])
        self.assertEqual(["charger-silent"], [event.outcome for event in site.told("session-ended")])

    def test_never_ponged(self) -> None:
        """Q25: a charger that never answers pings stays."""
        site = self.site()
        charger, central = site.open()
        for _ in range(20):
            site.advance(15, step=1)
            central.say(b"", frames.PONG)
        self.assertIsNone(charger.lost)

    def test_any_octet(self) -> None:
        """Any octet is life."""
        site = self.site()
        charger, central = site.open()
        charger.say(b"", frames.PONG)
        for _ in range(10):
            site.advance(15, step=1)
            charger.say(b'[2,"1","Heartbeat",{}]')
            central.say(b'[3,"1",{}]')
        self.assertIsNone(charger.lost)


class BackPressureTests(SiteTestCase):
    """W-12: a slow leg stops the other."""

    def test_slow_charger(self) -> None:
        """A charger that takes nothing stops the central system, and nothing is lost when it goes on."""
        site = self.site(chunk=16384)
        charger, central = site.open()
        charger.transport.pauseProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
        for number in range(200):
            central.say(b"%d" % number + b"x" * 10_000)
        held = sum(end.size for end in site.net.ends if not isinstance(end.protocol, (type(central),)))
        self.assertLess(held, 400_000)
        charger.transport.resumeProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
        site.net.flush()
        self.assertEqual([b"%d" % number + b"x" * 10_000 for number in range(200)], charger.texts)

    def test_slow_for_too_long(self) -> None:
        """A leg that takes nothing for a minute ends the session."""
        site = self.site(chunk=16384)
        charger, central = site.open()
        charger.transport.pauseProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
        for _ in range(30):
            central.say(b"x" * 10_000)
        site.advance(90, step=1)
        self.assertEqual(["charger-slow"], [event.outcome for event in site.told("session-ended")])

    def test_ping_flood(self) -> None:
        """Pongs are bounded towards a peer that sends pings and reads nothing."""
        site = self.site()
        charger, central = site.open()
        charger.transport.pauseProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
        for _ in range(2000):
            charger.say(b"x" * 125, frames.PING)
        self.assertLess(site.net.ends[0].size, 100_000)


class RivalTests(SiteTestCase):
    """Section H7 and design section 3.8."""

    def test_newest_wins(self) -> None:
        """H7: from the same address the new connection wins; the old legs close at its 101."""
        site = self.site()
        old, old_central = site.served()
        old.say(b"", frames.PONG)
        new = site.ask()
        old.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(101, new.status)
        self.assertEqual([(1001, b"")], old.closes)
        self.assertEqual([(1001, b"")], old_central.closes)
        new.say(b"[2]")
        self.assertEqual([b"[2]"], site.centrals[-1].texts)

    def test_dead_incumbent(self) -> None:
        """Not alive: it is closed after 3 s, and the newcomer counts as first, wherever it comes from."""
        site = self.site()
        site.served()
        new = site.ask(address="192.168.1.99")
        site.advance(3.5)
        self.assertEqual(101, new.status)

    def test_stranger(self) -> None:
        """A living incumbent without a secret: a newcomer from elsewhere gets 503, the central system no dial."""
        site = self.site()
        old, _ = site.served()
        new = site.ask(address="192.168.1.99")
        old.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(503, new.status)
        self.assertEqual(1, len(site.centrals))
        self.assertEqual(["rival"], [event.what for event in site.told("alarm")])
        self.assertIsNone(old.lost)

    def test_refused_newcomer(self) -> None:
        """A refused dial leaves the incumbent alone."""
        site = self.site()
        old, _ = site.served(authorization=basic(b"CP001", b"right"))
        site.answer = lambda central: central.refuse(401)
        new = site.ask(authorization=basic(b"CP001", b"wrong"))
        old.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(401, new.status)
        self.assertEqual([], old.closes)

    def test_central_refuses_a_second(self) -> None:
        """The newcomer shows what the incumbent showed and gets 403: the old is closed and the dial made once more."""
        site = self.site()
        old, old_central = site.served()

        def answer(central: Central) -> None:
            if old_central.closes or old_central.lost:
                central.accept()
            else:
                central.refuse(403)

        site.answer = answer
        new = site.ask()
        old.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(101, new.status)
        self.assertEqual([(1001, b"")], old.closes)

    def test_clash(self) -> None:
        """Three replacements of a lively incumbent within 10 minutes: alarm, and 503 for a minute."""
        site = self.site()
        charger, central = site.served()
        for _ in range(3):
            charger.say(b'[2,"1","Heartbeat",{}]')
            new = site.ask()
            charger.say(b"", frames.PONG)
            site.advance(0.5)
            self.assertEqual(101, new.status)
            charger = new
        self.assertIn("clash", [event.what for event in site.told("alarm")])
        refused = site.ask()
        charger.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(503, refused.status)
        site.advance(61, step=1)
        new = site.ask()
        charger.say(b"", frames.PONG)
        site.advance(0.5)
        self.assertEqual(101, new.status)


class DetectionTests(SiteTestCase):
    """Where the uplink goes, on the wire."""

    def test_upgrade_after_refusal(self) -> None:
        """Turned away at `uplink.ws` by HTTP: `uplink.wss` once in this attempt; detected where it serves."""
        site = self.site()
        site.answer = lambda central: central.refuse(403) if central.where[1] == 80 else central.accept()
        charger, central = site.served()
        self.assertEqual([80, 443], [c.where[1] for c in site.centrals])
        self.assertEqual(["wss"], [event.what for event in site.told("learned")])
        charger.close(1000)
        site.served()
        self.assertEqual([80, 443, 443], [c.where[1] for c in site.centrals])

    def test_closed_after_101(self) -> None:
        """Turned away after the 101: the next attempt begins with `uplink.wss`."""
        site = self.site()
        charger, central = site.open()
        central.close(1008)
        site.open()
        self.assertEqual([80, 443], [c.where[1] for c in site.centrals])

    def test_wrong_password(self) -> None:
        """Wrong password: the charger sees 401 and nothing is learned; the next try with the right one works."""
        site = self.site()
        right = basic(b"CP001", b"right")
        site.answer = lambda c: c.accept() if c.authorization == right else c.refuse(401)
        self.assertEqual(401, site.ask(authorization=basic(b"CP001", b"wrong")).status)
        self.assertEqual(0, len(site.desk.book))
        site.served(authorization=right)
        self.assertEqual(["wss", "password"], [event.what for event in site.told("learned")])
