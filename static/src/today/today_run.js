import { Component } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

// state -> [icon, tone, words]
const STATES = {
    pending: ["fa-circle-o", "calm", _t("To do")],
    auto_verified: ["fa-check-circle", "good", _t("Verified by agent")],
    done: ["fa-check-circle", "good", _t("Done")],
    verified: ["fa-check-circle", "good", _t("Done and verified")],
    failed: ["fa-times-circle", "bad", _t("Failed")],
    missed: ["fa-calendar-times-o", "bad", _t("Missed")],
    not_applicable: ["fa-minus-circle", "calm", _t("Not applicable")],
};
const HEALTH_TONES = { critical: "bad", unknown: "bad", warning: "warn" };
const HEALTH_WORDS = {
    ok: _t("Checks are ok"),
    warning: _t("A check is in warning"),
    critical: _t("A check is critical"),
    unknown: _t("A check is silent"),
    waiting: _t("A check waits for its first result"),
};
const REASONS_SHOWN = 2;

/** Tell whether the reader may say that the run was found bad. */
export function canFail(run) {
    return run.action === "action_do" && run.state === "pending";
}

/** Tell whether the reader may say that the run does not apply this time. */
export function canSkip(run) {
    return run.action === "action_do" && !run.is_missed;
}

/** One line of the Today board. */
export class TodayRun extends Component {
    static template = "it_continuity.TodayRun";
    static components = { Dropdown, DropdownItem };
    static props = {
        run: Object,
        today: String,
        isBusy: Boolean,
        onAct: Function,
        onOpen: Function,
        onOpenTicket: Function,
        onOpenAlert: Function,
    };

    get run() {
        return this.props.run;
    }

    get stateWords() {
        if (!this.run.is_open) {
            return _t("Opens %s", this.when(this.run.opens));
        }
        const isPlain = (this.run.state === "pending" || (this.run.state === "auto_verified" && this.run.is_machine)) && !this.run.is_missed;
        return isPlain ? STATES[this.run.state][2] : this.run.status;
    }

    get icon() {
        if (!this.run.is_open) {
            return "fa-clock-o";
        }
        if (this.run.is_missed) {
            return STATES.missed[0];
        }
        if (this.run.is_unverified && !this.run.is_red) {
            return "fa-hourglass-half";
        }
        return this.isClosedWell && this.run.is_red ? "fa-exclamation-circle" : STATES[this.run.state][0];
    }

    get isClosedWell() {
        return STATES[this.run.state][1] === "good";
    }

    /** What is true now outranks what was true when the run was closed. */
    get tone() {
        if (!this.run.is_open) {
            return "later";
        }
        if (this.run.is_red || this.run.is_missed) {
            return "bad";
        }
        if (this.run.is_overdue) {
            return "warn";
        }
        if (this.run.is_unverified) {
            return HEALTH_TONES[this.run.health] || "wait";
        }
        return HEALTH_TONES[this.run.health] || STATES[this.run.state][1];
    }

    get healthTone() {
        return HEALTH_TONES[this.run.health];
    }

    /** What the checks say now, a sentence a line; the worst few where many speak at once. */
    get healthLines() {
        const lines = (this.run.health_reason || HEALTH_WORDS[this.run.health] || "").split("\n");
        const shown = lines.slice(0, REASONS_SHOWN);
        if (lines.length > REASONS_SHOWN) {
            shown.push(_t("and %s more", lines.length - REASONS_SHOWN));
        }
        return this.isClosedWell && this.healthTone ? [_t("Now: %s", shown[0]), ...shown.slice(1)] : shown;
    }

    get showsHealth() {
        return this.healthTone || (["ok", "waiting"].includes(this.run.health) && this.run.state === "pending");
    }

    get evidence() {
        const [first, ...others] = this.run.evidence;
        return first && { ...first, others: others.length };
    }

    get evidenceTitle() {
        return this.run.evidence.map((one) => `${one.name}: ${one.summary} (${this.when(one.at)})`).join("\n");
    }

    get closedBy() {
        const { done, done_by, verified_by } = this.run;
        const parts = [];
        if (done_by) {
            parts.push(
                done ? _t("%(person)s at %(time)s", { person: done_by.name, time: this.when(done) }) : done_by.name
            );
        }
        if (verified_by) {
            parts.push(_t("verified by %s", verified_by.name));
        }
        return parts.join(", ");
    }

    /** Who gave it to its responsible, who has not accepted it, and for whom it counts until then. */
    get givenWords() {
        const { by, counts_for } = this.run.given;
        return counts_for
            ? _t("given by %(by)s, counts for %(person)s until accepted", { by: by.name, person: counts_for.name })
            : _t("given by %s, not accepted", by.name);
    }

    get actionWords() {
        if (this.run.action !== "action_do") {
            return this.run.action === "action_ask_verify" ? _t("Verify") : _t("Try again");
        }
        if (this.run.state === "missed") {
            return _t("Enter late");
        }
        return this.run.items_left ? _t("Fill in") : _t("Done");
    }

    get actionIcon() {
        if (this.props.isBusy) {
            return "fa-circle-o-notch fa-spin";
        }
        if (this.run.action === "action_ask_reject") {
            return "fa-repeat";
        }
        if (this.run.action === "action_ask_verify") {
            return "fa-eye";
        }
        return this.run.state === "missed" || this.run.items_left ? "fa-pencil" : "fa-check";
    }

    get canFail() {
        return canFail(this.run);
    }

    get canSkip() {
        return canSkip(this.run);
    }

    get label() {
        const words = [this.run.task, this.stateWords, _t("due %s", this.when(this.run.due))];
        if (this.run.is_overdue) {
            words.push(_t("overdue"));
        }
        if (this.showsHealth) {
            words.push(...this.healthLines);
        }
        return words.join(". ");
    }

    /** A moment of the company's wall clock as the day sheet writes it: the time alone when it is today. */
    when(moment) {
        if (!moment) {
            return "";
        }
        return moment.date === this.props.today ? moment.time : `${DateTime.fromISO(moment.date).toFormat("ccc d LLL")}, ${moment.time}`;
    }
}
