import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_issue_tours.py, which makes their data. They
// read what a Chinese accountant reads, so every text here is the translated one.
const tours = registry.category("web_tour.tours");

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger) {
    return {content: `Press ${trigger}`, trigger, run: "click"};
}

tours.add("tax_service_leqi_issuing", {
    steps: () => [
        isShown(".o_data_row:contains(乙方合成有限公司)"),
        press(".o_list_view thead .o_list_record_selector input"),
        press("button[name=action_issue_digital_invoice]:contains(开具数电票)"),
        // One of them lacks something: said before anything is taken.
        isShown(".modal .alert:contains(张缺少资料)"),
        isShown(".modal .o_data_row:contains(专用发票须有购方税号)"),
        press(".modal footer button[name=action_issue]:contains(开具其余发票)"),
        isShown("body:not(:has(.modal))"),
        isShown(".o_data_row:contains(已开具):contains(26317000000000000001)"),
        press(".o_data_row:contains(26317000000000000001) td[name=invoice_date]"),
        isShown(".o_form_view [name=digital_invoice_number]:contains(26317000000000000001)"),
        press("button[name=action_open_tax_issue]"),
        isShown(".o_form_view .o_data_row:contains(提出开票请求)"),
        isShown(".o_data_row:contains(已取得号码和额度)"),
        isShown(".o_data_row:contains(平台已确认)"),
        isShown(".o_statusbar_status .o_arrow_button_current:contains(已开具)"),
    ],
});
