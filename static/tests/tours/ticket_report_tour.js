import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const isPhone = () => window.innerWidth < 576;

/** A phone keeps its menus in drawers of two floors; what they lead to is the same. */
function selectMenu(xmlid) {
    const menu = odoo.__WOWL_DEBUG__.root.env.services.menu;
    menu.selectMenu(menu.getAll().find((one) => one.xmlid === xmlid));
}

const openMenu = (section, entry, xmlid) => [
    { isActive: ["desktop"], content: `Open ${section}`, trigger: `.o_menu_sections .dropdown-toggle:contains(${section})`, run: "click" },
    { isActive: ["desktop"], content: `Choose ${entry}`, trigger: `.o-dropdown--menu .dropdown-item:contains(${entry})`, run: "click" },
    { isActive: ["mobile"], content: `Choose ${entry}`, trigger: ".o_main_navbar", run: () => selectMenu(xmlid) },
    { content: `${section} shows ${entry}`, trigger: `.o_control_panel:contains(${entry}), .o_main_navbar:contains(${entry})` },
];

tours.add("it_ticket_figures_tour", {
    steps: () => [
        ...openMenu("Reporting", "Tickets in Figures", "it_continuity.it_ticket_report_menu"),
        { isActive: ["desktop"], content: "The type has its row", trigger: ".o_pivot table:contains(Help with a computer)" },
        { isActive: ["desktop"], content: "Show the tickets one by one", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "It is there, and has no hours that nobody knows", trigger: ".o_data_row:contains(Tour cable), .o_kanban_record:contains(Tour cable)",
            run({ anchor }) {
                const said = isPhone() ? anchor.textContent.includes("after") : anchor.querySelector("[name=answer_hours]").textContent.trim();
                if (said) {
                    throw new Error(`Hours of what did not happen: ${anchor.textContent}`);
                }
            } },
        { content: "Open the ticket", trigger: ".o_data_row:contains(Tour cable) td[name=date], .o_kanban_record:contains(Tour cable)", run: "click" },
        { content: "It is the ticket", trigger: ".o_form_view .o_field_widget[name=subject] textarea:value(Tour cable)" },
    ],
});

tours.add("it_open_work_tour", {
    steps: () => [
        ...openMenu("Tickets", "Open Work", "it_continuity.it_ticket_report_open_menu"),
        { isActive: ["desktop"], content: "What the technician has, in one row", trigger: ".o_group_header:contains(Tour Technician):contains(1)", run: "click" },
        { content: "It is opened", trigger: ".o_data_row:contains(Tour cable), .o_kanban_record:contains(Tour cable)",
            run() {
                if (!isPhone()) {
                    document.querySelector(".o_switch_view.o_pivot").click();
                }
            } },
        { isActive: ["desktop"], content: "By age", trigger: ".o_pivot table:contains(Less than 2 days):contains(Tour Technician)" },
    ],
});
