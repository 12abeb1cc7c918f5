import { registry } from "@web/core/registry";

const FIELD = (name) => `.app_settings_block[data-key=it_continuity] .o_field_widget[name=${name}] input`;
const SAVE = ".o_form_button_save";

registry.category("web_tour.tours").add("it_settings_tour", {
    steps: () => [
        { content: "Our page is the one that opens", trigger: FIELD("itc_silent_closure_days") },
        { content: "It says in what it counts", trigger: "#itc_silent_closure_days span:contains(days)" },
        { content: "No days at all", trigger: FIELD("itc_silent_closure_days"), run: "edit 0" },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It is refused in words", trigger: ".modal:contains(between 1 and 365 days)" },
        { content: "Read", trigger: ".modal .modal-footer button.btn-primary", run: "click" },
        { content: "Four days", trigger: `body:not(:has(.modal)) ${FIELD("itc_silent_closure_days")}`, run: "edit 4" },
        { content: "Longer to take back", trigger: FIELD("itc_undo_min"), run: "edit 20" },
        { content: "Save", trigger: SAVE, run: "click", expectUnloadPage: true },
        { content: "It is what the page shows", trigger: `${FIELD("itc_silent_closure_days")}:value(4)` },
    ],
});

registry.category("web_tour.tours").add("it_database_own_tour", {
    steps: () => [
        { content: "The page shows the identity", trigger: "#itc_db_id .o_field_widget[name=itc_db_id]:not(:empty)" },
        { content: "Ask for another one", trigger: "#itc_db_id button:contains(Make this database its own)", run: "click" },
        { content: "It is said for what that is", trigger: ".modal .alert-warning:contains(Only in a copy)" },
        { content: "It is said what happens to the hosts", trigger: ".modal li:contains(Revoked)" },
        { content: "How many they are", trigger: ".modal .o_field_widget[name=host_count]:contains(1)" },
        { content: "Do it", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "It is done", trigger: "body:not(:has(.modal)) .o_notification:contains(new identity)" },
    ],
});
