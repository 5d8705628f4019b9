"""What can be wrong with a dump file as a file, told so that the person who exported it can mend it.

One table of reasons serves both problems that are only noted and files that cannot be read at all. Faults of
rows and cells belong to staging.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple


class Fault(NamedTuple):
    reason: str
    advice: str


FAULTS: Final[dict[str, Fault]] = {
    "empty_file": Fault("文件是空的，没有任何内容", "请重新导出后再放入转储文件夹"),
    "truncated": Fault("文件不完整或已损坏", "请确认导出和传输已经完成，再重新放入"),
    "encrypted": Fault("文件有打开密码", "请去掉密码后另存，再重新放入"),
    "not_a_table": Fault("内容不是表格", "请从平台重新导出为 CSV 或 XLSX"),
    "no_sheets": Fault("工作簿里没有可读的工作表（只有图表或宏表，或后缀与内容不符）", "请另存为 .xlsx 后重新放入"),
    "old_workbook": Fault("这种工作簿格式读不了", "请用 Excel 或 WPS 打开后另存为 .xlsx"),
    "unclosed_table": Fault("网页表格没有写完（缺少结尾的 </table>）", "请重新导出，等下载完成再放入"),
    "undecodable": Fault("文字编码无法辨认，既不是 UTF-8、UTF-16，也不是 GB18030", "请另存为 UTF-8 编码的 CSV"),
    "big5": Fault("文字像是 Big5（繁体中文）编码，不敢当作 GB18030 读", "请另存为 UTF-8 编码的 CSV"),
    "too_wide": Fault("列数过多，多半是换行丢失", "请重新导出，检查每条记录是否各占一行"),
    "record_too_long": Fault("有一条记录过长，多半是换行丢失或引号没有配对", "请检查并重新导出"),
    "too_big": Fault("展开后占用的内存超过上限", "请检查是否有多余的空白行列，或拆成几个文件"),
    "too_slow": Fault("读取时间超过上限", "请检查文件是否损坏，或拆成几个文件"),
    "reader_crashed": Fault("内容异常或展开后过大，读取程序中断", "请用 Excel 或 WPS 打开检查后另存，再重新放入"),
    "changed_while_read": Fault("文件在读取过程中发生了变化", "请等文件写完再启动夜间任务"),
    "missing": Fault("文件不见了", "请确认转储文件夹在夜间任务期间不被移动或清理"),
    "no_permission": Fault("没有读取权限", "请给运行账号加上读取权限"),
    "disk_fault": Fault("从磁盘读取时出错", "请检查磁盘或网络盘后重试"),
    "zip_bomb": Fault("压缩包展开后大得不合常理，疑似压缩炸弹", "请直接放入未压缩的文件"),
    "zip_too_many": Fault("压缩包里的文件太多", "请分成几个压缩包"),
    "zip_nested": Fault("压缩包里还有压缩包", "请把里层的压缩包解开后直接放入"),
    "zip_escape": Fault("压缩包里的路径指到了包外，已拒绝", "请重新打包，只打包表格文件"),
    "zip_encrypted": Fault("压缩包里的文件有密码", "请去掉密码后重新打包"),
    "zip_damaged": Fault("压缩包不完整或已损坏", "请重新打包或直接放入表格文件"),
    "zip_empty": Fault("压缩包里没有可读的文件", "请确认打包时选中了表格文件，再重新打包"),
    "zip_duplicate": Fault("压缩包里有同名文件，只读取第一个", "请改名后重新打包"),
    "zip_method": Fault("压缩包用了不支持的压缩方式", "请用普通的 ZIP 方式重新打包"),
    "zip_misnamed": Fault("这是一个压缩包，但后缀不是 .zip", "请把后缀改为 .zip，或解开后放入"),
    "other_archive": Fault("这是另一种压缩包，无法打开", "请解开后放入，或改用 ZIP 打包"),
    "unsupported_suffix": Fault("不支持这种文件", "可用的有 .csv .tsv .txt .xls .xlsx .parquet 以及它们的 .zip"),
    "unfinished_download": Fault("文件还没有下载完", "请等下载完成"),
    "not_a_file": Fault("不是普通文件", "请放入真正的文件，不要放链接或管道"),
    "unknown_folder": Fault("多余的文件夹，里面的文件没有读取", "转储文件请直接放在日期文件夹下"),
    "bad_date_folder": Fault("文件夹名不是 YYYY-MM-DD 形式的日期，里面的文件没有读取", "请改成导出日期，如 2024-09-01"),
    "link": Fault("是一个链接，可能指到转储以外的文件，没有读取", "请放入真正的文件，不要放链接"),
    "future_date": Fault("文件夹日期晚于今天，没有采用", "请改成导出日期；如确要按那一天计算，请用 --as-of"),
    "stray_file": Fault("文件不在日期文件夹里，没有读取", "请放到以导出日期命名的文件夹里"),
}


def _explained(reason_code: str, detail: str) -> Fault:
    fault = FAULTS[reason_code]
    return Fault(f"{fault.reason}（{detail}）" if detail else fault.reason, fault.advice)


@dataclass(frozen=True)
class Problem:
    """Something in the dump folder that was left out, or noted; the night goes on."""

    file: str
    reason_code: str
    reason: str
    advice: str

    @classmethod
    def of(cls, file: str, reason_code: str, detail: str = "") -> "Problem":
        fault = _explained(reason_code, detail)
        return cls(file, reason_code, fault.reason, fault.advice)

    def __str__(self) -> str:
        return f"{self.file}：{self.reason}。{self.advice}。"


class UnreadableFile(Exception):
    """One dump file cannot be read as a table. `str()` is a sentence for the person who exported it."""

    def __init__(self, file: str, reason_code: str, *, sheet: str = "", detail: str = "") -> None:
        self.file = file
        self.sheet = sheet
        self.reason_code = reason_code
        self.detail = detail
        self.reason, self.advice = _explained(reason_code, detail)
        place = f"{file} 的工作表“{sheet}”" if sheet else file
        super().__init__(f"{place}：{self.reason}。{self.advice}。")

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (self.file, self.reason_code, self.sheet, self.detail))


def _again(file: str, reason_code: str, sheet: str, detail: str) -> UnreadableFile:
    return UnreadableFile(file, reason_code, sheet=sheet, detail=detail)
