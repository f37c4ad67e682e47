"""What lies between the service and its database? A wire that can be cut, and mended on the same port."""

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field

from sqlalchemy import make_url

from tests.lifecycle.replicas import free_port


@dataclass(slots=True)
class Wire:
    """A port that leads to the database while it is whole."""

    database_url: str
    port: int = field(default_factory=free_port)
    _server: asyncio.Server | None = None
    _writers: set[StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The database at the end of the wire."""
        near = make_url(self.database_url).set(host="127.0.0.1", port=self.port)
        return near.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Let the database be reached."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Let everything on the wire end at once, and nothing new be connected."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _join(self, near: StreamReader, back: StreamWriter) -> None:
        far = make_url(self.database_url)
        answers, on = await asyncio.open_connection(far.host, far.port)
        self._writers |= {back, on}
        try:
            await asyncio.gather(_carry(near, on), _carry(answers, back))
        finally:
            self._writers -= {back, on}


async def _carry(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
