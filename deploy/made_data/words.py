"""What is tested, for what, by which method: words by frequency, in two languages."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from services.sync.coding import Term

_THINGS = (
    ("batteries", "电池"), ("information technology equipment", "信息技术设备"),
    ("luminaires", "灯具"), ("toys", "玩具"), ("household appliances", "家用电器"),
    ("drinking water", "饮用水"), ("waste water", "废水"), ("soil", "土壤"), ("fabrics", "织物"),
    ("footwear", "鞋类"), ("steel", "钢材"), ("concrete", "混凝土"), ("plastics", "塑料"),
    ("rubber", "橡胶"), ("cables", "电缆"), ("motors", "电机"), ("transformers", "变压器"),
    ("milk", "牛奶"), ("meat", "肉类"), ("cereals", "谷物"), ("edible oil", "食用油"),
    ("cosmetics", "化妆品"), ("medical devices", "医疗器械"), ("paper", "纸张"), ("paint", "涂料"),
    ("furniture", "家具"), ("helmets", "头盔"), ("tyres", "轮胎"), ("ambient air", "环境空气"),
    ("sludge", "污泥"), ("radio equipment", "无线电设备"), ("switchgear", "开关设备"),
    ("fasteners", "紧固件"), ("valves", "阀门"), ("pipes", "管材"), ("glass", "玻璃"),
    ("ceramics", "陶瓷"), ("wood panels", "人造板"), ("adhesives", "胶粘剂"), ("coal", "煤"),
    ("fuel oil", "燃料油"), ("fertilizers", "肥料"), ("pesticides", "农药"), ("feed", "饲料"),
    ("fruit", "水果"), ("vegetables", "蔬菜"), ("tea", "茶叶"), ("seafood", "水产品"),
    ("eggs", "蛋"), ("spices", "调味品"), ("masks", "口罩"), ("gloves", "手套"),
    ("power banks", "移动电源"), ("chargers", "充电器"), ("lifts", "电梯"), ("cranes", "起重机"),
    ("pressure vessels", "压力容器"), ("boilers", "锅炉"), ("photovoltaic modules", "光伏组件"),
    ("wind turbines", "风力发电机"), ("electric vehicles", "电动汽车"), ("bicycles", "自行车"),
    ("thermometers", "温度计"), ("balances", "天平"), ("pressure gauges", "压力表"),
    ("rice cookers", "电饭锅"), ("refrigerators", "冰箱"), ("television sets", "电视机"),
)  # fmt: skip
_KINDS = (
    ("", ""), ("portable", "便携式"), ("industrial", "工业用"), ("children's", "儿童"),
    ("stainless", "不锈钢"), ("lithium", "锂"), ("low-voltage", "低压"), ("fresh", "鲜"),
    ("frozen", "冷冻"), ("imported", "进口"), ("recycled", "再生"), ("organic", "有机"),
    ("outdoor", "户外"), ("medical", "医用"), ("automotive", "汽车用"), ("marine", "船用"),
    ("fire-resistant", "耐火"), ("used", "二手"), ("dried", "干制"), ("coated", "涂层"),
)  # fmt: skip
_USES = (
    ("", ""), ("for export", "出口用"), ("for building", "建筑用"), ("for schools", "学校用"),
    ("for mines", "矿用"), ("for railways", "铁路用"), ("for food contact", "食品接触用"),
    ("for ships", "船舶用"), ("for farms", "农用"), ("for aircraft", "航空用"),
    ("for hospitals", "医院用"), ("for homes", "家用"),
)  # fmt: skip
_PROPERTIES = (
    ("dielectric strength", "电气强度"), ("tensile strength", "拉伸强度"), ("content", "含量"),
    ("residue", "残留量"), ("colour fastness", "色牢度"), ("flammability", "燃烧性能"),
    ("radiated emission", "辐射发射"), ("moisture", "水分"), ("hardness", "硬度"),
    ("impact resistance", "抗冲击"), ("leakage current", "泄漏电流"), ("migration", "迁移量"),
    ("temperature rise", "温升"), ("viscosity", "粘度"), ("density", "密度"), ("fatigue", "疲劳"),
    ("corrosion", "腐蚀"), ("noise", "噪声"), ("vibration", "振动"), ("ageing", "老化"),
    ("dimensions", "尺寸"), ("mass", "质量"), ("indication error", "示值误差"), ("count", "计数"),
)  # fmt: skip
_ANALYTES = (
    ("", ""), ("lead", "铅"), ("cadmium", "镉"), ("mercury", "汞"), ("chromium", "铬"),
    ("arsenic", "砷"), ("nickel", "镍"), ("formaldehyde", "甲醛"), ("benzene", "苯"),
    ("phthalates", "邻苯二甲酸酯"), ("aflatoxin B1", "黄曲霉毒素B1"), ("total phosphorus", "总磷"),
    ("nitrogen", "氮"), ("fluoride", "氟化物"), ("chloride", "氯化物"), ("sulphur", "硫"),
    ("Escherichia coli", "大肠埃希氏菌"), ("Salmonella", "沙门氏菌"), ("melamine", "三聚氰胺"),
    ("sorbic acid", "山梨酸"), ("dioxins", "二噁英"), ("zinc", "锌"), ("copper", "铜"),
    ("iron", "铁"), ("ammonia", "氨"), ("dust", "粉尘"), ("radon", "氡"), ("iodine", "碘"),
)  # fmt: skip
# form, what stands before the year, the highest number, how often
_SERIES = (
    ("GB/T {}", "-", 40_000, 0.30), ("GB {}", "-", 30_000, 0.10), ("HJ {}", "-", 1_400, 0.05),
    ("SN/T {}", "-", 5_500, 0.06), ("YY/T {}", "-", 1_900, 0.03), ("QC/T {}", "-", 1_200, 0.03),
    ("ISO {}", ":", 29_000, 0.12), ("IEC 60{:03d}-1", ":", 999, 0.05),
    ("IEC 6{:04d}", ":", 9_999, 0.05), ("EN {}", ":", 29_000, 0.07),
    ("ASTM D{}", "-", 9_000, 0.06), ("ASTM E{}", "-", 3_500, 0.03),
    ("JIS C {}", ":", 9_900, 0.02), ("BS {}", ":", 8_000, 0.02), ("UL {}", "-", 9_000, 0.01),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """Things of one kind, the most frequent first, with cumulative weights by Zipf's law."""

    all: Sequence[Term]
    cumulative: Sequence[float]

    @classmethod
    def of(cls, terms: Sequence[Term]) -> "Drawn":
        total, cumulative = 0.0, []
        for rank in range(1, len(terms) + 1):
            total += 1 / rank
            cumulative.append(total)
        return cls(terms, cumulative)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``methods``: of each designation its older edition; ``newer``: the one that followed it."""

    objects: Drawn
    parameters: Drawn
    methods: Drawn
    newer: Sequence[Term]

    def terms(self) -> list[Term]:
        drawn = (self.objects, self.parameters, self.methods)
        return [*(term for one in drawn for term in one.all), *self.newer]


def vocabulary(objects: int, parameters: int, methods: int, seed: int) -> Vocabulary:
    rng = random.Random(f"words {seed}")
    older, newer = _methods(rng, methods)
    return Vocabulary(
        Drawn.of(_some(rng, "object", objects, [_KINDS, _THINGS, _USES])),
        Drawn.of(_some(rng, "parameter", parameters, [_ANALYTES, _PROPERTIES, _USES])),
        Drawn.of(older),
        newer,
    )


def _some(
    rng: random.Random, kind: str, count: int, slots: Sequence[Sequence[tuple[str, str]]]
) -> list[Term]:
    """That many phrases of one word of each slot. The plain ones, whose first slots come first in
    their lists, are the frequent ones."""
    found: dict[Term, None] = {}
    most = len(slots[0]) * len(slots[1]) * len(slots[2])
    while len(found) < min(count, most):
        chosen = [slot[int(len(slot) * rng.random() ** 2)] for slot in slots]
        text = " ".join(word for word, _ in chosen if word)
        also = "".join(chosen[n][1] for n in (2, 0, 1))
        found[Term(kind, text, also)] = None
    return list(found)


def _methods(rng: random.Random, count: int) -> tuple[list[Term], list[Term]]:
    weights = [one[3] for one in _SERIES]
    found: dict[str, int] = {}
    while len(found) < count:
        form, mark, most, _ = rng.choices(_SERIES, weights)[0]
        found.setdefault(form.format(rng.randint(1, most)) + mark, rng.randint(1990, 2014))
    older = [Term("method", f"{named}{year}", "") for named, year in found.items()]
    newer = [
        Term("method", f"{named}{year + rng.randint(3, 11)}", "") for named, year in found.items()
    ]
    return older, newer
