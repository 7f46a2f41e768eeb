export function create(): unknown;
export function version(): Promise<string>;
export function launcher(): string;
export function run(
  program: string,
  cwd: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }>;
