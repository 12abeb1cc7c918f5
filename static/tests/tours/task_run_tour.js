import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { endEffort, startEffort } from "./effort";
import { isPhone, press, restOn } from "./select";

const { DateTime } = luxon;

const row = (name) => `.o_itc_run:contains(Tour ${name})`;
const REASON = ".modal .o_field_widget[name=reason] textarea";
const APPLY = ".modal button[name=action_apply]";

const realRequest = browser.XMLHttpRequest;
const realError = console.error;

/** Let no request reach the server, as in a cellar. */
function loseConnection() {
    // The web client tells its console of a lost connection, which fails a tour; any other word still does.
    console.error = (...words) => words.some((word) => String(word).includes("ConnectionLostError")) || realError(...words);
    browser.XMLHttpRequest = class extends realRequest {
        send() {
            setTimeout(() => this.dispatchEvent(new Event("error")));
        }
    };
}

function findConnection() {
    browser.XMLHttpRequest = realRequest;
    console.error = realError;
}

async function tapWithoutChooser({ anchor, click }) {
    anchor.addEventListener("click", (ev) => ev.preventDefault(), { once: true });
    await click();
}

async function givePicture({ anchor }) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    canvas.getContext("2d").fillRect(0, 0, 8, 8);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "rack.png", { type: "image/png" }));
    anchor.files = transfer.files;
    anchor.dispatchEvent(new Event("change", { bubbles: true }));
}

function openIfHidden({ anchor }) {
    if (anchor.matches(".dropdown-toggle")) {
        anchor.click();
    }
}

/** A step's `run`: have all buttons of the header shown, also those that a phone keeps behind a menu. */
const openMore = ({ anchor, click }) => {
    const more = anchor.querySelector(".o_statusbar_buttons .dropdown-toggle");
    return more && click(more);
};

registry.category("web_tour.tours").add("it_run_do_tour", {
    steps: () => [
        { content: "The run waits", trigger: ".o_form_view:contains(Tour do)" },
        ...press("Ask to mark it as done", "action_do"),
        { content: "It asks for the reading first", trigger: ".modal .o_itc_item[data-item=Battery][data-state=empty]" },
        { content: "Type what the app shows", trigger: ".modal .o_itc_item[data-item=Battery] input", run: "edit 80 && click .modal-body" },
        { content: "It is as it should be", trigger: ".modal .o_itc_item[data-item=Battery][data-state=ok]" },
        { content: "No reason is asked for", trigger: `.modal:not(:has(${REASON}:visible))` },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "It is done, and says when and by whom", trigger: ".o_form_view .o_field_widget[name=done_by_id]:contains(Tour Technician)" },
    ],
});

registry.category("web_tour.tours").add("it_run_fail_tour", {
    steps: () => [
        ...press("Say that it failed", "action_ask_fail"),
        { content: "Without a word it is refused", trigger: APPLY, run: "click" },
        { content: "The reason is missing", trigger: ".modal .o_field_invalid[name=reason]" },
        { content: "Give it", trigger: REASON, run: "edit The dump has no bytes" },
        { content: "Confirm", trigger: APPLY, run: "click" },
        { content: "The form says why", trigger: ".o_form_view .o_field_widget[name=fail_reason]:contains(no bytes)" },
    ],
});

registry.category("web_tour.tours").add("it_run_override_tour", {
    steps: () => [
        { content: "The form says that its checks prove nothing", trigger: ".alert-danger:contains(Tour disk)" },
        ...press("Ask to mark it as done", "action_do"),
        { content: "It tells why not", trigger: ".modal .alert-warning:contains(Tour disk)" },
        { content: "Without a word it is refused", trigger: APPLY, run: "click" },
        { content: "The reason is missing", trigger: ".modal .o_field_invalid[name=reason]" },
        { content: "Give it", trigger: REASON, run: "edit Looked at the disk myself" },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "The override stays with the run", trigger: ".o_form_view .o_field_widget[name=override_reason]:contains(Looked at the disk)" },
    ],
});

