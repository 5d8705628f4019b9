"""The report's indicators, each defined once: name, unit, formula and the roles of the clauses it answers to."""

from typing import Final

from dashboards.report.model import Indicator

COVERAGE_ROLES: Final = ("spot_check_share", "spot_check_duty")
CYCLE_ROLES: Final = ("cycle_credits", "cycle_hours", "cycle_length")
YEAR_ROLES: Final = ("year_credits", "year_hours", "yearly_review")
SATISFACTION_ROLES: Final = ("satisfaction_warning", "satisfaction_suspension")

INSTITUTIONS: Final = Indicator("institutions", "举办培训的机构", "家", "当年有未取消项目的申报单位数")
PROJECTS: Final = Indicator("projects", "培训项目", "项", "培训年度为当年且未取消的项目数，校本项目在内")
SCHOOL_PROJECTS: Final = Indicator("school_projects", "其中：校本项目", "项", "培训项目中的校本项目数")
CLASSES: Final = Indicator("classes", "培训班", "个", "当年项目中未取消的班级数")
PLANNED_HOURS: Final = Indicator("planned_hours", "项目计划学时", "学时", "当年项目培训学时之和")
TRAINED: Final = Indicator("trained", "参训教师", "人", "当年有计入登记的教师数，一人只计一次")
RECORDS: Final = Indicator("records", "参训人次", "人次", "当年计入的学分学时登记条数（结业合格且状态有效）")
HOURS: Final = Indicator("hours", "登记学时", "学时", "当年计入登记的学时之和")
HOURS_EACH: Final = Indicator("hours_each", "人均登记学时", "学时", "登记学时÷参训教师", "decimal")
HOURS_SHARE: Final = Indicator("hours_share", "学时占比", "%", "该类登记学时÷登记学时合计", "percent")

SCHOOL_SHARE: Final = Indicator("school_share", "校本项目占比", "%", "校本项目÷培训项目", "percent")
KINDS: Final = Indicator("kinds", "培训方式种数", "种", "当年有计入登记的培训方式数")

YEARLY: Final = Indicator("yearly", "年度达标率", "%", "年度达标教师÷当年应考核教师", "percent", YEAR_ROLES)
YEARLY_COUNT: Final = Indicator(
    "yearly_count", "年度考核教师数", "人", "当年应考核且已能判定的教师数", "count", YEAR_ROLES
)
CYCLE_RATE: Final = Indicator("cycle", "周期达标率", "%", "周期达标教师÷参加周期考核教师", "percent", CYCLE_ROLES)
CYCLE_COUNT: Final = Indicator(
    "cycle_count", "周期考核教师数", "人", "周期内各年均应考核的教师数", "count", CYCLE_ROLES
)
OUTCOME: Final = Indicator("outcome", "周期考核结果人数", "人", "按周期考核结果分列的教师数", "count", CYCLE_ROLES)
BEHIND: Final = Indicator(
    "behind",
    "预警教师占比",
    "%",
    "按目前进度推算周期结束时达不到要求的教师÷周期内每年均须考核的教师",
    "percent",
    CYCLE_ROLES,
)
BEHIND_COUNT: Final = Indicator(
    "behind_count", "预警教师", "人", "按目前进度推算周期结束时达不到要求的教师数", "count", CYCLE_ROLES
)
CAUSE: Final = Indicator("cause", "未达标教师情形", "人", "周期未达标的教师中有该情形的人数", "count", CYCLE_ROLES)

