// How what is shown is for people who do not see or point well, judged by axe-core.
(() => {
    const walk = window.itcWalk;

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
