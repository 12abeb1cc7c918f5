import { registry } from "@web/core/registry";
import { find, pick, press, suggestion } from "./select";

const field = (name) => `.o_field_widget[name=${name}]`;
const inDialog = (name) => `.modal ${field(name)}`;

registry.category("web_tour.tours").add("it_backup_place_tour", {
    steps: () => [
        { content: "The board says how the set stands", trigger: ".o_kanban_record:contains(Tested) .badge[data-state]" },
        { content: "Open it", trigger: ".o_kanban_record:contains(Tested)", run: "click" },
        { content: "It says what to do next", trigger: `.o_form_view ${field("next_step")}:not(:empty)` },
        { content: "Add a place", trigger: `${field("place_ids")} :is(.o_field_x2many_list_row_add a, .o-kanban-button-new)`, run: "click" },
        pick(inDialog("kind"), "Copy"),
        { content: "Look for the host", trigger: `${inDialog("agent_id")} input`, run: find("srv-other") },
        { content: "Choose it", trigger: suggestion("srv-other"), run: "click" },
        { content: "Say where", trigger: `${inDialog("folder")} input`, run: "edit /srv/copies" },
        { content: "Keep it", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "Save the set", trigger: "body:not(:has(.modal)) .o_form_button_save", run: "click" },
        { content: "It waits for a manager", trigger: `.o_form_view:not(:has(.o_form_button_save:visible)) ${field("place_ids")}:contains(Not accepted)` },
    ],
});

registry.category("web_tour.tours").add("it_backup_restore_tour", {
    steps: () => [
        ...press("Say that the run is done", "action_do"),
        { content: "It says that none was drawn", trigger: `.modal:contains(No backup was drawn) ${field("reason")}:visible` },
        { content: "Draw one", trigger: ".modal .o_itc_restore button:contains(Draw a backup)", run: "click" },
        { content: "It is picked", trigger: `body:not(:has(.modal)) ${field("file_id")}:contains(prod.zip)` },
        { content: "Say where", trigger: `${field("where_to")} input`, run: "edit srv-test" },
        { content: "Say how long", trigger: `${field("minutes")} input`, run: "edit 30" },
        { content: "Say what was compared", trigger: `${field("found")} textarea`, run: "edit Ten invoices agree && press Tab" },
        ...press("It was restored", "action_done"),
        { content: "It is told", trigger: field("done_at") },
        { content: "Back to the run", trigger: ".o_breadcrumb a:contains(Tour restore), .o_back_button", run: "click" },
        { content: "It is the run again", trigger: `.o_form_view:has(button[name=action_do], button[title=More]):not(:has(${field("where_to")}))` },
        ...press("Now it is done", "action_do"),
        { content: "It is done", trigger: ".o_form_view:not(:has(button[name=action_do])):contains(Undo)" },
    ],
});
