import { registry } from "@web/core/registry";
import { pick } from "./select";

const OK = ".modal .modal-footer .btn-primary";
const says = (words) => `.o_form_view .alert:contains(${words})`;

// A host from its code to its confirmation; between the two the machine itself enrols.
registry.category("web_tour.tours").add("it_host_code_tour", {
    steps: () => [
        { content: "The form leads", trigger: says("Next: press “Enrolment code”") },
        { content: "Do so", trigger: "button[name=action_issue_code]", run: "click" },
        { content: "The command is there", trigger: ".modal .o_field_widget[name=command]:contains(itc-agent enrol)" },
        { content: "Close it", trigger: ".modal button:contains(Close)", run: "click" },
        { content: "The form says what comes now", trigger: says("run the command") },
    ],
});

registry.category("web_tour.tours").add("it_host_confirm_tour", {
    steps: () => [
        { content: "The form says what to compare", trigger: says("compare the key below") },
        { content: "Confirm", trigger: "button[name=action_confirm]", run: "click" },
        { content: "Yes, it is the same", trigger: OK, run: "click" },
        { content: "Now it is a matter of a minute", trigger: says("The first report comes") },
        ...(window.innerWidth < 576 ? [{ content: "Open what a phone folds away", trigger: ".o_control_panel button:has(.fa-bolt)", run: "click" }] : []),
        { content: "Look at its checks", trigger: "button[name=action_open_checks]", run: "click" },
        { content: "None is called stale", trigger: ".o_action_manager:contains(Waiting for its first result):not(:contains(Unknown))" },
    ],
});

registry.category("web_tour.tours").add("it_host_technician_tour", {
    steps: () => [{ content: "Who may not do it is told who does", trigger: says("A manager of IT Continuity does this") }],
});

registry.category("web_tour.tours").add("it_check_waiting_tour", {
    steps: () => [
        { content: "The check waits", trigger: ".o_form_view .o_field_widget[name=effective_state]:contains(Waiting for its first result)" },
        { content: "No ribbon calls it stale", trigger: ".o_form_view:not(:has(.ribbon:contains(Stale)))" },
    ],
});

registry.category("web_tour.tours").add("it_today_waiting_tour", {
    steps: () => [
        { content: "The run says that its check is new", trigger: ".o_itc_run:contains(Tour new):contains(waits for its first result)" },
        { content: "It is not red", trigger: ".o_itc_run:contains(Tour new):not(.o_itc_bad)" },
    ],
});

// The examples of a kind are that kind's own.
registry.category("web_tour.tours").add("it_example_tour", {
    steps: () => [
        { content: "Name it", trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea", run: "edit Port answers" },
        pick(".o_field_widget[name=kind_choice]", "TCP port (tcp)"),
        { content: "The inputs are a port's", trigger: ".o_itc_setting[data-setting=port]:contains(Port.) input" },
        { content: "And what else there is", trigger: ".o_itc_setting[data-setting=deep]:contains(Ask twice.) select" },
        { content: "Type it", trigger: ".o_itc_setting[data-setting=port] input", run: "edit 8069" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved, with nothing asked about codes", trigger: ".o_form_view:has(.o_form_saved), .o_form_view:not(:has(.o_form_status_indicator .o_form_button_save:visible))" },
    ],
});

// New, a name, Save: whatever else is required is chosen from a list.
registry.category("web_tour.tours").add("it_name_only_tour", {
    steps: () => [
        { content: "Name it", trigger: ".o_form_view .o_field_widget[name=name] input, .o_form_view .o_field_widget[name=name] textarea", run: "edit Toner, weekly" },
        { content: "Nothing asks for a code", trigger: ".o_form_view:not(:has(.o_field_widget[name=code]))" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: ".o_form_view:not(:has(.o_form_status_indicator .o_form_button_save:visible))" },
    ],
});
