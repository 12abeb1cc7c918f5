import { registry } from "@web/core/registry";
import { catchFile } from "./file";
import { find, isPhone } from "./select";

const BUTTON = ".o_form_view button[name=action_open_deed]:visible";
const CLOSED = "body:not(:has(.modal))";
const DONE = `${CLOSED} .o_notebook .nav-link[name=records]`;

// The kinds that are done by a window; the change of access rights has a form of its own, and a badge is printed.
const KINDS = [
    "account_create", "password_reset", "account_close", "contact_create", "contact_change", "employee_create", "employee_change", "item_create",
    "item_change", "location_create", "pricelist_create", "list_price_change", "price_change", "unit_create", "unit_change", "branch_create",
    "branch_change", "improvement_create",
];
// What is to change stands in the words of the request, and is changed in Odoo's form.
const BY_FORM = ["pricelist_change", "location_change"];
const OUTSIDE = ["salesperson_so_engine", "purchase_payment_request", "printer_problem", "printer_ink"];

const card = (name) => `.o_data_row .o_data_cell:contains("Tour ${name}.")`; // a list, as a column of cards shows no more than 20
const visit = (name, steps) => [
    { content: `${name}: open it`, trigger: card(name), run: "click" },
    { content: `${name}: press its button`, trigger: `.o_form_view:has(.o_field_widget[name=subject] textarea:value("Tour ${name}.")) button[name=action_open_deed]:visible`, run: "click" },
    ...steps,
    { content: `${name}: back`, trigger: `${CLOSED} .o_breadcrumb .o_back_button, ${CLOSED} .o_breadcrumb a`, run: "click" },
];

const inForm = (name, save) => [
    { content: `${name}: it says where it is changed`, trigger: ".modal:not(:has(button[name=action_apply]:visible)) .alert-warning:contains(Open the form)" },
    { content: `${name}: open Odoo's form`, trigger: ".modal button[name=action_open_form]:visible", run: "click" },
    { content: `${name}: change it`, trigger: ".modal .o_field_widget[name=name] input", run: `edit Tour renamed ${name}` },
    { content: `${name}: save it`, trigger: ".modal .o_form_button_save:visible", ...save },
    { content: `${name}: the ticket has it`, trigger: DONE },
];

registry.category("web_tour.tours").add("it_deed_every_kind_tour", {
    steps: () => [
        ...KINDS.flatMap((name) => visit(name, [
            { content: `${name}: it shows what changes`, trigger: ".modal .o_itc_deed_lines tbody tr" },
            { content: `${name}: do it`, trigger: ".modal button[name=action_apply]:visible", run: "click" },
            { content: `${name}: the ticket has it`, trigger: DONE },
        ])),
        ...visit("badge_make", [
            { content: "It shows what changes", trigger: ".modal .o_itc_deed_lines:contains(a new number)" },
            { content: "Let the file be read", trigger: ".modal", run: catchFile },
            { content: "Print it", trigger: ".modal button[name=action_apply]:visible", run: "click" },
            { content: "It is the employee's", trigger: "body[data-itc-file*='Selam Tadesse'][data-itc-file*='alt=\"Barcode']" },
            { content: "The ticket has it", trigger: DONE },
        ]),
        ...visit("pricelist_change", inForm("pricelist_change", { run: "click" })),
        ...OUTSIDE.flatMap((name) => visit(name, [
            { content: `${name}: it says why it is done by hand`, trigger: ".modal .alert-info:contains(outside of Odoo)" },
            { content: `${name}: say what was done`, trigger: ".modal .o_field_widget[name=note] textarea", run: "edit Did it by hand" },
            { content: `${name}: record it`, trigger: ".modal button[name=action_note]:visible", run: "click" },
        ])),
        { content: "All are there", trigger: card("printer_ink") },
        // The last one: Odoo loads its page anew when a warehouse was saved.
        ...visit("location_change", inForm("location_change", { run: "click", expectUnloadPage: true })).slice(0, -1),
    ],
});

registry.category("web_tour.tours").add("it_deed_missing_tour", {
    steps: () => [
        ...[...KINDS, ...BY_FORM, "badge_make"].flatMap((name) => visit(name, [
            { content: `${name}: it says which app is missing`, trigger: ".modal:not(:has(button[name=action_apply]:visible)) .alert-info:contains(is not installed in this Odoo)" },
            { content: `${name}: how it is done`, trigger: ".modal .o_field_widget[name=guide_html] p" },
            { content: `${name}: close`, trigger: ".modal button[special=cancel]:visible", run: "click" },
        ])),
        { content: "All were opened", trigger: card("contact_create") },
    ],
});

registry.category("web_tour.tours").add("it_deed_form_tour", {
    steps: () => [
        { content: "It says what it would do", trigger: `${BUTTON}:contains(Create the contact)`, run: "click" },
        { content: "It shows what is written", trigger: ".modal .o_itc_deed_lines:contains(Selam Trading):contains(0911 22 33 44)" },
        { content: "Nobody is like it", trigger: ".modal:not(:has(button[name=action_change_double]:visible))" },
        { content: "Odoo's own form knows more", trigger: ".modal button[name=action_open_form]:visible", run: "click" },
        { content: "It is filled in", trigger: ".modal .o_field_widget[name=name] input:value(Selam Trading), .modal .o_field_widget[name=name] textarea:value(Selam Trading)" },
        { content: "Say a word more", trigger: ".modal .o_field_widget[name=street] input", run: "edit Piazza 1" },
        { content: "Save it", trigger: ".modal .o_form_button_save:visible", run: "click" },
        { content: "The ticket has it", trigger: DONE, run: "click" },
        { content: "By name", trigger: ".o_data_row:contains(Selam Trading), .o_field_widget[name=record_ids] .o_kanban_record:contains(Selam Trading)" },
        { content: "What was done is a step", trigger: ".o_notebook .nav-link[name=steps]", run: "click" },
        { content: "With the fields", trigger: ".o_field_widget[name=step_ids]:contains(Created in Odoo):contains(0911 22 33 44)" },
    ],
});

