import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {user} from "@web/core/user";

// A plain mark on every page while a company at hand works with the simulated
// tax bureau, so that nobody takes its figures for real ones.
export class SimulatedMark extends Component {
    static template = "invoice_tax_service.SimulatedMark";
    static props = {};

    get isShown() {
        const simulated = session.tax_service_simulated_company_ids || [];
        return user.activeCompanies.some((company) => simulated.includes(company.id));
    }
}

registry
    .category("systray")
    .add("invoice_tax_service.simulated_mark", {Component: SimulatedMark}, {sequence: 200});
