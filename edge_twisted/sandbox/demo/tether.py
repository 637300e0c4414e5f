"""Becomes another program that ends when its parent does: `python -m …demo.tether PARENT PROGRAM ...`.

However the demo ends, Edge must not go on by itself; a killed parent can't end anybody.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask the kernel for a SIGTERM at the parent's end, which outlives the exec, and exec.

    Args:
        arguments: the parent's process id, the program's path, and its arguments.

    Raises:
        SystemExit: the parent is gone already.
        OSError: there is no such program.
    """
    parent, *command = arguments
    with contextlib.suppress(AttributeError, OSError):  # where the kernel can't, it is as without
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        raise SystemExit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
