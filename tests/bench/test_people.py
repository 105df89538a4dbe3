"""Who the benchmarks pretend to be."""

from xml.etree import ElementTree

from stdnum.cn import uscc

from benchmarks import bureau, people

FIELDS = {
    "batch": {
        "name": {"type": "char"},
        "owner_id": {"type": "many2one"},
        "line_ids": {"type": "one2many", "relation": "line"},
    },
    "line": {"number": {"type": "char"}, "name": {"type": "char"}},
}
FORM = """
<form>
  <header><field name="name"/></header>
  <sheet><group><field name="owner_id"/></group>
  <field name="line_ids"><list><field name="number"/></list></field></sheet>
</form>
"""


def test_what_the_web_client_reads_for_a_form():
    arch = ElementTree.fromstring(FORM)
    assert people._get_specification(arch, "batch", FIELDS) == {
        "name": {},
        "owner_id": {"fields": {"display_name": {}}},
        "line_ids": {"fields": {"number": {}}, "limit": people.LINES},
    }


def test_taxpayers_are_valid_and_different():
    taxpayers = bureau.make_taxpayers(50)
    assert len({taxpayer["tax_number"] for taxpayer in taxpayers}) == 50
    assert all(uscc.is_valid(taxpayer["tax_number"]) for taxpayer in taxpayers)
    assert {taxpayer["channel"] for taxpayer in taxpayers} == {"leqi", "rpa"}