registry.category("web_tour.tours").add("it_run_late_tour", {
    steps: () => [
        { content: "The scanned code opened the run", trigger: ".o_form_view:contains(Tour late)" },
        { content: "Enter what the paper says", trigger: "button[name=action_ask_done]:contains(Enter late)", run: "click" },
        { content: "Why so late", trigger: REASON, run: "edit No power, from the day sheet" },
        { content: "The time is empty, and it says why", trigger: ".modal:contains(Empty on purpose)" },
        { content: "It says what each choice would count as", trigger: ".modal .o_field_widget[name=counts_as]:contains(stays missed)" },
        {
            content: "Give the time on the paper",
            trigger: ".modal .o_field_widget[name=done_at] input, .modal .o_field_widget[name=done_at] button",
            run: "click",
        },
        {
            content: "Type it",
            trigger: ".modal .o_field_widget[name=done_at] input",
            run: ({ edit }) => edit(DateTime.now().minus({ days: 2 }).toFormat("MM/dd/yyyy hh:mm:ss a")),
        },
        { content: "Look at what it counts as", trigger: ".modal .o_field_widget[name=note] textarea", run: "click" },
        { content: "On time, by the paper", trigger: ".modal .o_field_widget[name=counts_as] li[data-chosen='1']:contains(as done on time once another person confirms it; beside the plan, it is in no percentage)" },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "Both times are there", trigger: ".o_form_view:has(.o_field_widget[name=done_at]) .o_field_widget[name=entered_at]" },
        { content: "And that it was entered late", trigger: ".o_field_widget[name=is_late_entry] input:checked" },
        { content: "In the same words everywhere", trigger: ".o_field_widget[name=status_text]:contains(Done, entered late, waits for a second person)" },
    ],
});

registry.category("web_tour.tours").add("it_run_doer_tour", {
    steps: () => [
        { content: "It is done, and waits", trigger: `${row("verify")}[data-state=done]:contains(Done, waits for a second person)` },
        { content: "It looks like waiting", trigger: `${row("verify")} .o_itc_icon.fa-hourglass-half` },
        { content: "Its doer has no button for it", trigger: `${row("verify")}:not(:has(.o_itc_act))` },
        { content: "Open it", trigger: `${row("verify")} .o_itc_name`, run: "click" },
        { content: "Look behind the menu on a phone", trigger: ".o_form_view:contains(Tour verify) .o_form_statusbar", run: openMore },
        { content: "Nor has the form", trigger: "body:not(:has(button[name=action_ask_verify])) .o_form_view:contains(Tour verify)" },
    ],
});

registry.category("web_tour.tours").add("it_run_verify_tour", {
    steps: () => [
        { content: "It waits for a second person", trigger: `${row("verify")}[data-state=done]:contains(waits for a second person)`, run: startEffort },
        { content: "Look at what a colleague did", trigger: `${row("verify")} .o_itc_act:has(.fa-eye)`, run: "click" },
        { content: "The dialog is titled with the task", trigger: ".modal .modal-title:contains(Tour verify)" },
        { content: "What was read, and that it is good", trigger: ".modal .o_itc_item[data-item=Battery][data-state=ok] .o_itc_value:contains(80 %)" },
        { content: "The picture", trigger: ".modal .o_itc_item[data-item=Rack] .o_itc_thumb img" },
        { content: "Who and what was said", trigger: ".modal .o_itc_said:contains(Tour Doer):contains(both fans turn)" },
        { content: "Verify", trigger: `${APPLY}:contains(Verify)`, run: "click" },
        { content: "It says who looked again", trigger: `${row("verify")}[data-state=verified]:contains(verified by Tour Manager)` },
        { content: "It took two clicks", trigger: row("verify"), run: endEffort("verify with sight of the evidence", { clicks: 2 }) },
    ],
});

