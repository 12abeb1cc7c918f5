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
