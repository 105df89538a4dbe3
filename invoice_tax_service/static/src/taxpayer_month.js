import {onMounted, onWillUnmount} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

// While something is under way its card is read again so often, in milliseconds.
const READ_AGAIN = 5000;

// The page "This Month" follows what is under way, and shows its end at once. Card by
// card, for two readings of the whole page at a time would have one never end, and
// whoever waits for that one too.
class TaxMonthKanbanController extends KanbanController {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        const readAgain = () => this.readAgain();
        let timer = null;
        onMounted(() => {
            bus.subscribe("invoice_tax_service.done", readAgain);
            timer = setInterval(readAgain, READ_AGAIN);
        });
        onWillUnmount(() => {
            bus.unsubscribe("invoice_tax_service.done", readAgain);
            clearInterval(timer);
        });
    }

    readAgain() {
        if (document.hidden) {
            return;
        }
        for (const record of this.model.root.records) {
            if (record.data.month_is_busy) {
                record.load();
            }
        }
    }
}

registry.category("views").add("tax_month_kanban", {
    ...kanbanView,
    Controller: TaxMonthKanbanController,
});
