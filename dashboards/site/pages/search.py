"""What the search box of every page finds: places, institutions, schools, clauses and terms, with their addresses.

Belongs here: the index, a script of data that pages load when the box is first used, so that it works from a disk.
"""

from collections.abc import Iterator

from dashboards.site import addresses
from dashboards.site.measures import MEASURES
from dashboards.site.region import Region
from dashboards.site.render import Writer, embedded
from models.contracts import marts_contracts, staging_contracts

FILE = "search-index.js"
Entry = tuple[str, str, str, str]
"""Name, kind, address from the province's folder, and what else finds it."""
_KINDS = {"province": "省", "city": "市", "county": "县级单位"}


def write(region: Region, writer: Writer) -> None:
    """The index of a province beside its scripts."""
    index = {"entries": list(_entries(region))}
    code = embedded(region.release.province)
    base = '{base: document.currentScript.src.replace(/[^/]*$/, "") + "../"}'
    held = f"(window.SHIXUN_INDEX = window.SHIXUN_INDEX || {{}})[{code}]"
    writer.text(f"assets/{FILE}", f"{held} = Object.assign({embedded(index)}, {base});\n")


def _entries(region: Region) -> Iterator[Entry]:
    for unit in [region.province, *region.cities, *region.counties]:
        yield unit.name, _KINDS[unit.kind], f"{unit.address}index.html", unit.id
        if unit.is_county:
            yield f"{unit.name}县工作台", "工作台", f"{unit.address}work/index.html", unit.id
    for code, years in region.institutions.items():
        yield years[-1]["institution_name"] or code, "培训机构", f"{addresses.institution(code)}index.html", code
    for county in region.counties:
        for row in {row["school_id"]: row for row in region.schools.get(county.id, [])}.values():
            address = f"{county.address}school/index.html#{row['school_id']}"
            yield row["school_name"] or row["school_id"], f"学校，{county.name}", address, row["school_id"]
    for code, clause in region.clauses.items():
        yield f"{clause['title']}（{code}）", "条款", f"clause/{code}/index.html", clause["document"] or ""
    for measure in MEASURES:
        yield measure.title, "指标", "method/index.html", measure.numerator + measure.denominator
    for layer, contracts in (("staging", staging_contracts()), ("marts", marts_contracts())):
        for contract in contracts.values():
            fields = " ".join(field.header for field in contract.fields)
            yield contract.title, "数据表", f"dictionary/index.html#{layer}-{contract.table}", fields
