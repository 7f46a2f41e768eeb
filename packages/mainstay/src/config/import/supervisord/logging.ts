import { brief } from '../notes.ts';
import type { Draft, Value } from '../types.ts';
import { serviceName, whole } from '../values.ts';
import { expand } from './expand.ts';
import type { ExpandContext } from './expand.ts';
import { isTrue } from './ini.ts';
import type { IniSection } from './ini.ts';

/** Where the output goes: mainstay keeps it itself, with the size and the number of files that were asked for. */
export function readLogging(section: IniSection, draft: Draft, expansion: ExpandContext): void {
  const logging: Record<string, Value> = {};
  const redirect = section.values.get('redirect_stderr');
  const { notes } = expansion;
  for (const [key, value] of section.values) {
    const stream = /^(stdout|stderr)_(\w+)$/.exec(key);
    if (!stream) continue;
    const where = `${value.label}:${value.line}`;
    const what = `${key}=${brief(value.value)}`;
    const option = stream[2] ?? '';
    if (option === 'logfile') {
      const target = expand(value, { ...expansion, perInstance: false });
      if (/^(?:NONE|\/dev\/null)$/.test(target)) {
        notes.dropped(where, what, 'output is always kept', 'nothing; logging limits its size');
      } else if (!/^(?:AUTO|\/dev\/(?:stdout|stderr|fd\/[12]))$/.test(target)) {
        notes.dropped(
          where,
          what,
          'mainstay writes the output to its own files',
          `read it with "mainstay logs ${serviceName(draft.name)}"`,
        );
        if (stream[1] === 'stderr' && !(redirect && isTrue(redirect.value))) logging.split = true;
      }
    } else if (option === 'logfile_maxbytes') {
      if (whole(value.value) === 0) {
        const console = section.values.get(`${stream[1]}_logfile`)?.value.startsWith('/dev/');
        if (!console) notes.dropped(where, what, 'logs have a limit', 'write a large logging.max_size');
      } else if (stream[1] === 'stdout') logging.max_size = value.value.trim();
    } else if (option === 'logfile_backups') {
      if (stream[1] === 'stdout')
        logging.max_files = whole(value.value) === null ? value.value : Math.max(1, Number(value.value));
    } else {
      notes.dropped(where, what, 'mainstay does nothing like it with the output', 'nothing');
    }
  }
  if (Object.keys(logging).length > 0) draft.keys.logging = logging;
}
