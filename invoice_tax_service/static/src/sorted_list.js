import {ListController} from "@web/views/list/list_controller";
import {MultiRecordViewButton} from "@web/views/view_button/multi_record_view_button";
import {listView} from "@web/views/list/list_view";
import {orderByToString} from "@web/search/utils/order_by";
import {registry} from "@web/core/registry";
import {useSubEnv} from "@odoo/owl";

// Buttons above the list also tell how it is sorted, so that a download of all of it
// stands in the same order.
class SortedListButton extends MultiRecordViewButton {
    setup() {
        super.setup();
        const onClickViewButton = this.env.onClickViewButton;
        useSubEnv({
            onClickViewButton: (params) => {
                params.clickParams.buttonContext.active_order = orderByToString(
                    this.props.list.orderBy
                );
                return onClickViewButton(params);
            },
        });
    }
}

export class SortedListController extends ListController {
    static components = {
        ...ListController.components,
        MultiRecordViewButton: SortedListButton,
    };
}

registry.category("views").add("tax_sorted_list", {
    ...listView,
    Controller: SortedListController,
});
