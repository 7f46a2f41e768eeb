export default async () => ({
  apps: [{ name: 'esm', script: 'index.mjs', interpreter_args: ['--enable-source-maps'] }],
});
