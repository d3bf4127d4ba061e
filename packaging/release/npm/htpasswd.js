#!/usr/bin/env node
// Runs the htpasswd program of this processor, with the same arguments, terminal and exit code. The package contains the
// programs, so that the installation downloads nothing else.
"use strict";
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");

const program = join(__dirname, "programs", process.arch, "htpasswd");
const { error, signal, status } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
    console.error(`htpasswd: cannot run ${program}: ${error.code}`);
    process.exit(126);
}
if (signal) process.kill(process.pid, signal);
process.exitCode = status;
