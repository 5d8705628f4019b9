"""Setting up: uv goes where pip is told to go and nowhere else, and pip takes over where uv could not follow."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "requirements" / "install.py"
_spec = importlib.util.spec_from_file_location("install", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
install = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(install)

LISTED = """\
global.index-url='https://mirror.example/simple'
global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example/simple'
global.timeout='60'
install.find-links='/opt/wheels /srv/wheels'
install.no-index='false'
download.index-url='https://only-for-downloads.example'
:env:.index-url='https://user:secret@inner.example/simple'
:env:.trusted-host='inner.example:8443'
"""


def test_the_particular_setting_wins_and_other_commands_settings_do_not_count():
    assert install.pip_settings(LISTED)["index-url"] == "https://user:secret@inner.example/simple"


def test_every_source_is_handed_over():
    options = list(install.uv_options(install.pip_settings(LISTED)))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert pairs == [
        ("--default-index", "https://user:secret@inner.example/simple"),
        ("--index", "https://a.example/simple"),
        ("--index", "https://b.example/simple"),
        ("--find-links", "/opt/wheels"),
        ("--find-links", "/srv/wheels"),
        ("--allow-insecure-host", "inner.example:8443"),
    ]


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, []),
        ({"no-index": "1", "find-links": "/w"}, ["--no-index", "--find-links", "/w"]),
        ({"no-index": "no", "no-cache-dir": "yes"}, ["--no-cache"]),
        ({"constraint": "/etc/a.txt /etc/b.txt"}, ["--constraints", "/etc/a.txt", "--constraints", "/etc/b.txt"]),
        ({"cert": "/etc/ca.pem", "proxy": "http://p:3128", "quiet": "2"}, []),
    ],
)
def test_settings_one_by_one(settings, options):
    assert list(install.uv_options(settings)) == options


@pytest.mark.parametrize("option", ["client-cert", "keyring-provider", "no-binary", "target", "something-new"])
def test_what_uv_cannot_be_told_is_left_to_pip(option):
    with pytest.raises(install.UnknownSetting, match=option):
        list(install.uv_options({option: "x"}))


def test_uvs_own_environment_sends_it_nowhere():
    mine = {
        "UV_DEFAULT_INDEX": "https://else.example",
        "UV_CONFIG_FILE": "uv.toml",
        "UV_CACHE_DIR": "/c",
        "PATH": "/bin",
    }
    assert install.uv_environment({}, mine) == {"UV_CACHE_DIR": "/c", "PATH": "/bin"}


def test_certificates_and_proxy_are_those_of_pip():
    environment = {"REQUESTS_CA_BUNDLE": "/r.pem", "HTTPS_PROXY": "http://old"}
    assert install.uv_environment({}, environment)["SSL_CERT_FILE"] == "/r.pem"
    told = install.uv_environment({"cert": "/ca.pem", "proxy": "http://p:3128"}, environment)
    assert (told["SSL_CERT_FILE"], told["HTTPS_PROXY"], told["http_proxy"]) == (
        "/ca.pem",
        "http://p:3128",
        "http://p:3128",
    )


def test_pip_as_it_is_configured_here_can_be_read():
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    assert all(isinstance(value, str) for value in install.pip_settings(listed.stdout).values())


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.stem)
def test_every_package_of_a_lock_has_hashes_and_no_lock_names_an_index(lock):
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
