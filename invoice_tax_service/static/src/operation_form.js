import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";
import {useEffect} from "@odoo/owl";

// A batch of the latest workbook stands out in the log until its page is opened.
class TaxOperationFormController extends FormController {
    setup() {
        super.setup();
        useEffect(
            (id) => {
                if (id && this.model.root.data.is_latest_import) {
                    this.orm.silent.call("invoice.tax.operation", "note_opened", [[id]]);
                }
            },
            () => [this.model.root.resId]
        );
    }
}

registry.category("views").add("tax_operation_form", {
    ...formView,
    Controller: TaxOperationFormController,
});
