"""Somebody signed in before the pages: their cookie, and forms sent from a page of the host."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import sqlalchemy as sa
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser, LexborNode

from directory.app import FrontDoor, create_app
from directory.who import COOKIE
from services import accounts
from services.settings import Settings
from services.terms import Role, SecretKind
from tests.directory.api.conftest import Clock
from tests.services.store.build import World

SAME = {"sec-fetch-site": "same-origin"}


@dataclass
class Front:
    """A front door over a database of one's own."""

    url: str
    client: TestClient[FrontDoor]
    clock: Clock = field(default_factory=Clock)

    def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        engine = sa.create_engine(self.url)
        try:
            with engine.begin() as conn:
                return fn(conn, *args, **kwargs)
        finally:
            engine.dispose()

    def publish(self, build: Callable[[World], object]) -> None:
        """Something more, through the real transaction."""

        def look(conn: sa.Connection) -> None:
            world = World(conn)
            rows = conn.execute(sa.text("select source_key, name, id from source_list")).all()
            world.lists = {(key, name): id_ for key, name, id_ in rows}
            build(world)

        self.write(look)

    def account(self, name: str, role: Role = Role.READER) -> int:
        return int(self.write(accounts.open_account, name, role, self.clock()))

    def secret(self, account_id: int, kind: SecretKind) -> str:
        return str(self.write(accounts.new_secret, account_id, kind, self.clock()))

    def desk(self, name: str, role: Role = Role.READER) -> "Desk":
        """A new account with a session of its own."""
        account_id = self.account(name, role)
        return Desk(self, account_id, self.secret(account_id, SecretKind.SESSION))


@dataclass
class Desk:
    front: Front
    account_id: int
    session: str

    def _with(self, more: dict[str, str]) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self.session}", **more}

    def get(self, path: str, status: int = 200) -> "Shown":
        answer = self.front.client.get(path, headers=self._with({}), follow_redirects=False)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return Shown(answer)

    def post(
        self, path: str, sent: dict[str, Any] | None = None, status: int = 303, **headers: str
    ) -> "Shown":
        said = self._with(SAME) | {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.front.client.post(path, data=sent or {}, headers=said, follow_redirects=False)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return Shown(answer)


@dataclass
class Shown:
    """A page as it came."""

    answer: httpx.Response

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.answer.text)

    @property
    def to(self) -> str:
        return self.answer.headers["location"]

    def one(self, selector: str) -> LexborNode:
        found = self.tree.css_first(selector)
        assert found is not None, f"no {selector} in {self.answer.url}"
        return found

    def text(self, selector: str = "main") -> str:
        return " ".join(self.one(selector).text(separator=" ").split())

    def texts(self, selector: str) -> list[str]:
        return [" ".join(node.text(separator=" ").split()) for node in self.tree.css(selector)]

    def links(self, selector: str = "main a") -> list[str]:
        return [str(node.attributes.get("href")) for node in self.tree.css(selector)]


@contextmanager
def front_door(url: str, fill: Callable[[World], object], settings: Settings) -> Iterator[Front]:
    """``fill`` publishes what the directory holds."""
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    clock = Clock()
    app = create_app(settings, clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Front(url, client, clock)
