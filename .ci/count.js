// Adds up vitest's JSON reports; the last line of CI is "N passed, N failed".
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
const brokenSuites = reports
  .flatMap((report) => report.testResults)
  .filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;

const passed = sum('numPassedTests');
const failed = sum('numFailedTests') + brokenSuites;
const skipped = sum('numPendingTests');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
