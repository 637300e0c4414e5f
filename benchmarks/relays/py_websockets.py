"""The relay that people write first: asyncio and the library websockets, one task for each direction."""

import argparse
import asyncio
import logging
import ssl

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

OPENING_SECONDS = 60
OCPP = Subprotocol("ocpp1.6")


async def pump(source: ClientConnection | ServerConnection, sink: ClientConnection | ServerConnection) -> None:
    """Carry messages one way until either side is gone."""
    try:
        async for message in source:
            await sink.send(message)
    except ConnectionClosed:
        pass
    finally:
        await sink.close()


async def main(given: argparse.Namespace) -> None:
    """Serve for ever."""
    up_tls = ssl.create_default_context(cafile=given.ca) if given.upstream.startswith("wss") else None
    tls = None
    if given.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(given.cert, given.key)

    async def serve_charger(charger: ServerConnection) -> None:
        assert charger.request is not None
        async with connect(
            given.upstream + charger.request.path,
            ssl=up_tls,
            subprotocols=[OCPP],
            compression=None,
            proxy=None,
            additional_headers={"Authorization": given.auth},
            open_timeout=OPENING_SECONDS,
        ) as central:
            await asyncio.gather(pump(charger, central), pump(central, charger))

    async with serve(
        serve_charger,
        "127.0.0.1",
        int(given.port),
        ssl=tls,
        subprotocols=[OCPP],
        compression=None,
        open_timeout=OPENING_SECONDS,
        backlog=4096,
    ):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser()
    for name in ("port", "upstream", "auth", "ca", "cert", "key"):
        parser.add_argument("--" + name)
    asyncio.run(main(parser.parse_args()))
