// Loads one of each, for the test of the recorder.
import 'node:dns';
import 'yaml';
import '@mainstay/protocol';
