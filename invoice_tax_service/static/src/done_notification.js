import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

// Work that goes on after the click ends in a notification that leads to it,
// wherever the person is by then.
registry.category("services").add("invoice_tax_service.done", {
    dependencies: ["action", "bus_service", "notification"],
    start(env, {action, bus_service, notification}) {
        bus_service.subscribe(
            "invoice_tax_service.done",
            ({message, next, ...options}) => {
                const close = notification.add(message, {
                    ...options,
                    buttons: [
                        {
                            name: _t("Open the Page"),
                            primary: true,
                            onClick: () => {
                                close();
                                action.doAction(next);
                            },
                        },
                    ],
                });
            }
        );
        bus_service.start();
    },
});
