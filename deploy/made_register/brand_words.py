"""Words of the made brand tables: committees, standards and HS headings are those of the world, and
everything that bodies say of themselves is made up."""

# route category, Chinese, English, HS code, standard
PRODUCTS = (
    ("electrical_safety", "电水壶", "Electric kettles", "8516.79", "IEC 60335-2-15:2012"),
    ("electrical_safety", "电源适配器", "Power adapters", "8504.40", "IEC 62368-1:2018"),
    ("electrical_safety", "可移式灯具", "Portable luminaires", "9405.21", "IEC 60598-2-4:2017"),
    ("batteries", "锂离子电池", "Lithium-ion batteries", "8507.60", "IEC 62133-2:2017"),
    ("radio", "无线局域网设备", "Wireless LAN equipment", "8517.62", "EN 300 328 V2.2.2"),
    ("toys", "玩具", "Toys", "9503.00", "ISO 8124-1:2022"),
    ("textiles", "针织服装", "Knitted garments", "6109.10", "ISO 105-C06:2010"),
    ("pv", "光伏组件", "Photovoltaic modules", "8541.43", "IEC 61215-1:2021"),
    ("machinery", "包装机械", "Packing machines", "8422.40", "ISO 12100:2010"),
    (
        "food_contact",
        "食品接触用塑料",
        "Plastics in contact with food",
        "3924.10",
        "EN 1186-1:2002",
    ),
    ("automotive", "汽车座椅", "Car seats", "9401.20", "ECE R17"),
    ("construction", "陶瓷砖", "Ceramic tiles", "6907.21", "ISO 10545-3:2018"),
)

# territory, its office in English and Chinese (entries are made up, the offices are not asked)
TERRITORIES = (
    ("CN", "Trade mark office (made entry)", "国家知识产权局（虚构条目）"),
    ("EU", "EU trade mark office (made entry)", "欧盟知识产权局（虚构条目）"),
    ("VN", "Trade mark office of Viet Nam (made entry)", "越南知识产权局（虚构条目）"),
    ("SA", "Trade mark office of Saudi Arabia (made entry)", "沙特知识产权局（虚构条目）"),
    ("AE", "Trade mark office of the Emirates (made entry)", "阿联酋商标局（虚构条目）"),
    ("US", "Trade mark office of the United States (made entry)", "美国专利商标局（虚构条目）"),
    ("GB", "Trade mark office of the United Kingdom (made entry)", "英国知识产权局（虚构条目）"),
)

ALLIANCES = (
    ("三江检验检测联盟", "Three Rivers Testing Alliance"),
    ("丝路质量合作联盟（虚构）", "Silk Road Quality Alliance (made up)"),
    ("海洲合格评定理事会（虚构）", "Seacoast Conformity Council (made up)"),
)

EXPERTISE = (
    ("Safety of household appliances", "家用电器安全"),
    ("Batteries", "电池"),
    ("Electromagnetic compatibility", "电磁兼容"),
    ("Conformity assessment", "合格评定"),
    ("Toys", "玩具"),
    ("Food contact materials", "食品接触材料"),
    ("Photovoltaics", "光伏"),
)
COMMITTEES = ("IEC TC 61", "IEC TC 21", "IEC CISPR", "ISO/CASCO", "ISO TC 181", "IEC TC 82", "")

# stage of the industrial chain, what is offered
OFFERS = (
    ("design", "Design review against the destination's rules", "按目标市场规则的设计评审"),
    ("development", "Pre-test before the type is fixed", "定型前预测试"),
    ("production", "Factory inspection and sampling", "工厂检查与抽样"),
    ("export", "One-stop file: tests, translation, filing", "一站式：检测、翻译、递件"),
    ("after_sales", "Complaints and recalls abroad", "海外投诉与召回支持"),
)

LEVELS = (
    ("issuer_register", ""),
    ("issuer_document_verified", ""),
    ("self_declared_document", "agreement shown by the body"),
    ("self_declared_document", "report of the body for 2025"),
    ("marketing_claim", "web site of the body"),
)
SEEN = ("2026-06-30", "2026-07-20", "2026-08-15", "2026-08-28")
