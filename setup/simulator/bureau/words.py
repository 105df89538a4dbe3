"""The bureau's own words: types, statuses, refusals and their texts."""

SELECTABLE = frozenset("01 03 08 14 17 30 51 61 81 83 85 87 8208".split())
ORDINARY = frozenset(("04", "10", "82"))
SPECIAL = frozenset(("01", "08", "81", "85"))
REFUNDABLE = SPECIAL | {"17"}
FARM = frozenset(("12", "16", "20"))
TOLL = "08"
PASSENGER = "09"
TYPES = frozenset(
    "01 03 04 08 10 11 14 15 17 30 51 61 81 82 83 84 85 86 87 88 8208".split()
)
STATUSES = (
    "normal voided red partly_red fully_red out_of_control abnormal suspected".split()
)
# Statuses that may still be deducted; all others are listed as abnormal.
SOUND = frozenset(("normal", "partly_red", "suspected"))
GENERAL_KINDS = frozenset(("1", "4"))

ROWS = {
    "0": "special",
    "1": "farmPurchase",
    "2": "farmSales",
    "3": "toll",
    "4": "ordinary",
    "5": "motor",
    "6": "customs",
    "7": "withholding",
    "21": "air",
    "22": "rail",
    "8": "total",
}
TOTAL = "8"
ROW_OF_TYPE = {
    "03": "5",
    "83": "5",
    "87": "5",
    "14": "3",
    "8208": "3",
    "17": "6",
    "30": "7",
    "61": "21",
    "51": "22",
}

REFUSALS = {
    "PERIOD_NOT_OPEN": "税款所属期未开启或不是当前税款所属期",
    "PERIOD_FILED": "该税款所属期已申报，不能办理",
    "STATISTICS_EXIST": "已生成统计表，请先撤销统计",
    "STATISTICS_MISSING": "尚未生成统计表",
    "ALREADY_CONFIRMED": "统计表已确认签名，请先撤销确认",
    "FILING_UNKNOWN": (
        "因获取您税款所属期的申报结果信息有延迟，请您选择是否已完成本期的增值税申报工作"
    ),
    "ROLL_BACK_NOT_POSSIBLE": "不符合回退税款所属期的条件，不能回退",
    "NOTHING_SELECTED": "没有已勾选的发票，请先勾选",
    "SMALL_SCALE": "本功能仅提供给增值税一般纳税人使用，小规模纳税人不支持抵扣类勾选",
    "SERIAL_CONFLICT": "业务流水号重复且请求内容不一致",
    "NOT_FOUND": "未查询到相关数据",
    "TOO_MANY_ITEMS": "单次请求不能超过100份",
    "INVALID_ARGUMENT": "请求参数不合法",
    "QUERY_TOO_SOON": "授信额度查询过于频繁，最小时间间隔为一个小时",
    "QUOTA_SUSPENDED": "该纳税人已被暂停授信",
    "QUOTA_SHORT": "可用剩余额度不足",
    "QUOTA_UNUSED_SHORT": "退回额度超过已下载未使用额度",
    "QUOTA_MONTH_OVER": "授信额度禁止跨月使用",
    "QUOTA_NOT_FILED": "请先完成上一属期的申报，再调整授信额度有效期",
    "TAXPAYER_NOT_NORMAL": "纳税人状态非正常，不能办理",
    "NUMBER_UPLOADED": "该发票号码的发票已上传，不能废弃",
    "NUMBER_NOT_DRAWN": "该发票号码不是本纳税人领用的号码",
    "BLUE_NOT_FOUND": "未查询到对应的蓝字发票",
    "RED_EXCEEDS_BLUE": "冲红金额超过蓝字发票可冲红的余额",
    "RED_FORM_STATE": "红字信息确认单的状态不允许该操作",
    "SUMMARY_MONTH_RUNNING": "该月份尚未结束，不能汇总确认",
    "SUMMARY_DIFFERS": "汇总数据与已上传发票不一致",
    "SUMMARY_MISSING": "该月份尚未汇总确认",
}

RESULT_TEXTS = {
    "ok": "成功",
    "not_found": "未找到该发票",
    "abnormal": "发票异常",
    "creditable": "有效抵扣税额不合法",
    "small_scale": "小规模期间取得的发票，不可勾选",
    "already_selected": "已勾选,不可重复勾选",
    "not_selected": "未勾选,不可撤销",
    "issue_date": "开票日期不在可勾选范围内",
    "voided": "发票已作废",
    "fully_red": "发票已全额红冲",
    "out_of_control": "发票已失控",
    "red": "红字发票不可勾选",
    "type": "发票类型不支持或与开票日期不符",
    "refund_confirmed": "已确认退税,不可撤销",
    "treated": "已处理,不可重复处理",
    "farm_amount": "自产农产品部分金额不合法",
    "booked": "已入账,不可重复入账",
}


class Refused(Exception):
    """The bureau says no, for a reason of the list above."""

    def __init__(self, reason: str, text: str | None = None):
        super().__init__(reason)
        self.reason = reason
        self.text = text or REFUSALS.get(reason, reason)


def statistics_row(type_: str, element: str) -> str:
    """The row of the statistics table where an invoice is counted."""
    if type_ in ORDINARY:
        if element == "16":
            return "1"
        if element in FARM:
            return "2"
        return "3" if element == TOLL else "4"
    return ROW_OF_TYPE.get(type_, "0")


def selectable(type_: str, element: str) -> bool:
    """Whether invoices of this type can be selected at all."""
    if type_ in SELECTABLE:
        return True
    return type_ in ORDINARY and (element in FARM or element == TOLL)
