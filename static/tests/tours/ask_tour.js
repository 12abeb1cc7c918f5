import { registry } from "@web/core/registry";
import { endEffort, startEffort } from "./effort";
import { find, isPhone, suggestion } from "./select";

const BANNER = ".o_form_view .alert-success:contains(Your request is TKT/)";
const BACK = ".o_breadcrumb a:contains(Ask IT), .o_back_button";
const WORDS = "#o_itc_ask_words";

registry.category("web_tour.tours").add("it_ask_answer_tour", {
    steps: () => [
        { content: "The day starts on Ask IT", trigger: ".o_itc_ask h1:contains(What do you need?)" },
        { content: "Say it in one's own words, misspelt", trigger: WORDS, run: "edit crumpeld paper" },
        { content: "What is known comes as one types", trigger: ".o_itc_ask_found .o_itc_answer_open:contains(Paper jam in a printer)", run: "click" },
        { content: "It says what to do", trigger: ".o_itc_ask_found .o_itc_answer_text:visible:contains(Open the back door)" },
        { content: "That was all", trigger: ".o_itc_ask_found .o_itc_answer_helped:visible", run: "click" },
        { content: "Thanks", trigger: ".o_itc_ask_found .o_itc_answer_thanks:contains(Good to know)" },
        { content: "Something else is not known", trigger: WORDS, run: "edit my badge was stolen" },
        { content: "It is asked of IT, of the kind that these words mean", trigger: ".o_itc_ask_found .o_itc_ask_kind:contains(ID card)", run: "click" },
        { content: "Nothing has to be typed twice", trigger: "button[name=action_send]:visible", run: "click" },
        { content: "It has a number", trigger: BANNER },
        { content: "Back on Ask IT", trigger: BACK, run: "click" },
        { content: "It stands among the own requests", trigger: ".o_itc_ask_request:contains(my badge was stolen):contains(New) .o_itc_ask_open", run: "click" },
        { content: "And opens", trigger: BANNER },
    ],
});

registry.category("web_tour.tours").add("it_ask_code_tour", {
    steps: () => [
        { content: "The code leads to the printer", trigger: ".o_itc_ask_place h1:contains(What is wrong with HP at the counter?)", run: startEffort },
        { content: "Say which", trigger: ".o_itc_ask_choice:contains(Paper is jammed)", run: "click" },
        {
            content: "The cursor stands where the sentence goes",
            trigger: "#o_itc_ask_say",
            run: ({ anchor, edit }) => (anchor === document.activeElement ? edit("It crackles and stops") : Promise.reject(new Error("it does not"))),
        },
        { content: "Send it", trigger: ".o_itc_ask_send", run: "click" },
        { content: "It is logged", trigger: BANNER },
        { content: "In three taps and a sentence", trigger: BANNER, run: endEffort("a colleague scans a printer and says that it is jammed", { clicks: 3, seconds: 30 }) },
        { content: "With what it is about", trigger: ".o_field_widget[name=asset_id]:contains(HP at the counter), .o_field_widget[name=asset_id]:has(input:value(HP at the counter))" },
        { content: "Back on the page", trigger: BACK, run: "click" },
        { content: "The next one who scans it reads that IT knows", trigger: ".o_itc_ask_place:contains(one open request)" },
        { content: "It stands among the own requests", trigger: ".o_itc_ask_request:contains(It crackles and stops) .o_itc_ask_open", run: "click" },
        { content: "And opens", trigger: BANNER },
    ],
});

registry.category("web_tour.tours").add("it_known_answer_tour", {
    steps: () => [
        {
            content: "A phone keeps its buttons in a menu",
            trigger: ".o_form_view .o_statusbar_buttons",
            run: ({ anchor, click }) => anchor.querySelector("button[name=action_keep_answer]") || click(".o_statusbar_buttons button[title=More]"),
        },
        { content: "Keep what helped", trigger: "button[name=action_keep_answer]:visible", run: "click" },
        { content: "What was done is filled in", trigger: ".o_field_widget[name=text]:contains(Plugged the cable in)" },
        { content: "It says who reads it", trigger: ".alert-info:contains(Every colleague reads this)" },
        { content: "Say it as a colleague would", trigger: ".o_field_widget[name=title] input", run: "edit My screen stays black" },
        { content: "Save", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "It is kept", trigger: ".o_form_view .o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))" },
        { content: "And helped nobody yet", trigger: ".o_field_widget[name=helped_count]:contains(0)" },
    ],
});

registry.category("web_tour.tours").add("it_known_answer_list_tour", {
    steps: () => [
        { content: "It is in the list", trigger: ".o_data_row:contains(My screen stays black) td[name=title], .o_kanban_record:contains(My screen stays black)", run: "click" },
        { content: "And opens again", trigger: ".o_form_view .o_field_widget[name=text]:contains(Plugged the cable in)" },
    ],
});

registry.category("web_tour.tours").add("it_chat_command_tour", {
    steps: () => [
        { content: "The conversation is open", trigger: ".o-mail-Composer-input", run: "edit /ticket my screen stays black" },
        { content: "Send it", trigger: ".o-mail-Composer-input", run: "press Enter" },
        { content: "The number comes, for one's own eyes", trigger: ".o-mail-Message:contains(Your request is TKT/), .o-mail-NotificationMessage:contains(Your request is TKT/)" },
    ],
});

const CHOSEN = ".modal-dialog:not(:has(.o-autocomplete--dropdown-menu))";

/** Look in a field of the window. */
const look = (name, words) => ({
    content: `Look for ${words}`,
    trigger: `.modal .o_field_widget[name=${name}] input`,
    run: find(words),
});

registry.category("web_tour.tours").add("it_ticket_call_tour", {
    steps: () => [
        {
            content: "Somebody rings; a phone keeps the button in a menu",
            trigger: ".o_kanban_view .o_control_panel",
            run: ({ anchor, click }) => isPhone() && click("button.o-control-panel-adaptive-dropdown"),
        },
        { content: "Log it", trigger: "button:contains(Log a call):visible", run: "click" },
        { content: "It came by phone", trigger: ".modal .o_field_widget[name=channel] input:value(Phone), .modal .o_field_widget[name=channel]:contains(Phone)" },
        { content: "Say what", trigger: ".modal .o_field_widget[name=subject] input", run: "edit No paper left" },
        look("requester_id", "Tour User"),
        { content: "Choose who rings", trigger: suggestion("Tour User"), run: "click" },
        { content: "Chosen", trigger: `${CHOSEN} .o_field_widget[name=requester_id]` },
        look("category_id", "jam"),
        { content: "Choose the kind", trigger: suggestion("does not print"), run: "click" },
        { content: "Chosen", trigger: `${CHOSEN} .o_field_widget[name=category_id]` },
        {
            content: "It asks what the kind asks",
            trigger: ".modal .o_field_widget[name=request_values] .o_property_field[property-name=what] select",
            run: "select jam",
        },
        { content: "Log it", trigger: ".modal button[name=action_send]:visible", run: "click" },
        { content: "The number is said", trigger: ".o_notification:contains(TKT/)" },
        { content: "The board shows it", trigger: "body:not(:has(.modal)) .o_kanban_record:contains(No paper left):contains(Tour User)" },
    ],
});
