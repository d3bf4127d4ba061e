// The page: its fields, its lists, and the calls of the library. The file is bytes, so that a file that was opened keeps
// all bytes that no edit changes. Passwords are only in the fields and in the worker.
"use strict";

const $ = (id) => document.getElementById(id);
const library = new Library();
const encoder = new TextEncoder();

// A longer list would make the page slow.
const LONGEST_LIST = 100;

let tables;
let file = new Uint8Array();
// The number of the last change, so that an answer to an earlier state of the page is dropped.
let version = 0;
const measured = new Map();

const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
};
const option = (value, text) => element("option", { value, textContent: text });
const server = () => tables.servers.find(({ name }) => name === $("server").value);
const scheme = () => tables.schemes.find(({ name }) => name === $("scheme").value);
const rows = () => [...$("rows").children];

// Errors: each field has a paragraph for its error, which assistive technology announces.

function showError(field, message) {
    const paragraph = $(field.getAttribute("aria-describedby").split(" ").pop());
    paragraph.textContent = message;
    field.setAttribute("aria-invalid", "true");
}

function clearErrors(root) {
    root.querySelectorAll(".error").forEach((paragraph) => paragraph.replaceChildren());
    root.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}

// The field of a fault, or else the status line.
function showFault(fault) {
    const row = rows()[fault.index];
    const field = (row && row.querySelector(`.${fault.field}`)) || $(fault.field || "");
    if (!field) return void ($("status").textContent = fault.message);
    showError(field, `${fault.message[0].toUpperCase()}${fault.message.slice(1)}.`);
    field.focus();
}

// 1. Server, scheme and cost.

function fillServers() {
    $("server").append(option("", `Any server that reads ${tables.any.scheme}`));
    for (const { name, aliases } of tables.servers) {
        $("server").append(option(name, aliases.length ? `${name} (${aliases.join(", ")})` : name));
    }
    for (const { name, title } of tables.formats) $("format").append(option(name, title));
}

function chooseServer() {
    const chosen = server();
    const reads = chosen ? chosen.reads : tables.schemes.map(({ name }) => name);
    const creatable = tables.schemes.map(({ name }) => name).filter((name) => reads.includes(name));
    $("scheme").replaceChildren(...creatable.map((name) => option(name, name)));
    $("scheme").value = (chosen || tables.any).scheme;
    $("server-note").textContent = reason(chosen);
    const own = tables.formats.find((format) => format.server && format.server === chosen?.name);
    const isOther = tables.formats.find(({ name }) => name === $("format").value)?.server;
    if (own && !chosen.password_file) $("format").value = own.name;
    else if (isOther) $("format").value = tables.formats[0].name;
    chooseScheme();
    $("cost").value = (chosen || tables.any).cost ?? "";
    showTime();
    update();
}

function reason(chosen) {
    if (!chosen) return `Most servers read ${tables.any.scheme}. It is the strongest scheme that they have in common.`;
    const { name, scheme, weak, password_file: readsFile, note } = chosen;
    const choice = weak
        ? `${name} reads nothing stronger than ${scheme}, which is weak. Keep the file secret.`
        : `${scheme} is the strongest scheme that ${name} reads.`;
    const place = readsFile ? "" : ` ${name} reads no password file, so use its own format below.`;
    return `${choice}${place}${note ? ` Note: ${note}.` : ""}`;
}

function chooseScheme() {
    const { cost } = scheme();
    $("cost-field").hidden = !cost;
    $("cost-label").textContent = cost && !cost.doubles ? "Rounds" : "Cost";
    if (cost) Object.assign($("cost"), { min: cost.least, max: cost.most, value: cost.default });
    showTime();
}

// The time is measured with a low cost, because a high one would block the worker.
async function showTime() {
    const { name, cost } = scheme();
    const at = cost ? cost.least * (cost.doubles ? 1 : 5) : 0;
    const base = cost?.doubles ? at + 2 : at;
    try {
        if (!measured.has(name)) measured.set(name, await library.call("measure", { scheme: name, cost: base }));
    } catch {
        return;
    }
    if (scheme().name !== name) return;
    const number = $("cost").valueAsNumber;
    const growth = !cost ? 1 : cost.doubles ? 2 ** (number - base) : number / base;
    const time = (measured.get(name) * growth) / 1000;
    $("cost-note").textContent = Number.isFinite(time)
        ? `One hash takes ${duration(time)} in this browser. A server needs about this time, or less, for each login.`
        : "";
}

