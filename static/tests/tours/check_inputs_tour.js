import { registry } from "@web/core/registry";
import { find, pick, suggestion } from "./select";

const INPUT = (name) => `.o_field_widget[name=${name}] .o_input_dropdown input`;
const SAVE = ".o_form_button_save";
const SAVED = ".o_form_view:not(:has(.o_form_button_save:visible))";
const SETTING = (name) => `.o_itc_setting[data-setting=${name}]`;
const LIMIT = (place, part) => `.o_itc_limit:eq(${place}) [id$=_${part}]`;
const TOLD = (state) => `.o_itc_try_told[data-state=${state}]`;
const TRY = { content: "Try it", trigger: ".o_itc_try_now:enabled", run: "click" };
const ANSWERED = { content: "The answer comes without a reload", trigger: `${TOLD("answered")}:contains(Warning):contains(14 %):contains(free_pct)`, timeout: 60000 };

/** At a desk suggestions drop down, on a phone a dialog of cards opens: both are opened by the field and answered by the words. */
const choose = (name, words) => [
    { content: `Open ${name}`, trigger: INPUT(name), run: "click" },
    { content: `Choose ${words}`, trigger: suggestion(words), run: "click" },
];

// A manager changes a check by inputs, tries it, saves it and opens it again.
registry.category("web_tour.tours").add("it_check_inputs_tour", {
    steps: () => [
        { content: "The setting has an input, with what it means", trigger: `${SETTING("include")}:contains(Volumes.) input` },
        { content: "Its first line", trigger: `${SETTING("include")} input:eq(0)`, run: "edit /srv" },
        { content: "One more", trigger: `${SETTING("include")} input:eq(1)`, run: "edit /home" },
        { content: "Leave it", trigger: `${SETTING("include")} input:eq(0)`, run: "click" },
        { content: "And one too many", trigger: `${SETTING("include")} input:eq(2)`, run: "edit /tmp" },
        { content: "Leave it, too", trigger: `${SETTING("include")} input:eq(0)`, run: "click" },
        { content: "Take that away", trigger: `${SETTING("include")} button[aria-label='Remove line 3 of include']`, run: "click" },
        { content: "Two are left, and a place for another", trigger: `${SETTING("include")}:not(:has(button[aria-label='Remove line 3 of include']))` },
        { content: "The limit shows its unit", trigger: ".o_itc_limit:eq(0) .input-group-text:contains(%)" },
        { content: "A warning earlier", trigger: LIMIT(0, "warning"), run: "edit 20" },
        { content: "Well again later", trigger: LIMIT(0, "recover_warning"), run: "edit 25.5" },
        { content: "Another limit", trigger: ".o_itc_add_limit", run: "click" },
        { content: "For some items only", trigger: LIMIT(1, "item"), run: "edit /srv*" },
        { content: "Below", trigger: LIMIT(1, "op"), run: "selectByLabel below" },
        { content: "Critical at", trigger: LIMIT(1, "critical"), run: "edit 2" },
        { content: "A third one", trigger: ".o_itc_add_limit", run: "click" },
        { content: "Which is not needed", trigger: ".o_itc_limit:eq(2) .o_itc_remove_limit", run: "click" },
        { content: "It is gone", trigger: ".o_form_view:not(:has(.o_itc_limit:eq(2)))" },
        TRY,
        { content: "It says what is waited for, and who asked", trigger: `${TOLD("waiting")}:contains(Asked by Manager)` },
        ANSWERED,
        { content: "What was tried is what stands there", trigger: ".o_form_view:not(:has(.o_itc_try_other))" },
        { content: "Something else", trigger: LIMIT(1, "critical"), run: "edit 3" },
        { content: "Leave the input", trigger: LIMIT(1, "item"), run: "click" },
        { content: "It says that this was not tried", trigger: ".o_itc_try_other" },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "Saved", trigger: SAVED },
        { content: "Back to the list", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a, .o_breadcrumb a", run: "click" },
        { content: "Open it again", trigger: ".o_data_row:contains(Tour disk) td[name=name], .o_kanban_record:contains(Tour disk)", run: "click" },
        { content: "The lines are there", trigger: `${SETTING("include")} input:eq(1):value(/home)` },
        { content: "The limits too", trigger: `${LIMIT(0, "recover_warning")}:value(25.5)` },
        { content: "And the second one", trigger: `${LIMIT(1, "critical")}:value(3)` },
        { content: "So is the last try", trigger: `${TOLD("answered")}:contains(Asked by Manager)` },
    ],
});

