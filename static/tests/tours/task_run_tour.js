import { registry } from "@web/core/registry";

const { DateTime } = luxon;

const row = (name) => `.o_itc_run:contains(Tour ${name})`;
const REASON = ".modal .o_field_widget[name=reason] textarea";
const APPLY = ".modal button[name=action_apply]";

registry.category("web_tour.tours").add("it_run_do_tour", {
    steps: () => [
        { content: "The run waits", trigger: ".o_form_view:contains(Tour do)" },
        { content: "Ask to mark it as done", trigger: "button[name=action_do]", run: "click" },
        { content: "It asks for the reading first", trigger: ".modal .o_itc_item[data-item=Battery][data-state=empty]" },
        { content: "Type what the app shows", trigger: ".modal .o_itc_item[data-item=Battery] input", run: "edit 80 && click .modal-body" },
        { content: "It is as it should be", trigger: ".modal .o_itc_item[data-item=Battery][data-state=ok]" },
        { content: "No reason is asked for", trigger: `.modal:not(:has(${REASON}:visible))` },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "It is done, and says when and by whom", trigger: ".o_form_view .o_field_widget[name=done_by_id]:contains(Tour Technician)" },
    ],
});

registry.category("web_tour.tours").add("it_run_fail_tour", {
    steps: () => [
        { content: "Say that it failed", trigger: "button[name=action_ask_fail]", run: "click" },
        { content: "Without a word it is refused", trigger: APPLY, run: "click" },
        { content: "The reason is missing", trigger: ".modal .o_field_invalid[name=reason]" },
        { content: "Give it", trigger: REASON, run: "edit The dump has no bytes" },
        { content: "Confirm", trigger: APPLY, run: "click" },
        { content: "The form says why", trigger: ".o_form_view .o_field_widget[name=fail_reason]:contains(no bytes)" },
    ],
});

registry.category("web_tour.tours").add("it_run_override_tour", {
    steps: () => [
        { content: "The form says that its checks prove nothing", trigger: ".alert-danger:contains(Tour disk)" },
        { content: "Ask to mark it as done", trigger: "button[name=action_do]", run: "click" },
        { content: "It tells why not", trigger: ".modal .alert-warning:contains(Tour disk)" },
        { content: "Without a word it is refused", trigger: APPLY, run: "click" },
        { content: "The reason is missing", trigger: ".modal .o_field_invalid[name=reason]" },
        { content: "Give it", trigger: REASON, run: "edit Looked at the disk myself" },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "The override stays with the run", trigger: ".o_form_view .o_field_widget[name=override_reason]:contains(Looked at the disk)" },
    ],
});

registry.category("web_tour.tours").add("it_run_late_tour", {
    steps: () => [
        { content: "The scanned code opened the run", trigger: ".o_form_view:contains(Tour late)" },
        { content: "Enter what the paper says", trigger: "button[name=action_ask_done]:contains(Enter late)", run: "click" },
        { content: "Why so late", trigger: REASON, run: "edit No power, from the day sheet" },
        { content: "Open the time", trigger: ".modal .o_field_widget[name=done_at] button", run: "click" },
        {
            content: "Give the time on the paper",
            trigger: ".modal .o_field_widget[name=done_at] input",
            run: ({ edit }) => edit(DateTime.now().minus({ days: 2 }).toFormat("MM/dd/yyyy hh:mm:ss a")),
        },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "Both times are there", trigger: ".o_form_view:has(.o_field_widget[name=done_at]) .o_field_widget[name=entered_at]" },
        { content: "And that it was entered late", trigger: ".o_field_widget[name=is_late_entry] input:checked" },
    ],
});

registry.category("web_tour.tours").add("it_run_doer_tour", {
    steps: () => [
        { content: "It is done", trigger: `${row("verify")}[data-state=done]` },
        { content: "Its doer has no button for it", trigger: `${row("verify")}:not(:has(.o_itc_act))` },
        { content: "Open it", trigger: `${row("verify")} .o_itc_name`, run: "click" },
        { content: "Nor has the form", trigger: ".o_form_view:contains(Tour verify):not(:has(button[name=action_verify]))" },
    ],
});

registry.category("web_tour.tours").add("it_run_verify_tour", {
    steps: () => [
        { content: "Verify what a colleague did", trigger: `${row("verify")}[data-state=done] .o_itc_act:contains(Verify)`, run: "click" },
        { content: "It says who looked again", trigger: `${row("verify")}[data-state=verified]:contains(verified by Tour Manager)` },
    ],
});
