import { browser } from "@web/core/browser/browser";

// What a person needs for each act, in seconds: Card, Moran and Newell's keystroke-level model (1980).
const POINT_AND_PRESS_S = 1.3;
const KEY_S = 0.28;
const THINK_S = 1.35;
const KEY = "it_continuity.effort";

function read() {
    return JSON.parse(browser.sessionStorage.getItem(KEY) || "null");
}

function add(name) {
    const effort = read();
    if (effort) {
        effort[name] += 1;
        browser.sessionStorage.setItem(KEY, JSON.stringify(effort));
    }
}

// The click that a key makes of itself has no pointer behind it: its `detail` is 0.
document.addEventListener("click", (ev) => ev.detail && ev.target.closest?.("body") && add("clicks"), { capture: true });
document.addEventListener("keydown", () => add("keys"), { capture: true });

/** A step's `run`: from here on clicks, keys and time are counted, over page loads too. */
export function startEffort() {
    browser.sessionStorage.setItem(KEY, JSON.stringify({ clicks: 0, keys: 0, started: Date.now() }));
}

/**
 * Return a step's `run` that fails the tour when a person needed more than this since `startEffort`.
 *
 * @param {string} what goes to the log with the figures
 * @param {{clicks?: number, seconds?: number}} most seconds of a person's acts by the keystroke-level model; what the machine took beside them goes
 *     to the log only, because it says more of what else the machine did
 */
export function endEffort(what, { clicks = Infinity, seconds = Infinity }) {
    return () => {
        const effort = read();
        const machine = (Date.now() - effort.started) / 1000;
        const person = effort.clicks * (POINT_AND_PRESS_S + THINK_S) + effort.keys * KEY_S;
        const words = `effort: ${what}: ${effort.clicks} clicks, ${effort.keys} keys, ${person.toFixed(1)} s, and the machine ${machine.toFixed(1)} s`;
        browser.sessionStorage.removeItem(KEY);
        if (effort.clicks > clicks || person > seconds) {
            throw new Error(words);
        }
        console.log(words);
    };
}
