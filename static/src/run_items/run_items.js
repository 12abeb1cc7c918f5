import { Component, markup, onMounted, useRef, useState } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { FileModel } from "@web/core/file_viewer/file_model";
import { SignatureDialog } from "@web/core/signature/signature_dialog";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const STATES = {
    empty: ["fa-circle-o text-muted", _t("Not filled in yet")],
    typed: ["fa-pencil text-muted", _t("Filled in, not looked at yet")],
    ok: ["fa-check-circle text-success", _t("As it should be")],
    bad: ["fa-exclamation-circle text-danger", _t("Not as it should be")],
    refused: ["fa-times-circle text-danger", _t("Cannot be kept")],
};
const CHECK_ICONS = {
    ok: "fa-heart-o text-success",
    warning: "fa-heartbeat text-warning-emphasis",
    critical: "fa-heartbeat text-danger",
    unknown: "fa-heartbeat text-danger",
};
const FILE_KINDS = ["photo", "file", "signature"];
const LABELLED_KINDS = ["number", "text", "tick", "photo", "file"];
const LONG_CHARS = 320;
const underway = new Map(); // record id -> what the server is being asked of it

/**
 * What a run asks for, how it is done, what it was last time and what is measured now; of a closed run, what was said.
 *
 * Answers stay here until they are confirmed: by the button of the step's dialog (field `answers` of `it.task.run.wizard`, handed over
 * just before it is saved), or by Save in the form of a run (field `answers` of `it.task.run`). Nothing is sent before, so that Discard
 * discards; nothing is forgotten when it cannot be sent, so that it can be confirmed again.
 */
