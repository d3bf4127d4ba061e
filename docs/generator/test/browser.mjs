// What the tests share: a server for the page that records each request, and a headless Chromium.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";

export const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../..");
export const folder = process.env.GENERATOR ?? join(root, "target/generator");
const { chromium } = createRequire(join(process.env.NODE_TOOLS ?? join(root, "target/tools/generator"), "/"))("playwright-core");
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

// The options of the project's other tests with Chromium: it contacts no other server.
const options = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

// Starts a server on a free port. `requests` has the path of each request.
export async function serve(answer) {
    const requests = [];
    const server = createServer((request, response) => {
        requests.push(request.url);
        answer(request, response);
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const close = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
    return { address: `http://127.0.0.1:${server.address().port}/`, requests, close };
}

// A plain server of static files, without headers that could replace the policy of the page.
export const servePage = () =>
    serve((request, response) => {
        const name = request.url === "/" ? "index.html" : request.url.slice(1);
        try {
            if (name.includes("/")) throw new Error("no such file");
            const body = readFileSync(join(folder, name));
            response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });

export const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: options });

// Opens the page, and waits until the library has started. An error on the page fails the test.
export async function open(browser, address, settings = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...settings });
    const page = await context.newPage();
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(error.message));
    await page.goto(address);
    await page.waitForSelector("body[data-ready]");
    return page;
}

// Calls the library as the page does. Bytes pass as arrays of numbers.
export const call = (page, name, parameters) =>
    page.evaluate(
        async ([name, parameters]) => {
            if (parameters.file) parameters.file = new Uint8Array(parameters.file);
            try {
                const value = await library.call(name, parameters);
                return value instanceof Uint8Array ? { bytes: [...value] } : value;
            } catch (fault) {
                return { fault };
            }
        },
        [name, { ...parameters, file: parameters.file && [...parameters.file] }],
    );

export const run = (program, ...words) => execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

export const temporary = () => {
    const path = mkdtempSync(join(tmpdir(), "generator-"));
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
