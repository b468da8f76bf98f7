import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Axe {
  run(
    within: string | Document,
    options: object,
  ): Promise<{ violations: Array<{ id: string; nodes: Array<{ target: string[] }> }> }>
}

interface Look {
  /** A selector: only what lies in there. */
  within?: string
  /** Only what depends on colours: for a page whose other theme has been looked at in full. */
  coloursOnly?: boolean
}

/**
 * Rules of WCAG 2.2 A and AA that axe leaves off unless asked. The last one of that kind, about locked orientation, reads
 * style sheets: no style of ours asks how a screen is held.
 */
const FURTHER_RULES = [
  'target-size',
  'label-content-name-mismatch',
  'p-as-heading',
  'table-fake-caption',
  'td-has-header',
]

/** Of a lane's logs one is a stop by Tab, and arrows lead from it to the others (access.test.ts): axe sees no way there. */
const REACHED_BY_ARROWS = { rule: 'scrollable-region-focusable', place: '[data-resting] [role="log"]' }

const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** Every violation axe finds on the page as it is now, with the first places of each. */
export async function violations(page: Page, { within, coloursOnly = false }: Look = {}): Promise<string[]> {
  if (!(await page.evaluate(() => Reflect.has(globalThis, 'axe')))) await page.evaluate(axeSource)
  // Of no use here, and slow: details of what passes, and style sheets for rules that are off.
  const options = {
    resultTypes: ['violations'],
    preload: false,
    ...(coloursOnly
      ? { runOnly: { type: 'rule', values: COLOUR_RULES } }
      : { rules: Object.fromEntries(FURTHER_RULES.map((rule) => [rule, { enabled: true }])) }),
  }
  return page.evaluate(
    async ([selector, how, { rule, place }]) => {
      const found = await (Reflect.get(globalThis, 'axe') as Axe).run(selector ?? document, how)
      const isReached = (at: string) => document.querySelector(at)?.matches(place) === true
      return found.violations.flatMap(({ id, nodes }) => {
        const places = nodes
          .map(({ target }) => target.join(' '))
          .filter((at) => id !== rule || !isReached(at))
        return places.length === 0 ? [] : [[id, ...places.slice(0, 3)].join(' | ')]
      })
    },
    [within, options, REACHED_BY_ARROWS] as const,
  )
}

/** The same on a page that follows the machine's theme: all of it in the light one, then what depends on colours in the dark one. */
export async function violationsInBothThemes(page: Page, look: Pick<Look, 'within'> = {}): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor()
    const faults = await violations(page, { ...look, coloursOnly: colorScheme === 'dark' })
    found.push(...faults.map((fault) => `${colorScheme}: ${fault}`))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.locator('html[data-theme="light"]').waitFor()
  return found
}