registry.category("web_tour.tours").add("it_run_send_back_tour", {
    steps: () => [
        { content: "Look at what a colleague did", trigger: `${row("verify")} .o_itc_act:has(.fa-eye)`, run: "click" },
        { content: "Open the picture large", trigger: ".modal .o_itc_item[data-item=Rack] .o_itc_thumb", run: "click" },
        { content: "It is large", trigger: ".o-FileViewer img" },
        { content: "Close it", trigger: ".o-FileViewer-headerButton[aria-label=Close]", run: "click" },
        { content: "Send it back without a word", trigger: ".modal button[name=action_send_back]", run: "click" },
        { content: "It asks what is missing", trigger: ".modal:contains(Say first what is missing) .btn-primary", run: "click" },
        { content: "The dialog is still there", trigger: ".modal:has(.o_itc_said):not(:contains(Say first)) .o_field_widget[name=back_reason] textarea", run: "edit The picture is of another rack" },
        { content: "Send it back", trigger: ".modal button[name=action_send_back]", run: "click" },
        { content: "It waits to be done again", trigger: `${row("verify")}[data-state=pending]` },
    ],
});

registry.category("web_tour.tours").add("it_run_verify_list_tour", {
    steps: () => [
        { content: "The badge says that it waits", trigger: ".o_data_row:contains(Tour verify) [name=status_text]:contains(waits for a second person)" },
        ...(isPhone()
            ? [
                  { content: "Rest a finger on one", trigger: ".o_data_row:contains(Tour verify)", run: restOn },
                  { content: "Choose the other too", trigger: "body:has(.o_selection_box:contains(1 selected)) .o_data_row:contains(Tour second) td", run: "click" },
                  { content: "Both are chosen", trigger: ".o_selection_box:contains(2 selected)" },
              ]
            : [{ content: "Choose all", trigger: "thead .o_list_record_selector input", run: "click" }]),
        { content: "Open the actions", trigger: ".o_cp_action_menus .dropdown-toggle, .o_control_panel .o_cp_action_menus button", run: "click" },
        { content: "Verify them", trigger: ".o-dropdown--menu .o_menu_item:contains(/^Verify$/), .o-dropdown-item:contains(/^Verify$/)", run: "click" },
        { content: "One below the other", trigger: ".modal section[data-run='Tour verify'] ~ section[data-run='Tour second'], .modal section[data-run='Tour second'] ~ section[data-run='Tour verify']" },
        { content: "Verify both", trigger: `${APPLY}:contains(Verify)`, run: "click" },
        { content: "Both are verified", trigger: ".o_list_view:not(:has([name=status_text]:contains(waits)))" },
    ],
});

const battery = (state) => `.modal .o_itc_item[data-item=Battery][data-state=${state}]`;
const ink = ".modal .o_itc_item[data-item=Ink]";

registry.category("web_tour.tours").add("it_run_answers_tour", {
    steps: () => [
        { content: "Fill in", trigger: `${row("answers")} .o_itc_act`, run: "click" },
        { content: "Titled with the task", trigger: ".modal .modal-title:contains(Tour answers)" },
        { content: "How it is done comes first", trigger: ".modal .o_itc_how:contains(Read the app) ~ .o_itc_item" },
        { content: "What it was last time", trigger: `${battery("empty")} .o_itc_last:contains(Last time: 91 %)` },
        { content: "A number that cannot be", trigger: `${battery("empty")} input`, run: "edit 308282 && click .modal-title" },
        { content: "It is told with the range", trigger: `${battery("refused")} .o_itc_refusal:contains(Possible is 0 to 100 %)` },
        { content: "What was typed stays", trigger: `${battery("refused")} input:value(308282)` },
        { content: "A bad one", trigger: `${battery("refused")} input`, run: "edit 30 && click .modal-title" },
        { content: "It asks for a reason", trigger: `.modal:has(.o_field_widget[name=reason] textarea) .o_itc_item[data-item=Battery][data-state=bad]` },
        { content: "A good one", trigger: `${battery("bad")} input`, run: "edit 80 && click .modal-title" },
        { content: "No reason is needed any more", trigger: ".modal:not(:has(.o_field_widget[name=reason] textarea)) .o_itc_item[data-item=Battery][data-state=ok]" },
        { content: "Choose", trigger: `${ink} .o_itc_choice:contains(Half)`, run: "click" },
        { content: "It is chosen", trigger: `${ink}[data-state=ok] .o_itc_choice[aria-pressed=true]:contains(Half)` },
        { content: "Choose it again", trigger: `${ink} .o_itc_choice:contains(Half)`, run: "click" },
        { content: "It is still chosen", trigger: `${ink}[data-state=ok] .o_itc_choice[aria-pressed=true]:contains(Half)` },
        { content: "Clear it on purpose", trigger: `${ink} .o_itc_clear`, run: "click" },
        { content: "Now it is empty", trigger: `${ink}[data-state=empty]:not(:has(.o_itc_choice[aria-pressed=true]))` },
        { content: "Choose once more", trigger: `${ink} .o_itc_choice:contains(Half)`, run: "click" },
        { content: "Chosen", trigger: `${ink}[data-state=ok]` },
        { content: "Discard", trigger: ".modal button:contains(Discard)", run: "click" },
        { content: "The window is closed", trigger: "body:not(:has(.modal))" },
        { content: "Ask again", trigger: `${row("answers")}[data-state=pending] .o_itc_act`, run: "click" },
        { content: "Nothing of it was kept", trigger: battery("empty") },
        { content: "Nor the choice", trigger: `${ink}[data-state=empty]` },
        { content: "Type again", trigger: `${battery("empty")} input`, run: "edit 80 && click .modal-title" },
        { content: "Looked at", trigger: battery("ok") },
        { content: "Choose again", trigger: `${ink} .o_itc_choice:contains(Half)`, run: "click" },
        { content: "Looked at too", trigger: `${ink}[data-state=ok]` },
        { content: "The connection is lost", trigger: APPLY, run: loseConnection },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "It says so, and the window stays", trigger: ".modal .o_itc_offline:contains(No connection)" },
        { content: "With what was typed", trigger: `${battery("ok")} input:value(80)` },
        { content: "The connection is back", trigger: APPLY, run: findConnection },
        { content: "Confirm again", trigger: `${APPLY}:not([disabled])`, run: "click" },
        { content: "It is done", trigger: `${row("answers")}[data-state=done]` },
        { content: "The window is closed", trigger: "body:not(:has(.modal))" },
    ],
});

