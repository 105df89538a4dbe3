"""What the tests of issuing share: a client with short words, and its invoices."""

from decimal import ROUND_HALF_UP, Decimal

from conftest import GENERAL
from reference_client import Leqi

BASE = "202007"
MONTH = "202611"  # of the clock
TAX_CLASS = "1090511030000000000"
CENT = Decimal("0.01")


def text(amount) -> str:
    """Two decimals."""
    return str(Decimal(amount).quantize(CENT, ROUND_HALF_UP))


def line(net="100.00", rate="0.13", **more) -> dict:
    """One line, its VAT by the rate."""
    vat = text(Decimal(net) * Decimal(rate))
    goods = {"xmmc": "*机床*数控车床", "sphfwssflhbbm": TAX_CLASS}
    return {**goods, "je": text(net), "slv": rate, "se": vat, **more}


def invoice(number, *lines, **more) -> dict:
    """A blue special invoice of today with these lines."""
    lines = list(lines) or [line()]
    net = sum(Decimal(one["je"]) for one in lines)
    vat = sum(Decimal(one["se"]) for one in lines)
    return {
        "fphm": number,
        "lzfpbz": "0",
        "fppz": "01",
        "xsfmc": "甲公司",
        "xsfnsrsbh": GENERAL,
        "gmfmc": "乙公司",
        "gmfnsrsbh": "91310115MA1TE5T02F",
        "hjje": text(net),
        "hjse": text(vat),
        "jshj": text(net + vat),
        "kprq": "20261110090000",
        "kpr": "王会计",
        "fpmxList": lines,
        **more,
    }


def red(number, blue, net, form=None, **more) -> dict:
    """A red invoice for a part of a blue one."""
    values = {"lzfpbz": "1", "dylzfphm": blue, "chyyDm": "02", **more}
    if form:
        values |= {"hzqrxxdbh": form["hzqrxxdbh"], "hzqrduuid": form["hzqrduuid"]}
    return invoice(number, line(net), **values)


class Issuer(Leqi):
    """Leqi for one taxpayer that issues."""

    def base(self, service: str, **content) -> dict:
        """One service of the base capability."""
        return self.call(service, BASE, **content)

    def ask(self, service: str, **content) -> dict:
        """The same with a request number of its own."""
        return self.base(service, **{"ywlsh": self.serial(), **content})

    def quota(self) -> dict:
        """CXSXED."""
        return self.base("CXSXED")

    def download(self, amount: str, **more) -> dict:
        """XZTHSXED, downloading."""
        return self.ask("XZTHSXED", sqlx="0", sqed=amount, **more)

    def give_back(self, amount: str, **more) -> dict:
        """XZTHSXED, returning."""
        return self.ask("XZTHSXED", sqlx="1", sqed=amount, **more)

    def adjust(self, month: str = "2026-11") -> dict:
        """TZSXEDYXQ."""
        return self.base("TZSXEDYXQ", xsfnsrsbh=self.tax_number, sxedsq=month)

    def draw(self, count: int = 10, **more) -> dict:
        """QDFPPLFM."""
        return self.ask("QDFPPLFM", lysl=count, **more)

    def numbers(self, count: int = 10) -> list[str]:
        """Freshly drawn ones."""
        first = int(self.draw(count)["fpqshm"])
        return [str(first + index) for index in range(count)]

    def upload(self, *invoices, **more) -> dict:
        """QDFPSC until done; the refusal when refused."""
        answer = self.ask("QDFPSC", fpxx=list(invoices), **more)
        if answer["returncode"] != "00":
            return answer
        for _ in range(50):
            result = self.base("CXQDFPSCJG", sllsh=answer["sllsh"])
            if result["clzt"] == "1":
                return result
        raise AssertionError("never done")

    def codes(self, *invoices) -> list[str]:
        """The codes of an upload."""
        return [row["code"] for row in self.upload(*invoices)["fpxx"]]

    def form(self, blue: str, net: str, vat: str, reason: str = "02", **more) -> dict:
        """QDHZQRDSQ."""
        values = {"dylzfphm": blue, "hzcxje": net, "hzcxse": vat, "chyyDm": reason}
        return self.ask("QDHZQRDSQ", **values, **more)

    def summarise(self, month: str, kind: str = "0", **totals) -> dict:
        """SCFPHZQRXX until done; the refusal when refused."""
        answer = self.ask("SCFPHZQRXX", ywlx=kind, yf=month, **totals)
        if answer["returncode"] != "00":
            return answer
        return self.base("CXFPHZQRXX", sllsh=answer["sllsh"])


def quota_of(control, month: str = MONTH) -> dict:
    """The quota of a month as the simulator knows it."""
    rows = control.get("state", tax_number=GENERAL)["quotas"]
    return next(row for row in rows if row["month"] == month)
