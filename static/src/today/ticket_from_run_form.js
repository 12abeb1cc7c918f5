import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** A ticket is made by its button alone. A form saves itself when its page is left; filled in from the start, this one would make tickets. */
export class TicketFromRunController extends FormController {
    beforeVisibilityChange() {}

    beforeUnload() {}
}

registry.category("views").add("it_ticket_from_run_form", { ...formView, Controller: TicketFromRunController });
