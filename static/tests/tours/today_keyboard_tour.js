import { fill, press } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { endEffort, startEffort } from "./effort";

const MOST_TABS = 12;
const row = (name) => `.o_itc_group:contains(Tour round) .o_itc_run:contains(Tour ${name})`;

/** Return a step's `run` that presses Tab until an element has the focus, within the few that a person puts up with. */
function tabTo(selector) {
    return async () => {
        for (let count = 0; count < MOST_TABS; count++) {
            if (document.activeElement.matches(selector)) {
                return;
            }
            await press("Tab");
        }
        throw new Error(`${MOST_TABS} Tabs do not reach ${selector}`);
    };
}

registry.category("web_tour.tours").add("it_today_all_fine_tour", {
    steps: () => [
        { content: "Two runs wait", trigger: `.o_itc_today:has(${row("one")}):has(${row("two")})` },
        { content: "Say that all is fine", trigger: ".o_itc_all_fine", run: "click" },
        { content: "Confirm", trigger: ".modal .btn-primary", run: "click" },
        { content: "The board stays and shows the first as done", trigger: `${row("one")}[data-state=done]:contains(Tour Technician)` },
        { content: "And the second", trigger: `${row("two")}[data-state=done]` },
        { content: "It says how many", trigger: ".o_notification:contains(2 done)" },
        { content: "Nothing went wrong", trigger: "body:not(:has(.o_error_dialog))" },
        { content: "It still answers", trigger: ".o_itc_filter[data-filter=is_due]", run: "click" },
        { content: "What is done is no more to do", trigger: `.o_itc_today:not(:has(${row("one")}))` },
    ],
});

registry.category("web_tour.tours").add("it_today_keyboard_tour", {
    steps: () => [
        { content: "Count from here", trigger: row("items"), run: startEffort },
        { content: "Walk onto the board", trigger: row("items"), run: () => press("j") },
        { content: "The run has the focus", trigger: `${row("items")}:focus`, run: () => press("d") },
        { content: "The first thing to fill in has it", trigger: ".modal .o_itc_item[data-item=Battery] input:focus", run: () => press("Escape") },
        { content: "It is back on the row", trigger: `body:not(:has(.modal)) ${row("items")}:focus`, run: () => press("d") },
        { content: "Type what the app shows", trigger: ".modal .o_itc_item[data-item=Battery] input:focus", run: () => fill("80") },
        { content: "On to the choice", trigger: ".modal .o_itc_item[data-item=Mains]", run: tabTo(".o_itc_item[data-item=Mains] .btn") },
        { content: "Choose the first", trigger: ".modal .o_itc_item[data-item=Mains] .btn:contains(on):focus", run: () => press("Enter") },
        { content: "Both are as they should be", trigger: ".modal:has(.o_itc_item[data-item=Battery][data-state=ok]) .o_itc_item[data-item=Mains][data-state=ok]" },
        { content: "Confirm", trigger: ".modal .o_itc_item[data-item=Mains] .btn:focus", run: () => press(["Control", "Enter"]) },
        { content: "It is done, and the row has the focus", trigger: `body:not(:has(.modal)) ${row("items")}[data-state=done]:focus` },
        { content: "No click happened", trigger: row("items"), run: endEffort("do a run with two items by keys", { clicks: 0, seconds: 30 }) },
    ],
});

registry.category("web_tour.tours").add("it_today_keyboard_last_value_tour", {
    steps: () => [
        { content: "Walk onto the board", trigger: row("number"), run: () => press("j") },
        { content: "Fill it in", trigger: `${row("number")}:focus`, run: () => press("d") },
        { content: "Type and confirm without leaving the field", trigger: ".modal .o_itc_item[data-item=Battery] input:focus", run: async () => {
            await fill("80");
            await press(["Control", "Enter"]);
        } },
        { content: "What was typed counts", trigger: `body:not(:has(.modal)) ${row("number")}[data-state=done]:focus` },
        { content: "Say of the next that it failed", trigger: row("fail"), run: () => press("j") },
        { content: "Its row has the focus", trigger: `${row("fail")}:focus`, run: () => press("f") },
        { content: "The reason has it", trigger: ".modal .o_field_widget[name=reason] textarea:focus", run: () => fill("The app is offline") },
        { content: "Confirm by the hotkey", trigger: ".modal .o_field_widget[name=reason] textarea:focus", run: () => press(["Alt", "q"]) },
        { content: "It failed, and its row has the focus", trigger: `body:not(:has(.modal)) ${row("fail")}[data-state=failed]:focus` },
    ],
});
