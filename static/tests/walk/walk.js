// What a person does in the web client, one call each; `tests/walk` calls them one after the other by the browser's protocol.
(() => {
    const walk = window.itcWalk;
    const { sleep } = walk;
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const isVisible = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getClientRects().length > 0;
    const textOf = (node) => (node.innerText || node.textContent || "").trim().replace(/\s+/g, " ");
    const env = () => odoo.__WOWL_DEBUG__.root.env;
    const dom = () => odoo.loader.modules.get("@odoo/hoot-dom");

    // === WAITING === //

    /** Wait until something is there; a busy machine draws later. Return it, or the last nothing. */
    async function appears(look, limit = 4000) {
        const start = performance.now();
        let found = look();
        while (!found && performance.now() - start < limit) {
            await sleep(25);
            found = look();
        }
        return found;
    }

    // === WHERE WE ARE === //

    const dialog = () => all(".o_dialog .modal").filter((node) => isVisible(node) && !node.classList.contains("o_inactive_modal")).at(-1);
    const content = () => dialog() || document.querySelector(".o_action_manager");

    function* componentsOf(node) {
        yield node.component;
        for (const child of Object.values(node.children)) {
            yield* componentsOf(child);
        }
    }

    /** Return the innermost component that holds a relational model and is what the person looks at. */
    function controller() {
        const root = content();
        return [...componentsOf(odoo.__WOWL_DEBUG__.root.__owl__)]
            .filter((one) => one.model?.root?.fields && root.contains(one.__owl__.firstNode()))
            .at(-1);
    }

    const record = () => {
        const root = controller()?.model.root;
        return root?.editedRecord || (root?.data ? root : null);
    };
    walk.resId = () => record()?.resId || false;
    walk.hasDialog = () => !!dialog();
    walk.dialogTitle = () => dialog() && textOf(dialog().querySelector(".modal-title") || dialog()).slice(0, 80);

    // === OPENING === //

    walk.ready = () => !!(window.odoo?.__WOWL_DEBUG__ && document.querySelector(".o_web_client .o_navbar, .o_web_client header") && dom());

    walk.open = async (action, options) => {
        await walk.drop();
        // What a button pressed before made the browser remember, such as “Mine” on Today, would hide the next one.
        Object.keys(localStorage).filter((key) => key.startsWith("it_continuity.")).forEach((key) => localStorage.removeItem(key));
        const { action: actions } = env().services;
        // On a phone Odoo opens the view that the action names for phones, mostly the cards, whatever was asked for.
        const isToName = env().isSmall && options.viewType;
        const asked = isToName ? { ...(await actions.loadAction(action)), mobile_view_mode: options.viewType } : action;
        await Promise.race([actions.doAction(asked, { clearBreadcrumbs: true, ...options }), sleep(20000)]);
        await walk.idle();
        const found = controller();
        stands = found && { found, resId: found.model.root.resId };
    };

    /** What was opened last: its controller and, of a form, its record. */
    let stands = null;

    /**
     * Have the screen that was opened last read its records again, which is less work than to open it anew.
     * Return false where it has to be opened anew: something else stands there, another record, or another tab of it.
     */
    walk.renew = async () => {
        const { found, resId } = stands || {};
        const isOnOtherTab = all(".o_notebook", content()).some((one) => one.querySelector(".nav-link.active") !== one.querySelector(".nav-link"));
        if (!found || dialog() || controller() !== found || found.model.root.resId !== resId || isOnOtherTab) {
            return false;
        }
        await found.model.load();
        await walk.idle();
        return controller() === found;
    };

    /** Close what is unfolded over the screen: on a phone a sheet, which would hide the menu that is opened next. */
    async function fold() {
        for (let number = 0; number < 5 && document.querySelector(".o_bottom_sheet, .o-dropdown--menu"); number++) {
            await dom().press("Escape");
            await walk.idle(20);
        }
    }

    /** Leave whatever is open without saving it. */
    walk.drop = async (quiet = 20) => {
        env().services.dialog.closeAll();
        for (const node of all(".o_notification_close")) {
            node.click();
        }
        await sleep(0);
        await fold();
        try {
            const root = controller()?.model.root;
            if (root?.editedRecord) {
                await root.leaveEditMode({ discard: true });
            } else if (root?.discard) {
                await root.discard();
            }
        } catch (error) {
            walk.trouble.push({ kind: "error", text: `could not discard: ${error.message}` });
        }
        await walk.idle(quiet);
    };

    // === FILLING IN === //

    const widgets = () => {
        const edited = controller()?.model.root.editedRecord ? content().querySelector(".o_selected_row") : null;
        return all(".o_field_widget[name]", edited || content()).filter(
            (node) => isVisible(node) && !node.classList.contains("o_readonly_modifier") &&
                (edited || !node.parentElement.closest(".o_field_x2many, .o_field_widget")));
    };

    function isEmpty(name, values) {
        const value = values.data[name];
        const type = values.fields[name].type;
        if (["one2many", "many2many"].includes(type)) {
            return !value.count;
        }
        return value === false || value === undefined || value === "" || value === null || (type === "html" && !textOf({ textContent: String(value).replace(/<[^>]*>/g, "") }));
    }

    /** Fill in each visible required field that is empty, as a person would. Return {name: what was typed or chosen}. */
    walk.fill = async () => {
        const filled = {};
        for (let round = 0; round < 4; round++) {
            const todo = widgets().filter((node) => {
                const name = node.getAttribute("name");
                const values = record();
                return values?.fields[name] && !(name in filled) && isEmpty(name, values) &&
                    (node.classList.contains("o_required_modifier") || node.classList.contains("o_field_invalid"));
            });
            if (!todo.length) {
                break;
            }
            const name = todo[0].getAttribute("name");
            const field = record().fields[name];
            filled[name] = await enter(todo[0], name, field);
            if (filled[name] && field.type !== "html") { // the editor gives its words when it is left
                await appears(() => !record() || !isEmpty(name, record()), ANSWERED_MS);
            }
            round -= Object.keys(filled).length < 20 ? 1 : 0;
        }
        await fillItems();
        return filled;
    };

    /** Answer what a run asks for: its items are a component of our own. */
    async function fillItems() {
        for (const node of all('.o_itc_item[data-state="empty"]', content()).filter(isVisible)) {
            const input = all("input:not([type=file]), textarea, button, .btn", node).find(isVisible);
            if (input?.matches("input[type=checkbox], input[type=radio], button, .btn")) {
                await dom().click(input);
            } else if (input) {
                await dom().click(input);
                await dom().edit("80");
                input.dispatchEvent(new Event("change", { bubbles: true }));
                input.blur();
            }
            await walk.idle(30);
        }
    }

    // Words that have to be of a certain make.
    const SHAPED = { url: (word) => `https://walk.example.com/${word}`, topic: (word) => `walk-${word}` };

    async function enter(node, name, field) {
        if (["many2one", "many2many"].includes(field.type) && field.relation !== "ir.attachment") {
            return choose(node, name);
        }
        if (["one2many"].includes(field.type)) {
            return null;
        }
        if (field.type === "selection") {
            return select(node);
        }
        if (field.type === "boolean") {
            return null;
        }
        const words = {
            integer: "3", float: "2", monetary: "2",
            date: luxon.DateTime.now().toFormat(odoo.loader.modules.get("@web/core/l10n/localization").localization.dateFormat),
            datetime: luxon.DateTime.now().minus({ hours: 1 }).toFormat(odoo.loader.modules.get("@web/core/l10n/localization").localization.dateTimeFormat),
        }[field.type] || SHAPED[name]?.(Math.random().toString(36).slice(2, 7)) || `Walk ${name} ${Math.random().toString(36).slice(2, 7)}`;
        let input = node.querySelector("input:not([type=file]):not([readonly]), textarea, [contenteditable=true]");
        if (!input && node.querySelector("button.o_input")) {
            await dom().click(node.querySelector("button.o_input"));
            await walk.idle(30);
            input = node.querySelector("input");
        }
        if (!input) {
            walk.trouble.push({ kind: "field", text: `“${name}” is required and has nothing to type into` });
            return null;
        }
        await dom().click(input);
        if (input.isContentEditable) {
            document.execCommand("insertText", false, words);
        } else {
            await type(input, words);
        }
        input.dispatchEvent(new Event("change", { bubbles: true }));
        input.blur();
        await walk.idle(30);
        return words;
    }

    /** Type as a person does, but all except the last letter in one go: each letter costs as much as a screen. */
    async function type(input, words) {
        if (!input.matches("textarea, input:not([type]), input[type=text]")) {
            await dom().edit(words);
            return;
        }
        await dom().clear();
        input.value = words.slice(0, -1);
        await dom().fill(words.at(-1));
    }

    async function select(node) {
        const radio = node.querySelector("input[type=radio], .o_field_badge_selection .o_selection_badge, .o_selection_badge");
        if (radio) {
            await dom().click(radio);
            await walk.idle(30);
            return textOf(radio.closest("label, div") || radio);
        }
        await dom().click(node.querySelector(".o_select_menu_toggler, select"));
        await walk.idle(30);
        // On a phone the choices come in a sheet, which slides in after the page has gone quiet.
        const item = await appears(() => all(".o_select_menu_item").find((one) => isVisible(one) && textOf(one)));
        if (!item) {
            walk.trouble.push({ kind: "field", text: `“${node.getAttribute("name")}” offers no choice` });
            return null;
        }
        const words = textOf(item);
        await dom().click(item);
        await walk.idle(30);
        return words;
    }

    const ANSWERED_MS = 20000; // a busy machine answers late, and late is not nothing
    const SUGGESTION = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):not(.o_m2o_no_result):not(.o_m2o_start_typing)";

    /** Return what a field offers now: nodes, none of them when nothing was found; null while it still loads, or is closed. */
    function offers(before) {
        if (dialog() !== before) {
            // On a phone the dialog loads its cards after it has opened.
            const cards = all(".o_kanban_record:not(.o_kanban_ghost), .o_data_row", dialog()).filter(isVisible);
            return cards.length || dialog()?.querySelector(".o_view_nocontent") ? cards : null;
        }
        const lists = all(".o-autocomplete--dropdown-menu").filter(isVisible);
        return lists.length && !lists.some((one) => one.querySelector(".o_loading")) ? all(SUGGESTION).filter(isVisible) : null;
    }

    /** Open the suggestions of a many2one or tags field with nothing typed; return their nodes, null when it never answered. On a phone they are cards. */
    async function suggestions(node) {
        const input = node.querySelector("input.o-autocomplete--input, .o_input_dropdown input");
        if (!input) {
            return null;
        }
        const before = dialog();
        // A list of suggestions closes when the page scrolls, as it does when a field below the fold gets the cursor: scroll first, as people do.
        input.scrollIntoView({ block: "center" });
        await walk.drawn();
        await walk.drawn(); // a scroll is told as the page is drawn
        const start = performance.now();
        const asked = walk.searches.length;
        while (performance.now() - start < ANSWERED_MS) {
            await dom().click(input);
            // It opens, and loads until it has its answer; when a scroll or a late answer of the form closes it again, a person clicks once more.
            const isOpen = () => dialog() !== before || all(".o-autocomplete--dropdown-menu").some(isVisible);
            await walk.idle(40);
            await appears(isOpen);
            await appears(() => offers(before) || !isOpen(), ANSWERED_MS);
            await walk.idle(20);
            const offered = offers(before);
            if (offered) {
                return offered;
            }
            if (walk.searches.length > asked && !walk.searches.at(-1).found) {
                return []; // a list of nothing is not drawn at all
            }
        }
        walk.trouble.push({ kind: "hang", text: `“${node.getAttribute("name")}” shows nothing that it found after ${ANSWERED_MS / 1000} s` });
        return null;
    }

    async function choose(node, name) {
        const before = dialog();
        const offered = await suggestions(node);
        if (offered === null) {
            return null;
        }
        if (!offered.length) {
            const { relation } = record().fields[name];
            walk.trouble.push({ kind: "field", text: `“${name}” is required and its search finds nothing`, model: relation });
            await closeSuggestions(before);
            return null;
        }
        const words = textOf(offered[0]);
        await dom().click(offered[0].querySelector("a, .o_data_cell") || offered[0]);
        await walk.idle(dialog() ? 200 : 40); // a phone's dialog closes first, then the form asks the server what follows
        if (dialog() !== before) {
            await closeSuggestions(before);
        }
        return words;
    }

    async function closeSuggestions(before) {
        if (dialog() && dialog() !== before) {
            await dom().click(dialog().querySelector(".o_form_button_cancel, .btn-close, .o_dialog_close, header button") || dialog());
        } else {
            await dom().press("Escape");
            document.activeElement?.blur();
        }
        await walk.idle(30);
    }

    /** Open each relational field's suggestions; return what was asked of the server where nothing came back. */
    walk.emptySearches = async () => {
        const found = [];
        for (const name of [...new Set(widgets().map((node) => node.getAttribute("name")))]) {
            const node = widgets().find((one) => one.getAttribute("name") === name);
            const field = record()?.fields[name];
            if (!node || !field || !["many2one", "many2many"].includes(field.type) || !node.querySelector("input.o-autocomplete--input")) {
                continue;
            }
            walk.searches.length = 0;
            const before = dialog();
            const offered = await suggestions(node);
            const search = walk.searches.findLast((one) => one.model === field.relation);
            if (offered && !offered.length && search) {
                found.push({ name, label: field.string, ...search });
            }
            await closeSuggestions(before);
        }
        return found;
    };

    /** The same in one new line of each list that can be added to, as in a rota's members; the lines are dropped again. */
    walk.emptyLineSearches = async () => {
        const found = [];
        const lists = [...new Set(all(".o_field_x2many[name], .o_field_one2many[name]", content()).filter(isVisible).map((node) => node.getAttribute("name")))];
        for (const list of lists) {
            const field = () => all(`.o_field_widget[name="${list}"]`, content()).find(isVisible);
            const add = field()?.querySelector(".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button");
            const before = dialog();
            if (!add) {
                continue;
            }
            await dom().click(add);
            await walk.idle(40);
            const row = () => field()?.querySelector(".o_selected_row");
            await appears(() => row() || dialog() !== before); // a line that opens as a dialog loads its form first
            await walk.idle(40);
            for (const name of row() ? all(".o_field_many2one[name], .o_field_many2many_tags[name], [name].o_field_widget", row()).map((node) => node.getAttribute("name")) : []) {
                const node = row() && all(`.o_field_widget[name="${name}"]`, row()).find(isVisible);
                if (!node?.querySelector("input.o-autocomplete--input")) {
                    continue;
                }
                walk.searches.length = 0;
                const offered = await suggestions(node);
                if (offered && !offered.length && walk.searches.length) {
                    found.push({ name: `${list}.${name}`, label: name, ...walk.searches.at(-1) });
                }
                await closeSuggestions(dialog());
            }
            if (dialog() !== before) {
                await walk.cancel();
            }
        }
        return found;
    };

    // === MAKING A RECORD === //

    const newButton = () => all(".o_list_button_add, .o-kanban-button-new, .o_form_button_create, .o_calendar_button_new", content()).find(isVisible);
    walk.canCreate = () => !!newButton();

    walk.pressNew = async () => {
        await dom().click(newButton());
        await walk.idle();
    };

    /** Return the saved row with the highest id of the list that is open. */
    const newestRow = () =>
        (controller()?.model.root.records || []).reduce((newest, one) => ((one.resId || 0) > (newest?.resId || 0) ? one : newest), null);

    /** Press Save; return {ok, missing: the names of required fields that no eye can see, resId}. */
    walk.save = async () => {
        for (let attempt = 0; attempt < 2; attempt++) {
            const values = await appears(() => record() || newestRow());
            if (!record()) {
                // A row that was left is saved by the list itself.
                return values ? { ok: true, resId: values.resId, model: values.resModel } : { ok: false, missing: [], why: "the row is gone" };
            }
            const edited = !!controller()?.model.root.editedRecord;
            const button = edited
                ? all(".o_list_button_save", content()).find(isVisible)
                : all(".o_form_button_save", content()).find(isVisible);
            const quick = content().querySelector(".o_kanban_quick_create .o_kanban_add");
            if (quick) {
                await dom().click(quick);
                await walk.idle();
                return { ok: !all(".o_notification").length && !dialog(), quick: true, missing: [], model: values.resModel };
            }
            if (!button && edited) {
                await controller().model.root.leaveEditMode();
            } else if (!button) {
                return { ok: false, missing: [], why: "there is no Save button", values: {} };
            } else {
                await dom().click(button);
            }
            await walk.idle();
            if (values.resId && !values.dirty && !dialog()?.querySelector(".o_error_dialog")) {
                return { ok: true, resId: values.resId, model: values.resModel };
            }
            const refused = walk.trouble.map((one) => /Missing required value for the field .*? \((\w+)\)/.exec(one.text)?.[1]).filter(Boolean);
            const invalid = [...(values._invalidFields || []), ...refused];
            if (!invalid.length || refused.length || attempt) {
                walk.trouble.push(...(await walk.look()));
                env().services.dialog.closeAll();
                await walk.idle(30);
                const seen = widgets().map((node) => node.getAttribute("name"));
                return { ok: false, missing: invalid.filter((name) => !seen.includes(name)), invalid };
            }
            for (const tab of all(".o_notebook .nav-link", content())) {
                await dom().click(tab);
                await walk.idle(30);
                await walk.fill();
            }
        }
    };

    /** Return what the open form shows of these fields. */
    walk.shown = (names) =>
        Object.fromEntries(names.map((name) => {
            const node = all(`.o_field_widget[name="${name}"]`, content()).find(isVisible);
            const input = node?.querySelector("input:not([type=checkbox]), textarea");
            return [name, node ? (input ? input.value : textOf(node)) : null];
        }));

    walk.clickRow = async () => {
        await dom().click(content().querySelector(".o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)"));
        await appears(() => content().querySelector(".o_form_view"), 10000);
        await walk.idle();
    };
    walk.rows = () => all(".o_data_row", content()).length || all(".o_kanban_record:not(.o_kanban_ghost)", content()).length;

    // === PRESSING === //

    const ODOOS_OWN = ".o_cp_action_menus, .o_form_button_save, .o_form_button_cancel, .o_external_button, .o_field_x2many .o_field_x2many_list_row_add, .o-mail-Chatter, .o_pager, .o_statusbar_status, .o_facet_remove, .o_searchview, .o_cp_switch_buttons, .o_mail_thread";

    const GROUPS = {
        form: ".o_form_statusbar .o_statusbar_buttons button, .o_form_renderer button[name], .o_form_renderer a[name][type], .o-form-buttonbox button",
        row: ".o_data_row button[name], .o_kanban_record button[name], .o_kanban_record a[name][type]",
        selection: ".o_control_panel button[name], .o_list_buttons button[name]",
        client: "button, a.btn",
        dialog: ".modal-body button[name], .modal-footer button",
    };

    /** Name a button: by its method and words, or in a screen of our own by its class and colour of row, since every row has one. */
    const keyOf = (node) => {
        const own = content().querySelector(".o_form_view, .o_list_view, .o_kanban_view") ? null : [...node.classList].find((one) => one.startsWith("o_itc_"));
        const row = own && node.closest("[data-state]")?.dataset.state;
        return own ? `${own}|${row || textOf(node).replace(/\d+/g, "#")}` : nameOfButton(node);
    };
    const nameOfButton = (node) => `${node.getAttribute("name") || ""}|${textOf(node).replace(/\d+/g, "#") || node.getAttribute("aria-label") || node.title || node.className}`;

    function buttons(group) {
        const known = new Set();
        return all(GROUPS[group], content()).filter((node) => {
            const key = keyOf(node);
            const ok = isVisible(node) && !node.disabled && !node.closest(ODOOS_OWN) && !known.has(key) && !node.matches(".dropdown-toggle, .o-dropdown");
            known.add(key);
            return ok;
        });
    }

    /** Open what hides buttons on a narrow screen. */
    walk.unfold = async () => {
        for (const node of all(".o_statusbar_buttons .dropdown-toggle, .o_statusbar_buttons .o-dropdown, .o-form-buttonbox .o_button_more", content())) {
            if (!isVisible(node) || node.ariaExpanded === "true") {
                continue;
            }
            await dom().click(node);
            await walk.idle(20);
        }
    };

    walk.buttons = (group) => buttons(group).map(keyOf);

    walk.press = async (group, key) => {
        const node = await appears(() => buttons(group).find((one) => keyOf(one) === key));
        if (!node) {
            return false;
        }
        await dom().click(node);
        await walk.idle();
        return true;
    };

    /** Select the first row of the list, or let go of it; it may be so already. Return false where there is none, or it does not follow. */
    walk.selectFirst = async (isWanted = true) => {
        const box = () => all(".o_data_row .o_list_record_selector input", content())[0];
        const isSo = () => box()?.checked === isWanted;
        if (box() && !isSo()) {
            await dom().click(box());
            await walk.idle(30);
        }
        return !!(box() && (await appears(isSo)));
    };

    const entries = () => all(".o-dropdown--menu .o_menu_item, .o-dropdown--menu .o-dropdown-item").filter(isVisible);

    /** What opens the cog and Actions menus. */
    const menus = () => all(".o_cp_action_menus .dropdown-toggle, .o_cp_action_menus button.o-dropdown", content()).filter(isVisible);

    const isMenuEmpty = () => !!document.querySelector(".o-dropdown--menu") && !document.querySelector(".o-dropdown--menu :is(.o_menu_item, .o-dropdown-item)");

    /** Open the cog or Actions menu and return its entries; on a phone it opens where there are none, too. */
    walk.menu = async () => {
        const found = [];
        for (const one of menus()) {
            await dom().click(one);
            await walk.idle(30);
            await appears(() => entries().length || isMenuEmpty());
            found.push(...entries().map(textOf));
            await fold();
        }
        return [...new Set(found)].filter(Boolean);
    };

    /** Press one entry of these menus. Return nothing, or in words what is offered instead. */
    walk.pressMenu = async (words) => {
        const offered = [];
        for (const one of menus()) {
            await dom().click(one);
            await walk.idle(30);
            await appears(() => entries().length);
            const item = entries().find((node) => textOf(node) === words);
            if (item) {
                await dom().click(item);
                await walk.idle();
                return "";
            }
            offered.push(entries().map(textOf).join(", "));
            await fold();
        }
        return `${offered.length} menus: ${offered.join("; ")}`;
    };

    /** Say yes to the open dialog: fill in what it asks for, then its first button. */
    walk.confirm = async () => {
        const filled = record() ? await walk.fill() : {};
        const button = all(".modal-footer button, footer button", dialog()).filter((node) => isVisible(node) && !node.disabled);
        const yes = button.find((node) => node.matches(".btn-primary, .btn-danger")) || button[0];
        if (!yes) {
            return null;
        }
        const words = textOf(yes);
        await dom().click(yes);
        await walk.idle();
        return { words, filled };
    };

    walk.cancel = async () => {
        const buttons = all(".modal-footer button, footer button", dialog()).filter(isVisible);
        const no = buttons.find((node) => node.matches(".o_form_button_cancel, [special=cancel]"))
            || buttons.find((node) => /^(back|cancel|discard|close|no|ok)$/i.test(textOf(node))) || dialog().querySelector(".btn-close, .o_dialog_close, header button");
        if (!no) {
            walk.trouble.push({ kind: "error", text: `the dialog “${walk.dialogTitle()}” has no way out` });
            return;
        }
        const before = dialog();
        await dom().click(no);
        await appears(() => dialog() !== before);
        await walk.idle();
    };

    Object.assign(walk, { content, all, isVisible, textOf }); // for axe.js
})();
