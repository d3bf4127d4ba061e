// The page as a person uses it: by keyboard, with errors, on narrow screens, and without a network.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";

import { folder, launch, open, root, run, serve, servePage, temporary } from "./browser.mjs";

const tools = createRequire(join(process.env.NODE_TOOLS ?? join(root, "target/tools/generator"), "/"));
const pictures = process.env.PICTURES ?? join(root, "target/generator-pictures");
let browser, server, page, scratch;

before(async () => {
    scratch = temporary();
    mkdirSync(pictures, { recursive: true });
    server = await servePage();
    browser = await launch();
});

after(async () => {
    await browser.close();
    await server.close();
    scratch.remove();
});

beforeEach(async () => void (page = await open(browser, server.address)));

afterEach(async () => {
    assert.deepEqual(page.errors, []);
    await page.context().close();
});

const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
const waitForStatus = (text) => page.waitForFunction((text) => document.getElementById("status").textContent === text, text);

async function download() {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

// Presses Tab until the element has the focus.
async function tabTo(name) {
    for (let count = 0; count < 40; count += 1) {
        await page.keyboard.press("Tab");
        if ((await focus()) === name) return;
    }
    assert.fail(`Tab does not reach ${name}`);
}

test("the whole flow works by keyboard alone", async () => {
    await tabTo("server");
    await page.keyboard.type("nginx");
    assert.equal(await page.inputValue("#server"), "nginx");
    await tabTo("cost");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("4");
    await tabTo("user");
    await page.keyboard.type("alice");
    await tabTo("password");
    await page.keyboard.type("abc123");
    await tabTo("add");
    await page.keyboard.press("Enter");
    assert.equal(await focus(), "user");
    await page.keyboard.type("bob");
    await tabTo("generate");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelectorAll(".password")[1].value.length === 26);
    assert.equal(await focus(), "password");
    await page.keyboard.press("Enter");
    await waitForStatus("2 records are ready.");
    assert.equal(await focus(), "result-heading");
    await tabTo("format");
    await page.keyboard.type("Compose file: label");
    // The first characters also select the format Compose, whose records are in lines.
    await page.waitForFunction(() => document.getElementById("output").value.includes(",bob:$$2y$$04$$"));
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await tabTo("copy");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.getElementById("copied").textContent === "Copied.");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.inputValue("#output"));
    await tabTo("login-user");
    await page.keyboard.type("alice");
    await tabTo("login-password");
    await page.keyboard.type("abc123");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.getElementById("login-result").textContent === "The password is right.");
});

test("a user of an opened file gets a new password, and all other bytes stay", async () => {
    const text = Buffer.from("\xef\xbb\xbf# staff\r\nbob:x:Bob Smith\r\nM\xfcller:y\n \ncarol:z", "latin1");
    const path = join(scratch.path, "old");
    writeFileSync(path, text);
    await page.setInputFiles("#open", path);
    await page.waitForSelector("text=cannot show");
    await page.click("[aria-label='New password for bob']");
    assert.equal(await focus(), "password");
    await page.keyboard.type("abc123");
    await page.fill("#cost", "4");
    await page.click("#make");
    await waitForStatus("The record is ready.");
    const changed = await download();
    assert.equal(changed.name, "htpasswd");
    const record = /bob:(\$2y\$04\$.{53}):Bob Smith/;
    const hash = record.exec(changed.bytes.toString("latin1"))[1];
    assert.deepEqual(changed.bytes, Buffer.from(text.toString("latin1").replace("bob:x", `bob:${hash}`), "latin1"));
    await page.click("[aria-label^='Delete M']");
    await page.waitForFunction(() => !document.getElementById("people-list").textContent.includes("M"));
    const expected = changed.bytes.toString("latin1").replace("M\xfcller:y\n", "");
    assert.deepEqual((await download()).bytes, Buffer.from(expected, "latin1"));
});

