import { registry } from "@web/core/registry";
import { edit } from "@odoo/hoot-dom";
import { endEffort, startEffort } from "./effort";
import { CHOSEN, find, isPhone, press, restOn, suggestion } from "./select";

const SUBJECT = ".o_field_widget[name=subject] textarea";
const CATEGORY = ".o_field_widget[name=category_id] input";
const FILES = ".o_field_widget[name=attachment_ids] input[type=file]";
const BANNER = ".o_form_view .alert-success:contains(Your request is TKT/)";

/** Type where the cursor already is; on a phone, which opens no keyboard by itself, tap there first. */
const say = (text) => (helpers) => (helpers.anchor === document.activeElement ? edit(text) : helpers.edit(text));

function addPicture() {
    const input = document.querySelector(FILES);
    const files = new DataTransfer();
    files.items.add(new File(["picture"], "screen.png", { type: "image/png" }));
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
}

registry.category("web_tour.tours").add("it_ticket_send_tour", {
    steps: () => [
        { content: "The day starts on Ask IT", trigger: ".o_itc_ask h1", run: startEffort },
        { content: "Say what it is about", trigger: ".o_itc_ask_tile:contains(Help with a computer)", run: "click" },
        { content: "Say it in a sentence", trigger: SUBJECT, run: say("My screen stays black") },
        { content: "Send it", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "It thanks and says the number", trigger: BANNER },
        { content: "It did not take long", trigger: BANNER, run: endEffort("a colleague logs a ticket", { clicks: 3, seconds: 30 }) },
        { content: "So does a notice, and where to follow it", trigger: ".o_notification:contains(My Tickets)" },
        { content: "The way back says number and subject", trigger: ".o_breadcrumb:contains(My screen stays black):contains(TKT/)" },
        { content: "What was chosen is there", trigger: ".o_field_widget[name=category_id]:has(input:value(Help with)), .o_field_widget[name=category_id]:contains(Help with)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_photo_tour", {
    steps: () => [
        { content: "Say what is wrong", trigger: SUBJECT, run: "edit Odd message" },
        { content: "Look for the kind", trigger: CATEGORY, run: find("error") },
        { content: "Choose it", trigger: suggestion("Help with a computer"), run: "click" },
        { content: "A phone offers its camera", trigger: ".o_field_widget[name=attachment_ids] button:contains(Files or photos)" },
        { content: "Add a photo before anything is saved", trigger: `.o_form_view:has(${FILES}[accept*="image/*"])`, run: addPicture },
        { content: "It is there", trigger: ".o_field_widget[name=attachment_ids] .o_attachment:contains(screen.png)" },
        { content: "Send both", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "Thanks", trigger: BANNER },
        { content: "The photo went along", trigger: ".o_field_widget[name=attachment_ids] .o_attachment:contains(screen.png)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_staff_tour", {
    steps: () => [
        { content: "Say what was asked", trigger: SUBJECT, run: "edit Rings about the printer" },
        { content: "Look for the kind", trigger: CATEGORY, run: find("print") },
        { content: "Choose it", trigger: suggestion("does not print"), run: "click" },
        { content: "It is chosen", trigger: CHOSEN },
        { content: "Log it", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "It has a number", trigger: ".o_breadcrumb:contains(Rings about the printer):contains(TKT/)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_quick_tour", {
    steps: () => [
        { content: "The columns are there", trigger: ".o_kanban_group:contains(New)" },
        { content: "Only among the new ones a ticket starts", trigger: ".o_kanban_group:contains(In progress):not(:has(.o_kanban_quick_add))" },
        { content: "Log what somebody says on the phone", trigger: ".o-kanban-button-new:visible", run: "click" },
        { content: "Say what", trigger: `.o_kanban_quick_create ${SUBJECT}, .o_kanban_quick_create .o_field_widget[name=subject] input`, run: "edit No paper left" },
        { content: "Look for the kind", trigger: `.o_kanban_quick_create ${CATEGORY}`, run: find("print") },
        { content: "Choose it", trigger: suggestion("does not print"), run: "click" },
        { content: "It is chosen", trigger: CHOSEN },
        { content: "Look for who asks", trigger: ".o_kanban_quick_create .o_field_widget[name=requester_id] input", run: find("Tour User") },
        { content: "Choose the colleague", trigger: suggestion("Tour User"), run: "click" },
        { content: "The colleague is chosen", trigger: CHOSEN },
        { content: "Add it", trigger: ".o_kanban_quick_create .o_kanban_add", run: "click" },
        { content: "The card names the colleague", trigger: ".o_kanban_record:contains(No paper left):contains(Tour User)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_take_tour", {
    steps: () => [
        { content: "A ticket nobody has", trigger: ".o_kanban_record:contains(Tour waits)" },
        { content: "Take it", trigger: ".o_kanban_record:contains(Tour waits) [name=action_start]", run: "click" },
        { content: "It is no longer offered", trigger: ".o_kanban_renderer:not(:has([name=action_start]))" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_assign_tour", {
    steps: () => [
        { content: "Open the choice of people on the card", trigger: ".o_kanban_record:contains(Tour waits) .o_field_widget[name=assignee_id] .o_quick_assign", run: "click" },
        { content: "Name one", trigger: ".o_popover input, .modal input", run: "edit Tour Technician" },
        { content: "Choose", trigger: ".o-autocomplete--dropdown-item:contains(Tour Technician)", run: "click" },
        { content: "It has a face now", trigger: ".o_kanban_record:contains(Tour waits) .o_field_widget[name=assignee_id] img" },
    ],
});

const recategorise = (subject) => [
    { content: "Open one", trigger: `.o_list_view:not(:has(.o_selection_box)) .o_data_row:contains(${subject}) td[name=subject]`, run: "click" },
    { content: "Look for another kind", trigger: `.o_form_view ${CATEGORY}`, run: find("badge") },
    { content: "Choose it", trigger: suggestion("ID card"), run: "click" },
    { content: "It is chosen", trigger: `body:not(:has(.modal)) .o_form_view ${CATEGORY}:value(ID card)` },
    { content: "Keep it", trigger: ".o_form_button_save:visible", run: "click" },
    { content: "It is kept", trigger: ".o_form_view:not(:has(.o_form_button_save:visible)) .o_field_widget[name=category_id]" },
    { content: "Back to the list", trigger: ".o_back_button, .breadcrumb-item.o_back_button a", run: "click" },
];

const bulkOnAPhone = () => [
    { content: "Open the other views", trigger: ".o_cp_switch_buttons .btn", run: "click" },
    { content: "Look at the list", trigger: ".o-dropdown--menu .o-dropdown-item:contains(List)", run: "click" },
    { content: "Rest a finger on one", trigger: ".o_list_view .o_data_row:contains(Tour bulk 1)", run: restOn },
    { content: "Choose the other too", trigger: "body:has(.o_selection_box:contains(1 selected)) .o_data_row:contains(Tour bulk 2) td[name=subject]", run: "click" },
    { content: "Open what can be done with both", trigger: "body:has(.o_selection_box:contains(2 selected)) .o_cp_action_menus .dropdown-toggle", run: "click" },
    { content: "Take them at once", trigger: ".o-dropdown--menu button[name=action_assign_to_me]", run: "click" },
    { content: "They are mine", trigger: ".o_data_row:contains(Tour bulk 1) [name=assignee_id]:contains(Tour Technician)" },
    ...recategorise("Tour bulk 1"),
    ...recategorise("Tour bulk 2"),
    { content: "Both changed", trigger: ".o_list_view:has(.o_data_row:contains(Tour bulk 1):contains(ID card)) .o_data_row:contains(Tour bulk 2):contains(ID card)" },
];

const bulkAtADesk = () => [
    { content: "Look at the list", trigger: ".o_switch_view.o_list", run: "click" },
    { content: "All of them", trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
    { content: "Take them at once", trigger: ".o_control_panel button[name=action_assign_to_me]", run: "click" },
    { content: "They are mine", trigger: ".o_data_row:contains(Tour bulk 1) [name=assignee_id]:contains(Tour Technician)" },
    { content: "Select all again", trigger: ".o_list_view:not(:has(.o_data_row_selected)) thead .o_list_record_selector input", run: "click" },
    { content: "Edit a cell in place", trigger: ".o_data_row_selected:contains(Tour bulk 1) td[name=category_id]", run: "click" },
    { content: "Look for another kind", trigger: ".o_selected_row td[name=category_id] input", run: find("badge") },
    { content: "Choose it", trigger: suggestion("ID card"), run: "click" },
    { content: "For all that are selected", trigger: ".modal .btn-primary", run: "click" },
    { content: "Both changed", trigger: ".o_list_view:has(.o_data_row:contains(Tour bulk 1):contains(ID card)) .o_data_row:contains(Tour bulk 2):contains(ID card)" },
];

registry.category("web_tour.tours").add("it_ticket_bulk_tour", { steps: () => (isPhone() ? bulkOnAPhone() : bulkAtADesk()) });

registry.category("web_tour.tours").add("it_ticket_reopen_tour", {
    steps: () => [
        { content: "It was reopened", trigger: ".o_form_view .alert-warning:contains(Still black)" },
        {
            content: "It is not offered as resolved, and says what is missing",
            trigger: ".o_form_view:contains(Record under):not(:has(button[name=action_resolve]:visible))",
        },
        { content: "Open the steps", trigger: ".o_notebook .nav-link[name=steps]", run: "click" },
        { content: "What was done before is there", trigger: ".o_field_widget[name=step_ids]:visible" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_not_yet_tour", {
    steps: () => [
        { content: "Is it solved?", trigger: ".o_form_view .alert-info:contains(Is it solved for you)" },
        { content: "Not yet, by one press", trigger: "button[name=action_not_yet]:visible", run: "click" },
        { content: "It is open again, and asks what is missing", trigger: ".modal:contains(It is open again)" },
        { content: "Say it", trigger: ".modal .o_field_widget[name=reason]:visible textarea", run: "edit It is black again" },
        { content: "Send it", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        { content: "The technician works from it", trigger: "body:not(:has(.modal)) .o_form_view .alert-warning:contains(It is black again)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_close_in_words_tour", {
    steps: () => [
        { content: "It says why it waits for another one", trigger: ".o_form_view .alert-info:contains(You had no hand in it)" },
        { content: "Close it", trigger: ".o_form_view button:contains(Close in words):visible", run: "click" },
        { content: "Say how it is known", trigger: ".modal .o_field_widget[name=reason]:visible textarea", run: "edit Saw the screen go on" },
        { content: "Close", trigger: ".modal button[name=action_apply]:visible", run: "click" },
        { content: "It tells who closed it, how and why", trigger: "body:not(:has(.modal)) .o_form_view:contains(By another technician):contains(Saw the screen go on)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_mention_tour", {
    steps: () => [
        { content: "Write a note", trigger: "button.o-mail-Chatter-logNote:not(:disabled)", run: "click" },
        { content: "Name a colleague", trigger: ".o-mail-Composer-input", run: "edit @Tour Stranger" },
        { content: "Choose", trigger: ".o-mail-Composer-suggestion:contains(Tour Stranger)", run: "click" },
        { content: "Send it", trigger: ".o-mail-Composer-send:not(:disabled)", run: "click" },
        { content: "It says who may not read it", trigger: ".modal:contains(Tour Stranger may not read)" },
        { content: "Go back", trigger: ".modal .btn-primary", run: "click" },
        { content: "Nothing is lost", trigger: "body:not(:has(.modal)) .o-mail-Composer-input:value(Tour Stranger)" },
        { content: "Leave the name out", trigger: ".o-mail-Composer-input", run: "edit Nobody else need know" },
        { content: "Send it", trigger: ".o-mail-Composer-send:not(:disabled)", run: "click" },
        { content: "It is said", trigger: ".o-mail-Message:contains(Nobody else need know)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_answer_tour", {
    steps: () => [
        { content: "The card says that somebody answered", trigger: ".o_kanban_record:contains(Tour answered):contains(Answered, not read yet)" },
        { content: "Open it", trigger: ".o_kanban_record:contains(Tour answered)", run: "click" },
        {
            content: "It says what happened, and does not offer to close it",
            trigger: ".o_form_view:has(.alert-warning:contains(read the last message)):not(:has(button:contains(Close without an answer):visible))",
        },
        { content: "The word is there", trigger: ".o-mail-Message:contains(It is black again)" },
        { content: "Reply", trigger: "button.o-mail-Chatter-sendMessage:not(:disabled)", run: "click" },
        { content: "Ask", trigger: ".o-mail-Composer-input", run: "edit Is the cable in the other port?" },
        { content: "Send it", trigger: ".o-mail-Composer-send:not(:disabled)", run: "click" },
        { content: "It is said", trigger: ".o-mail-Message:contains(the other port)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_foreign_tour", {
    steps: () => [
        { content: "It says that it may not be seen", trigger: ".o_notification:contains(You may not see this ticket)" },
        { content: "There is the list of what may be", trigger: "body:not(:has(.modal)) .o_view_nocontent, body:not(:has(.modal)) .o_list_view" },
        { content: "Nothing of it is shown", trigger: "body:not(:contains(Tour secret)):not(:contains(hunter2))" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_no_steps_tour", {
    steps: () => [
        { content: "A new one is not offered as solved", trigger: ".o_form_view:not(:has(button[name=action_resolve]:visible)) button[name=action_start]:visible", run: "click" },
        { content: "One that nothing was done on says what is missing", trigger: ".o_form_view .alert-info:contains(Record under)" },
        {
            content: "It is offered neither as solved nor as closed",
            trigger: ".o_form_view:not(:has(button[name=action_resolve]:visible, button[name=action_confirm]:visible)):not(:has(button:contains(Close in words):visible, button:contains(Close without):visible))",
        },
        { content: "Nor by its states", trigger: ".o_statusbar_status:not(:has(button.o_arrow_button:visible:not(:disabled)))" },
        { content: "Open the steps", trigger: ".o_notebook .nav-link[name=steps]", run: "click" },
        { content: "Add one", trigger: ".o_field_widget[name=step_ids] .o_field_x2many_list_row_add a, .o_field_widget[name=step_ids] .o-kanban-button-new", run: "click" },
        { content: "Say what was done", trigger: ".o_selected_row .o_field_widget[name=description] textarea, .modal .o_field_widget[name=description] textarea, .modal .o_field_widget[name=description] input, .o_selected_row .o_field_widget[name=description] input", run: "edit Plugged the cable in" },
        {
            content: "A phone has a window for it",
            trigger: ".modal button:contains(Save & Close), body:not(:has(.modal)) .o_form_button_save:visible",
            run: "click",
        },
        {
            content: "Save the ticket, which a phone does too late otherwise",
            trigger: "body:not(:has(.modal)) .o_form_view",
            run: ({ click }) => document.querySelector(".o_form_button_save") && click(".o_form_button_save"),
        },
        { content: "Now it is offered as solved", trigger: ".o_form_view:not(:has(.o_form_button_save:visible)) button[name=action_resolve]:visible" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_own_work_tour", {
    steps: () => [
        { content: "It says whose word is waited for", trigger: ".o_form_view .alert-info:contains(You asked for this and worked on it too)" },
        {
            content: "No way of closing it is offered",
            trigger: ".o_form_view:not(:has(button[name=action_confirm]:visible)):not(:has(button:contains(Close in words):visible, button:contains(Close without):visible))",
        },
    ],
});

registry.category("web_tour.tours").add("it_ticket_confirm_tour", {
    steps: () => [
        { content: "Is it solved?", trigger: ".o_form_view .alert-info:contains(Is it solved for you)" },
        { content: "Yes, by one press", trigger: "button[name=action_confirm]:visible", run: "click" },
        { content: "It says who closed it", trigger: ".o_form_view:contains(By the requester):not(:has(button[name=action_confirm]:visible))" },
        { content: "How was it?", trigger: "button[name=action_rate]:contains(Good):not(:contains(Not)):visible", run: "click" },
        { content: "It is asked once", trigger: ".o_form_view:not(:has(button[name=action_rate]:visible)):contains(By the requester)" },
    ],
});

registry.category("web_tour.tours").add("it_ticket_make_task_tour", {
    steps: () => [
        ...press("Make a task of what comes again and again, by one press", "action_make_task"),
        { content: "It says what it made", trigger: ".o_notification:contains(It is a task now)" },
        { content: "The task stands in a checklist", trigger: ".o_field_widget[name=checklist_id]:has(input:value(Regular requests))" },
        { content: "It was made of the ticket", trigger: ".o_field_widget[name=ticket_id]:contains(Tour ink)" },
        { content: "Another checklist can be chosen", trigger: ".o_field_widget[name=checklist_id] input", run: find("Tour Rounds") },
        { content: "Choose it", trigger: suggestion("Tour Rounds"), run: "click" },
        { content: "It is chosen", trigger: CHOSEN },
        { content: "Keep it", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "It is kept", trigger: ".o_form_view:not(:has(.o_form_button_save:visible))" },
        { content: "Go back to the ticket", trigger: ".o_field_widget[name=ticket_id] a:contains(Tour ink)", run: "click" },
        { content: "It offers no second one", trigger: ".o_form_view:has(.o_field_widget[name=subject]):not(:has(button[name=action_make_task]:visible))" },
    ],
});