/** A step's `run`: the server told once what the form shows, however often the page drew itself while it loaded. */
function askedOnce() {
    const asked = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/it.task.run/get_items"));
    if (asked.length !== 1) {
        throw new Error(`The form asked ${asked.length} times what it shows`);
    }
}

registry.category("web_tour.tours").add("it_run_form_answers_tour", {
    steps: () => [
        { content: "What is shown was asked once", trigger: ".o_form_view .o_itc_item[data-item=Battery]", run: askedOnce },
        { content: "Type into the form", trigger: ".o_form_view .o_itc_item[data-item=Battery][data-state=empty] input", run: "edit 70 && click .o_form_sheet" },
        { content: "It is a change of the form", trigger: ".o_form_button_cancel:visible" },
        { content: "Looked at", trigger: ".o_form_view .o_itc_item[data-item=Battery][data-state=ok]" },
        { content: "Discard", trigger: ".o_form_button_cancel", run: "click" },
        { content: "It is gone", trigger: ".o_form_view .o_itc_item[data-item=Battery][data-state=empty] input:value(/^$/)" },
        { content: "Type again", trigger: ".o_form_view .o_itc_item[data-item=Battery] input", run: "edit 71 && click .o_form_sheet" },
        { content: "Looked at again", trigger: ".o_form_view .o_itc_item[data-item=Battery][data-state=ok]" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: ".o_form_view:not(:has(.o_form_button_cancel:visible)) .o_itc_item[data-item=Battery][data-state=ok] input:value(71)" },
    ],
});

registry.category("web_tour.tours").add("it_run_photo_tour", {
    steps: () => [
        { content: "Stand on Today", trigger: row("photo"), run: startEffort },
        { content: "Fill in", trigger: `${row("photo")} .o_itc_act`, run: "click" },
        // The chooser of the camera is the system's own and cannot be driven; its tap counts, and its file is handed over.
        { content: "Take a photo", trigger: ".modal .o_itc_item[data-item=Rack] label.o_itc_item_upload", run: tapWithoutChooser },
        { content: "The camera gives a picture", trigger: ".modal .o_itc_item[data-item=Rack] input[type=file]", run: givePicture },
        { content: "It is shown", trigger: ".modal .o_itc_item[data-item=Rack][data-state=ok] img" },
        { content: "Mark as done", trigger: APPLY, run: "click" },
        { content: "It is done", trigger: `${row("photo")}[data-state=done]` },
        { content: "Within four taps", trigger: row("photo"), run: endEffort("photo evidence from Today", { clicks: 4 }) },
    ],
});

