"""What all provinces need on one machine and on ten, worked out from a measured night.

Belongs here: the arithmetic behind the table of docs/scale.md. Remake it with `make docs`; a test holds the page to
docs/scale.json. Cost is taken as proportional to credit records: that it does not grow faster is measured by
`make bench`.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
INPUTS, PAGE = DOCS / "scale.json", DOCS / "scale.md"
BEGIN, END = "<!-- worked out by `make docs` from docs/scale.json -->", "<!-- end -->"
MILLION = 1_000_000


NIGHTS = {"seconds": "every table of every province new", "ordinary_seconds": "an ordinary night of every province"}
"""Measured nights by name; the second is told once it was measured at full weight."""


def hours(inputs: Mapping[str, Any], machines: int, night: str = "seconds") -> float:
    """Hours for all provinces on that many machines like the measured one, one province at a time on each.

    A province stays on one machine, so the last machine may still have the largest one to do when the others are
    done: the work shared out, plus the largest province, is more than it can take.
    """
    whole = _of_country(inputs, night) / 3600
    return whole if machines == 1 else whole / machines + whole * inputs["country"]["largest_share"]


def machines_for(inputs: Mapping[str, Any], available: float, night: str = "seconds") -> int | None:
    """The fewest machines that are done within that time; None when the largest province alone takes longer."""
    alone = _of_country(inputs, night) / 3600
    if alone <= available:
        return 1
    left = available - alone * inputs["country"]["largest_share"]
    return math.ceil(alone / left) if left > 0 else None


def _of_country(inputs: Mapping[str, Any], cost: str) -> float:
    return float(inputs["measured"][cost] / inputs["measured"]["records"] * inputs["country"]["records"])


def section(inputs: Mapping[str, Any]) -> str:
    """The part of the page that follows from the inputs."""
    measured, country = inputs["measured"], inputs["country"]
    million = measured["records"] / MILLION
    largest = country["largest_share"]
    kept, building = inputs["kept_releases"], _of_country(inputs, "building_gb")
    disk = {
        "raw grids of one snapshot": _of_country(inputs, "raw_gb"),
        **({"typed rows of one snapshot": _of_country(inputs, "typed_gb")} if "typed_gb" in measured else {}),
        f"releases, {kept} of each province": kept * _of_country(inputs, "release_gb"),
        "the dumps themselves, one night's": _of_country(inputs, "dump_gb"),
    }
    lines = [
        BEGIN,
        "",
        "### Measured",
        "",
        f"{measured['what']}; {measured['date']}; {measured['machine']}.",
        "",
        "| | that night | a million credit records |",
        "|---|---:|---:|",
        f"| credit records | {measured['records']:,} | 1,000,000 |",
        *(
            f"| {name} | {measured[key]:,} {unit} | {_round(measured[key] / million)} {unit} |"
            for key, name, unit in (
                ("seconds", "a night, every table new", "s"),
                ("ordinary_seconds", "an ordinary night", "s"),
                ("peak_memory_gb", "peak memory", "GB"),
                ("dump_gb", "dump files", "GB"),
                ("raw_gb", "raw grids kept", "GB"),
                ("typed_gb", "typed rows kept", "GB"),
                ("release_gb", "a release", "GB"),
                ("building_gb", "a night in progress", "GB"),
            )
            if key in measured
        ),
        "",
        f"### {country['provinces']} provinces, {country['teachers']:,} teachers, {country['records']:,} records",
        "",
        "| | one machine | ten machines |",
        "|---|---:|---:|",
        *(
            f"| {words} | {_round(hours(inputs, 1, night))} h | {_round(hours(inputs, 10, night))} h |"
            for night, words in NIGHTS.items()
            if night in measured
        ),
        *(f"| {name}, on the shared disk | {_round(gb)} GB | {_round(gb)} GB |" for name, gb in disk.items()),
        f"| nights in progress | {_round(building * largest)} GB | {_round(min(10 * largest, 1) * building)} GB |",
        f"| memory of each machine, for the largest province | {_memory(inputs)} GB | {_memory(inputs)} GB |",
        "",
        *(_verdict(inputs, night) for night in NIGHTS if night in measured),
        "",
        END,
    ]
    return "\n".join(lines)


def _verdict(inputs: Mapping[str, Any], night: str) -> str:
    within = machines_for(inputs, inputs["night_hours"], night)
    takes = "faster machines, not more" if within is None else f"{within} machine{'s' if within > 1 else ''}"
    until = 2 + inputs["night_hours"]
    which = {"seconds": "A night", "ordinary_seconds": "An ordinary one"}[night]
    told = " in which every table of every province is new" if night == "seconds" else ""
    return f"{which} from 02:00 to {until:02d}:00{told} takes {takes}."


def _memory(inputs: Mapping[str, Any]) -> str:
    """Memory grown in proportion to the largest province: an upper bound, since a night streams its large tables."""
    return _round(_of_country(inputs, "peak_memory_gb") * inputs["country"]["largest_share"])


def _round(value: float) -> str:
    """Two figures that count."""
    digits = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def remade(page: str, inputs: Mapping[str, Any]) -> str:
    """The page with its worked-out part remade."""
    before, _, rest = page.partition(BEGIN)
    return before + section(inputs) + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(remade(PAGE.read_text("utf-8"), json.loads(INPUTS.read_text("utf-8"))), encoding="utf-8")
