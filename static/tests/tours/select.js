import { browser } from "@web/core/browser/browser";

/** Choose from a selection field by its label. One step: on a phone the choices lie in a sheet over the dialog, where a tour's own step may not press. */
export const pick = (field, label) => ({
    content: `Choose ${label}`,
    trigger: `${field} .o_select_menu_toggler`,
    run: async (helpers) => {
        await helpers.click();
        let item;
        while (!item) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            item = [...document.querySelectorAll(".o_select_menu_item")].find((one) => one.textContent.trim() === label);
        }
        item.click();
    },
});

export const isPhone = () => browser.innerWidth < 768;

/** What a field that names a record offers: at a desk in a list below it, on a phone as cards in a dialog. */
export const suggestion = (text) => `.o-autocomplete--dropdown-item:contains(${text}), .modal .o_kanban_record:contains(${text})`;

/** Nothing is offered any more. */
export const CHOSEN = "body:not(:has(.modal)):not(:has(.o-autocomplete--dropdown-menu))";

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/**
 * Look for a word in a field that names a record. The click lists all at once, and a quarter of a second after the last key the word is
 * looked for. Whoever chooses before that has the list open again, over the next field: so this ends when the word is being looked for.
 */
export const find = (word) => async (helpers) => {
    if (isPhone()) {
        return helpers.click();
    }
    await helpers.edit(word);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await frame();
    await frame();
};

/** On a phone the search box is behind a button. */
function openSearch() {
    if (!document.querySelector(".o_searchview_dropdown_toggler")) {
        document.querySelector(".o_control_panel button.btn-secondary :is(.oi-search, .fa-search)").closest("button").click();
    }
}

export const openFilters = [
    { content: "Open the search on a phone", trigger: "body", run: openSearch },
    { content: "Open the filters", trigger: ".o_searchview_dropdown_toggler", run: "click" },
];

/** A step's `run`: rest a finger on a row or a card until it is chosen, as a phone does where a desk has boxes to tick. */
export const restOn = async ({ anchor }) => {
    const touch = (kind) => anchor.dispatchEvent(new TouchEvent(kind, { bubbles: true, touches: [new Touch({ identifier: 1, target: anchor })] }));
    touch("touchstart");
    await new Promise((resolve) => setTimeout(resolve, 700)); // longer than Odoo waits before it takes a touch for a choice
    touch("touchend");
};

/** Press a button of a form’s header; on a phone all but the first lie behind a menu. */
export const press = (content, name) => [
    {
        content: `${content}: find it`,
        trigger: ".o_form_view .o_form_statusbar",
        run: async ({ click }) => {
            const isShown = [...document.querySelectorAll(`button[name=${name}]`)].some((one) => one.checkVisibility());
            if (!isShown) {
                await click(".o_form_view .o_statusbar_buttons .dropdown-toggle");
            }
        },
    },
    { content, trigger: `button[name=${name}]:visible`, run: "click" },
];
