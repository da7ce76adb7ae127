"""The network between a worker and the database: silent for longer than a lease, or torn."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from deploy.embedded.asked import HOST, free_port
from tests.chaos.campaign import Campaign

_CUT = 6.0  # seconds: three leases of the house's settings
STEPS = ("claimed", "fetched", "reading", "checked", "matched", "stated", "logged", "published")
_CHUNK = 1 << 16


@dataclass(slots=True)
class Wire:
    """A TCP relay to the server's socket. While ``flows`` is unset nothing passes either way and
    nothing is closed: whoever asks waits, as for a host that has gone from the network."""

    socket: str
    port: int = field(default_factory=lambda: free_port(0))
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    ends: set[asyncio.StreamWriter] = field(default_factory=set)
    torn: bool = False

    def _soon(self, what: Callable[[], object]) -> None:
        self.loop.call_soon_threadsafe(what)

    def silence(self) -> None:
        self._soon(self.flows.clear)

    def tear(self) -> None:
        """Every connection breaks, and new ones are closed at once."""

        def now() -> None:
            self.torn = True
            for end in list(self.ends):
                end.transport.abort()

        self._soon(now)

    def mend(self) -> None:
        def now() -> None:
            self.torn = False
            self.flows.set()

        self._soon(now)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.torn:
            writer.transport.abort()
            return
        await self.flows.wait()
        inward, outward = await asyncio.open_unix_connection(self.socket)
        both = {writer, outward}
        self.ends |= both
        try:
            await asyncio.gather(self._pump(reader, outward), self._pump(inward, writer))
        except OSError:
            pass
        finally:
            self.ends -= both
            for end in both:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            await self.flows.wait()
            writer.write(chunk)
            await writer.drain()
        writer.transport.abort()  # whoever is on the other side is to know

    @contextmanager
    def laid(self) -> Iterator["Wire"]:
        self.flows.set()
        made = asyncio.start_server(self._relay, HOST, self.port)
        server = self.loop.run_until_complete(made)
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.mend()
            self._soon(server.close)
            self._soon(self.loop.stop)
            thread.join(10)


def network_cut(campaign: Campaign) -> None:
    """A worker loses the database in mid-run, for three leases; another does its work meanwhile.

    Silent, it holds what it holds until the network is back; torn, its transaction is rolled back.
    """
    house = campaign.house
    url = make_url(house.database_url)
    with Wire(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}").laid() as wire:
        wired = url.set(host=HOST, port=wire.port, query={})
        house.own_env["worker"] = {
            "LABDIR_DATABASE_URL": wired.render_as_string(hide_password=False)
        }
        campaign.kill("worker")
        try:
            for how, cut in (("silent", wire.silence), ("torn", wire.tear)):
                for step in STEPS:
                    _cut(campaign, wire, f"network {how} at {step}", step, cut)
        finally:
            wire.mend()
            del house.own_env["worker"]
            campaign.kill("worker")
            house.dismiss("worker2")
    campaign.plain_run()


def _cut(campaign: Campaign, wire: Wire, name: str, step: str, cut: Callable[[], None]) -> None:
    house = campaign.house
    house.dismiss("worker2")  # the wired one alone takes the run

    def blow(_pid: int) -> None:
        cut()
        house.go_on(step)
        house.start("worker2")
        time.sleep(_CUT)
        wire.mend()

    campaign.strike(name, step, blow)
    campaign.other[name.rpartition(" at ")[0]] += 1
