import {CharField, charField} from "@web/views/fields/char/char_field";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

// The batch number in the operation log: a link to the ledger of the batch, as the
// manual has it. The rest of the row opens the batch itself.
export class BatchNumberField extends CharField {
    static template = "invoice_tax_service.BatchNumberField";

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
    }

    async onClick() {
        const {resModel, resId} = this.props.record;
        const action = await this.orm.call(resModel, "action_open_ledger", [[resId]]);
        this.action.doAction(action);
    }
}

registry.category("fields").add("invoice_tax_batch_number", {
    ...charField,
    component: BatchNumberField,
});
