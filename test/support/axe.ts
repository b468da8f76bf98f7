import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Axe {
  run(): Promise<{ violations: Array<{ id: string; nodes: Array<{ target: string[] }> }> }>
}

/** Every violation axe finds on the page as it is now, with the first places of each. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => Reflect.has(globalThis, 'axe')))) await page.evaluate(axeSource)
  return page.evaluate(async () => {
    const found = await (Reflect.get(globalThis, 'axe') as Axe).run()
    return found.violations.map(({ id, nodes }) =>
      [id, ...nodes.slice(0, 3).map(({ target }) => target.join(' '))].join(' | '),
    )
  })
}
