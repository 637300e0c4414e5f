"""Tests of `edge_twisted.web.site.many` and `job`: many chargers at once, from the dry run to the last one."""

from typing import Any, Final

from edge_twisted.core.policy import Refusal
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import Answered, End, Tried
from edge_twisted.web.site import many
from edge_twisted.web.site.job import AWAY, BACK_SECONDS, GRACE_SECONDS, LOOK_SECONDS, NOT_BACK, SERVED, Job
from edge_twisted.web.site.many import KEPT_SECONDS
from tests.scene import NOW, WSS, at_door, name_of
from tests.web.asked import SECRET, Told
from tests.web.managed import Browser
from tests.web.site.rooms import RoomCase, text_of

TEXT: Final = SECRET.decode()
NAMES: Final = ("CP001", "CP002", "CP003", "CP004")
HEAD: Final = "identity,endpoint,user,password,charger shows\n"


class ManyTests(RoomCase):
    """One maintainer, some chargers."""

    def setUp(self) -> None:
        super().setUp()
        self.mira = self.browser(Role.MAINTAINER)
        self.sessions: dict[str, str] = {}
        self.jobs: list[Job] = []
        self.patch(many, "Job", self.made)

    def made(self, *given: Any) -> Job:
        """A job is made."""
        self.jobs.append(Job(*given))
        return self.jobs[-1]

    def connect(self, *names: str) -> None:
        """Let chargers be served."""
        for name in names:
            self.sessions[name] = self.serve(at_door(identity=name))

    def choose(self, *names: str, endpoint: str = str(WSS), way: str = "list", who: Browser | None = None) -> Told:
        """Choose chargers from the list."""
        boxes: dict[str, Any] = {f"c-{name_of(name.encode())}": "on" for name in names}
        return self.submit("/many", who or self.mira, way=way, endpoint=endpoint, **boxes)

    def planned_job(self, told: Told) -> str:
        """The path of a job that was planned."""
        self.assertEqual(told.status, 303, text_of(told))
        return told.headers["location"]

    def page(self, job: str) -> str:
        """What its page says."""
        told = self.open(job, self.mira)
        self.assertEqual(told.status, 200)
        return text_of(told)

    def begin_job(self, job: str) -> None:
        """Change the first one, or the rest."""
        self.assertEqual(self.submit(f"{job}/begin", self.mira).status, 303)

    def pass_time(self, seconds: float = LOOK_SECONDS) -> None:
        """Time goes on."""
        self.now += seconds
        self.reactor.advance(seconds)
        self.reactor.advance(0)

    def test_move_to_wss(self) -> None:
        """A dry run changes nothing; the first one is changed alone; then the rest, one after another, to the end."""
        self.connect(*NAMES)
        job = self.planned_job(self.choose(*NAMES))
        self.assertIn("Nothing is changed yet", self.page(job))
        self.assertIn(f"Endpoint: {WSS} (before: detected)", self.page(job))
        self.assertEqual((self.edits(), self.line.closed), ([], []))
        self.begin_job(job)
        self.assertEqual(len(self.line.closed), 1)
        self.assertIn("0 of 4", self.page(job))
        self.pass_time()
        self.assertEqual(len(self.line.closed), 1)
        first = next(name for name in NAMES if self.sessions[name] == self.line.closed[0][0])
        self.connect(first)
        self.pass_time()
        self.assertIn("The first one worked", self.page(job))
        self.assertIn(SERVED, self.page(job))
        self.pass_time(20)
        self.assertEqual(len(self.line.closed), 1)
        self.begin_job(job)
        for count in (2, 3, 4):
            self.assertEqual(len(self.line.closed), count)
            name = next(name for name in NAMES if self.sessions[name] == self.line.closed[-1][0])
            self.connect(name)
            self.pass_time()
        self.assertIn("Done: 4 chargers are changed", self.page(job))
        self.assertEqual({edit[1] for edit in self.edits()}, {"account:mira"})
        self.assertEqual([self.known(name.encode()).endpoint for name in NAMES], [WSS] * 4)

    def test_stops_at_failure(self) -> None:
        """A charger that comes back and is turned away stops the rest; the page tells why, and what is as before."""
        self.connect(*NAMES)
        job = self.planned_job(self.choose(*NAMES))
        self.begin_job(job)
        self.now += 1
        first = next(name for name in NAMES if self.sessions[name] == self.line.closed[0][0])
        name, plan = self.planned(at_door(identity=first))
        tried = tuple(Tried(dial, Answered(403)) for dial in plan.dials)
        self.desk.ended(name, End("turned-away", tried, refusal=Refusal(403, "turned-away")), 0.0)
        self.pass_time()
        self.assertIn("At work", self.page(job))
        self.pass_time(GRACE_SECONDS)
        told = self.page(job)
        self.assertIn("It stopped at the first charger that failed. Chargers changed: 0 of 4", told)
        self.assertIn("Look at its uplink", told)
        self.assertEqual(len(self.line.closed), 1)
        self.submit(f"{job}/begin", self.mira)
        self.assertEqual(len(self.line.closed), 1)

    def test_never_back(self) -> None:
        """A charger that does not come back stops the rest as well, in the end."""
        self.connect("CP001", "CP002")
        job = self.planned_job(self.choose("CP001", "CP002"))
        self.begin_job(job)
        self.pass_time(BACK_SECONDS + 1)
        self.assertIn(NOT_BACK, self.page(job))

    def test_away(self) -> None:
        """Chargers that are not connected are saved without waiting; one alone is done at once."""
        self.absent_charger(None)
        job = self.planned_job(self.choose("CP001"))
        self.begin_job(job)
        self.pass_time()
        self.assertIn(AWAY, self.page(job))
        self.assertIn("Done: 1 charger is changed", self.page(job))

    def test_stop(self) -> None:
        """It can be stopped and gone on with; when the session of who began ends, it stops by itself."""
        self.connect(*NAMES)
        job = self.planned_job(self.choose(*NAMES))
        self.begin_job(job)
        self.submit(f"{job}/stop", self.mira)
        self.assertIn("Stopped. Chargers changed: 1 of 4", self.page(job))
        self.pass_time(500)
        self.assertEqual(len(self.line.closed), 1)
        self.begin_job(job)
        self.assertEqual(len(self.line.closed), 2)
        self.assertEqual(self.send("POST", "/logout", None, *self.mira.headers).status, 200)
        self.pass_time(500)
        self.assertEqual(len(self.line.closed), 2)

    def test_table(self) -> None:
        """Passwords come as a table; no page shows them, and none is kept once the job is over."""
        self.connect("CP001")
        table = f"{HEAD}CP001,{WSS},CP001,{TEXT},same\nCP-NEW,{WSS},,{TEXT},same\n"
        told = self.submit("/many", self.mira, way="table", table=table)
        job = self.planned_job(told)
        page = self.page(job)
        self.assertIn("Password: entered.", page)
        self.assertIn("never seen here so far", page)
        self.begin_job(job)
        self.assertNotIn(TEXT, self.open(job, self.mira).data.decode())
        self.pass_time(BACK_SECONDS + 1)
        entered = self.known().entered
        assert entered
        self.assertEqual(entered.credentials.password, SECRET)
        [kept] = self.jobs
        self.assertEqual([item.row for item in kept.items], [None, None])

    def test_wrong_table(self) -> None:
        """A mistake in the table is told with its line; what was entered is not on the page, and nothing is planned."""
        table = f"{HEAD}CP001,,,{TEXT},sometimes\n,,,,\nCP002,,,,\n"
        told = self.submit("/many", self.mira, way="table", table=table)
        self.assertEqual(told.status, 422)
        self.assertIn("Line 2: The column “charger shows” must hold", text_of(told))
        self.assertIn("Line 4: There is nothing to change", text_of(told))
        self.assertNotIn(TEXT, told.data.decode())

    def test_wrong_rows(self) -> None:
        """What the API would refuse is told before anything is done, charger by charger; then nothing can begin."""
        self.connect("CP001", "CP002")
        table = f"{HEAD}CP001,wss://other.example,,,\nCP002,,,{TEXT},\n"
        job = self.planned_job(self.submit("/many", self.mira, way="table", table=table))
        told = self.page(job)
        self.assertIn("2 chargers can't be changed like this", told)
        self.assertIn("Only an administrator", told)
        self.assertIn("Say what the charger itself will show", told)
        self.submit(f"{job}/begin", self.mira)
        self.assertEqual(self.edits(), [])

    def test_nothing_chosen(self) -> None:
        """No charger, or no endpoint: told beside the field."""
        self.connect("CP001")
        self.assertIn("Choose at least one", text_of(self.choose()))
        told = self.choose("CP001", endpoint="")
        self.assertIn("Enter the endpoint", text_of(told))
        self.assertRegex(told.data.decode(), r'name="c-[0-9a-f]+" value="on" checked')

    def test_back_to_detected(self) -> None:
        """The endpoints that were entered are taken back in the same way."""
        self.absent_charger(None)
        self.begin_job(self.planned_job(self.choose("CP001")))
        self.pass_time()
        self.begin_job(self.planned_job(self.choose("CP001", way="detected")))
        self.assertIsNone(self.known().endpoint)

    def test_own(self) -> None:
        """A job is his who planned it, and is forgotten in time; the next one of the same person replaces it."""
        self.absent_charger(None)
        job = self.planned_job(self.choose("CP001"))
        self.assertEqual(self.open(job, Role.ADMIN).status, 404)
        self.assertEqual(self.submit(f"{job}/begin", Role.ADMIN).status, 404)
        again = self.planned_job(self.choose("CP001"))
        self.assertEqual((self.open(job, self.mira).status, self.open(again, self.mira).status), (404, 200))
        self.assertEqual(self.submit(f"{again}/drop", self.mira).headers["location"], "/many")
        last = self.planned_job(self.choose("CP001"))
        self.reactor.advance(KEPT_SECONDS + 1)
        self.assertEqual(self.open(last, self.mira).status, 404)

    def test_roles(self) -> None:
        """It is for maintainers, and every change needs the cross-site token."""
        for path in ("/many", "/many/x"):
            self.assertEqual(self.open(path, Role.READONLY).status, 403)
        self.assertEqual(self.submit("/many", Role.READONLY, way="table").status, 403)
        for path in ("/many", "/many/x/begin", "/many/x/stop", "/many/x/drop"):
            self.assertEqual(self.submit(path, self.mira, token=False).status, 403)

    def test_live(self) -> None:
        """The page follows by itself."""
        self.absent_charger(None)
        job = self.planned_job(self.choose("CP001"))
        wire = self.live(job, self.mira)
        self.begin_job(job)
        self.pass_time()
        self.pass_time()
        self.assertIn(b"Done: 1 charger", wire.value())
        self.assertGreater(self.time(), NOW)
