/** One assignment of a notification. */
export interface Notification {
  field: string;
  value: string;
}

/**
 * The assignments in `text`, one a line, as sd_notify(3) writes them: `READY=1`, `STATUS=…`. An empty line
 * is readiness, too, as s6 programs say it. Lines of any other form are ignored, and so is `BARRIER=1`, which is
 * answered by having been read.
 */
export function parseNotification(text: string): Notification[] {
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.flatMap((line) => {
    if (line === '') return [{ field: 'READY', value: '1' }];
    const found = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    return found === null || found[1] === 'BARRIER' ? [] : [{ field: found[1] ?? '', value: found[2] ?? '' }];
  });
}
