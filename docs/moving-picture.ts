import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openChromium } from '../test/support/chromium.ts'
import { startDashboard } from '../test/support/dashboard.ts'
import { projectRoot } from '../test/support/source-files.ts'
import { startTestBrokers } from '../test/support/start-brokers.ts'
import { apngOf, type Shot } from './apng.ts'

/**
 * Takes README's moving picture: the built page on real brokers of its own. One message to all three, the worker that got
 * it crashes, and the same events in other views. `node --import tsx docs/moving-picture.ts` after a build; a second
 * argument names another file.
 */
const file = process.argv[2] ?? join(projectRoot, 'docs', 'switchboard-moving.png')
const VIEWPORT = { width: 1280, height: 800 }
/** Pictures nearer to each other than this are one. */
const BETWEEN_SHOTS_MS = 130
const KEY_MS = 45
const LOOK_MS = 1_400
const LAST_MS = 1_600

/** Takes a picture whenever the page has painted. */
async function watch(page: Page): Promise<{ stop(): Promise<Shot[]> }> {
  const shots: Shot[] = []
  const session = await page.context().newCDPSession(page)
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    const shot = { png: Buffer.from(data, 'base64'), at: (metadata.timestamp ?? 0) * 1_000 }
    const last = shots.at(-1)
    if (last && shot.at - last.at < BETWEEN_SHOTS_MS) shots[shots.length - 1] = { ...shot, at: last.at }
    else shots.push(shot)
    void session.send('Page.screencastFrameAck', { sessionId })
  })
  await session.send('Page.startScreencast', { format: 'png' })
  return {
    stop: async () => {
      await session.send('Page.stopScreencast')
      return shots
    },
  }
}

/** Some ten seconds. */
async function act(page: Page): Promise<void> {
  const look = () => page.waitForTimeout(LOOK_MS)
  const field = page.getByRole('textbox', { name: 'Message to all three brokers' })
  await field.click()
  await field.pressSequentially('Stand-up moves to 10:30', { delay: KEY_MS })
  await field.press('Enter')
  await page.getByText('1 per group').first().waitFor()
  await look()
  const got = page.locator('section[data-system="rabbitmq"] article:has([data-traced="true"])').first()
  await got.getByRole('button', { name: /^Crash/ }).click()
  await look()
  for (const view of ['Matrix', 'Flow', 'Chat']) {
    await page.getByRole('tab', { name: view }).click()
    await look()
  }
}

const { brokers, close } = await startTestBrokers()
const dashboard = await startDashboard(brokers, { LOG_LEVEL: 'warn' })
const chromium = await openChromium()
try {
  await dashboard.attached()
  const context = await chromium.newContext({ viewport: VIEWPORT, colorScheme: 'light' })
  await context.addInitScript(() => {
    localStorage.setItem('switchboard.me', JSON.stringify({ name: 'Ada', colour: 0 }))
    localStorage.setItem('switchboard.guide', 'seen')
  })
  const page = await context.newPage()
  await page.goto(dashboard.url)
  await page.getByRole('log').nth(6).waitFor()
  const watching = await watch(page)
  await act(page)
  const picture = apngOf(await watching.stop(), LAST_MS)
  await writeFile(file, picture)
  process.stdout.write(`${file}: ${Math.round(picture.length / 1_024)} KB\n`)
} finally {
  await chromium.close()
  await dashboard.close()
  await close()
}
