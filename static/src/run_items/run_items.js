import { Component, onMounted, onWillStart, onWillUpdateProps, status, useRef, useState } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { SignatureDialog } from "@web/core/signature/signature_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { Mutex } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const STATES = {
    empty: ["fa-circle-o text-muted", _t("Not filled in yet")],
    ok: ["fa-check-circle text-success", _t("As it should be")],
    bad: ["fa-exclamation-circle text-danger", _t("Not as it should be")],
};

/**
 * What a run asks for, each with the input that fits it. Every answer is kept at once, so that nothing is lost when the
 * phone loses its connection half-way.
 *
 * Stands in the form of a run (its record) or of the step's dialog (field `run_ids`; `items_changed` is raised with each
 * answer, so that the dialog knows whether it has to ask for a reason).
 */
export class RunItems extends Component {
    static template = "it_continuity.RunItems";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.mutex = new Mutex();
        this.rootRef = useRef("root");
        this.state = useState({ runs: [], busyId: 0 });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((next) => this.keyOf(next) !== this.key && this.load(next));
        onMounted(() => this.env.inDialog && this.focusFirst());
        // A button may be pressed while the last answer is still on its way, or still being typed.
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({ detail }) => {
            this.commit();
            detail.proms.push(this.mutex.getUnlockedDef());
        });
    }

    /** Let a dialog begin with its first open question; after the form's own choice, which knows text fields only. */
    async focusFirst() {
        if (hasTouch() || this.props.record.data.step === "failed") {
            return; // a keyboard would cover the screen; who found it bad says why first
        }
        await Promise.resolve();
        this.rootRef.el?.querySelector(".o_itc_item[data-state=empty] :is(input, textarea, button)")?.focus();
    }

    /** Keep what is being typed: a field tells its value when it is left, and a key may confirm before. */
    commit() {
        const field = document.activeElement;
        if (this.rootRef.el?.contains(field) && field.matches("input, textarea")) {
            field.blur();
            field.focus();
        }
    }

    idsOf({ record }) {
        if (record.resModel === "it.task.run") {
            return record.resId ? [record.resId] : [];
        }
        return record.data.run_ids.currentIds;
    }

    keyOf(props) {
        return `${this.idsOf(props).join()} ${props.record.data.state || ""}`;
    }

    async load(props) {
        this.key = this.keyOf(props);
        const ids = this.idsOf(props);
        const runs = ids.length ? await this.orm.call("it.task.run", "get_items", [ids]) : [];
        this.state.runs = runs.filter((run) => run.items.length);
    }

    stateIcon(item) {
        return STATES[item.state][0];
    }

    stateWords(item) {
        return STATES[item.state][1];
    }

    fileUrl(file) {
        return `/web/content/${file.id}?download=true`;
    }

    imageUrl(file) {
        return `/web/image/${file.id}/120x90`;
    }

    /** Keep one answer; what the server refuses is shown and the old answer comes back. */
    fill(item, value, files = null) {
        return this.mutex.exec(async () => {
            this.state.busyId = item.id;
            try {
                Object.assign(item, await this.orm.call("it.task.run.item", "action_fill", [[item.id], value, files]));
            } catch (error) {
                if (status(this) !== "destroyed") {
                    await this.load(this.props);
                }
                throw error;
            } finally {
                this.state.busyId = 0;
            }
            const { record } = this.props;
            if ("items_changed" in record.data) {
                await record.update({ items_changed: record.data.items_changed + 1 });
            }
        });
    }

    choose(item, choice) {
        return this.fill(item, item.text === choice.value ? "" : choice.value);
    }

    choiceClass(item, choice) {
        if (item.text !== choice.value) {
            return "btn-secondary";
        }
        return choice.is_bad ? "btn-danger" : "btn-success";
    }

    async addFiles(item, ev) {
        const chosen = [...ev.target.files];
        ev.target.value = "";
        const files = await Promise.all(
            chosen.map(async (file) => ({ name: file.name, data: (await getDataURLFromFile(file)).split(",")[1] }))
        );
        if (files.length) {
            await this.fill(item, null, files);
        }
    }

    removeFiles(item) {
        return this.fill(item, null, []);
    }

    sign(item) {
        this.dialog.add(SignatureDialog, {
            defaultName: user.name,
            nameAndSignatureProps: { mode: "draw", displaySignatureRatio: 3, signatureType: "signature", noInputName: true },
            uploadSignature: ({ signatureImage }) =>
                this.fill(item, null, [{ name: `${user.name}.png`, data: signatureImage.split(",")[1] }]),
        });
    }
}

registry.category("view_widgets").add("it_run_items", {
    component: RunItems,
    fieldDependencies: [],
});
