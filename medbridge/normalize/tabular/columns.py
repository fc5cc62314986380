"""The columns of each kind of table, as data: what a hospital may send, under which headings, and where it goes."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """`target`: the FHIR element, for the reader. `reader`: name of the function in cells.py that reads a cell."""

    name: str
    target: str
    aliases: tuple[str, ...] = ()
    reader: str = "text"
    required: bool = False


NUMBER = Column("patient_number", "Patient.identifier (MR)", ("病历号", "病案号", "患者编号", "mrn"), required=True)
ISSUER = Column("number_system", "Patient.identifier.system (MR)", ("编号体系",), "system")

PATIENTS = (
    NUMBER,
    ISSUER,
    Column("name", "Patient.name.text", ("姓名",)),
    Column("family", "Patient.name.family", ("姓", "last_name")),
    Column("given", "Patient.name.given", ("名", "first_name")),
    Column("other_name", "Patient.name.text", ("别名", "also_known_as")),
    Column("sex", "Patient.gender", ("性别", "gender"), "sex"),
    Column("birth_date", "Patient.birthDate", ("出生日期", "dob", "birthdate"), "day", required=True),
    Column("resident_id", "Patient.identifier (NI)", ("身份证号", "身份证号码", "身份证"), "resident_id"),
    Column("phone", "Patient.telecom", ("电话", "联系电话", "手机号", "手机")),
    Column("address", "Patient.address.text", ("住址", "地址", "现住址")),
    Column("postal_code", "Patient.address.postalCode", ("邮编", "邮政编码")),
    Column("marital_status", "Patient.maritalStatus", ("婚姻状况",), "marital_status"),
    Column("deceased", "Patient.deceased[x]", ("死亡时间", "死亡日期"), "moment"),
)

OBSERVATIONS = (
    NUMBER,
    ISSUER,
    Column("name", "Patient.name.text", ("姓名", "患者姓名", "patient_name")),
    Column("observation_number", "Observation.identifier", ("检验编号", "结果编号", "记录号", "result_id")),
    Column("code", "Observation.code.coding.code", ("项目代码", "检验项目代码"), required=True),
    Column("code_system", "Observation.code.coding.system", ("代码体系",), "system"),
    Column("display", "Observation.code.text", ("项目名称", "检验项目")),
    Column("time", "Observation.effectiveDateTime", ("采样时间", "检验时间", "观察时间"), "moment", required=True),
    Column("value", "Observation.value[x]", ("结果", "检验结果", "数值")),
    Column("unit", "Observation.valueQuantity.unit", ("单位",)),
    Column("low", "Observation.referenceRange.low", ("参考下限",), "number"),
    Column("high", "Observation.referenceRange.high", ("参考上限",), "number"),
    Column("interpretation", "Observation.interpretation", ("异常标志", "flag"), "interpretation"),
    Column("status", "Observation.status", ("状态",), "status"),
    Column("category", "Observation.category", ("类别",), "category"),
    Column("note", "Observation.note.text", ("备注",)),
)

KINDS = {"patients": PATIENTS, "observations": OBSERVATIONS}
