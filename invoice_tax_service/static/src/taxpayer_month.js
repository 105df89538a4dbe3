import {onMounted, onWillUnmount} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

// While something is under way the cards are read again so often, in milliseconds.
const READ_AGAIN = 5000;

// The page "This Month" follows what is under way, and shows its end at once.
class TaxMonthKanbanController extends KanbanController {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        const readAgain = () => this.readAgain();
        let timer = null;
        onMounted(() => {
            bus.subscribe("invoice_tax_service.done", readAgain);
            timer = setInterval(() => this.isBusy && this.readAgain(), READ_AGAIN);
        });
        onWillUnmount(() => {
            bus.unsubscribe("invoice_tax_service.done", readAgain);
            clearInterval(timer);
        });
    }

    get isBusy() {
        return this.model.root.records.some((record) => record.data.month_is_busy);
    }

    async readAgain() {
        if (!document.hidden && !this.isReadingAgain) {
            this.isReadingAgain = true;
            try {
                await this.model.load();
            } finally {
                this.isReadingAgain = false;
            }
        }
    }
}

registry.category("views").add("tax_month_kanban", {
    ...kanbanView,
    Controller: TaxMonthKanbanController,
});
