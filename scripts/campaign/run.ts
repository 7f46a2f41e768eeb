// What a campaign is, which there are, and running one.
import { randomInt } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A file campaigns/NAME.ts exports one as `campaign`. */
export interface Campaign {
  readonly name: string;
  /** One line for the list and the evidence. */
  readonly what: string;
  readonly run: (options: CampaignOptions) => Promise<CampaignOutcome>;
  /** It asks for more than a test may, such as another operating system: no small form of it is among the tests. */
  readonly byHand?: boolean;
}

export interface CampaignOptions {
  /** Everything random follows from it. */
  readonly seed: number;
  /** Share of the whole campaign: 1 is all of it, 0.05 a twentieth. */
  readonly scale: number;
  readonly log: (line: string) => void;
}

export interface CampaignOutcome {
  /** What was done, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** One line each; empty when all held. */
  readonly failures: readonly string[];
  /** What is worth a line each and is no failure. */
  readonly notes?: readonly string[];
}

export interface CampaignResult extends CampaignOutcome {
  readonly name: string;
  readonly what: string;
  readonly seed: number;
  readonly scale: number;
  readonly seconds: number;
}

const MAX_SEED = 2 ** 31;

/**
 * All campaigns below a root, by name.
 * @throws Error when a file in campaigns/ is none, or is called otherwise than its campaign
 */
export async function loadCampaigns(root: string): Promise<Campaign[]> {
  const found: Campaign[] = [];
  for (const path of globSync('campaigns/*.ts', { cwd: root }).toSorted()) {
    const { campaign } = (await import(pathToFileURL(join(root, path)).href)) as { campaign?: Campaign };
    if (campaign === undefined || path !== `campaigns/${campaign.name}.ts`) {
      throw new Error(`${path} must export a \`campaign\` whose name is that of the file`);
    }
    found.push(campaign);
  }
  return found;
}

/** Runs one; without a seed, with a fresh one that is logged first. What it throws is a failure. */
export async function runCampaign(
  { name, what, run }: Campaign,
  { seed = randomInt(MAX_SEED), scale, log }: { seed?: number | undefined; scale: number; log: (line: string) => void },
): Promise<CampaignResult> {
  log(`campaign ${name}: seed ${String(seed)}, scale ${String(scale)}`);
  const start = performance.now();
  let outcome: CampaignOutcome;
  try {
    outcome = await run({ seed, scale, log });
  } catch (error) {
    outcome = {
      counts: {},
      failures: [`stopped by ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
    };
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  return { name, what, seed, scale, seconds, ...outcome };
}