function duration(seconds) {
    if (seconds < 0.01) return "less than 0.01 s";
    if (seconds < 120) return `about ${Number(seconds.toPrecision(1))} s`;
    return `about ${Math.round(seconds / 60)} minutes`;
}

// 2. The password file.

function setFile(bytes) {
    file = bytes;
    $("file").value = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const isShownExactly = equal(encoder.encode($("file").value), bytes);
    $("file-note").textContent = isShownExactly
        ? ""
        : "The file has bytes that this field cannot show, such as CRLF. They stay, unless you edit the text in this field.";
    return update();
}

const equal = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

// Shows the users, the findings and the output of the file.
async function update() {
    const current = ++version;
    const isEmpty = file.length === 0;
    $("result").hidden = isEmpty;
    $("people").hidden = isEmpty;
    if (isEmpty) return;
    try {
        const { findings, users } = await library.call("check", { file, server: $("server").value });
        if (current !== version) return;
        showUsers(users);
        showFindings(findings);
        await showOutput(current);
    } catch (fault) {
        if (!fault.cancelled) showFault(fault);
    }
}

function showUsers(users) {
    const entries = users.slice(0, LONGEST_LIST).map((name, index) => {
        const change = element("button", { type: "button", textContent: "New password" });
        change.setAttribute("aria-label", `New password for ${name}`);
        change.addEventListener("click", () => {
            const empty = rows().find((row) => !row.querySelector(".user").value) || addRow();
            empty.querySelector(".user").value = name;
            empty.querySelector(".password").focus();
        });
        const remove = element("button", { type: "button", textContent: "Delete" });
        remove.setAttribute("aria-label", `Delete ${name}`);
        remove.addEventListener("click", async () => {
            clearErrors($("form"));
            try {
                await setFile(await library.call("remove", { file, index }));
            } catch (fault) {
                return showFault(fault);
            }
            $("file-note").textContent = `Deleted ${name}. ${$("file-note").textContent}`;
            ($("people-list").querySelector("button") || $("file")).focus();
        });
        return element("li", {}, element("span", { className: "name", textContent: name }), change, remove);
    });
    if (users.length > LONGEST_LIST) entries.push(element("li", { textContent: more(users.length, "users") }));
    $("people-list").replaceChildren(...entries);
    $("people").hidden = users.length === 0;
}

const more = (all, what) => `and ${all - LONGEST_LIST} more ${what}`;

function showFindings(findings) {
    const name = $("server").value || "the most common servers";
    const plural = findings.length === 1 ? "finding" : "findings";
    $("findings-summary").textContent = findings.length
        ? `${findings.length} ${plural} for ${name}.`
        : `No findings for ${name}.`;
    const entries = findings.slice(0, LONGEST_LIST).map(({ line, severity, user, message }) =>
        element(
            "li",
            { className: `${severity}-finding` },
            element("span", { className: "severity", textContent: severity }),
            ` in line ${line}${user ? `, user ${user}` : ""}: ${message}`,
        ),
    );
    if (findings.length > LONGEST_LIST) entries.push(element("li", { textContent: more(findings.length, "findings") }));
    $("findings").replaceChildren(...entries);
}

let output = new Uint8Array();

async function showOutput(current = version) {
    clearErrors($("result"));
    $("copied").textContent = "";
    const format = $("format").value;
    $("secret-field").hidden = format !== "k8s-secret";
    try {
        const made = await library.call("write", { file, format, secret: $("secret").value });
        if (current !== version || format !== $("format").value) return;
        output = made;
    } catch (fault) {
        if (fault.cancelled) return;
        output = new Uint8Array();
        showError($(fault.field || "format"), `${fault.message}.`);
    }
    $("output").value = new TextDecoder("utf-8", { ignoreBOM: true }).decode(output);
    for (const button of ["copy", "download"]) $(button).disabled = output.length === 0;
}

// 3. Users.

