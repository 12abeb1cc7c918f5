import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A phone keeps its menus in drawers of two floors; what they lead to is the same. */
function selectMenu(xmlid) {
    const menu = odoo.__WOWL_DEBUG__.root.env.services.menu;
    menu.selectMenu(menu.getAll().find((one) => one.xmlid === xmlid));
}

const openMenu = (entry, xmlid) => [
    { isActive: ["desktop"], content: "Open Reporting", trigger: ".o_menu_sections .dropdown-toggle:contains(Reporting)", run: "click" },
    { isActive: ["desktop"], content: `Choose ${entry}`, trigger: `.o-dropdown--menu .dropdown-item:contains(${entry})`, run: "click" },
    { isActive: ["mobile"], content: `Choose ${entry}`, trigger: ".o_main_navbar", run: () => selectMenu(xmlid) },
    { content: `It shows ${entry}`, trigger: `.o_control_panel:contains(${entry}), .o_main_navbar:contains(${entry})` },
];
const showList = { isActive: ["desktop"], content: "Show the days one by one", trigger: ".o_switch_view.o_list", run: "click" };

tours.add("it_backup_figures_tour", {
    steps: () => [
        ...openMenu("Storage of Backups", "it_continuity.it_backup_storage_menu"),
        showList,
        { content: "It says how it goes on", trigger: ".o_data_row:contains(full in about 7 months), .o_kanban_record:contains(full in about 7 months)" },
        ...openMenu("Restores in Figures", "it_continuity.it_restore_report_menu"),
        { content: "None yet, and it says so", trigger: ".o_view_nocontent:contains(No backup was drawn), .o_pivot, .o_kanban_view" },
        ...openMenu("Backups in Figures", "it_continuity.it_backup_report_menu"),
        { isActive: ["desktop"], content: "The set has its row", trigger: ".o_pivot table:contains(Tested)" },
        showList,
        { content: "The day that came late is late", trigger: ".o_data_row:contains(Proven late):contains(Not copied), .o_kanban_record:contains(Proven late):contains(Not copied)" },
        { content: "Open its set", trigger: ".o_data_row:contains(Proven late) td[name=date], .o_kanban_record:contains(Proven late)", run: "click" },
        { content: "It is the set", trigger: ".o_form_view .o_field_widget[name=name]:contains(Tested)" },
    ],
});
