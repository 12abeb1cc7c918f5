import { registry } from "@web/core/registry";

const row = (name) => `.o_itc_run:contains(Tour ${name})`;
const APPLY = ".modal button[name=action_apply]";

registry.category("web_tour.tours").add("it_confirm_tour", {
    steps: () => [
        { content: "What was entered late is counted by itself", trigger: ".o_itc_filter[data-filter=is_late_entry]:contains(1)" },
        { content: "Show only what waits for a second person", trigger: ".o_itc_filter[data-filter=is_to_verify]", run: "click" },
        { content: "The late entry says so", trigger: `${row("late")}:contains(entered late, waits for a second person):contains(no power)` },
        { content: "What does not apply waits too", trigger: `${row("skip")}:contains(Not applicable, waits for a second person)` },
        { content: "Look at both at once", trigger: ".o_itc_verify_shown", run: "click" },
        { content: "The dialog shows why it was entered late", trigger: ".modal:contains(no power)" },
        { content: "And why the other did not apply", trigger: ".modal:contains(The office is closed)" },
        { content: "Confirm both", trigger: APPLY, run: "click" },
        { content: "Nothing waits any more", trigger: ".o_itc_filter[data-filter=is_to_verify]:contains(0)" },
    ],
});

registry.category("web_tour.tours").add("it_accept_tour", {
    steps: () => [
        { content: "It says who gave it, and for whom it counts", trigger: `${row("given")} .o_itc_given:contains(given by Tour Giver, counts for Tour Giver until accepted)` },
        { content: "Open its menu", trigger: `${row("given")} .o_itc_more`, run: "click" },
        { content: "Take it over", trigger: ".o-dropdown-item:contains(Accept)", run: "click" },
        { content: "It is the reader's now", trigger: `${row("given")}:not(:has(.o_itc_given))` },
        { content: "Open it", trigger: `${row("given")} .o_itc_name`, run: "click" },
        { content: "The form says since when, and who gave it", trigger: ".o_form_view .o_field_widget[name=responsible_since]:not(:empty)" },
    ],
});

registry.category("web_tour.tours").add("it_confirm_list_tour", {
    steps: () => [
        { content: "Both wait", trigger: ".o_list_view .o_data_row:contains(Tour skip)" },
        { content: "Choose all", trigger: ".o_list_record_selector input", run: "click" },
        { content: "It says why", trigger: ".o_list_view .o_data_row:contains(The office is closed)" },
        { content: "Send them back", trigger: ".o_control_panel button[name=action_ask_send_back]", run: "click" },
        { content: "Say why", trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit It was open" },
        { content: "Send back", trigger: APPLY, run: "click" },
        { content: "Nothing waits any more", trigger: ".o_view_nocontent:contains(Nothing waits for a second person)" },
    ],
});
