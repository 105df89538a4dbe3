import {Component, onWillStart, useState} from "@odoo/owl";
import {CheckBox} from "@web/core/checkbox/checkbox";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

const MODEL = "invoice.tax.right";

/**
 * 功能权限: who may do what in the company at hand, items down and users across.
 *
 * Each tick is kept at once; what is shown afterwards is what the server says.
 */
export class RightMatrix extends Component {
    static template = "invoice_tax_service.RightMatrix";
    static components = {CheckBox};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({matrix: null, trouble: "", filter: ""});
        onWillStart(() => this.load());
    }

    get companyId() {
        return user.activeCompany.id;
    }

    /** What is searched for, under its headings. */
    get sections() {
        const wanted = this.state.filter.trim();
        const found = this.state.matrix.items.filter((item) =>
            item.name.includes(wanted)
        );
        const sections = Object.groupBy(found, (item) => item.section);
        return Object.entries(sections).map(([name, items]) => ({name, items}));
    }

    async load() {
        try {
            this.state.matrix = await this.orm.call(MODEL, "get_matrix", [
                this.companyId,
            ]);
        } catch (error) {
            this.state.trouble = error.data?.message || error.message;
        }
    }

    /** Keep a change, and show what holds now whatever became of it. */
    async change(method, ...values) {
        try {
            await this.orm.call(MODEL, method, [this.companyId, ...values]);
        } finally {
            await this.load();
        }
    }

    setRight(item, userId, isAllowed) {
        return this.change("set_right", item.code, userId, isAllowed);
    }

    setByRole(item) {
        return this.change("set_by_role", item.code);
    }

    setHiding(isHiding) {
        return this.change("set_hiding", isHiding);
    }

    openChanges() {
        this.action.doAction("invoice_tax_service.invoice_tax_right_change_action");
    }
}

registry.category("actions").add("invoice_tax_right_matrix", RightMatrix);
