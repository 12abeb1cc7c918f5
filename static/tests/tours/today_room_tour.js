import { fill, press } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { endEffort, startEffort } from "./effort";

const row = (name) => `.o_itc_group:contains(Tour round) .o_itc_run:contains(Tour ${name})`;
const section = (key) => `.o_itc_section[data-section=${key}]`;
const SEARCH = ".o_itc_search input";

registry.category("web_tour.tours").add("it_today_runbook_tour", {
    steps: () => [
        { content: "Count from here", trigger: ".o_itc_today", run: startEffort },
        { content: "Go to the search box", trigger: SEARCH, run: "click" },
        { content: "The emergency's runbook is offered", trigger: ".o_itc_found:contains(Shut the servers down in order):contains(Start now)", run: "click" },
        { content: "Its run is open", trigger: ".o_form_view:contains(Shut the servers down in order) button[name=action_do]" },
        { content: "In two clicks", trigger: ".o_form_view", run: endEffort("start a runbook task", { clicks: 2, seconds: 30 }) },
    ],
});

registry.category("web_tour.tours").add("it_today_search_tour", {
    steps: () => [
        { content: "The board is there", trigger: ".o_itc_today", run: () => press("s") },
        { content: "Type a word", trigger: `${SEARCH}:focus`, run: () => fill("grommet") },
        { content: "It is found and chosen", trigger: ".o_itc_found:only-of-type:contains(Tour grommet) .ui-state-active", run: () => press("Enter") },
        { content: "Its run is open", trigger: ".o_form_view:contains(Tour grommet) button[name=action_do]" },
    ],
});

registry.category("web_tour.tours").add("it_today_ticket_tour", {
    steps: () => [
        { content: "Open the menu of the failed run", trigger: `${row("bad")} .o_itc_more`, run: "click" },
        { content: "Begin a ticket", trigger: ".o-dropdown-item:contains(Make a ticket)", run: "click" },
        { content: "Leave the page without making it", trigger: ".modal button[name=action_tell_made]", run: () => location.reload(), expectUnloadPage: true },
        { content: "No ticket was made of that", trigger: `body:not(:has(.modal)) ${row("bad")}:not(:has(.o_itc_ticket)) .o_itc_more`, run: "click" },
        { content: "Make a ticket", trigger: ".o-dropdown-item:contains(Make a ticket)", run: "click" },
        { content: "It knows the reason", trigger: ".modal .o_field_widget[name=subject] input:value(Tour bad: The printer is out of ink)" },
        { content: "And the run", trigger: ".modal .o_field_widget[name=run_id]:contains(Tour bad)" },
        { content: "Make it", trigger: ".modal button[name=action_tell_made]", run: "click" },
        { content: "The number is told", trigger: ".o_notification a[href*=it-tickets]" },
        { content: "The run shows it", trigger: `body:not(:has(.modal)) ${row("bad")} .o_itc_ticket`, run: "click" },
        { content: "It is the ticket, which names its run", trigger: ".o_form_view .o_field_widget[name=run_id]:contains(Tour bad)" },
    ],
});

registry.category("web_tour.tours").add("it_today_ticket_from_form_tour", {
    steps: () => [
        { content: "The run failed", trigger: ".o_form_view:contains(Tour bad)" },
        {
            content: "A phone keeps its buttons in a menu",
            trigger: ".o_form_view .o_statusbar_buttons",
            run: ({ anchor, click }) => anchor.querySelector("button[name=action_make_ticket]") || click(".o_statusbar_buttons button[title=More]"),
        },
        { content: "Make a ticket", trigger: "button[name=action_make_ticket]:visible", run: "click" },
        { content: "Make it", trigger: ".modal button[name=action_tell_made]", run: "click" },
        {
            content: "A phone keeps what the form counts behind a flash",
            trigger: "body:not(:has(.modal)):has(.o_form_view) button[name=action_open_tickets], body:not(:has(.modal)):has(.o_form_view) button:has(.fa-bolt)",
            run: ({ anchor, click }) => anchor.matches("[name=action_open_tickets]") || click(),
        },
        { content: "The form counts it", trigger: "body:not(:has(.modal)) button[name=action_open_tickets]:contains(1)", run: "click" },
        { content: "It is the ticket", trigger: ".o_form_view .o_field_widget[name=run_id]:contains(Tour bad)" },
    ],
});

