"""Synthetic taxpayers and invoices: the same seed always gives the same data."""

import calendar as months_of
from random import Random

from pydantic import BaseModel, ConfigDict, Field, field_validator
from stdnum.cn import uscc

from . import money
from .bureau import quota, taxpayers
from .bureau.words import FARM, ORDINARY, PASSENGER, SPECIAL, TOLL, TYPES
from .world import World

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The taxpayers of the demonstration have a digit where sellers have a letter.
LETTERS = ALPHABET[10:]
# Division of the seller's registration, region digits of its invoice numbers, name.
PLACES = (
    ("110105", "11", "北京"),
    ("120116", "12", "天津"),
    ("310115", "31", "上海"),
    ("320102", "32", "南京"),
    ("330108", "33", "杭州"),
    ("370102", "37", "济南"),
    ("420106", "42", "武汉"),
    ("440106", "44", "广州"),
    ("440304", "95", "深圳"),
    ("500112", "50", "重庆"),
    ("510107", "51", "成都"),
    ("610113", "61", "西安"),
)
WORDS = (
    "华明 恒达 瑞丰 中科信 博远 鼎盛 嘉禾 锦程 启航 天元 同创 新宇 永泰 卓越 金桥"
).split()
TRADES = {
    "general": (
        "科技 贸易 商贸 机械设备 电子 建筑工程 物流 信息技术 咨询 包装材料"
    ).split(),
    "51": ["铁路客运"],
    "61": ["航空"],
    "14": ["高速公路"],
    "car": ["汽车销售服务"],
    "farm": ["农业专业合作社"],
    "road": ["长途客运"],
}
CREDIT_LEVELS = ("A", "B", "C", "D", "M")
# Type and its share among the invoices of a seed.
SHARES = {
    "81": 46,
    "01": 8,
    "08": 4,
    "85": 4,
    "82": 14,
    "51": 6,
    "61": 4,
    "14": 5,
    "83": 2,
    "03": 1,
    "87": 1,
    "04": 2,
    "10": 2,
    "86": 1,
}
# Elements that can be asked for, and the types that can have them.
ELEMENT_TYPES = {
    TOLL: ORDINARY,
    PASSENGER: frozenset(("10", "82", "51", "61")),
    **dict.fromkeys(FARM, ORDINARY),
    "20": ORDINARY | SPECIAL,
}
CODE_LENGTH = {"01": 10, "03": 12, "04": 10, "08": 12, "10": 12, "14": 12, "11": 12}
CODE_LENGTH |= {"15": 12}
RATES = {"51": (9,), "61": (9,), "14": (3, 9), "03": (13,), "83": (13,), "87": (13,)}
USUAL_RATES = (13, 13, 13, 13, 6, 6, 6, 9, 9, 3, 1)
UNSOUND = "voided red fully_red out_of_control abnormal partly_red suspected".split()
COLUMNS = (
    "tax_number code number type issue_date seller_tax_number seller_name net vat "
    "creditable status red_locked element obtained_small_scale selection reason "
    "reason_text changed in_pool"
).split()


class SeedTaxpayer(BaseModel):
    """A taxpayer as asked for over the control API."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    tax_number: str = Field(min_length=1, max_length=30)
    name: str = "测试企业有限公司"
    taxpayer_type: str = Field("general", pattern="^(general|small|[1-5])$")
    filing: str = Field("month", pattern="^(month|quarter)$")
    credit_level: str | None = Field("B", pattern="^[ABCDM]?$")
    cert_password: str = "cert-password"
    platform_password: str | None = None
    leqi_entity: str | None = "LEQI0001"
    status: str = "03"
    risk: bool = False
    authority: str = "国家税务总局测试市税务局"
    filing_known: bool = True
    region: str = Field("", pattern="^([0-9]{2})?$", description="of its numbers")
    quota: str = Field("1000000.00", description="a month, CNY")
    quota_left: str | None = Field(None, description="of the month before")
    suspended: bool = False

    @field_validator("quota", "quota_left")
    @classmethod
    def _quota(cls, value):
        if value is not None and money.cents(value) < 0:
            raise ValueError("a quota is not negative")
        return value


class Seed(BaseModel):
    """What to make."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(0, ge=-(2**62), le=2**62)
    taxpayers: list[SeedTaxpayer] = Field(min_length=1, max_length=10_000)
    invoices: int = Field(0, ge=0, le=1_000_000, description="per taxpayer")
    months: list[str] = Field(default_factory=list, max_length=120)
    abnormal: float = Field(0.03, ge=0, le=1)
    types: list[str] | None = Field(None, min_length=1, max_length=30)
    elements: list[str] | None = Field(
        None,
        min_length=1,
        max_length=10,
        description="each invoice whose type can have one of these gets one of them",
    )

    @field_validator("months")
    @classmethod
    def _months(cls, value):
        for month in value:
            if len(month) != 6 or not month.isdigit() or not month.isascii():
                raise ValueError("months are yyyyMM")
            if not (1 <= int(month[4:]) <= 12 and 2000 <= int(month[:4]) <= 2999):
                raise ValueError("months are yyyyMM")
        return value

    @field_validator("types")
    @classmethod
    def _types(cls, value):
        if value and not set(value) <= TYPES:
            raise ValueError(f"types are among {sorted(TYPES)}")
        return value

    @field_validator("elements")
    @classmethod
    def _elements(cls, value):
        if value and not set(value) <= set(ELEMENT_TYPES):
            raise ValueError(f"elements are among {sorted(ELEMENT_TYPES)}")
        return value


