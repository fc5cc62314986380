"""The words of coded columns, in English, Chinese and HL7's own codes -> FHIR's codes."""

from __future__ import annotations

from medbridge.normalize.hl7v2.tables import INTERPRETATION_ALIASES, MARITAL_STATUS_CN
from medbridge.normalize.hl7v2.tables import SEX as HL7_SEX


def _themselves(codes: str) -> dict[str, str]:
    return {code: code for code in codes.split()}


SEX = {
    **HL7_SEX,
    **{"男": "male", "女": "female", "男性": "male", "女性": "female", "未知": "unknown", "其他": "other"},
    **_themselves("male female other unknown"),
}
MARRIAGE = {
    **MARITAL_STATUS_CN,
    **{"未婚": "S", "已婚": "M", "丧偶": "W", "离婚": "D", "离异": "D"},
    **_themselves("S M W D A L P T I U"),
}
STATUSES = {
    **_themselves("final preliminary registered amended corrected cancelled entered-in-error unknown"),
    **{"已审核": "final", "正式": "final", "初步": "preliminary", "已修改": "corrected", "作废": "entered-in-error"},
}
INTERPRETATIONS = {
    **INTERPRETATION_ALIASES,
    **{"高": "H", "低": "L", "正常": "N", "阳性": "POS", "阴性": "NEG"},
    **_themselves("H L N A HH LL AA POS NEG"),
}
CATEGORIES = {
    **_themselves("laboratory vital-signs social-history imaging exam survey procedure therapy activity"),
    **{"检验": "laboratory", "体征": "vital-signs", "检查": "exam", "影像": "imaging"},
}
