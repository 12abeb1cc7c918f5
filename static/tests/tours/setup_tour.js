import { registry } from "@web/core/registry";
import { find, isPhone, pick, restOn, suggestion } from "./select";

const line = (key, state) => `.o_itc_setup_line[data-key=${key}]${state ? `[data-state=${state}]` : ""}`;
const choose = (field, label) => pick(`.modal .o_field_widget[name=${field}]`, label);

// From Today to what is missing, and back until it is green.
registry.category("web_tour.tours").add("it_setup_tour", {
    steps: () => [
        { content: "Today says that something of the set-up is open", trigger: ".o_itc_today .o_itc_setup_banner:contains(open)" },
        { content: "Go there", trigger: ".o_itc_setup_link", run: "click" },
        { content: "What is missing is red and says why", trigger: `${line("watcher", "open")}:contains(/it_continuity/health)` },
        { content: "Say what watches", trigger: `${line("watcher")} button`, run: "click" },
        { content: "Name it", trigger: ".modal .o_field_widget[name=name] input", run: "edit Uptime service, mails two people" },
        { content: "Save", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "The line is green at once", trigger: `${line("watcher", "done")}:contains(Uptime service)` },
        { content: "Choose the clock", trigger: `${line("clock", "open")} button`, run: "click" },
        { content: "The dialog asks for the zone", trigger: ".modal .o_field_widget[name=tz]" },
        choose("tz", "Africa/Addis_Ababa"),
        { content: "Set it", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "The line tells the new one", trigger: `${line("clock")}:contains(Africa/Addis_Ababa)` },
        { content: "Go to who belongs to nobody", trigger: `${line("roles", "open")}:contains(Tour role) button`, run: "click" },
        { content: "The role stands there in red, with what waits", trigger: "tr.text-danger:has(td[name=uses_text]:contains(one task)), .o_data_row.text-danger:contains(Tour role)" },
    ],
});

registry.category("web_tour.tours").add("it_hours_accept_tour", {
    steps: () => [
        { content: "Somebody changed the working hours", trigger: `${line("hours", "open")}:contains(Technician)` },
        { content: "Look at them", trigger: `${line("hours")} button`, run: "click" },
        { content: "Those that count", trigger: ".modal .o_field_widget[name=counting]:contains(Monday)" },
        { content: "Those that were entered", trigger: ".modal .o_field_widget[name=entered]:contains(Tuesday):not(:contains(Monday))" },
        { content: "Accept them", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "They count", trigger: line("hours", "done") },
        { content: "Look once more", trigger: `${line("hours")} button`, run: "click" },
        { content: "Nothing waits", trigger: ".modal:contains(Nothing waits):not(:has(button[name=action_apply]:visible)) .o_field_widget[name=counting]:contains(Tuesday)" },
    ],
});

registry.category("web_tour.tours").add("it_setup_aside_tour", {
    steps: () => [
        { content: "Put the note aside", trigger: ".o_itc_setup_aside", run: "click" },
        { content: "It is gone", trigger: ".o_itc_today:not(:has(.o_itc_setup_banner))" },
    ],
});

registry.category("web_tour.tours").add("it_setup_none_tour", {
    steps: () => [
        { content: "The board is there, with the role that has nobody", trigger: ".o_itc_run:contains(Tour nobody):contains(nobody in it)" },
        { content: "And no note", trigger: ".o_itc_today:not(:has(.o_itc_setup_banner))" },
    ],
});

registry.category("web_tour.tours").add("it_setup_read_tour", {
    steps: () => [
        { content: "The auditor sees the lines", trigger: line("watcher", "open") },
        { content: "And no button", trigger: ".o_itc_setup:not(:has(.o_itc_setup_line button))" },
    ],
});

// Several tasks at once: the list at a desk, held cards on a phone.
registry.category("web_tour.tours").add("it_assign_tour", {
    steps: () => {
        const select = isPhone()
            ? [
                  { content: "Hold the first card", trigger: ".o_kanban_record:contains(Tour first)", run: restOn },
                  { content: "It is selected", trigger: ".o_record_selected:contains(Tour first)" },
                  { content: "Tap the second", trigger: ".o_kanban_record:contains(Tour second)", run: "click" },
                  { content: "Both are", trigger: ".o_record_selected:contains(Tour second)" },
                  { content: "Open what can be done with them", trigger: ".o_cp_action_menus .dropdown-toggle", run: "click" },
                  { content: "Assign them", trigger: ".o-dropdown--menu button:contains(Assign)", run: "click" },
              ]
            : [
                  { content: "Select all that nobody does", trigger: ".o_list_table thead .o_list_record_selector input", run: "click" },
                  { content: "Assign them", trigger: ".o_selection_container button:contains(Assign), .o_list_buttons button:contains(Assign)", run: "click" },
              ];
        return [
            { content: "The set-up names them", trigger: `${line("tasks", "open")}:contains(Tour first)` },
            { content: "Go there", trigger: `${line("tasks")} button`, run: "click" },
            { content: "They are listed", trigger: ".o_data_row:contains(Tour second), .o_kanban_record:contains(Tour second)" },
            ...select,
            { content: "Both are in the dialog", trigger: ".modal .o_field_widget[name=task_ids]:contains(Tour first):contains(Tour second)" },
            choose("who", "Whose turn it is in a rota"),
            { content: "Search it", trigger: ".modal .o_field_widget[name=rota_id] input", run: find("Tour week") },
            { content: "Take it", trigger: suggestion("Tour week"), run: "click" },
            choose("four_eyes", "Yes"),
            { content: "Assign", trigger: ".modal button[name=action_apply]", run: "click" },
            { content: "It says so", trigger: ".o_notification:contains(2 tasks are changed)" },
        ];
    },
});