test("each error is a sentence at its field", async () => {
    const errors = async () => page.$$eval("[aria-invalid]", (fields) =>
        fields.map((field) => {
            const text = document.getElementById(field.getAttribute("aria-describedby").split(" ").pop()).textContent;
            return [field.id || field.className, text, document.activeElement === field];
        }));
    const expectError = async (...expected) => {
        await page.click("#make");
        await page.waitForFunction((text) => document.body.textContent.includes(text), expected[1]);
        assert.deepEqual(await errors(), [[...expected, true]]);
    };
    await page.fill(".password", "abc123");
    await expectError("user", "The user name is empty.");
    await page.fill(".user", "a:b");
    await expectError("user", "The user name contains a colon.");
    await page.fill(".user", "alice");
    await page.fill(".password", "");
    await expectError("password", "The password is empty.");
    await page.fill(".password", "é".repeat(37));
    await expectError("password", "The password has 74 bytes, but bcrypt reads only the first 72.");
    await page.fill(".password", "abc123");
    for (const cost of ["3", "18", "", "5.5"]) {
        await page.fill("#cost", cost);
        await expectError("cost", "The number must be a whole number from 4 to 17.");
    }
    await page.fill("#cost", "4");
    await page.fill("#file", "bob:x\nno colon\n");
    await expectError("file", "Line 2 has no colon; correct or delete it first.");
    await page.fill("#file", "");
    await page.click("#make");
    await waitForStatus("The record is ready.");
    assert.deepEqual(await errors(), []);
});

test("a server without a strong scheme has a warning, and its own format is chosen", async () => {
    await page.selectOption("#server", "envoy");
    assert.match(await page.textContent("#server-note"), /nothing stronger than \{SHA\}, which is weak/);
    assert.equal(await page.isVisible("#cost-field"), false);
    await page.selectOption("#server", "haproxy");
    assert.equal(await page.inputValue("#format"), "haproxy");
    await page.selectOption("#server", "nginx");
    assert.equal(await page.inputValue("#format"), "plain");
    await page.selectOption("#scheme", "sha512-crypt");
    assert.equal(await page.textContent("#cost-label"), "Rounds");
    await page.waitForFunction(() => /takes (about|less)/.test(document.getElementById("cost-note").textContent));
});

test("a long calculation can be cancelled, and the next one works", async () => {
    await page.selectOption("#scheme", "sha512-crypt");
    await page.fill("#cost", "999999999");
    await page.fill(".user", "alice");
    await page.fill(".password", "abc123");
    await page.click("#make");
    assert.equal(await focus(), "cancel");
    await page.waitForTimeout(300);
    assert.equal(await page.textContent("#status"), "Hashing the password.");
    const start = Date.now();
    await page.keyboard.press("Enter");
    await waitForStatus("Cancelled. The file is unchanged.");
    assert.ok(Date.now() - start < 2000, "the worker ends at once");
    assert.equal(await focus(), "make");
    assert.equal(await page.inputValue("#file"), "");
    await page.fill("#cost", "1000");
    await page.click("#make");
    await waitForStatus("The record is ready.");
});

test("progress is reported for each of many users", async () => {
    await page.fill("#cost", "8");
    for (let number = 0; number < 9; number += 1) await page.click("#add");
    for (const [number, row] of (await page.$$("#rows li")).entries()) {
        await (await row.$(".user")).fill(`user${number}`);
        await (await row.$(".password")).fill("abc123");
    }
    await page.evaluate(() => {
        window.reports = [];
        const status = document.getElementById("status");
        new MutationObserver(() => window.reports.push(status.textContent)).observe(status, { childList: true });
    });
    await page.click("#make");
    await waitForStatus("10 records are ready.");
    const reports = await page.evaluate(() => window.reports);
    const expected = Array.from({ length: 10 }, (_, index) => `Hashed ${index + 1} of 10 passwords.`);
    assert.deepEqual(reports.filter((report) => report.startsWith("Hashed")), expected);
    assert.equal((await page.inputValue("#file")).split("\n").length, 11);
});