registry.category("web_tour.tours").add("it_deed_nested_tour", {
    steps: () => [
        { content: "Press the button", trigger: `${BUTTON}:contains(Create the contact)`, run: "click" },
        { content: "Open Odoo's own form", trigger: ".modal button[name=action_open_form]:visible", run: "click" },
        { content: "Whose it is, is not there yet", trigger: ".modal .o_field_widget[name=parent_id] input", run: find("Selam Mother") },
        { content: "Make it on the way", trigger: ".o_m2o_dropdown_option_create_edit a", run: "click" },
        {
            content: "In a form of its own",
            trigger: ".modal .o_field_widget[name=name] input:value(Selam Mother), .modal .o_field_widget[name=name] textarea:value(Selam Mother)",
        },
        { content: "Save that", trigger: ".modal:not(.o_inactive_modal) .o_form_button_save:visible", run: "click" },
        { content: "Back in the first", trigger: ".modal:not(.o_inactive_modal) .o_field_widget[name=parent_id] input:value(Selam Mother)" },
        { content: "Save this", trigger: ".modal:not(.o_inactive_modal) .o_form_button_save:visible", run: "click" },
        { content: "The ticket has it", trigger: DONE, run: "click" },
        { content: "By name", trigger: ".o_field_widget[name=record_ids] .o_data_row:contains(Selam Trading)" },
    ],
});

registry.category("web_tour.tours").add("it_deed_change_tour", {
    steps: () => [
        { content: "It says what it would do", trigger: `${BUTTON}:contains(Change the contact)`, run: "click" },
        { content: "It names what it changes", trigger: ".modal .oe_title:contains(Abebe Trading)" },
        { content: "It shows before and afterwards", trigger: ".modal .o_itc_deed_lines tr:contains(Phone):contains(0911 00 00 00):contains(0911 22 33 44)" },
        { content: "Do it", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        { content: "The ticket has it", trigger: DONE },
        { content: "What was done is a step", trigger: ".o_notebook .nav-link[name=steps]", run: "click" },
        { content: "Before and afterwards", trigger: ".o_field_widget[name=step_ids]:contains(0911 00 00 00 → 0911 22 33 44)" },
    ],
});

registry.category("web_tour.tours").add("it_deed_price_tour", {
    steps: () => [
        { content: "It says whose price it would change", trigger: `${BUTTON}:contains(Change the price in the list)`, run: "click" },
        { content: "It names the list", trigger: ".modal .oe_title:contains(Tour Adama)" },
        { content: "It shows the list's price before and afterwards", trigger: ".modal .o_itc_deed_lines tr:contains(Tour coffee):contains(390.00):contains(412.00)" },
        { content: "Do it", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        { content: "The ticket has it", trigger: DONE, run: "click" },
        ...(isPhone()
            ? [{ content: "By name", trigger: ".o_field_widget[name=record_ids] .o_kanban_record:contains(Tour Adama)" }]
            : [
                  { content: "Open the list", trigger: ".o_field_widget[name=record_ids] .o_data_row:contains(Tour Adama) button[name=action_open]", run: "click" },
                  { content: "It leads back", trigger: ".o-form-buttonbox button[name=action_open_it_tickets]:contains(IT Tickets)", run: "click" },
                  { content: "To the request", trigger: '.o_data_row:contains("Tour price"), .o_kanban_record:contains("Tour price")' },
              ]),
    ],
});

registry.category("web_tour.tours").add("it_access_propose_tour", {
    steps: () => [
        { content: "It says what it would do", trigger: `${BUTTON}:contains(Change access rights)`, run: "click" },
        { content: "It shows what comes along", trigger: ".modal .o_itc_access_lines tr:contains(Tour reader):contains(comes along with Tour head)" },
        { content: "And what is given", trigger: ".modal .o_itc_access_lines tr:contains(Tour head):contains(given)" },
        { content: "Propose it", trigger: ".modal button[name=action_proposed]:visible", run: "click" },
        { content: "A manager was called", trigger: ".o_notification:contains(A manager was called)" },
        { content: "The ticket names it", trigger: DONE, run: "click" },
        { content: "It waits", trigger: ".o_field_widget[name=access_change_ids]:contains(Waits for approval)" },
    ],
});

registry.category("web_tour.tours").add("it_access_approve_tour", {
    steps: () => [
        { content: "It waits for approval", trigger: ".o_data_row .o_data_cell:contains(Tour User), .o_kanban_record:contains(Tour User)", run: "click" },
        { content: "It shows exactly what changes", trigger: ".o_form_view .o_itc_access_lines tr:contains(Tour reader):contains(comes along)" },
        {
            content: "Approve it",
            trigger: ".o_form_view .o_form_statusbar",
            run: async ({ click }) => {
                const approve = () => [...document.querySelectorAll("button[name=action_approve]")].find((one) => one.checkVisibility());
                if (!approve()) {
                    await click(".o_form_view .o_statusbar_buttons .dropdown-toggle");
                }
            },
        },
        { content: "Now", trigger: "button[name=action_approve]:visible", run: "click" },
        { content: "It is applied", trigger: ".o_form_view:has(.o_field_widget[name=applied_by_id]):not(:has(button[name=action_approve]:visible))" },
    ],
});
