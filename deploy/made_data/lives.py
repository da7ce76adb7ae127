"""Made bodies and their accreditations through ten years: granted, renewed, suspended, ended.

Everything follows from a seed. Rates a year are those of a national accreditation body's bulletins
(4 % suspended, 3 % ended); sizes of scopes are skewed as published ones are: a few giants of up to
30,000 lines, half of all below fifty.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from deploy.made_data.sizes import BEGIN, END, REGISTERS, Register, Size
from services import kit
from services.terms import (
    BodyKind,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    PresenceMode,
)

_OLDEST = date(2004, 1, 1)
_PERIOD_YEARS = 6  # of an accreditation, from one renewal to the next
_MOST_LINES = 30_000
_SHOWN_ENDED = timedelta(days=365)  # registers show what has ended for one more year

_SYLLABLES = (
    *("an", "bel", "cor", "dun", "el", "far", "gar", "hol", "in", "jas", "kel", "lor", "mar"),
    *("nor", "os", "pel", "quin", "ros", "sel", "tor", "ul", "ven", "wes", "yor", "zan", "ash"),
    *("ber", "cal", "den", "ever", "fin", "glen", "hart", "isle", "kirk", "lan", "mel", "ned"),
)
_HAN = "安博成达恩飞格海金凯联明宁欧平启瑞盛泰威信益正中华东南西北方科同标准环宇新远航"
_CITIES = {
    "CN": (
        ("Shenzhen", "深圳", "Guangdong"), ("Shanghai", "上海", "Shanghai"),
        ("Beijing", "北京", "Beijing"), ("Guangzhou", "广州", "Guangdong"),
        ("Suzhou", "苏州", "Jiangsu"), ("Ningbo", "宁波", "Zhejiang"), ("Wuhan", "武汉", "Hubei"),
        ("Chengdu", "成都", "Sichuan"), ("Qingdao", "青岛", "Shandong"),
        ("Xiamen", "厦门", "Fujian"),
        ("Dongguan", "东莞", "Guangdong"), ("Hangzhou", "杭州", "Zhejiang"),
    ),
    "IN": (("Mumbai", "", ""), ("Pune", "", ""), ("Chennai", "", ""), ("Bengaluru", "", "")),
    "US": (("Chicago", "", "Illinois"), ("Austin", "", "Texas"), ("Boston", "", "Massachusetts")),
    "DE": (("Hamburg", "", ""), ("Leipzig", "", ""), ("Essen", "", "")),
    "GB": (("Leeds", "", ""), ("Derby", "", ""), ("Bristol", "", "")),
    "ID": (("Jakarta", "", ""), ("Bandung", "", "")),
    "SG": (("Singapore", "", ""),),
    "JP": (("Nagoya", "", ""), ("Osaka", "", ""), ("Sendai", "", "")),
    "BR": (("Campinas", "", ""), ("Recife", "", "")),
}  # fmt: skip
_TRADES = (
    ("Electrical", "电气"), ("Materials", "材料"), ("Food", "食品"), ("Environmental", "环境"),
    ("Textile", "纺织"), ("Battery", "电池"), ("Automotive", "汽车"), ("Metrology", "计量"),
    ("Medical", "医学"), ("Construction", "建设工程"),
)  # fmt: skip
_ABROAD = (
    *("VN", "TH", "MY", "ID", "SG", "IN", "SA", "AE", "TR", "DE", "NL", "PL", "ES", "GB", "US"),
    *("MX", "BR", "ZA", "KE", "EG", "KZ", "KR", "JP", "AU"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One dated event; ``published``: the day from which the register shows it, ``lifted``: from
    which it lists the accreditation as active again, with or without a published ``until``."""

    kind: EventKind
    on: date
    published: date
    until: date | None = None
    lifted: date = date.max


