import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("it_check_accept_tour", {
    steps: () => [
        { content: "The form says that it proves nothing", trigger: ".alert-warning:contains('no manager has accepted it')" },
        { content: "Accept what it looks at", trigger: "button[name=action_accept_settings]", run: "click" },
        { content: "The word of warning is gone", trigger: ".o_form_view:not(:has(.alert-warning:contains('no manager has accepted it')))" },
    ],
});

registry.category("web_tour.tours").add("it_check_unaccepted_tour", {
    steps: () => [
        { content: "Who may not accept is told, too", trigger: ".alert-warning:contains('no manager has accepted it')" },
        { content: "And is offered no button", trigger: ".o_form_view:not(:has(button[name=action_accept_settings]))" },
    ],
});

registry.category("web_tour.tours").add("it_holiday_accept_tour", {
    steps: () => [
        {
            content: "Accept the day that a colleague entered",
            trigger: ".o_data_row:contains('Tour day') button[name=action_itc_accept], .o_kanban_record:contains('Tour day') button[name=action_itc_accept]",
            run: "click",
        },
        {
            content: "It counts now",
            trigger: ".o_content:not(:has(button[name=action_itc_accept]:visible)):contains('Tour day')",
        },
    ],
});