registry.category("web_tour.tours").add("it_today_sections_tour", {
    steps: () => [
        { content: "A ticket of my role", trigger: `${section("tickets")} .o_itc_section_count:contains(1)` },
        { content: "A closing step that is due", trigger: `${section("steps")}:contains(Tour step)` },
        { content: "Nothing of a manager", trigger: ".o_itc_today:not(:has([data-section=excuses], [data-section=verify_steps], [data-filter=is_to_verify]))" },
        { content: "My request waits for my word", trigger: `${section("confirm")} .o_itc_section_row:contains(Tour request)`, run: "click" },
        { content: "One click away", trigger: ".o_form_view button[name=action_confirm], .o_form_view .o_statusbar_buttons" },
        { content: "Back to the board", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { content: "All tickets of my role", trigger: `${section("tickets")} .o_itc_section_all`, run: "click" },
        { content: "Are a list", trigger: ".o_list_view:contains(Tour ticket), .o_kanban_view:contains(Tour ticket)" },
    ],
});

registry.category("web_tour.tours").add("it_today_manager_tour", {
    steps: () => [
        { content: "Show what I may verify", trigger: ".o_itc_filter[data-filter=is_to_verify]:contains(1)", run: "click" },
        { content: "It is the run of a colleague", trigger: `${row("eyes")} .o_itc_act[aria-label*=Verify]` },
        { content: "A step waits too", trigger: `${section("verify_steps")} .o_itc_section_row:contains(Tour step)`, run: "click" },
        { content: "One click away", trigger: ".o_form_view:contains(Tour step)" },
    ],
});

const excuse = `${section("excuses")} .o_itc_section_row:contains(Tour dark)`;

registry.category("web_tour.tours").add("it_today_excuse_tour", {
    steps: () => [
        { content: "One waits for a decision", trigger: `${section("excuses")}:contains(Excuses to decide) .o_itc_section_count:contains(/^1$/)` },
        { content: "Look at all of them", trigger: `${section("excuses")} .o_itc_section_all`, run: "click" },
        {
            content: "A line at a desk, a card on a phone, with what is asked",
            trigger: ".o_list_view .o_data_row:contains(Tour dark):contains(The whole street was dark), .o_kanban_view .o_kanban_record:contains(Tour dark):contains(Covers 100 %):contains(The whole street was dark)",
        },
        { content: "Back to the board", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { content: "It says who asks, and then by which fact", trigger: `${excuse} small:contains(/^Tour Technician · Power/)`, run: "click" },
        { content: "The form tells what the technician said", trigger: ".o_form_view .o_field_widget[name=note]:contains(The whole street was dark)" },
        { content: "How much of the run's time it covers", trigger: ".o_form_view .o_field_widget[name=covered_pct]:contains(/^100$/)" },
        { content: "And whose run it is", trigger: ".o_form_view .o_field_widget[name=run_id]:contains(Tour dark)" },
        { content: "Grant it", trigger: ".o_form_view button[name=action_ask_grant]:visible", run: "click" },
        { content: "The window says once more what is granted", trigger: ".modal:contains(The whole street was dark) .o_field_widget[name=reason] textarea", run: "edit I was there" },
        { content: "Grant", trigger: ".modal button[name=action_apply]:contains(Grant):visible", run: "click" },
        { content: "It says who decided and why", trigger: "body:not(:has(.modal)) .o_form_view:has(.o_field_widget[name=decided_by_id]:contains(Tour Manager)) .o_field_widget[name=decision_reason]:contains(I was there)" },
        { content: "There is nothing more to decide", trigger: ".o_form_view:not(:has(button[name=action_ask_grant]:visible))" },
        { content: "Back to the board", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { content: "It waits no more", trigger: `.o_itc_today:not(:has(${section("excuses")}))` },
    ],
});

registry.category("web_tour.tours").add("it_today_no_excuse_tour", {
    steps: () => [
        { content: "What somebody else decides does not wait for me", trigger: `.o_itc_today:has(.o_itc_filter):not(:has(${section("excuses")}))` },
    ],
});
