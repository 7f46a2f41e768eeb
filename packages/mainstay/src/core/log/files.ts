/** Name, in the directory of logs, of the file that a stream of a service (null: both) goes to. All instances share it. */
export function logFileName(service: string, stream: 'out' | 'err' | null): string {
  return `${service.replaceAll('/', '_')}${stream === null ? '' : `.${stream}`}.log`;
}
