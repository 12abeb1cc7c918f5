import { registry } from "@web/core/registry";
import { find, isPhone, suggestion } from "./select";

const INPUT = (name) => `.o_field_widget[name=${name}] .o_input_dropdown input`;
const SAVE = ".o_form_button_save";
const SAVED = ".o_form_view:not(:has(.o_form_button_save:visible))";

/** At a desk suggestions drop down, on a phone a dialog of cards opens: both are opened by the field and answered by the words. */
const choose = (name, words) => [
    { content: `Open ${name}`, trigger: INPUT(name), run: "click" },
    { content: `Choose ${words}`, trigger: suggestion(words), run: "click" },
];

registry.category("web_tour.tours").add("it_host_of_present_asset_tour", {
    steps: () => [
        { content: "Add a host", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        ...choose("asset_id", "Tour server"),
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It can enrol now", trigger: "button[name=action_issue_code]:contains(Enrolment code), .o_statusbar_buttons .dropdown-toggle" },
    ],
});

/** At a desk a new name is made by one click below the field; on a phone the dialog of cards has New, which asks for no more than the name. */
const makeHost = (name) =>
    isPhone()
        ? [
              { content: "Open the hosts that are there", trigger: INPUT("asset_id"), run: "click" },
              { content: "One that reports already is not offered", trigger: ".modal:has(.o_kanban_record:contains(Tour server)):not(:has(.o_kanban_record:contains(srv-test)))" },
              { content: "Make another one", trigger: ".modal .o_create_button", run: "click" },
              { content: "It will be a host", trigger: ".modal .o_field_widget[name=kind]:contains(Host), .modal .o_field_widget[name=kind] input:value(Host)" },
              { content: "Name it", trigger: ".modal .o_field_widget[name=name] :is(input, textarea)", run: `edit ${name}` },
              { content: "Save it", trigger: ".modal:has(.o_field_widget[name=kind]) .o_form_button_save", run: "click" },
          ]
        : [
              { content: "Name one that is not there yet", trigger: INPUT("asset_id"), run: find(name) },
              { content: "Make it by its name", trigger: ".o_m2o_dropdown_option_create a", run: "click" },
          ];

registry.category("web_tour.tours").add("it_host_quick_create_tour", {
    steps: () => [
        { content: "Add a host", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        ...makeHost("Tour new server"),
        { content: "It is chosen", trigger: `body:not(:has(.modal)) ${INPUT("asset_id")}:value(Tour new server)` },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It can enrol now", trigger: "button[name=action_issue_code]:contains(Enrolment code), .o_statusbar_buttons .dropdown-toggle" },
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
