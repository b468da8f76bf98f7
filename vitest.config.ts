import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Real brokers and browsers are slow on a small, busy machine; a test that needs longer says so itself. */
const TEST_TIMEOUT_MS = 60_000
const HOOK_TIMEOUT_MS = 60_000

const project = (name: string, settings: object) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`, `test/${name}/**/*.test.tsx`], ...settings },
})

/** Needs nothing but this process: files share workers and loaded modules, one worker for each core. */
const withoutBrokers = { pool: 'threads', isolate: false, maxWorkers: availableParallelism() }

/**
 * Runs on the brokers that the whole run shares. Dashboards under test use the brokers' bare names (mailbox, chatroom,
 * datascience): one file at a time.
 */
const onSharedBrokers = { globalSetup: ['test/support/global-setup.ts'], maxWorkers: 1 }

export default defineConfig({
  test: {
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: HOOK_TIMEOUT_MS,
    pool: 'forks',
    projects: [
      project('unit', withoutBrokers),
      project('guard', withoutBrokers),
      // It measures the heap of its process, which it has to itself.
      project('memory', { maxWorkers: 1 }),
      project('contract', onSharedBrokers),
      project('gateway', onSharedBrokers),
      // Its files share one dashboard and one browser, which live as long as the worker.
      project('browser', { ...onSharedBrokers, isolate: false }),
      // Chromium, Firefox and WebKit; the other tests know Chromium alone.
      project('engines', onSharedBrokers),
      project('interop', onSharedBrokers),
      project('fault', onSharedBrokers),
      // Builds the pages anew, for a path: `npm test` leaves it out.
      project('base-path', onSharedBrokers),
      // Its brokers are its own: it restarts them.
      project('soak', { maxWorkers: 1 }),
    ],
  },
})
