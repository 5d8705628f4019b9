"""The download page and its files."""

from dashboards.site import catalogue
from dashboards.site.downloads import downloads
from dashboards.site.pages.frame import frame
from dashboards.site.region import Region
from dashboards.site.render import Writer

_FORMATS = (("csv", "CSV（带 BOM，Excel 可直接打开）"), ("xlsx", "Excel（含字典页）"), ("parquet", "Parquet"))


def write(region: Region, writer: Writer) -> None:
    """Every published table's files and the page that lists them."""
    found = downloads(region)
    for one in found:
        for extension, content in one.files.items():
            writer.binary(f"download/{one.contract.table}.{extension}", content)
    writer.text("download/datapackage.json", catalogue.data_package(region, found))
    writer.binary("download/catalogue.xlsx", catalogue.catalogue(region, found))
    contracts = catalogue.supplier_contracts(region)
    for name, text in contracts.items():
        writer.text(f"download/contract/{name}", text)
    writer.page(
        "download/index.html",
        "download.html",
        frame(region, 1, "下载", [region.province])
        | {
            "formats": _FORMATS,
            "contracts": sorted(contracts),
            "tables": [
                {
                    "name": one.contract.table,
                    "title": one.contract.title,
                    "grain": one.contract.grain,
                    "rows": one.rows,
                    "files": [
                        (extension, word, len(one.files[extension]) / 1024)
                        for extension, word in _FORMATS
                        if extension in one.files
                    ],
                    "fields": one.contract.fields,
                }
                for one in found
            ],
        },
    )
