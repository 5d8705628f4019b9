"""自助制表: the page on which a reader puts together a table, and the cubes it loads."""

from dashboards.site import cubes, tiles
from dashboards.site.pages.frame import frame
from dashboards.site.region import Region
from dashboards.site.render import Writer

FOLDER = "table"


def write(region: Region, writer: Writer) -> None:
    """The page with all it offers, and each grouping of each cube as a script beside it."""
    offer = cubes.offer(region)
    for one in cubes.packed(region):
        writer.text(f"{FOLDER}/data/{one.name}.js", one.script)
    grid = tiles.positions(region.province.id)
    offer["tiles"] = [[unit.id, unit.short, *grid[unit.id]] for unit in region.counties if unit.id in grid]
    writer.page(
        f"{FOLDER}/index.html",
        "tables.html",
        frame(region, 1, "自助制表", [region.province])
        | {"offer": offer, "examples": cubes.examples(offer["measures"]), "has_charts": True},
    )
