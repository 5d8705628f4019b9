"""The offline kit, of four packages of the lock: made from the package index, installed where there is none."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[3]
RUNTIME = ROOT / "requirements" / "runtime.lock"
FEW = ("click", "jinja2", "markupsafe", "pyyaml", "uvicorn")
"""Two of them are compiled, so that each architecture has a wheel of its own."""
NO_NETWORK = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "https://nowhere.invalid/"}


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    locked = re.findall(r"^\S+==.*(?:\n    .*)*", RUNTIME.read_text("utf-8"), re.MULTILINE)
    lock = folder / "few.lock"
    lock.write_text("\n".join(one for one in locked if re.split(r"==|\[", one)[0] in FEW) + "\n", "utf-8")
    made = folder / "kit"
    done = subprocess.run(
        [sys.executable, ROOT / "requirements" / "kit.py", made, "--lock", lock], check=True, stdout=subprocess.PIPE
    )
    assert done.stdout.decode().endswith("没有收入的：无\n")
    return made


def test_it_installs_where_there_is_no_package_index(kit, tmp_path):
    target = tmp_path / "venv"
    subprocess.run(["sh", kit / "install.sh", target, sys.executable], check=True, env=NO_NETWORK)
    asked = "import click, jinja2, markupsafe._speedups, yaml, models.vocabulary; print(models.vocabulary.__file__)"
    found = subprocess.run(
        [target / "bin" / "python", "-c", asked],
        check=True,
        env=NO_NETWORK,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert found.stdout.startswith(str(target))


def test_it_has_a_wheel_for_each_architecture_and_says_for_which_machines(kit):
    wheels = [parse_wheel_filename(path.name) for path in (kit / "wheels").iterdir()]
    assert {name for name, *_ in wheels} == {*FEW, "shixun"}
    of_yaml = [str(tag) for name, _, _, tags in wheels if name == "pyyaml" for tag in tags]
    assert all(any(tag.endswith(one) for tag in of_yaml) for one in ("x86_64", "aarch64"))
    glibc = max(
        min(int(minor) for minor in re.findall(r"manylinux_2_(\d+)", path.name))
        for path in (kit / "wheels").glob("pyyaml*")
    )
    note = (kit / "说明.txt").read_text("utf-8")
    assert f"glibc 2.{glibc} 及以上" in note
    assert "Linux x86_64、Linux aarch64" in note
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in note


def test_every_file_has_its_checksum(kit):
    assert (kit / "deploy" / "workspace.yaml").is_file()
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], check=True, cwd=kit)
    listed = {line.split("  ")[1] for line in (kit / "SHA256SUMS").read_text("utf-8").splitlines()}
    there = {str(path.relative_to(kit)) for path in kit.rglob("*") if path.is_file()}
    assert listed == there - {"SHA256SUMS"}


def test_the_bill_of_materials_keeps_to_its_schema_and_names_what_is_there(kit):
    text = (kit / "bom.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = {part["purl"].split("@")[0]: part for part in json.loads(text)["components"]}
    assert {f"pkg:pypi/{name}" for name in (*FEW, "shixun")} < set(parts)
    assert "pkg:npm/fflate" in parts
    assert parts["pkg:pypi/pyyaml"]["licenses"] == [{"license": {"name": "MIT"}}]
    locked = set(re.findall(r"sha256:(\w+)", (kit / "kit.lock").read_text("utf-8")))
    stated = {one["content"] for name, part in parts.items() if "pypi" in name for one in part["hashes"]}
    assert stated == locked


def test_a_wheel_that_was_changed_is_not_installed(kit, tmp_path):
    spoilt = tmp_path / "kit"
    subprocess.run(["cp", "-r", kit, spoilt], check=True)
    lock = spoilt / "kit.lock"
    lock.write_text(re.sub(r"sha256:\w{4}", "sha256:0000", lock.read_text("utf-8")), "utf-8")
    tried = subprocess.run(
        ["sh", spoilt / "install.sh", tmp_path / "venv", sys.executable],
        env=NO_NETWORK,
        capture_output=True,
        check=False,
    )
    assert tried.returncode != 0
