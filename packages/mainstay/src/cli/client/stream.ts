import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { MainstayError } from '@mainstay/protocol';
import type { HistoryLine, JournalEvent, Progress } from '@mainstay/protocol';
import { lost } from './request.ts';

/**
 * The objects of an `application/x-ndjson` stream, which ends with a `done`.
 *
 * @throws MainstayError `no-daemon` when it breaks off before its end
 */
export async function* itemsOf<T extends Progress | HistoryLine>(response: IncomingMessage): AsyncGenerator<T> {
  for await (const items of objectsOf<T | Refused>(response)) {
    for (const item of items) {
      if ('error' in item) throw new MainstayError(item.error.code, item.error.message, item.error.hint);
      yield item;
      if (item.type === 'done') return;
    }
  }
  throw lost(undefined);
}

interface Refused {
  error: { code: MainstayError['code']; message: string; hint: string | null };
}

/** The objects of lines of JSON, as many at a time as came together: read at once they cost half as much. */
export async function* objectsOf<T>(response: Readable): AsyncGenerator<T[]> {
  for await (const some of piecesOf(response)) {
    yield JSON.parse(`[${some.filter((line) => line !== '').join(',')}]`) as T[];
  }
}

/** The events of a `text/event-stream`, until it ends. Comments keep it alive and are left out. */
export async function* eventsOf(response: IncomingMessage): AsyncGenerator<JournalEvent> {
  let data: string[] = [];
  for await (const line of lines(response)) {
    if (line === '') {
      if (data.length > 0) yield JSON.parse(data.join('\n')) as JournalEvent;
      data = [];
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line.charAt(5) === ' ' ? 6 : 5));
    }
  }
}

/** The lines of a text that comes in pieces. */
async function* lines(response: Readable): AsyncGenerator<string> {
  for await (const some of piecesOf(response)) yield* some;
}

/** The same, as many at a time as came together. */
async function* piecesOf(response: Readable): AsyncGenerator<string[]> {
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of response) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      yield parts.map((part) => (part.endsWith('\r') ? part.slice(0, -1) : part));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw lost(error);
    throw error;
  }
  if (rest !== '') yield [rest];
}