test("no request leaves the page", async () => {
    const outside = await serve((request, response) => response.writeHead(200, { "access-control-allow-origin": "*" }).end());
    const seen = [];
    await page.context().close();
    const context = await browser.newContext();
    context.on("request", (request) => seen.push(request.url()));
    page = Object.assign(await context.newPage(), { errors: [] });
    const before = server.requests.length;
    await page.goto(server.address);
    await page.waitForSelector("body[data-ready]");
    await page.fill(".user", "alice");
    await page.fill(".password", "abc123");
    await page.fill("#cost", "4");
    await page.click("#make");
    await waitForStatus("The record is ready.");
    const own = ["", ...readdirSync(folder).filter((name) => name !== "index.html")].map((name) => server.address + name);
    assert.deepEqual(seen.filter((url) => !url.startsWith("blob:")).sort(), own.sort());
    assert.equal(server.requests.length - before, own.length);

    // Code that tries to send something fails, on the page and in the worker.
    const attempts = `
        const address = ADDRESS;
        const failed = [];
        await fetch(address + "fetch", { mode: "no-cors" }).catch(() => failed.push("fetch"));
        await new Promise((done) => {
            const request = new XMLHttpRequest();
            request.onerror = () => (failed.push("xhr"), done());
            request.onload = done;
            request.open("GET", address + "xhr");
            request.send();
        });
        await new Promise((done) => {
            const socket = new WebSocket(address.replace("http", "ws") + "socket");
            socket.onerror = () => (failed.push("socket"), done());
            socket.onopen = done;
        });
        await import(address + "import").catch(() => failed.push("import"));
    `;
    for (const address of [outside.address, server.address]) {
        const code = attempts.replace("ADDRESS", JSON.stringify(address));
        const onPage = await page.evaluate(`(async () => { ${code}
            await new Promise((done) => {
                const image = new Image();
                image.onerror = () => (failed.push("image"), done());
                image.onload = done;
                image.src = address + "image";
            });
            navigator.sendBeacon(address + "beacon", "x");
            const form = Object.assign(document.createElement("form"), { action: address + "form", method: "post" });
            document.body.append(form);
            form.submit();
            return failed; })()`);
        const script = `(async () => { try { ${code} postMessage(failed); } catch (error) { postMessage(String(error)); } })()`;
        const inWorker = await page.evaluate((script) => {
            // The worker starts as in library.js.
            const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
            return new Promise((done) => (worker.onmessage = ({ data }) => done(data)));
        }, script);
        const expected = ["fetch", "xhr", "socket"];
        if (address === outside.address) expected.push("import");
        assert.deepEqual(onPage.filter((name) => expected.includes(name)), expected);
        assert.ok(onPage.includes("image"));
        assert.deepEqual(inWorker.filter((name) => expected.includes(name)), expected);
    }
    await page.waitForTimeout(300);
    assert.deepEqual(outside.requests, []);
    // A script of the page's own server may be loaded. Nothing else reaches the server.
    const rest = server.requests.slice(before + own.length).filter((path) => path !== "/import");
    assert.deepEqual(rest, []);
    assert.equal(page.url(), server.address);
    await outside.close();
});

test("nothing is stored", async () => {
    await page.fill(".user", "alice");
    await page.fill(".password", "abc123");
    await page.fill("#cost", "4");
    await page.click("#make");
    await waitForStatus("The record is ready.");
    const { cookies, origins } = await page.context().storageState({ indexedDB: true });
    assert.deepEqual([cookies, origins], [[], []]);
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    const values = await page.$$eval(".user, .password, #file", (fields) => fields.map(({ value }) => value));
    assert.deepEqual(values, ["", "", ""].slice(0, values.length));
});

test("the page works from a file, without a server", async () => {
    const local = await open(browser, pathToFileURL(join(folder, "index.html")).href);
    await local.fill(".user", "alice");
    await local.fill(".password", "abc123");
    await local.fill("#cost", "4");
    await local.click("#make");
    await local.waitForFunction(() => document.getElementById("output").value.startsWith("alice:$2y$04$"));
    const path = join(scratch.path, "local");
    writeFileSync(path, await local.inputValue("#output"));
    run("htpasswd", "-vb", path, "alice", "abc123");
    assert.deepEqual(local.errors, []);
    await local.context().close();
});

for (const [name, settings] of Object.entries({
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    narrow: { colorScheme: "light", viewport: { width: 360, height: 740 } },
    "narrow-dark": { colorScheme: "dark", viewport: { width: 360, height: 740 }, reducedMotion: "reduce" },
})) {
    test(`the page is readable: ${name}`, async () => {
        await page.context().close();
        page = await open(browser, server.address, settings);
        await page.selectOption("#server", "registry");
        await page.fill("#file", `# staff\nbob:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n${"u".repeat(80)}:*\n`);
        await page.fill(".user", "alice");
        await page.click(".generate");
        await page.waitForFunction(() => document.querySelector(".password").value.length === 26);
        await page.click("#make");
        await waitForStatus("The record is ready.");
        await page.click("#add");
        await page.click("#make");
        await page.waitForSelector("[aria-invalid]");
        await page.waitForFunction(() => document.querySelectorAll("#findings li").length > 0);
        await page.selectOption("#format", "k8s-secret");
        await page.waitForFunction(() => document.getElementById("output").value.includes("kind: Secret"));
        const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.equal(width[0], width[1], "no scrolling to the side");
        await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
        await page.evaluate(readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8"));
        const { violations, passes } = await page.evaluate(() => axe.run());
        const summary = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        assert.deepEqual(summary, []);
        assert.ok(passes.length > 20 && passes.some(({ id }) => id === "color-contrast"), `${passes.length} rules`);
    });
}
