"""Demo data: taxpayers at the simulated bureau and the same ones in Odoo.

Nothing here stands in for anything: Odoo reaches the simulated bureau over HTTP
as it would reach a real one, and reads from it what is shown.
"""

import datetime
import json
from pathlib import Path

from .clients import Control

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
FILING_DAY = 3  # of a month: the period before is open and may be signed
LAST_FILING_DAY = 10  # surely before every deadline
MONTHS = 3
INVOICES = 300
BILLS = 20
SALES = 5  # customer invoices that can be issued
PASSWORD = "cert-password"
ENCRYPTION_KEY = "0123456789abcdeffedcba9876543210"  # the simulator's, for one and all
# Of the simulated entitlement platform, for one and all as well.
CUSTOMER, SECRET = "CUST0001", "entitlement-secret-0001"
ACCOUNTANT = {
    "name": "王会计",
    "login": "accountant",
    "password": "accountant",
    "lang": "zh_CN",
    "groups": [
        "base.group_partner_manager",
        "account.group_account_user",
        "invoice_tax_service.group_receiving_clerk",
    ],
}
# Synthetic tax numbers; the channel is how Odoo reaches the bureau for each.
TAXPAYERS = (
    {
        "tax_number": "91110105MA0TE5T019",
        "name": "北京示例科技有限公司",
        "channel": "leqi",
        "taxpayer_type": "general",
    },
    {
        "tax_number": "91310115MA1TE5T02F",
        "name": "上海示例贸易有限公司",
        "channel": "rpa",
        "taxpayer_type": "general",
    },
    {
        "tax_number": "91440300MA5TE5T031",
        "name": "深圳示例咨询有限公司",
        "channel": "leqi",
        "taxpayer_type": "small",
    },
)
_MARK = "invoice_tax_setup.demo"
# Older data get what has come since: 2 brought what is needed for issuing.
_VERSION = "2"
_SCRIPT = Path(__file__).with_name("demo_odoo.py")


def prepare(stack):
    """Make the demo data where they are missing; quick when they are not.

    To be called after the simulator and before Odoo is started.
    """
    control = Control(stack.simulator_url)
    _prepare_bureau(control)
    version = _get_version(stack)
    if version:
        _update_addresses(stack)
    if version == _VERSION:
        return
    parameters = {} if version else {"bills": _bills(control), "fetch": True}
    run_in_odoo(
        stack,
        connections=connections(stack),
        license_connection=license_connection(stack),
        taxpayers=[odoo_taxpayer(taxpayer) for taxpayer in TAXPAYERS],
        accountant=ACCOUNTANT,
        issuing={"tax_number": TAXPAYERS[0]["tax_number"], "invoices": SALES},
        mark=[_MARK, _VERSION],
        **parameters,
    )


def filing_time(now):
    """Return a time at which the month before can be signed: now, or the next
    filing days, so that no deadline has passed on Odoo's own clock either.

    :param datetime.datetime now: Beijing time
    """
    if now.day <= LAST_FILING_DAY:
        return now
    next_month = now.replace(day=28) + datetime.timedelta(days=7)
    return next_month.replace(day=FILING_DAY, hour=9, minute=0, second=0, microsecond=0)


def months_before(day, number):
    """Return that many months before the month of the day, as yyyyMM, in order."""
    last = day.year * 12 + day.month - 2
    months = range(last - number + 1, last + 1)
    return [f"{month // 12}{month % 12 + 1:02d}" for month in months]


def seed(control, taxpayers, invoices, **options):
    """Give the bureau taxpayers and their invoices of the last months, and the
    entitlement platform what they need to be served."""
    seed_entitlements(control)
    now = datetime.datetime.fromisoformat(control.get("clock")["now"])
    control.post(
        "seed",
        seed=19,
        months=months_before(now, MONTHS),
        invoices=invoices,
        taxpayers=[
            {
                "tax_number": taxpayer["tax_number"],
                "name": taxpayer["name"],
                "taxpayer_type": taxpayer["taxpayer_type"],
                "cert_password": PASSWORD,
            }
            for taxpayer in taxpayers
        ],
        **options,
    )


