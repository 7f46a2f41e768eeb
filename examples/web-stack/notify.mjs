// Tells mainstay something: READY=1, WATCHDOG=1. Without mainstay nothing happens.
import { write } from 'node:fs';

const fd = Number(process.env.MAINSTAY_NOTIFY_FD);
let writing = false;

export function notify(message) {
  // Not synchronously: the app goes on even if nobody reads.
  if (!(fd > 2) || writing) return;
  writing = true;
  write(fd, `${message}\n`, () => {
    writing = false;
  });
}
