import { registry } from "@web/core/registry";
import { find, isPhone, suggestion } from "./select";

const JOIN = "button:contains(Join to another ticket)";
const TARGET = ".modal .o_field_widget[name=target_id] input";

const labelled = (anchor, label) => [...anchor.querySelectorAll("button")].some((button) => button.textContent.includes(label));

/** The buttons of the bar; on a phone all but the first lie behind a menu. */
const moreButtons = (label) => ({
    content: `Look for “${label}”`,
    trigger: ".o_form_view .o_statusbar_buttons",
    run: ({ anchor, click }) => labelled(anchor, label) || click(".o_statusbar_buttons button[title=More]"),
});

registry.category("web_tour.tours").add("it_ticket_join_tour", {
    steps: () => [
        { content: "A column says how long its oldest waits", trigger: ".o_kanban_group:contains(New) .o_itc_oldest:contains(The oldest)" },
        { content: "Open the one that asks for the same", trigger: ".o_kanban_record:contains(Tour double)", run: "click" },
        moreButtons("Join to another ticket"),
        { content: "Join it", trigger: `${JOIN}:visible`, run: "click" },
        { content: "What is alike is shown", trigger: ".modal .o_field_widget[name=similar_ids] :contains(Tour target)" },
        { content: "Look for the other one", trigger: TARGET, run: find("Tour target") },
        { content: "Choose it", trigger: suggestion("Tour target"), run: "click" },
        { content: "Who asked there is shown", trigger: ".modal .o_field_widget[name=target_requester_id]:contains(Tour User)" },
        { content: "Join them", trigger: ".modal footer button[name=action_apply], .modal-footer button[name=action_apply]", run: "click" },
        { content: "It ends here and says where it goes on", trigger: ".o_form_view .alert-info:contains(It is the same as):contains(Tour target)" },
        { content: "Go there", trigger: ".alert-info .o_field_widget[name=duplicate_of_id] a", run: "click" },
        {
            content: "On a phone its buttons lie behind one",
            trigger: ".o_form_view .oe_stat_button[name=action_open_doubles], .o_form_view .o_button_more",
            run: ({ click }) => isPhone() && click(".o_form_view .o_button_more"),
        },
        { content: "Its doubles are one tap away", trigger: ".oe_stat_button[name=action_open_doubles]:contains(Doubles)" },
    ],
});
