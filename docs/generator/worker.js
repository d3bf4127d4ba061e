// The worker of the page. build.sh puts the glue of wasm-bindgen before this text, which defines `wasm_bindgen`.
//
// The worker answers each message with one message. It keeps neither passwords nor files between messages. The page ends
// the worker to cancel a call.
"use strict";

const calls = {
    start({ module }) {
        wasm_bindgen.initSync({ module });
        return JSON.parse(wasm_bindgen.tables());
    },
    check: ({ file, server }) => JSON.parse(wasm_bindgen.check(file, server)),
    generate: () => wasm_bindgen.generate(),
    remove: ({ file, index }) => wasm_bindgen.remove(file, index),
    write: ({ file, format, secret }) => wasm_bindgen.write(file, format, secret),
    verify: ({ file, user, password }) => wasm_bindgen.verify(file, user, password),
    // Sets the passwords of all users, one after the other, and reports each.
    set({ file, server, scheme, cost, users }, report) {
        users.forEach(({ user, password }, index) => {
            try {
                file = wasm_bindgen.set(file, server, scheme, cost, user, password);
            } catch (error) {
                error.index = index;
                throw error;
            }
            report(index + 1);
        });
        return file;
    },
    // The milliseconds of one hash: the shorter of two, because the browser optimizes the code during the first.
    measure({ scheme, cost }) {
        const times = [1, 2].map(() => {
            const start = performance.now();
            wasm_bindgen.set(new Uint8Array(), "", scheme, cost, "user", "password");
            return performance.now() - start;
        });
        return Math.min(...times);
    },
};

// An error of the library has JSON as its message: the field and a sentence.
function fault(error) {
    try {
        return { index: error.index, ...JSON.parse(error.message) };
    } catch {
        return { index: error.index, message: String(error) };
    }
}

self.onmessage = ({ data: { id, call, parameters } }) => {
    try {
        const value = calls[call](parameters, (progress) => self.postMessage({ id, progress }));
        self.postMessage({ id, value });
    } catch (error) {
        self.postMessage({ id, fault: fault(error) });
    }
};
