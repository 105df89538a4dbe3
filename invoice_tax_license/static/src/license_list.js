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
        useBus(this.env.bus, CHANGED, () => this.readAgain());
    }

    async readAgain() {
        const model = this.env.searchModel;
        for (const category of model.categories) {
            const range = await model.orm.call(
                model.resModel,
                "search_panel_select_range",
                [category.fieldName],
                {
                    context: model.globalContext,
                    expand: category.expand,
                    search_domain: model.searchDomain,
                }
            );
            model._createCategoryTree(category.id, range);
        }
        this.updateActiveValues();
        this.render();
    }
}

registry.category("views").add("tax_license_list", {
    ...listView,
    SearchPanel: LicenseSearchPanel,
});

registry.category("actions").add("tax_licenses_changed", async (env) => {
    // Closed first: a page that is read twice at once forgets that it was asked to.
    await env.services.action.doAction({type: "ir.actions.act_window_close"});
    env.bus.trigger(CHANGED);
});
