// Versions of an app come one after another behind nginx, bad ones among them, while wrk asks: no request may fail.
import type { Campaign } from '../scripts/campaign/run.ts';
import { randomFrom } from '../test/support/random.ts';
import { Balanced } from '../test/support/rolling.ts';

/** Reloads of the whole campaign. */
const RELOADS = 50;
/** Of these, one in so many is of a version that never stands. */
const BAD_EVERY = 5;
const INSTANCES = 3;

export const campaign: Campaign = {
  name: 'rolling',
  what: 'An app of three instances behind nginx is reloaded again and again while wrk asks; one version in five never gets ready and is rolled back. No request fails, every reload ends as it should, and afterwards all instances run the same version.',
  async run({ seed, scale, log }) {
    const random = randomFrom(seed);
    const failures: string[] = [];
    const reloads = Math.max(BAD_EVERY, Math.round(RELOADS * scale));
    const counts = { reloads: 0, 'rolled back': 0, requests: 0, 'requests that failed': 0 };
    const web = await Balanced.make(INSTANCES, log);
    try {
      await web.system.succeeds('up', '-d');
      web.startLoad();
      let good = '1';
      for (let version = 2; version < reloads + 2; version++) {
        const bad = version % BAD_EVERY === 0;
        web.write(String(version), bad ? (random.below(2) === 0 ? 'exits' : 'silent') : '');
        const { code, stdout, stderr } = await web.system.mainstay('reload', 'web');
        if (!bad) good = String(version);
        if (code !== (bad ? 1 : 0)) failures.push(`version ${version}: exit code ${code}: ${stdout}${stderr}`);
        const answers = await web.versions();
        if (answers.join() !== good) failures.push(`version ${version}: ${answers.join(' and ')} answer, not ${good}`);
        counts.reloads++;
        if (bad) counts['rolled back']++;
        log(`${counts.reloads} of ${reloads}: ${bad ? 'rolled back to' : 'now'} ${good}`);
      }
      const { requests, failed, text } = await web.stopLoad();
      counts.requests = requests;
      counts['requests that failed'] = failed;
      if (failed > 0) failures.push(text);
      await web.system.succeeds('down');
      failures.push(...web.system.leftovers().map((left) => `left behind: ${left}`));
    } finally {
      await web.end();
    }
    return { counts, failures };
  },
};
