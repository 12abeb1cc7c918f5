import { registry } from "@web/core/registry";
import { endEffort, startEffort } from "./effort";

const alerts = ".o_itc_section[data-section=alerts]";

/** A phone keeps the buttons of a form in a menu. */
const showButtons = (name) => ({
    content: "A phone keeps its buttons in a menu",
    trigger: ".o_form_view .o_statusbar_buttons",
    run: ({ anchor, click }) => anchor.querySelector(`button[name=${name}]`) || click(".o_statusbar_buttons button[title=More]"),
});

registry.category("web_tour.tours").add("it_alert_tour", {
    steps: () => [
        { content: "The alert is on Today", trigger: `${alerts} .o_itc_section_count:contains(1)`, run: startEffort },
        { content: "Open it", trigger: `${alerts} .o_itc_section_row:contains(Tour disk)`, run: "click" },
        { content: "It says what is wrong", trigger: ".o_form_view:contains(Tour disk on srv-test) .o_field_widget[name=severity]:contains(Critical)" },
        { content: "What to do", trigger: ".o_form_view .o_field_widget[name=runbook]:contains(Delete old logs)" },
        { content: "And what stops with it", trigger: ".o_form_view .o_field_widget[name=affected_ids]:contains(Tour shop)" },
        showButtons("action_ask_acknowledge"),
        { content: "Acknowledge", trigger: "button[name=action_ask_acknowledge]:visible", run: "click" },
        { content: "Say why", trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit I clear it up" },
        { content: "It has an end already", trigger: ".modal .o_field_widget[name=until] input, .modal .o_field_widget[name=until] button" },
        { content: "Acknowledge it", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        {
            content: "It says who sees to it",
            trigger: "body:not(:has(.modal)) .o_form_view .alert:contains(I clear it up)",
            run: endEffort("acknowledge an alert", { clicks: 6, seconds: 60 }),
        },
        showButtons("action_make_ticket"),
        { content: "Make a ticket", trigger: "button[name=action_make_ticket]:visible", run: "click" },
        { content: "It is the ticket, which names its alert", trigger: ".o_form_view .o_field_widget[name=alert_text]:contains(Tour disk)" },
    ],
});

registry.category("web_tour.tours").add("it_alert_list_tour", {
    steps: () => [
        { content: "The list is there, a card each on a phone", trigger: ".o_list_view .o_data_row:contains(Tour disk), .o_kanban_view .o_kanban_record:contains(Tour disk)" },
    ],
});

registry.category("web_tour.tours").add("it_alert_run_tour", {
    steps: () => [
        { content: "The red run shows its alert and that nobody has it", trigger: ".o_itc_run:contains(Tour red) .o_itc_alert:contains(nobody has it)", run: "click" },
        { content: "It is the alert", trigger: ".o_form_view:contains(Tour disk on srv-test)" },
    ],
});