def seed_entitlements(control, total=1000):
    """Give the customer of the entitlement platform entitlements of each service."""
    first = datetime.datetime.now(BEIJING).date().replace(day=1)
    last = first.replace(year=first.year + 3) - datetime.timedelta(days=1)
    for group in ("issuing", "receiving"):
        control.post(
            "entitlements",
            serial=f"SN-{group.upper()}-0001",
            service_group=group,
            total=total,
            valid_from=first.isoformat(),
            valid_to=last.isoformat(),
        )


def set_clock(control):
    """Turn the bureau's clock to the filing days."""
    wanted = filing_time(datetime.datetime.now(BEIJING))
    control.post("clock", now=wanted.isoformat())


def connections(stack, **options):
    """Return the connections of Odoo to the simulated bureau, by channel."""
    common = {"address": stack.simulator_url, **options}
    return {
        "leqi": {
            "name": "乐企",
            "platform_number": "LEQI0001",
            "encryption_key": ENCRYPTION_KEY,
            **common,
        },
        "rpa": {"name": "电子税务局 RPA", **common},
    }


def license_connection(stack, **options):
    """Return the connection of Odoo to the simulated entitlement platform."""
    return {
        "name": "权益平台",
        "address": stack.simulator_url,
        "customer_number": CUSTOMER,
        "entitlement_secret": SECRET,
        **options,
    }


def odoo_taxpayer(taxpayer, **options):
    """Return what Odoo is told of a taxpayer; the bureau tells it the rest."""
    values = {
        "tax_number": taxpayer["tax_number"],
        "name": taxpayer["name"],
        "channel": taxpayer["channel"],
        **options,
    }
    if taxpayer["channel"] == "rpa":
        values["certificate_password"] = PASSWORD
    return values


def run_in_odoo(stack, **parameters):
    """Run the script beside this file in Odoo's shell and return its answer."""
    text = json.dumps(parameters)
    script = _SCRIPT.read_text(encoding="utf-8")
    output = stack.odoo_shell(f"PARAMETERS = {text!r}\n{script}")
    return json.loads(output.strip().splitlines()[-1])


def _prepare_bureau(control):
    """Seed the bureau, or move its clock on to the filing days of a new month."""
    # Quota and numbers are for the month of Odoo's clock, which nobody turns.
    control.post("settings", issuing_in_real_time=True)
    state = control.get("state", tax_number=TAXPAYERS[0]["tax_number"])
    if not state["taxpayers"]:
        set_clock(control)
        seed(control, TAXPAYERS, INVOICES)
        return
    if not state["entitlement_serials"]:
        seed_entitlements(control)
    now = datetime.datetime.fromisoformat(control.get("clock")["now"])
    if now < filing_time(datetime.datetime.now(BEIJING)):
        set_clock(control)


def _get_version(stack):
    """By which version of the demo the data were made; None when there are none."""
    statement = "SELECT value FROM ir_config_parameter WHERE key = %s"
    rows = stack.execute(statement, [_MARK])
    return rows[0][0] if rows else None


def _update_addresses(stack):
    """The simulator may listen on another port than at the last start."""
    stack.execute(
        "UPDATE invoice_tax_connection SET address = %s WHERE address <> %s AND id IN"
        " (SELECT res_id FROM ir_model_data WHERE module = '__setup__'"
        " AND model = 'invoice.tax.connection')",
        [stack.simulator_url] * 2,
    )


def _bills(control):
    """Invoices of the first two taxpayers that a bookkeeper has entered already."""
    bills = []
    for taxpayer in TAXPAYERS[:2]:
        state = control.get("state", tax_number=taxpayer["tax_number"])
        good = [row for row in state["invoices"] if row["status"] == "normal"]
        bills += good[:BILLS]
    return bills
