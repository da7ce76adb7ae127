"""Made registers of honest shape: a few giants and a long tail, standards and product words by
frequency, bilingual names, and a history of suspensions, renewals, ends and changed scopes.

Everything follows from a seed. Rates of suspension and withdrawal a year are those of a national
accreditation body's bulletins (4 % and 3 %); sizes of scopes are skewed as published ones are.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from services import kit
from services.terms import BodyKind, EventKind, Listed

BEGIN = date(2021, 1, 4)  # the first look
END = date(2026, 6, 1)  # the last look; every fact is older
# Twice a year a look finds something new, every other one finds the lists unchanged.
LOOK = timedelta(days=7)
CHANGED_EVERY = 26  # looks
LAST_CHANGE = BEGIN + (END - BEGIN) // (CHANGED_EVERY * LOOK) * CHANGED_EVERY * LOOK
_OLDEST = date(2010, 1, 1)
_PERIOD_YEARS = 6  # of an accreditation, from one renewal to the next
_MOST_LINES = 3_000


@dataclass(frozen=True, slots=True)
class Register:
    """One accreditation body's list. ``number``: the form of its numbers; ``share``: of all."""

    source: str
    issuer: str
    country: str
    number: str
    share: float


REGISTERS = (
    Register("made_alpha", "CNAS", "CN", "L{:05d}", 0.42),
    Register("made_bravo", "NABL", "IN", "TC-{:05d}", 0.18),
    Register("made_charlie", "A2LA", "US", "{:04d}.01", 0.14),
    Register("made_delta", "DAkkS", "DE", "D-PL-{:05d}-01-00", 0.10),
    Register("made_echo", "UKAS", "GB", "{:05d}", 0.08),
    Register("made_foxtrot", "KAN", "ID", "LP-{:04d}-IDN", 0.05),
    Register("made_golf", "SAC", "SG", "LA-2012-{:04d}-A", 0.03),
)
# a database that repeats some of what the registers say, and may decide nothing
SECOND = "made_database"
SECOND_SHARE = 0.3

SYLLABLES = (
    *("an", "bel", "cor", "dun", "el", "far", "gar", "hol", "in", "jas", "kel", "lor", "mar"),
    *("nor", "os", "pel", "quin", "ros", "sel", "tor", "ul", "ven", "wes", "yor", "zan", "ash"),
    *("ber", "cal", "den", "ever", "fin", "glen", "hart", "isle", "kirk", "lan", "mel", "ned"),
)
HAN = "安博成达恩飞格海金凯联明宁欧平启瑞盛泰威信益正中华东南西北方科同标准环宇新远航"
CITIES = {
    "CN": ("Shenzhen", "Shanghai", "Beijing", "Guangzhou", "Suzhou", "Ningbo", "Wuhan", "Chengdu"),
    "IN": ("Mumbai", "Pune", "Chennai", "Bengaluru", "Delhi"),
    "US": ("Chicago", "Austin", "Boston", "Denver"),
    "DE": ("Hamburg", "Leipzig", "Essen"),
    "GB": ("Leeds", "Derby", "Bristol"),
    "ID": ("Jakarta", "Bandung"),
    "SG": ("Singapore",),
}
TRADES = (
    ("Electrical", "电气"), ("Materials", "材料"), ("Food", "食品"), ("Environmental", "环境"),
    ("Textile", "纺织"), ("Battery", "电池"), ("Automotive", "汽车"), ("Metrology", "计量"),
)  # fmt: skip
PRODUCTS = (
    ("lithium batteries", "锂电池"), ("information technology equipment", "信息技术设备"),
    ("luminaires", "灯具"), ("toys", "玩具"), ("household appliances", "家用电器"),
    ("drinking water", "饮用水"), ("waste water", "废水"), ("soil", "土壤"), ("textiles", "纺织品"),
    ("footwear", "鞋类"), ("steel", "钢"), ("concrete", "混凝土"), ("plastics", "塑料"),
    ("rubber", "橡胶"), ("cables", "电缆"), ("motors", "电机"), ("transformers", "变压器"),
    ("milk", "牛奶"), ("meat", "肉类"), ("cereals", "谷物"), ("edible oil", "食用油"),
    ("cosmetics", "化妆品"), ("medical devices", "医疗器械"), ("paper", "纸张"), ("paint", "涂料"),
    ("furniture", "家具"), ("helmets", "头盔"), ("tyres", "轮胎"), ("ambient air", "环境空气"),
    ("sludge", "污泥"), ("radio equipment", "无线电设备"), ("switchgear", "开关设备"),
)  # fmt: skip
PARAMETERS = (
    "dielectric strength", "tensile strength", "lead content", "cadmium content", "pH",
    "colour fastness", "flammability", "radiated emission", "moisture", "hardness",
    "total phosphorus", "chemical oxygen demand", "impact resistance", "leakage current",
    "aflatoxin B1",
)  # fmt: skip
_BODIES = ("IEC 6{:04d}-{}:{}", "GB/T {}-{}", "ISO {}-{}:{}", "ASTM D{}-{}", "EN {}-{}:{}")


