// Loaded into a program (`node --import`), lets a test make it fail: SIGUSR2 ends it with exit code 1, SIGHUP makes it
// start a child that leaves its session and its process group.
import { spawn } from 'node:child_process';

process.on('SIGUSR2', () => process.exit(1));
process.on('SIGHUP', () => spawn('sleep', ['86400'], { detached: true, stdio: 'ignore' }).unref());
