"""Words that titles of columns and cells of a status are made of, in the languages of lists.

For ``labdir source draft`` alone: English, Chinese, German, French, Spanish, Portuguese, Italian,
Polish, Japanese, Korean, Russian. A title's role is the first that fits.
"""

import re

from services.parsers.table_cells import fold

_TITLES = {
    "website": r"""\bweb|\burl\b|home ?page|internet|网址|网站|網站|ホームページ""",
    "uscc": r"""统一社会信用代码|信用代码|\buscc\b""",
    "lei": r"""\blei\b""",
    "issuer": r"""accreditation body|accredited by|\bissu(?:er|ed by|ing)|certified by
        |认可机构|发证机关|发证机构|akkreditierungsstelle|organisme d.accr""",
    "status": r"""\bstatus|\bstatut\b|\bestado\b|situa[cç]|\bstan\b|zustand
        |状态|狀態|有效性|状況|상태|статус|состояни""",
    "expires": r"""expir|valid (?:un)?til|valid to|validity|\buntil\b|end date
        |有效期|届满|截止|到期|至$|g[uü]ltig bis|ablauf|befristet|fin de valid|valable
        |vigencia|vencimiento|validade|scadenza|wa[zż]n|期限|만료|유효|действ|срок""",
    "granted": r"""grant|issued?\b|valid from|\bsince\b|start date|effective|initial
        |accreditation date|date of accred|发证|颁发|批准日|生效|起始|获认可
        |erteilt|ausgestellt|g[uü]ltig (?:ab|von)|d[eé]livr|date d.effet|otorga
        |emisi[oó]n|emiss|rilasci|wydan|認定日|登録日|발급|인정일|выдач|дата""",
    "country": r"""\bcountry\b|\bnation|economy|国家|國家|国别|^国$|\bland\b|staat|\bpays\b
        |\bpa[ií]s\b|paese|\bkraj\b|국가|страна""",
    "region": r"""\bprovince|\bstate\b|\bregion|county|省份|^省|自治区|bundesland|r[eé]gion
        |provincia""",
    "city": r"""\bcity\b|\btown\b|城市|^市|所在地|\bort\b|\bstadt\b|\bville\b|ciudad|cidade
        |citt[aà]|miasto|город""",
    "address": r"""address|street|地址|住所|anschrift|adress|stra[sß]|direcci|endere|indirizzo
        |ulica|所在|주소|адрес""",
    "standard": r"""\bstandard|\bcriteria|\bnorm|accredited (?:to|against)|认可准则|准则|标准
        |依据|規格|표준|стандарт""",
    "type": r"""\btypes?\b|\bkind\b|categor|类型|類型|类别|種類|种类|\bart\b|\btipo\b|вид""",
    "number": r"""\bn(?:o|r|um|umber|umero|úmero|uméro|º|°)\b|\bn[°º]|number|\bcode\b|\bid\b
        |编号|編號|证书号|注册号|许可号|号码|^号|番号|번호|номер|nummer|kennzeichen
        |num[eé]ro|n[uú]mero|numer\b|\bref""",
    "object": r"""\bscope|product|test item|\bmatrix|检测对象|检测项目|项目|范围|产品
        |pr[uü]fbereich|geltungsbereich|port[eé]e|alcance|zakres|область""",
    "method": r"""\bmethods?\b|方法|verfahren|m[eé]thode|m[eé]todo""",
    "name": r"""name|laborator|\bbody\b|organi[sz]ation|company|institut|entity|holder|firm
        |名称|名稱|机构|機構|单位|單位|公司|实验室|bezeichnung|stelle|labor\b|d[eé]nomination
        |\bnom\b|organisme|nombre|raz[oó]n social|nome|denominaz|nazwa|名前|試験所|事業者
        |기관|наименован|назван|организац""",
}
ROLES = tuple(
    (role, re.compile(re.sub(r"\s*\n\s*", "", words), re.IGNORECASE))
    for role, words in _TITLES.items()
)

_STATUS = {
    "active": """active|valid|current|accredited|granted|yes|in force|有效|正常|在用|有効|gültig
        |aktiv|akkreditiert|valide|actif|vigente|activo|ativo|válido|valido|attivo|ważny|유효
        |действует|en vigueur|in kraft""",
    "suspended": """suspended|暂停|暫停|停止|ausgesetzt|suspendu|suspendido|suspenso|sospeso
        |zawieszony|一時停止|정지|приостановлен""",
    "withdrawn": """withdrawn|revoked|cancelled|canceled|terminated|撤销|撤銷|吊销|取消|entzogen
        |zurückgezogen|retiré|retirado|cancelado|revocato|cofnięty|취소|отозван|прекращен""",
    "surrendered": """surrendered|voluntarily withdrawn|relinquished|注销|註銷|自愿放弃
        |zurückgegeben""",
    "expired": """expired|lapsed|过期|過期|已到期|失效|abgelaufen|expiré|vencido|caducado|scaduto
        |wygasł|만료|истек""",
}
# words of a status to the directory's (services.terms.Listed)
STATUS_WORDS = {
    fold(word): meaning for meaning, words in _STATUS.items() for word in words.split("|")
}