@dataclass(frozen=True, slots=True)
class Holder:
    country: str
    city: str
    name: str
    name_zh: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One dated event; ``published``: the day from which the register shows it, ``lifted``: from
    which it lists the accreditation as active again, with or without a published ``until``."""

    kind: EventKind
    on: date
    published: date
    until: date | None = None
    lifted: date = date.max


@dataclass(frozen=True, slots=True)
class Made:
    """One accreditation through its whole life."""

    register: Register
    number: str
    holder: Holder
    granted: date
    joined: date
    renewals: tuple[date, ...]
    happenings: tuple[Happening, ...]
    lines: int
    seed: int
    in_second: bool

    @property
    def ended(self) -> date | None:
        ends = [h.on for h in self.happenings if h.kind is not EventKind.SUSPENDED]
        return min(ends, default=None)

    def listed(self, day: date) -> bool:
        """Registers show what has ended for one more year."""
        return self.joined <= day and (self.ended is None or day < self.ended + timedelta(days=365))

    def expires(self, day: date) -> date:
        begun = max((r for r in self.renewals if r <= day), default=self.granted)
        return begun.replace(year=begun.year + _PERIOD_YEARS, day=min(begun.day, 28))

    def status(self, day: date) -> Listed:
        if self.ended and self.ended <= day:
            return Listed.WITHDRAWN
        hit = any(max(h.published, h.on) <= day < h.lifted for h in self.happenings)
        return Listed.SUSPENDED if hit else Listed.ACTIVE


@dataclass(frozen=True)
class Country:
    """All made accreditations of one size and seed, and what each register shows on a day."""

    accreditations: int
    seed: int

    @cached_property
    def standards(self) -> tuple[list[str], list[float]]:
        rng = random.Random(f"standards {self.seed}")
        named = [_standard(rng) for _ in range(2_500)]
        return named, _frequencies(len(named))

    @cached_property
    def all(self) -> list[Made]:
        """The accreditations, in the order of their registers."""
        return [
            made
            for register in REGISTERS
            for made in self._of(register, max(1, round(self.accreditations * register.share)))
        ]

    def _of(self, register: Register, count: int) -> Iterator[Made]:
        rng = random.Random(f"{register.source} {self.seed}")
        holders: list[Holder] = []
        names: set[str] = set()
        places = 10 ** int(register.number.partition(":0")[2][0])
        numbers = rng.sample(range(1, max(places, 2 * count)), count)
        for n in numbers:
            # one in five is a further accreditation of a body that has some: giants grow
            if holders and rng.random() < 0.2:
                holder = holders[int(len(holders) * rng.random() ** 3)]
            else:
                holder = _holder(register, rng, names)
                holders.append(holder)
            yield _made(register, register.number.format(n), holder, rng)

    def drafts(self, register: Register, day: date) -> list[kit.Draft]:
        """What the register shows on that day."""
        return [
            self._draft(one, day)
            for one in self.all
            if one.register is register and one.listed(day)
        ]

    def second_drafts(self, day: date) -> list[kit.Draft]:
        """The same accreditations, without scope and events, as the database repeats them."""
        return [
            kit.Draft(
                key=f"{one.register.issuer} {one.number}",
                names=(kit.Name(text=one.holder.name),),
                identifiers=(kit.Identifier(namespace="MADE", value=one.holder.identifier),),
                profile=kit.Profile(country=one.holder.country),
                accreditations=(
                    kit.Accreditation(
                        key="acc",
                        issuer=one.register.issuer,
                        number=one.number,
                        listed=one.status(day),
                        expires=one.expires(day),
                    ),
                ),
            )
            for one in self.all
            if one.in_second and one.listed(day)
        ]

    def _draft(self, one: Made, day: date) -> kit.Draft:
        holder, status = one.holder, one.status(day)
        return kit.Draft(
            key=one.number,
            label=holder.name,
            where=f"row {one.number}",
            names=(
                kit.Name(text=holder.name),
                *((kit.Name(text=holder.name_zh, lang="zh-Hans"),) if holder.name_zh else ()),
            ),
            identifiers=(kit.Identifier(namespace="MADE", value=holder.identifier),),
            profile=kit.Profile(
                country=holder.country, city=holder.city, kinds=(BodyKind.TESTING,)
            ),
            accreditations=(
                kit.Accreditation(
                    key="acc",
                    raw=status.value,
                    issuer=one.register.issuer,
                    number=one.number,
                    standard="ISO/IEC 17025:2017",
                    body_kind=BodyKind.TESTING,
                    granted=one.granted,
                    expires=one.expires(day),
                    listed=status,
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
            lines=tuple(self._lines(one, day)),
        )

    def _lines(self, one: Made, day: date) -> Iterator[kit.Line]:
        """Its scope; with every renewal some lines give way to new ones."""
        rng = random.Random(one.seed)
        named, weights = self.standards
        own = rng.sample(PRODUCTS, 3)
        methods = rng.choices(named, cum_weights=weights, k=one.lines)
        turns = sum(1 for r in one.renewals if r <= day)
        for n, method in enumerate(methods):
            product, also = own[int(3 * rng.random() ** 2)]
            parameter = rng.choice(PARAMETERS)
            # a tenth of the lines changes its edition at each renewal
            edition = f"+A{turns}" if turns and n % 10 == 0 else ""
            yield kit.Line(
                accreditation="acc",
                key=str(n),
                object=product,
                object_also=also,
                parameter=parameter,
                method=method + edition,
            )


def _frequencies(count: int) -> list[float]:
    """Cumulative weights by Zipf's law: a few standards stand in every schedule."""
    total, cumulative = 0.0, []
    for rank in range(1, count + 1):
        total += 1 / rank
        cumulative.append(total)
    return cumulative


