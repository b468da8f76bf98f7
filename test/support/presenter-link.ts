import type { Dashboard } from './dashboard.ts'
import { until } from './until.ts'

/** The path of the presenter's link that a shared dashboard has printed. */
export const presenterPath = (dashboard: Dashboard): Promise<string> =>
  until('the presenter’s link', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's colours
    const printed = dashboard.output().replace(/\u001b\[[0-9;]*m/g, '')
    return /https?:\/\/\S+(\/present\/\S+)/.exec(printed)?.[1]
  })
