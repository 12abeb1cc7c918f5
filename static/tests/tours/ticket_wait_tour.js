import { registry } from "@web/core/registry";
import { find, suggestion } from "./select";

const header = (content, label) => [
    {
        content: "Find the button, or open the others",
        trigger: ".o_form_view .o_statusbar_buttons",
        run: ({ anchor, click }) =>
            [...anchor.querySelectorAll("button")].some((button) => button.textContent.includes(label)) || click(".o_statusbar_buttons button[title=More]"),
    },
    { content, trigger: `.o_statusbar_buttons button:contains(${label}), .o-dropdown--menu button:contains(${label})`, run: "click" },
];

registry.category("web_tour.tours").add("it_ticket_wait_tour", {
    steps: () => [
        { content: "It is worked on", trigger: ".o_form_view .o_field_widget[name=subject]" },
        ...header("Ask who asked", "Wait for the requester"),
        { content: "Only the question is asked for", trigger: ".modal .o_field_widget[name=reason]:visible textarea", run: "edit Which of the two is it?" },
        { content: "Ask", trigger: ".modal footer button:contains(Ask and wait)", run: "click" },
        {
            content: "It waits, and is not offered to wait once more",
            trigger: ".o_form_view:has(.alert:contains(Waiting for the requester):contains(Which of the two)):not(:has(button:contains(Wait for):visible))",
        },
        { content: "Open what was promised", trigger: ".o_notebook .nav-link[name=targets]", run: "click" },
        { content: "The pause is told", trigger: ".o_field_widget[name=pause_ids]:visible:contains(Which of the two)" },
        ...header("Go on", "Go on"),
        { content: "It goes on", trigger: ".o_form_view:not(:has(.alert:contains(Waiting for the requester)))" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_asked_tour", {
    steps: () => [
        { content: "The own page says that there is a question", trigger: ".o_itc_ask_request[data-state=waits]:contains(We have a question)" },
        { content: "Open it", trigger: ".o_itc_ask_request[data-state=waits] button", run: "click" },
        { content: "It says what is asked", trigger: ".o_form_view .alert-warning:contains(Which of the two)" },
        { content: "Answer", trigger: "button.o-mail-Chatter-sendMessage:not(:disabled)", run: "click" },
        { content: "Say it", trigger: ".o-mail-Composer-input", run: "edit The left one" },
        { content: "Send it", trigger: ".o-mail-Composer-send:not(:disabled)", run: "click" },
        { content: "It is said", trigger: ".o-mail-Message:contains(The left one)" },
    ],
});

registry.category("web_tour.tours").add("it_sla_target_tour", {
    steps: () => [
        { content: "The targets that came along", trigger: ".o_list_view .o_data_row:contains(Urgent), .o_kanban_view .o_kanban_record:contains(Urgent)" },
        { content: "A new one", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "For soon", trigger: ".o_field_widget[name=priority] label:contains(Soon)", run: "click" },
        { content: "For one kind", trigger: ".o_field_widget[name=category_id] input", run: find("ID card") },
        { content: "This one", trigger: suggestion("ID card"), run: "click" },
        { content: "Answered within", trigger: ".o_field_widget[name=response_hours] input", run: "edit 3" },
        { content: "Solved within", trigger: ".o_field_widget[name=resolution_hours] input", run: "edit 12" },
        { content: "Keep it", trigger: ".o_form_button_save", run: "click" },
        { content: "It is kept", trigger: ".o_form_saved, .o_form_view .o_form_status_indicator:not(:has(.o_form_button_save:visible))" },
    ],
});
