import { registry } from "@web/core/registry";

const row = (name) => `.o_itc_group:contains(Tour round) .o_itc_run:contains(Tour ${name})`;

/** A step's `run`: an hour's name is what the language of the reader writes, as in Odoo's own fields. */
function readHours() {
    const { Settings } = luxon;
    // Not imported: tours are loaded on pages, too, that know nothing of the board.
    const { hourName } = odoo.loader.modules.get("@it_continuity/today/today_groups");
    const language = Settings.defaultLocale;
    try {
        for (const [locale, words] of [["en-US", /^2:00\sPM$/], ["fr-FR", /^14:00$/]]) {
            Settings.defaultLocale = locale;
            if (!words.test(hourName(14))) {
                throw new Error(`14:00 is ${hourName(14)} in ${locale}`);
            }
        }
    } finally {
        Settings.defaultLocale = language;
    }
}

registry.category("web_tour.tours").add("it_today_tour", {
    steps: () => [
        { content: "What time it is, as the language writes it", trigger: ".o_itc_today header:contains(/\\d:\\d\\d\\s[AP]M in /)", run: readHours },
        { content: "Do one by its button", trigger: `${row("click")} .o_itc_act`, run: "click" },
        { content: "It is done and says by whom", trigger: `${row("click")}[data-state=done]:contains(Tour Technician)` },
        { content: "Walk to the next by keyboard", trigger: row("key"), run: (helpers) => helpers.anchor.focus() },
        { content: "Ask for the keys", trigger: `${row("key")}:focus`, run: "press ?" },
        { content: "They are listed", trigger: ".modal .o_itc_key_list:contains(Not applicable)" },
        { content: "Close the list", trigger: ".modal .o_itc_key_list", run: "press Escape" },
        { content: "It is closed", trigger: "body:not(:has(.modal))" },
        { content: "Stand on the run again", trigger: row("key"), run: (helpers) => helpers.anchor.focus() },
        { content: "Press d", trigger: `${row("key")}:focus`, run: "press d" },
        { content: "It is done too", trigger: `${row("key")}[data-state=done]` },
        { content: "Group by hour with g", trigger: row("key"), run: "press g" },
        { content: "Hours are the sections, checklists their parts", trigger: ".o_itc_group:has(h2:contains(End of the day)) .o_itc_part:has(h3:contains(Tour round)) .o_itc_run:contains(Tour skip)" },
        { content: "Stand on one that does not apply", trigger: ".o_itc_run:contains(Tour skip)", run: (helpers) => helpers.anchor.focus() },
        { content: "Press n", trigger: ".o_itc_run:contains(Tour skip):focus", run: "press n" },
        { content: "Say why", trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit The office is closed" },
        { content: "Confirm", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "It is closed", trigger: ".o_itc_run[data-state=not_applicable]:contains(Tour skip)" },
        { content: "Go back to checklists", trigger: ".o_itc_grouping[data-grouping=checklist]", run: "click" },
        { content: "Open the menu of the third", trigger: `${row("fail")} .o_itc_more`, run: "click" },
        { content: "Say that it failed", trigger: ".o-dropdown-item:contains(Failed)", run: "click" },
        {
            content: "Give the reason it asks for",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The printer is out of ink",
        },
        { content: "Confirm", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "The board follows", trigger: `${row("fail")}[data-state=failed]:contains(out of ink)` },
        {
            content: "The header says in words how the day goes",
            trigger: ".o_itc_figures:contains(/^2 of 3 done on time so far today, 1 failed, 1 started by hand$/)",
        },
        { content: "Show only what is red", trigger: ".o_itc_filter[data-filter=is_red]", run: "click" },
        { content: "The failed one stays", trigger: row("fail") },
        { content: "The done one is hidden", trigger: `.o_itc_today:not(:has(${row("click")}))` },
    ],
});

registry.category("web_tour.tours").add("it_today_by_hand_tour", {
    steps: () => [
        { content: "There is nothing of which it could be done on time", trigger: ".o_itc_figures:contains(/^Nothing is planned for today, 1 started by hand$/)" },
    ],
});

registry.category("web_tour.tours").add("it_today_none_done_tour", {
    steps: () => [
        { content: "What is planned waits", trigger: ".o_itc_figures:contains(/^Nothing that is planned for today is done yet, 1 started by hand$/)" },
    ],
});
