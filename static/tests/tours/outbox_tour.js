import { registry } from "@web/core/registry";

const field = (name) => `.o_form_view .o_field_widget[name=${name}]`;
const has = (...names) => names.map((name) => `:has(.o_field_widget[name=${name}])`).join("");
const hasNot = (...names) => names.map((name) => `:not(:has(.o_field_widget[name=${name}]))`).join("");
const input = (name) => `${field(name)} input, ${field(name)} textarea`;
const row = (words, more = words) => `.o_data_row:contains(${more}) .o_data_cell:contains(${words}), .o_kanban_record:contains(${words}):contains(${more})`;
const saved = { content: "It is saved", trigger: ".o_form_view:not(:has(.o_form_button_save:visible))" };
/** A phone keeps its menus in drawers of two floors; what they lead to is the same. */
const go = (content, xmlid) => ({
    content,
    trigger: ".o_main_navbar",
    run: () => {
        const menu = odoo.__WOWL_DEBUG__.root.env.services.menu;
        menu.selectMenu(menu.getAll().find((one) => one.xmlid === `it_continuity.${xmlid}`));
    },
});
/** Press a button of the form's header; on a phone it may be in the menu of all buttons. */
const press = (content, name) => [
    {
        content: `${content}: find it`,
        trigger: ".o_form_view .o_form_statusbar",
        run: async ({ click }) => {
            if (![...document.querySelectorAll(`button[name=${name}]`)].some((one) => one.checkVisibility())) {
                await click(".o_form_view .o_statusbar_buttons .dropdown-toggle");
            }
        },
    },
    { content, trigger: `button[name=${name}]:visible`, run: "click" },
];

registry.category("web_tour.tours").add("it_channel_new_tour", {
    steps: () => [
        go("Go to the ways out", "it_notification_channel_menu"),
        { content: "None is there", trigger: ".o_view_nocontent:contains(Add a way out)" },
        { content: "Add one", trigger: ".o_list_button_add:visible, .o-kanban-button-new:visible", run: "click" },
        { content: "Nothing is asked for before the service is chosen but the address", trigger: `.o_form_view${has("url")}${hasNot("topic", "chat", "user_ids")}` },
        { content: "Mail asks for people instead", trigger: `${field("kind")} label:contains(Mail)`, run: "click" },
        { content: "It does", trigger: `.o_form_view${has("user_ids")}${hasNot("url", "shape")}` },
        { content: "A webhook", trigger: `${field("kind")} label:contains(Webhook)`, run: "click" },
        { content: "To ntfy", trigger: `${field("shape")} label:contains(ntfy)`, run: "click" },
        { content: "Name it", trigger: input("name"), run: "edit Phones on duty" },
        { content: "An address that is none", trigger: input("url"), run: "edit ntfy.example.com" },
        { content: "Its topic", trigger: input("topic"), run: "edit it-duty-8f3k2m9x" },
        { content: "Save", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "It is refused in words", trigger: ".modal:contains(http://)" },
        { content: "Read", trigger: ".modal .modal-footer button.btn-primary", run: "click" },
        { content: "The address", trigger: `body:not(:has(.modal)) ${field("url")} input`, run: `edit ${document.cookie.match(/itc_listener=([^;]*)/)?.[1] || "http://127.0.0.1:9"}` },
        { content: "Save", trigger: ".o_form_button_save:visible", run: "click" },
        saved,
        { content: "Back to the list", trigger: ".o_breadcrumb a:contains(Ways Out), .o_back_button", run: "click" },
        { content: "It is among them, nobody has seen it work", trigger: row("Phones on duty"), run: "click" },
        { content: "It shows what was typed", trigger: `${field("topic")} input:value(it-duty-8f3k2m9x)` },
        ...press("Send a test", "action_send_test"),
        { content: "It is on its way", trigger: ".o_notification:contains(on its way)" },
        { content: "The form shows the test", trigger: `${field("test_state")}:contains(Waiting)` },
    ],
});

registry.category("web_tour.tours").add("it_channel_confirm_tour", {
    steps: () => [
        { content: "The link leads to the test", trigger: ".o_form_view:contains(Test of the way out)" },
        ...press("It arrived", "action_confirm"),
        { content: "It is said", trigger: ".alert-success:contains(confirmed that this test arrived)" },
        go("Go to the ways out", "it_notification_channel_menu"),
        { content: "The channel works", trigger: row("Phones on duty", "Works") },
    ],
});

registry.category("web_tour.tours").add("it_dead_letter_tour", {
    steps: () => [
        go("Go to what was not delivered", "it_notification_dead_menu"),
        { content: "It says why", trigger: row("Disk full", "no such topic"), run: "click" },
        { content: "The form says so too", trigger: ".alert-danger:contains(Nobody got this message):contains(no such topic)" },
        ...press("Try again", "action_retry"),
        { content: "It waits", trigger: ".o_form_view:not(:has(.alert-danger:visible))" },
        go("Go back", "it_notification_dead_menu"),
        { content: "One is left", trigger: row("Power gone"), run: "click" },
        ...press("Give it up", "action_ask_give_up"),
        { content: "Say why", trigger: ".modal .o_field_widget[name=reason] textarea", run: "edit Told by phone" },
        { content: "Do it", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "It is given up, with the reason", trigger: `body:not(:has(.modal)) ${field("reason")}:contains(Told by phone)` },
        go("Go back once more", "it_notification_dead_menu"),
        { content: "Nothing is left", trigger: ".o_view_nocontent:contains(Every message went out)" },
    ],
});
