// `npm run campaign NAME [-- --seed N] [--scale 1]`: a long randomised run whose result is kept as evidence.
// Without a name: lists the campaigns. At scale 1 the result is written to docs/evidence/NAME.json and NAME.md.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCampaigns, runCampaign } from './campaign/run.ts';
import { writeEvidence } from './campaign/evidence.ts';

const root = realpathSync(process.env['MAINSTAY_CAMPAIGN_ROOT'] ?? fileURLToPath(new URL('..', import.meta.url)));
const campaigns = await loadCampaigns(root);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError && 'code' in error)) throw error;
  process.stderr.write(`cannot run a campaign: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, scale: { type: 'string', default: '1' } },
  });
  const [name] = positionals;
  if (name === undefined) {
    for (const { name: known, what } of campaigns) say(`${known.padEnd(16)} ${what}`);
    if (campaigns.length === 0) say('there are no campaigns');
    return 0;
  }
  const campaign = campaigns.find((one) => one.name === name);
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  const scale = Number(values.scale);
  if (!campaign) return refuse(`there is no campaign ${name}; known: ${campaigns.map((one) => one.name).join(', ')}`);
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0))
    return refuse('--seed is a whole number from 0');
  if (!(scale > 0)) return refuse('--scale is a number above 0: 1 is the whole campaign');

  const result = await runCampaign(campaign, { seed, scale, log: say });
  for (const [what, count] of Object.entries(result.counts)) say(`${what}: ${String(count)}`);
  for (const failure of result.failures) say(`failure: ${failure}`);
  say(`seed ${String(result.seed)}: ${String(result.failures.length)} failures`);
  if (scale === 1) for (const path of writeEvidence(root, result)) say(`written: ${path}`);
  return result.failures.length === 0 ? 0 : 1;
}

function refuse(why: string): number {
  process.stderr.write(`cannot run a campaign: ${why}\n`);
  return 2;
}
