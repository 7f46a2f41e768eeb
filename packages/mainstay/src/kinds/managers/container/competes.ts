/** What is said when the engine restarts a container by itself; null: it does not. */
export function restartsItself(name: string, policy: string): string | null {
  if (policy === '' || policy === 'no') return null;
  return (
    `the engine restarts ${name} by itself too (restart policy ${policy}); ` +
    `to leave it to mainstay: docker update --restart=no ${name}`
  );
}
