import { Component, markup, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const TYPING_MS = 250;

/** A known answer: its question, and what to do once it is opened. */
export class KnownAnswer extends Component {
    static template = "it_continuity.KnownAnswer";
    static props = { answer: Object, id: String };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ isOpen: false, hasHelped: false });
    }

    get text() {
        return markup(this.props.answer.text); // the server has taken out of it what may run
    }

    async helped() {
        await this.orm.call("it.known.answer", "action_helped", [[this.props.answer.id]]);
        this.state.hasHelped = true;
    }
}

/** What a colleague needs of IT: known answers by ordinary words, kinds of requests, the own requests, and a system that was scanned. */
export class AskIt extends Component {
    static template = "it_continuity.AskIt";
    static components = { KnownAnswer, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Ask IT");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.sayRef = useRef("say");
        this.state = useState({ home: null, words: "", found: null, choice: "", sentence: "", isSending: false });
        this.search = useDebounced(() => this.find(), TYPING_MS);
        onWillStart(async () => {
            const home = await this.orm.call("it.ask", "get_home", [this.props.action.context?.active_id || false]);
            this.state.home = home;
        });
        useEffect((choice) => choice && this.sayRef.el?.focus(), () => [this.state.choice]);
    }

    // -- a system that was scanned --------------------------------------------------------------------------------------

    async sendAbout() {
        if (this.state.isSending || !this.state.choice) {
            return;
        }
        this.state.isSending = true;
        try {
            const { id, number } = await this.orm.call("it.ask", "log_about", [
                this.state.home.place.id,
                this.state.choice,
                this.state.sentence,
            ]);
            this.notification.add(_t("The request is %s. Follow it here or under My Tickets.", number), { type: "success", title: _t("Thank you") });
            await this.openTicket(id);
        } finally {
            this.state.isSending = false;
        }
    }

    // -- words ------------------------------------------------------------------------------------------------------------

    onWords(words) {
        this.state.words = words;
        if (this.state.words.trim()) {
            this.search();
        } else {
            this.search.cancel();
            this.state.found = null;
        }
    }

    async find() {
        const words = this.state.words;
        const found = await this.keepLast.add(this.orm.silent.call("it.ask", "find", [words]));
        if (this.state.words.trim()) {
            this.state.found = found;
        }
    }

    // -- going on -----------------------------------------------------------------------------------------------------------

    ask(tile) {
        const context = {};
        if (tile) {
            context.default_category_id = tile.id;
        }
        if (this.state.words.trim()) {
            context.default_subject = this.state.words.trim();
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: tile ? tile.name : _t("New request"),
            res_model: "it.ticket",
            views: [[false, "form"]],
            context,
        });
    }

    openTicket(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "it.ticket",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openMine() {
        return this.action.doAction("it_continuity.it_ticket_action_mine");
    }
}

registry.category("actions").add("it_continuity.ask_it", AskIt);
