/** The first steps do what the page says. */
import { it } from 'node:test';
import { readPage } from './markdown.ts';
import { performPage } from './perform.ts';

it('docs/getting-started.md', { timeout: 280_000 }, (t) => performPage(readPage('docs/getting-started.md'), t));
