// Logins at a real nginx with the files that the page makes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, open, servePage, temporary } from "./browser.mjs";

let browser, server, nginx, port, scratch;

async function freePort() {
    const listener = createServer();
    await new Promise((done) => listener.listen(0, "127.0.0.1", done));
    const found = listener.address().port;
    await new Promise((done) => listener.close(done));
    return found;
}

const login = async (user, password) => {
    const credentials = Buffer.from(`${user}:${password}`).toString("base64");
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Basic ${credentials}` } });
    return response.status;
};

before(async () => {
    scratch = temporary();
    chmodSync(scratch.path, 0o755);
    port = await freePort();
    const configuration = `
        ${process.getuid() === 0 ? "user nobody nogroup;" : ""}
        daemon off; pid ${scratch.path}/pid; error_log ${scratch.path}/log;
        events {}
        http {
            access_log off;
            ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${scratch.path}/${name};`).join(" ")}
            server {
                listen 127.0.0.1:${port};
                location = / { auth_basic test; auth_basic_user_file ${scratch.path}/htpasswd; try_files /none =404; }
            }
        }`;
    writeFileSync(join(scratch.path, "nginx.conf"), configuration);
    nginx = spawn("nginx", ["-c", join(scratch.path, "nginx.conf"), "-e", join(scratch.path, "log")], {
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
        stdio: "inherit",
    });
    server = await servePage();
    browser = await launch();
    for (let attempt = 0; ; attempt += 1) {
        try {
            await fetch(`http://127.0.0.1:${port}/`);
            return;
        } catch (error) {
            if (attempt === 50) throw error;
            await new Promise((done) => setTimeout(done, 100));
        }
    }
});

after(async () => {
    await browser.close();
    await server.close();
    const ended = new Promise((done) => nginx.on("exit", done));
    nginx.kill();
    await ended;
    scratch.remove();
});

// nginx answers 404 to a login that it accepts, because there is no file.
test("nginx accepts the passwords of each scheme, and no other", async () => {
    const page = await open(browser, server.address);
    await page.selectOption("#server", "nginx");
    const schemes = await page.$$eval("#scheme option", (options) => options.map(({ value }) => value));
    assert.ok(schemes.includes("bcrypt") && schemes.includes("sha512-crypt") && schemes.length >= 5, `${schemes}`);
    for (const scheme of schemes) {
        await page.selectOption("#scheme", scheme);
        const password = scheme === "des-crypt" ? "pa:ssw" : `pä:ss of ${scheme}`;
        await page.fill(".user", `user-${scheme}`);
        await page.fill(".password", password);
        await page.click("#make");
        await page.waitForFunction(
            (name) => document.getElementById("output").value.includes(`user-${name}:`),
            scheme,
        );
        const path = join(scratch.path, "htpasswd");
        writeFileSync(path, await page.inputValue("#output"));
        chmodSync(path, 0o644);
        assert.equal(await login(`user-${scheme}`, password), 404, scheme);
        assert.equal(await login(`user-${scheme}`, "wrong"), 401, scheme);
        // The records that were made before are still in the file.
        assert.equal(await login("user-bcrypt", "pä:ss of bcrypt"), 404, scheme);
    }
    assert.deepEqual(page.errors, []);
});
