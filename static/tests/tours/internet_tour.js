import { registry } from "@web/core/registry";

const field = (name) => `.o_field_widget[name=${name}]`;
const copy = ".o_itc_copy[data-state=waiting]";

registry.category("web_tour.tours").add("it_internet_say_tour", {
    steps: () => [
        { content: "The board says that all is well", trigger: ".o_kanban_record:contains(Tested)" },
        { isActive: ["mobile"], content: "Open what a phone folds away", trigger: ".o_control_panel button.o-control-panel-adaptive-dropdown", run: "click" },
        { content: "Say that there is no internet", trigger: "button:contains(There is no internet):visible", run: "click" },
        { content: "Until when is filled in", trigger: `.modal ${field("until")}` },
        { content: "Say what was seen", trigger: `.modal ${field("note")} textarea`, run: "edit No light on the router" },
        { content: "Say so", trigger: ".modal footer button[name=action_say]", run: "click" },
        { content: "The run says what to copy", trigger: `body:not(:has(.modal)) ${copy}:contains(prod.zip):contains(0 of 2 machines)` },
        { content: "From where", trigger: `${copy}:contains(From:):contains(srv-test)` },
        { content: "And where to", trigger: `${copy}:contains(To:):contains(srv-other):contains(srv-third)` },
        { content: "A person can still say so by hand", trigger: ".o_itc_item:contains(First machine) textarea" },
    ],
});

registry.category("web_tour.tours").add("it_internet_proven_tour", {
    steps: () => [
        { content: "Agents have seen the copies", trigger: `.o_form_view:contains(Verified by checks)` },
        { content: "What they saw is kept", trigger: `.o_form_view:contains(No light on the router):contains(SHA-256)` },
        { content: "Nothing is left to copy", trigger: ".o_form_view:not(:has(.o_itc_copy))" },
    ],
});

registry.category("web_tour.tours").add("it_internet_end_tour", {
    steps: () => [
        { content: "Open it", trigger: ".o_data_row:contains(No light on the router) td[name=since], .o_kanban_record:contains(No light on the router)", run: "click" },
        { content: "It says what counts meanwhile", trigger: ".o_form_view [role=status]:contains(on two other machines)" },
        { content: "It is back", trigger: "button[name=action_end]", run: "click" },
        { content: "It is over", trigger: `${field("ended_by_id")}` },
    ],
});
