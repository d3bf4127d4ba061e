// The compiled library in the browser: known answers, and the same results as the command.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { call, launch, open, root, run, servePage, temporary } from "./browser.mjs";

const htpasswd = process.env.HTPASSWD ?? join(root, "target/debug/htpasswd");
let browser, server, page, scratch;

before(async () => {
    scratch = temporary();
    server = await servePage();
    browser = await launch();
    page = await open(browser, server.address);
});

after(async () => {
    await browser.close();
    await server.close();
    scratch.remove();
});

// The library of the page has neither the feature libxcrypt nor argon2, and passwords of the page are text.
test("known answers", async () => {
    const folder = join(root, "tests/data/vectors");
    const files = readdirSync(folder).filter((name) => !["argon2.tsv", "libxcrypt.tsv", "plain.tsv"].includes(name));
    const vectors = files.flatMap((name) =>
        readFileSync(join(folder, name), "utf8")
            .split("\n")
            .filter((line) => line && !line.startsWith("#"))
            .map((line) => line.split("\t"))
            .map(([expect, password, hash]) => ({ expect, password: Buffer.from(password, "base64"), hash })),
    );
    const isText = ({ password }) => Buffer.from(password.toString("utf8")).equals(password) && !password.includes(0);
    const chosen = vectors.filter((vector) => isText(vector) && !vector.hash.startsWith("b64:"));
    const wrong = await page.evaluate(async (vectors) => {
        const wrong = [];
        for (const { expect, password, hash } of vectors) {
            const file = new TextEncoder().encode(`user:${hash}\n`);
            const verdict = await library.call("verify", { file, user: "user", password }).catch((fault) => fault.message);
            if (verdict !== (expect === "match")) wrong.push({ expect, password, hash, verdict });
        }
        return wrong;
    }, chosen.map(({ password, ...rest }) => ({ ...rest, password: password.toString("utf8") })));
    assert.deepEqual(wrong, []);
    const matches = chosen.filter(({ expect }) => expect === "match").length;
    assert.ok(chosen.length > 1500 && matches > 700, `${chosen.length} vectors, ${matches} matches`);
});

test("the servers, schemes and costs are those of the command", async () => {
    const { servers } = JSON.parse(run(htpasswd, "--for", "help", "--json"));
    const options = await page.evaluate(() => tables);
    assert.deepEqual(options.servers, servers);
    for (const { name, scheme, cost } of servers) {
        await page.selectOption("#server", name);
        assert.equal(await page.inputValue("#scheme"), scheme, name);
        if (cost !== null) assert.equal(Number(await page.inputValue("#cost")), cost, name);
        const made = await call(page, "set", {
            file: [], server: name, scheme, cost: scheme === "bcrypt" ? 4 : 1000, users: [{ user: "alice", password: "abc123" }],
        });
        assert.equal(made.fault, undefined, name);
        const { findings } = await call(page, "check", { file: made.bytes, server: name });
        const unread = findings.filter(({ kind }) => kind.startsWith("unreadable"));
        assert.deepEqual(unread, [], name);
    }
    await page.selectOption("#server", "");
});

const odd = Buffer.concat([
    Buffer.from("\ufeff# staff\r\nbob:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0:Bob Smith\r\n"),
    Buffer.from("m\xfcller:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n \nbob:x\ncarol:!$2y$05$x\\\n", "latin1"),
    Buffer.from("dave:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"),
]);

test("the findings are those of the command, for each server", async () => {
    const path = join(scratch.path, "odd");
    const { servers } = await page.evaluate(() => tables);
    for (const text of [odd, Buffer.from("a:$2y$31$x\nno colon\n"), Buffer.from(""), Buffer.from("a:b\n", "utf16le")]) {
        writeFileSync(path, text, { mode: 0o600 });
        for (const name of ["", ...servers.map(({ name }) => name)]) {
            let output;
            try {
                output = run(htpasswd, "--check", "--json", ...(name ? ["--for", name] : []), path);
            } catch (error) {
                output = error.stdout;
            }
            const about = ["not-readable", "readable-by-others", "writable-by-others"];
            const expected = JSON.parse(output).findings.filter(({ kind }) => !about.includes(kind));
            const { findings } = await call(page, "check", { file: text, server: name });
            const comparable = ({ line, severity, kind, message }) => ({ line, severity, kind, message });
            assert.deepEqual(findings.map(comparable), expected.map(comparable), name);
        }
    }
});

test("each format has the text that the command prints", async () => {
    const path = join(scratch.path, "users");
    const text = "# staff\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\nalice:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
    const { formats } = await page.evaluate(() => tables);
    const seen = [];
    for (const lines of [text, text.split("\n").slice(2).join("\n")]) {
        writeFileSync(path, lines);
        for (const { name } of formats.filter(({ name }) => name !== "plain")) {
            const made = await call(page, "write", { file: Buffer.from(lines), format: name, secret: "htpasswd" });
            try {
                assert.equal(Buffer.from(made.bytes ?? []).toString(), run(htpasswd, "--list", "--format", name, path));
                seen.push(name);
            } catch (error) {
                if (!error.stderr) throw error;
                assert.ok(error.stderr.includes(made.fault.message), `${error.stderr} ${made.fault.message}`);
            }
        }
    }
    assert.equal(new Set(seen).size, formats.length - 1, `${seen}`);
    const { bytes } = await call(page, "write", { file: odd, format: "plain", secret: "" });
    assert.deepEqual(Buffer.from(bytes), odd);
    const { fault } = await call(page, "write", { file: odd, format: "k8s-secret", secret: "No Name" });
    assert.equal(fault.field, "secret");
});

test("generated passwords are random and verify", async () => {
    const [first, second] = [await call(page, "generate", {}), await call(page, "generate", {})];
    assert.match(first, /^[a-z2-9]{26}$/);
    assert.notEqual(first, second);
});

test("Apache's htpasswd verifies a record of each scheme", async () => {
    const { schemes } = await page.evaluate(() => tables);
    for (const { name, cost } of schemes.filter(({ name }) => name !== "plain")) {
        const password = name === "des-crypt" ? "abc123" : "pä:ss wörd";
        const made = await call(page, "set", {
            file: [], server: "", scheme: name, cost: cost?.least ?? 0, users: [{ user: "jürgen", password }],
        });
        const path = join(scratch.path, "record");
        writeFileSync(path, Buffer.from(made.bytes));
        run("htpasswd", "-vb", path, "jürgen", password);
        assert.throws(() => run("htpasswd", "-vb", path, "jürgen", "wrong"));
    }
});
