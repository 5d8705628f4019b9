"""Questions nobody can answer: what is said, and exit code 2."""

import pytest
from click.testing import CliRunner

from pipelines.cli import main


def ask(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan-checks", "2021", "--region", "330106", "--seed", "1"), "没有单位 330106"),
        (("plan-checks", "1999", "--region", "330106", "--seed", "1"), "1999"),
        (("plan-checks", "2021", "--region", "330106"), "--seed"),
        (("diff", "A", "B"), "没有发布 A"),
        (("explain", "abc"), "shixun refresh"),
        (("whatif", "--policy", "none.yaml"), "没有文件"),
    ],
)
def test_a_home_without_releases_says_what_to_do(tmp_path, arguments, said):
    told = ask(*arguments, "--home", tmp_path)
    assert told.exit_code == 2
    assert said in told.output


def test_a_what_if_that_binds_nobody_here_is_refused(tmp_path):
    (tmp_path / "if.yaml").write_text("clauses:\n  HI-2017/09.1: {value: 8}", encoding="utf-8")
    told = ask("whatif", "--policy", tmp_path / "if.yaml", "--home", tmp_path)
    assert told.exit_code == 2
    assert "没有哪个省" in told.output
