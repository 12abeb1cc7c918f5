import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { CHOSEN, find, suggestion } from "./select";

const row = (text) => `.o_data_row:contains(${text}) td[name=subject], .o_kanban_record:contains(${text})`;
const gone = (text) => `.o_list_view:not(:has(.o_data_row:contains(${text}))), .o_kanban_view:not(:has(.o_kanban_record:contains(${text})))`;

/** Press a button of the form's header, which a phone keeps in a menu when there are several. */
const press = (name) => [
    {
        content: `Look for ${name}`,
        trigger: ".o_form_view .o_form_statusbar",
        run: async ({ anchor, click }) => {
            if (!anchor.querySelector(`button[name=${name}]`)) {
                await click(".o_form_view .o_statusbar_buttons .dropdown-toggle");
            }
        },
    },
    { content: `Press ${name}`, trigger: `button[name=${name}]`, run: "click" },
];

registry.category("web_tour.tours").add("it_unrouted_mail_tour", {
    steps: () => [
        { content: "Open the mail of which a ticket comes", trigger: row("Tour ticket"), run: "click" },
        { content: "It says why it is here", trigger: ".o_form_view .o_field_widget[name=reason]:contains(Nobody who works here)" },
        { content: "And what was written", trigger: ".o_form_view .o_field_widget[name=body]:contains(The tray is empty)" },
        { content: "Look for who asks", trigger: ".o_field_widget[name=requester_id] input", run: find("Tour Colleague") },
        { content: "Choose the colleague", trigger: suggestion("Tour Colleague"), run: "click" },
        { content: "The colleague is chosen", trigger: CHOSEN },
        { content: "Look for the kind", trigger: ".o_field_widget[name=category_id] input", run: find("print") },
        { content: "Choose it", trigger: suggestion("does not print"), run: "click" },
        { content: "It is chosen", trigger: CHOSEN },
        ...press("action_make_ticket"),
        { content: "The ticket opens", trigger: ".o_breadcrumb:contains(Tour ticket):contains(TKT/)" },
        { content: "Go back to the list", trigger: "body", run: () => { browser.location.href = "/odoo/it-mail"; }, expectUnloadPage: true },
        { content: "What was made a ticket waits no more", trigger: gone("Tour ticket") },
        { content: "Open the one about a request that is there", trigger: row("Tour more"), run: "click" },
        { content: "There is nothing to press yet", trigger: ".o_form_view:not(:has(button[name=action_add_to_ticket])) .o_field_widget[name=reason]" },
        { content: "Look for the ticket", trigger: ".o_field_widget[name=onto_id] input", run: find("Tour Scanner") },
        { content: "Choose it", trigger: suggestion("Tour Scanner"), run: "click" },
        { content: "The ticket is chosen", trigger: CHOSEN },
        ...press("action_add_to_ticket"),
        { content: "That ticket opens", trigger: ".o_breadcrumb:contains(Tour Scanner)" },
        { content: "Go back to the list again", trigger: "body", run: () => { browser.location.href = "/odoo/it-mail"; }, expectUnloadPage: true },
        { content: "What was added waits no more", trigger: gone("Tour more") },
        { content: "Open the other one", trigger: row("Tour spam"), run: "click" },
        { content: "Say why it is no ticket", trigger: ".o_field_widget[name=dismiss_reason] input", run: "edit Advertisement" },
        ...press("action_dismiss"),
        { content: "It is dismissed", trigger: ".o_form_view .o_field_widget[name=handled_by_id]" },
    ],
});
