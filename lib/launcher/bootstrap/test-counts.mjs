/**
 * Counts what vitest's JSON report holds. A file that could not be run at all is one failure; so is a run that failed
 * although every test passed (an error outside of any test), and a run without a report or without tests.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @param {{ testResults: Array<{ status: string, assertionResults: Array<{ status: string }> }> } | undefined} report
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countResults(report, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const file of report?.testResults ?? []) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1
      else if (status === 'failed') counts.failed += 1
      else counts.skipped += 1
    }
    const ranNothing =
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')
    if (ranNothing) counts.failed += 1
  }
  const unexplained = exitCode !== 0 && counts.failed === 0
  if (unexplained || counts.passed + counts.failed === 0) counts.failed += 1
  return counts
}

/**
 * The sum of several runs.
 *
 * @param {Counts[]} all
 * @returns {Counts}
 */
export function addCounts(all) {
  const sum = (name) => all.reduce((total, counts) => total + counts[name], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/**
 * @param {Counts} counts
 * @returns {string}
 */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