def plant(world: World, asked: Seed) -> dict:
    """Add taxpayers and invoices; answers how many were added."""
    added = 0
    with world.store.transaction():
        stamp = world.clock.stamp()
        today = world.clock.now().date().isoformat()
        for taxpayer in asked.taxpayers:
            taxpayers.add(world, _master_data(taxpayer))
            _give_quota(world, taxpayer)
            history = _credit_history(asked.seed, taxpayer, today)
            taxpayers.keep_credit_history(world, taxpayer.tax_number, history)
            if asked.invoices and asked.months:
                rows = _invoices(asked, taxpayer.tax_number, stamp, today)
                marks = ",".join("?" * len(COLUMNS))
                added += world.store.many(
                    f"INSERT OR IGNORE INTO invoice ({','.join(COLUMNS)}) "
                    f"VALUES ({marks})",
                    rows,
                )
    return {"taxpayers": len(asked.taxpayers), "invoices": added}


def _give_quota(world: World, taxpayer: SeedTaxpayer) -> None:
    left = taxpayer.quota if taxpayer.quota_left is None else taxpayer.quota_left
    values = {
        "monthly": money.cents(taxpayer.quota),
        "remaining": money.cents(left),
        "suspended": taxpayer.suspended,
    }
    quota.edit(world, taxpayers.get(world, taxpayer.tax_number), values)


def _master_data(taxpayer: SeedTaxpayer) -> dict:
    values = taxpayer.model_dump(exclude={"quota", "quota_left", "suspended"})
    kind = values.pop("taxpayer_type")
    values["kind"] = taxpayers.KINDS.get(kind, kind)
    for name in ("risk", "filing_known"):
        values[name] = int(values[name])
    return values


def _credit_history(seed: int, taxpayer: SeedTaxpayer, today: str) -> list:
    """One to three levels, oldest first: (level, day). The last one is today's."""
    if not taxpayer.credit_level:
        return []
    rng = Random(f"credit:{seed}:{taxpayer.tax_number}")
    others = [level for level in CREDIT_LEVELS if level != taxpayer.credit_level]
    levels = rng.sample(others, rng.randrange(3)) + [taxpayer.credit_level]
    # The levels of a year are published in the April after it.
    last = int(today[:4]) - (today[5:] < "04-01")
    return [
        (level, f"{last - years:04d}-04-01")
        for level, years in zip(levels, reversed(range(len(levels))), strict=True)
    ]


def _organisation_code(position: int) -> str:
    """Nine characters with the check digit of GB 11714, like those of the taxpayers
    of the demonstration nobody's: what is made up must not hit a real company."""
    first, last = divmod(position, len(ALPHABET))
    code = f"MA{LETTERS[first]}TE5T{ALPHABET[last]}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(
        int(sign, 36) * weight for sign, weight in zip(code, weights, strict=True)
    )
    return code + "0123456789X0"[(11 - total % 11) % 11]


