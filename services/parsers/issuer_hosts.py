"""Where issuers keep their registers: the only hosts whose word earns a verified mark.

A row that claims "found in the issuer's register" or "issuer's document, verified" is believed only
where it names an address on one of these hosts (look-alike sites with QR codes of their own exist;
a scan counts only if the host that it leads to is listed). Where a row names an issuer, the host
must be that issuer's: ``words`` are what one of its names holds. Registers of accreditation bodies
come from ``services/reference/accreditation_bodies.csv``. To trust another host, add it here, with
a look at the page itself: this list is code, so that it is reviewed.
"""

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Register:
    """``hosts``: these and what lies under them. ``words``: of its owner's names, folded; () = a
    register of many issuers' decisions."""

    hosts: tuple[str, ...]
    words: tuple[str, ...] = ()


REGISTERS = (
    # trade marks
    Register(("cnipa.gov.cn",), ("cnipa", "国家知识产权局", "商标局", "national intellectual")),
    Register(("wipo.int",), ("wipo", "世界知识产权组织", "world intellectual", "madrid", "马德里")),
    Register(("uspto.gov",), ("uspto", "united states patent", "美国专利商标局")),
    Register(("euipo.europa.eu",), ("euipo", "european union intellectual", "欧盟知识产权局")),
    Register(("ipo.gov.uk", "trademarks.ipo.gov.uk"), ("ukipo", "uk intellectual", "英国知识产权")),
    Register(("j-platpat.inpit.go.jp",), ("jpo", "japan patent", "日本特许厅", "特許庁")),
    # authorities and schemes
    Register(("cnca.cn", "cnca.gov.cn"), ("cnca", "samr", "认证认可监督", "市场监督", "监管总局")),
    Register(("samr.gov.cn",), ("samr", "market regulat", "市场监督", "监管总局")),
    Register(("innocom.gov.cn",), ("高新技术企业", "high-tech", "high and new technology")),
    Register(("gsxt.gov.cn", "creditchina.gov.cn")),  # penalties by whatever authority
    Register(("single-market-compliance-space.ec.europa.eu", "webgate.ec.europa.eu")),  # NANDO
    Register(("iecee.org", "iecex.com", "iecq.org", "iecre.org"), ("iecee", "iecex", "iecq", "iecre")),  # noqa: E501
    Register(("fcc.gov",), ("fcc", "federal communications")),
    Register(("osha.gov",), ("osha", "occupational safety")),
    Register(("cpsc.gov",), ("cpsc", "consumer product safety")),
    # memberships, certificates of management systems, legal entities
    Register(("tic-council.org",), ("tic council", "国际检验检测认证理事会")),
    Register(("iafcertsearch.org",)),
    Register(("gleif.org",)),
)  # fmt: skip


@cache
def registers() -> tuple[Register, ...]:
    """Those above and the accreditation bodies' own."""
    text = (files("services.reference") / "accreditation_bodies.csv").read_text(encoding="utf-8")
    own = tuple(
        Register((row["website_domain"].lower(),), tuple(filter(None, map(_folded, names))))
        for row in csv.DictReader(text.splitlines())
        if row["website_domain"]
        for names in [(row["acronym"], row["name"], row["local_name"])]
    )
    return REGISTERS + own


def why_not(address: str, issuer: str, known: tuple[Register, ...]) -> str:
    """Why this address bears out nothing of this issuer, in words; "" where it does.

    ``issuer``: its names as the row has them, "" for facts that have no issuer.
    """
    host = _host(address)
    if not host:
        return "it names no address of the issuer's register (https://…)"
    theirs = [one for one in known if any(_under(host, own) for own in one.hosts)]
    if not theirs:
        return f"{host} is no host of a known register (services/parsers/issuer_hosts.py)"
    said = _folded(issuer)
    if said and not any(not one.words or any(w in said for w in one.words) for one in theirs):
        return f"{host} is not a host of {issuer}"
    return ""


def _host(address: str) -> str:
    """Whose host an https address names, "" where it is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").lower() if parts.scheme == "https" else ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _under(host: str, own: str) -> bool:
    return host == own or host.endswith(f".{own}")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