def _standard(rng: random.Random) -> str:
    form = rng.choice(_BODIES)
    year = rng.randint(1998, 2024)
    if form.startswith("IEC"):
        return form.format(rng.randint(0, 2_900), rng.randint(1, 20), year)
    if form.count("{}") == 2:
        return form.format(rng.randint(100, 39_999), year)
    return form.format(rng.randint(100, 29_999), rng.randint(1, 12), year)


def _holder(register: Register, rng: random.Random, names: set[str]) -> Holder:
    city = rng.choice(CITIES[register.country])
    trade, trade_zh = rng.choice(TRADES)
    while True:
        word = "".join(rng.choices(SYLLABLES, k=3)).capitalize()
        if word not in names:
            break
    names.add(word)
    form = "Co., Ltd." if register.country == "CN" else "Ltd"
    name_zh = ""
    if register.country == "CN":
        name_zh = f"{''.join(rng.choices(HAN, k=4))}{trade_zh}检测有限公司"
        if name_zh in names:
            name_zh = ""
        names.add(name_zh)
    name = f"{word} {city} {trade} Testing {form}"
    return Holder(register.country, city, name, name_zh, f"{register.country}{len(names):06d}")


def _day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange(max(1, (last - first).days)))


def _made(register: Register, number: str, holder: Holder, rng: random.Random) -> Made:
    # four of five were there before the first look
    old = rng.random() < 0.8
    granted = _day(rng, _OLDEST, BEGIN) if old else _day(rng, BEGIN, END)
    renewals = []
    year = granted.year + _PERIOD_YEARS
    while year <= END.year:
        renewals.append(granted.replace(year=year, day=min(granted.day, 28)))
        year += _PERIOD_YEARS
    if renewals and rng.random() < 0.05:
        renewals.pop()  # it was left to expire
    return Made(
        register=register,
        number=number,
        holder=holder,
        granted=granted,
        joined=BEGIN if old else granted + timedelta(days=10),
        renewals=tuple(renewals),
        happenings=tuple(_happenings(rng, max(granted, BEGIN))),
        lines=min(_MOST_LINES, int(6 * rng.paretovariate(1.15))),
        seed=rng.getrandbits(48),
        in_second=rng.random() < SECOND_SHARE,
    )


def _happenings(rng: random.Random, first: date) -> Iterator[Happening]:
    """Suspensions at 4 % a year, ends at 3 %; a third of the suspensions is published without the
    day on which it is to end."""
    years = (END - first).days / 365
    ended: date | None = None
    if rng.random() < 0.03 * years:
        ended = _day(rng, first, END)
        kinds: Sequence[EventKind] = (EventKind.WITHDRAWN, EventKind.SURRENDERED)
        yield Happening(rng.choice(kinds), ended, ended + timedelta(days=rng.randrange(20)))
    if rng.random() < 0.04 * years:
        begun = _day(rng, first, ended or END)
        lifted = min(begun + timedelta(days=rng.randrange(60, 180)), ended or END)
        until = lifted if rng.random() < 0.67 and lifted > begun else None
        published = begun + timedelta(days=rng.randrange(20))
        yield Happening(EventKind.SUSPENDED, begun, published, until, lifted)


def questions(country: Country, count: int, seed: int) -> list[tuple[Made, date]]:
    """That many accreditations which the registers have shown, each once and in another order than
    they were made, each with a day of its own between the first look and the last."""
    rng = random.Random(f"questions {seed}")
    shown = [one for one in country.all if one.joined <= LAST_CHANGE]
    chosen = rng.sample(shown, min(count, len(shown)))
    return [(one, _day(rng, BEGIN, END)) for one in chosen]
