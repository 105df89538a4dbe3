"""Inside Odoo: licences for taxpayers, as a manager gets them by hand.

Imported by what runs in Odoo's shell. Where the addon of the licences is missing there
is nothing to be had.
"""

import time

from .records import find_or_create

CHANNEL = "entitlement"
PATIENCE = 60  # seconds; a server that runs already may do the work itself


def authorise(env, taxpayers, connection):
    """Authorise taxpayers for all services, and have the platform told.

    Each company gets a connection to the entitlement platform, unless it has one;
    what cannot be authorised (any more) is left as it is.

    :param dict connection: values of the connections
    :raise RuntimeError: one that was authorised cannot be used
    """
    if "invoice.tax.license" not in env:
        return
    for company in taxpayers.company_id:
        _connect(env, company, connection)
    licenses = taxpayers.license_ids.filtered(
        lambda one: not one._get_cannot_authorise_reason()
    )
    if licenses:
        licenses.authorise()
    deadline = time.monotonic() + PATIENCE
    while reasons := _tell(env, taxpayers, licenses):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(reasons)} licences are missing: {reasons[0]}")
        time.sleep(0.5)


def _tell(env, taxpayers, licenses):
    """Have the platform told.

    :return: why licences cannot be used yet
    """
    env.cr.commit()
    for lane in taxpayers.lane_ids.filtered(lambda one: one.channel == CHANNEL):
        lane._work_lane(lane.id, float("inf"))
    env.cr.commit()
    env.invalidate_all()
    return [reason for one in licenses if (reason := one._get_unusable_reason())]


def _connect(env, company, values):
    if company._get_entitlement_connections():
        return
    find_or_create(
        env,
        f"connection_{CHANNEL}_{company.id}",
        "invoice.tax.connection",
        {
            "channel": CHANNEL,
            "environment": "simulated",
            "company_id": company.id,
            **values,
        },
    )
