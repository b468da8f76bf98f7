import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uniqueName } from './brokers.ts'
import type { DeskPage, TestDesk } from './browser.ts'
import { until } from './until.ts'

/** Makes recordings on one page and plays them on another. */
export async function record(at: DeskPage) {
  await at.page.getByRole('button', { name: 'Record', exact: true }).click()
  await at.page.getByRole('button', { name: 'Start recording' }).click()
  await at.page.getByRole('button', { name: 'Stop recording' }).waitFor()
}

/** Stops and saves the recording; answers where it lies. */
export async function stopAndSave(at: DeskPage): Promise<string> {
  await at.page.getByRole('button', { name: 'Stop recording' }).click()
  const [saved] = await Promise.all([
    at.page.waitForEvent('download'),
    at.page.getByRole('button', { name: 'Download' }).click(),
  ])
  const path = join(tmpdir(), `${uniqueName('recording')}.jsonl`)
  await saved.saveAs(path)
  return path
}

export async function play(desk: TestDesk, path: string) {
  const page = await desk.page()
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.dashboard.url}/play`)
  await page.locator('input[type=file]').setInputFiles(path)
  return { page, faults, slider: page.getByRole('slider', { name: 'Moment of the recording' }) }
}

export const allArrived = (at: DeskPage, text: string) =>
  until('every system to have it', async () => {
    const shown = await at.page.locator('[data-message-id]').filter({ hasText: text }).count()
    return shown >= 5
  })