@dataclass(slots=True)
class Held:
    """One accreditation, designation or permission. ``lines``: of its scope at any one time."""

    register: Register
    number: str
    granted: date
    renewals: Sequence[date]
    happenings: Sequence[Happening]
    lines: int = 0

    @property
    def joined(self) -> date:
        return max(BEGIN, self.granted + timedelta(days=10))

    @property
    def ended(self) -> date | None:
        ends = [one.on for one in self.happenings if one.kind is not EventKind.SUSPENDED]
        return min(ends, default=None)

    @property
    def leaves(self) -> date:
        """The first day on which its register no longer shows it."""
        return self.ended + _SHOWN_ENDED if self.ended else date.max

    def turns(self) -> Iterator[date]:
        """Days on which what its register says of it changes."""
        yield self.joined
        yield from (day for day in self.renewals if day > self.joined)
        for one in self.happenings:
            yield max(one.published, one.on)
            if one.lifted < date.max:
                yield one.lifted

    def expires(self, day: date) -> date:
        begun = max((one for one in self.renewals if one <= day), default=self.granted)
        return begun.replace(year=begun.year + _PERIOD_YEARS)

    def listed(self, day: date) -> Listed:
        if self.ended and self.ended <= day:
            return Listed.WITHDRAWN
        hit = any(max(one.published, one.on) <= day < one.lifted for one in self.happenings)
        return Listed.SUSPENDED if hit else Listed.ACTIVE


@dataclass(slots=True)
class Body:
    name: str
    name_zh: str
    country: str
    region: str
    city: str
    identifier: str
    held: list[Held] = field(default_factory=list)
    abroad: Sequence[kit.Presence] = ()
    credentials: Sequence[kit.Credential] = ()

    def draft(self, one: Held, day: date) -> kit.Draft:
        """What the register shows of it on that day, but for the scope."""
        listed = one.listed(day)
        return kit.Draft(
            key=one.number,
            label=self.name,
            where=f"row {one.number}",
            names=self.names(),
            identifiers=(kit.Identifier(namespace=f"{self.country}-REG", value=self.identifier),),
            profile=kit.Profile(
                country=self.country, region=self.region, city=self.city, kinds=(BodyKind.TESTING,)
            ),
            accreditations=(
                kit.Accreditation(
                    key="acc",
                    raw=listed.value,
                    kind=one.register.kind,
                    issuer=one.register.issuer,
                    number=one.number,
                    standard=one.register.standard,
                    body_kind=BodyKind.TESTING,
                    granted=one.granted,
                    expires=one.expires(day),
                    listed=listed,
                    schedule_held=True,
                ),
            ),
            events=tuple(
                kit.Event(
                    accreditation="acc", kind=h.kind, on=h.on, until=h.until, raw=h.kind.value
                )
                for h in one.happenings
                if h.published <= day
            ),
        )

    def own(self) -> kit.Draft:
        """What the body says of itself."""
        return kit.Draft(
            key=self.identifier,
            label=self.name,
            where=f"row {self.identifier}",
            names=self.names(),
            identifiers=(kit.Identifier(namespace=f"{self.country}-REG", value=self.identifier),),
            presences=tuple(self.abroad),
            credentials=tuple(self.credentials),
        )

    def names(self) -> tuple[kit.Name, ...]:
        also = (kit.Name(text=self.name_zh, lang="zh-Hans"),) if self.name_zh else ()
        return (kit.Name(text=self.name), *also)


def bodies(size: Size, shares: Mapping[str, float], seed: int) -> list[Body]:
    """All bodies with all that they hold; each holds something, and a few hold much."""
    rng = random.Random(f"bodies {seed}")
    names: set[str] = set()
    countries = rng.choices(list(shares), list(shares.values()), k=size.bodies)
    made = [_body(rng, country, n, names) for n, country in enumerate(countries, 1)]
    numbers = {one.issuer: 0 for one in REGISTERS}
    for body in made:
        _hold(rng, body, numbers)
    # every further accreditation goes to one that has some: giants grow
    for _ in range(size.accreditations - size.bodies):
        _hold(rng, made[int(len(made) * rng.random() ** 3)], numbers)
    _fill(rng, [one for body in made for one in body.held], size)
    return made


def _fill(rng: random.Random, held: Sequence[Held], size: Size) -> None:
    """Share out the lines, so that with those that are replaced there are as many as asked."""
    standing = size.lines - (size.events - _status_events(held)) // 2
    raw = [min(_MOST_LINES / 8, rng.paretovariate(1.15)) for _ in held]
    scale = standing / sum(raw)
    for one, weight in zip(held, raw, strict=True):
        one.lines = min(_MOST_LINES, max(1, round(weight * scale)))


def _status_events(held: Sequence[Held]) -> int:
    return sum(len(one.happenings) for one in held)


