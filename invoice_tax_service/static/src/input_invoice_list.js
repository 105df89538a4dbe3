import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {ListRenderer} from "@web/views/list/list_renderer";
import {SortedListController} from "./sorted_list";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/views/fields/formatters";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

// The line above the input invoices: which period they would go into, until when,
// and what the ticked rows sum to.
class TaxPeriodBanner extends Component {
    static template = "invoice_tax_service.TaxPeriodBanner";
    static props = {taxpayerIds: Array, selection: Array};

    setup() {
        this.orm = useService("orm");
        this.state = useState({periods: []});
        onWillStart(() => this.load(this.props.taxpayerIds));
        onWillUpdateProps((next) => {
            if (String(next.taxpayerIds) !== String(this.props.taxpayerIds)) {
                return this.load(next.taxpayerIds);
            }
        });
    }

    async load(taxpayerIds) {
        this.state.periods = await this.orm.call(
            "invoice.tax.period",
            "get_banner",
            [],
            {taxpayer_ids: taxpayerIds}
        );
    }

    sum(fieldName) {
        const total = this.props.selection.reduce(
            (cents, record) => cents + Math.round(record.data[fieldName] * 100),
            0
        );
        return formatFloat(total / 100, {digits: [16, 2]});
    }

    get selectionText() {
        return _t("%(count)s ticked: net %(net)s, VAT %(vat)s, creditable %(creditable)s", {
            count: this.props.selection.length,
            net: this.sum("net_amount"),
            vat: this.sum("vat_amount"),
            creditable: this.sum("creditable_vat"),
        });
    }
}

class TaxInputInvoiceListRenderer extends ListRenderer {
    static template = "invoice_tax_service.InputInvoiceListRenderer";
    static components = {...ListRenderer.components, TaxPeriodBanner};

    get bannerTaxpayerIds() {
        const ids = this.props.list.records.map((record) => record.data.taxpayer_id?.id);
        return [...new Set(ids.filter(Boolean))].sort((a, b) => a - b);
    }
}

registry.category("views").add("tax_input_invoice_list", {
    ...listView,
    Controller: SortedListController,
    Renderer: TaxInputInvoiceListRenderer,
});