function addRow() {
    const row = $("row").content.firstElementChild.cloneNode(true);
    const [user, password] = [row.querySelector(".user"), row.querySelector(".password")];
    const [show, generate, drop] = ["show", "generate", "drop"].map((name) => row.querySelector(`.${name}`));
    row.querySelectorAll(".error").forEach((paragraph, index) => {
        paragraph.id = `error-${++addRow.count}`;
        [user, password][index].setAttribute("aria-describedby", paragraph.id);
    });
    const reveal = (isShown) => {
        password.type = isShown ? "text" : "password";
        show.setAttribute("aria-pressed", String(isShown));
    };
    show.addEventListener("click", () => reveal(password.type === "password"));
    generate.addEventListener("click", async () => {
        try {
            password.value = await library.call("generate");
            reveal(true);
            password.focus();
            password.select();
        } catch (fault) {
            showFault({ ...fault, index: rows().indexOf(row) });
        }
    });
    drop.addEventListener("click", () => {
        const next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        numberRows();
        next.querySelector(".user").focus();
    });
    $("rows").append(row);
    numberRows();
    return row;
}
addRow.count = 0;

function numberRows() {
    rows().forEach((row, index, all) => {
        row.querySelector("legend").textContent = `User ${index + 1}`;
        row.querySelector(".drop").hidden = all.length === 1;
    });
}

async function createRecords() {
    clearErrors($("form"));
    const users = rows().map((row) => ({
        user: row.querySelector(".user").value,
        password: row.querySelector(".password").value,
    }));
    setBusy(users.length);
    try {
        const onProgress = (done) => {
            $("progress").value = done;
            $("status").textContent = `Hashed ${done} of ${users.length} passwords.`;
        };
        const parameters = {
            file,
            server: $("server").value,
            scheme: $("scheme").value,
            cost: $("cost").valueAsNumber,
            users,
        };
        await setFile(await library.call("set", parameters, onProgress));
        $("status").textContent = users.length === 1 ? "The record is ready." : `${users.length} records are ready.`;
        $("result-heading").focus();
    } catch (fault) {
        $("status").textContent = fault.cancelled ? fault.message : "";
        if (!fault.cancelled) showFault(fault);
    } finally {
        setBusy(0);
    }
}

function setBusy(count) {
    $("make").disabled = count > 0;
    $("cancel").hidden = count === 0;
    $("work").hidden = count === 0;
    Object.assign($("progress"), { max: Math.max(count, 1), value: 0 });
    if (count > 0) {
        $("status").textContent = count === 1 ? "Hashing the password." : `Hashing ${count} passwords.`;
        $("cancel").focus();
    }
}

// 4. Result.

async function copy() {
    const text = $("output").value;
    try {
        await navigator.clipboard.writeText(text);
        $("copied").textContent = "Copied.";
    } catch {
        $("output").focus();
        $("output").select();
        $("copied").textContent = "The browser does not allow a copy. The text is selected: press Ctrl+C.";
    }
}

function download() {
    const format = $("format").value;
    const names = { plain: "htpasswd", "k8s-secret": "secret.yaml" };
    const address = URL.createObjectURL(new Blob([output], { type: "application/octet-stream" }));
    element("a", { href: address, download: names[format] || `${format}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function tryLogin() {
    clearErrors($("login"));
    const [user, password] = [$("login-user").value, $("login-password").value];
    try {
        const isRight = await library.call("verify", { file, user, password });
        $("login-result").textContent = isRight
            ? "The password is right."
            : "The user name or the password is wrong.";
    } catch (fault) {
        showError($("login-password"), `${fault.message}.`);
    }
}

function listen() {
    $("server").addEventListener("change", chooseServer);
    $("scheme").addEventListener("change", chooseScheme);
    $("cost").addEventListener("input", showTime);
    $("file").addEventListener("input", () => {
        file = encoder.encode($("file").value);
        $("file-note").textContent = "";
        clearErrors($("form"));
        update();
    });
    $("open").addEventListener("change", async ({ target }) => {
        const opened = target.files[0];
        if (opened) await setFile(new Uint8Array(await opened.arrayBuffer()));
    });
    $("add").addEventListener("click", () => addRow().querySelector(".user").focus());
    $("form").addEventListener("submit", (event) => {
        event.preventDefault();
        createRecords();
    });
    $("cancel").addEventListener("click", () => {
        library.cancel();
        $("make").disabled = false;
        $("make").focus();
    });
    $("format").addEventListener("change", () => showOutput());
    $("secret").addEventListener("input", () => showOutput());
    $("copy").addEventListener("click", copy);
    $("download").addEventListener("click", download);
    $("login").addEventListener("submit", (event) => {
        event.preventDefault();
        tryLogin();
    });
}

async function start() {
    addRow();
    listen();
    try {
        tables = await library.start();
    } catch (fault) {
        $("status").textContent = `The library does not start: ${fault.message}`;
        return;
    }
    fillServers();
    chooseServer();
    document.body.dataset.ready = "true";
}

start();
