// The rules of the house: who may import whom, and what decisions must not touch. Exits 1 with every violation.
//   node scripts/house.ts [checkout]
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkHouse } from './house/check.ts';

const root = realpathSync(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const { violations, files } = checkHouse(root);
for (const { path, line, rule, found, reason } of violations) {
  process.stdout.write(`${path}:${String(line)}: ${found} [${rule}]\n    ${reason}\n`);
}
process.stdout.write(`${String(files)} files, ${String(violations.length)} violations of the rules of the house\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
