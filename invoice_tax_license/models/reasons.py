"""What the codes of the licences mean, and what to do about them."""

from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.words import register_reasons

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
LICENSE_REASONS = {
    # Of the platform
    "no_entitlement_left": (
        _lt("The entitlement platform has no entitlement left to assign."),
        _lt("Cancel another authorisation, or order more, then synchronise."),
    ),
    "serial_missing": (
        _lt("This kind of licence needs a product serial number, and there is none."),
        _lt("Maintain the product serial numbers, then synchronise."),
    ),
    "serial_invalid": (
        _lt("The platform does not accept the product serial number."),
        _lt("Compare it with the confirmation mail, then synchronise."),
    ),
    "license_locked": (
        _lt("The tax number is still locked after its last cancellation."),
        _lt("Synchronise again when the lock has ended."),
    ),
    "license_elsewhere": (
        _lt("The tax number is authorised by another customer of the platform."),
        _lt("Ask the provider of the platform."),
    ),
    "customer_unknown": (
        _lt("The platform does not know the customer number."),
        _lt("Correct it on the connection to it, then synchronise."),
    ),
    "signature_refused": (
        _lt("The platform does not accept the signature."),
        _lt("Correct the secret on the connection to it, then synchronise."),
    ),
    # Found here
    "none_left_here": (
        _lt(
            "As last read, the entitlement platform has no entitlement left to assign."
        ),
        _lt(
            "Cancel another authorisation, or order more; then read the "
            "entitlements, and authorise again."
        ),
    ),
    "held_elsewhere": (
        _lt(
            "Another licence of this tax number holds the entitlement by now, so "
            "nothing is cancelled at the platform."
        ),
        _lt("Nothing to do."),
    ),
    "no_entitlement_connection": (
        _lt("The company has no connection to the entitlement platform."),
        _lt("Add one under Connections, then synchronise."),
    ),
    "not_entitled": (
        _lt("The platform holds no entitlement for this tax number any more."),
        _lt("Synchronise the authorisation again."),
    ),
    "still_entitled": (
        _lt("The platform still holds an entitlement for this tax number."),
        _lt("Synchronise the cancellation again."),
    ),
}

register_reasons(LICENSE_REASONS)
