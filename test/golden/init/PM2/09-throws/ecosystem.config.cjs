const missing = undefined;
module.exports = { apps: [{ name: missing.name, script: 'x.js' }] };
