"""What people call kinds of body and countries, in English and Chinese: words under which a body is
found although no source writes them beside it."""

from functools import cache

from babel import Locale

from services.terms import AccreditationKind, BodyKind

KIND_WORDS: dict[str, str] = {
    BodyKind.TESTING: "testing laboratory lab 检测 实验室 检验",
    BodyKind.CALIBRATION: "calibration laboratory lab 校准 实验室",
    BodyKind.MEDICAL: "medical laboratory lab 医学 实验室",
    BodyKind.INSPECTION: "inspection body 检验机构 检查",
    BodyKind.CERTIFICATION_MS: "certification body management systems 认证 管理体系",
    BodyKind.CERTIFICATION_PRODUCT: "certification body product 认证 产品认证",
    BodyKind.CERTIFICATION_PERSONS: "certification body persons 认证 人员认证",
    BodyKind.CERTIFICATION: "certification body 认证机构",
    BodyKind.PROFICIENCY: "proficiency testing provider 能力验证",
    BodyKind.REFERENCE_MATERIAL: "reference material producer 标准物质 标准样品",
    BodyKind.VALIDATION: "validation verification body 审定 核查",
    BodyKind.BIOBANK: "biobank 生物样本库",
    BodyKind.GLP: "good laboratory practice GLP 良好实验室规范",
    AccreditationKind.ACCREDITATION: "accreditation accredited 认可",
    AccreditationKind.DESIGNATION: "designation designated 指定",
    AccreditationKind.PERMISSION: "permission CMA 资质认定",
}

# what people call a country beside its name in the Unicode tables
ALSO_CALLED: dict[str, tuple[str, ...]] = {
    "AE": ("UAE", "Emirates"),
    "CN": ("PRC", "mainland China"),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "Great Britain", "England"),
    "HK": ("Hong Kong", "香港"),
    "KR": ("Korea", "韩国"),
    "MO": ("Macao", "Macau", "澳门"),
    "NL": ("Holland",),
    "RU": ("Russian Federation",),
    "SA": ("KSA", "沙特"),
    "TR": ("Turkey",),
    "TW": ("Chinese Taipei",),
    "US": ("USA", "America"),
    "VN": ("Viet Nam",),
}


@cache
def country_names(code: str) -> tuple[str, ...]:
    """A country's names in English and Chinese with its code; () for "" or an unknown code."""
    names = [
        Locale.parse(tag).territories[code]
        for tag in ("en", "zh_Hans")
        if code in Locale.parse(tag).territories
    ]
    return (code, *names, *ALSO_CALLED.get(code, ())) if names else ()
