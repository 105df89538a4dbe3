import {inputFiles} from "@web/../tests/utils";
import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_tours.py, which makes their data. They read
// what a Chinese accountant reads, so every text here is the translated one.
const tours = registry.category("web_tour.tours");

function openMenu(name) {
    return [
        {
            content: "Open the menu of the service",
            trigger: ".o_menu_sections button:contains(发票服务)",
            run: "click",
        },
        {
            content: `Open ${name}`,
            trigger: `.o-dropdown--menu .dropdown-item:contains(${name})`,
            run: "click",
        },
    ];
}

function tick(number) {
    return {
        content: `Tick ${number}`,
        trigger: `.o_data_row:contains(${number}) .o_list_record_selector input`,
        run: "click",
    };
}

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger) {
    return {content: `Press ${trigger}`, trigger, run: "click"};
}

function pressInDialog(name) {
    return [
        press(`.modal footer button:contains(${name})`),
        isShown("body:not(:has(.modal))"),
    ];
}

tours.add("tax_service_fetch", {
    steps: () => [
        isShown(".o_breadcrumb:contains(企业管理)"),
        press(".o_data_row:contains(合成企业) td[name=name]"),
        press("button[name=action_fetch]:contains(从税局获取)"),
        isShown(".o_notification:contains(正在从税局获取数据)"),
        press("button[name=action_open_input_invoices]:contains(进项发票)"),
        isShown(".o_tax_period_banner:contains(税款所属期):contains(202610)"),
        isShown(".o_tax_period_banner:contains(申报截止日期):contains(未生成统计表)"),
        isShown(".o_data_row:contains(26442000000000000001):contains(未勾选)"),
        isShown(".o_data_row:contains(26442000000000000002):contains(合成供应商)"),
    ],
});

tours.add("tax_service_select", {
    steps: () => [
        isShown(".o_breadcrumb:contains(进项发票)"),
        isShown(".o_facet_value:contains(未勾选)"),
        isShown(".o_list_table:not(:contains(26442000000000000004))"),
        press(".o_searchview_facet:contains(正常) .o_facet_remove"),
        isShown(
            ".o_data_row.text-danger:contains(26442000000000000004):contains(失控)"
        ),
        press("thead .o_list_record_selector input"),
        isShown(".o_tax_period_banner:contains(已选 4 份)"),
        isShown(".o_tax_period_banner:contains(有效抵扣税额 52.00)"),
        press(".o_control_panel button:contains(抵扣勾选):not(:contains(不抵扣))"),
        isShown(".modal .o_field_widget[name=good_count]:contains(3)"),
        isShown(".modal .o_field_widget[name=refused_count]:contains(1)"),
        isShown(".modal .o_field_widget[name=creditable_vat]:contains(39.00)"),
        isShown(".modal:contains(可提交份数):contains(以下发票不可提交)"),
        isShown(".modal .o_data_row:contains(该发票为失控发票)"),
        ...pressInDialog("提交税局"),
        isShown(".o_notification:contains(正在提交税局)"),
        press(".o_searchview_facet:contains(未勾选) .o_facet_remove"),
        isShown(
            ".o_data_row.text-info:contains(26442000000000000001):contains(已勾选)"
        ),
        isShown(".o_data_row:contains(26442000000000000004):contains(未勾选)"),
    ],
});

tours.add("tax_service_refusal", {
    steps: () => [
        isShown(".o_tax_period_banner:contains(已生成统计表)"),
        tick("26442000000000000001"),
        press(".o_control_panel button:contains(抵扣勾选):not(:contains(不抵扣))"),
        isShown(".modal:contains(统计表已生成，不能再勾选)"),
        press(".modal footer button"),
        isShown("body:not(:has(.modal))"),
    ],
});

tours.add("tax_service_exclude", {
    steps: () => [
        tick("26442000000000000002"),
        press(".o_control_panel button:contains(不抵扣勾选)"),
        isShown(".modal .o_field_widget[name=reason]:contains(用于集体福利)"),
        press(".modal footer button:contains(提交税局)"),
        isShown(".modal .o_field_widget[name=reason].o_field_invalid"),
        press(".modal .o_radio_item:contains(其他) input"),
        isShown(".modal:contains(原因说明)"),
        press(".modal footer button:contains(提交税局)"),
        isShown(".modal .o_field_widget[name=reason_text].o_field_invalid"),
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason_text] input",
            run: "edit 样品赠送客户",
        },
        ...pressInDialog("提交税局"),
        isShown(".o_notification:contains(正在提交税局)"),
        press(".o_facet_remove"),
        isShown(".o_data_row:contains(26442000000000000002):contains(不抵扣)"),
    ],
});

