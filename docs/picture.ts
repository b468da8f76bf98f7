import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openChromium } from '../test/support/chromium.ts'
import { startDashboard } from '../test/support/dashboard.ts'
import { projectRoot } from '../test/support/source-files.ts'
import { startTestBrokers } from '../test/support/start-brokers.ts'

/**
 * Takes README's picture: the built page on real brokers of its own, a few people talking, and one message to all
 * three. `node --import tsx docs/picture.ts` after a build; a second argument names another file, `dark` the theme.
 */
const TALK = [
  ['Jonas', 'Resize the 12 photos'],
  ['Mei', 'Row 3 can hear you fine'],
  ['Priya', 'Does replay start at 0?'],
  ['Tomás', 'Lunch orders by noon'],
  ['Mei', 'Who runs the build?'],
  ['Jonas', 'The one who broke it'],
] as const
const SYSTEMS = ['rabbitmq', 'redis', 'kafka']

const file = process.argv[2] ?? join(projectRoot, 'public', 'switchboard.png')
const colorScheme = process.argv.includes('dark') ? 'dark' : 'light'

const { brokers, close } = await startTestBrokers()
const dashboard = await startDashboard(brokers, { LOG_LEVEL: 'warn' })
const chromium = await openChromium()
try {
  await dashboard.attached()
  const context = await chromium.newContext({
    viewport: { width: 1600, height: 1000 },
    reducedMotion: 'reduce',
    colorScheme,
  })
  await context.addInitScript(() => {
    localStorage.setItem('switchboard.me', JSON.stringify({ name: 'Ada', colour: 0 }))
    localStorage.setItem('switchboard.guide', 'seen')
  })
  const page = await context.newPage()
  await page.goto(dashboard.url)
  await page.getByRole('log').nth(6).waitFor()
  for (const [sender, text] of TALK) {
    const id = randomUUID()
    for (const system of SYSTEMS) await dashboard.send(system, text, { sender, id })
  }
  await page.getByRole('textbox', { name: 'Message to all three brokers' }).fill('Stand-up moves to 10:30')
  await page.keyboard.press('Enter')
  await page.getByText('1 per group').first().waitFor()
  await page
    .locator('section[data-mode][data-system="kafka"]')
    .getByText(String(TALK.length + 1), { exact: true })
    .first()
    .waitFor()
  await page
    .getByText(/^\+\d+\/s$/)
    .first()
    .waitFor({ state: 'hidden' })
  await page.mouse.move(0, 0)
  await page.screenshot({ path: file })
} finally {
  await chromium.close()
  await dashboard.close()
  await close()
}
