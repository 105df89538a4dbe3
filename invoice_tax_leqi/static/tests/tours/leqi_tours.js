import {registry} from "@web/core/registry";

// Tours of the test class in tests/test_leqi_tours.py, which makes their data. They
// read what a Chinese accountant reads, so every text here is the translated one.
const tours = registry.category("web_tour.tours");

function isShown(trigger) {
    return {content: `See ${trigger}`, trigger};
}

function press(trigger) {
    return {content: `Press ${trigger}`, trigger, run: "click"};
}

function write(name, value) {
    return {
        content: `Write ${value}`,
        trigger: `.modal [name=${name}] input`,
        run: `edit ${value}`,
    };
}

function confirm() {
    return [
        press(".modal footer button.btn-primary"),
        isShown("body:not(:has(.modal))"),
    ];
}

function tick(text) {
    return press(`.o_data_row:contains(${text}) .o_list_record_selector input`);
}

tours.add("tax_service_leqi_quota", {
    steps: () => [
        isShown(".o_breadcrumb:contains(授信额度管理)"),
        isShown(".o_view_nocontent:contains(F17019)"),
        press("button[name=action_read]:contains(同步)"),
        isShown(".o_data_row:contains(202611):contains(未暂停):contains(1,000,000.00)"),
        tick("202611"),
        press("button[name=action_download]:contains(下载)"),
        isShown(".modal:contains(可用剩余额度):contains(1,000,000.00)"),
        write("amount", "800000"),
        ...confirm(),
        isShown(".o_data_row td[name=available]:contains(200,000.00)"),
        press(".o_data_row td[name=month]"),
        isShown(".o_form_view:contains(本月授信额度 1,000,000.00 − 已下载额度)"),
        isShown(".o_form_view:contains(下次可同步时间)"),
        press("button[name=action_return]:contains(退回)"),
        write("amount", "100000"),
        ...confirm(),
        isShown(".o_field_widget[name=downloaded]:contains(700,000.00)"),
        isShown(".o_data_row:contains(退回):contains(-100,000.00)"),
        isShown(".o_data_row:contains(首次同步)"),
    ],
});

tours.add("tax_service_leqi_numbers", {
    steps: () => [
        isShown(".o_breadcrumb:contains(预赋码)"),
        press("button[name=action_open_draw]:contains(号段领用)"),
        isShown(".modal:contains(组织):contains(领用张数)"),
        write("count", "1001"),
        press(".modal footer button.btn-primary"),
        isShown(".modal:contains(每次领用 1 至 1000 张)"),
        press(".modal:contains(每次领用 1 至 1000 张) footer button"),
        write("count", "3"),
        ...confirm(),
        isShown(".o_data_row:contains(26317000000000000001):contains(手动)"),
        tick("26317000000000000001"),
        press("button[name=action_open_numbers]:contains(发票号码列表)"),
        isShown(".o_breadcrumb:contains(发票号码列表)"),
        tick("26317000000000000002"),
        press("button[name=action_open_bind]:contains(绑定号码)"),
        press(".modal [name=issue_id] input"),
        press(".modal .o-autocomplete--dropdown-item:contains(INV/0)"),
        ...confirm(),
        isShown(".o_data_row:contains(26317000000000000002):contains(已绑定)"),
        isShown(".o_data_row:contains(26317000000000000003):contains(手动领用)"),
    ],
});