def _body(rng: random.Random, country: str, n: int, names: set[str]) -> Body:
    city, city_zh, region = rng.choice(_CITIES[country])
    trade, trade_zh = rng.choice(_TRADES)
    form = "Co., Ltd." if country == "CN" else "Ltd"
    while True:
        word = "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 3, 4)))).capitalize()
        name = f"{word} {city} {trade} Testing {form}"
        if name not in names:
            break
    names.add(name)
    name_zh = ""
    if country == "CN":
        while not name_zh or name_zh in names:
            name_zh = f"{city_zh}{''.join(rng.choices(_HAN, k=3))}{trade_zh}检测有限公司"
        names.add(name_zh)
    body = Body(name, name_zh, country, region, city, f"{country}{n:08d}")
    if rng.random() < 0.08:
        body.abroad = _presences(rng, country)
        body.credentials = _credentials(rng, word, country)
    return body


def _presences(rng: random.Random, country: str) -> tuple[kit.Presence, ...]:
    where = rng.sample([one for one in _ABROAD if one != country], min(8, _many(rng)))
    return tuple(
        kit.Presence(
            key=there,
            country=there,
            mode=rng.choice((PresenceMode.BUILT, PresenceMode.BORROWED)),
            may_issue="test report",
            languages=("en",),
            level=rng.choice((EvidenceLevel.MARKETING_CLAIM, EvidenceLevel.ISSUER_REGISTER)),
        )
        for there in where
    )


def _credentials(rng: random.Random, word: str, country: str) -> tuple[kit.Credential, ...]:
    return tuple(
        kit.Credential(
            key=f"mark {n}",
            kind=CredentialKind.TRADEMARK,
            title=word.upper(),
            issuer="Trade mark office",
            number=str(rng.randrange(10_000_000, 99_999_999)),
            nice_class=42,
            territory=country,
            level=EvidenceLevel.ISSUER_REGISTER,
        )
        for n in range(min(4, _many(rng)))
    )


def _many(rng: random.Random) -> int:
    return int(rng.paretovariate(1.3))


def _hold(rng: random.Random, body: Body, numbers: dict[str, int]) -> None:
    here = [one for one in REGISTERS if one.country == body.country]
    had = {one.register.issuer for one in body.held}
    left = [one for one in here if one.issuer not in had]
    # the first register of a country is its commonest
    register = left[0] if left and rng.random() < 0.7 else rng.choice(left or here)
    # numbers are given in order, with gaps
    numbers[register.issuer] += rng.choice((1, 1, 1, 2, 3))
    body.held.append(_life(rng, register, register.number.format(numbers[register.issuer])))


def _day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange(max(1, (last - first).days)))


def _life(rng: random.Random, register: Register, number: str) -> Held:
    # two of three were there before the first look
    old = rng.random() < 0.67
    # no 29 February, so that every period ends on a day that there is
    granted = _day(rng, _OLDEST, BEGIN) if old else _day(rng, BEGIN, END - timedelta(days=200))
    granted = granted.replace(day=min(granted.day, 28))
    renewals: list[date] = []
    while (granted.year + _PERIOD_YEARS * (len(renewals) + 1)) <= END.year:
        renewals.append(granted.replace(year=granted.year + _PERIOD_YEARS * (len(renewals) + 1)))
    if renewals and rng.random() < 0.05:
        renewals.pop()  # it was left to expire
    happenings = tuple(_happenings(rng, max(granted, BEGIN)))
    held = Held(register, number, granted, (), happenings)
    held.renewals = tuple(one for one in renewals if one < (held.ended or END))
    return held


def _happenings(rng: random.Random, first: date) -> Iterator[Happening]:
    """A third of the suspensions is published without the day on which it is to end."""
    years = (END - first).days / 365
    ended: date | None = None
    if rng.random() < 0.03 * years:
        ended = _day(rng, first, END)
        kind = rng.choice((EventKind.WITHDRAWN, EventKind.SURRENDERED))
        yield Happening(kind, ended, ended + timedelta(days=rng.randrange(20)))
    if rng.random() < 0.04 * years:
        begun = _day(rng, first, ended or END)
        lifted = min(begun + timedelta(days=rng.randrange(60, 180)), ended or END)
        until = lifted if rng.random() < 0.67 and lifted > begun else None
        published = begun + timedelta(days=rng.randrange(20))
        yield Happening(EventKind.SUSPENDED, begun, published, until, lifted)
