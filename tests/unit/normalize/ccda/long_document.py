"""A C-CDA document of any length, piece by piece: results in sections of two hundred entries."""

from collections.abc import Iterator

from tests.unit.normalize.ccda.documents import C_CDA, LOINC, document

ENTRIES = 200  # in a section
ROW = '<tr ID="r{n}"><td>Glucose</td><td>{n} mg/dL</td></tr>'
ENTRY = f"""<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="{C_CDA}1"/>
<id root="2.16.840.1.113883.19.391.7" extension="O{{n}}"/><code code="24323-8" {LOINC}/><statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="{C_CDA}2"/>
<id root="2.16.840.1.113883.19.391.8" extension="R{{n}}"/>
<code code="2345-7" {LOINC}><originalText><reference value="#r{{n}}"/></originalText></code>
<statusCode code="completed"/><effectiveTime value="20260312084500-0700"/>
<value xsi:type="PQ" value="{{n}}" unit="mg/dL"/>
<interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/>
<author><time value="20260312"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1234567893"/>
<assignedPerson><name><given>Bob</given><family>Lee</family></name></assignedPerson></assignedAuthor></author>
</observation></component></organizer></entry>"""


def pieces(size: int) -> Iterator[bytes]:
    """At least `size` bytes, a section at a time."""
    head, tail = document("MARK").split(b"MARK")
    yield head
    done = len(head)
    number = 0
    while done < size:
        numbers = range(number, number + ENTRIES)
        rows = "".join(ROW.format(n=n) for n in numbers)
        body = "".join(ENTRY.format(n=n) for n in numbers)
        code = f'<code code="30954-2" {LOINC}/><text><table><tbody>{rows}</tbody></table></text>'
        section = f"<component><section>{code}{body}</section></component>".encode()
        yield section
        done += len(section)
        number += ENTRIES
    yield tail
