"""Coined names and places. Bird and tree together name no company that exists."""

from dataclasses import dataclass

BIRDS = (
    ("鹬", "Sandpiper"), ("鹮", "Ibis"), ("鸬", "Cormorant"), ("鸫", "Thrush"),
    ("鹡", "Wagtail"), ("鹀", "Bunting"), ("鸻", "Plover"), ("鹈", "Pelican"),
    ("鹪", "Wren"), ("鸲", "Robin"), ("鹨", "Pipit"), ("鸨", "Bustard"),
    ("鹞", "Harrier"), ("鸮", "Owlet"), ("鹳", "Stork"), ("鸢", "Kite"),
    ("鹇", "Pheasant"), ("鸥", "Gull"), ("鹟", "Flycatcher"), ("鹩", "Babbler"),
)  # fmt: skip
TREES = (
    ("枫", "Maple"), ("桐", "Paulownia"), ("柳", "Willow"), ("桦", "Birch"),
    ("槐", "Sophora"), ("榆", "Elm"), ("樟", "Camphor"), ("楠", "Nanmu"),
    ("松", "Pine"), ("柏", "Cypress"), ("杉", "Fir"), ("榕", "Banyan"),
    ("桤", "Alder"), ("楸", "Catalpa"), ("椴", "Linden"), ("桑", "Mulberry"),
    ("楝", "Melia"), ("柽", "Tamarisk"), ("檗", "Barberry"), ("梣", "Ash"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    economy: str
    region: str
    city_zh: str
    city: str


CHINA = tuple(
    Place("CN", *row.split(","))
    for row in (
        "Guangdong 广东,深圳,Shenzhen", "Guangdong 广东,东莞,Dongguan",
        "Guangdong 广东,广州,Guangzhou", "Guangdong 广东,佛山,Foshan",
        "Jiangsu 江苏,苏州,Suzhou", "Jiangsu 江苏,南京,Nanjing",
        "Jiangsu 江苏,常州,Changzhou", "Zhejiang 浙江,杭州,Hangzhou",
        "Zhejiang 浙江,宁波,Ningbo", "Zhejiang 浙江,温州,Wenzhou",
        "Shanghai 上海,上海,Shanghai", "Beijing 北京,北京,Beijing",
        "Tianjin 天津,天津,Tianjin", "Shandong 山东,青岛,Qingdao",
        "Fujian 福建,厦门,Xiamen", "Sichuan 四川,成都,Chengdu",
        "Chongqing 重庆,重庆,Chongqing", "Hubei 湖北,武汉,Wuhan",
        "Anhui 安徽,合肥,Hefei", "Shaanxi 陕西,西安,Xi'an",
        "Hunan 湖南,长沙,Changsha", "Liaoning 辽宁,大连,Dalian",
        "Hainan 海南,海口,Haikou", "Guangxi 广西,南宁,Nanning",
    )
)  # fmt: skip

# where bodies have places abroad: a partner there is coined too
ABROAD = tuple(
    (Place(economy, "", city_zh, city), partner_zh, partner, language)
    for economy, city_zh, city, partner_zh, partner, language in (
        ("VN", "海防", "Hai Phong", "红河鹭检验公司", "Red Delta Egret Inspection", "vi"),
        ("TH", "罗勇", "Rayong", "金链花检测公司", "Golden Shower Tree Testing", "th"),
        ("MY", "槟城", "Penang", "犀鸟榴梿实验室", "Hornbill & Durian Laboratories", "ms"),
        ("ID", "雅加达", "Jakarta", "柚木极乐鸟检测", "Teak Paradise Testing", "id"),
        ("SG", "新加坡", "Singapore", "翠鸟雨树认证", "Kingfisher Raintree Certification", "en"),
        ("IN", "金奈", "Chennai", "孔雀楝树实验室", "Peafowl Neem Laboratories", "en"),
        ("SA", "利雅得", "Riyadh", "枣椰鸨合格评定", "Date Palm Bustard Conformity", "ar"),
        ("AE", "迪拜", "Dubai", "牧豆隼检测", "Ghaf Falcon Testing", "ar"),
        ("TR", "伊兹密尔", "Izmir", "橄榄鹳检测", "Olive Stork Test", "tr"),
        ("DE", "多特蒙德", "Dortmund", "乌鸫菩提检验所", "Amsel & Linde Prüfhaus", "de"),
        ("NL", "奈梅亨", "Nijmegen", "凤头麦鸡赤杨实验室", "Kievit & Els Laboratorium", "nl"),
        ("PL", "罗兹", "Łódź", "白鹳桦检测", "Bocian i Brzoza Badania", "pl"),
        ("ES", "巴伦西亚", "Valencia", "戴胜橙树检测", "Abubilla y Naranjo Ensayos", "es"),
        ("GB", "利兹", "Leeds", "苍鹭石南检测", "Heron & Heather Testing", "en"),
        ("US", "俄亥俄州代顿", "Dayton, Ohio", "主红雀七叶树实验室", "Cardinal Buckeye Labs", "en"),
        ("MX", "蒙特雷", "Monterrey", "走鹃牧豆检测", "Correcaminos y Mezquite", "es"),
        ("BR", "坎皮纳斯", "Campinas", "巨嘴鸟紫葳认证", "Tucano e Ipê Certificação", "pt"),
        ("ZA", "德班", "Durban", "蓝鹤刺桐检测", "Blue Crane Coral Tree Testing", "en"),
        ("KE", "蒙巴萨", "Mombasa", "金合欢织雀检验", "Acacia Weaver Inspection", "sw"),
        ("EG", "亚历山大", "Alexandria", "朱鹭纸莎草检测", "Ibis Papyrus Testing", "ar"),
        ("KZ", "阿拉木图", "Almaty", "草原鹰苹果检测", "Steppe Eagle Apple Testing", "ru"),
        ("KR", "大田", "Daejeon", "喜鹊银杏试验所", "Magpie Ginkgo Test House", "ko"),
        ("JP", "滨松", "Hamamatsu", "树莺冷杉试验所", "Uguisu & Momi Test House", "ja"),
        ("AU", "吉朗", "Geelong", "笑翠鸟桉树实验室", "Kookaburra Gum Laboratories", "en"),
    )
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A body at home outside the mainland. ``name``/``zh``: with {} for the coined word."""

    economy: str
    city: str
    issuer: str
    number: str  # format, takes a serial
    name: str
    zh: str
    local_lang: str = ""
    local: str = ""


FOREIGN = (
    Foreign("HK", "Hong Kong", "HKAS", "HOKLAS 9{:02d}", "{} Laboratories (HK) Ltd",
            "{}化驗（香港）有限公司", "zh-Hant", "{}化驗（香港）有限公司"),
    Foreign("SG", "Singapore", "SAC", "LA-2099-09{:02d}-A", "{} Testing Pte. Ltd.",
            "{}检测（新加坡）私人有限公司"),
    Foreign("KR", "Daejeon", "KOLAS", "KT99{:02d}", "{} Testing Institute", "{}试验研究院",
            "ko", "{} 시험연구원"),
    Foreign("JP", "Hamamatsu", "JAB", "RTL990{:02d}", "{} Testing Co., Ltd.", "{}试验所",
            "ja", "{}試験所株式会社"),
    Foreign("GB", "Leeds", "UKAS", "990{:02d}", "{} Test House Ltd", "{}检测（英国）"),
    Foreign("DE", "Dortmund", "DAkkS", "D-PL-990{:02d}-01-00", "{} Prüflabor GmbH",
            "{}检测（德国）", "de", "{} Prüflabor GmbH"),
    Foreign("US", "Dayton", "A2LA", "99{:02d}.01", "{} Labs, Inc.", "{}实验室（美国）"),
    Foreign("AE", "Dubai", "EIAC", "LB-TEST-9{:02d}", "{} Testing LLC", "{}检测（阿联酋）"),
    Foreign("SA", "Riyadh", "SAAC", "MADE-T-9{:02d}", "{} Conformity Company",
            "{}合格评定（沙特）"),
    Foreign("AU", "Geelong", "NATA", "990{:02d}", "{} Laboratories Pty Ltd",
            "{}实验室（澳大利亚）"),
    Foreign("PL", "Łódź", "PCA", "AB 99{:02d}", "{} Badania Sp. z o.o.", "{}检测（波兰）"),
    Foreign("VN", "Hai Phong", "BoA", "VILAS 99{:02d}", "{} Testing JSC", "{}检测（越南）"),
    Foreign("IN", "Chennai", "NABL", "TC-990{:02d}", "{} Laboratories Pvt. Ltd.",
            "{}实验室（印度）"),
    Foreign("TR", "Izmir", "TURKAK", "AB-99{:02d}-T", "{} Test A.Ş.", "{}检测（土耳其）"),
    Foreign("NL", "Nijmegen", "RvA", "L 9{:02d}", "{} Laboratorium B.V.", "{}实验室（荷兰）"),
    Foreign("BR", "Campinas", "CGCRE", "CRL 99{:02d}", "{} Ensaios Ltda.", "{}检测（巴西）"),
)  # fmt: skip
