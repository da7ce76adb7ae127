# ruff: noqa: E501 - the list as it is printed
"""Makes the sample list in the shape of the published one.

``python -m tests.sources.sk_trusted_list.build``; providers and services are made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("sk-tl_sn7_2031-01-20.xml")

STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
_HEAD = """<?xml version="1.0" encoding="utf-8"?><TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" xmlns:ns2="http://www.w3.org/2000/09/xmldsig#" TSLTag="http://uri.etsi.org/19612/TSLTag" Id="MADE-7">
 <!-- made up: no provider and no service in it is real -->
 <SchemeInformation>
  <TSLVersionIdentifier>5</TSLVersionIdentifier>
  <TSLSequenceNumber>7</TSLSequenceNumber>
  <TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
  <SchemeOperatorName><Name xml:lang="en">MADE AUTHORITY</Name><Name xml:lang="sk">VYMYSLENÝ ÚRAD</Name></SchemeOperatorName>
  <SchemeTerritory>SK</SchemeTerritory>
  <PointersToOtherTSL><OtherTSLPointer><TSLLocation>https://made.example/lotl.xml</TSLLocation></OtherTSLPointer></PointersToOtherTSL>
  <ListIssueDateTime>2031-01-20T07:00:00Z</ListIssueDateTime>
  <NextUpdate><dateTime>2031-07-18T22:30:00Z</dateTime></NextUpdate>
 </SchemeInformation>
 <TrustServiceProviderList>
"""
_TAIL = """ </TrustServiceProviderList>
 <ns2:Signature><ns2:SignatureValue>bWFkZQ==</ns2:SignatureValue></ns2:Signature>
</TrustServiceStatusList>
"""
_PROVIDER = """  <TrustServiceProvider>
   <TSPInformation>
    <TSPName>{names}</TSPName>
    <TSPTradeName>{trade}</TSPTradeName>
    <TSPAddress>
     <PostalAddresses>
      <PostalAddress xml:lang="sk"><StreetAddress>Vymyslená 7</StreetAddress><Locality>Košice</Locality><PostalCode>000 00</PostalCode><CountryName>SK</CountryName></PostalAddress>
      <PostalAddress xml:lang="en"><StreetAddress>Vymyslena 7</StreetAddress><Locality>Kosice</Locality><PostalCode>000 00</PostalCode><CountryName>SK</CountryName></PostalAddress>
     </PostalAddresses>
     <ElectronicAddress><URI xml:lang="en">mailto:nobody@made.example</URI><URI xml:lang="en">https://made.example/en</URI><URI xml:lang="sk">tel:+421-000</URI></ElectronicAddress>
    </TSPAddress>
   </TSPInformation>
   <TSPServices>
{services}   </TSPServices>
  </TrustServiceProvider>
"""

Spell = tuple[str, str]  # status (its last word, or a whole URI), time


@dataclass(frozen=True)
class Service:
    """``spells``: the present status first, then the history as the list orders it."""

    number: str
    name: str
    spells: Sequence[Spell]
    kind: str = "CA/QC"
    identity: str = "bWFkZQ=="


@dataclass(frozen=True)
class Provider:
    names: Sequence[tuple[str, str]]
    trade: Sequence[str]
    services: Sequence[Service]


PROVIDERS = (
    Provider(
        (("en", "Made Seals Ltd"), ("sk", "Vymyslené pečate s.r.o."), ("sk", "Vymyslene pecate")),
        ("VATSK-2999999990", "Made Seals", "Made Seals Ltd"),
        (
            Service("TLISK-901", "(901) CA Made 1", [
                ("withdrawn", "2030-12-31T23:00:00Z"),
                ("granted", "2016-06-30T22:00:00Z"),
                ("accredited", "2007-07-26T00:00:00Z"),
            ]),
            Service("TLISK-902", "(902) CA Made 2", [
                ("granted", "2029-05-02T08:00:00Z"),
                ("accredited", "2010-01-01T00:00:00Z"),
                ("withdrawn", "2027-02-03T08:00:00Z"),
                ("granted", "2016-06-30T22:00:00Z"),
            ]),
            Service("TLISK-903", "(903) TSA Made", [("granted", "2020-03-29T00:30:00Z")],
                    "TSA/QTST"),
        ),
    ),
    Provider(
        (("en", "Invented Stamps, a.s."), ("cs", "Smyšlená razítka, a.s.")),
        ("NTRSK-99999999",),
        (
            # its first status was replaced within the day
            Service("TLISK-904", "(904) OCSP Made", [
                ("granted", "2016-06-30T22:00:01Z"),
                ("granted", "2016-06-30T22:00:00Z"),
                ("undersupervision", "2009-01-01T00:00:00Z"),
            ], "Certstatus/OCSP/QC"),
            Service("TLISK-905", "(905) Policies Made", [
                ("recognisedatnationallevel", "2016-06-30T22:00:00Z"),
                ("setbynationallaw", "2002-03-15T00:00:00Z"),
            ], "SignaturePolicyAuthority"),
            Service("", "TSA Invented", [("granted", "2024-01-01T00:00:00Z")], "TSA/QTST", "YQ=="),
            Service("", "TSA Invented", [("granted", "2025-01-01T00:00:00Z")], "TSA/QTST", "Yg=="),
        ),
    ),
)  # fmt: skip


def _names(names: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<Name xml:lang="{lang}">{text}</Name>' for lang, text in names)


def _said(one: Service, spell: Spell) -> str:
    status, time = spell
    number = (
        f"<DigitalId><Other><t:TLServiceIdentifier>{one.number}</t:TLServiceIdentifier></Other></DigitalId>"
        if one.number
        else ""
    )
    return f"""<ServiceTypeIdentifier>{TYPE}{one.kind}</ServiceTypeIdentifier>
      <ServiceName><Name xml:lang="sk">{one.name} sk</Name><Name xml:lang="en">{one.name}</Name></ServiceName>
      <ServiceDigitalIdentity xmlns:t="http://ep.nbu.gov.sk/kca/tsl/x509types#"><DigitalId><X509SKI>{one.identity}</X509SKI></DigitalId>{number}</ServiceDigitalIdentity>
      <ServiceStatus>{status if ":" in status else STATUS + status}</ServiceStatus>
      <StatusStartingTime>{time}</StatusStartingTime>"""


def _service(one: Service) -> str:
    present, *before = one.spells
    history = "".join(
        f"<ServiceHistoryInstance>{_said(one, spell)}</ServiceHistoryInstance>" for spell in before
    )
    points = "<ServiceSupplyPoints><ServiceSupplyPoint>https://made.example/crl</ServiceSupplyPoint></ServiceSupplyPoints>"
    told = f"<ServiceHistory>{history}</ServiceHistory>" if history else ""
    return (
        f"    <TSPService><ServiceInformation>\n      {_said(one, present)}\n      {points}"
        f"</ServiceInformation>{told}</TSPService>\n"
    )


def document(providers: Sequence[Provider] = PROVIDERS) -> str:
    """The whole list with these providers."""
    return (
        _HEAD
        + "".join(
            _PROVIDER.format(
                names=_names(one.names),
                trade=_names([("en", text) for text in one.trade]),
                services="".join(map(_service, one.services)),
            )
            for one in providers
        )
        + _TAIL
    )


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
