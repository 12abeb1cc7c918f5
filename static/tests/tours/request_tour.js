import { registry } from "@web/core/registry";
import { CHOSEN, find, press, suggestion } from "./select";

const CATEGORY = ".o_field_widget[name=category_id] input";
const asked = (name) => `.o_field_widget[name=request_values] .o_property_field[property-name=${name}]`;

registry.category("web_tour.tours").add("it_request_send_tour", {
    steps: () => [
        { content: "Say it in a sentence", trigger: ".o_field_widget[name=subject] textarea", run: "edit Account for Selam" },
        { content: "Nothing more is asked yet", trigger: ".o_form_view:not(:has(.o_property_field))" },
        { content: "Look for the kind", trigger: CATEGORY, run: find("password") },
        { content: "Choose it", trigger: suggestion("User account or access right"), run: "click" },
        { content: "It asks, and demands nothing", trigger: ".o_itc_request_hint" },
        { content: "Its form appears: say what is needed", trigger: `${asked("what")} select`, run: "select new_account" },
        { content: "Look for the colleague", trigger: `${asked("employee")} input`, run: find("Selam Tad") },
        { content: "Nothing is made here", trigger: ".o-autocomplete--dropdown-menu:not(:contains(Create)), .modal:not(:has(.o_create_button))" },
        { content: "Choose her", trigger: suggestion("Selam Tadesse"), run: "click" },
        { content: "She is chosen", trigger: CHOSEN },
        { content: "Say which login", trigger: `${asked("login")} input`, run: "edit selam" },
        { content: "Say which rights", trigger: `${asked("rights")} textarea`, run: "edit As the others in Marketing" },
        { content: "The hint has gone", trigger: ".o_form_view:not(:has(.o_itc_request_hint))" },
        { content: "Send it", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "It has a number", trigger: ".o_form_view .alert-success:contains(Your request is TKT/)" },
        { content: "Back to the own ones", trigger: ".o_breadcrumb a:contains(My Tickets), .o_breadcrumb .o_back_button", run: "click" },
        { content: "Open it again", trigger: ".o_data_row .o_data_cell:contains(Account for Selam), .o_kanban_record:contains(Account for Selam)", run: "click" },
        { content: "What was said is there", trigger: `${asked("login")} input:value(selam)` },
        { content: "The colleague too", trigger: `${asked("employee")} input:value(Selam Tadesse)` },
        { content: "And the choice", trigger: `${asked("what")} select:value(new_account)` },
        { content: "The cog offers to change no fields", trigger: ".o_cp_action_menus button:visible, .o_control_panel_breadcrumbs_actions button:visible", run: "click" },
        { content: "It offers others", trigger: ".o-dropdown--menu:not(:contains(Edit Properties)), .o_bottom_sheet:not(:contains(Edit Properties))" },
    ],
});

registry.category("web_tour.tours").add("it_request_work_tour", {
    steps: () => [
        { content: "What was asked is there", trigger: `${asked("login")} input:value(selam)` },
        {
            content: "It says what is open, and does not offer to resolve",
            trigger: ".o_form_view:has(.alert-info:contains(departmental access rights matrix)):not(:has(button[name=action_resolve]:visible))",
        },
        { content: "Correct what was asked", trigger: `${asked("login")} input`, run: "edit selam.tadesse" },
        { content: "Open the checklist", trigger: ".o_notebook .nav-link[name=checklist]", run: "click" },
        {
            content: "Tick the line that is required",
            trigger: ".o_data_row:contains(rights matrix) button[name=action_tick], .o_kanban_record:contains(rights matrix) button[name=action_tick]",
            run: "click",
        },
        { content: "It says who did", trigger: ".o_data_row:contains(rights matrix):contains(Tour Technician), .o_kanban_record:contains(rights matrix):contains(Tour Technician)" },
        ...press("Now it can be resolved", "action_resolve"),
        { content: "Nothing is ticked any more", trigger: ".o_form_view:not(:has(button[name=action_tick])):not(:has(button[name=action_untick])):not(:has(button[name=action_resolve]))" },
    ],
});

registry.category("web_tour.tours").add("it_request_kind_tour", {
    steps: () => [
        { content: "Add a field", trigger: ".o_field_widget[name=request_fields] .o_field_property_add button", run: "click" },
        { content: "Name it", trigger: ".o_field_property_definition input.o_field_property_definition_header", run: "edit Which room && press Enter" },
        { content: "It shows what it takes", trigger: ".o_field_widget[name=request_fields] .o_property_field:contains(Which room):contains(Text)" },
        { content: "Open the checklist", trigger: ".o_notebook .nav-link[name=checklist]", run: "click" },
        { content: "Add a line", trigger: ".o_field_widget[name=checklist_ids] .o_field_x2many_list_row_add a, .o_field_widget[name=checklist_ids] .o-kanban-button-new", run: "click" },
        {
            content: "Say what is done",
            trigger: ".o_field_widget[name=checklist_ids] .o_selected_row [name=name] input, .modal .o_field_widget[name=name] input",
            run: "edit Looked into the room",
        },
        {
            content: "Keep it, where a line is a window of its own",
            trigger: "body",
            run: () => document.querySelector(".modal .o_form_button_save")?.click(),
        },
        { content: "Save all", trigger: "body:not(:has(.modal)) .o_form_button_save:visible", run: "click" },
        { content: "It is saved", trigger: ".o_form_view:not(:has(.o_form_button_save:visible))" },
        { content: "Look at the fields again", trigger: ".o_notebook .nav-link[name=form]", run: "click" },
        { content: "It is there", trigger: ".o_field_widget[name=request_fields] .o_property_field:contains(Which room)" },
    ],
});

const searchMore = (field, name) => [
    { content: "Look who is there", trigger: `${field} input`, run: "click" },
    {
        content: "There are more; a phone lists them all at once",
        trigger: `${field} .o_m2o_dropdown_option_search_more, .modal .o_kanban_record`,
        run: ({ anchor, click }) => anchor.closest(".modal") || click(),
    },
    {
        content: "All colleagues are listed",
        trigger: `.modal .o_data_row:contains(${name}) .o_data_cell, .modal .o_kanban_record:contains(${name})`,
        run: "click",
    },
    { content: "The colleague is chosen", trigger: `body:not(:has(.modal)) ${field} input:value(${name})` },
];

registry.category("web_tour.tours").add("it_request_colleague_tour", {
    steps: () => [
        { content: "Say it in a sentence", trigger: ".o_field_widget[name=subject] textarea", run: "edit Badge for Hanna" },
        { content: "Look for the kind", trigger: CATEGORY, run: find("badge") },
        { content: "Choose it", trigger: suggestion("ID card"), run: "click" },
        ...searchMore(asked("employee"), "Hanna Public"),
        ...searchMore(".o_field_widget[name=requested_for_id]", "Hanna Public"),
        { content: "Send it", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "It has a number", trigger: ".o_form_view .alert-success:contains(Your request is TKT/)" },
    ],
});
