import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

/** What `measure.js` offers in the page. */
interface Measures {
  page(): string[]
  matrixRows(): number
  lanes(needsAll: boolean): string[]
}

const script = readFileSync(new URL('./measure.js', import.meta.url), 'utf8')

/** Makes the measures known to every document that the page is going to show. */
export const prepareMeasures = (page: Page): Promise<unknown> => page.addInitScript(script)

/** Letters too small, words cut off, texts and controls that overlap or stick out, as the page is now. */
export const pageFaults = (page: Page): Promise<string[]> =>
  page.evaluate(() => (Reflect.get(globalThis, 'sizes') as Measures).page())

/** How many rows of the Matrix can be read as a whole. */
export const matrixRows = (page: Page): Promise<number> =>
  page.evaluate(() => (Reflect.get(globalThis, 'sizes') as Measures).matrixRows())

/** Consumers out of sight without a word; with `needsAll`, also lanes that are not in the window as a whole. */
export const laneFaults = (page: Page, needsAll: boolean): Promise<string[]> =>
  page.evaluate((all) => (Reflect.get(globalThis, 'sizes') as Measures).lanes(all), needsAll)
