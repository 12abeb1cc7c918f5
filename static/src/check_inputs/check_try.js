import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useTextMode } from "./inputs";

const POLL_MS = 3000;
const BADGES = { ok: "text-bg-success", warning: "text-bg-warning", critical: "text-bg-danger", unknown: "text-bg-secondary" };

/** Return the one text of a JSON value, in whatever order its keys came. */
function canonical(value) {
    if (Array.isArray(value)) {
        return `[${value.map(canonical)}]`;
    }
    if (value && typeof value === "object") {
        return `{${Object.keys(value)
            .sort()
            .map((key) => `${key}:${canonical(value[key])}`)}}`;
    }
    return JSON.stringify(value ?? null);
}

/** "Try now": the host looks once with what stands on the form, saved or not, and the answer is shown when it comes. */
export class CheckTry extends Component {
    static template = "it_continuity.CheckTry";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.mode = useTextMode();
        this.state = useState({ told: false, isAsking: false });
        useRecordObserver((record) => this.follow(record));
        onWillUnmount(() => {
            this.isGone = true;
            this.stop();
        });
    }

    get canTry() {
        const { can_define, agent_id, kind } = this.props.record.data;
        return can_define && agent_id && kind;
    }

    get result() {
        return this.state.told && this.state.told.result;
    }

    get isWaiting() {
        return ["waiting", "late"].includes(this.state.told.state);
    }

    get badge() {
        return BADGES[this.result.state];
    }

    /** Tell whether something else stands on the form now than what was tried. */
    get isOther() {
        const { data } = this.props.record;
        if (this.mode.isText(this.props.record)) {
            return false;
        }
        const limits = data.limits?.length ? data.limits : data.published.limits;
        const now = { kind: data.kind, settings: data.settings || {}, limits, timeout_s: data.timeout_s };
        return canonical(now) !== canonical({ ...this.state.told.definition, settings: this.state.told.definition.settings || {} });
    }

    /** Show the last try of another check; a new one that has been saved keeps its own. */
    async follow(record) {
        const { resId, data } = record;
        if (resId === this.resId) {
            return;
        }
        const wasSaved = this.resId === false && this.state.told;
        this.resId = resId;
        if (wasSaved) {
            return;
        }
        this.stop();
        this.state.told = false;
        if (resId && data.can_define) {
            const told = await this.orm.silent.call("it.check.try", "follow_last", [resId]);
            if (this.resId === resId && !this.state.told) {
                this.take(told);
            }
        }
    }

    async ask() {
        const { record } = this.props;
        this.state.isAsking = true;
        try {
            await record.isDirty(); // what is being typed counts
            const { agent_id, kind, settings, limits, timeout_s, settings_text, limits_text } = record.data;
            const lines = this.mode.isText(record) ? { settings_text: settings_text || "", limits_text: limits_text || "" } : {};
            const values = { check_id: record.resId || false, agent_id: agent_id.id, kind, timeout_s, settings, limits, ...lines };
            const told = await this.orm.call("it.check.try", "ask", [values]);
            if (this.props.record.id === record.id) { // the reader may have gone on to another check meanwhile
                this.take(told);
            }
        } finally {
            this.state.isAsking = false;
        }
    }

    /** Show how a try stands, and ask again while it waits. */
    take(told) {
        this.stop();
        this.state.told = told;
        if (told && this.isWaiting) {
            this.timer = browser.setTimeout(() => this.poll(told), POLL_MS);
        }
    }

    async poll(told) {
        let next = told;
        try {
            next = await this.orm.silent.call("it.check.try", "follow", [[told.id]]);
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
        if (this.state.told.id === told.id && !this.isGone) {
            this.take(next);
        }
    }

    stop() {
        browser.clearTimeout(this.timer);
    }
}

registry.category("view_widgets").add("it_check_try", { component: CheckTry });
