import type { Dashboard } from '../../test/support/dashboard.ts'

/** Reads one figure of the dashboard's own metrics; sums its series when labels leave several. */
export async function metric(
  dashboard: Dashboard,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const text = await (await dashboard.request('GET', '/api/metrics')).text()
  let sum = 0
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/^[{ ]/.test(line.slice(name.length))) continue
    if (Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
      sum += Number(line.slice(line.lastIndexOf(' ')))
  }
  return sum
}
