/** What INFO of Redis says (https://redis.io/docs/latest/commands/info/). */
export class Info {
  private readonly fields = new Map<string, string>();

  constructor(text: string) {
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) this.fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }

  text(name: string): string {
    return this.fields.get(name) ?? '';
  }

  /** null when it is not there, or not a number. */
  number(name: string): number | null {
    const value = this.fields.get(name);
    return value === undefined || value === '' || !Number.isFinite(Number(value)) ? null : Number(value);
  }
}
