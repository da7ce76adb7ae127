"""From a file to its verdicts: handed in, columns named, followed, read by verdict, fetched."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.engine import Engine

from directory.who import COOKIE
from services import accounts
from services.audit import carry, ledger
from services.audit.carry import Bench
from services.sync.reader import Reader
from services.terms import Role, SecretKind
from tests.browser.house import House, now
from tests.browser.test_pages import hold, hold_in_the_dark
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

SAID = {
    "en": {
        "audits": "Audits",
        "sign in": "Sign in to begin an audit",
        "send": "Audit this file",
        "what": "What do the columns hold?",
        "waits": "waits to be read",
        "judge": "Judge the rows",
        "not found": "not found",
        "not judged": "not judged",
        "show": "Show",
        "csv": "Download CSV",
        "again": "Run again as known now",
        "compared": "audit judged again",
        "refused": "This file cannot be audited",
        "pdf": "A PDF cannot be audited. Send the table itself, as XLSX or CSV.",
        "title": "labdir_verdict",
        "delete": "Delete this audit",
        "for good": "Delete for good",
        "number": "Accreditation number",
        "same": "Two columns were given the same meaning",
    },
    "zh": {
        "audits": "批量核查",
        "sign in": "登录后开始核查",
        "send": "开始核查",
        "what": "各列是什么内容？",
        "waits": "等待读取",
        "judge": "开始判定",
        "not found": "未找到",
        "not judged": "未判定",
        "show": "显示",
        "csv": "下载 CSV",
        "again": "按目前所知重新判定",
        "refused": "该文件无法核查",
        "pdf": "无法核查 PDF，请提交 XLSX 或 CSV 格式的表格本身。",
        "title": "labdir_结论",
        "delete": "删除本次核查",
        "for good": "永久删除",
        "number": "认可编号",
        "same": "有两列被指定为同一含义",
    },
}
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])


def table(numbers: list[str]) -> str:
    """A list of reports with a column whose heading only resembles a known one."""
    head = "报告编号,实验室认可证书号码,机构名称,检测标准,检测日期,签发日期,备注"
    rows = []
    for at, number in enumerate(numbers):
        issued = now().date() - timedelta(days=at * 9)
        method = "GB/T 18287-2013" if at % 4 == 3 else ""
        tested = issued - timedelta(days=8)
        rows.append(f"R{at:03},{number},,{method},{tested},{issued},第 {at} 批")
    rows.append("R900,CNAS L90004,,,03/04/2026,2026-05-12,")
    return "\r\n".join([head, *rows]) + "\r\n"


@pytest.fixture(scope="module")
def engine(standing: House) -> Iterator[Engine]:
    made = sa.create_engine(standing.database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def numbers(engine: Engine) -> list[str]:
    """Numbers that stand in the directory, and two that do not."""
    query = sa.text(
        "select 'CNAS ' || number from accreditation where issuer = 'CNAS' order by id limit 40"
    )
    with engine.connect() as conn:
        return [*conn.execute(query).scalars(), "CNAS L99991", "CNAS LI90004"]


class Workers:
    """What judges audits; it rests until it is let go."""

    def __init__(self, engine: Engine) -> None:
        self.reader = Reader()
        self.bench = Bench(engine, self.reader, now)
        self.engine = engine
        self.free = threading.Event()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while not self.over.wait(0.1):
            if self.free.is_set():
                with self.engine.begin() as conn:
                    waiting = ledger.waiting(conn)
                for audit_id in waiting:
                    carry.carry_on(self.bench, audit_id)

    def end(self) -> None:
        self.over.set()
        self.thread.join(60)
        self.reader.close()


@pytest.fixture(scope="module")
def workers(engine: Engine) -> Iterator[Workers]:
    one = Workers(engine)
    yield one
    one.end()


def sign_in(visitor: Visitor, engine: Engine) -> None:
    """An account of the visit's own, signed in by a session's cookie."""
    with engine.begin() as conn:
        name = f"Desk {visitor.code} {visitor.width} {now().timestamp()}"
        account_id = accounts.open_account(conn, name, Role.READER, now())
        secret = accounts.new_secret(conn, account_id, SecretKind.SESSION, now())
    visitor.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": visitor.base}])


def hand_in(visitor: Visitor, said: dict[str, str], name: str, body: str | bytes) -> None:
    data = body.encode() if isinstance(body, str) else body
    file = {"name": name, "mimeType": "text/csv", "buffer": data}
    visitor.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    visitor.press("button", said["send"])
    visitor.page.wait_for_url(re.compile(r"/audits/\d+$"))


@everywhere
def test_a_file_is_handed_in_mapped_followed_read_and_fetched(
    coming: Visit, engine: Engine, workers: Workers, numbers: list[str], advise: object,
    tmp_path: Path, code: str, width: int,
) -> None:  # fmt: skip
    said = SAID[code]
    workers.free.clear()
    with coming(code, width, expected=("401", "400")) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/audits")
        expect(visitor.main.get_by_role("link", name=said["sign in"])).to_have_attribute(
            "href", f"/{code}/sign-in?next=%2F{code}%2Faudits"
        )
        look(visitor, "audit-0-told", advise)
        sign_in(visitor, engine)
        page.goto(f"{visitor.base}/{code}/audits")
        look(visitor, "audit-1-empty", advise)
        hand_in(visitor, said, "报告清单 2026.csv", table(numbers))
        expect(visitor.main).to_contain_text(said["waits"])
        look(visitor, "audit-2-waiting", advise)
        workers.free.set()
        # the page finds out by itself
        expect(page.get_by_role("heading", name=said["what"])).to_be_visible(timeout=30_000)
        workers.free.clear()
        guessed = page.get_by_role("combobox", name="实验室认可证书号码")
        expect(guessed).to_have_value("number")
        look(visitor, "audit-3-mapping", advise)
        page.get_by_role("combobox", name="备注").select_option("number")
        visitor.press("button", said["judge"])
        expect(visitor.main.get_by_role("alert")).to_contain_text(said["same"])
        look(visitor, "audit-4-mapping-refused", advise)
        page.get_by_role("combobox", name="备注").select_option("")
        visitor.press("button", said["judge"])
        workers.free.set()
        totals = page.locator("table.totals")
        expect(totals).to_contain_text(said["not judged"], timeout=30_000)
        expect(page.locator("table.judged tbody tr")).to_have_count(25)
        look(visitor, "audit-5-done", advise)
        page.locator("select[name=verdict]").select_option("NOT_JUDGED")
        visitor.press("button", said["show"])
        rows = page.locator("table.judged tbody tr")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("R900")
        expect(rows).to_contain_text("03/04/2026")
        look(visitor, "audit-6-filtered", advise)
        with page.expect_download() as started:
            visitor.press("link", said["csv"])
        kept = tmp_path / "result.csv"
        started.value.save_as(kept)
        text = kept.read_text(encoding="utf-8-sig")
        assert said["title"] in text.splitlines()[0]
        assert text.count("R900") == 1
        visitor.press("button", said["again"])
        expect(page.locator("table.totals")).to_be_visible(timeout=30_000)
        look(visitor, "audit-7-again", advise)
        page.goto(f"{visitor.base}/{code}/audits")
        expect(page.locator("table.audits tbody tr")).to_have_count(2)
        look(visitor, "audit-8-list", advise)


@everywhere
def test_what_is_no_table_is_refused_with_its_remedy(
    coming: Visit, engine: Engine, workers: Workers, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    with coming(code, width) as visitor:
        sign_in(visitor, engine)
        visitor.page.goto(f"{visitor.base}/{code}/audits")
        workers.free.set()
        hand_in(visitor, said, "report.csv", b"%PDF-1.7 \n")
        alert = visitor.main.get_by_role("alert").first
        expect(alert).to_contain_text(said["refused"], timeout=30_000)
        expect(alert).to_contain_text(said["pdf"])
        look(visitor, "audit-9-refused", advise)


@pytest.mark.parametrize("code", CODES)
def test_the_same_without_javascript(
    coming: Visit, engine: Engine, workers: Workers, code: str
) -> None:
    said = SAID[code]
    workers.free.clear()
    with coming(code, 1280, javascript=False) as visitor:
        page = visitor.page
        sign_in(visitor, engine)
        page.goto(f"{visitor.base}/{code}/audits")
        hand_in(visitor, said, "rows.csv", "number,on\nCNAS L90004,2026-05-01\nX,2026-05-01\n")
        expect(page.locator("progress")).to_be_visible()
        visitor.shot("audit-plain-running")
        workers.free.set()
        # the page comes again by itself
        expect(page.locator("table.totals")).to_be_visible(timeout=30_000)
        page.locator("summary", has_text=said["delete"]).click()
        visitor.press("button", said["for good"])
        expect(page.locator(".empty")).to_be_visible()


def look(visitor: Visitor, name: str, advise: object) -> None:
    """A picture is kept, and WCAG holds, in the dark as well."""
    visitor.shot(name)
    hold(visitor, advise)  # type: ignore[arg-type]
    if (visitor.code, visitor.width) == ("en", 1280):
        hold_in_the_dark(visitor)
        visitor.page.emulate_media(color_scheme="light")
