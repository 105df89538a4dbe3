"""What a workbook must look like: columns, their names and kinds.

The Chinese names are those of the official layouts and of the variants found
in the exports of the platforms; everything else is named by the callers.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|〔[^〕]*〕")
_NOISE = re.compile(r"[\s*:()\[\]【】〔〕'\"_.·、\u200b\ufeff-]+")


def normalise_header(text: str, *, keep_brackets: bool = True) -> str:
    """Return a header reduced to what tells it from others.

    Full-width forms become plain, case, spaces, ``*``, colons and brackets
    go; with ``keep_brackets=False`` what stands in brackets goes too, so that
    ``* 金额（元）`` is ``金额``.
    """
    text = unicodedata.normalize("NFKC", text)
    if not keep_brackets:
        text = _BRACKETED.sub("", text)
    return _NOISE.sub("", text).lower()


@dataclass(frozen=True)
class Column:
    """One column of a layout.

    :param key: name of the value in the program
    :param names: accepted headers; the first one is the official name
    :param kind: ``text``, ``number`` (digits kept as text), ``tax_number``,
        ``amount``, ``date``, ``yes_no`` or ``choice``
    :param required: the header must be there
    :param filled: no row may leave the cell empty
    :param lengths: allowed numbers of digits of a ``number``
    :param choices: accepted words to value, for ``choice``
    :param max_length: characters of a text
    :param formula_allowed: the stored result of a formula is good enough,
        because nothing is decided by this column; a formula without a stored
        result is named all the same
    """

    key: str
    names: tuple[str, ...]
    kind: str = "text"
    required: bool = False
    filled: bool = False
    lengths: tuple[int, ...] = ()
    choices: dict[str, str] = field(default_factory=dict)
    max_length: int = 1000
    formula_allowed: bool = False


@dataclass(frozen=True)
class Layout:
    """Columns of a workbook and what holds between them.

    :param required_any: groups of keys of which one header must be there
    :param flag: key of the yes/no column that says whether a row is meant; a
        row that leaves it empty is skipped, whatever else it holds
    :param invoice_keys: keys of (digital number, code, number): the three are
        brought together by ``invoice_numbers.InvoiceIdentity``
    """

    columns: tuple[Column, ...]
    required_any: tuple[tuple[str, ...], ...] = ()
    flag: str = ""
    invoice_keys: tuple[str, str, str] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all columns, in the order of the values of a row."""
        return tuple(column.key for column in self.columns)

    def column(self, key: str) -> Column:
        """Return one column by key; KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def with_optional(self, *keys: str) -> "Layout":
        """Return the same layout in which these headers may be missing."""
        return replace(
            self,
            columns=tuple(
                replace(column, required=False) if column.key in keys else column
                for column in self.columns
            ),
        )


#: Reasons of a non-deduction selection, by number and by word.
NON_DEDUCTION_REASONS = {
    "1": ("用于非应税项目", "非应税项目", "non-taxable item"),
    "2": ("用于免税项目", "免税项目", "免征增值税项目", "exempt item"),
    "3": (
        "用于集体福利或者个人消费",
        "用于集体福利或个人消费",
        "集体福利或者个人消费",
        "集体福利或个人消费",
        "集体福利、个人消费",
        "collective welfare or personal consumption",
    ),
    "4": ("遭受非正常损失", "非正常损失", "abnormal loss"),
    "5": ("其他", "其它", "other"),
}


def reason_choices() -> dict[str, str]:
    """Return every accepted way to write a reason, mapped to its number."""
    choices = {}
    for number, words in NON_DEDUCTION_REASONS.items():
        for word in (number, f"0{number}", *words):
            choices[normalise_header(word)] = number
            choices[normalise_header(f"{number}{word}")] = number
    return choices


#: 批量勾选: the file the bureau gives out, filled in by the user.
SELECTION = Layout(
    columns=(
        Column(
            "digital_number",
            (
                "数电票号码",
                "数电发票号码",
                "全电发票号码",
                "全电票号码",
                "数电号码",
                "数字化电子发票号码",
                "digital invoice number",
            ),
            kind="number",
            lengths=(20,),
        ),
        Column(
            "code",
            ("发票代码", "invoice code"),
            kind="number",
            lengths=(10, 12),
        ),
        Column(
            "number",
            ("发票号码", "发票号", "invoice number"),
            kind="number",
            lengths=(8, 20),
        ),
        Column(
            "issue_date",
            ("开票日期", "开票时间", "发票日期", "issue date", "invoice date"),
            kind="date",
        ),
        Column(
            "seller_tax_number",
            (
                "销方税号",
                "销售方税号",
                "销方纳税人识别号",
                "销售方纳税人识别号",
                "销售方识别号",
                "销方识别号",
                "销方统一社会信用代码",
                "销售方统一社会信用代码",
                "销售方统一社会信用代码/纳税人识别号",
                "seller tax number",
                "seller tax id",
            ),
            kind="tax_number",
        ),
        Column(
            "seller_name",
            (
                "销方名称",
                "销售方名称",
                "销方纳税人名称",
                "销售方纳税人名称",
                "销货单位名称",
                "seller name",
                "seller",
            ),
            formula_allowed=True,
        ),
        Column(
            "amount",
            ("金额", "不含税金额", "发票金额", "net amount", "amount"),
            kind="amount",
        ),
        Column(
            "vat",
            ("税额", "票面税额", "发票税额", "vat", "tax", "tax amount"),
            kind="amount",
        ),
        Column(
            "creditable_vat",
            (
                "有效税额",
                "有效抵扣税额",
                "可抵扣税额",
                "本次抵扣税额",
                "creditable vat",
            ),
            kind="amount",
        ),
        Column(
            "selected",
            ("是否勾选", "是否勾选抵扣", "是否选择", "勾选", "selected", "select"),
            kind="yes_no",
            required=True,
        ),
        Column(
            "invoice_type",
            ("发票类型", "发票种类", "发票票种", "票种", "invoice type"),
            formula_allowed=True,
        ),
        Column(
            "status",
            ("发票状态", "状态", "invoice status", "status"),
            formula_allowed=True,
        ),
        Column("usage", ("用途", "勾选用途", "usage", "purpose")),
        Column(
            "reason",
            (
                "不抵扣原因",
                "不抵扣理由",
                "不抵扣类型",
                "不抵扣原因代码",
                "non-deduction reason",
                "reason",
            ),
            kind="choice",
            choices=reason_choices(),
        ),
        Column(
            "reason_text",
            ("不抵扣说明", "不抵扣原因说明", "说明", "reason text"),
            max_length=200,
        ),
    ),
    required_any=(("digital_number", "number"),),
    flag="selected",
    invoice_keys=("digital_number", "code", "number"),
)

#: The same, where the operation is chosen outside and every row is meant
#: unless a 是否勾选 column is there.
INVOICE_LIST = SELECTION.with_optional("selected")
