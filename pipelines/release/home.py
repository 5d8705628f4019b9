"""The data home on disk: where everything of a deployment lives, and who may read it.

Belongs here: paths, permissions, the key for identity hashes, links that readers follow. What is in a release, and
when it may be published, is in release.py.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.release.clock import now
from pipelines.settings import home_path

KEY_BYTES = 32
_RESTORE_KEY = (
    "请从备份恢复该文件；没有备份就运行 shixun prepare --new-key 换一把新的，此后的身份散列与以往的发布不再相同。"
)


class HomeUnusable(Exception):
    """The data home cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Home:
    """A data home. Private to its owner (0700): raw files and rejected values hold personal data."""

    path: Path

    @property
    def raw(self) -> Path:
        """Every dump file once, as read, named by its sha256."""
        return self.path / "raw"

    def typed(self, province: str) -> Path:
        """Typed rows of a province's large dump files, kept for the next night: a help, no source of anything.

        They lie among the raw grids because they hold what those hold: who may not read the one may not read the other.
        """
        return self.raw / "typed" / province

    @property
    def building(self) -> Path:
        """Nights in progress; what is left of a killed night is removed by the next one."""
        return self.path / "building"

    @property
    def dagster(self) -> Path:
        return self.path / "dagster"

    @property
    def site(self) -> Path:
        """The portal over all provinces' current releases: a link to the newest folder of `portals`."""
        return self.path / "site"

    @property
    def portals(self) -> Path:
        return self.path / "portals"

    @property
    def journal(self) -> Path:
        """One line a night."""
        return self.path / "nights.jsonl"

    @property
    def identity_file(self) -> Path:
        """The key of the identity hashes."""
        return self.path / "identity.key"

    def releases(self, province: str) -> Path:
        return self.path / "releases" / province

    def refused(self, province: str) -> Path:
        """The last refused night of a province: its quality page and facts; gone with the next published one."""
        return self.path / "refused" / province

    def refused_page(self, province: str) -> Path | None:
        """The quality page of the last refused night; None where it did not come so far."""
        page = self.refused(province) / "quality" / "index.html"
        return page if page.exists() else None

    def current(self, province: str) -> Path:
        """The link to the release that readers see."""
        return self.path / "current" / province

    def current_release(self, province: str) -> Path | None:
        """The published release folder, or None before the first one."""
        link = self.current(province)
        return link.resolve() if link.exists() else None

    def provinces(self) -> list[str]:
        """Provinces with a published release or a refused night, in code order."""
        places = [self.path / "current", self.path / "refused"]
        names = {entry.name for place in places if place.is_dir() for entry in place.iterdir()}
        return sorted(name for name in names if not name.startswith("."))  # what a killed night was about to switch on

    def unfolded_link(self, province: str) -> str | None:
        """What to do where a restore left a folder in the place of the readers' link; None where it is a link."""
        place = self.current(province)
        if place.is_symlink() or not place.is_dir():
            return None
        return (
            f"{place} 是文件夹，应是指向 {self.releases(province)}/<发布> 的链接（多半是恢复备份时没有保留链接）。"
            f"请把它移到数据目录以外，再运行 ln -s ../releases/{province}/<发布> {place}；"
            f"{self.releases(province)} 里没有发布时，移开后运行 shixun refresh 即可。"
        )

    def insist_link(self, province: str) -> None:
        """Refuses a night that could not be shown to readers at its end.

        Raises:
            HomeUnusable: something else stands in the place of the readers' link.
        """
        told = self.unfolded_link(province)
        if told is not None:
            raise HomeUnusable(told)

    def prepare(self) -> "Home":
        """Creates the folders; private to the owner.

        Raises:
            HomeUnusable: the folder cannot be created or written, or the key of the identity hashes is lost.
        """
        try:
            for folder in (self.path, self.raw, self.building, self.dagster, self.path / "current"):
                folder.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            probe = self.building / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
            self.identity_key()
        except OSError as error:
            raise HomeUnusable(
                f"数据目录 {self.path} 不可写（{error.strerror}）。"
                "请检查目录权限和磁盘空间，或用 --home 指定另一个目录。"
            ) from error
        return self

    def identity_key(self) -> bytes:
        """The key of the identity hashes: made once per home, readable by its owner only.

        Raises:
            HomeUnusable: it is not what was made, or is gone while releases are there that were hashed by it;
                another key would make every hash another.
        """
        path = self.identity_file
        if not path.exists():
            if any((self.path / "releases").glob("[!.]*/[!.]*")):
                raise HomeUnusable(f"身份散列密钥 {path} 不在，而这里已有用它算出的发布。{_RESTORE_KEY}")
            _make_key(path)
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise HomeUnusable(f"身份散列密钥 {path} 已损坏（应为 {KEY_BYTES} 字节）。{_RESTORE_KEY}")
        return key

    def renew_identity_key(self) -> None:
        """Makes a new key where the old one is lost for good; what is left of a damaged one is kept beside it.

        Raises:
            HomeUnusable: the key is whole; a new one would cut people's records in two.
        """
        path = self.identity_file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if path.stat().st_size == KEY_BYTES:
                raise HomeUnusable(f"身份散列密钥 {path} 完好，没有换。")
            path.rename(path.with_name(f"{path.name}.damaged-{now():%Y%m%dT%H%M%S}"))
        _make_key(path)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Holds a lock of this home by name, waiting for whoever has it."""
        with self.lock(name).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def sharing(self, name: str) -> Iterator[None]:
        """Holds a lock together with others who share it, waiting for whoever has it alone."""
        with self.lock(name).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield

    def when_alone(self, name: str, act: Callable[[], object]) -> None:
        """Acts while holding a lock that nobody else holds or shares; otherwise leaves it for another night."""
        with self.lock(name).open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            act()

    def lock(self, name: str) -> Path:
        """The file that is locked by this name."""
        folder = self.path / "locks"
        folder.mkdir(exist_ok=True)
        return folder / name


def data_home(asked: Path | None) -> Home:
    """The data home a command works with: the one asked for, else that of the deployment."""
    return Home((asked or home_path()).absolute())


def _make_key(path: Path) -> None:
    """Makes a key, whole or not at all; where another night was quicker, its key stays."""
    aside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(secrets.token_bytes(KEY_BYTES))
        new.flush()
        os.fsync(new.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()


def switch_link(link: Path, target: Path) -> None:
    """Points `link` at `target` in one step: a reader meets the old one or the new one, never neither.

    Only while holding the lock of what the link belongs to.
    """
    link.parent.mkdir(parents=True, exist_ok=True)
    remove_half_made(link)
    aside = link.with_name(f".{link.name}.{os.getpid()}")
    aside.symlink_to(os.path.relpath(target, link.parent))
    aside.replace(link)
    sync_folder(link.parent)


def remove_half_made(place: Path) -> None:
    """Removes what a night left beside a place when it was killed just before it put the new thing there."""
    for left in place.parent.glob(f".{place.name}.*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
