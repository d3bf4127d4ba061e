// The library in its worker. `HTPASSWD` is in htpasswd.js, which build.sh makes: the text of the worker, and the compiled
// library in Base64.
"use strict";

class Library {
    #worker;
    #module;
    #waiting = new Map();
    #last = 0;

    // Starts the worker, and returns the tables of servers, schemes and formats.
    async start() {
        if (!this.#module) {
            const bytes = Uint8Array.from(atob(HTPASSWD.wasm), (character) => character.charCodeAt(0));
            this.#module = await WebAssembly.compile(bytes);
        }
        // A worker from a blob has the Content-Security-Policy of the page. A worker from a file would have none.
        const address = URL.createObjectURL(new Blob([HTPASSWD.worker], { type: "text/javascript" }));
        this.#worker = new Worker(address);
        this.#worker.onmessage = ({ data }) => this.#receive(data);
        this.#worker.onerror = (event) => this.#failAll({ message: event.message || "The worker does not start." });
        const tables = await this.call("start", { module: this.#module });
        URL.revokeObjectURL(address);
        return tables;
    }

    // Calls a function of worker.js. A failure is an object with a message and, if it has one, a field.
    call(call, parameters = {}, onProgress = () => {}) {
        const id = ++this.#last;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject, onProgress });
            this.#worker.postMessage({ id, call, parameters });
        });
    }

    // Ends all calls that are waiting, and starts a new worker.
    cancel() {
        this.#worker.terminate();
        this.#failAll({ cancelled: true, message: "Cancelled. The file is unchanged." });
        return this.start();
    }

    #receive({ id, progress, value, fault }) {
        const waiting = this.#waiting.get(id);
        if (!waiting) return;
        if (progress !== undefined) return waiting.onProgress(progress);
        this.#waiting.delete(id);
        if (fault) waiting.reject(fault);
        else waiting.resolve(value);
    }

    #failAll(fault) {
        const all = [...this.#waiting.values()];
        this.#waiting.clear();
        all.forEach(({ reject }) => reject(fault));
    }
}
