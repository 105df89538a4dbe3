import {SearchPanel} from "@web/search/search_panel/search_panel";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";

const CHANGED = "TAX_LICENSES_CHANGED";

// The numbers (granted/total) at the left, which Odoo reads once for a page, are read
// again when licences were authorised or cancelled.
class LicenseSearchPanel extends SearchPanel {
    setup() {
        super.setup();
        useBus(this.env.bus, CHANGED, async () => {
            const model = this.env.searchModel;
            await model._fetchSections(model.categories, []);
            this.updateActiveValues();
            this.render();
        });
    }
}

registry.category("views").add("tax_license_list", {
    ...listView,
    SearchPanel: LicenseSearchPanel,
});

registry.category("actions").add("tax_licenses_changed", (env) => {
    env.bus.trigger(CHANGED);
    return {type: "ir.actions.act_window_close"};
});
