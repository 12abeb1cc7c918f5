import { registry } from "@web/core/registry";
import { find, pick, suggestion } from "./select";

const tours = registry.category("web_tour.tours");
const field = (name) => `.o_field_widget[name=${name}]`;

/** A phone keeps its menus in drawers of two floors; what they lead to is the same. */
function selectMenu(xmlid) {
    const menu = odoo.__WOWL_DEBUG__.root.env.services.menu;
    menu.selectMenu(menu.getAll().find((one) => one.xmlid === xmlid));
}

const openMenu = (root, section, entry, xmlid) => [
    { isActive: ["desktop"], content: `Open ${section}`, trigger: `.o_menu_sections .dropdown-toggle:contains(${section})`, run: "click" },
    { isActive: ["desktop"], content: `Choose ${entry}`, trigger: `.o-dropdown--menu .dropdown-item:contains(${entry})`, run: "click" },
    { isActive: ["mobile"], content: `Choose ${entry}`, trigger: ".o_main_navbar", run: () => selectMenu(xmlid) },
    { content: `${root} shows ${entry}`, trigger: `.o_control_panel:contains(${entry}), .o_main_navbar:contains(${entry})` },
];

tours.add("it_downtime_plan_tour", {
    steps: () => [
        ...openMenu("Monitoring", "Monitoring", "Planned Downtime", "it_continuity.it_downtime_menu"),
        { content: "Plan one", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Say why", trigger: `${field("reason")} :is(input, textarea)`, run: "edit Tour firmware" },
        { content: "Look for the switch", trigger: `${field("asset_ids")} input`, run: find("Tour switch") },
        { content: "Choose the switch", trigger: suggestion("Tour switch"), run: "click" },
        { content: "A dialog of cards asks for more than one", isActive: ["mobile"], trigger: "body", run: () =>
            document.querySelector(".modal .o_select_button")?.click() },
        { content: "It says what stops with it", trigger: `${field("impact_ids")}:contains(Tour server)` },
        pick(field("repeats"), "Every week, on the same weekday"),
        { content: "Until when", trigger: `${field("until")} :is(input, button)`, run: (helpers) => helpers.click() },
        { content: "Four weeks", trigger: `${field("until")} input`, run: "edit +28d" },
        { content: "Leave the field", trigger: `${field("reason")} :is(input, textarea)`, run: "click" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It runs or is planned, by me", trigger: `.o_form_view:not(:has(.o_form_button_save:visible)) ${field("author_ids")}:contains(Technician)` },
        { content: "Back to the list", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a, .o_breadcrumb a", run: "click" },
        { content: "Open it again", trigger: ".o_data_row:contains(Tour firmware) .o_data_cell, .o_kanban_record:contains(Tour firmware)", run: "click" },
        { content: "It is there, with its end", trigger: `.o_form_view ${field("reason")} input:value(Tour firmware)` },
        { content: "It repeats", trigger: `${field("last_at")}:not(:empty)` },
    ],
});

tours.add("it_availability_tour", {
    steps: () => [
        ...openMenu("Reporting", "Reporting", "Availability", "it_continuity.it_availability_menu"),
        { content: "The asset has its minutes", trigger: ".o_data_row:contains(Tour switch), .o_kanban_record:contains(Tour switch)" },
        { isActive: ["desktop"], content: "Show the pivot", trigger: ".o_switch_view.o_pivot", run: "click" },
        { isActive: ["desktop"], content: "It has a row there", trigger: ".o_pivot table:contains(Tour switch)" },
    ],
});
