import {
    RedirectWarningDialog,
    WarningDialog,
    odooExceptionTitleMap,
} from "@web/core/errors/error_dialogs";
import {registry} from "@web/core/registry";

// The web client knows exceptions by their full names, so a refusal of ours would
// appear as a program error without its sentence.
const DIALOGS = {
    "odoo.addons.invoice_tax_service.exceptions.TaxServiceError": WarningDialog,
    "odoo.addons.invoice_tax_service.exceptions.TaxServicePageError":
        RedirectWarningDialog,
};

for (const [refusal, dialog] of Object.entries(DIALOGS)) {
    odooExceptionTitleMap.set(
        refusal,
        odooExceptionTitleMap.get("odoo.exceptions.UserError")
    );
    registry.category("error_dialogs").add(refusal, dialog);
}