COVERAGE: Final = Indicator(
    "coverage", "抽查覆盖率", "%", "本县监控机构当年抽查的项目÷当年应计项目", "percent", COVERAGE_ROLES
)
COVERAGE_ANY: Final = Indicator(
    "coverage_any", "各级抽查覆盖率", "%", "任何一级当年抽查过的项目÷当年应计项目", "percent", COVERAGE_ROLES
)
CHECK_BASE: Final = Indicator(
    "check_base", "应计项目", "项", "实施县区为该县、培训日期涉及当年且未取消的项目数", "count", COVERAGE_ROLES
)
CHECKED: Final = Indicator(
    "checked", "已抽查项目", "项", "应计项目中本县监控机构当年至少抽查一次的项目数", "count", COVERAGE_ROLES
)
REQUIRED: Final = Indicator("required", "应抽查项目", "项", "应计项目×规定比例，进一取整", "count", COVERAGE_ROLES)
GAP: Final = Indicator("gap", "尚缺项目", "项", "应抽查项目－已抽查项目，不小于0", "count", COVERAGE_ROLES)
CHECKED_BY_DAY: Final = Indicator(
    "checked_by_day",
    "截至同日已抽查项目",
    "项",
    "截至发布数据同月同日，本县监控机构当年已抽查的项目数",
    "count",
    COVERAGE_ROLES,
)
SCHOOLS: Final = Indicator("schools", "学校数", "所", "同县同类、公布人数的学校中符合所述情形的学校数")
COUNTIES: Final = Indicator("counties", "县（市、区）数", "个", "符合所述情形的县级单位数")
CHECKS: Final = Indicator("checks", "抽查次数", "次", "当年对应计项目的抽查记录数")
OBSERVATIONS: Final = Indicator("observations", "听课次数", "次", "当年听课记录数", "count", ("class_observation",))
CHECK_FINDINGS: Final = Indicator("check_findings", "抽查发现问题次数", "次", "当年抽查记录中记有该问题的次数")

SUBJECTS: Final = Indicator("subjects", "应考核对象", "个", "该要求当年应考核的对象数，不适用的不在内")
MET: Final = Indicator("met", "达标", "个", "达到要求的对象数")
NOT_MET: Final = Indicator("not_met", "未达标", "个", "未达到要求的对象数")
RUNNING: Final = Indicator("running", "进行中", "个", "期间未结束、尚不作结论的对象数")
UNDETERMINED: Final = Indicator("undetermined", "无法判定", "个", "证据缺失或样本不足的对象数")
MISSED_SHARE: Final = Indicator("missed_share", "未做到占比", "%", "未做到的对象÷有结论的对象", "percent")
EXTENT: Final = Indicator("extent", "涉及面", "%", "未做到的对象÷全部同类对象", "percent")
REQUIREMENTS: Final = Indicator("requirements", "要求数", "项", "符合所述情形的要求数")
PROBLEMS: Final = Indicator("problems", "问题数", "项", "列入问题清单的项数")
RATE: Final = Indicator("rate", "达标率", "%", "达标÷（达标＋未达标）", "percent")
CLAUSES: Final = Indicator("clauses", "条款数", "条", "符合所述情形的条款数")

SATISFACTION: Final = Indicator(
    "satisfaction", "学员满意率", "%", "（很满意＋满意）÷匿名学评教有效答卷", "percent", SATISFACTION_ROLES
)
SATISFACTION_BASIC: Final = Indicator(
    "satisfaction_basic",
    "含基本满意的满意率",
    "%",
    "（很满意＋满意＋基本满意）÷有效答卷",
    "percent",
    SATISFACTION_ROLES,
)
ANSWERS: Final = Indicator("answers", "有效答卷", "份", "匿名学评教问卷的有效答卷数", "count", SATISFACTION_ROLES)
INTERVAL: Final = Indicator("interval", "满意率95%区间", "%", "威尔逊区间", "percent", SATISFACTION_ROLES)
RESPONSE: Final = Indicator("response", "参评率", "%", "答卷数÷应邀人数", "percent", ("survey_answers",))
RATED: Final = Indicator("rated", "可评机构", "家", "当年有效答卷不少于10份的机构数")
SUSPECTED: Final = Indicator("suspected", "疑似触发", "个", "系统初判达到处理条款界线的对象数，待人工确认")
SANCTIONS: Final = Indicator("sanctions", "处理决定", "件", "当年作出的处理决定数")

REPORTING: Final = Indicator("reporting", "报送单位", "个", "报送年度经费的行政单位数")
MONEY: Final = Indicator("money", "金额", "万元", "当年各单位（项目）金额之和÷10000", "decimal")
MONEY_SHARE: Final = Indicator("money_share", "占比", "%", "该科目实支÷实支合计", "percent")
PAYROLL_SHARE: Final = Indicator(
    "payroll_share", "培训经费占工资总额", "%", "培训经费÷教职工工资总额", "percent", ("payroll_share",)
)

FIGURES: Final = Indicator("figures", "数字", "项", "两份年度报告中编号相同的数字个数")
ROWS: Final = Indicator("rows", "行数", "行", "数据文件的行数，按去向分列")
REJECTS: Final = Indicator("rejects", "退回数", "行或格", "因不合格式被退回的行数与单元格数")
