// Runs in each page before anything of the page: counts what is on its way and keeps what went wrong.
(() => {
    const walk = (window.itcWalk = { pending: 0, trouble: [], searches: [], changedAt: 0, opened: [] });

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
        return open.call(this, method, url, ...more);
    };
    XMLHttpRequest.prototype.send = function (body) {
        walk.pending += 1;
        this.addEventListener("loadend", () => {
            walk.pending -= 1;
            const isText = !this.responseType || this.responseType === "text";
            note(this.itcUrl, this.status, isText ? this.responseText : "", typeof body === "string" ? body : null);
        });
        return send.call(this, body);
    };

    const { fetch } = window;
    window.fetch = async (request, options) => {
        walk.pending += 1;
        try {
            const response = await fetch(request, options);
            if (response.status >= 400) {
                note(String(request.url || request), response.status, "", null);
            }
            return response;
        } finally {
            walk.pending -= 1;
        }
    };

    // A page opened beside would be a second browser on the same transaction; that it was asked for is enough.
    window.open = (url) => {
        walk.opened.push(String(url));
        return null;
    };

    // What fades in is judged as it stands at last.
    document.addEventListener("DOMContentLoaded", () => {
        const still = document.createElement("style");
        still.textContent = ".fade { transition: none !important; }";
        document.head.append(still);
    });

    // Scripts and styles that are loaded on demand are on their way too.
    new MutationObserver((changes) => {
        walk.changedAt = performance.now();
        for (const node of changes.flatMap((change) => [...change.addedNodes])) {
            if (node.matches?.("script[src], link[rel=stylesheet][href]") && document.readyState === "complete") {
                walk.pending += 1;
                for (const name of ["load", "error"]) {
                    node.addEventListener(name, () => (walk.pending -= 1), { once: true });
                }
            }
        }
    }).observe(document, { childList: true, subtree: true });
})();
