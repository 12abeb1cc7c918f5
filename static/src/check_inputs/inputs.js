import { reactive, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useBus } from "@web/core/utils/hooks";

const modes = reactive({}); // id of a form's record -> its lines as they were when the text form was chosen

/** Tell which form of settings and limits is shown: inputs, or lines of text. Whatever shows one of them follows. */
export function useTextMode() {
    const shown = useState(modes);
    return {
        isText: (record) => !record.data.published || record.id in shown,
        linesBefore: (record) => shown[record.id],
        showText(record) {
            shown[record.id] = { settings_text: record.data.settings_text, limits_text: record.data.limits_text };
        },
        showInputs: (record) => delete shown[record.id],
    };
}

/**
 * Let changes reach the record one after the other, each on top of the one before; what is being typed too, when it is saved by a key before
 * the input is left. A change that is under way draws the form anew: what is typed meanwhile stays in its input.
 */
export function useTyping(record) {
    const { bus } = record.model;
    let draft; // {key, text, run} of the input that somebody types in
    let last = Promise.resolve();
    const keep = (run) => {
        last = last.catch(() => {}).then(run);
        return last;
    };
    const take = () => {
        const { run } = draft || {};
        if (draft) {
            draft.run = undefined;
        }
        return run;
    };
    const done = async (run) => {
        const typed = draft;
        take();
        try {
            await keep(run);
        } catch (error) {
            if (typed && draft === typed) {
                typed.run = run; // it did not reach the record: the next save tries again with what stands there
            }
            throw error;
        }
        if (draft === typed) {
            draft = undefined;
            bus.trigger("FIELD_IS_DIRTY", false);
        }
    };
    useBus(bus, "NEED_LOCAL_CHANGES", ({ detail }) => detail.proms.push(draft?.run ? done(draft.run) : last.catch(() => {})));
    useBus(bus, "WILL_SAVE_URGENTLY", () => take()?.());
    return {
        keep,
        done,
        /** Take what was typed when its input is left: an input that was drawn anew meanwhile tells of no change. */
        leave() {
            const { run } = draft || {};
            return run && done(run);
        },
        /** Return what an input shows: what is typed in it now, else its value. */
        shown: (key, value) => (draft?.key === key ? draft.text : value),
        note(key, text, run) {
            draft = { key, text, run };
            bus.trigger("FIELD_IS_DIRTY", true);
        },
    };
}

/** Return the number that was typed, or what was typed when it is none: the server says what is wrong with it, and it stays to be corrected. */
export function readNumber(text) {
    const typed = text.trim();
    return /^[+-]?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

export function numberFault(value, isWhole) {
    if (value === undefined || value === null || (typeof value === "number" && (!isWhole || Number.isInteger(value)))) {
        return "";
    }
    return isWhole ? _t("It has to be a whole number.") : _t("It has to be a number, such as 1.5.");
}

const SIZES = {
    s: [
        [86400, "d"],
        [3600, "h"],
        [60, "min"],
    ],
    B: [
        [2 ** 40, "TiB"],
        [2 ** 30, "GiB"],
        [2 ** 20, "MiB"],
        [2 ** 10, "KiB"],
    ],
};

/** Return seconds and bytes as people count them, nothing where the number says it well. */
export function inWords(value, unit) {
    const [size, name] = (SIZES[unit] || []).find(([least]) => Math.abs(value) >= least) || [];
    return typeof value === "number" && size ? `= ${Math.round((value / size) * 100) / 100} ${name}` : "";
}
