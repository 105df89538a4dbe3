"""Row X1: the product speaks Chinese, completely, and in the words of the field."""

import re
from pathlib import Path

import polib
import pytest

from environment import translations

CLONE = Path(__file__).resolve().parents[3]
CATALOGUES = sorted(CLONE.glob("invoice_tax_*/i18n/zh_CN.po"))
# The dictionary of the field: what a label says in English → its one Chinese word.
TERMS = {
    "Batch Certification": "批量认证",
    "Check the Environment": "检测环境",
    "Creditable VAT": "可抵扣税额",
    "Customs payment certificates": "海关缴款书",
    "Deduction Selection": "抵扣勾选",
    "Deduction Tax Period": "抵扣税期",
    "Draw Numbers": "号段领用",
    "Effective Creditable VAT": "有效抵扣税额",
    "Export Refund Selection": "退税勾选",
    "Get Asynchronous Result": "获取异步请求结果",
    "Input Deduction": "进项抵扣",
    "Input Invoices": "进项发票",
    "Invoice Service": "发票服务",
    "Invoice Upload": "发票上传",
    "Issuing Monitor": "开票过程监控",
    "Leqi": "乐企",
    "Licences": "许可授权",
    "Manual Retry": "手工重试",
    "Non-deduction Selection": "不抵扣勾选",
    "Out of Control": "失控",
    "Passenger Transport Deduction": "旅客运输抵扣",
    "Pre-assigned Numbers": "预赋码",
    "Pre-selection": "预勾选",
    "Product Serial Number": "产品序列号",
    "Purpose": "用途",
    "Quota Management": "授信额度管理",
    "Red-letter Confirmation Form": "红字信息确认单",
    "Revoke Statistics Table": "撤销统计表",
    "Roll Back the Tax Period": "回退税款所属期",
    "Segment": "号段",
    "Select by Workbook": "批量勾选",
    "Service Group": "服务分组",
    "Sign Confirmation": "确认签名",
    "Small-scale Taxpayer": "小规模纳税人",
    "Statistics Table": "统计表",
    "Tax Bureau Operation Log": "税局用票操作日志",
    "Tax Period": "税款所属期",
    "This Month": "本月",
    "Treat Farm Products": "农产品处理",
    "Void Task": "作废任务",
    "Withholding certificates": "代扣代缴完税凭证",
}
# Wherever a sentence says the one, its translation says the other.
WORDS = {
    "confirmation form": "确认单",
    "deduction selection": "抵扣勾选",
    "export refund": "退税",
    "farm product": "农产品",
    "non-deduction": "不抵扣",
    "passenger": "旅客运输",
    "pre-selection": "预勾选",
    "quota left": "额度",
    "red-letter": "红",
    "serial number": "序列号",
    "service group": "服务分组",
    "small-scale": "小规模",
    "void task": "作废任务",
}


@pytest.fixture(scope="module", params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalogue(request):
    return polib.pofile(str(request.param))


@pytest.fixture(scope="module")
def sentences():
    """``{English: every translation of it}`` of all addons."""
    found = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            found.setdefault(entry.msgid, set()).add(entry.msgstr)
    return found


def test_row_X1_every_addon_speaks_chinese():
    addons = {path.parent.name for path in CLONE.glob("invoice_tax_*/__manifest__.py")}
    assert {path.parts[-3] for path in CATALOGUES} == addons


def test_row_X1_nothing_is_left_in_english(catalogue):
    """Nothing empty, nothing guessed, no placeholder lost."""
    assert not list(translations.problems(catalogue))
    assert not [entry.msgid for entry in catalogue if "fuzzy" in entry.flags]


def test_row_X1_translation_has_all_of_the_template(catalogue):
    template = Path(catalogue.fpath).parent
    template = polib.pofile(str(template / f"{template.parent.name}.pot"))
    missing = {entry.msgid for entry in template} ^ {e.msgid for e in catalogue}
    assert not missing


@pytest.mark.parametrize("term", TERMS)
def test_row_X1_labels_are_the_words_of_the_field(sentences, term):
    assert sentences.get(term) == {TERMS[term]}


@pytest.mark.parametrize("word", WORDS)
def test_row_X1_sentences_use_the_words_of_the_field(sentences, word):
    pattern = re.compile(rf"\b{re.escape(word)}", re.IGNORECASE)
    found = {text: told for text, told in sentences.items() if pattern.search(text)}
    assert found, "nothing says so any more: take the word out"
    assert not [
        (text, one)
        for text, told in found.items()
        for one in told
        if WORDS[word] not in one
    ]
