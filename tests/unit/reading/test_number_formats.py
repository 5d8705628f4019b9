"""What a format shows beside, or instead of, the number that is stored."""

import pytest

from pipelines.ingest.reading.number_formats import shown_by


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("0!.0,", "12000（缩小显示）"),
        ("0\\.0,", "12000（缩小显示）"),
        ('0"."0000', "12000（缩小显示）"),
        ('0"."0,"万"', "12000（缩小显示）"),
        ('#!.0000"万元"', "12000（缩小显示）"),
        ("#,##0,", "12000（缩小显示）"),
        ("0.00,,", "12000（缩小显示）"),
        ('[>=10000]0!.0,"万";0"元"', "12000（缩小显示）"),
        ("[$$-409]#,##0.00", "$12000"),
        ("[$€-2] #,##0.00", "€12000"),
        ('"US$"#,##0', "US$12000"),
        ("\\$#,##0_);(\\$#,##0)", "$12000"),
        ('0.00"万元"', "12000万元"),
        ('0"天"', "12000天"),
        ("0000000", "0012000"),
    ],
)
def test_formats_that_say_more(code, text):
    shown = shown_by(code)
    assert shown is not None
    assert shown.text("12000") == text


@pytest.mark.parametrize(
    "code",
    ["General", "0", "0.00", "#,##0", "#,##0.00_);(#,##0.00)", "_(¥* #,##0.00_)", "[$¥-804]#,##0.00", "[$￥-804]#,##0",
     "0%", "yyyy-mm-dd", "yyyy\\.mm\\.dd", "[$-F800]dddd\\,\\ mmmm\\ dd", '0","0', "0_,", "[Red]0.0", "[h]:mm", "@"],
)  # fmt: skip
def test_formats_that_say_no_more(code):
    assert shown_by(code) is None
