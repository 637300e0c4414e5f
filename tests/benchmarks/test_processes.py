"""What the measuring reads of the kernel, and how it treats processes."""

import os
import subprocess
import sys
import time

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.processes import BenchError, Usage, allow_files, cores, family, memory, spawn, stop, until, usage

BUSY = "import sys, time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\nprint(flush=True)\n"
BUSY += "sys.stdin.read()"


class ProcessTests(SynchronousTestCase):
    """A child process."""

    def start(self, program: str) -> subprocess.Popen[bytes]:
        """Run a program of Python."""
        process = spawn([sys.executable, "-c", program], cores()[0], output=subprocess.PIPE)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        self.addCleanup(stop, process)
        return process

    def test_usage(self) -> None:
        """Its CPU time is what it used; its memory is something; it keeps to its core."""
        process = self.start(BUSY)
        assert process.stdout is not None
        process.stdout.readline()
        self.assertGreater(usage(process.pid).cpu, 0.2)
        self.assertLess(usage(process.pid).cpu, 5)
        self.assertGreater(memory(process.pid), 1000)
        self.assertEqual(os.sched_getaffinity(process.pid), {cores()[0]})

    def test_waited(self) -> None:
        """Threads that wait for each other only are not contended; one that waits for longer is, by the difference."""
        before = Usage({1: (5.0, 1.0)})
        self.assertAlmostEqual((Usage({1: (5.8, 1.1), 2: (0.1, 0.8)}) - before).waited, 0.0)
        self.assertAlmostEqual((Usage({1: (5.8, 1.5), 2: (0.1, 0.8)}) - before).waited, 0.4)
        self.assertAlmostEqual((Usage({1: (5.8, 1.5), 2: (0.1, 0.8)}) - before).cpu, 0.9)
        self.assertEqual(Usage().waited, 0.0)

    def test_family(self) -> None:
        """Its children count, and end with it even if it does not heed SIGTERM."""
        child = "import subprocess, sys, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        child += "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        process = self.start(child + "print(flush=True); import time; time.sleep(60)")
        assert process.stdout is not None
        process.stdout.readline()
        members = family(process.pid)
        self.assertEqual(len(members), 2)
        self.patch(sys.modules["benchmarks.processes"], "STOP_SECONDS", 0.1)
        stop(process)
        end = time.monotonic() + 10
        while any(alive(pid) for pid in members):
            self.assertLess(time.monotonic(), end)

    def test_ended_early(self) -> None:
        """Nobody waits for a process that is gone."""
        error = self.assertRaises(BenchError, until, lambda: False, self.start("raise SystemExit(3)"), "an answer")
        self.assertEqual(str(error), "it ended (3) before there was an answer")

    def test_files(self) -> None:
        """More open files than anybody may have are an error that says what helps."""
        error = self.assertRaises(BenchError, allow_files, 1 << 40)
        self.assertIn("ulimit -Hn", str(error))


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
