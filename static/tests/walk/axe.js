// What is wrong with what is shown, and how it is for people who do not see or point well, judged by axe-core.
(() => {
    const walk = window.itcWalk;
    const { sleep, content, all, isVisible, textOf } = walk;

    function isBlank() {
        const root = content();
        const shown = root?.querySelector(".o_content") || root;
        return !shown || !shown.children.length || (!textOf(shown) && !shown.querySelector("input, canvas, img, svg"));
    }

    /** Wait a moment for the words that follow a refused request: between both the page means to do nothing. What the page asked in vain by itself has none. */
    async function saidToPerson() {
        for (let left = 40; left && !all(".o_error_dialog, .o_dialog_error, .o_notification").length; left--) {
            await sleep(25);
        }
        await walk.idle();
    }

    walk.look = async () => {
        if (isBlank()) {
            await sleep(800); // a view whose code was loaded just now begins to draw
            await walk.idle();
        }
        const trouble = walk.trouble.splice(0);
        if (trouble.some(({ kind }) => kind === "refusal" || kind === "request")) {
            await saidToPerson();
        }
        for (const node of all(".o_error_dialog, .o_dialog_error")) {
            trouble.push({ kind: "error", text: textOf(node).slice(0, 300) });
        }
        for (const node of all(".o_notification")) {
            if (node.querySelector(".bg-danger") || node.matches(".bg-danger, .border-danger")) {
                trouble.push({ kind: "refusal", text: `notification: ${textOf(node)}` });
            }
        }
        if (isBlank()) {
            trouble.push({ kind: "empty", text: "nothing is shown" });
        }
        return trouble.concat(overflow());
    };

    /** Name what makes the page wider than the window; tables scroll within themselves. */
    function overflow() {
        const width = document.documentElement.clientWidth;
        const found = [];
        const scrollers = [document.documentElement, ...all(".o_form_view .o_content, .o_form_renderer, .modal-body, .o_action_manager > .o_action")];
        for (const node of scrollers) {
            if (isVisible(node) && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "hidden") {
                const wide = all("*", node).filter((one) => {
                    const box = one.getBoundingClientRect();
                    return box.right > width + 1 && box.width && !one.closest(".table-responsive, .o_list_renderer, .o_scroll_x");
                });
                if (wide.length) {
                    found.push({ kind: "overflow", text: `${walk.nameOf(node)} is ${node.scrollWidth} px wide by ${walk.nameOf(wide.at(-1))}` });
                }
            }
        }
        return found.slice(0, 1);
    }

    walk.nameOf = (node) => node.tagName.toLowerCase() + (node.getAttribute("name") ? `[name=${node.getAttribute("name")}]` : "") +
        [...node.classList].slice(0, 3).map((one) => `.${one}`).join("");

    /**
     * Run axe on what is shown; return one row a rule and place.
     *
     * @param {[string, string][]} notOurs pairs (rule or "" for all, selector): what stands within such a node is the framework's
     */
    walk.axe = async (notOurs) => {
        const exclude = notOurs.filter(([rule]) => !rule).map(([, selector]) => [selector]);
        const result = await axe.run({ include: [walk.content().closest(".o_dialog") || ".o_action_manager"], exclude }, {
            runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
            resultTypes: ["violations"], elementRef: true,
        });
        const found = [];
        for (const violation of result.violations) {
            for (const node of violation.nodes) {
                const element = node.element;
                if (notOurs.some(([rule, selector]) => rule === violation.id && element?.closest(selector))) {
                    continue;
                }
                const classes = [];
                for (let one = element; one && one !== document.body; one = one.parentElement) {
                    classes.push(walk.nameOf(one));
                }
                found.push({
                    rule: violation.id, target: walk.nameOf(element), path: classes.slice(0, 6).join(" < "), html: node.html.slice(0, 160),
                    why: (node.any[0] || node.all[0] || node.none[0])?.message || violation.help,
                });
            }
        }
        return found;
    };
})();