// A technician makes a check of a template and tries it before anything is saved.
registry.category("web_tour.tours").add("it_check_try_new_tour", {
    steps: () => [
        { content: "Add a check", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Nothing to try before there is a host", trigger: ".o_form_view:not(:has(.o_itc_try_now))" },
        ...choose("agent_id", "srv-test"),
        { content: "Of a template", trigger: INPUT("template_id"), run: find("Tour template") },
        { content: "Choose it", trigger: suggestion("Tour template"), run: "click" },
        { content: "The template's settings are there", trigger: `${SETTING("include")} input:eq(0):value(/data)` },
        { content: "The site's own", trigger: `${SETTING("include")} input:eq(0)`, run: "edit /srv" },
        TRY,
        ANSWERED,
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "Saved, for its technician to read", trigger: `${SAVED} ${SETTING("include")} .o_itc_value:contains(/srv)` },
        { content: "The answer still stands there", trigger: TOLD("answered") },
    ],
});

// A template by inputs and as text; what does not fit is named and stays to be corrected.
registry.category("web_tour.tours").add("it_check_template_inputs_tour", {
    steps: () => [
        { content: "What is required is marked", trigger: `${SETTING("port")} .text-danger:contains(*)` },
        { content: "The default is shown, not stored", trigger: `${SETTING("host")} input[placeholder='default: localhost']` },
        { content: "With its unit", trigger: `${SETTING("timeout_s")} .input-group-text:contains(s)` },
        { content: "Yes or no", trigger: `${SETTING("deep")} select`, run: "selectByLabel Yes" },
        { content: "No port at all", trigger: `${SETTING("port")} input`, run: "edit abc" },
        { content: "Leave it", trigger: `${SETTING("host")} input`, run: "click" },
        { content: "It says so at once", trigger: `${SETTING("port")} .o_itc_fault:contains(whole number)` },
        { content: "Save it all the same", trigger: SAVE, run: "click" },
        { content: "The server names it", trigger: ".modal:contains(“abc” does not do for the setting “port”)" },
        { content: "I see", trigger: ".modal-footer button.btn-primary", run: "click" },
        { content: "What was typed is still there", trigger: `body:not(:has(.modal)) ${SETTING("port")} input:value(abc)` },
        { content: "The right one", trigger: `${SETTING("port")} input`, run: "edit 8069" },
        { content: "As text", trigger: ".o_itc_as_text:contains(Edit as text)", run: "click" },
        { content: "The same as lines", trigger: ".o_field_widget[name=settings_text] textarea:value(deep = true)" },
        { content: "What lines there may be", trigger: ".o_itc_lines_help:contains(Ask twice.)" },
        { content: "A line that is none", trigger: ".o_field_widget[name=settings_text] textarea", run: "edit port 8069" },
        { content: "Back to the fields", trigger: ".o_itc_as_text:contains(Edit with fields)", run: "click" },
        { content: "The line is named", trigger: ".modal:contains(The line “port 8069” cannot be read)" },
        { content: "I see", trigger: ".modal-footer button.btn-primary", run: "click" },
        { content: "It is still there", trigger: "body:not(:has(.modal)) .o_field_widget[name=settings_text] textarea:value(port 8069)" },
        { content: "Write it right", trigger: ".o_field_widget[name=settings_text] textarea", run: "edit port = 8070" },
        { content: "A limit as text", trigger: ".o_field_widget[name=limits_text] textarea", run: "edit up < 1 / -" },
        { content: "Back to the fields", trigger: ".o_itc_as_text:contains(Edit with fields)", run: "click" },
        { content: "The port is in its input", trigger: `${SETTING("port")} input:value(8070)` },
        { content: "What is not written is not set", trigger: `${SETTING("deep")} select:has(option[value='']:checked)` },
        { content: "The limit has its inputs", trigger: `${LIMIT(0, "warning")}:value(1)` },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "Saved", trigger: SAVED },
    ],
});

// A new template: its kind is chosen among those that agents offer, and its inputs appear.
registry.category("web_tour.tours").add("it_check_template_new_tour", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Its name", trigger: ".o_field_widget[name=name] input", run: "edit Tour new" },
        pick(".o_field_widget[name=kind_choice]", "TCP port (tcp)"),
        { content: "Its inputs appear", trigger: `${SETTING("port")} input`, run: "edit 443" },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "Saved", trigger: SAVED },
        { content: "Back to the list", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a, .o_breadcrumb a", run: "click" },
        { content: "Open it again", trigger: ".o_data_row:contains(Tour new) td[name=name], .o_kanban_record:contains(Tour new)", run: "click" },
        { content: "It is of that kind", trigger: ".o_field_widget[name=kind_choice]:contains(TCP port), .o_field_widget[name=kind_choice] input:value(TCP port (tcp))" },
        { content: "With its setting", trigger: `${SETTING("port")} input:value(443)` },
    ],
});

// Who may not change a check reads what it looks at.
registry.category("web_tour.tours").add("it_check_inputs_read_tour", {
    steps: () => [
        { content: "What is set", trigger: `${SETTING("include")} .o_itc_value:contains(/data)` },
        { content: "No input", trigger: ".o_itc_inputs:not(:has(input, select, .o_itc_as_text))" },
        { content: "The limit as a line", trigger: ".o_field_widget[name=limits]:contains(free_pct < 15 / 5)" },
        { content: "Nothing to try", trigger: ".o_form_view:not(:has(.o_itc_try_now))" },
    ],
});