registry.category("web_tour.tours").add("it_run_undo_tour", {
    steps: () => [
        { content: "Done by mistake", trigger: `${row("undo")} .o_itc_act`, run: "click" },
        { content: "It is done", trigger: `${row("undo")}[data-state=done]` },
        { content: "The toast takes it back", trigger: ".o_notification:contains(Tour undo) button:contains(Undo)", run: "click" },
        { content: "It waits again", trigger: `${row("undo")}[data-state=pending]` },
        { content: "It was said", trigger: ".o_notification:contains(Taken back)" },
        { content: "Once more", trigger: `${row("undo")} .o_itc_act`, run: "click" },
        { content: "It is done again", trigger: `${row("undo")}[data-state=done]` },
        { content: "Open the row's menu", trigger: `${row("undo")} .o_itc_more`, run: "click" },
        { content: "Undo from there", trigger: ".o-dropdown-item:contains(Undo)", run: "click" },
        { content: "It waits again", trigger: `${row("undo")}[data-state=pending]` },
        { content: "Open the row's menu", trigger: `${row("undo")} .o_itc_more`, run: "click" },
        { content: "Say that it failed", trigger: ".o-dropdown-item:contains(Failed)", run: "click" },
        { content: "Why", trigger: REASON, run: "edit Wrong row" },
        { content: "Confirm", trigger: APPLY, run: "click" },
        { content: "It failed", trigger: `${row("undo")}[data-state=failed]` },
        { content: "Open it", trigger: `${row("undo")} .o_itc_name`, run: "click" },
    ],
});

registry.category("web_tour.tours").add("it_run_undo_form_tour", {
    steps: () => [
        { content: "The form offers it", trigger: ".o_form_view:contains(Tour undo)" },
        { content: "Behind the menu on a phone", trigger: "button[name=action_undo], .o_statusbar_buttons .dropdown-toggle", run: openIfHidden },
        { content: "Undo", trigger: "button[name=action_undo]", run: "click" },
        { content: "It is to do", trigger: ".o_form_view button[name=action_do]", timeout: 30000 },
    ],
});

registry.category("web_tour.tours").add("it_run_undo_bulk_tour", {
    steps: () => [
        { content: "All fine", trigger: ".o_itc_all_fine", run: "click" },
        { content: "Confirm", trigger: ".modal .btn-primary:contains(All fine)", run: "click" },
        { content: "All are done", trigger: `.o_itc_today:has(${row("one")}[data-state=done]) ${row("two")}[data-state=done]` },
        { content: "Take all of them back", trigger: ".o_notification:contains(done) button:contains(Undo)", run: "click" },
        { content: "All wait again", trigger: `.o_itc_today:has(${row("one")}[data-state=pending]) ${row("two")}[data-state=pending]` },
    ],
});

registry.category("web_tour.tours").add("it_run_undo_late_tour", {
    steps: () => [
        { content: "It was done in time", trigger: `${row("undo")}[data-state=done]` },
        { content: "Open the row's menu", trigger: `${row("undo")} .o_itc_more`, run: "click" },
        { content: "Undo", trigger: ".o-dropdown-item:contains(Undo)", run: "click" },
        { content: "It says what that brings", trigger: ".modal .alert-warning:contains(as if it had never been done)" },
        { content: "Take it back all the same", trigger: `${APPLY}:contains(Take back)`, run: "click" },
        { content: "It is missed", trigger: `${row("undo")}[data-state=missed]` },
    ],
});

registry.category("web_tour.tours").add("it_run_due_tour", {
    steps: () => [
        { content: "Midnight is told as Today tells it", trigger: ".o_field_widget[name=due_at]:contains(/^Jan 1(, 2027)?, end of the day$/)" },
        { content: "Any other time as Odoo writes it", trigger: ".o_field_widget[name=deadline_at]:contains(/^Jan 2(, 2027)?, 2:30\\sPM$/)" },
    ],
});
