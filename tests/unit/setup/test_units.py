"""The service's units: as hard as each other, taking no orders over the network, and agreeing on where things are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from models.yaml_files import read_yaml

ROOT = Path(__file__).parents[3]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
BEST, WORST = 0.0, 1.5
"""Of `systemd-analyze security`: what a unit may score."""
OF_ITS_OWN = {"ReadWritePaths", "ReadOnlyPaths"}


def settings(unit: Path) -> list[tuple[str, str]]:
    lines = [line for line in unit.read_text("utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def hardening(unit: Path) -> set[tuple[str, str]]:
    told = settings(unit)
    first = [name for name, _ in told].index("NoNewPrivileges")
    return {(name, value) for name, value in told[first:] if name not in OF_ITS_OWN and name != "WantedBy"}


def test_units_are_as_hard_as_each_other_but_for_nights_that_limit_their_readers() -> None:
    hard = {unit.stem: hardening(unit) for unit in UNITS}
    nights = hard.pop("shixun-code")
    (rest,) = {frozenset(one) for one in hard.values()}
    assert nights ^ rest == {
        ("SystemCallFilter", "~@privileged"),
        ("SystemCallFilter", "~@privileged @resources"),
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened(unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True, check=False
    )
    score = re.search(r"exposure level for \S+: (\d+\.\d)", told.stdout)
    assert score, told.stderr
    assert BEST <= float(score[1]) <= WORST


def test_the_code_server_takes_orders_on_a_private_socket_only() -> None:
    code = dict(settings(ROOT / "deploy" / "systemd" / "shixun-code.service"))
    (server,) = read_yaml(ROOT / "deploy" / "workspace.yaml").content["load_from"]
    socket = server["grpc_server"]["socket"]
    assert Path(socket).parent == Path("/run") / code["RuntimeDirectory"]
    assert code["RuntimeDirectoryMode"] == "0700"
    assert f"--socket {socket}" in code["ExecStart"]
    assert f"--location-name {server['grpc_server']['location_name']}" in code["ExecStart"]
    assert not {"port", "host"} & server["grpc_server"].keys()


def test_whoever_ends_comes_back_and_the_web_interface_only_shows() -> None:
    units = {unit.stem: dict(settings(unit)) for unit in UNITS}
    assert {name for name, unit in units.items() if unit.get("Restart") != "always"} == {"shixun-doctor"}
    assert "--read-only" in units["shixun-ui"]["ExecStart"]


def test_nginx_serves_the_home_that_the_units_keep() -> None:
    environment = dict(settings(ROOT / "deploy" / "systemd" / "shixun.env"))
    told = re.search(r"root (\S+);", (ROOT / "docs" / "nginx.conf").read_text("utf-8"))
    assert told
    assert told[1] == f"{environment['SHIXUN_HOME']}/site"
    assert environment["DAGSTER_HOME"] == f"{environment['SHIXUN_HOME']}/dagster"
