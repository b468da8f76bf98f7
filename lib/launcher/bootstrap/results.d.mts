export interface Counts {
  passed: number
  failed: number
  skipped: number
}
interface Report {
  testResults: Array<{ status: string; assertionResults: Array<{ status: string }> }>
}

/** Counts what vitest's JSON report holds; what could not be run is a failure. */
export function countResults(report: Report | undefined, exitCode: number): Counts
/** `N passed, N failed`, and `, N skipped` where there are any. */
export function summaryLine(counts: Counts): string
