import type { ForeignHost, ForeignOptions } from '../../host/foreign/index.ts';

/** What looks after services that something else runs; loaded by the first of them. */
export async function loadForeign(options: Omit<ForeignOptions, 'managerOf'>): Promise<ForeignHost> {
  const [{ createForeignHost }, { managers }] = await Promise.all([
    import('../../host/foreign/index.ts'),
    import('../../registry/managers.ts'),
  ]);
  return createForeignHost({ ...options, managerOf: managers(process.env, process.getuid?.() ?? 0) });
}
