import { registry } from "@web/core/registry";

const field = (name) => `.o_field_widget[name=${name}]`;
const state = (value) => `.o_form_view ${field("state")} .o_arrow_button_current[data-value=${value}], .o_form_view ${field("state")} .dropdown-toggle:contains(/${value}/i)`;
const isShown = (button) => [...document.querySelectorAll("button, .dropdown-item")].some((one) => one.matches(button.selector) && one.textContent.includes(button.words || "") && one.checkVisibility());

/** Press a button of the form's header; on a phone it may be in the menu of all buttons. */
const press = (content, selector, words = "") => [
    {
        content: `${content}: find it`,
        trigger: ".o_form_view .o_form_statusbar",
        run: async ({ click }) => {
            if (!isShown({ selector, words })) {
                await click(".o_form_view .o_statusbar_buttons .dropdown-toggle");
            }
        },
    },
    { content, trigger: words ? selector.split(", ").map((one) => `${one}:contains(${words}):visible`).join(", ") : `${selector}:visible`, run: "click" },
];

registry.category("web_tour.tours").add("it_improvement_suggest_tour", {
    steps: () => [
        { content: "Nothing was suggested yet", trigger: ".o_view_nocontent:contains(What could IT do better), .o_action_manager" },
        { content: "Suggest something", trigger: ".o_list_button_add:visible, .o-kanban-button-new:visible", run: "click" },
        { content: "Nobody asks for what others decide", trigger: `.o_form_view:not(:has(${field("owner_id")})):not(:has(${field("measure")}))` },
        { content: "Say it in a sentence", trigger: `${field("name")} textarea`, run: "edit A second screen for invoices" },
        { content: "Say what it is about", trigger: `${field("area")} select, ${field("area")} input`, run: (helpers) =>
            helpers.anchor.tagName === "SELECT" ? helpers.select('"hardware"') : helpers.click() },
        { content: "Choose it where it is a list of its own", trigger: "body", run: () =>
            [...document.querySelectorAll(".o_select_menu_item, .o_bottom_sheet .o-dropdown-item")].find((one) => one.textContent.includes("Hardware"))?.click() },
        { content: "Save it", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "It has a number", trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))" },
        { content: "Its number stands there", trigger: `.o_form_view ${field("number")}:contains(IMP/)` },
        { content: "Back to the own suggestions", trigger: ".o_breadcrumb a:contains(My Suggestions), .o_back_button, .o_breadcrumb .o_back_button", run: "click" },
        { content: "It is among them", trigger: ".o_data_row .o_data_cell:contains(A second screen for invoices), .o_kanban_record:contains(A second screen for invoices)", run: "click" },
        { content: "It shows what was typed", trigger: `.o_form_view ${field("name")} textarea:value(A second screen for invoices)` },
    ],
});

registry.category("web_tour.tours").add("it_improvement_flag_run_tour", {
    steps: () => [
        { content: "The run is open", trigger: ".o_form_view .o_breadcrumb, .o_form_view" },
        ...press("Flag it", "button[name=action_flag_improvement]"),
        { content: "The suggestion is there, with the task", trigger: `.o_form_view ${field("number")}:contains(IMP/)` },
        { content: "And the task", trigger: `.o_form_view ${field("task_id")}:contains(Task flagged), .o_form_view ${field("task_id")} input:value(Task flagged)` },
    ],
});

registry.category("web_tour.tours").add("it_improvement_flag_ticket_tour", {
    steps: () => [
        { content: "What helps meanwhile is told", trigger: ".alert:contains(Known error):contains(Open the back door first)" },
        ...press("Flag it", "button[name=action_flag_improvement]"),
        { content: "The suggestion is there", trigger: `.o_form_view ${field("number")}:contains(IMP/)` },
    ],
});

/** Switch to another view; on a phone its button is in a menu. */
const show = (view, words) => [
    {
        content: `Switch to the ${words}: find it`,
        trigger: ".o_kanban_view, .o_pivot_view",
        run: async ({ click }) => {
            if (![...document.querySelectorAll(`.o_switch_view.o_${view}`)].some((one) => one.checkVisibility())) {
                await click(".o_cp_switch_buttons .btn");
            }
        },
    },
    { content: `Switch to the ${words}`, trigger: `.o_switch_view.o_${view}:visible, .o-dropdown-item:contains(${words}):visible`, run: "click" },
];

registry.category("web_tour.tours").add("it_improvement_pivot_tour", {
    steps: () => [
        ...show("pivot", "Pivot"),
        { content: "Areas stand in the rows", trigger: ".o_pivot tbody th:contains(Way of working)" },
        { content: "Ages stand above the columns", trigger: ".o_pivot thead th:contains(Three months or more)" },
        { content: "The cost is counted", trigger: ".o_pivot thead th:contains(Cost of the change)" },
        { content: "As a sum", trigger: ".o_pivot td:contains(1,240)" },
        ...show("graph", "Graph"),
        { content: "The graph is drawn", trigger: ".o_graph_renderer canvas" },
    ],
});

registry.category("web_tour.tours").add("it_improvement_plan_tour", {
    steps: () => [
        ...press("Take it up", "button[name=action_take_up]"),
        { content: "It is planned", trigger: ".alert:contains(Say what is behind it)" },
        { content: "What is behind it", trigger: `${field("root_cause")} textarea`, run: "edit Worn rollers" },
        { content: "What it should gain", trigger: `${field("expected_gain")} textarea`, run: "edit No jams" },
        { content: "Judge it by the tickets", trigger: `${field("measure")} select, ${field("measure")} input`, run: (helpers) =>
            helpers.anchor.tagName === "SELECT" ? helpers.select('"tickets"') : helpers.click() },
        { content: "Choose it where it is a list of its own", trigger: "body", run: () =>
            [...document.querySelectorAll(".o_select_menu_item, .o_bottom_sheet .o-dropdown-item")].find((one) => one.textContent.trim() === "Tickets")?.click() },
        { content: "At most one", trigger: `${field("target")} input`, run: "edit 1" },
        ...press("Begin", "button[name=action_begin]"),
        { content: "The change is being made", trigger: `.o_form_view .nav-link:contains(Do)`, run: "click" },
        { content: "Say what was changed", trigger: `${field("change_made")} textarea`, run: "edit New rollers" },
        ...press("It is changed", "button[name=action_changed]"),
        { content: "Now the figure speaks", trigger: ".alert:contains(Now the figure speaks)" },
    ],
});

registry.category("web_tour.tours").add("it_improvement_close_tour", {
    steps: () => [
        { content: "It worked", trigger: ".alert-success:contains(It worked)" },
        { content: "To the last page", trigger: `.o_form_view .nav-link:contains(Act)`, run: "click" },
        { content: "What stays", trigger: `${field("standard")} textarea`, run: "edit Rollers are changed each January" },
        ...press("Close it", "button[name=action_close]"),
        { content: "It is closed", trigger: state("closed") },
    ],
});

registry.category("web_tour.tours").add("it_improvement_dismiss_tour", {
    steps: () => [
        ...press("Dismiss it", ".o_statusbar_buttons button, .o-dropdown--menu button", "Dismiss"),
        { content: "Say why", trigger: `.modal ${field("reason")} textarea`, run: "edit Nobody sees it" },
        { content: "Put it aside", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        { content: "It says why", trigger: ".alert:contains(Dismissed):contains(Nobody sees it)" },
    ],
});
