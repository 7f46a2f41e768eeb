/** The store's own thread: a disk that does not answer stops this thread and nothing else. */
import { parentPort } from 'node:worker_threads';
import { failureOf } from './errors.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { Answer, Reply, Request, Retention } from './messages.ts';

const port = parentPort!;
/** Set by the first request, which is to open. */
let keeper!: Keeper;
let opened = false;
let trimming: NodeJS.Timeout | undefined;

function answer(request: Request): Reply {
  switch (request.type) {
    case 'open': {
      const { options } = request;
      try {
        if (!opened) keeper = createKeeper(options);
        opened = true;
        const { snapshot, lastGroup } = keeper.open();
        scheduleTrim(options.retention, options.retention.everyMs);
        return { type: 'opened', snapshot, lastGroup };
      } catch (error) {
        return { type: 'open-failed', failure: failureOf(error) };
      }
    }
    case 'write': {
      try {
        keeper.write(request.group, request.changes);
        return { type: 'written', group: request.group };
      } catch (error) {
        return { type: 'write-failed', group: request.group, failure: failureOf(error) };
      }
    }
    case 'events':
    case 'history':
    case 'results': {
      try {
        return { type: 'read', id: request.id, answer: read(request) };
      } catch (error) {
        return { type: 'read-failed', id: request.id, failure: failureOf(error) };
      }
    }
    case 'close': {
      clearTimeout(trimming);
      try {
        keeper.close();
      } catch (error) {
        return { type: 'closed', failure: failureOf(error) };
      }
      return { type: 'closed', failure: null };
    }
  }
}

function read(request: Extract<Request, { type: 'events' | 'history' | 'results' }>): Answer {
  switch (request.type) {
    case 'events':
      return keeper.events(request.query);
    case 'history':
      return keeper.history(request.query);
    case 'results':
      return keeper.results(request.query);
  }
}

/** Old rows are deleted between messages, a chunk at a time. A failure waits for the next round: writes report the disk. */
function scheduleTrim(retention: Retention, delayMs: number): void {
  clearTimeout(trimming);
  trimming = setTimeout(() => {
    let more = false;
    try {
      more = keeper.trim();
    } catch {
      more = false;
    }
    scheduleTrim(retention, more ? retention.pauseMs : retention.everyMs);
  }, delayMs);
}

port.on('message', (request: Request) => {
  port.postMessage(answer(request));
  if (request.type === 'close') port.close();
});
