import { registry } from "@web/core/registry";
import { find, isPhone, suggestion } from "./select";

const INPUT = (name) => `.o_field_widget[name=${name}] .o_input_dropdown input`;
const SAVE = ".o_form_button_save";
const isShown = (element) => element && element.getClientRects().length > 0;
/** Press a button that on a phone may lie in a menu of its own, behind another button. */
const press = (content, name, opener) => ({
    content,
    trigger: ".o_form_view:has(.o_field_widget[name=status_text])",
    run: async () => {
        const isReady = (element) => isShown(element) && !element.disabled;
        const shown = (selector) => [...document.querySelectorAll(selector)].find(isReady);
        // While the form is being reloaded its buttons do nothing.
        for (let tries = 0; tries < 30; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 250));
            const button = shown(`button[name=${name}]`);
            if (button) {
                return button.click();
            }
            if (tries % 6 === 1) {
                shown(opener)?.click();
            }
        }
        throw new Error(`No button ${name}`);
    },
});
const STATUSBAR = ".o_statusbar_buttons button[title=More]";
// At a desk the menu is a drop-down, on a phone a drawer.
const openMenu = () =>
    isPhone()
        ? [
              { content: "Open the drawer", trigger: ".o_menu_toggle", run: "click" },
              { content: "Go to the heartbeats", trigger: ".o_app_menu_sidebar [data-menu-xmlid='it_continuity.it_heartbeat_menu']", run: "click" },
          ]
        : [
              { content: "Open Monitoring", trigger: ".o_menu_sections button[data-menu-xmlid='it_continuity.it_monitoring_menu']", run: "click" },
              { content: "Go to the heartbeats", trigger: "a[data-menu-xmlid='it_continuity.it_heartbeat_menu']", run: "click" },
          ];

// From the menu through New to a saved heartbeat with its address, opened again.
registry.category("web_tour.tours").add("it_heartbeat_new_tour", {
    steps: () => [
        { content: "Some page of ours is open", trigger: ".o_list_view, .o_kanban_view" },
        ...openMenu(),
        { content: "The list says what it is for", trigger: ".o_view_nocontent:contains(Let a job report itself)" },
        { content: "Add one", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        { content: "Name the job", trigger: ".o_field_widget[name=name] input", run: "edit Tour backup" },
        { content: "Say what it is about", trigger: INPUT("asset_id"), run: find("Backup of the tour") },
        { content: "Choose the backup", trigger: suggestion("Backup of the tour"), run: "click" },
        { content: "By a crontab line", trigger: ".o_field_widget[name=schedule_kind] label:contains(crontab)", run: "click" },
        { content: "Its line", trigger: ".o_field_widget[name=cron_line] input", run: "edit 0 2 * * 1-5" },
        { content: "The grace", trigger: ".o_field_widget[name=grace_count] input", run: "edit 2" },
        { content: "Save", trigger: SAVE, run: "click" },
        { content: "It says what comes next", trigger: ".alert:contains(put the line into the job's script)" },
        { content: "And that it proves nothing yet", trigger: ".alert:contains(It watches, but it proves no task)" },
        press("Make its address", "action_new_address", STATUSBAR),
        { content: "The address and ready lines", trigger: ".modal .o_field_widget[name=url]:contains(/it_continuity/ping/)" },
        { content: "For a shell script", trigger: ".modal .o_field_widget[name=bash]:contains(curl)" },
        { content: "For PowerShell", trigger: ".modal .o_field_widget[name=powershell]:contains(Invoke-RestMethod)" },
        { content: "For a crontab, with its line", trigger: ".modal .o_field_widget[name=crontab]:contains(0 2 * * 1-5)" },
        { content: "Close it", trigger: ".modal footer button:contains(Close)", run: "click" },
        { content: "Its address is made, when and by whom", trigger: "body:not(:has(.modal)) .o_field_widget[name=address_made_by_id]" },
        { content: "Back to the list", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a, .o_breadcrumb a", run: "click" },
        { content: "It waits", trigger: ".o_data_row:contains(Tour backup):contains(Waiting for its first), .o_kanban_record:contains(Tour backup):contains(Waiting for its first)" },
        { content: "Open it again", trigger: ".o_data_row:contains(Tour backup) td[name=name], .o_kanban_record:contains(Tour backup)", run: "click" },
        { content: "All is as it was typed", trigger: ".o_field_widget[name=cron_line] input:value(0 2 * * 1-5)" },
        { content: "The grace too", trigger: ".o_field_widget[name=grace_count] input:value(2)" },
    ],
});

registry.category("web_tour.tours").add("it_heartbeat_accept_tour", {
    steps: () => [
        { content: "It proves nothing yet", trigger: ".alert:contains(It watches, but it proves no task)" },
        press("Accept it", "action_accept_settings", STATUSBAR),
        { content: "Now it does", trigger: ".o_field_widget[name=settings_basis]:contains(Accepted)" },
        { content: "The last pings, the log as text", trigger: ".o_field_widget[name=ping_ids]:contains(Failure)" },
        press("Open the pings", "action_open_pings", ".o_button_more"),
        { content: "Open the one that failed", trigger: "body:not(:has(.o_form_view)) .o_data_row:contains(Failure) td[name=at]", run: "click" },
        { content: "What the script said stands there as text", trigger: ".o_field_widget[name=log]:contains(<b>disk full</b>)" },
    ],
});

registry.category("web_tour.tours").add("it_own_page_tour", {
    steps: () => [
        { content: "It says for whom it looked", trigger: ".o_itc_own h1:contains(This Odoo)" },
        { content: "A job that stands still, and what to do", trigger: ".o_itc_own_line[data-key=jobs][data-state=critical]:contains(has not run for):contains(What to do)" },
        { content: "The tables are in order", trigger: ".o_itc_own_line[data-key=tables][data-state=ok]" },
        { content: "Look again", trigger: ".o_itc_own_again", run: "click" },
        { content: "It is still so", trigger: ".o_itc_own_line[data-key=jobs][data-state=critical]" },
    ],
});
