"""The offline kit: all that a machine without a network needs to install shixun. `python requirements/kit.py FOLDER`.

A wheel of every package of the lock file for each architecture, shixun's own wheel, a lock of exactly these wheels, a
bill of materials (CycloneDX), and a note that says for which machines they are. The kit is for the Python that makes
it. Packages are fetched by pip from wherever it is configured to look; each must have one of the hashes of the lock.

Belongs here: making the kit. Installing from it is `install.sh` in it, which needs Python and nothing of ours.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "dashboards" / "site" / "assets" / "vendor"
ARCHITECTURES = ("x86_64", "aarch64")
NEWEST_GLIBC = 28
"""Wheels may ask for glibc 2.28 (2018) at most: openEuler 20.03, Kylin V10, UnionTech OS 20, Debian 10, RHEL 8."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

INSTALL = """#!/bin/sh
# 离线安装：sh install.sh 目标文件夹 [python]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:?用法：sh install.sh 目标文件夹 [python]}
python=${2:-python@PYTHON@}
"$python" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \\
  --only-binary :all: --no-deps --require-hashes -r "$here/kit.lock"
echo "已安装到 $target"
"""

NOTE = """师训离线安装包

适用：{machines}，glibc {glibc} 及以上，Python {python}（须带 venv）。
安装：sh install.sh /opt/shixun/.venv
核对：sha256sum -c SHA256SUMS；安装时 pip 按 kit.lock 逐个核对校验值，不连网络。
内容：wheels/ 各程序包，kit.lock 版本与校验值，bom.json 软件物料清单（CycloneDX 1.6，含许可证），
deploy/ 服务单元与示例配置。
"""


@dataclass(frozen=True)
class Wheel:
    """One wheel of the kit."""

    path: Path

    @property
    def name(self) -> str:
        return str(parse_wheel_filename(self.path.name)[0])

    @property
    def version(self) -> str:
        return str(parse_wheel_filename(self.path.name)[1])

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def glibc(self) -> int:
        """The least minor version of glibc 2 that it runs on, 0 where it does not ask for any."""
        old = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
        asked = []
        for tag in parse_wheel_filename(self.path.name)[3]:
            kind, _, rest = tag.platform.partition("_")
            if kind in old:
                asked.append(old[kind])
            elif kind == "manylinux":
                asked.append(int(rest.split("_")[1]))
        return min(asked, default=0)

    @property
    def licence(self) -> str:
        """What its maker says it is licensed under."""
        with zipfile.ZipFile(self.path) as held:
            name = next(one for one in held.namelist() if one.endswith(".dist-info/METADATA"))
            said = HeaderParser().parsestr(held.read(name).decode())
        classifiers = (one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith("License"))
        stated = said.get("License-Expression") or (said.get("License") or "").split("\n")[0]
        return str(stated or "; ".join(classifiers) or "NOASSERTION")


def fetch(lock: Path, folder: Path, architecture: str) -> None:
    """Downloads a wheel of every package of the lock that this Python needs on Linux of that architecture.

    Raises:
        CalledProcessError: a package has no wheel for it, or none with a hash of the lock.
    """
    platforms = [f"manylinux_2_{minor}_{architecture}" for minor in range(NEWEST_GLIBC, 4, -1)]
    platforms += [f"{old}_{architecture}" for old in ("manylinux2014", "manylinux2010", "manylinux1")]
    pip(
        *("download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(lock)),
        *("--implementation", "cp", "--python-version", PYTHON, "--dest", str(folder)),
        *(f"--abi={abi}" for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none")),
        *(f"--platform={one}" for one in platforms),
    )


def own_wheel(folder: Path) -> None:
    """Builds shixun's own wheel."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def lock_of(wheels: Iterable[Wheel]) -> str:
    """The lock of exactly these wheels: a package's version with the hash of each architecture's wheel."""
    hashes: dict[tuple[str, str], list[str]] = {}
    for wheel in wheels:
        hashes.setdefault((wheel.name, wheel.version), []).append(wheel.digest)
    lines = (
        " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{digest}" for digest in sorted(found))])
        for (name, version), found in sorted(hashes.items())
    )
    return "\n".join(lines) + "\n"


def bill_of_materials(wheels: Iterable[Wheel]) -> str:
    """What the kit is made of, by name, version, licence and hash; the scripts that pages carry too."""
    bom = Bom()
    by_name: dict[tuple[str, str], list[Wheel]] = {}
    for wheel in wheels:
        by_name.setdefault((wheel.name, wheel.version), []).append(wheel)
    for (name, version), found in by_name.items():
        digests = sorted(wheel.digest for wheel in found)
        bom.components.add(_component("pypi", name, version, found[0].licence, digests))
    for note in vendored():
        bom.components.add(_component("npm", note["package"], note["version"], note["licence"], [note["sha256"]]))
    # Neither a number nor a time of its own: the same kit has the same bill.
    made = json.loads(JsonV1Dot6(bom).output_as_string())
    made.pop("serialNumber", None)
    made["metadata"].pop("timestamp", None)
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _component(kind: str, name: str, version: str, licence: str, digests: Iterable[str]) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=PackageURL(kind, None, name, version),
        licenses=[DisjunctiveLicense(name=licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
    )


def vendored() -> Iterator[dict[str, str]]:
    """The notes on the scripts that stand in the repository."""
    for note in sorted(VENDOR.glob("*.json")):
        yield json.loads(note.read_text("utf-8"))


def missing(lock: Path, wheels: Iterable[Wheel]) -> set[str]:
    """Packages of the lock that no wheel was fetched of; those for other systems and Pythons alone are."""
    lines = (line for line in lock.read_text("utf-8").splitlines() if "==" in line)
    named = {str(canonicalize_name(line.split("==")[0].split("[")[0])) for line in lines}
    return named - {wheel.name for wheel in wheels}


def make(folder: Path, lock: Path) -> None:
    """Makes the kit anew in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    wheels_folder = folder / "wheels"
    wheels_folder.mkdir(parents=True)
    for architecture in ARCHITECTURES:
        print(f"{architecture}：正在下载 {lock.name} 的程序包 …", flush=True)
        fetch(lock, wheels_folder, architecture)
    own_wheel(wheels_folder)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    wheels = [Wheel(path) for path in sorted(wheels_folder.iterdir())]
    glibc = max(wheel.glibc for wheel in wheels)
    (folder / "kit.lock").write_text(lock_of(wheels), "utf-8")
    (folder / "bom.json").write_text(bill_of_materials(wheels), "utf-8")
    (folder / "install.sh").write_text(INSTALL.replace("@PYTHON@", PYTHON), "utf-8")
    note = NOTE.format(machines="、".join(f"Linux {one}" for one in ARCHITECTURES), glibc=f"2.{glibc}", python=PYTHON)
    (folder / "说明.txt").write_text(note, "utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}" for path in files)
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8")
    others = "、".join(sorted(missing(lock, wheels))) or "无"
    print(f"{folder}：{len(wheels)} 个程序包，glibc 2.{glibc} 及以上；只有其他系统才用而没有收入的：{others}")


def main() -> None:
    parser = argparse.ArgumentParser(description="离线安装包")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements" / "runtime.lock")
    asked = parser.parse_args()
    make(asked.folder, asked.lock)


if __name__ == "__main__":
    main()
