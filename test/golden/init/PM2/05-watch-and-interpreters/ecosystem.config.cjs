module.exports = { apps: [
  { script: 'watch.js', watch: true, ignore_watch: ['tmp', 'logs'] },
  { name: 'paths', script: 'p.ts', watch: ['src', 'config'], cwd: 'pkg' },
  { name: 'binary', script: './bin/tool', interpreter: 'none', args: ['--x'] },
  { name: 'npm', script: 'npm', args: 'run start' },
  { name: 'shell', script: 'npm run build && npm run serve' },
  { name: 'line', script: 'serve -s build -l 5000' },
  { name: 'ruby', script: 'app.rb' },
  { name: 'max', script: 'max.js', instances: 'max' },
] };
