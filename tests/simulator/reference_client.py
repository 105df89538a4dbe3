"""A tiny client of the contract, as plain as can be."""

import base64
import itertools
import json

import requests
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
ENTITY = "LEQI0001"


def encrypt(text: bytes, key: bytes = KEY) -> str:
    """SM4-ECB, PKCS7, base64."""
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    data = encryptor.update(padder.update(text) + padder.finalize())
    return base64.b64encode(data + encryptor.finalize()).decode()


def decrypt(text: str, key: bytes = KEY) -> bytes:
    """The reverse."""
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()
    data = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(data) + unpadder.finalize()


class Control:
    """The control API."""

    def __init__(self, url: str):
        self.url = url
        self.http = requests.Session()

    def get(self, path: str, **params):
        """Read something."""
        answer = self.http.get(f"{self.url}/_control/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, expect: int = 200, **content):
        """Change something."""
        answer = self.http.post(f"{self.url}/_control/{path}", json=content)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def fault(self, kind: str, **scope) -> int:
        """Add a fault; answers its number."""
        return self.post("faults", kind=kind, **scope)["id"]

    def no_faults(self) -> None:
        """Remove all faults."""
        self.http.delete(f"{self.url}/_control/faults").raise_for_status()

    def invoices(self, tax_number: str) -> dict:
        """The invoices of a taxpayer by their numbers."""
        rows = self.get("state", tax_number=tax_number)["invoices"]
        return {row["number"]: row for row in rows}


class Leqi:
    """Leqi for one taxpayer."""

    serials = itertools.count(1)

    def __init__(self, url: str, tax_number: str, entity: str = ENTITY):
        self.url = url
        self.tax_number = tax_number
        self.entity = entity
        self.http = requests.Session()

    def headers(self, capability: str, service: str) -> dict:
        """The headers of the envelope."""
        return {
            "nlbm": capability,
            "fwbm": service,
            "ylbm": "01",
            "jrdwptbh": ENTITY,
            "sydwptbh": self.entity,
            "access_signature": "a-signature",
            "sxcsbz": "Y",
        }

    def raw(self, capability: str, service: str, body, headers=None):
        """Any body, encrypted already."""
        return self.http.post(
            f"{self.url}/access/v2/invoke/{capability}/{service}",
            data=body,
            headers=headers or self.headers(capability, service),
        )

    def response(self, service: str, capability: str = "203065", **content) -> dict:
        """The `Response` of a call."""
        name = "nsrsbh" if capability == "202007" else "gfsbh"
        content = {name: self.tax_number, **content}
        body = encrypt(json.dumps(content, ensure_ascii=False).encode())
        answer = self.raw(capability, service, body)
        return answer.json()["body"]["Response"]

    def call(self, service: str, capability: str = "203065", **content) -> dict:
        """The business answer of a call."""
        return json.loads(
            decrypt(self.response(service, capability, **content)["Data"])
        )

    def serial(self) -> str:
        """A fresh `ywlsh`."""
        return f"T{next(self.serials):08d}"

    def write(
        self, service: str, poll: str, capability: str = "203065", **content
    ) -> dict:
        """Submit and poll until done."""
        answer = self.call(service, capability, ywlsh=self.serial(), **content)
        if answer["returncode"] != "00":
            return answer
        for _ in range(50):
            result = self.call(poll, capability, pclsh=answer["pclsh"])
            if result["clzt"] == "1":
                return result
        raise AssertionError("never done")

    def refund(self, month: str, items: list[dict], kind: str = "01") -> dict:
        """PLFPTSGX until done."""
        content = {"skssq": month, "gxlxDm": kind, "fpmx": items}
        return self.write("PLFPTSGX", "CXFPTSGXCLJG", "203064", **content)

    def confirm_refund(self, month: str) -> dict:
        """PLFPTSGXQR until done."""
        return self.write("PLFPTSGXQR", "CXFPTSGXQRCLJG", "203064", skssq=month)

    def treat(self, items: list[dict]) -> dict:
        """PLSCDCLNCPFPQRQD until done."""
        return self.write("PLSCDCLNCPFPQRQD", "CXDCLNCPFPQRQDCLJG", fpmx=items)

    def book(self, items: list[dict]) -> dict:
        """FPRZBZSC until done."""
        return self.write("FPRZBZSC", "CXFPRZBZSCJG", fpmx=items)

    def select(self, period: str, items: list[dict], kind: str = "01") -> dict:
        """PLFPDKGX until done."""
        return self.write(
            "PLFPDKGX", "CXFPDKGXCLJG", skssq=period, gxlxDm=kind, fpmx=items
        )

    def build(self, period: str) -> dict:
        """Build the table until done."""
        return self.write("SQCXDKTJ", "CXTJCLJG", skssq=period, sqbz="1")

    def revoke(self, period: str) -> dict:
        """Revoke the table until done."""
        return self.write("SQCXDKTJ", "CXTJCLJG", skssq=period, sqbz="2")

    def sign(self, period: str) -> dict:
        """Sign until done."""
        return self.write("SQQRDKTJ", "CXQRTJCLJG", skssq=period, qrbz="1")

    def cancel(self, period: str) -> dict:
        """Cancel the signature until done."""
        return self.write("SQQRDKTJ", "CXQRTJCLJG", skssq=period, qrbz="2")

    def download(self, **content) -> tuple[list[dict], str]:
        """All rows of a file job, and its cursor."""
        batch = self.call("WGXSJCSHQDXZSQDKGX", ywlsh=self.serial(), **content)
        rows, number, files = [], 1, 1
        while number <= files:
            part = self.call("WGXSJCSHQDXZSQDKGXFK", pclsh=batch["pclsh"], wjxh=number)
            if part["clzt"] == "0":
                continue
            rows += part["fpxx"]
            files, cursor, number = part["wjsl"], part["sjc"], number + 1
        return rows, cursor


class Rpa:
    """The RPA channel for one taxpayer."""

    def __init__(self, url: str, tax_number: str, password: str = "cert-password"):
        self.url = url
        self.tax_number = tax_number
        self.password = password
        self.token = ""
        self.http = requests.Session()

    def raw(self, operation: str, **content):
        """The HTTP answer of a call."""
        return self.http.post(
            f"{self.url}/rpa/v1/{operation}",
            json={"taxNo": self.tax_number, **content},
            headers={"X-Token": self.token},
        )

    def call(self, operation: str, **content) -> dict:
        """The whole answer of a call."""
        return self.raw(operation, **content).json()

    def data(self, operation: str, **content) -> dict:
        """The data of a call that must be good."""
        answer = self.call(operation, **content)
        assert answer["code"] == "0000", answer
        return answer["data"]

    def login(self) -> "Rpa":
        """Log in."""
        self.token = self.data("login", certPassword=self.password)["token"]
        return self

    def task(self, task: str, period: str, **content) -> dict:
        """Submit and query until done; the refusal when refused."""
        answer = self.call("submit", taskType=task, period=period, **content)
        if answer["code"] != "0000":
            return answer
        for _ in range(50):
            data = self.data("query", reqId=answer["data"]["reqId"])
            if data["status"] == "1":
                return data
        raise AssertionError("never done")

    def pool(self, since: str | None = None, size: int = 500) -> tuple[list, str]:
        """All rows of the pool, and the cursor."""
        rows, number, pages = [], 1, 1
        while number <= pages:
            data = self.data("pool", updatedSince=since, page=number, pageSize=size)
            rows += data["rows"]
            pages, cursor, number = data["pages"], data["cursor"], number + 1
        return rows, cursor
