import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const UNDO_MS = 12000; // the toast; the row's menu and the form offer it as long as the server allows

/**
 * Tell what became of runs, close the window it was told from, and offer to take it back.
 *
 * @param {Object} env
 * @param {{params: {message: string, title?: string, type: string, sticky: boolean, undo_ids: number[]}}} action
 * @returns {Object} the action that closes the window, so that what is behind it loads anew
 */
export function runNotice(env, { params }) {
    const { message, title, type, sticky, undo_ids } = params;
    const options = { type, sticky, autocloseDelay: undo_ids.length ? UNDO_MS : undefined, className: "o_itc_notice" };
    if (title) {
        options.title = title;
    }
    if (undo_ids.length) {
        options.buttons = [{ name: _t("Undo"), primary: true, onClick: () => undo() }];
    }
    const close = env.services.notification.add(message, options);

    async function undo() {
        close();
        const reload = () => env.services.action.doAction({ type: "ir.actions.client", tag: "soft_reload" });
        const next = await env.services.orm.call("it.task.run", "action_undo", [undo_ids]);
        await env.services.action.doAction(next, { onClose: (infos) => (infos?.special ? undefined : reload()) });
    }

    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("it_continuity.run_notice", runNotice);
