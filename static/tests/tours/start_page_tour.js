import { registry } from "@web/core/registry";

/** Log in through the door that everybody uses, and stand where the day starts. */
const arrive = (content, trigger, path) => ({
    steps: () => [
        {
            content: "Give the password, which in a test is the name",
            trigger: ".oe_login_form input[name=password]",
            run: ({ edit }) => edit(document.querySelector(".oe_login_form input[name=login]").value),
        },
        { content: "Log in", trigger: ".oe_login_form button[type=submit]", run: "click", expectUnloadPage: true },
        {
            content,
            trigger,
            async run() {
                // The web client writes the address a moment after it has drawn.
                for (let wait = 0; wait < 100 && !location.pathname.endsWith(path); wait++) {
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
                if (!location.pathname.endsWith(path)) {
                    throw new Error(`The day starts at ${location.pathname}`);
                }
            },
        },
    ],
});

registry
    .category("web_tour.tours")
    .add("it_start_today_tour", arrive("Today is there", ".o_itc_today .o_itc_filter[data-filter=is_due]", "/odoo/it-today"))
    .add("it_start_tickets_tour", arrive("Ask IT is there, with my requests", ".o_itc_ask:contains(Tour own request)", "/odoo/ask-it"))
    .add("it_start_chosen_tour", arrive("The chosen page is there", ".o_action_manager .o-mail-Discuss", "/odoo/discuss"));
