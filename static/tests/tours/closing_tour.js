import { registry } from "@web/core/registry";
import { openFilters } from "./select";

const CLOSING = "Fiscal year ending 2026-12-31";
const STEP = "Execute the SQL scripts on the Testbed";
const SCRIPT = "UPDATE account_move SET closed = TRUE;\n";

// A list at a desk, cards on a phone; this dialect of selectors takes no comma inside a function.
const row = (text, within = "", and = "") =>
    `${within} .o_data_row${and} .o_data_cell:contains(${text}), ${within} .o_kanban_record${and}:contains(${text})`;
const STEPS = ".o_form_view .o_field_widget[name=step_ids]";
// The step's form fills the page; it is no dialog over its closing.
const own = (selector) => `.o_action_manager > .o_form_view:has(.o_field_widget[name=evidence]) ${selector}`;

/** Put a file into the file input that stands in the anchor, as choosing it in the browser's dialog does. */
function choose(name, content) {
    return ({ anchor }) => {
        const input = anchor.querySelector("input[type=file]");
        const files = new DataTransfer();
        files.items.add(new File([content], name));
        input.files = files.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    };
}

const openStep = [
    { content: "Open the closing", trigger: row(CLOSING), run: "click" },
    { content: "Open the step", trigger: row(STEP, STEPS), run: "click" },
    { content: "It is the step's own form", trigger: own(".o_field_widget[name=evidence]") },
];

registry.category("web_tour.tours").add("it_closing_step_do_tour", {
    steps: () => [
        ...openStep,
        { content: "Begin", trigger: own("button[name=action_start]"), run: "click" },
        { content: "What is missing is said", trigger: own(".o_itc_missing:contains(evidence)") },
        { content: "Before that, Done is not offered", trigger: own(".o_form_statusbar:not(:has(button[name=action_done]))") },
        { content: "Write what shows it", trigger: own("[name=evidence] textarea"), run: "edit 12 rows, totals equal && click .o_form_sheet" },
        { content: "Attach the script", trigger: own(".o_field_widget[name=script_file]"), run: choose("closing.sql", SCRIPT) },
        { content: "It hangs there", trigger: own(".o_field_widget[name=script_file] input:value(closing.sql)") },
        { content: "Done", trigger: own("button[name=action_done]"), run: "click" },
        { content: "It is done, by whom stands there", trigger: own(".o_field_widget[name=done_by_id]:contains(Technician)") },
        {
            content: "Its doer is not offered what would be refused, but may take it back",
            trigger: own(".o_form_statusbar:has(button:contains(Take back)):not(:has(button[name=action_verify])):not(:has(button:contains(Reject)))"),
        },
        { content: "Back to the closing", trigger: ".o_back_button", run: "click" },
        { content: "The closing shows it too", trigger: row(STEP, STEPS, ":contains(to verify)"), run: "click" },
        { content: "Nothing got lost", trigger: own(".o_field_widget[name=evidence]:contains(12 rows)") },
        { content: "Not the script either", trigger: own(".o_field_widget[name=script_file]:contains(closing.sql)") },
    ],
});

registry.category("web_tour.tours").add("it_closing_step_verify_tour", {
    steps: () => [
        ...openStep,
        { content: "Who had no hand in it may verify it, or send it back", trigger: own("button[name=action_verify]") },
        { content: "It says by which date it is judged", trigger: own(".alert:contains(until another manager confirms)") },
        {
            content: "On a phone all but the first button are in a menu",
            trigger: own(".o_statusbar_buttons"),
            run: ({ anchor, click }) => anchor.querySelector("button[name=action_confirm_date]") || click(".o_statusbar_buttons button[title=More]"),
        },
        { content: "Confirm the one to which another manager moved it", trigger: "button[name=action_confirm_date]", run: "click" },
        { content: "By that it is judged now", trigger: own(".o_form_sheet:not(:contains(until another manager))") },
        { content: "Verify", trigger: own("button[name=action_verify]"), run: "click" },
        { content: "It says who did it", trigger: own(".o_field_widget[name=verified_by_id]:contains(Manager)") },
        { content: "And is not offered again", trigger: own(".o_form_statusbar:not(:has(button[name=action_verify]))") },
        { content: "Back to the closing", trigger: ".o_back_button", run: "click" },
        { content: "It says how much is left", trigger: ".o_form_view .alert:contains(steps are not verified yet)" },
        { content: "So it cannot be declared done", trigger: ".o_form_view .o_form_statusbar:not(:has(button[name=action_done]))" },
    ],
});

registry.category("web_tour.tours").add("it_closing_step_doer_tour", {
    steps: () => [
        ...openStep,
        { content: "The doer reads that another person has to", trigger: own(".alert:contains(Another person verifies it)") },
        { content: "And has no such button, manager or not", trigger: own(".o_form_statusbar:not(:has(button[name=action_verify])):not(:has(button:contains(Reject)))") },
        { content: "But may take the own work back", trigger: own(".o_form_statusbar button:contains(Take back)"), run: "click" },
        { content: "It asks why", trigger: ".modal [name=reason] textarea", run: "edit Wrong database" },
        { content: "Take back", trigger: ".modal button[name=action_apply]:contains(Take back)", run: "click" },
        { content: "It has to be done again", trigger: own("button[name=action_start]") },
    ],
});

registry.category("web_tour.tours").add("it_closing_mine_tour", {
    steps: () => [
        { content: "The steps are there", trigger: row(STEP) },
        ...openFilters,
        { content: "Ask for mine", trigger: ".o_filter_menu .o_menu_item:contains(Mine)", run: "click" },
        { content: "What belongs to my role is among them", trigger: ".o_facet_value:contains(Mine)" },
        { content: "Close the menu", trigger: "body", run: "press Escape" },
        { content: "The role stands there", trigger: row(STEP) },
    ],
});
