import { registry } from "@web/core/registry";
import { find, pick, suggestion } from "./select";

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
