"""Cutting a connection: the protocol that allows it and the answer that does."""

import asyncio

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "simulator.transport"


class CuttableProtocol(HttpToolsProtocol):
    """Lets the application reach the transport of its connection."""

    def on_message_begin(self) -> None:
        """Put the transport into the scope of every request."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}


class Cut(Response):
    """No whole answer: perhaps a first part, then the connection is gone."""

    def __init__(self, body: bytes = b"", length: int = 0):
        super().__init__(body, media_type="application/json")
        self.part = body
        self.promised = length

    async def __call__(self, scope, receive, send) -> None:
        """Send the part (if any) and close the connection."""
        transport = scope.get("extensions", {}).get(TRANSPORT)
        if self.part:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [
                        (b"content-type", b"application/json"),
                        (b"content-length", str(self.promised).encode()),
                    ],
                }
            )
            await send(
                {
                    "type": "http.response.body",
                    "body": self.part,
                    "more_body": True,
                }
            )
        if transport is None:
            raise RuntimeError("this server cannot cut connections")
        # close() still writes what is buffered; abort() would lose the first part.
        if self.part:
            transport.close()
        else:
            transport.abort()
        await _gone(receive)


async def _gone(receive) -> None:
    """Wait until the server knows that the client is gone.

    Without this it would see an application that never answered and send a 500.
    """
    async with asyncio.timeout(5):
        while (await receive())["type"] != "http.disconnect":
            pass
