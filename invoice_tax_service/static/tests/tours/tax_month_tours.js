import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_month_tours.py, which makes their data.
const tours = registry.category("web_tour.tours");

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger) {
    return {content: `Press ${trigger}`, trigger, run: "click"};
}

tours.add("tax_service_month", {
    steps: () => [
        isShown(".o_breadcrumb:contains(本月)"),
        isShown(".o_kanban_record:contains(202610):contains(申报截止)"),
        isShown(".o_kanban_record div[name=open]:contains(未勾选):contains(26.00)"),
        press(".o_kanban_record div[name=step] button:contains(抵扣勾选)"),
        isShown(".o_data_row:contains(26442000000000000001):contains(未勾选)"),
        press("thead .o_list_record_selector input"),
        press(".o_control_panel button:contains(抵扣勾选):not(:contains(不抵扣))"),
        press(".modal footer button:contains(提交税局)"),
        isShown("body:not(:has(.modal))"),
        // The way back.
        press(".o_breadcrumb .o_back_button, .o_breadcrumb li:last-child a"),
        isShown(".o_kanban_record div[name=selected]:contains(26.00)"),
        isShown(".o_kanban_record div[name=graph] canvas"),
        press(".o_kanban_record div[name=step] button:contains(生成统计表)"),
        press(".o_kanban_record div[name=step] button:contains(确认签名)"),
        isShown(
            ".modal .o_field_widget[name=deduct_line_ids] tr:contains(合计):contains(26.00)"
        ),
        press(".modal footer button:contains(确认签名)"),
        isShown("body:not(:has(.modal))"),
        isShown(".o_kanban_record div[name=step]:contains(等待申报)"),
        isShown(".o_kanban_record div[name=states] .text-success:contains(确认签名)"),
    ],
});

// By names alone: what it shows is tested elsewhere, in both languages.
tours.add("tax_service_start", {
    steps: () => [
        press(".o_view_nocontent a[type=action]"),
        isShown(".modal .o_field_widget[name=tax_number] input:value(91330108MA2TE5T040)"),
        press(".modal footer button[name=action_add_taxpayer]"),
        isShown(".modal .o_field_widget[name=connection_id]"),
        press(".modal footer button[name=action_choose_connection]"),
        press(".modal footer button[name=action_check]"),
        isShown(".modal .o_field_widget[name=check_line_ids] .o_data_row:eq(4)"),
        press(".modal footer button[name=action_fetch]"),
        isShown("body:not(:has(.modal))"),
        isShown(".o_kanban_record:contains(丁测试公司):contains(202610)"),
    ],
});
