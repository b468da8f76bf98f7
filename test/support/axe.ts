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

const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** Every violation axe finds on the page as it is now, with the first places of each. */
export async function violations(page: Page, { within, coloursOnly = false }: Look = {}): Promise<string[]> {
  if (!(await page.evaluate(() => Reflect.has(globalThis, 'axe')))) await page.evaluate(axeSource)
  // Of no use here, and slow: details of what passes, and style sheets for rules that are off.
  const options = {
    resultTypes: ['violations'],
    preload: false,
    ...(coloursOnly ? { runOnly: { type: 'rule', values: COLOUR_RULES } } : {}),
  }
  return page.evaluate(
    async ([selector, how]) => {
      const found = await (Reflect.get(globalThis, 'axe') as Axe).run(selector ?? document, how)
      return found.violations.map(({ id, nodes }) =>
        [id, ...nodes.slice(0, 3).map(({ target }) => target.join(' '))].join(' | '),
      )
    },
    [within, options] as const,
  )
}
