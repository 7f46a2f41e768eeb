import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, connectionError, shownUrl } from '../../kit/index.ts';
import { complaint, statusMatches } from './expect.ts';
import { exchange } from './request.ts';
import type { Answer, Trace } from './request.ts';
import type { HttpTarget } from './target.ts';

/** Headers that must not reach another origin than the one they were meant for. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as HttpTarget;
  const report = new Report(context);
  const first = URL.parse(settings.url);
  if (first === null || !/^https?:$/.test(first.protocol)) {
    return report.observe('unknown', 'the url is not an http:// or https:// URL');
  }
  const trace: Trace = { waitingFor: 'the address', times: {} };
  const data = (): Record<string, number | string> => ({ ...trace.times });
  const where = `${settings.method} ${shownUrl(first)}`;
  if (context.signal.aborted) return report.aborted(`${where}: an answer`);
  try {
    const { answer, complaint: early } = await follow(settings, first, context, trace);
    const wrong = early ?? complaint(answer, settings.expect);
    const facts = { ...data(), status: answer.status, bytes: answer.body.length };
    if (wrong !== null) return report.observe('fail', `${where}: ${wrong}`, facts);
    return report.observe('pass', `${where}: ${answer.status}`, facts);
  } catch (error) {
    if (context.signal.aborted) {
      const observation = report.aborted(`${where}: ${trace.waitingFor}`, data());
      // A resolver that does not answer says nothing about the target.
      return trace.waitingFor === 'the address' ? { ...observation, status: 'unknown' } : observation;
    }
    const { status, message } = connectionError(error);
    const broken = trace.waitingFor === 'the rest of the answer' ? 'the answer broke off' : message;
    return report.observe(status, `${where}: ${broken}`, data());
  }
}

/** The answer after redirects; `complaint` when they lead nowhere. The trace is that of the last request. */
async function follow(
  settings: HttpTarget,
  first: URL,
  context: ProbeContext,
  trace: Trace,
): Promise<{ answer: Answer; complaint: string | null }> {
  let { method, headers, body } = settings;
  let url = first;
  for (let count = 0; ; count += 1) {
    trace.times = {};
    const { signal } = context;
    const answer = await exchange(
      { url, method, headers, body, signal, monotonicMs: () => context.monotonicMs() },
      trace,
    );
    const location = answer.headers.location;
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
    if (!isRedirect || settings.redirects === 0 || statusMatches(answer.status, settings.expect.status)) {
      return { answer, complaint: null };
    }
    if (count === settings.redirects) return { answer, complaint: `more than ${settings.redirects} redirects` };
    const next = URL.parse(location, url.href);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      return { answer, complaint: `status ${answer.status} leads to something that is not an http(s) URL` };
    }
    if (next.origin === url.origin) {
      next.username = url.username;
      next.password = url.password;
    } else {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
    }
    // RFC 9110 section 15.4: 303 asks for a GET; of 301 and 302 every client makes one of a POST.
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      body = undefined;
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
    }
    url = next;
  }
}
