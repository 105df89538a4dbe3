import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_right_tours.py. The words of the screens are
// told there; here stand names of fields and of the people of the test.
const tours = registry.category("web_tour.tours");

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger, values = {}) {
    return {content: `Press ${trigger}`, trigger, run: "click", ...values};
}

function tick(number) {
    return press(`.o_data_row:contains(${number}) .o_list_record_selector input`);
}

function openPage(path) {
    return {
        content: `Go to ${path}`,
        trigger: "body",
        run: () => {
            window.location.assign(`/odoo/${path}`);
        },
        expectUnloadPage: true,
    };
}

function switchCompany(name) {
    return [
        press(".o_switch_company_menu button"),
        press(`.o_switch_company_item .log_into:contains(${name})`, {
            expectUnloadPage: true,
        }),
        isShown(`.o_switch_company_menu:contains(${name})`),
    ];
}

const CARDS = ".o_kanban_view .o_kanban_record:contains(10)";

tours.add("tax_service_right_hidden", {
    steps: () => [
        isShown(".o_switch_company_menu:contains(甲测试公司)"),
        tick("26442000000000000001"),
        // Hidden here: neither above the list …
        isShown(".o_control_panel:not(:has(button[name=action_deduct]))"),
        isShown(".o_control_panel:has(button[name=action_exclude])"),
        openPage("tax-periods"),
        // … nor on the cards.
        isShown(CARDS),
        isShown(`${CARDS}:not(:has(button[name=action_build_statistics]))`),
        openPage("tax-invoices"),
        ...switchCompany("乙测试公司"),
        // Shown there, and it says what is missing and who can give it.
        tick("26442000000000000003"),
        press(".o_control_panel button[name=action_deduct]"),
        isShown(".modal:contains(乙测试公司):contains(tax_manager_b)"),
        press(".modal footer button"),
        isShown("body:not(:has(.modal))"),
        openPage("tax-periods"),
        press(`${CARDS} button[name=action_build_statistics]`),
        isShown(".modal:contains(乙测试公司):contains(tax_manager_b)"),
        press(".modal footer button"),
        isShown("body:not(:has(.modal))"),
        ...switchCompany("甲测试公司"),
        isShown(`${CARDS}:not(:has(button[name=action_build_statistics]))`),
    ],
});

tours.add("tax_service_right_matrix", {
    steps: () => [
        isShown(".o_tax_right_matrix:contains(甲测试公司)"),
        isShown("tr[data-item=deduct] td[data-user^=tax_worker] input:not(:checked)"),
        press("tr[data-item=deduct] td[data-user^=tax_worker] input"),
        isShown("tr[data-item=deduct] .badge"),
        isShown("tr[data-item=deduct] td[data-user^=tax_worker] input:checked"),
        // Nobody else has lost it by that.
        isShown("tr[data-item=deduct] td[data-user^=tax_clerk] input:checked"),
        press("tr[data-item=sign] td[data-user^=tax_clerk] input"),
        isShown("tr[data-item=sign] td[data-user^=tax_clerk] input:not(:checked)"),
        press("tr[data-item=sign] td.text-nowrap button"),
        isShown("tr[data-item=sign]:not(:has(.badge))"),
        isShown("tr[data-item=sign] td[data-user^=tax_clerk] input:checked"),
        press(".o_tax_hiding input:checked"),
        isShown(".o_tax_hiding input:not(:checked)"),
    ],
});
