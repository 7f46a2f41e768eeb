import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Plan, ServicePlan } from '../../core/plan/index.ts';
import {
  type EnvironmentSources,
  expand,
  expandEnvironment,
  parseDotenv,
  serviceLookup,
} from '../../core/template/index.ts';
import type { Place, Places } from '../load/report.ts';
import { didYouMean } from '../nearest.ts';
import { type Path, type Problem, sortProblems } from '../problem.ts';
import { checkApi } from './api.ts';
import { accountNames, groupId, userId } from './accounts.ts';
import { DEFAULT_PATH, programFailure } from './programs.ts';

export interface Machine {
  /** The environment in which references are looked up last, and whose PATH programs are found on. */
  env: Readonly<Record<string, string | undefined>>;
  /** Numeric id of the user who runs mainstay; 0 can become anybody. */
  uid: number;
  /** Numeric id of that user's group. */
  gid: number;
}

/**
 * What the plan needs and this machine has not: programs, users, directories, files. Reads the file
 * system; changes nothing.
 */
export async function checkMachine(plan: Plan, places: Places, machine: Partial<Machine> = {}): Promise<Problem[]> {
  const { env = process.env, uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = machine;
  const dotenv = await readEnv(path.join(plan.directory, '.env'));
  const problems = await Promise.all(
    plan.services.map((service) => new ServiceCheck(service, places, { env, uid, gid }, dotenv ?? {}).run()),
  );
  return sortProblems([...problems.flat(), ...(await checkApi(plan, places))], places.value([]).file);
}

class ServiceCheck {
  private readonly problems: Problem[] = [];
  private readonly service: ServicePlan;
  private readonly places: Places;
  private readonly machine: Machine;
  private readonly dotenv: Record<string, string>;

  constructor(service: ServicePlan, places: Places, machine: Machine, dotenv: Record<string, string>) {
    this.service = service;
    this.places = places;
    this.machine = machine;
    this.dotenv = dotenv;
  }

  async run(): Promise<Problem[]> {
    const sources = await this.sources();
    const hasDirectory = await this.directory();
    if (hasDirectory) await this.programs(sources);
    await this.accounts();
    await this.watched();
    return this.problems;
  }

  private at(...below: Path): Place {
    return this.places.value(['services', this.service.name, ...below]);
  }

  private add(place: Place, reason: string, hint: string | null): void {
    this.problems.push({ ...place, reason, hint });
  }

  private async sources(): Promise<EnvironmentSources> {
    const { name, envFiles, environment } = this.service;
    const contents: Record<string, string>[] = [];
    for (const [index, file] of envFiles.entries()) {
      const values = await readEnv(file);
      if (values === null)
        this.add(this.at('env_file', index), `there is no file ${file}`, 'create it, or remove it here');
      contents.push(values ?? {});
    }
    const late = { SERVICE: name, INSTANCE: '0' };
    return { environment, envFiles: contents, dotenv: this.dotenv, process: this.machine.env, late };
  }

  private async directory(): Promise<boolean> {
    const { workingDirectory } = this.service;
    const kind = await kindOf(workingDirectory);
    if (kind === 'directory') return true;
    const reason =
      kind === 'file' ? `${workingDirectory} is not a directory` : `there is no directory ${workingDirectory}`;
    this.add(this.at('working_dir'), reason, kind === null ? `mkdir -p ${workingDirectory}` : null);
    return false;
  }

  private async programs(sources: EnvironmentSources): Promise<void> {
    const { foreign, command, healthcheck } = this.service;
    const searchPath = expandEnvironment(sources).values['PATH'] ?? this.machine.env['PATH'] ?? DEFAULT_PATH;
    if (foreign === null) await this.program(command[0], searchPath, sources, this.at('command', 0));
    const probe = healthcheck?.kind === 'exec' ? healthcheck.target['command'] : null;
    if (!Array.isArray(probe) || typeof probe[0] !== 'string') return;
    await this.program(probe[0], searchPath, sources, this.at('healthcheck', 'exec'));
  }

  private async program(
    template: string | undefined,
    searchPath: string,
    sources: EnvironmentSources,
    place: Place,
  ): Promise<void> {
    const program = expand(template ?? '', serviceLookup(sources)).value;
    const failure = await programFailure(program, searchPath, this.service.workingDirectory);
    if (failure !== null) this.add(place, failure.reason, failure.hint);
  }

  private async accounts(): Promise<void> {
    const { user, group } = this.service;
    const { uid, gid } = this.machine;
    if (user !== null) {
      const id = await userId(user);
      if (id === null)
        this.add(this.at('user'), `there is no user "${user}"`, didYouMean(user, await accountNames('/etc/passwd')));
      else if (uid !== 0 && id !== uid) {
        this.add(this.at('user'), `only root can start a program as ${user}`, 'run mainstay as root, or remove user');
      }
    }
    if (group === null) return;
    const place = this.at('group').path.endsWith('group') ? this.at('group') : this.at('user');
    const id = await groupId(group);
    if (id === null) {
      this.add(place, `there is no group "${group}"`, didYouMean(group, await accountNames('/etc/group')));
    } else if (uid !== 0 && id !== gid) {
      this.add(place, `only root can start a program as group ${group}`, 'run mainstay as root, or remove group');
    }
  }

  private async watched(): Promise<void> {
    for (const [index, { path: file }] of this.service.watch.entries()) {
      if ((await kindOf(file)) !== null) continue;
      this.add(
        this.at('develop', 'watch', index, 'path'),
        `there is no file or directory ${file}`,
        'create it, or remove it here',
      );
    }
  }
}

async function kindOf(file: string): Promise<'file' | 'directory' | null> {
  try {
    return (await stat(file)).isDirectory() ? 'directory' : 'file';
  } catch {
    return null;
  }
}

/** The variables of an environment file, or null when it cannot be read. What is wrong in it was reported at loading. */
async function readEnv(file: string): Promise<Record<string, string> | null> {
  try {
    return parseDotenv(await readFile(file, 'utf8')).values;
  } catch {
    return null;
  }
}
