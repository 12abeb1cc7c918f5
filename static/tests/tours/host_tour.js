import { registry } from "@web/core/registry";

const INPUT = (name) => `.o_field_widget[name=${name}] .o_input_dropdown input`;
const CARD = (words) => `.o_kanban_record:contains(${words}), .o-autocomplete--dropdown-item:contains(${words})`;
const SAVE = ".o_form_button_save";
const SAVED = ".o_form_view:not(:has(.o_form_button_save:visible))";

/** At a desk suggestions drop down, on a phone a dialog of cards opens: both are opened by the field and answered by the words. */
const choose = (name, words) => [
    { content: `Open ${name}`, trigger: INPUT(name), run: "click" },
    { content: `Choose ${words}`, trigger: CARD(words), run: "click" },
];

registry.category("web_tour.tours").add("it_host_of_present_asset_tour", {
    steps: () => [
        { content: "Add a host", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        ...choose("asset_id", "Tour server"),
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It can enrol now", trigger: "button[name=action_issue_code]:contains(Enrolment code), .o_statusbar_buttons .dropdown-toggle" },
    ],
});

registry.category("web_tour.tours").add("it_host_quick_create_tour", {
    steps: () => [
        { content: "Add a host", trigger: ".o_list_button_add", run: "click" },
        { content: "Name one that is not there yet", trigger: INPUT("asset_id"), run: "edit Tour new server" },
        { content: "Make it by its name", trigger: ".o_m2o_dropdown_option_create a", run: "click" },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It can enrol now", trigger: "button[name=action_issue_code]:contains(Enrolment code)" },
    ],
});

registry.category("web_tour.tours").add("it_check_new_tour", {
    steps: () => [
        { content: "Add a check", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Name it", trigger: ".o_field_widget[name=name] input", run: "edit Tour room" },
        ...choose("agent_id", "srv-test"),
        { content: "It is about its host, so its kinds are known", trigger: ".o_field_widget[name=asset_id] input:value(srv-test)" },
        ...choose("kind_id", "Disk"),
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It is saved, about its host", trigger: `${SAVED}:contains(srv-test)` },
    ],
});