def _sellers(seed: int, trade: str) -> list[tuple[str, str, str]]:
    """Some sellers of a trade: (tax number, name, region digits)."""
    rng = Random(f"sellers:{seed}:{trade}")
    sellers = []
    # A number each, also across the trades.
    count, start = (120, 0) if trade == "general" else (12, 124)
    start += list(TRADES).index(trade) * len(ALPHABET) if start else 0
    for position in range(start, start + count):
        division, region, place = rng.choice(PLACES)
        class_ = "93" if trade == "farm" else "91"
        number = class_ + division + _organisation_code(position)
        suffix = "" if trade == "farm" else "有限公司"
        name = place + rng.choice(WORDS) + rng.choice(TRADES[trade]) + suffix
        sellers.append((number + uscc.calc_check_digit(number), name, region))
    return sellers


def _trade(type_: str, element: str) -> str:
    if type_ in ("51", "61", "14"):
        return type_
    if type_ in ("03", "83", "84", "87", "88", "15"):
        return "car"
    if element == "08":
        return "14"
    if element == PASSENGER:
        return "road"
    return "farm" if element else "general"


def _element(rng: Random, type_: str, asked: list[str]) -> str:
    """One that was asked for; else a quarter of the ordinary invoices are farm
    products or tolls."""
    fitting = [element for element in asked if type_ in ELEMENT_TYPES[element]]
    if fitting:
        return rng.choice(fitting)
    if type_ in ("04", "10", "82") and rng.random() < 0.25:
        return rng.choice(("12", "16", "20", "08"))
    return {"51": "09", "61": "09", "83": "14", "03": "14", "87": "14"}.get(type_, "")


def _rates(type_: str, element: str) -> tuple[int, ...]:
    if type_ in SPECIAL and element == "20":
        return (3,)  # farm products of a small-scale taxpayer
    if element in FARM:
        return (9,)
    if element == PASSENGER and type_ in ORDINARY:
        return (3, 0)  # VAT shown, or only contained in the price
    return RATES.get(type_, USUAL_RATES)


def _amounts(rng: Random, type_: str, element: str, status: str) -> tuple[int, int]:
    """Net and VAT in cents; most are small, a few are large."""
    net = 1_000 + int(rng.random() ** 4 * 30_000_000)
    if type_ in ("51", "61", "14"):
        net = 1_000 + int(rng.random() * 200_000)
    vat = (net * rng.choice(_rates(type_, element)) + 50) // 100
    return (-net, -vat) if status == "red" else (net, vat)


def _number(rng: Random, type_: str, region: str, month: str, index: int):
    """(code, number): twenty digits, or an older code with eight digits."""
    length = CODE_LENGTH.get(type_)
    if length is None:
        channel = rng.choice("2227")
        # The index keeps numbers apart; the random part keeps taxpayers apart.
        return "", f"{month[2:4]}{region}{channel}{rng.randrange(10**9):09d}{index:06d}"
    number = f"{rng.randrange(100) * 1_000_000 + index:08d}"
    if length == 10:
        tail = "4130" if type_ == "01" else "4120"
        return f"{region}00{month[2:4]}{tail}", number
    tail = {"08": "13", "14": "12", "10": "11"}.get(type_, "17")
    if type_ == "03":
        return f"1{region}00{month[2:4]}42260"[:12], number
    return f"0{region}00{month[2:4]}001{tail}", number


def _status(rng: Random, abnormal: float) -> str:
    return rng.choice(UNSOUND) if rng.random() < abnormal else "normal"


def _invoices(asked: Seed, tax_number: str, stamp: str, today: str):
    rng = Random(f"{asked.seed}:{tax_number}")
    types = asked.types or list(SHARES)
    picked = rng.choices(
        types, [SHARES.get(type_, 1) for type_ in types], k=asked.invoices
    )
    sellers: dict[str, list] = {}
    days = {
        month: months_of.monthrange(int(month[:4]), int(month[4:]))[1]
        for month in asked.months
    }
    for index, type_ in enumerate(picked):
        month = asked.months[index % len(asked.months)]
        element = _element(rng, type_, asked.elements or [])
        status = _status(rng, asked.abnormal)
        trade = _trade(type_, element)
        if trade not in sellers:
            sellers[trade] = _sellers(asked.seed, trade)
        seller_number, seller_name, region = rng.choice(sellers[trade])
        code, number = _number(rng, type_, region, month, index)
        net, vat = _amounts(rng, type_, element, status)
        day = 1 + int(rng.random() * days[month])
        issued = f"{month[:4]}-{month[4:]}-{day:02d}"
        yield (
            *(tax_number, code, number, type_, issued, seller_number, seller_name),
            *(net, vat, vat, status, 0, element, "0", "unselected", "", "", stamp),
            int(issued < today),
        )
