import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_tours.py. They read what a Chinese manager
// reads, so every text here is the translated one.
const tours = registry.category("web_tour.tours");

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger) {
    return {content: `Press ${trigger}`, trigger, run: "click"};
}

const RECEIVING = ".o_search_panel_category_value:contains(收票服务)";

tours.add("tax_license_authorise", {
    steps: () => [
        isShown(".o_breadcrumb:contains(许可授权)"),
        isShown(`${RECEIVING}:contains(0/10)`),
        press(`${RECEIVING} header`),
        isShown(".o_list_view:not(:has(.o_data_row:contains(开票服务)))"),
        isShown(".o_data_row:contains(合成企业):contains(收票服务):contains(未授权)"),
        press(".o_data_row:contains(合成企业) .o_list_record_selector input"),
        isShown(".o_data_row_selected"),
        press(".o_control_panel button[name=action_authorise]:contains(许可授权)"),
        isShown(".modal:contains(60):contains(天内不允许重新授权)"),
        isShown(".modal:contains(取消授权期间该税号将无法进行开票/收票业务)"),
        press(".modal footer button:contains(许可授权)"),
        isShown("body:not(:has(.modal))"),
        isShown(".o_data_row:contains(合成企业):contains(已授权):contains(同步成功)"),
        isShown(`${RECEIVING}:contains(1/10)`),
        press(".o_data_row:contains(合成企业) .o_list_record_selector input"),
        press(".o_control_panel button[name=action_cancel]:contains(取消授权)"),
        isShown(".modal:contains(天内不允许重新授权)"),
        press(".modal footer button:contains(取消授权)"),
        isShown("body:not(:has(.modal))"),
        isShown(".o_data_row:contains(合成企业):contains(未授权):contains(同步成功)"),
        isShown(`${RECEIVING}:contains(0/10)`),
    ],
});

tours.add("tax_license_serial", {
    steps: () => [
        press(".o_control_panel button:contains(维护产品序列号)"),
        isShown(".modal:contains(无需维护产品序列号)"),
        {
            content: "Choose a temporary licence",
            trigger: ".modal .o_field_widget[name=license_kind] input",
            run: "click",
        },
        press(".o_select_menu_item:contains(临时许可)"),
        isShown(".modal:contains(需维护产品序列号)"),
        press(".modal .o_data_row:contains(收票服务) td[name=serial]"),
        {
            content: "Enter the serial number",
            trigger: ".modal .o_data_row:contains(收票服务) td[name=serial] input",
            run: "edit SN-R-0001",
        },
        press(".modal footer button:contains(确定)"),
        isShown("body:not(:has(.modal))"),
    ],
});

tours.add("tax_license_refusal", {
    steps: () => [
        press(".o_data_row:first .o_list_record_selector input"),
        press(".o_control_panel button:contains(抵扣勾选):not(:contains(不抵扣))"),
        isShown(".modal:contains(未进行收票服务授权)"),
        press(".modal footer button:contains(许可授权)"),
        isShown(".o_breadcrumb:contains(许可授权)"),
        isShown(".o_data_row:contains(合成企业):contains(未授权)"),
    ],
});
