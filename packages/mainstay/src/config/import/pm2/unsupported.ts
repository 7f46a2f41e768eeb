type Reason = [why: string, instead: string];

/** Keys that only describe PM2's own work, and change nothing here. */
const SILENT = new Set(
  'namespace vizion autostart source_map_support disable_source_map_support pmx automation merge_logs combine_logs time version'.split(
    ' ',
  ),
);

/** Why a key of an app is not carried over, and what to do; null when nothing is lost with it. */
export function pm2Unsupported(key: string, service: string): Reason | null {
  if (SILENT.has(key)) return null;
  if (/^(?:out|error|log|output|out_log|err)_?(?:file|path)?$/.test(key) || key === 'output' || key === 'error') {
    return ['mainstay writes the output to its own files', `read it with "mainstay logs ${service}"`];
  }
  if (key === 'pid_file' || key === 'pid') return ['mainstay keeps no pid files', `see "mainstay status ${service}"`];
  if (key.startsWith('log_'))
    return ['output is kept as the program writes it', 'let the program write its own time stamps'];
  if (key === 'shutdown_with_message')
    return ['a program is told to stop by its signal', 'handle SIGINT in the program'];
  if (key === 'filter_env') return ['a program gets only what environment and env_file name', 'nothing'];
  if (key === 'force' || key === 'append_env_to_name') return ['PM2 only has it for its own list', 'nothing'];
  if (key === 'post_update' || key === 'post_start') {
    return ['mainstay runs commands only as services and tasks', `write it as a task that ${service} depends on`];
  }
  return ['mainstay.yaml has no such key', 'look whether the program needs it'];
}
