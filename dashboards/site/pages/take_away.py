"""The download page and its files."""

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
    writer.page(
        "download/index.html",
        "download.html",
        frame(region, 1, "下载", [region.province])
        | {
            "formats": _FORMATS,
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