tours.add("tax_service_import", {
    steps: () => [
        ...openMenu("批量勾选"),
        isShown(".modal .modal-title:contains(批量勾选)"),
        {
            content: "Upload the workbook",
            trigger: ".modal .o_field_widget[name=workbook]",
            async run() {
                const answer = await fetch("/tax_service_tour.xlsx");
                const file = new File([await answer.blob()], "批量勾选.xlsx");
                await inputFiles(".modal .o_field_widget[name=workbook] input", [file]);
            },
        },
        isShown(".modal .o_field_widget[name=workbook] .o_clear_file_button"),
        press(".modal footer button:contains(检查)"),
        isShown(".modal:contains(勾选份数):contains(以下各行有误)"),
        isShown(".modal .o_field_widget[name=select_count]:contains(2)"),
        isShown(".modal .o_field_widget[name=error_count]:contains(3)"),
        isShown(".modal .o_data_row:contains(A4):contains(已被 Excel 舍入)"),
        isShown(".modal .o_data_row:contains(C5):contains(既不是“是”，也不是“否”)"),
        isShown(".modal .o_data_row:contains(有效抵扣税额大于发票税额)"),
        isShown(".modal footer button:contains(下载错误清单)"),
        press(".modal footer button:contains(提交税局)"),
        isShown(".o_notification:contains(撤销 0 份):contains(有误 3 行) a"),
        isShown(".modal .o_field_widget[name=operation_ids] .o_data_row"),
        isShown(".modal .o_field_widget[name=select_count]:contains(2)"),
        isShown(".modal .o_field_widget[name=line_ids]:contains(已被 Excel 舍入)"),
        isShown(".modal footer button:contains(下载错误清单)"),
        ...pressInDialog("确定"),
        isShown(".o_breadcrumb:contains(税局用票操作日志)"),
        press(".o_data_row.text-danger:contains(抵扣勾选) td[name=batch_number]"),
        isShown(".o_form_view .o_field_widget[name=import_id]:contains(批量勾选.xlsx)"),
        press(".o_breadcrumb .o_back_button, .o_breadcrumb li:last-child a"),
        isShown(".o_list_view .o_data_row:not(.text-danger):contains(抵扣勾选)"),
    ],
});

tours.add("tax_service_download_upload", {
    steps: () => [
        ...openMenu("批量勾选"),
        press(".modal footer button:contains(下载发票文件)"),
        isShown(".modal .modal-title:contains(下载发票文件)"),
        isShown(".modal .o_field_widget[name=issue_date_from]"),
        isShown(".modal .o_field_widget[name=issue_date_to]"),
        press(".modal .o_field_widget[name=flag] .o_radio_item:contains(未勾选) input"),
        isShown(".modal .o_field_widget[name=invoice_count]:contains(2)"),
        {
            content: "A seller that does not exist",
            trigger: ".modal .o_field_widget[name=seller_tax_number] input",
            run: "edit 4403 && press Tab",
        },
        isShown(".modal .o_field_widget[name=invoice_count]:contains(0)"),
        press(".modal footer button:contains(下载发票文件)"),
        isShown(".modal:contains(15、17、18 或 20 位)"),
        press(".modal:contains(15、17、18 或 20 位) footer button"),
        {
            content: "Every seller",
            trigger: ".modal .o_field_widget[name=seller_tax_number] input",
            run: "clear && press Tab",
        },
        isShown(".modal .o_field_widget[name=invoice_count]:contains(2)"),
        press(".modal footer button:contains(下载发票文件)"),
        isShown("body:not(:has(.o_blockUI))"),
        press(".modal footer button:contains(上传)"),
        isShown(".modal .modal-title:contains(批量勾选)"),
        {
            content: "Upload the workbook",
            trigger: ".modal .o_field_widget[name=workbook]",
            async run() {
                const answer = await fetch("/tax_service_tour.xlsx");
                const file = new File([await answer.blob()], "批量勾选.xlsx");
                await inputFiles(".modal .o_field_widget[name=workbook] input", [file]);
            },
        },
        isShown(".modal .o_field_widget[name=workbook] .o_clear_file_button"),
        press(".modal footer button:contains(检查)"),
        isShown(".modal .o_field_widget[name=select_count]:contains(2)"),
        press(".modal footer button:contains(提交税局)"),
        isShown(".modal .o_field_widget[name=operation_ids] .o_data_row"),
        ...pressInDialog("确定"),
        isShown(".o_data_row.text-danger:contains(抵扣勾选):contains(成功)"),
    ],
});

tours.add("tax_service_statistics_sign", {
    steps: () => [
        isShown(".o_kanban_record:contains(202610):contains(未生成)"),
        isShown(".o_kanban_record:contains(申报截止):contains(2 · 26.00)"),
        press(".o_kanban_record button:contains(生成统计表)"),
        isShown(".o_notification:contains(正在提交税局)"),
        isShown(".o_kanban_record:contains(已生成)"),
        press(".o_kanban_record button:contains(确认签名)"),
        isShown(
            ".modal .o_field_widget[name=deduct_line_ids] tr:contains(合计):contains(26.00)"
        ),
        isShown(".modal .o_field_widget[name=exclude_line_ids]"),
        ...pressInDialog("确认签名"),
        isShown(".o_kanban_record:contains(已确认签名):contains(已确认)"),
        press(".o_kanban_record button:contains(统计表)"),
        isShown(".o_form_view .o_arrow_button_current:contains(已确认签名)"),
    ],
});

tours.add("tax_service_log_ledger_export", {
    steps: () => [
        isShown(".o_breadcrumb:contains(税局用票操作日志)"),
        isShown("th:contains(处理状态)"),
        press(".o_data_row:contains(抵扣勾选):contains(失败) td[name=batch_number]"),
        isShown(".o_form_view .alert-danger:contains(成功 2)"),
        press("button[name=action_open_ledger]:contains(操作台账)"),
        isShown(".o_breadcrumb:contains(操作台账)"),
        isShown(
            ".o_data_row.text-danger:contains(26442000000000000003):contains(失败)"
        ),
        isShown(".o_data_row:contains(26442000000000000001):contains(已勾选)"),
        press(".o_list_view th[data-name=number]"),
        isShown(".o_list_view th[data-name=number] .fa-sort-asc"),
        press(".o_list_view button[name=action_export]:contains(导出)"),
        isShown(".o_list_view .o_data_row:contains(26442000000000000001)"),
        press(".o_breadcrumb .o_back_button, .o_breadcrumb li:last-child a"),
        press(".o_form_view button[name=action_export]:contains(导出)"),
        isShown(".o_form_view"),
    ],
});
