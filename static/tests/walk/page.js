// Runs in each page before anything of the page: counts what is on its way, waits for its end and keeps what went wrong.
(() => {
    const walk = (window.itcWalk = { pending: 0, soon: new Set(), trouble: [], searches: [], changedAt: 0, drawnAt: 0, opened: [] });

    // Owl makes an error for each hook of each component, for its stack: as deep a one as a finding has room for.
    Error.stackTraceLimit = 3;

    // What the page means to do in a moment; a longer timer, such as a notification's, is no work that somebody waits for.
    const MOMENT = 300;
    const wait = window.setTimeout.bind(window);
    walk.sleep = (ms) => new Promise((resolve) => wait(resolve, ms));

    /** Wait until the page is drawn the next time, however long that takes. */
    const frame = window.requestAnimationFrame.bind(window);
    walk.drawn = () => new Promise((resolve) => frame(resolve));

    function countCalls(ask, forget, isSoon) {
        const [askPage, forgetPage] = [window[ask].bind(window), window[forget].bind(window)];
        window[ask] = (act, ...more) => {
            const id = askPage((...given) => {
                walk.soon.delete(ask + id);
                act(...given);
            }, ...more);
            if (isSoon(...more)) {
                walk.soon.add(ask + id);
            }
            return id;
        };
        window[forget] = (id) => {
            walk.soon.delete(ask + id);
            forgetPage(id);
        };
    }
    countCalls("setTimeout", "clearTimeout", (delay = 0) => delay <= MOMENT);

    // What is to be drawn is drawn at once and not at the screen's next frame: a screen of the web client takes several of them.
    // What asks for one frame after the other, as the bar of a notification does, gets the screen's: nobody waits for its end.
    const AT_ONCE = 5;
    const [askFrame, forgetFrame] = [window.requestAnimationFrame.bind(window), window.cancelAnimationFrame.bind(window)];
    const turn = new MessageChannel();
    const frames = new Map();
    let lastId = 2 ** 40; // far from the numbers of the browser itself
    let drawing = null;

    function draw(id, { act, depth }, time) {
        walk.soon.delete(`frame ${id}`);
        const before = drawing;
        drawing = { act, depth };
        try {
            act(time);
        } finally {
            drawing = before;
        }
    }
    turn.port1.onmessage = ({ data: id }) => {
        const frame = frames.get(id);
        if (frames.delete(id)) {
            draw(id, frame, performance.now());
        }
    };
    window.requestAnimationFrame = (act) => {
        const frame = { act, depth: drawing ? drawing.depth + 1 : 0 };
        const isAgain = drawing?.act === act;
        let id;
        if (isAgain || frame.depth >= AT_ONCE) {
            id = askFrame((time) => draw(id, frame, time));
        } else {
            id = ++lastId;
            frames.set(id, frame);
            turn.port2.postMessage(id);
        }
        if (!isAgain) {
            walk.soon.add(`frame ${id}`);
        }
        return id;
    };
    window.cancelAnimationFrame = (id) => {
        walk.soon.delete(`frame ${id}`);
        if (!frames.delete(id)) {
            forgetFrame(id);
        }
    };

    /** Note when the screen has drawn what was changed: only then who watches a size or what is in view is told. */
    let isAsked = false;
    function noteChange() {
        walk.changedAt = performance.now();
        if (!isAsked) {
            isAsked = true;
            askFrame(() => {
                isAsked = false;
                const now = performance.now();
                wait(() => (walk.drawnAt = now)); // what the frame itself has to tell comes before
            });
        }
    }

    /** Count something as on its way until one of these events comes. */
    function countUntil(target, ...names) {
        walk.pending += 1;
        for (const name of names) {
            target.addEventListener(name, () => (walk.pending -= 1), { once: true });
        }
    }

    /** Nothing of ours asks another host: nobody answers here, and where somebody does, they learn who works with this Odoo. */
    function noteOutside(url) {
        const { protocol, host } = new URL(url, location.href);
        if (protocol.startsWith("http") && host !== location.host) {
            walk.trouble.push({ kind: "request", text: `another host is asked: ${url}` });
        }
    }

    function note(url, status, text, body) {
        if (status >= 400) {
            walk.trouble.push({ kind: "request", text: `${status} ${url}` });
        }
        let answer;
        try {
            answer = JSON.parse(text);
        } catch {
            return;
        }
        if (answer?.error) {
            const data = answer.error.data || {};
            walk.trouble.push({
                kind: /odoo\.exceptions\.(UserError|ValidationError|AccessError|MissingError|RedirectWarning)/.test(data.name) ? "refusal" : "request",
                text: `${data.name}: ${data.message} (${url.replace(/^.*\/web\/dataset\//, "")})`,
            });
        }
        if (/\/(web_)?name_search$/.test(url) && body) {
            const { model, kwargs } = JSON.parse(body).params;
            walk.searches.push({ model, domain: kwargs.domain || kwargs.args || [], context: kwargs.context, found: (answer?.result || []).length });
        }
    }

    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url, ...more) {
        this.itcUrl = String(url);
        noteOutside(this.itcUrl);
        return open.call(this, method, url, ...more);
    };
    XMLHttpRequest.prototype.send = function (body) {
        countUntil(this, "loadend");
        this.addEventListener("loadend", () => {
            const isText = !this.responseType || this.responseType === "text";
            note(this.itcUrl, this.status, isText ? this.responseText : "", typeof body === "string" ? body : null);
        });
        return send.call(this, body);
    };

    const { fetch } = window;
    window.fetch = async (request, options) => {
        walk.pending += 1;
        try {
            noteOutside(String(request.url || request));
            const response = await fetch(request, options);
            if (response.status >= 400) {
                note(String(request.url || request), response.status, "", null);
            }
            await response.clone().arrayBuffer();
            return response;
        } finally {
            walk.pending -= 1;
        }
    };

    // The web client keeps answers of the server in the browser's own database.
    for (const [kind, name] of [[IDBFactory, "open"], [IDBObjectStore, "get"]]) {
        const ask = kind.prototype[name];
        kind.prototype[name] = function (...given) {
            const request = ask.apply(this, given);
            countUntil(request, "success", "error");
            return request;
        };
    }

    const CALM = 12;

    /**
     * Wait until no request is on its way, nothing was rendered just now, what was is drawn and the page means to do nothing soon;
     * a page that always means to do something is idle when it has not rendered anything for `quiet` ms.
     */
    walk.idle = async (quiet = 60, limit = 20000) => {
        const start = performance.now();
        let busyAt = start;
        while (performance.now() - start < limit) {
            await walk.sleep(5);
            if (walk.pending || document.querySelector(".o_blockUI, .o_action_manager .o_loading_indicator")) {
                busyAt = performance.now();
            }
            const calm = performance.now() - Math.max(busyAt, walk.changedAt);
            if (calm > quiet || (calm > CALM && !walk.soon.size && walk.drawnAt >= walk.changedAt)) {
                return true;
            }
        }
        walk.trouble.push({ kind: "hang", text: `still busy after ${limit / 1000} s, ${walk.pending} requests on their way` });
        return false;
    };

    // A page opened beside would be a second browser on the same transaction; that it was asked for is enough.
    window.open = (url) => {
        walk.opened.push(String(url));
        return null;
    };

    // What fades or slides in is judged as it stands at last.
    document.addEventListener("DOMContentLoaded", () => {
        const still = document.createElement("style");
        still.textContent = "*, ::before, ::after { transition: none !important; animation: none !important; }";
        document.head.append(still);
    });

    // Scripts and styles that are loaded on demand are on their way too.
    new MutationObserver((changes) => {
        noteChange();
        for (const node of changes.flatMap((change) => [...change.addedNodes])) {
            if (node.matches?.("script[src], link[rel=stylesheet][href]") && document.readyState === "complete") {
                countUntil(node, "load", "error");
            }
        }
    }).observe(document, { childList: true, subtree: true });
})();
