import { registry } from "@web/core/registry";

const CHECKS = ".o_field_widget[name=effective_check_ids]";
const FORM = ".o_action_manager > .o_form_view .o_field_widget[name=name]";
const NAME = `${FORM} input, ${FORM} textarea`;

registry.category("web_tour.tours").add("it_open_form_tour", {
    steps: () => [
        { content: "The task is read-only for a technician", trigger: ".o_form_view .o_form_readonly, .o_form_view .o_field_widget[name=name] span" },
        { content: "Look at its checks", trigger: ".o_notebook .nav-link:contains(Checks)", run: "click" },
        { content: "Open one", trigger: `${CHECKS} .o_data_cell:contains(Tour disk), ${CHECKS} .o_kanban_record:contains(Tour disk)`, run: "click" },
        { content: "It is a form to write in", trigger: NAME, run: "edit Tour disk, renamed" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: ".o_form_saved" },
    ],
});
