import { execFile } from 'node:child_process';
import { ServersError } from './error.mjs';

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [cwd]
 * @returns {Promise<string>} what it wrote to stdout
 * @throws {ServersError} when it cannot be started or fails
 */
export function output(program, args, env = process.env, cwd = '/') {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { ...env, LC_ALL: 'C' }, cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (error.code === 'ENOENT')
        return reject(new ServersError(`${program} is missing: this needs Debian or a system like it`));
      const why =
        stderr
          .split('\n')
          .filter((line) => line.startsWith('E: '))
          .at(-1) ?? stderr.trim().split('\n').at(-1);
      reject(new ServersError(`${program} ${args.at(0) ?? ''} failed: ${why || error.message}`));
    });
  });
}
