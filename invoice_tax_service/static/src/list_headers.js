import {ListController} from "@web/views/list/list_controller";
import {patch} from "@web/core/utils/patch";

// Lists of the tax service are known to the style sheet. Not by a class of their own in
// each view: Odoo takes minutes to check a list with many attributes.
patch(ListController.prototype, {
    get className() {
        const own = super.className;
        return this.props.resModel.startsWith("invoice.tax.") ? `${own} o_tax_list` : own;
    },
});
