"""Invented people: names from syllable lists, ids of a plainly synthetic shape, checksum-valid id numbers.

Does not belong here: schools and training.
"""

import numpy as np
import polars as pl

from data.synthetic.chance import Flags, Ints, choose, dates, day

SURNAMES = list("林陈黄叶周吴徐朱潘郑何沈毛蒋邵楼俞方卢施葛章童柯符王李张刘杨赵孙马胡郭高罗梁宋唐冯韩曹彭曾")
GIVEN = list("晨曦若溪雨桐子墨思远嘉禾清越云帆知行一鸣景行书瑶文澜语柔可心亦凡明哲星河安澜予宁沐言北辰南乔青禾向晚怀瑾")
RARE = ["㙍", "𠮷", "䶮", "㛃", "𫖯", "·"]
"""Characters that need four bytes in GB18030, found in real names."""
FIRST_BIRTHDAY = day("1962-01-01")
BIRTHDAYS = 12_000
CHECK_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"))


def names(rng: np.random.Generator, size: int) -> pl.Series:
    """Two or three syllables; one name in two hundred has a rare character."""
    second = choose(rng, GIVEN, size)
    third = choose(rng, ["", *GIVEN], size, [16, *[1] * len(GIVEN)])
    rare = choose(rng, RARE[:-1], size)
    is_rare = pl.Series(rng.random(size) < 1 / 200)
    return pl.select(choose(rng, SURNAMES, size) + second + pl.when(is_rare).then(rare).otherwise(third)).to_series()


def births(numbers: Ints) -> Ints:
    """Birthday of each person; with the sequence digits it makes id numbers unique up to 12 million people."""
    return FIRST_BIRTHDAY + (numbers * 7919 % (BIRTHDAYS * 1000)) // 1000


def id_numbers(province: str, numbers: Ints) -> pl.Series:
    """GB 11643 numbers in the province's own area code, which no real person's number carries."""
    sequence = numbers * 7919 % (BIRTHDAYS * 1000) % 1000
    stem = pl.select(pl.lit(province) + dates(births(numbers)).dt.strftime("%Y%m%d")).to_series() + pl.Series(
        sequence
    ).cast(pl.String).str.zfill(3)
    digits = np.frombuffer("".join(stem.to_list()).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - 48
    check = CHECK_DIGITS[(digits * CHECK_WEIGHTS).sum(axis=1) % 11]
    return stem + pl.Series(check.tolist(), dtype=pl.String)


def is_male(numbers: Ints) -> Flags:
    """By the parity of the sequence digits, as GB 11643 has it."""
    return np.asarray(numbers * 7919 % (BIRTHDAYS * 1000) % 1000 % 2 == 1)


def teacher_ids(province: str, numbers: Ints) -> pl.Series:
    """Nineteen digits (one of type, eighteen of number) with 99 where a real id has its kind of school."""
    return pl.Series(numbers).cast(pl.String).str.zfill(14).str.replace("^", f"1{province[:2]}99")