export class RunItems extends Component {
    static template = "it_continuity.RunItems";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.fileViewer = useFileViewer();
        this.rootRef = useRef("root");
        this.drafts = new Map(); // item id -> {value} or {is_cleared, files}
        this.state = useState({ runs: [], isOffline: false, isOpen: {} });
        useRecordObserver((record) => this.follow(record));
        onMounted(() => {
            this.isShown = true;
            if (this.env.inDialog) {
                this.focusFirst();
            }
        });
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({ detail }) => this.drafts.size && detail.proms.push(this.handOver()));
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => {
            this.state.isOffline = detail.error instanceof ConnectionLostError;
        });
    }

    /** Let a dialog begin with its first open question; after the form's own choice, which knows text fields only. */
    async focusFirst() {
        if (hasTouch() || this.props.record.data.step !== "done") {
            return; // a keyboard would cover the screen; who found it bad says why first
        }
        await Promise.resolve();
        this.rootRef.el?.querySelector(".o_itc_item[data-state=empty] :is(input, textarea, button)")?.focus();
    }

    get isForm() {
        return this.props.record.resModel === "it.task.run";
    }

    idsOf(record) {
        if (record.resModel === "it.task.run") {
            return record.resId ? [record.resId] : [];
        }
        return [...record.data.run_ids.currentIds];
    }

    /** Load anew when the form shows another run or state, or was saved or discarded; what a dialog was told stays until it closes. */
    async follow(record) {
        const key = `${this.idsOf(record).join()} ${record.data.state || ""}`;
        const isAnswered = Boolean(record.data.answers);
        const isSettled = this.isForm && this.isHandedOver && !isAnswered;
        if (key !== this.key || isSettled) {
            this.key = key;
            await this.load(record);
        }
    }

    async load(record) {
        const ids = this.idsOf(record);
        const runs = ids.length ? await this.ask(record, ids) : [];
        this.drafts.clear();
        this.isHandedOver = false;
        this.state.runs = runs.map((run) => ({ ...run, instructions: run.instructions && markup(run.instructions) }));
    }

    /**
     * Ask the server, but not twice to show a form once: while a page loads it draws itself anew before it was shown, with a new
     * component each time. The first one's question is still under way then, and its answer serves all; hence not `this.orm`, whose
     * answers never reach anybody once the component that asked is gone.
     */
    ask(record, ids) {
        if (this.isShown || !underway.has(record.id)) {
            const answer = this.env.services.orm.call("it.task.run", "get_items", [ids]);
            underway.set(record.id, answer);
            const forget = () => underway.get(record.id) === answer && underway.delete(record.id);
            answer.then(forget, forget);
        }
        return underway.get(record.id);
    }

    // -- what is shown ------------------------------------------------------------------------------------------------

    get isMany() {
        return this.state.runs.length > 1;
    }

    hasLabel(item) {
        return LABELLED_KINDS.includes(item.kind);
    }

    stateIcon(item) {
        return STATES[item.state][0];
    }

    stateWords(item) {
        return STATES[item.state][1];
    }

    checkIcon(check) {
        return CHECK_ICONS[check.state];
    }

    isLong(run) {
        const text = new DOMParser().parseFromString(String(run.instructions), "text/html").body.textContent;
        return text.length > LONG_CHARS;
    }

    isFolded(run) {
        return !this.state.isOpen[run.id] && this.isLong(run);
    }

    toggle(run) {
        this.state.isOpen[run.id] = !this.state.isOpen[run.id];
    }

    isImage(file) {
        return (file.mimetype || "").startsWith("image/");
    }

    fileUrl(file) {
        return `/web/content/${file.id}?download=true`;
    }

    imageUrl(file) {
        return file.data ? `data:${file.mimetype};base64,${file.data}` : `/web/image/${file.id}/120x90`;
    }

    filesOf(item) {
        const draft = this.drafts.get(item.id);
        return [...(draft?.is_cleared ? [] : item.files), ...(draft?.files || [])];
    }

    /** Open a picture large, with those beside it to leaf through. */
    enlarge(file, files) {
        const models = files.filter((one) => one.id && this.isImage(one)).map((one) => Object.assign(new FileModel(), one));
        const model = models.find((one) => one.id === file.id);
        if (model) {
            this.fileViewer.open(model, models);
        }
    }

    isChosen(item, choice) {
        return item.text === choice.value;
    }

    choiceClass(item, choice) {
        if (!this.isChosen(item, choice)) {
            return "btn-secondary";
        }
        return choice.is_bad ? "btn-danger" : "btn-success";
    }

    // -- answering ----------------------------------------------------------------------------------------------------

    /** Note what is in an input at this moment, so that a hotkey pressed from within it loses nothing. */
    note(item, value) {
        this.drafts.set(item.id, { value });
        if (this.isForm) {
            this.handOver();
        }
    }

    /** Take an answer, and let the server say whether it is as it should be; without a connection it waits for that. */
    async answer(item, field, value) {
        item[field] = value;
        this.note(item, value);
        item.state = "typed";
        item.refusal = "";
        const asked = (item.asked = (item.asked || 0) + 1);
        try {
            const told = await this.orm.silent.call("it.task.run.item", "judge_answer", [[item.id], value]);
            if (item.asked === asked) {
                Object.assign(item, told);
                await this.tellBad();
            }
        } catch (error) {
            this.passOffline(error);
        }
    }

    /** A lost connection is told by the banner, and what was typed stays; anything else is an error as anywhere. */
    passOffline(error) {
        if (!(error instanceof ConnectionLostError)) {
            throw error;
        }
        this.state.isOffline = true;
    }

    /** Let the dialog know which items are bad as typed, so that it asks for a reason. */
    async tellBad() {
        const { record } = this.props;
        if (!("bad_items" in record.data)) {
            return;
        }
        const bad = {};
        for (const run of this.state.runs) {
            bad[run.id] = run.items.filter((item) => item.kind !== "check" && item.state === "bad").map((item) => item.name);
        }
        if (JSON.stringify(bad) !== this.toldBad) {
            await record.update({ bad_items: bad });
            this.toldBad = JSON.stringify(bad);
        }
    }

    async handOver() {
        await this.props.record.update({ answers: Object.fromEntries([...this.drafts].map(([id, draft]) => [id, { ...draft }])) });
        this.isHandedOver = true;
    }

    setFiles(item, draft) {
        this.drafts.set(item.id, draft);
        const count = this.filesOf(item).length;
        item.state = count ? "ok" : "empty";
        if (this.isForm) {
            this.handOver();
        }
    }

    async addFiles(item, ev) {
        const chosen = [...ev.target.files];
        ev.target.value = "";
        const files = await Promise.all(
            chosen.map(async (file) => ({
                name: file.name,
                mimetype: file.type,
                data: (await getDataURLFromFile(file)).split(",")[1] || "",
            }))
        );
        if (files.length) {
            const draft = this.drafts.get(item.id) || {};
            this.setFiles(item, { ...draft, files: [...(draft.files || []), ...files] });
        }
    }

    removeFiles(item) {
        this.setFiles(item, { is_cleared: true, files: [] });
    }

    sign(item) {
        this.dialog.add(SignatureDialog, {
            defaultName: user.name,
            nameAndSignatureProps: { mode: "draw", displaySignatureRatio: 3, signatureType: "signature", noInputName: true },
            uploadSignature: ({ signatureImage }) => {
                const file = { name: `${user.name}.png`, mimetype: "image/png", data: signatureImage.split(",")[1] };
                this.setFiles(item, { is_cleared: true, files: [file] });
            },
        });
    }

    /** Go to the backup that is to be restored, drawn now where none was: it is restored first, and the run done afterwards. */
    async openRestore(run) {
        this.action.doAction(await this.orm.call("it.task.run", "action_draw_restore", [[run.id]]));
    }

    /** Take an answer away; the only way to do so, besides emptying what was typed. */
    clear(item) {
        if (FILE_KINDS.includes(item.kind)) {
            return this.removeFiles(item);
        }
        return this.answer(item, "text", "");
    }
}

registry.category("view_widgets").add("it_run_items", {
    component: RunItems,
    fieldDependencies: [],
});
