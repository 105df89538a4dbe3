import {
    RedirectWarningDialog,
    odooExceptionTitleMap,
} from "@web/core/errors/error_dialogs";
import {registry} from "@web/core/registry";

// A refusal for want of a licence, with a button to the licences.
const REFUSAL = "odoo.addons.invoice_tax_license.exceptions.LicenseError";

odooExceptionTitleMap.set(
    REFUSAL,
    odooExceptionTitleMap.get("odoo.exceptions.UserError")
);
registry.category("error_dialogs").add(REFUSAL, RedirectWarningDialog);
