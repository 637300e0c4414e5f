"""The twistd command line: `twistd edgeproxy --config FILE`."""

import gc
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from edge_twisted.config import ConfigError, read_settings


class Options(usage.Options):
    """What can be said on the command line."""

    synopsis = "[--config FILE]"
    longdesc = "Edge: an on-site proxy that makes OCPP connections of electric-vehicle chargers secure."
    optParameters = [  # noqa: RUF012 - the name and shape are Twisted's
        ["config", "c", "/etc/edgeproxy/edgeproxy.toml", "the configuration file"],
    ]


def keep_steady(reactor: Any) -> None:
    """Let a reactor's timers count on a clock that never jumps.

    Twisted's is the wall clock: where that is set back, as by a box that hears the time, nothing would come that waits,
    no ping, no time-out, no write, until the old time is reached again.

    Args:
        reactor: one that has not begun to wait for anything; any other stays as it is.
    """
    if not reactor.getDelayedCalls():
        reactor.seconds = time.monotonic


def hear_hang_up(reactor: Any) -> None:
    """Let SIGHUP, as of a terminal that is closed, end Edge as SIGTERM does: it would be killed in the midst of all.

    Args:
        reactor: ends. Where somebody lets SIGHUP be ignored, as `nohup` does, that stands.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(reactor.stop))


def makeService(options: Mapping[str, Any]) -> IService:
    """Build Edge from its configuration file.

    Args:
        options: `config`: the file's path.

    Returns:
        The service, its state and ports open; it serves when it starts.

    Raises:
        SystemExit: with one line, where the file, the state or a port can't be used.
    """
    try:
        settings = read_settings(Path(options["config"]))
    except ConfigError as error:
        raise SystemExit(f"edgeproxy: {error}") from None
    from twisted.internet import reactor  # noqa: PLC0415 - never at module level

    keep_steady(reactor)
    reactor.callWhenRunning(hear_hang_up, reactor)
    gc.disable()  # what is imported stays: looking for garbage among it is a tenth of the start
    try:
        from edge_twisted.service import EdgeService  # noqa: PLC0415 - twistd --help need not import it
    finally:
        gc.freeze()
        gc.enable()
    service = EdgeService(reactor, settings)
    service.open()
    return service
