/**
 * `$.parts[0].name`, `parts[0]["odd.name"]` → its steps: the part of JSONPath (RFC 9535) that names one value; null when it is something
 * else.
 */
export function pathSteps(path: string): string[] | null {
  const steps: string[] = [];
  let rest = path.replace(/^\$/, '');
  while (rest !== '') {
    const match = /^(?:\.?([^\s.[\]'"*$]+)|\[(\d+)\]|\["([^"]+)"\]|\['([^']+)'\])/.exec(rest);
    if (match === null) return null;
    steps.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
    rest = rest.slice(match[0].length);
  }
  return steps;
}
