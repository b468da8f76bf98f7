interface Counts {
  passed: number
  failed: number
  skipped: number
}
interface Report {
  testResults: Array<{ status: string; assertionResults: Array<{ status: string }> }>
}
/**
 * Counts what vitest's JSON report holds. A file that could not be run at all is one failure; so is a run that failed
 * although every test passed, and a run without a report or without tests.
 */
export function countResults(report: Report | undefined, exitCode: number): Counts
/** The sum of several runs. */
export function addCounts(all: Counts[]): Counts
export function summaryLine(counts: Counts): string
