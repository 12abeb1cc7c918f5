import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** A phone keeps its menus in drawers of two floors; what they lead to is the same. */
function selectMenu(xmlid) {
    const menu = odoo.__WOWL_DEBUG__.root.env.services.menu;
    menu.selectMenu(menu.getAll().find((one) => one.xmlid === xmlid));
}

const field = (name) => `.o_form_view .o_field_widget[name=${name}]`;

registry.category("web_tour.tours").add("it_guest_equipment_tour", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            isActive: ["desktop"],
            content: "Open Maintenance",
            trigger: ".o_app[data-menu-xmlid='maintenance.menu_maintenance_title']",
            run: "click",
        },
        { isActive: ["mobile"], content: "Open Maintenance", trigger: ".o_main_navbar", run: () => selectMenu("maintenance.menu_maintenance_title") },
        { content: "The app is there", trigger: ".o_action_manager .o_view_controller" },
        { content: "Go to the equipment", trigger: ".o_main_navbar", run: () => selectMenu("maintenance.menu_equipment_form") },
        { content: "It is the equipment", trigger: ".o_breadcrumb:contains(Equipment)" },
        { content: "New", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Its name", trigger: `${field("name")} input`, run: "edit Barcode scanner" },
        { content: "To its number", trigger: ".nav-link[name=product_information]", run: "click" },
        { content: "The number on its label", trigger: `${field("serial_no")} input`, run: "edit LS-2208" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: ".o_form_saved" },
        { content: "Back to the list", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a, .o_breadcrumb a", run: "click" },
        { content: "Open it again", trigger: ".o_data_row td:contains(Barcode scanner), .o_kanban_record:contains(Barcode scanner)", run: "click" },
        { content: "It is all there", trigger: `${field("name")} input:value(Barcode scanner)` },
        { content: "No asset is spoken of", trigger: ".o_form_view:not(:has([name=it_asset_ids]))" },
    ],
});

registry.category("web_tour.tours").add("it_guest_equipment_open_tour", {
    steps: () => [
        { content: "The form shows what it is", trigger: ".o_form_view:contains(Label printer)" },
        { content: "And nothing of what its reader may not read", trigger: ".o_form_view:not(:has([name=it_asset_ids]))" },
    ],
});
